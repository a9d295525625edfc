//! One of every event, and of every form of an event, that came after the second golden bytes.

use super::guard::guard_events;
use super::merges::merge_events;
use super::{account_operation, at, bonus, money, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{
    AccountEvent, CampaignEvent, CampaignTarget, DayCount, Extent, LimitsGivenBack, OverstockRules,
    PointOfSale, RecordedReturn, ReturnedPart, SaleKind, Shares, TenantEvent,
};
use crate::values::{Balance, CustomerId, Date, PromotionId, SaleId};
use std::sync::Arc;

/// Operations with all of them.
pub(in crate::journal) fn third_events() -> Vec<Operation> {
    let mut operations = vec![
        Operation {
            entities: vec![EntityEvents::Tenant(tenant_events())],
            ..account_operation(Vec::new())
        },
        account_operation(account_events()),
    ];
    operations.extend(guard_events());
    operations.extend(merge_events());
    operations
}

fn tenant_events() -> Vec<TenantEvent> {
    let mut settings = super::settings::with_policy();
    settings.rules.policy.overstock = OverstockRules { push: true };
    let targets = vec![
        CampaignTarget {
            promotion: PromotionId(1), categories: vec![text("dairy"), text("чай")]
        },
        CampaignTarget { promotion: PromotionId(u32::MAX), categories: Vec::new() },
    ];
    let campaign = [
        CampaignEvent::Begun { sync: 7, targets: Arc::new(targets), at: at(20) },
        CampaignEvent::Advanced { through: CustomerId(1_000), at: at(21) },
        CampaignEvent::Ended { at: at(22) },
    ];
    let adopted = TenantEvent::SettingsAdopted { settings: Arc::new(settings), at: at(20) };
    [adopted].into_iter().chain(campaign.map(TenantEvent::Campaign)).collect()
}

fn account_events() -> Vec<AccountEvent> {
    let day = Date::from_ymd_opt(2026, 1, 10).unwrap();
    let count = DayCount {
        day,
        earned: bonus(4_775),
        redeemed: bonus(4_500),
        promotions: vec![PromotionId(1), PromotionId(7)],
        sales: 0,
    };
    let back = LimitsGivenBack {
        days: vec![count, DayCount::nothing_on(day)],
        promotions: vec![PromotionId(1)],
    };
    vec![
        returned(),
        AccountEvent::LimitsGivenBack(back),
        AccountEvent::LimitsGivenBack(LimitsGivenBack::default()),
        AccountEvent::OverstockNoticed { promotion: PromotionId(7), sync: 7, at: at(21) },
    ]
}

fn returned() -> AccountEvent {
    let shares = Shares {
        money: money(900),
        redeem_share: bonus(100),
        accrual: bonus(45),
        gift_share: money(0),
    };
    AccountEvent::ReturnRecorded(Box::new(RecordedReturn {
        id: SaleId(19),
        of: SaleId(17),
        of_kind: SaleKind::Purchase,
        sold_at: at(2),
        at: at(17),
        parts: vec![ReturnedPart { line: Some(0), extent: Extent::Rest, shares }],
        money: money(900),
        restored: bonus(100),
        accrual: bonus(545),
        fixed_bonus: bonus(500),
        reversed: bonus(545),
        already_expired: bonus(0),
        let_go: bonus(0),
        completes: false,
        drops_tier: true,
        external_id: None,
        point_of_sale: PointOfSale::default(),
        reason: None,
        balance_after: Balance::from_cents(-1_725),
        gift_cards: Vec::new(),
        coupons: Vec::new(),
    }))
}
