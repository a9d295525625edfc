//! Gift cards and coupons on the stage of the tests, in a few words each.

use crate::ledger::command::Sell;
use crate::ledger::promotion::{
    PromotionCondition, PromotionKind, PromotionLimits, PromotionReward, PromotionTerms,
};
use crate::ledger::testing::{Scene, money};
use crate::ledger::voucher::{
    CouponEvent, CouponTerms, GiftCard, GiftCardTerms, GiftPart, Voucher, VoucherCode,
    VoucherEvent, VoucherStep,
};
use crate::values::{Bonus, PromotionId, Text, VoucherId};

pub(in crate::ledger) fn code(text: &str) -> VoucherCode {
    VoucherCode::parse(text).unwrap()
}

impl Scene {
    /// A gift card that lives for so many seconds; `None`: for ever.
    pub(in crate::ledger) fn issue_card(
        &mut self,
        name: &str,
        nominal: &str,
        seconds: Option<i64>,
    ) {
        let expires_at = seconds.map(|seconds| self.now.plus_seconds(seconds));
        let (activates_at, owner) = (None, None);
        let terms = GiftCardTerms { nominal: money(nominal), activates_at, expires_at, owner };
        let event = terms.issue((self.next_voucher(), code(name)), None, self.now).unwrap();
        self.take_voucher(VoucherStep::issued(event).unwrap());
    }

    /// A coupon for promotion 1.
    pub(in crate::ledger) fn issue_coupon(&mut self, name: &str, terms: CouponTerms) {
        let (coupon, at) = (self.next_voucher(), self.now);
        let event = CouponEvent::Issued { coupon, code: code(name), terms, meaning: None, at };
        self.take_voucher(VoucherStep::issued(VoucherEvent::Coupon(event)).unwrap());
    }

    fn next_voucher(&self) -> VoucherId {
        VoucherId(u64::try_from(self.vouchers.0.len()).unwrap()).plus(1)
    }

    pub(in crate::ledger) fn take_voucher(&mut self, step: VoucherStep) {
        self.voucher_events.extend(step.events);
        let known = self.vouchers.0.iter_mut().find(|known| known.id() == step.voucher.id());
        match known {
            Some(known) => *known = step.voucher,
            None => self.vouchers.0.push(step.voucher),
        }
    }

    pub(in crate::ledger) fn card(&self, name: &str) -> &GiftCard {
        self.vouchers.gift_card(&code(name)).unwrap()
    }

    pub(in crate::ledger) fn settle_cards(&mut self) {
        for voucher in self.vouchers.0.clone() {
            self.take_voucher(voucher.settle(self.now));
        }
    }

    pub(in crate::ledger) fn uses(&self, name: &str) -> u32 {
        self.vouchers.coupon(&code(name)).unwrap().uses
    }

    /// What is on all gift cards.
    pub(in crate::ledger) fn open_cents(&self) -> u64 {
        let cards = self.vouchers.0.iter().map(|voucher| match voucher {
            Voucher::GiftCard(card) => card.balance.cents(),
            Voucher::Coupon(_) => 0,
        });
        cards.sum()
    }
}

impl Sell {
    pub(in crate::ledger) fn with_card(mut self, name: &str, amount: &str) -> Self {
        self.gift_cards.push(GiftPart { card: code(name), amount: money(amount) });
        self
    }

    pub(in crate::ledger) fn with_coupon(mut self, name: &str) -> Self {
        self.coupons.push(code(name));
        self
    }
}

/// A single use of promotion 1.
pub(in crate::ledger) fn once() -> CouponTerms {
    let (promotion, uses_max) = (PromotionId(1), Some(1));
    CouponTerms { promotion, uses_max, per_customer: None, starts_at: None, ends_at: None }
}

/// A promotion that gives so much to who has a coupon.
pub(in crate::ledger) fn for_coupons(bonus: Bonus) -> PromotionTerms {
    PromotionTerms {
        name: Text::parse("Coupons").unwrap(),
        description: None,
        kind: PromotionKind::FixedBonus,
        condition: PromotionCondition { coupon: true, ..PromotionCondition::default() },
        reward: PromotionReward::FixedBonus(bonus),
        starts_at: None,
        ends_at: None,
        limits: PromotionLimits::default(),
        active: true,
    }
}
