//! What is asked of a return: which sale, and which part of it.

use crate::ledger::command::{BusinessTime, ExternalId, PointOfSale, Reason};
use crate::ledger::retail::Dialect;
use crate::values::{Money, Quantity, SaleId, Text};

/// A return as the till reports it.
#[derive(Debug, Clone)]
pub struct Refund {
    pub sale: SaleName,
    pub external_id: Option<ExternalId>,
    pub portion: Portion,
    pub refund_date: Option<BusinessTime>,
    pub point_of_sale: PointOfSale,
    pub reason: Option<Reason>,
    /// Only Bonex has ids of returns.
    pub dialect: Dialect,
    /// An import of the sale is taken back: however long ago it was.
    pub takes_back_import: bool,
}

/// How a caller names the sale that is returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaleName {
    Id(SaleId),
    /// The caller's own id of the sale; else of the redemption that has it.
    External(ExternalId),
}

/// Which part of a sale comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Portion {
    /// Everything that has not come back yet.
    Whole,
    Lines(Vec<LineReturn>),
    /// Of a sale without lines, in the terms of its total; of a redemption, bonuses.
    Amount(Money),
}

/// A line that comes back, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineReturn {
    pub line: LineName,
    pub extent: Extent,
}

/// How a caller names a line of the receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineName {
    /// From 1.
    Number(u32),
    /// Of an article that only one line has.
    Sku(Text<64>),
}

/// How much of a line comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Quantity(Quantity),
    /// In the terms of the line's own amount.
    Amount(Money),
    /// All that has not come back yet.
    Rest,
}

impl SaleName {
    /// The field of the request that names the sale.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Id(_) => "sale_id",
            Self::External(_) => "external_sale_id",
        }
    }
}
