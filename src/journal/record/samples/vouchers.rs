//! Gift cards and coupons, sales and returns with them, promotions that take a coupon.

use super::later::returned;
use super::{account_operation, at, line, money, sale, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{
    AccountEvent, CouponEvent, CouponTerms, GiftCardEvent, GiftPart, Promotion, PromotionCondition,
    PromotionKind, PromotionLimits, PromotionReward, PromotionTerms, RecordedReturn, RecordedSale,
    SaleKind, TenantEvent, UsedCoupon, VoucherCode, VoucherEvent,
};
use crate::values::{
    CustomerId, Percent, PromotionId, PromotionVersion, SaleId, SettingsVersion, VoucherId,
};
use std::sync::Arc;

/// Operations with all of it; one of them changes vouchers together with an account.
pub(super) fn voucher_events() -> Vec<Operation> {
    let alone = |entities| Operation {
        rule_version: SettingsVersion(0),
        mark: None,
        entities,
        ..account_operation(Vec::new())
    };
    let cards = card_events().into_iter().map(VoucherEvent::GiftCard).collect();
    let coupons = coupon_events().into_iter().map(VoucherEvent::Coupon).collect();
    let mut together = account_operation(vec![sold(), given_back(), given_back_bare()]).entities;
    let spent = VoucherEvent::GiftCard(spent());
    together.push(EntityEvents::Voucher([7; 16], VoucherId(3), vec![spent]));
    vec![
        alone(vec![EntityEvents::Tenant(vec![promotion()])]),
        alone(vec![EntityEvents::Voucher([7; 16], VoucherId(3), cards)]),
        alone(vec![EntityEvents::Voucher([8; 16], VoucherId(4), coupons)]),
        Operation { entities: together, ..account_operation(Vec::new()) },
    ]
}

fn code(text: &str) -> VoucherCode {
    VoucherCode::parse(text).unwrap()
}

fn spent() -> GiftCardEvent {
    GiftCardEvent::Spent {
        sale: SaleId(17),
        customer: CustomerId(42),
        amount: money(1_500),
        at: at(21),
    }
}

fn card_events() -> Vec<GiftCardEvent> {
    let issued = |expires_at, owner, meaning| GiftCardEvent::Issued {
        card: VoucherId(3),
        code: code("2900000000018"),
        nominal: money(50_000),
        activates_at: at(20),
        expires_at,
        owner,
        meaning,
        at: at(20),
    };
    let restored = |expires_at| GiftCardEvent::Restored {
        sale: SaleId(19),
        customer: CustomerId(42),
        amount: money(500),
        expires_at,
        at: at(22),
    };
    vec![
        issued(Some(at(9_000)), Some(CustomerId(42)), Some([4; 16])),
        issued(None, None, None),
        spent(),
        restored(Some(at(9_000))),
        restored(None),
        GiftCardEvent::Expired { amount: money(100), at: at(23) },
        GiftCardEvent::Blocked { at: at(24) },
        GiftCardEvent::Unblocked { at: at(25) },
        GiftCardEvent::ExpiryMoved { expires_at: Some(at(9_500)), at: at(26) },
        GiftCardEvent::ExpiryMoved { expires_at: None, at: at(26) },
        GiftCardEvent::Voided { amount: money(100), at: at(27) },
    ]
}

fn coupon_events() -> Vec<CouponEvent> {
    let full = CouponTerms {
        promotion: PromotionId(2),
        uses_max: Some(1),
        per_customer: Some(2),
        starts_at: Some(at(20)),
        ends_at: Some(at(9_000)),
    };
    let bare =
        CouponTerms { uses_max: None, per_customer: None, starts_at: None, ends_at: None, ..full };
    let issued = |terms, meaning| CouponEvent::Issued {
        coupon: VoucherId(4),
        code: code("Лето-26"),
        terms,
        meaning,
        at: at(20),
    };
    let (sale, customer) = (SaleId(17), CustomerId(42));
    vec![
        issued(full, Some([4; 16])),
        issued(bare, None),
        CouponEvent::Used { sale, customer, at: at(21) },
        CouponEvent::GivenBack { sale, customer, at: at(22) },
        CouponEvent::Ended { at: at(23) },
    ]
}

fn parts() -> Vec<GiftPart> {
    vec![GiftPart { card: code("2900000000018"), amount: money(1_500) }]
}

fn coupons() -> Vec<UsedCoupon> {
    let used = |counted| UsedCoupon {
        coupon: VoucherId(4),
        code: code("Лето-26"),
        promotion: PromotionId(2),
        counted,
    };
    vec![used(true), used(false)]
}

fn sold() -> AccountEvent {
    let mut first = line("Свеча");
    first.split.gift_share = money(1_400);
    let mut sale = RecordedSale { lines: vec![first], ..sale() };
    if let Some(unlisted) = &mut sale.unlisted {
        unlisted.gift_share = money(100);
    }
    AccountEvent::SaleRecorded(Arc::new(RecordedSale {
        gift_cards: parts(),
        coupons: coupons(),
        ..sale
    }))
}

fn given_back() -> AccountEvent {
    let AccountEvent::ReturnRecorded(whole) = returned(SaleKind::Purchase) else { return sold() };
    let mut whole = RecordedReturn { gift_cards: parts(), coupons: coupons(), ..*whole };
    for part in &mut whole.parts {
        part.shares.gift_share = money(500);
    }
    AccountEvent::ReturnRecorded(Box::new(whole))
}

/// Of coupons alone.
fn given_back_bare() -> AccountEvent {
    let AccountEvent::ReturnRecorded(whole) = returned(SaleKind::Purchase) else { return sold() };
    AccountEvent::ReturnRecorded(Box::new(RecordedReturn { coupons: coupons(), ..*whole }))
}

fn promotion() -> TenantEvent {
    let terms = PromotionTerms {
        name: text("Лето"),
        description: None,
        kind: PromotionKind::TierBoost,
        condition: PromotionCondition { coupon: true, ..PromotionCondition::default() },
        reward: PromotionReward::PlusPercent(Percent::HUNDRED),
        starts_at: None,
        ends_at: None,
        limits: PromotionLimits::default(),
        active: true,
    };
    let (id, version) = (PromotionId(2), PromotionVersion(5));
    TenantEvent::PromotionSet {
        promotion: Arc::new(Promotion { id, version, set_at: at(19), terms }),
    }
}
