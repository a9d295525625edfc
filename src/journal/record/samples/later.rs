//! One of every event, and of every form of an event, that came after the first golden bytes.

use super::app::app_events;
use super::reserves::{debt_events, reserve_events};
use super::settings::with_policy;
use super::{account_operation, at, bonus, money, percent, sale, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{
    AccountEvent, Birthday, Clawback, Completion, CourierChannel, Credit, CreditKind, DayCount,
    Extent, FeedKind, InventoryChange, Item, LotDraw, LotOrigin, PartnerSecret, PointOfSale, Pool,
    PromotedLine, Promotion, PromotionCondition, PromotionKind, PromotionLimits, PromotionRef,
    PromotionReward, PromotionTerms, RecordedReturn, RecordedSale, Redirect, ReferralEvent,
    Restoration, ReturnedPart, Reward, SaleKind, Shares, Slice, Store, StoreCatalog, TakenBack,
    TenantEvent, TierEvent, WebhookEvent,
};
use crate::values::{
    Balance, CustomerId, Date, LotId, Multiplier, PromotionId, PromotionVersion, Quantity,
    ReferralCode, SaleId, StoreId, TierId, TransactionId, WebhookId,
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
        AccountEvent::SaleRecorded(Arc::new(RecordedSale { point_of_sale, ..sale() }))
    };
    let mut events = vec![
        sold_at(Some(text("Рудаки")), Some(text("Anna"))),
        sold_at(None, Some(text("Anna"))),
        sold_with_promotions(),
        AccountEvent::DayCounted(DayCount {
            day: Date::from_ymd_opt(2026, 1, 10).unwrap(),
            earned: bonus(4_775),
            redeemed: bonus(4_500),
            promotions: vec![PromotionId(1), PromotionId(7)],
            sales: 0,
        }),
        clawed_back(),
        restored(),
        returned(SaleKind::Purchase),
        bare_return(SaleKind::Redemption),
        bare_return(SaleKind::Return),
    ];
    events.extend(reserve_events());
    events.extend(debt_events());
    events.extend(referral_events());
    events.extend(tier_events());
    events.extend(birthday_events());
    events
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
    AccountEvent::SaleRecorded(Arc::new(RecordedSale { promoted, ..sale() }))
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
            coupon: false,
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

fn slice(origin: LotOrigin, pool: Pool) -> Slice {
    Slice {
        lot: LotId(30),
        origin,
        pool,
        made: bonus(4_775),
        amount: bonus(4_000),
        held: pool == Pool::Welcome,
        activates_at: at(14),
        expires_at: (pool == Pool::Main).then(|| at(172_800_000)),
        graced: pool == Pool::Main,
    }
}

fn clawed_back() -> AccountEvent {
    AccountEvent::ClawedBack(Box::new(Clawback {
        transaction: TransactionId(36),
        sale: SaleId(17),
        amount: bonus(8_300),
        draws: vec![
            slice(LotOrigin::Sale(SaleId(17)), Pool::Main),
            slice(LotOrigin::Registration, Pool::Welcome),
        ],
        debt: bonus(300),
        let_go: bonus(25),
        recovered: bonus(5),
        at: at(15),
    }))
}

fn restored() -> AccountEvent {
    AccountEvent::Restored(Box::new(Restoration {
        transaction: TransactionId(37),
        sale: SaleId(18),
        amount: bonus(4_100),
        debt_paid: bonus(100),
        parts: vec![slice(LotOrigin::Adjustment(TransactionId(5)), Pool::Manual)],
        redirected: vec![Redirect { sale: SaleId(17), lot: LotId(30), amount: bonus(50) }],
        at: at(16),
    }))
}

pub(super) fn returned(of_kind: SaleKind) -> AccountEvent {
    let part = |line, extent| ReturnedPart {
        line,
        extent,
        shares: Shares {
            money: money(900),
            redeem_share: bonus(100),
            accrual: bonus(45),
            gift_share: money(0),
        },
    };
    AccountEvent::ReturnRecorded(Box::new(RecordedReturn {
        id: SaleId(19),
        of: SaleId(17),
        of_kind,
        sold_at: at(2),
        at: at(17),
        parts: vec![
            part(Some(0), Extent::Quantity(Quantity::ONE)),
            part(Some(199), Extent::Amount(money(950))),
            part(None, Extent::Rest),
        ],
        money: money(2_700),
        restored: bonus(300),
        accrual: bonus(135),
        fixed_bonus: bonus(0),
        reversed: bonus(100),
        already_expired: bonus(30),
        let_go: bonus(5),
        completes: true,
        drops_tier: true,
        external_id: Some(text("C536365")),
        point_of_sale: PointOfSale {
            store: Some(text("Рудаки")), cashier: Some(text("Anna"))
        },
        reason: Some(text("torn")),
        balance_after: Balance::from_cents(-1_725),
        gift_cards: Vec::new(),
        coupons: Vec::new(),
    }))
}

fn bare_return(of_kind: SaleKind) -> AccountEvent {
    let AccountEvent::ReturnRecorded(whole) = returned(of_kind) else { return returned(of_kind) };
    AccountEvent::ReturnRecorded(Box::new(RecordedReturn {
        parts: Vec::new(),
        completes: false,
        drops_tier: false,
        external_id: None,
        point_of_sale: PointOfSale::default(),
        reason: None,
        ..*whole
    }))
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
        set(webhook, &kinds_of_then()),
        WebhookEvent::Advanced { webhook, through: 1_200, at: at(15) },
        WebhookEvent::Paused { webhook, failing_since: at(-1), at: at(16) },
        WebhookEvent::Replayed { webhook, after: 0, at: at(17) },
        WebhookEvent::Removed { webhook, at: at(18) },
    ]
}

