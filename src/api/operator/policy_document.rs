//! The groups of settings beyond plain earning and spending, as fields of the settings document: read
//! strictly, written back as they read.

use super::category_rules_document::{CategoryRuleDocument, read_category_rules};
use super::guard_document::{GuardDocument, read_guard};
use super::plus_rules_document::{read_plus_rules, status_of};
use super::rates_document::{RatesDocument, read_rates};
use super::settings_document::{decimal, exact_bonus, exact_money, read_days};
use super::settings_shape::{days_and_months, word_of};
use crate::api::complaint::FieldError;
use crate::api::fields::Object;
use crate::ledger::{
    BirthdayRules, Brand, DailyLimits, DebtRules, ExtUnique, LateRules, NoticeRules, OfflineDebit,
    OverstockRules, Policy, PromotionRules, ReferralRules, RegressRules, ReserveRules, RetailRules,
    ReturnDebt, ReturnRules, SupportRules,
};
use serde::Serialize;

const RETURN_DEBTS: [(&str, ReturnDebt); 2] =
    [("debt", ReturnDebt::Debt), ("clamp", ReturnDebt::Clamp)];
const EXT_UNIQUES: [(&str, ExtUnique); 2] =
    [("lenient", ExtUnique::Lenient), ("strict", ExtUnique::Strict)];
const OFFLINE_DEBITS: [(&str, OfflineDebit); 3] = [
    ("reject", OfflineDebit::Reject),
    ("accrue_only", OfflineDebit::AccrueOnly),
    ("allow_debt", OfflineDebit::AllowDebt),
];

pub(super) fn read_policy<const N: usize>(object: &Object<'_, N>) -> Result<Policy, FieldError> {
    let default = Policy::default();
    Ok(Policy {
        brand: Brand {
            store_name: object.trimmed("store_name")?,
            logo_url: object.trimmed("logo_url")?,
            primary_color: object.trimmed("primary_color")?,
        },
        returns: read_returns(object, &default.returns)?,
        late: LateRules {
            offline_debit: object.word("offline_debit", &OFFLINE_DEBITS)?.unwrap_or_default(),
            debt_max: decimal(object, "offline_debt_max", "0.00", exact_bonus)?,
        },
        debt: DebtRules { write_off_days: some(object, "debt_write_off_days")? },
        reserve: ReserveRules {
            deadline_seconds: object
                .whole("reserve_deadline_seconds", u32::MAX)?
                .unwrap_or(default.reserve.deadline_seconds),
        },
        regress: RegressRules { window_days: some(object, "tier_window_days")? },
        birthday: BirthdayRules {
            bonus: decimal(object, "birthday_bonus", "0.00", exact_bonus)?,
            expire_after: read_days(
                object,
                "birthday_expire_after_days",
                "birthday_expire_after_months",
            )?
            .unwrap_or(default.birthday.expire_after),
        },
        referral: read_referral(object, &default.referral)?,
        daily: DailyLimits {
            earn_max: object.quoted("earn_max_per_day", exact_bonus)?,
            redeem_max: object.quoted("redeem_max_per_day", exact_bonus)?,
        },
        notice: NoticeRules { expiry_days: some(object, "expiry_notice_days")? },
        promotion: PromotionRules {
            stacking: object.flag("promotion_stacking")?.unwrap_or_default(),
        },
        categories: read_category_rules(object)?,
        overstock: OverstockRules { push: object.flag("overstock_push")?.unwrap_or_default() },
        guard: read_guard(object)?,
        plus: read_plus_rules(object)?,
        retail: RetailRules {
            ext_unique: object.word("ext_unique", &EXT_UNIQUES)?.unwrap_or_default(),
        },
        support: SupportRules {
            adjust_max: decimal(object, "support_adjust_max", "0.00", exact_bonus)?,
        },
        rates: read_rates(object)?,
    })
}

fn read_returns<const N: usize>(
    object: &Object<'_, N>,
    default: &ReturnRules,
) -> Result<ReturnRules, FieldError> {
    let grace = object.whole("restore_grace_days", u32::MAX)?;
    Ok(ReturnRules {
        days_max: object.whole("return_days_max", u32::MAX)?.unwrap_or(default.days_max),
        restore_grace_days: grace.unwrap_or(default.restore_grace_days),
        debt: object.word("return_debt", &RETURN_DEBTS)?.unwrap_or(default.debt),
        tier_drop: object.flag("tier_drop_on_return")?.unwrap_or(default.tier_drop),
    })
}

