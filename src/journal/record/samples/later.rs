//! One of every event, and of every form of an event, that came after the first golden bytes.

use super::{account_operation, at, bonus, money, other_words, sale, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{
    AccountEvent, Birthday, BirthdayRules, Brand, Completion, Credit, CreditKind, DailyLimits,
    Days, DebtRules, ExternalIdScope, GuardRules, LateRules, LotDraw, LotOrigin, NoticeRules,
    OfflineDebit, PointOfSale, Policy, Pool, PromotionRules, RecordedSale, ReferralEvent,
    ReferralRules, RegressRules, ReserveRules, ReturnDebt, ReturnRules, Reward, Settings,
    TakenBack, TenantEvent, TierEvent,
};
use crate::values::{CustomerId, LotId, ReferralCode, SaleId, TierId, TransactionId};
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
    let mut events =
        vec![sold_at(Some(text("Рудаки")), Some(text("Anna"))), sold_at(None, Some(text("Anna")))];
    events.extend(referral_events());
    events.extend(tier_events());
    events.extend(birthday_events());
    events
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
