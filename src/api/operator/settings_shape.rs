//! A tenant's settings as a document that reads back as the same settings; what there is none of is
//! left out.

use super::policy_document::PolicyDocument;
use super::settings_document::{
    ACCRUAL_STEPS, COUNTRIES, HOLD_FROM, SIGNATURE_PATHS, WITHOUT_GROSS,
};
use crate::ledger::{Days, SettingsDraft, TierDraft};
use serde::Serialize;

/// Writes a settings document as JSON; [`crate::api::read_settings_document`] reads the same settings
/// from it.
#[must_use]
pub fn write_settings_document(settings: &SettingsDraft) -> String {
    let document = SettingsDocument::of(settings);
    serde_json::to_string_pretty(&document).expect("a settings document is JSON")
}

/// The document, field by field.
#[derive(Debug, Serialize)]
pub(super) struct SettingsDocument<'a> {
    currency: &'a str,
    bonus_unit: &'a str,
    time_zone: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_country: Option<&'static str>,
    redeem_hold_seconds: u32,
    hold_from: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_after_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_after_months: Option<u32>,
    min_purchase_amount: String,
    max_redeem_percent: String,
    redeem_step: String,
    min_redeem: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    redeem_max_per_receipt: Option<String>,
    redeem_from_app: bool,
    earn_while_redeeming: bool,
    accrue_on_bonus_part: bool,
    accrual_step: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    earn_max_per_receipt: Option<String>,
    payment_type_without_gross: &'static str,
    welcome_bonus: String,
    welcome_hold_seconds: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    welcome_expire_after_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    welcome_expire_after_months: Option<u32>,
    backdate_days_max: u32,
    backdate_before_join_hours: u32,
    require_external_id: bool,
    signature_path: &'static str,
    tiers: Vec<TierDocument<'a>>,
    #[serde(flatten)]
    policy: PolicyDocument<'a>,
}

#[derive(Debug, Serialize)]
struct TierDocument<'a> {
    name: &'a str,
    color: &'a str,
    from_total_spent: String,
    bonus_percent: String,
}

impl<'a> SettingsDocument<'a> {
    pub(super) fn of(rules: &'a SettingsDraft) -> Self {
        let (expire_after_days, expire_after_months) = days_and_months(rules.expire_after);
        let (welcome_expire_after_days, welcome_expire_after_months) =
            days_and_months(rules.welcome_expire_after);
        Self {
            currency: rules.currency.as_str(),
            bonus_unit: rules.bonus_unit.as_str(),
            time_zone: rules.time_zone.name(),
            default_country: rules.default_country.map(|it| word_of(&COUNTRIES, it)),
            redeem_hold_seconds: rules.redeem_hold_seconds,
            hold_from: word_of(&HOLD_FROM, rules.hold_from),
            expire_after_days,
            expire_after_months,
            min_purchase_amount: rules.min_purchase_amount.to_string(),
            max_redeem_percent: rules.max_redeem_percent.to_string(),
            redeem_step: rules.redeem_step.to_string(),
            min_redeem: rules.min_redeem.to_string(),
            redeem_max_per_receipt: rules.redeem_max_per_receipt.map(|it| it.to_string()),
            redeem_from_app: rules.redeem_from_app,
            earn_while_redeeming: rules.earn_while_redeeming,
            accrue_on_bonus_part: rules.accrue_on_bonus_part,
            accrual_step: word_of(&ACCRUAL_STEPS, rules.accrual_step),
            earn_max_per_receipt: rules.earn_max_per_receipt.map(|it| it.to_string()),
            payment_type_without_gross: word_of(&WITHOUT_GROSS, rules.payment_type_without_gross),
            welcome_bonus: rules.welcome_bonus.to_string(),
            welcome_hold_seconds: rules.welcome_hold_seconds,
            welcome_expire_after_days,
            welcome_expire_after_months,
            backdate_days_max: rules.backdate_days_max,
            backdate_before_join_hours: rules.backdate_before_join_hours,
            require_external_id: rules.require_external_id,
            signature_path: word_of(&SIGNATURE_PATHS, rules.signature_path),
            tiers: rules.tiers.iter().map(TierDocument::of).collect(),
            policy: PolicyDocument::of(&rules.policy),
        }
    }
}

impl<'a> TierDocument<'a> {
    fn of(tier: &'a TierDraft) -> Self {
        Self {
            name: tier.name.as_str(),
            color: tier.color.as_str(),
            from_total_spent: tier.from_total_spent.to_string(),
            bonus_percent: tier.bonus_percent.to_string(),
        }
    }
}

pub(super) const fn days_and_months(span: Days) -> (Option<u32>, Option<u32>) {
    match span {
        Days::Never => (Some(0), None),
        Days::Days(days) => (Some(days), None),
        Days::Months(months) => (None, Some(months)),
    }
}

pub(super) fn word_of<T: Copy + PartialEq>(
    words: &[(&'static str, T)],
    meaning: T,
) -> &'static str {
    let found = words.iter().find(|(_, known)| *known == meaning);
    found.map(|(word, _)| *word).expect("every meaning has a word")
}
