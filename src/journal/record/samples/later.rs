//! One of every event, and of every form of an event, that came after the first golden bytes.

use super::{account_operation, at, bonus, money, other_words, sale, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{
    AccountEvent, BirthdayRules, Brand, Clawback, DailyLimits, Days, DebtRules, Extent,
    ExternalIdScope, GuardRules, LateRules, LotOrigin, NoticeRules, OfflineDebit, PointOfSale,
    Policy, Pool, PromotionRules, RecordedReturn, RecordedSale, Redirect, ReferralRules,
    RegressRules, ReserveRules, Restoration, ReturnDebt, ReturnRules, ReturnedPart, SaleKind,
    Settings, Shares, Slice, TenantEvent,
};
use crate::values::{Balance, LotId, Quantity, SaleId, TransactionId};
use std::sync::Arc;

/// Operations with all of them.
pub(in crate::journal) fn later_events() -> Vec<Operation> {
    let settings = Arc::new(with_policy());
    let tenant = vec![TenantEvent::SettingsAdopted { settings, at: at(13) }];
    vec![
        Operation { entities: vec![EntityEvents::Tenant(tenant)], ..account_operation(Vec::new()) },
        account_operation(account_events()),
    ]
}

fn account_events() -> Vec<AccountEvent> {
    let sold_at = |store, cashier| {
        let point_of_sale = PointOfSale { store, cashier };
        AccountEvent::SaleRecorded(Box::new(RecordedSale { point_of_sale, ..sale() }))
    };
    vec![
        sold_at(Some(text("Рудаки")), Some(text("Anna"))),
        sold_at(None, Some(text("Anna"))),
        clawed_back(),
        restored(),
        returned(SaleKind::Purchase),
        bare_return(SaleKind::Redemption),
        bare_return(SaleKind::Return),
    ]
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

fn returned(of_kind: SaleKind) -> AccountEvent {
    let part = |line, extent| ReturnedPart {
        line,
        extent,
        shares: Shares { money: money(900), redeem_share: bonus(100), accrual: bonus(45) },
    };
    AccountEvent::ReturnRecorded(Box::new(RecordedReturn {
        id: SaleId(19),
        of: SaleId(17),
        of_kind,
        at: at(17),
        parts: vec![
            part(Some(0), Extent::Quantity(Quantity::ONE)),
            part(Some(199), Extent::Amount(money(950))),
            part(None, Extent::Rest),
        ],
        money: money(2_700),
        restored: bonus(300),
        accrual: bonus(135),
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
        guard: GuardRules {
            redeem_confirm_from: Some(bonus(100_000)),
            sales_per_day_max: Some(20),
            redeem_on_opening_day: false,
            external_id_scope: ExternalIdScope::Store,
        },
        promotion: PromotionRules { stacking: true },
    };
    settings
}
