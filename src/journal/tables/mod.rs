//! The derived tables: states, look-ups, history and due dates, in a store of their own. They can be
//! thrown away at any time and computed again from the journal.

mod account_entries;
mod account_record;
mod campaign_record;
mod checkpoint;
mod customers;
mod feed;
mod filters;
mod find;
mod folded;
mod forgetting;
mod inventory_record;
mod layout;
mod login_record;
mod logins;
mod open;
mod packed_account;
mod program_record;
mod promotions;
mod read;
mod row_record;
mod runs;
mod scan;
mod seen;
mod shelf;
mod store;
mod store_pieces;
mod tallies_record;
mod tenant_record;
#[cfg(test)]
pub(in crate::journal) mod tests;
mod trail_record;
mod voucher_record;
mod vouchers;
mod webhook_record;

pub(in crate::journal) use account_entries::AccountGroup;
pub use checkpoint::CheckpointBatch;
pub use layout::Due;
pub(in crate::journal) use open::wipe_tables;
pub use open::{TablesMemory, TablesWriter};
pub use packed_account::PackedAccount;
pub(in crate::journal) use runs::LastBlocks;
pub use scan::Scan;
pub use seen::{FilterFill, Seen};
pub use vouchers::VoucherDue;

use crate::journal::codec::{Decode, Encode};
use crate::journal::counters::Counters;
use crate::journal::tables::shelf::Shelf;
use crate::values::{CustomerId, EventNumber, Money, TenantId, Timestamp};
use std::fmt;
use std::sync::Arc;

/// Goes up whenever the same journal would fold into other tables, or the same tables into other
/// bytes; tables of another version are thrown away.
const FOLD_VERSION: u32 = 15;

/// Reads the tables, on any thread that may wait for the disk. Clones read the same tables.
#[derive(Clone)]
pub struct Tables {
    shelf: Arc<Shelf>,
    seen: Seen,
    /// Whether damage that is met keeps the tables from being opened again.
    condemns: bool,
}

/// How far the tables have got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checkpoint {
    /// Every event up to this one is in the tables.
    pub covers: EventNumber,
    /// The latest command instant by then.
    pub last_time: Timestamp,
}

/// Where an identifier leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lead {
    pub tenant: TenantId,
    pub customer: CustomerId,
    /// The event at which the account was seen to have it.
    pub as_of: EventNumber,
}

/// What a customer spent, and returned, after an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpentLater {
    pub spent: Money,
    pub returned: Money,
    /// The last event of the customer's account that this rests on.
    pub through: EventNumber,
}

/// A tenant's counts: the ids it has used and the operations it has had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TenantCounts {
    pub counters: Counters,
    /// Its own number of its last operation.
    pub operations: u64,
}

#[derive(Encode, Decode)]
struct CheckpointRecord {
    covers: u64,
    last_time: i64,
    /// What `reach` was when all of this checkpoint was written.
    reach: u64,
}

#[derive(Encode, Decode)]
struct LeadRecord {
    tenant: u32,
    customer: u64,
    as_of: u64,
}

#[derive(Encode, Decode)]
struct CountsRecord {
    customer: u64,
    sale: u64,
    transaction: u64,
    lot: u64,
    token: u64,
    voucher: u64,
    operations: u64,
}

impl From<TenantCounts> for CountsRecord {
    fn from(counts: TenantCounts) -> Self {
        let Counters { customer, sale, transaction, lot, token, voucher } = counts.counters;
        let operations = counts.operations;
        Self { customer, sale, transaction, lot, token, voucher, operations }
    }
}

impl From<CountsRecord> for TenantCounts {
    fn from(record: CountsRecord) -> Self {
        let CountsRecord { customer, sale, transaction, lot, token, voucher, operations } = record;
        let counters = Counters { customer, sale, transaction, lot, token, voucher };
        Self { counters, operations }
    }
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables").field("path", &self.shelf.store.path()).finish_non_exhaustive()
    }
}
