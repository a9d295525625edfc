//! Operations for tests: one of every kind with every field filled, and random ones.

mod app;
mod doors;
mod fifth;
mod forget;
mod fourth;
mod guard;
mod imports;
mod later;
mod merges;
mod operators;
mod people;
mod random;
mod reserves;
mod retail;
mod sealing;
mod settings;
mod sixth;
mod subscriptions;
mod third;
mod vouchers;

pub(in crate::journal) use fifth::fifth_events;
pub(in crate::journal) use fourth::fourth_events;
pub(in crate::journal) use later::later_events;
pub(in crate::journal) use random::random_operation;
pub(in crate::journal) use sixth::sixth_events;
pub(in crate::journal) use third::third_events;

use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{
    AccountEvent, AccrualStep, Actor, Credit, CreditKind, Days, Debit, DebitKind, Draw,
    ExternalIdScope, HoldFrom, LineInput, LotOrigin, OperationMark, Operator, PartnerSecret,
    PaymentTypeWithoutGross, PointOfSale, Policy, Pool, Profile, RecordedLine, RecordedRedemption,
    RecordedSale, RedeemMode, RedemptionFact, Settings, SettingsDraft, SignaturePath, Split,
    TenantEvent, Tier, TierDraft,
};
use crate::values::{
    Balance, Bonus, Country, CustomerId, Date, LotId, MONEY_MAX_CENTS, Money, Percent, Phone,
    Quantity, SaleId, SettingsVersion, TenantId, Text, TierId, Timestamp, TokenId, TransactionId,
    UnitPrice,
};
use std::sync::Arc;

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_767_769_016_000 + millis)
}

fn money(cents: u64) -> Money {
    Money::from_cents(cents).unwrap()
}

fn bonus(cents: u64) -> Bonus {
    Bonus::from_cents(cents).unwrap()
}

fn percent(text: &str) -> Percent {
    Percent::parse(text).unwrap()
}

fn split(cents: u64) -> Split {
    Split {
        net: money(cents),
        redeem_share: bonus(4_500),
        gift_share: money(0),
        base: money(95_500),
        percent: percent("5"),
        accrual: bonus(4_775),
    }
}

fn line(name: &str) -> RecordedLine {
    RecordedLine {
        input: LineInput {
            sku: Some(text("85123A")),
            category_code: Some(text("home")),
            name: Some(text(name)),
            quantity: Quantity::from_millionths(1_500_000),
            unit_price: UnitPrice::from_millionths(2_550_000),
            line_amount: Some(money(382)),
        },
        split: split(382),
    }
}

fn bare_line() -> RecordedLine {
    RecordedLine {
        input: LineInput {
            sku: None,
            category_code: None,
            name: None,
            quantity: None,
            unit_price: None,
            line_amount: None,
        },
        split: split(0),
    }
}

fn sale() -> RecordedSale {
    RecordedSale {
        id: SaleId(17),
        at: at(-60_000),
        late: true,
        total: money(95_500),
        gross: Some(money(100_000)),
        redeem_mode: RedeemMode::PaymentType,
        redeemed: bonus(4_500),
        completes: Some(RedemptionFact {
            customer: CustomerId(42),
            sale: SaleId(16),
            amount: bonus(5_000),
            order_total: money(20_000),
        }),
        accrued: bonus(4_775),
        tier: TierId(2),
        percent: percent("5.000001"),
        earned_under: SettingsVersion(3),
        unfunded: bonus(0),
        external_id: Some(text("536365")),
        receipt_number: Some(text("№ 7")),
        payment_method: Some(text("card")),
        point_of_sale: PointOfSale::default(),
        lines: vec![line("Белый подсвечник"), bare_line()],
        unlisted: Some(split(1)),
        balance_after: Balance::from_cents(15_275),
        promoted: Vec::new(),
        external_scope: ExternalIdScope::Tenant,
        gift_cards: Vec::new(),
        coupons: Vec::new(),
        retail: None,
    }
}

/// A sale with `lines` lines, each with a long name.
pub(in crate::journal) fn large_sale(lines: usize) -> Operation {
    let mut large = sale();
    large.lines = (0..lines).map(|number| line(&format!("{number:0>255}"))).collect();
    account_operation(vec![AccountEvent::SaleRecorded(Arc::new(large))])
}

