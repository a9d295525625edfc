//! A return as it is recorded, and what the account keeps of a clawback that hit other lots.

use crate::ledger::command::{ExternalId, PointOfSale, Reason};
use crate::ledger::lot::Slice;
use crate::ledger::refund::Extent;
use crate::ledger::sale::SaleKind;
use crate::ledger::voucher::{GiftPart, UsedCoupon};
use crate::values::{Balance, Bonus, Money, SaleId, Timestamp};

/// A committed return of a purchase or of a redemption, or of a part of it. All figures take away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedReturn {
    pub id: SaleId,
    /// What was returned.
    pub of: SaleId,
    pub of_kind: SaleKind,
    /// The business time of what was returned.
    pub sold_at: Timestamp,
    /// The business time.
    pub at: Timestamp,
    pub parts: Vec<ReturnedPart>,
    /// Money to pay out.
    pub money: Money,
    /// Bonuses given back.
    pub restored: Bonus,
    /// What of the sale's accrual falls on what was returned: the three that follow.
    pub accrual: Bonus,
    /// What of `accrual` is fixed bonuses that went back whole, beyond the shares of the parts.
    pub fixed_bonus: Bonus,
    /// Taken back, from lots or as debt.
    pub reversed: Bonus,
    /// Had expired unspent, so that there was nothing to take back.
    pub already_expired: Bonus,
    /// Not covered and let go.
    pub let_go: Bonus,
    /// Whether nothing of the sale is left after it.
    pub completes: bool,
    /// Whether the money returned no longer counts towards the tier.
    pub drops_tier: bool,
    pub external_id: Option<ExternalId>,
    pub point_of_sale: PointOfSale,
    pub reason: Option<Reason>,
    pub balance_after: Balance,
    /// What gift cards got back.
    pub gift_cards: Vec<GiftPart>,
    /// Coupons whose use was given back.
    pub coupons: Vec<UsedCoupon>,
}

/// What came back of one line, or of what no line lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReturnedPart {
    /// The index of the line from 0; `None`: what no line lists.
    pub line: Option<u32>,
    pub extent: Extent,
    pub shares: Shares,
}

/// What of a sale's figures falls on a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shares {
    pub money: Money,
    pub redeem_share: Bonus,
    pub accrual: Bonus,
    pub gift_share: Money,
}

/// What of a returned sale's clawbacks lots of other origin paid, or was let go: bonuses of that sale
/// which come back later from what they were spent on go there first (rule 24).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clawed {
    pub sale: SaleId,
    pub let_go: Bonus,
    /// As they were when they paid.
    pub slices: Vec<Slice>,
}

impl Clawed {
    /// Whether nothing of it is left to be made good.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.let_go.is_zero() && self.slices.is_empty()
    }
}
