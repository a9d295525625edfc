//! The format of the journal: our own twins of the ledger's events, the body of a group, its frame.
//! Version 1 is final: a record once written is read for ever, `data/journals/v1` holds it to that.

#[macro_use]
mod words;

mod account;
mod body;
mod campaign;
mod day_count;
mod estate;
pub(in crate::journal) mod fields;
mod frame;
mod group;
mod guard;
mod import;
mod inventory;
mod login;
mod lots;
mod merge;
mod merkle;
mod person;
mod policy;
mod promotion;
mod rates;
mod referral;
mod reserve;
mod retail;
mod returns;
mod sale;
mod sealing;
mod settings;
mod standing;
mod store;
mod support;
mod tenant;
mod voucher;
mod webhook;

#[cfg(any(test, feature = "fuzzing"))]
pub(in crate::journal) mod fuzzing;
#[cfg(test)]
mod golden;
#[cfg(test)]
pub(in crate::journal) mod samples;

pub(in crate::journal) use body::read_operations;
#[cfg(test)]
pub(in crate::journal) use frame::write_frame;
pub(in crate::journal) use frame::{
    FRAME_BEGINS, Header, RECORD_BYTES_MAX, frame_bytes, peek_frame, read_frame,
};
pub(in crate::journal) use group::check_link;
pub use group::{Framed, GroupEncoder, Tail};
pub(in crate::journal) use merkle::{Hash, root};

// What the derived tables store in the same form.
pub(in crate::journal) use inventory::StoredItem;
pub(in crate::journal) use lots::{StoredLotOrigin, StoredPool};
pub(in crate::journal) use promotion::StoredPromotion;
pub(in crate::journal) use referral::{StoredCompletion, StoredReward, referral_code};
pub(in crate::journal) use returns::{StoredSaleKind, StoredSlice};
pub(in crate::journal) use sealing::Envelope;
pub(in crate::journal) use settings::StoredWholeSettings;
pub(in crate::journal) use store::{StoredStore, store_catalog};
pub(in crate::journal) use voucher::{StoredCouponTerms, StoredVoucherEvent, voucher_code};
pub(in crate::journal) use webhook::{StoredSubscription, feed_kind};
