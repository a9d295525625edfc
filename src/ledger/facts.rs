//! What a decision needs beyond the account: fetched by the directory before the actor's turn.

use crate::ledger::promotions::Promotions;
use crate::ledger::returnable::Returnable;
use crate::ledger::settings::SettingsHistory;
use crate::ledger::voucher::HeldVouchers;
use crate::values::{
    Bonus, CustomerId, LotId, Money, PromotionId, SaleId, Timestamp, TransactionId,
};
use std::sync::Arc;

/// What the directory fetched before the actor's turn.
#[derive(Debug, Clone)]
pub struct Facts {
    pub settings: Arc<SettingsHistory>,
    pub ids: IdBlock,
    /// The redemption that carries this sale's external id (rule 8).
    pub completes: Option<RedemptionFact>,
    /// What was spent after the business time of a sale that arrives out of order (rule 21).
    pub past: Option<Past>,
    /// The sale that is being returned.
    pub returned: Option<Box<Returnable>>,
    pub promotions: PromotionFacts,
    /// The gift cards and coupons that a sale names, or that the returned sale used.
    pub vouchers: HeldVouchers,
}

/// What may be on offer.
#[derive(Debug, Clone, Default)]
pub struct PromotionFacts {
    pub all: Arc<Promotions>,
    /// Those with a limit for all customers together of which one more use was set aside for this
    /// command; the others of them are used up.
    pub permits: Vec<PromotionId>,
}

/// Ids set aside for one command; what it does not use is a gap or goes to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdBlock {
    pub sale: SaleId,
    pub transaction: TransactionId,
    pub lot: LotId,
}

/// How many ids a command may need; of sale ids it is one at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdsNeeded {
    pub transactions: u64,
    pub lots: u64,
}

/// An earlier redemption under the external id of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedemptionFact {
    pub customer: CustomerId,
    pub sale: SaleId,
    pub amount: Bonus,
    pub order_total: Money,
}

/// What of the past the tier of a sale that arrives out of order depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastWindow {
    /// The business time of the sale.
    pub after: Timestamp,
    /// What was spent before it counts for no tier; `None`: everything counts.
    pub since: Option<Timestamp>,
}

/// Money spent in sales after a business time, and given back after it of what counted then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    pub window: PastWindow,
    pub spent_later: Money,
    pub returned_later: Money,
}

impl RedemptionFact {
    /// What of an earlier redemption counts for a sale that completes it.
    #[must_use]
    pub fn redeemed_by(fact: Option<&Self>) -> Bonus {
        fact.map_or(Bonus::ZERO, |fact| fact.amount)
    }
}