fn referral_events() -> Vec<AccountEvent> {
    let reward =
        Reward { amount: bonus(5_000), activates_at: at(1_000), expires_at: Some(at(2_000)) };
    let completion = Completion { sale: SaleId(17), invitee_bonus: bonus(2_500), reward };
    let endless = Reward { expires_at: None, ..reward };
    let (inviter, invitee, at) = (CustomerId(7), CustomerId(8), at(3));
    let events = [
        ReferralEvent::CodeAssigned { code: ReferralCode::parse("AB12CD34").unwrap() },
        ReferralEvent::Invited { inviter, at },
        ReferralEvent::Completed { inviter, completion, at },
        ReferralEvent::Reopened { inviter, reward: endless, at },
        ReferralEvent::Told { number: 3 },
        ReferralEvent::InviteeJoined { invitee, at },
        ReferralEvent::InviteeCompleted { invitee, earned: bonus(5_000), at },
        ReferralEvent::InviteeReopened { invitee, taken: bonus(5_000), at },
    ];
    let credit = |kind| {
        AccountEvent::Credited(Credit {
            transaction: TransactionId(21),
            kind,
            lot: LotId(22),
            origin: LotOrigin::Referral(inviter),
            pool: Pool::Referral,
            amount: bonus(5_000),
            debt_paid: bonus(0),
            held: true,
            activates_at: reward.activates_at,
            expires_at: reward.expires_at,
            at,
        })
    };
    let taken = TakenBack {
        transaction: TransactionId(23),
        amount: bonus(5_000),
        draws: vec![
            LotDraw { lot: LotId(22), amount: bonus(4_000), held: true },
            LotDraw { lot: LotId(9), amount: bonus(900), held: false },
        ],
        debt: bonus(100),
        at,
    };
    let mut events: Vec<_> = events.into_iter().map(AccountEvent::Referral).collect();
    events.push(credit(CreditKind::ReferralInviter));
    events.push(credit(CreditKind::ReferralInvitee));
    events.push(AccountEvent::RewardTakenBack(taken));
    events
}

fn tier_events() -> Vec<AccountEvent> {
    let (from, to, at) = (TierId(1), TierId(2), at(4));
    let events = [
        TierEvent::Changed { from, to, review_at: Some(at), at },
        TierEvent::Kept { review_at: None, at },
        TierEvent::Assigned { tier: Some(to), at },
        TierEvent::Assigned { tier: None, at },
    ];
    events.into_iter().map(AccountEvent::Tier).collect()
}

fn birthday_events() -> Vec<AccountEvent> {
    let birthday =
        Birthday { date: "1990-05-01".parse().unwrap(), known_since: at(5), next_at: at(6) };
    let credit = Credit {
        transaction: TransactionId(24),
        kind: CreditKind::Birthday,
        lot: LotId(25),
        origin: LotOrigin::Birthday,
        pool: Pool::Birthday,
        amount: bonus(2_000),
        debt_paid: bonus(0),
        held: false,
        activates_at: at(6),
        expires_at: None,
        at: at(6),
    };
    vec![
        AccountEvent::BirthdayAwaited(Some(birthday)),
        AccountEvent::BirthdayAwaited(None),
        AccountEvent::Credited(credit),
        AccountEvent::ExpiryNoticed { amount: bonus(700), expires_at: at(8), at: at(7) },
    ]
}

/// Every kind that there was when these were written.
fn kinds_of_then() -> Vec<FeedKind> {
    let since = [
        FeedKind::PhoneChanged,
        FeedKind::CustomerMerged,
        FeedKind::Imported,
        FeedKind::CustomerForgotten,
    ];
    let of_vouchers =
        |kind: &FeedKind| kind.name().starts_with("gift_card") || kind.name().starts_with("coupon");
    let then = |kind: &FeedKind| !since.contains(kind) && !of_vouchers(kind);
    FeedKind::ALL.into_iter().filter(then).collect()
}
