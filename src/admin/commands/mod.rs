//! What each command asks of a ledger and prints of its answer.

mod archive;
mod customer;
mod export;
mod forget;
mod import;
mod import_reversal;
mod operator;
mod rebuild;
mod report;
mod reseal;
mod restore;
mod sale;
mod settings;
mod snapshot;
mod tenant;
mod verify;
mod voucher;

pub(super) use archive::archive;
pub(super) use customer::{adjust, customer};
pub(super) use export::export;
pub(super) use import::import;
pub(super) use operator::{audit, operator};
pub(super) use rebuild::rebuild;
pub(super) use report::report;
pub(super) use reseal::reseal;
pub(super) use restore::restore;
pub(super) use sale::{sale, webhook};
pub(super) use settings::settings;
pub(super) use snapshot::snapshot;
pub(super) use tenant::tenant;
pub(super) use verify::verify;
pub(super) use voucher::{coupon, gift_card};
