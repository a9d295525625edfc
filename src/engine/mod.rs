//! One actor per account and per tenant, the directory that finds them, the clock: everything between
//! a parsed request and a durable answer. Decides nothing, knows no HTTP.

mod abuse;
mod account_actor;
mod account_capture;
mod account_facts;
mod account_hold;
mod account_look;
mod account_pages;
mod account_turn;
mod act;
mod admission;
mod app_login;
mod arbiters;
mod archiver;
mod audit;
mod beside;
mod campaigns;
mod checkpointer;
mod claim_ids;
mod claims;
mod clock;
mod confirm;
mod core;
mod coverage;
mod customer_list;
mod customer_numbers;
mod customer_search;
mod customer_story;
mod customers;
mod damaged_keys;
mod devices;
mod directory;
mod dirty_accounts;
mod entropy;
mod error;
mod explain;
mod external_ids;
mod facts;
mod feeds;
mod forget;
mod fresh_sales;
mod gauges;
mod hold;
mod house;
mod house_app;
mod house_key;
mod house_options;
mod house_plus;
mod house_proof;
mod house_vouchers;
mod hydration;
mod import_batch;
mod import_crowd;
mod import_foresight;
mod import_reversal;
mod imports;
mod key_watch;
mod leads;
mod log_in;
mod logins;
mod lone_marks;
mod marks;
mod measured_log;
mod merges;
mod named_request;
mod not_ready;
mod opening;
mod operators;
mod order;
mod order_uid;
mod pages;
mod perform;
mod permits;
mod phone_marks;
mod phones;
mod promotion_orders;
mod pulse;
mod quick_map;
mod quiet;
mod quotes;
mod readers;
mod referrals;
mod refund;
mod replay;
mod reserves;
mod resting;
mod retail;
mod room;
mod rounds;
mod sale_search;
mod sell;
mod shell;
mod snapshots;
mod statements;
mod supervisor;
mod sweeper;
mod tail;
mod tenant_actor;
mod tenants;
mod verifier;
mod voucher_hold;
mod voucher_orders;
mod vouchers;
mod written;

#[cfg(test)]
mod checkpoint_phases_tests;
#[cfg(test)]
mod checkpointer_tests;
#[cfg(test)]
mod crossing_tests;
#[cfg(test)]
mod damaged_keys_tests;
#[cfg(test)]
mod dead_actor_tests;
#[cfg(test)]
mod marks_tests;
#[cfg(test)]
mod perform_tests;
#[cfg(test)]
mod phase_gate;
#[cfg(test)]
mod reserve_tests;
#[cfg(test)]
mod room_tests;
#[cfg(test)]
mod test_kit;
#[cfg(test)]
mod upkeep_tests;

pub use archiver::{ArchiveCause, ArchiveStanding, ArchiveTrouble};
pub use audit::{TrailPage, TrailSearch};
pub use clock::{Clock, Stopwatch};
pub use customer_search::FoundCustomers;
pub use customer_story::{Chapter, CustomerStory};
pub use entropy::Entropy;
pub use error::EngineError;
pub use explain::Explained;
pub use feeds::FeedPage;
pub use house::House;
pub use house_options::{HouseOptions, SNAPSHOT_DIR};
pub use house_vouchers::VoucherPage;
pub use import_batch::{
    CustomerRow, ImportBatch, ImportReport, ImportRows, ReversalReport, RowProblem, SaleRow,
};
pub use named_request::{NamedRequest, REQUEST_SPAN};
pub use not_ready::{Cause, NotReady, Progress};
pub use operators::{OperatorDone, OperatorError, OperatorOrder, OperatorWish};
pub use order::{
    Done, Identifier, NewCustomer, Order, Page, SetAsideWish, TenantDone, TenantOrder, TenantWish,
    Window, Wish,
};
pub use order_uid::OrderUid;
pub use replay::{AsOf, Cut, LiabilityCut};
pub use retail::{FoundSale, SoldItem};
pub use snapshots::{SnapshotOverview, SnapshotRefusal, SnapshotUnderWay};
pub use statements::{LiabilityReport, Statement};
pub use verifier::{Extent, Verification};
pub use voucher_orders::{Issued, VoucherHistory, VoucherOrder};
pub use written::{one_after_another, proof_of_this, with_proof};
