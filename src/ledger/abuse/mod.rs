//! The report against abuse: what tills, cashiers and cards did that honest ones seldom do (rule 34b). It
//! is a fold of the journal, over the local days on which things arrived.

mod fold;
#[cfg(test)]
mod fold_tests;

pub use fold::AbuseFold;

use crate::ledger::calendar::{end_of_day, start_of_day};
use crate::ledger::command::PointOfSale;
use crate::ledger::refusal::Refusal;
use crate::ledger::settings::SettingsDraft;
use crate::values::{Balance, CustomerId, Date, Timestamp};
use chrono_tz::Tz;

/// Most days of one report.
pub const REPORT_DAYS_MAX: u32 = 92;
/// Most rows of one report; whatever comes after them is told in one sum.
pub const REPORT_ROWS_MAX: usize = 10_000;
/// Most busy cards that a report lists: the busiest.
pub const BUSY_CARDS_MAX: usize = 100;

/// What is asked of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbuseQuestion {
    /// The first and the last local day.
    pub from: Date,
    pub to: Date,
    pub by: ReportBy,
    /// A card with so many sales on one day is busy.
    pub busy_from: u32,
    zone: Tz,
}

/// What a row of a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportBy {
    Store,
    /// Each cashier of each store.
    Cashier,
}

/// What a report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbuseReport {
    pub question: AbuseQuestion,
    /// By store, then cashier; those that name none first.
    pub rows: Vec<(PointOfSale, AbuseFigures)>,
    /// What more rows than [`REPORT_ROWS_MAX`] come to together.
    pub others: AbuseFigures,
    pub totals: AbuseFigures,
    /// The busiest first; at most [`BUSY_CARDS_MAX`].
    pub busy_cards: Vec<BusyCard>,
    /// Customers of a day beyond those that could be told apart: their sales are in the figures, but
    /// whether they are busy or new is not known.
    pub cards_not_told_apart: u64,
}

/// The figures of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AbuseFigures {
    pub sales: u64,
    pub sales_amount: Balance,
    pub late_sales: u64,
    /// Late sales that redeemed.
    pub late_redemptions: u64,
    pub late_redeemed: Balance,
    /// Discounts that tills gave and that no bonus covered.
    pub unfunded: Balance,
    /// Customers with too many sales on one day at this very place, one for each such day. Of the totals:
    /// at all places together.
    pub busy_cards: u64,
    /// Redemptions on the day on which the account was opened.
    pub opening_day_redemptions: u64,
    pub opening_day_redeemed: Balance,
    pub returns: u64,
    pub returned_amount: Balance,
}

/// A customer with many sales on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusyCard {
    pub customer: CustomerId,
    pub day: Date,
    pub sales: u32,
}

impl ReportBy {
    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Cashier => "cashier",
        }
    }
}

impl AbuseQuestion {
    /// A question about the days from one through another, under the rules of now.
    ///
    /// # Errors
    /// `ReportPeriodInvalid` if these are no days, or too many.
    pub fn new(
        (from, to): (Date, Date),
        by: ReportBy,
        rules: &SettingsDraft,
    ) -> Result<Self, Refusal> {
        let days_after = to.signed_duration_since(from).num_days();
        if !(0..i64::from(REPORT_DAYS_MAX)).contains(&days_after) {
            return Err(Refusal::ReportPeriodInvalid);
        }
        let busy_from = rules.policy.guard.sales_per_day_report_from;
        Ok(Self { from, to, by, busy_from, zone: rules.time_zone })
    }

    /// The first instant that it is about.
    #[must_use]
    pub fn begins_at(&self) -> Timestamp {
        start_of_day(self.from, self.zone)
    }

    /// The first instant that it is no longer about.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        end_of_day(self.to, self.zone)
    }
}
