//! Samples of settings that came after the first golden bytes.

use super::{bonus, money, other_words, text};
use crate::ledger::{
    BirthdayRules, Brand, CategoryEffect, CategoryRule, CategoryRules, DailyLimits, Days,
    DebtRules, Goods, GuardRules, LateRules, NoticeRules, OfflineDebit, OverstockRules, PlusRules,
    Policy, PromotionRules, RateRules, ReferralRules, RegressRules, ReserveRules, RetailRules,
    ReturnDebt, ReturnRules, Settings, SupportRules,
};

/// Settings that say something in every group.
pub(super) fn with_policy() -> Settings {
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
        overstock: OverstockRules::default(),
        guard: GuardRules::default(),
        plus: PlusRules::default(),
        retail: RetailRules::default(),
        support: SupportRules::default(),
        rates: RateRules::default(),
    };
    settings
}
