//! The house through its real doors: one test binary.
#![expect(clippy::unwrap_used, reason = "a failed helper is a failed test")]
#![expect(
    clippy::integer_division,
    reason = "figures of tests are chosen to divide evenly, or to be halves"
)]
#![expect(clippy::print_stdout, reason = "tests tell their seed")]

mod abuse;
mod answer_body;
mod architecture;
mod backup;
mod bad_input;
mod batch;
mod batch_trouble;
mod bonex_contract;
mod bonusplus_bonuses;
mod bonusplus_changes;
mod bonusplus_customers;
mod bonusplus_frame;
mod books_program;
mod certificates;
mod chance;
mod client;
mod client_pages;
mod commands;
mod contract;
mod crash;
mod demo;
mod documented;
mod documents;
mod explain;
mod explain_rows;
mod feed;
mod feed_movements;
mod goods;
mod guard;
mod house;
mod idempotency;
mod image;
mod imports;
mod inventory;
mod load;
mod merges;
mod merges_crash;
mod operator_keys;
mod operators;
mod otp;
mod parallel;
mod partner;
mod phones;
mod process;
mod program;
mod promotions;
mod quote;
mod quote_checkout;
mod receipt_page;
mod receiver;
mod referral;
mod refund;
mod reports;
mod reserves;
mod retail;
mod retail_back;
mod retail_calc;
mod retail_golden;
mod retail_parallel;
mod retail_vouchers;
mod secrecy;
mod simulation;
mod snapshots;
mod standing;
mod statuses;
mod stores;
mod subscriptions;
mod telegram;
mod upkeep;
mod vouchers;
mod vouchers_kill;
mod vouchers_kill_books;
mod webhooks;
mod witness;