fn bare_sale() -> RecordedSale {
    RecordedSale {
        redeem_mode: RedeemMode::Discount,
        gross: None,
        completes: None,
        external_id: None,
        receipt_number: None,
        payment_method: None,
        lines: Vec::new(),
        unlisted: None,
        balance_after: Balance::from_cents(-1),
        late: false,
        ..sale()
    }
}

fn settings(days: Days, country: Option<Country>) -> Settings {
    let tier = TierDraft {
        name: text("Base"),
        color: text("#8A8A8A"),
        from_total_spent: money(0),
        bonus_percent: percent("5"),
    };
    Settings {
        version: SettingsVersion(3),
        effective_from: at(0),
        tiers: vec![Tier {
            id: TierId(1),
            name: tier.name.clone(),
            color: tier.color.clone(),
            from_total_spent: tier.from_total_spent,
            bonus_percent: tier.bonus_percent,
        }],
        rules: SettingsDraft {
            currency: text("TJS"),
            bonus_unit: text("bonus"),
            time_zone: "Asia/Dushanbe".parse().unwrap(),
            default_country: country,
            redeem_hold_seconds: 86_400,
            hold_from: if country.is_some() { HoldFrom::Business } else { HoldFrom::Arrival },
            expire_after: days,
            min_purchase_amount: money(1_000),
            max_redeem_percent: percent("30"),
            redeem_step: Bonus::CENT,
            min_redeem: bonus(100),
            redeem_max_per_receipt: country.map(|_| bonus(50_000)),
            redeem_from_app: true,
            earn_while_redeeming: true,
            accrue_on_bonus_part: false,
            accrual_step: AccrualStep::Cent,
            earn_max_per_receipt: Some(bonus(1)),
            payment_type_without_gross: PaymentTypeWithoutGross::Refuse,
            welcome_bonus: bonus(2_500),
            welcome_hold_seconds: 1,
            welcome_expire_after: days,
            backdate_days_max: 30,
            backdate_before_join_hours: 24,
            require_external_id: false,
            signature_path: SignaturePath::Full,
            tiers: vec![tier],
            policy: Policy::default(),
        },
    }
}

fn other_words() -> Settings {
    let mut settings = settings(Days::Months(6), Some(Country::Tj));
    settings.rules.accrual_step = AccrualStep::Whole;
    settings.rules.payment_type_without_gross = PaymentTypeWithoutGross::Net;
    settings.rules.signature_path = SignaturePath::WithQuery;
    settings
}

fn tenant_events() -> Vec<TenantEvent> {
    let adopted =
        |settings| TenantEvent::SettingsAdopted { settings: Arc::new(settings), at: at(3) };
    let mut third = settings(Days::Never, None);
    third.rules.payment_type_without_gross = PaymentTypeWithoutGross::Gross;
    third.rules.signature_path = SignaturePath::WithoutPrefix;
    vec![
        TenantEvent::TenantCreated { tenant: TenantId(1), name: text("Магазин"), at: at(0) },
        TenantEvent::TokenSet { hash: [1; 32], previous_until: at(1), at: at(0) },
        TenantEvent::SecretSet {
            secret: PartnerSecret::new("s3cr3t"),
            previous_until: at(2),
            at: at(0),
        },
        adopted(settings(Days::Days(365), Some(Country::Ru))),
        adopted(other_words()),
        adopted(third),
        TenantEvent::Suspended { at: at(4) },
        TenantEvent::Resumed { at: at(5) },
    ]
}

fn credit(kind: CreditKind, origin: LotOrigin, pool: Pool) -> AccountEvent {
    AccountEvent::Credited(Credit {
        transaction: TransactionId(31),
        kind,
        lot: LotId(30),
        origin,
        pool,
        amount: bonus(4_775),
        debt_paid: bonus(75),
        held: matches!(kind, CreditKind::Accrual),
        activates_at: at(86_400_000),
        expires_at: matches!(kind, CreditKind::Welcome).then(|| at(172_800_000)),
        at: at(6),
    })
}

fn debit(kind: DebitKind, sale: Option<SaleId>) -> AccountEvent {
    let draws = [(1, 4_000), (3, 500)];
    AccountEvent::Debited(Debit {
        transaction: TransactionId(32),
        kind,
        sale,
        amount: bonus(5_000),
        draws: draws.map(|(lot, cents)| Draw { lot: LotId(lot), amount: bonus(cents) }).to_vec(),
        debt: bonus(500),
        at: at(7),
    })
}

