//! What is asked of an import and what it answers: rows, and what became of each.

use crate::ledger::{Actor, BatchName, Carried, CustomerChange, OpeningLot, Refusal, Sell};
use crate::values::{Bonus, EventNumber, Money, Phone, TenantId, TierId, Timestamp};

/// A batch of rows of an old system.
#[derive(Debug, Clone)]
pub struct ImportBatch {
    pub tenant: TenantId,
    pub at: Timestamp,
    pub actor: Actor,
    pub name: BatchName,
    /// What all rows say: the same batch again is answered again, another one under its name is not.
    pub meaning: [u8; 16],
    /// Decided and told, but not done.
    pub dry_run: bool,
    pub rows: ImportRows,
}

/// The rows of a batch, each with its number.
#[derive(Debug, Clone)]
pub enum ImportRows {
    Customers(Vec<(usize, CustomerRow)>),
    Sales { rows: Vec<(usize, SaleRow)>, accrues: bool },
}

/// A customer of an old system.
#[derive(Debug, Clone)]
pub struct CustomerRow {
    /// What the old system calls the customer; else the phone.
    pub key: String,
    pub phone: Phone,
    pub change: CustomerChange,
    pub tier: Option<TierId>,
    pub carried: Carried,
    pub lots: Vec<OpeningLot>,
}

/// A sale of an old system; its external id is among what it says.
#[derive(Debug, Clone)]
pub struct SaleRow {
    pub phone: Phone,
    pub sell: Box<Sell>,
    pub redeemed: Bonus,
}

/// What became of a batch, or would.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// Whether it had been imported before: nothing was done now.
    pub repeated: bool,
    /// Where it stands in the journal; absent if nothing was written.
    pub event: Option<EventNumber>,
    pub opened: u64,
    /// Customers who were here already.
    pub joined: u64,
    pub sales: u64,
    /// Rows that another batch brought before; nothing was done with them.
    pub known: Vec<usize>,
    /// The sum of all opening lots.
    pub balance: Bonus,
    /// The sum of all totals and sales.
    pub spent: Money,
    /// What sales earned.
    pub accrued: Bonus,
    /// If there are any, nothing is done.
    pub problems: Vec<RowProblem>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    pub row: usize,
    pub refusal: Refusal,
}

/// What became of a batch that was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReversalReport {
    pub customers: u64,
    pub sales: u64,
    /// Customers and sales that had been taken back before.
    pub before: u64,
    /// Of opening balances.
    pub taken: Bonus,
    /// What of that nobody had any more.
    pub debt: Bonus,
}
