//! One of every event, and of every form of an event, that came after the first golden bytes.

use super::app::app_events;
use super::{account_operation, at, bonus, money, other_words, percent, sale, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{
    AccountEvent, BirthdayRules, Brand, CategoryEffect, CategoryRule, CategoryRules,
    CourierChannel, DailyLimits, DayCount, Days, DebtRules, FeedKind, Goods, InventoryChange, Item,
    LateRules, NoticeRules, OfflineDebit, PartnerSecret, PointOfSale, Policy, PromotedLine,
    Promotion, PromotionCondition, PromotionKind, PromotionLimits, PromotionRef, PromotionReward,
    PromotionRules, PromotionTerms, RecordedSale, ReferralRules, RegressRules, ReserveRules,
    ReturnDebt, ReturnRules, Settings, Store, StoreCatalog, TenantEvent, WebhookEvent,
};
use crate::values::{
    Date, Multiplier, PromotionId, PromotionVersion, Quantity, StoreId, WebhookId,
};
use std::sync::Arc;

/// Operations with all of them.
pub(in crate::journal) fn later_events() -> Vec<Operation> {
    let settings = Arc::new(with_policy());
    let advanced = |channel, through| TenantEvent::CourierAdvanced { channel, through, at: at(14) };
    let mut tenant = vec![
        TenantEvent::SettingsAdopted { settings, at: at(13) },
        TenantEvent::InventorySynced { change: Arc::new(inventory_change()), at: at(14) },
        TenantEvent::StoresListed { stores: Arc::new(stores()), at: at(14) },
        advanced(CourierChannel::Sms, 1),
        advanced(CourierChannel::Push, u64::MAX),
    ];
    tenant.extend(promotion_events());
    tenant.extend(webhook_events().map(TenantEvent::Webhook));
    let mut later = vec![
        Operation { entities: vec![EntityEvents::Tenant(tenant)], ..account_operation(Vec::new()) },
        account_operation(account_events()),
    ];
    later.extend(app_events());
    later
}

fn inventory_change() -> InventoryChange {
    let item = Item {
        sku: text("SKU-001"),
        name: Some(text("Молоко")),
        category_code: Some(text("dairy")),
        interest_tag: Some(text("milk")),
        quantity: Quantity::parse("5").ok(),
        quantity_on_hand: Quantity::parse("12.5").ok(),
        overstock_threshold: Quantity::parse("10").ok(),
        days_without_sale: Some(30),
    };
    let bare = Item {
        sku: text("SKU-002"),
        name: None,
        category_code: None,
        interest_tag: None,
        quantity: None,
        quantity_on_hand: None,
        overstock_threshold: None,
        days_without_sale: None,
    };
    InventoryChange { items: vec![item, bare], deactivated: vec![text("SKU-003")] }
}

fn account_events() -> Vec<AccountEvent> {
    let sold_at = |store, cashier| {
        let point_of_sale = PointOfSale { store, cashier };
        AccountEvent::SaleRecorded(Box::new(RecordedSale { point_of_sale, ..sale() }))
    };
    vec![
        sold_at(Some(text("Рудаки")), Some(text("Anna"))),
        sold_at(None, Some(text("Anna"))),
        sold_with_promotions(),
        AccountEvent::DayCounted(DayCount {
            day: Date::from_ymd_opt(2026, 1, 10).unwrap(),
            earned: bonus(4_775),
            redeemed: bonus(4_500),
            promotions: vec![PromotionId(1), PromotionId(7)],
        }),
    ]
}

fn sold_with_promotions() -> AccountEvent {
    let reference = |promotion, version| PromotionRef {
        promotion: PromotionId(promotion),
        version: PromotionVersion(version),
    };
    let multiplier = Multiplier::from_millionths(2_500_000).unwrap();
    let promoted = vec![
        PromotedLine {
            line: Some(0),
            multiplier,
            fixed: bonus(0),
            promotions: vec![reference(1, 3)],
        },
        PromotedLine {
            line: None,
            multiplier: Multiplier::ONE,
            fixed: bonus(500),
            promotions: vec![reference(2, 2), reference(7, 9)],
        },
    ];
    AccountEvent::SaleRecorded(Box::new(RecordedSale { promoted, ..sale() }))
}

fn promotion_events() -> Vec<TenantEvent> {
    let terms = |kind, reward| PromotionTerms {
        name: text("Дни молока"),
        description: None,
        kind,
        condition: PromotionCondition::default(),
        reward,
        starts_at: None,
        ends_at: None,
        limits: PromotionLimits::default(),
        active: true,
    };
    let multiplier = Multiplier::from_millionths(2_500_000).unwrap();
    let full = PromotionTerms {
        description: Some(text("Twice as much")),
        condition: PromotionCondition {
            categories: vec![text("dairy"), text("tea")],
            skus: vec![text("M-1")],
            tiers: vec![text("Gold")],
            tags: vec![text("milk")],
            min_amount: money(2_000),
        },
        starts_at: Some(at(-1_000)),
        ends_at: Some(at(100_000)),
        limits: PromotionLimits { per_customer: Some(10), per_day: Some(1), total: Some(1_000) },
        active: false,
        ..terms(PromotionKind::CategoryMultiplier, PromotionReward::Multiplier(multiplier))
    };
    let plus = PromotionReward::PlusPercent(percent("2.5"));
    let all = [
        full,
        terms(PromotionKind::SkuMultiplier, plus),
        terms(PromotionKind::FixedBonus, PromotionReward::FixedBonus(bonus(500))),
        terms(PromotionKind::TierBoost, plus),
    ];
    let set = |(number, terms): (u32, PromotionTerms)| {
        let (id, version) = (PromotionId(number), PromotionVersion(number + 1));
        let promotion = Promotion { id, version, set_at: at(14), terms };
        TenantEvent::PromotionSet { promotion: Arc::new(promotion) }
    };
    let ended = TenantEvent::PromotionEnded { promotion: PromotionId(1), at: at(15) };
    (1..).zip(all).map(set).chain([ended]).collect()
}

/// An open store with an address, and a closed one without.
fn stores() -> StoreCatalog {
    let open = Store {
        id: StoreId(1),
        name: text("Рудаки"),
        address: Some(text("12 Rudaki Ave")),
        open: true,
    };
    let closed = Store { id: StoreId(2), name: text("Somoni"), address: None, open: false };
    StoreCatalog::restore(3, vec![open, closed]).unwrap()
}

/// The life of a webhook, and one that wants everything.
fn webhook_events() -> [WebhookEvent; 6] {
    let webhook = WebhookId(2);
    let set = |webhook, kinds: &[FeedKind]| WebhookEvent::Set {
        webhook,
        url: text("https://erp.example/hooks?shop=1"),
        kinds: kinds.to_vec(),
        secret: PartnerSecret::new("s3cr3t"),
        after: 1_000,
        at: at(14),
    };
    [
        set(WebhookId(1), &[]),
        set(webhook, &FeedKind::ALL),
        WebhookEvent::Advanced { webhook, through: 1_200, at: at(15) },
        WebhookEvent::Paused { webhook, failing_since: at(-1), at: at(16) },
        WebhookEvent::Replayed { webhook, after: 0, at: at(17) },
        WebhookEvent::Removed { webhook, at: at(18) },
    ]
}

/// Settings that say something in every group.
fn with_policy() -> Settings {
    let mut settings = other_words();
    settings.rules.policy = Policy {
        brand: Brand {
            store_name: Some(text("Хорошо")),
            logo_url: Some(text("https://example.com/logo.png")),
            primary_color: Some(text("#0E7C66")),
        },
        returns: ReturnRules {
            days_max: 14,
            restore_grace_days: 7,
            debt: ReturnDebt::Clamp,
            tier_drop: false,
        },
        late: LateRules { offline_debit: OfflineDebit::AllowDebt, debt_max: bonus(10_000) },
        debt: DebtRules { write_off_days: Some(90) },
        reserve: ReserveRules { deadline_seconds: 3_600 },
        regress: RegressRules { window_days: Some(365) },
        birthday: BirthdayRules { bonus: bonus(20_000), expire_after: Days::Months(1) },
        referral: ReferralRules {
            inviter_bonus: bonus(5_000),
            invitee_bonus: bonus(2_500),
            min_amount: money(10_000),
            hold_days: 3,
            expire_after: Days::Never,
            share_text: Some(text("Join with {code}")),
        },
        daily: DailyLimits { earn_max: Some(bonus(30_000)), redeem_max: None },
        notice: NoticeRules { expiry_days: Some(7) },
        promotion: PromotionRules { stacking: true },
        categories: CategoryRules {
            rules: vec![
                CategoryRule {
                    goods: Goods::Category(text("tobacco")),
                    effect: CategoryEffect::Both,
                },
                CategoryRule {
                    goods: Goods::Category(text("top-up")),
                    effect: CategoryEffect::NoEarn,
                },
                CategoryRule { goods: Goods::Sku(text("G-1")), effect: CategoryEffect::NoRedeem },
                CategoryRule {
                    goods: Goods::Sku(text("V-1")),
                    effect: CategoryEffect::MinPrice(money(1_250)),
                },
            ],
        },
    };
    settings
}