fn profile_events() -> Vec<AccountEvent> {
    vec![
        AccountEvent::AccountOpened { customer: CustomerId(42), at: at(0) },
        AccountEvent::PhoneAssigned { phone: Phone::from_number(992_901_234_567).unwrap() },
        AccountEvent::CardAssigned { card: Some(text("C-1")) },
        AccountEvent::CardAssigned { card: None },
        AccountEvent::ProfileChanged(Box::new(Profile {
            full_name: Some(text("Анна")),
            birth_date: Date::from_ymd_opt(1988, 2, 29),
            gender: Some(text("female")),
        })),
        AccountEvent::ProfileChanged(Box::default()),
        AccountEvent::TokenIssued { token: TokenId(9), hash: [2; 32], at: at(1) },
        AccountEvent::TokenRevoked { token: TokenId(9), at: at(2) },
        AccountEvent::Blocked { at: at(3) },
        AccountEvent::Unblocked { at: at(4) },
    ]
}

fn money_events() -> Vec<AccountEvent> {
    let redemption = |external_id: Option<&str>| {
        AccountEvent::RedemptionRecorded(Box::new(RecordedRedemption {
            id: SaleId(18),
            transaction: TransactionId(33),
            at: at(8),
            amount: bonus(5_000),
            order_total: money(20_000),
            external_id: external_id.map(text),
            balance_after: Balance::from_cents(10_275),
        }))
    };
    vec![
        credit(CreditKind::Accrual, LotOrigin::Sale(SaleId(17)), Pool::Main),
        credit(CreditKind::Welcome, LotOrigin::Registration, Pool::Welcome),
        credit(CreditKind::Adjust, LotOrigin::Adjustment(TransactionId(5)), Pool::Manual),
        credit(CreditKind::Adjust, LotOrigin::Registration, Pool::Birthday),
        credit(CreditKind::Adjust, LotOrigin::Registration, Pool::Referral),
        credit(CreditKind::Adjust, LotOrigin::Registration, Pool::Import),
        AccountEvent::LotActivated {
            lot: LotId(30),
            amount: bonus(4_700),
            debt_paid: bonus(1),
            at: at(9),
        },
        AccountEvent::LotExpired {
            transaction: TransactionId(34),
            lot: LotId(30),
            amount: bonus(MONEY_MAX_CENTS),
            at: at(10),
        },
        debit(DebitKind::Redeem, Some(SaleId(17))),
        debit(DebitKind::Adjust, None),
        AccountEvent::SaleRecorded(Arc::new(sale())),
        AccountEvent::SaleRecorded(Arc::new(bare_sale())),
        redemption(Some("R-1")),
        redemption(None),
        AccountEvent::AdjustmentRecorded {
            transaction: TransactionId(35),
            amount: Balance::from_cents(-12_000),
            reason: text("goodwill"),
            balance_after: Balance::from_cents(-1_725),
        },
    ]
}

fn account_operation(events: Vec<AccountEvent>) -> Operation {
    Operation {
        tenant: TenantId(1),
        at: at(11),
        actor: Actor::Partner,
        rule_version: SettingsVersion(3),
        mark: Some(OperationMark { key: [3; 16], meaning: [4; 16] }),
        entities: vec![EntityEvents::Account(CustomerId(42), events)],
    }
}

/// Every event there is, in operations of every actor; the last one changes two entities.
pub(in crate::journal) fn every_event() -> Vec<Operation> {
    let tenant = Operation {
        actor: Actor::Operator(Operator::unsigned(text("anna"))),
        rule_version: SettingsVersion(0),
        mark: None,
        entities: vec![EntityEvents::Tenant(tenant_events())],
        ..account_operation(Vec::new())
    };
    let both = Operation {
        actor: Actor::House,
        entities: vec![
            EntityEvents::Account(CustomerId(7), vec![AccountEvent::Blocked { at: at(12) }]),
            EntityEvents::Tenant(vec![TenantEvent::Suspended { at: at(12) }]),
        ],
        ..account_operation(Vec::new())
    };
    vec![tenant, account_operation(profile_events()), account_operation(money_events()), both]
}

/// An operation with one event: a small, typical one.
pub(in crate::journal) fn small_operation(customer: u64, millis: i64) -> Operation {
    let event = credit(CreditKind::Accrual, LotOrigin::Sale(SaleId(customer)), Pool::Main);
    Operation {
        at: at(millis),
        entities: vec![EntityEvents::Account(CustomerId(customer), vec![event])],
        ..account_operation(Vec::new())
    }
}
