//! What the demo tries that must be refused: every so many visits something, in either dialect.

use crate::admin::cli::DemoDialect;

/// So many visits until the same is tried again.
const TRIES_EVERY: usize = 40;
/// How late a redemption comes that is tried too late.
pub(super) const LATE_BY_MILLIS: i64 = 3_600_000;

/// What is tried that must be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// Pay everything with bonuses, before the sale.
    OverTheCap,
    /// Redeem in a sale of an hour ago, before the sale.
    Late,
    /// Look somebody up who never registered.
    Stranger,
    /// Post another sale under the same id, after the sale; and the same one, which is answered again.
    Again,
}

impl Attempt {
    /// What is tried at this place of the year, if anything is.
    pub(super) fn of(place: usize) -> Option<Self> {
        match place.rem_euclid(TRIES_EVERY) {
            5 => Some(Self::OverTheCap),
            15 => Some(Self::Late),
            25 => Some(Self::Stranger),
            35 => Some(Self::Again),
            _ => None,
        }
    }

    /// The code of the refusal that must come.
    pub(super) const fn code(self, dialect: DemoDialect) -> &'static str {
        match (self, dialect) {
            (Self::OverTheCap, DemoDialect::Bonex) => "redeem_over_cap",
            (Self::OverTheCap, DemoDialect::BonusPlus) => "REDEEM_OVER_CAP",
            (Self::Late, DemoDialect::Bonex) => "late_redemption",
            (Self::Late, DemoDialect::BonusPlus) => "LATE_REDEMPTION",
            (Self::Stranger, DemoDialect::Bonex) => "customer_not_found",
            (Self::Stranger, DemoDialect::BonusPlus) => "CUSTOMER_NOT_FOUND",
            (Self::Again, DemoDialect::Bonex) => "duplicate_sale",
            (Self::Again, DemoDialect::BonusPlus) => "DUPLICATE_EXTERNAL_ID",
        }
    }
}
