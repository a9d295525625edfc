//! A sale on its way through the rules, with what was found out about it so far.

use crate::ledger::command::Sell;
use crate::ledger::decide::earnings::Receipt;
use crate::ledger::decide::vouchers::Coupons;
use crate::ledger::facts::RedemptionFact;
use crate::ledger::refusal::Refusal;
use crate::ledger::rules::business_time::SaleTime;
use crate::ledger::rules::earn::AccrualTerms;
use crate::ledger::rules::funding::Funding;
use crate::ledger::rules::lines::Shares;
use crate::ledger::rules::payment::Payment;
use crate::ledger::rules::spend_cap::RedeemLimit;
use crate::ledger::settings::{Settings, Tier};
use crate::ledger::voucher::GiftPart;
use crate::values::{Bonus, PromotionId, SaleId};

/// A sale on its way through the rules.
pub(super) struct Sale<'a> {
    pub(super) id: SaleId,
    pub(super) sell: &'a Sell,
    pub(super) completes: Option<&'a RedemptionFact>,
    pub(super) time: SaleTime,
    pub(super) funding: Funding,
    /// What is left in the reserve that the sale names.
    pub(super) left: Bonus,
    pub(super) payment: Payment,
    pub(super) gift_cards: Vec<GiftPart>,
    pub(super) coupons: Coupons,
    /// What the coupons unlock.
    pub(super) unlocked: Vec<PromotionId>,
    /// The rules of the business time, and the tier reached by then.
    pub(super) earning: &'a Settings,
    pub(super) tier: &'a Tier,
}

/// What the figures of a sale follow from.
pub(in crate::ledger) struct SaleTerms<'a> {
    /// The rules that it earns by, and those that it redeems by.
    pub(in crate::ledger) earning: &'a Settings,
    pub(in crate::ledger) redeeming: &'a Settings,
    pub(in crate::ledger) tier: &'a Tier,
    pub(in crate::ledger) redeem_limit: RedeemLimit,
    pub(in crate::ledger) accrual: AccrualTerms,
    /// Why some of its coupons cannot be used; a sale would be refused.
    pub(in crate::ledger) coupon_refusals: Vec<Refusal>,
}

/// A sale that is let in, with its money and bonuses split over its lines.
pub(super) struct Admitted<'a> {
    pub(super) sale: Sale<'a>,
    pub(super) shares: Shares,
    /// Today's.
    pub(super) redeeming: &'a Settings,
}

impl Sale<'_> {
    /// The receipt that earns.
    pub(super) fn receipt<'a>(&'a self, shares: &'a Shares) -> Receipt<'a> {
        Receipt {
            at: self.time.at,
            total: self.payment.total,
            redeemed: self.payment.redeemed,
            by_certificate: self.sell.is_paid_by_certificate(),
            lines: &self.sell.lines,
            shares,
            settings: self.earning,
            tier: self.tier,
            unlocked: &self.unlocked,
        }
    }
}