fn read_referral<const N: usize>(
    object: &Object<'_, N>,
    default: &ReferralRules,
) -> Result<ReferralRules, FieldError> {
    let expire_after =
        read_days(object, "referral_expire_after_days", "referral_expire_after_months")?;
    Ok(ReferralRules {
        inviter_bonus: decimal(object, "referral_inviter_bonus", "0.00", exact_bonus)?,
        invitee_bonus: decimal(object, "referral_invitee_bonus", "0.00", exact_bonus)?,
        min_amount: decimal(object, "referral_min_amount", "0.00", exact_money)?,
        hold_days: object.whole("referral_hold_days", u32::MAX)?.unwrap_or(default.hold_days),
        expire_after: expire_after.unwrap_or(default.expire_after),
        share_text: object.trimmed("referral_share_text")?,
    })
}

/// A whole number of which zero means none.
fn some<const N: usize>(object: &Object<'_, N>, name: &str) -> Result<Option<u32>, FieldError> {
    Ok(object.whole(name, u32::MAX)?.filter(|number| *number > 0))
}

/// The fields as they are written.
#[derive(Debug, Serialize)]
pub(super) struct PolicyDocument<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    store_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logo_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_color: Option<&'a str>,
    return_days_max: u32,
    restore_grace_days: u32,
    return_debt: &'static str,
    tier_drop_on_return: bool,
    offline_debit: &'static str,
    offline_debt_max: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    debt_write_off_days: Option<u32>,
    reserve_deadline_seconds: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier_window_days: Option<u32>,
    birthday_bonus: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    birthday_expire_after_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    birthday_expire_after_months: Option<u32>,
    referral_inviter_bonus: String,
    referral_invitee_bonus: String,
    referral_min_amount: String,
    referral_hold_days: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    referral_expire_after_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referral_expire_after_months: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referral_share_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    earn_max_per_day: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redeem_max_per_day: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry_notice_days: Option<u32>,
    overstock_push: bool,
    promotion_stacking: bool,
    unknown_customer_status: u32,
    bonusplus_reserve_deadline_seconds: u32,
    ext_unique: &'static str,
    support_adjust_max: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    category_rules: Vec<CategoryRuleDocument<'a>>,
    #[serde(flatten)]
    guard: GuardDocument,
    #[serde(flatten)]
    rates: RatesDocument,
}

impl<'a> PolicyDocument<'a> {
    pub(super) fn of(policy: &'a Policy) -> Self {
        let Policy { brand, returns, late, debt, reserve, regress, .. } = policy;
        let Policy { birthday, referral, daily, notice, promotion, categories, guard, .. } = policy;
        let Policy { plus, retail, support, .. } = policy;
        let birthday_expiry = days_and_months(birthday.expire_after);
        let referral_expiry = days_and_months(referral.expire_after);
        Self {
            store_name: brand.store_name.as_ref().map(|text| text.as_str()),
            logo_url: brand.logo_url.as_ref().map(|text| text.as_str()),
            primary_color: brand.primary_color.as_ref().map(|text| text.as_str()),
            return_days_max: returns.days_max,
            restore_grace_days: returns.restore_grace_days,
            return_debt: word_of(&RETURN_DEBTS, returns.debt),
            tier_drop_on_return: returns.tier_drop,
            offline_debit: word_of(&OFFLINE_DEBITS, late.offline_debit),
            offline_debt_max: late.debt_max.to_string(),
            debt_write_off_days: debt.write_off_days,
            reserve_deadline_seconds: reserve.deadline_seconds,
            tier_window_days: regress.window_days,
            birthday_bonus: birthday.bonus.to_string(),
            birthday_expire_after_days: birthday_expiry.0,
            birthday_expire_after_months: birthday_expiry.1,
            referral_inviter_bonus: referral.inviter_bonus.to_string(),
            referral_invitee_bonus: referral.invitee_bonus.to_string(),
            referral_min_amount: referral.min_amount.to_string(),
            referral_hold_days: referral.hold_days,
            referral_expire_after_days: referral_expiry.0,
            referral_expire_after_months: referral_expiry.1,
            referral_share_text: referral.share_text.as_ref().map(|text| text.as_str()),
            earn_max_per_day: daily.earn_max.map(|amount| amount.to_string()),
            redeem_max_per_day: daily.redeem_max.map(|amount| amount.to_string()),
            expiry_notice_days: notice.expiry_days,
            overstock_push: policy.overstock.push,
            promotion_stacking: promotion.stacking,
            ext_unique: word_of(&EXT_UNIQUES, retail.ext_unique),
            support_adjust_max: support.adjust_max.to_string(),
            category_rules: categories.rules.iter().map(CategoryRuleDocument::of).collect(),
            guard: GuardDocument::of(guard),
            rates: RatesDocument::of(&policy.rates),
            unknown_customer_status: status_of(plus.unknown_customer),
            bonusplus_reserve_deadline_seconds: plus.reserve_deadline_seconds,
        }
    }
}
