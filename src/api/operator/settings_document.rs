//! Reads a tenant's settings from a document in the contract's own words, strictly. Amounts and
//! percents are decimals in strings; what is not said has the default given here.

use super::policy_document::read_policy;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::fields::Object;
use crate::api::scan::Raw;
use crate::ledger::{
    AccrualStep, Days, HoldFrom, PaymentTypeWithoutGross, SettingsDraft, SignaturePath, TierDraft,
};
use crate::values::{Bonus, Country, DecimalError, Money, Percent, Precision, Text};

const FIELDS: [&str; 69] = [
    "currency",
    "bonus_unit",
    "time_zone",
    "default_country",
    "redeem_hold_seconds",
    "hold_from",
    "expire_after_days",
    "expire_after_months",
    "min_purchase_amount",
    "max_redeem_percent",
    "redeem_step",
    "min_redeem",
    "redeem_max_per_receipt",
    "redeem_from_app",
    "earn_while_redeeming",
    "accrue_on_bonus_part",
    "accrual_step",
    "earn_max_per_receipt",
    "payment_type_without_gross",
    "welcome_bonus",
    "welcome_hold_seconds",
    "welcome_expire_after_days",
    "welcome_expire_after_months",
    "backdate_days_max",
    "backdate_before_join_hours",
    "require_external_id",
    "signature_path",
    "offline_debit",
    "tiers",
    "store_name",
    "logo_url",
    "primary_color",
    "return_days_max",
    "restore_grace_days",
    "return_debt",
    "tier_drop_on_return",
    "offline_debt_max",
    "debt_write_off_days",
    "reserve_deadline_seconds",
    "tier_window_days",
    "birthday_bonus",
    "birthday_expire_after_days",
    "birthday_expire_after_months",
    "referral_inviter_bonus",
    "referral_invitee_bonus",
    "referral_min_amount",
    "referral_hold_days",
    "referral_expire_after_days",
    "referral_expire_after_months",
    "referral_share_text",
    "earn_max_per_day",
    "redeem_max_per_day",
    "expiry_notice_days",
    "promotion_stacking",
    "ext_unique",
    "support_adjust_max",
    "category_rules",
    "overstock_push",
    "redeem_confirm_from",
    "sales_per_day_report_from",
    "sales_per_day_refuse_from",
    "late_sales",
    "redeem_on_opening_day",
    "external_id_scope",
    "unknown_customer_status",
    "bonusplus_reserve_deadline_seconds",
    "partner_requests_per_minute_max",
    "app_requests_per_minute_max",
    "bonusplus_requests_per_hour_max",
];
const TIER_FIELDS: [&str; 4] = ["name", "color", "from_total_spent", "bonus_percent"];
/// More tiers than any tenant may have are not even read; how many it may have is the ledger's affair.
const TIERS_READ_MAX: usize = 1_000;

pub(super) const COUNTRIES: [(&str, Country); 2] = [("RU", Country::Ru), ("TJ", Country::Tj)];
pub(super) const HOLD_FROM: [(&str, HoldFrom); 2] =
    [("business", HoldFrom::Business), ("arrival", HoldFrom::Arrival)];
pub(super) const ACCRUAL_STEPS: [(&str, AccrualStep); 2] =
    [("0.01", AccrualStep::Cent), ("1", AccrualStep::Whole)];
pub(super) const WITHOUT_GROSS: [(&str, PaymentTypeWithoutGross); 3] = [
    ("refuse", PaymentTypeWithoutGross::Refuse),
    ("net", PaymentTypeWithoutGross::Net),
    ("gross", PaymentTypeWithoutGross::Gross),
];
pub(super) const SIGNATURE_PATHS: [(&str, SignaturePath); 3] = [
    ("full", SignaturePath::Full),
    ("without_prefix", SignaturePath::WithoutPrefix),
    ("with_query", SignaturePath::WithQuery),
];

/// Reads a settings document from JSON.
///
/// # Errors
/// The first field that is unknown, repeated, of a wrong type or not possible, by name.
pub fn read_settings_document(json: &str) -> Result<SettingsDraft, FieldError> {
    read(&Object::parse(json, &FIELDS)?)
}

/// Reads the field `settings` of a body; absent, everything has its default.
pub(super) fn read_settings(raw: Option<Raw<'_>>) -> Result<SettingsDraft, FieldError> {
    match raw {
        Some(raw) => read(&Object::inner(raw, &FIELDS, "settings")?),
        None => read_settings_document("{}"),
    }
}

fn read<const N: usize>(object: &Object<'_, N>) -> Result<SettingsDraft, FieldError> {
    let whole = |name, default| Ok(object.whole(name, u32::MAX)?.unwrap_or(default));
    let flag = |name, default| Ok(object.flag(name)?.unwrap_or(default));
    let money = |name, default| decimal(object, name, default, exact_money);
    let bonus = |name, default| decimal(object, name, default, exact_bonus);
    let expire_after = read_days(object, "expire_after_days", "expire_after_months")?;
    let expire_after = expire_after.unwrap_or(Days::Days(365));
    let welcome_expire_after =
        read_days(object, "welcome_expire_after_days", "welcome_expire_after_months")?;
    Ok(SettingsDraft {
        currency: text(object, "currency", "USD")?,
        bonus_unit: text(object, "bonus_unit", "bonus")?,
        time_zone: text::<64, N>(object, "time_zone", "UTC")?
            .as_str()
            .parse()
            .map_err(|_| object.complain("time_zone", Complaint::NotTimeZone))?,
        default_country: object.word("default_country", &COUNTRIES)?,
        redeem_hold_seconds: whole("redeem_hold_seconds", 0)?,
        hold_from: object.word("hold_from", &HOLD_FROM)?.unwrap_or(HoldFrom::Business),
        expire_after,
        min_purchase_amount: money("min_purchase_amount", "0.00")?,
        max_redeem_percent: decimal(object, "max_redeem_percent", "50", Percent::parse)?,
        redeem_step: bonus("redeem_step", "0.01")?,
        min_redeem: bonus("min_redeem", "0.00")?,
        redeem_max_per_receipt: object.quoted("redeem_max_per_receipt", exact_bonus)?,
        redeem_from_app: flag("redeem_from_app", true)?,
        earn_while_redeeming: flag("earn_while_redeeming", true)?,
        accrue_on_bonus_part: flag("accrue_on_bonus_part", false)?,
        accrual_step: object.word("accrual_step", &ACCRUAL_STEPS)?.unwrap_or(AccrualStep::Cent),
        earn_max_per_receipt: object.quoted("earn_max_per_receipt", exact_bonus)?,
        payment_type_without_gross: object
            .word("payment_type_without_gross", &WITHOUT_GROSS)?
            .unwrap_or(PaymentTypeWithoutGross::Refuse),
        welcome_bonus: bonus("welcome_bonus", "0.00")?,
        welcome_hold_seconds: whole("welcome_hold_seconds", 0)?,
        welcome_expire_after: welcome_expire_after.unwrap_or(expire_after),
        backdate_days_max: whole("backdate_days_max", 30)?,
        backdate_before_join_hours: whole("backdate_before_join_hours", 24)?,
        require_external_id: flag("require_external_id", false)?,
        signature_path: object
            .word("signature_path", &SIGNATURE_PATHS)?
            .unwrap_or(SignaturePath::Full),
        tiers: read_tiers(object)?,
        policy: read_policy(object)?,
    })
}

/// Zero days (or months) are for ever.
pub(super) fn read_days<const N: usize>(
    object: &Object<'_, N>,
    days_name: &'static str,
    months_name: &'static str,
) -> Result<Option<Days>, FieldError> {
    let days = object.whole(days_name, u32::MAX)?;
    let months = object.whole(months_name, u32::MAX)?;
    match (days, months) {
        (Some(_), Some(_)) => Err(object.complain(months_name, Complaint::Excluded(days_name))),
        (Some(0), None) | (None, Some(0)) => Ok(Some(Days::Never)),
        (Some(days), None) => Ok(Some(Days::Days(days))),
        (None, Some(months)) => Ok(Some(Days::Months(months))),
        (None, None) => Ok(None),
    }
}

fn read_tiers<const N: usize>(object: &Object<'_, N>) -> Result<Vec<TierDraft>, FieldError> {
    let Some(tiers) = object.list("tiers", TIERS_READ_MAX)? else {
        return Ok(vec![read_tier(&Object::parse(BASE_TIER, &TIER_FIELDS)?)?]);
    };
    let tiers = tiers.into_iter().enumerate();
    tiers
        .map(|(index, raw)| read_tier(&Object::entry(raw, &TIER_FIELDS, "tiers", index)?))
        .collect()
}

/// The tier of a tenant that names none.
const BASE_TIER: &str = r#"{"name": "Base", "bonus_percent": "5"}"#;

fn read_tier<const N: usize>(tier: &Object<'_, N>) -> Result<TierDraft, FieldError> {
    let name = tier.trimmed("name")?;
    let percent = tier.quoted("bonus_percent", Percent::parse)?;
    Ok(TierDraft {
        name: tier.required("name", name)?,
        color: text(tier, "color", "#8A8A8A")?,
        from_total_spent: decimal(tier, "from_total_spent", "0.00", exact_money)?,
        bonus_percent: tier.required("bonus_percent", percent)?,
    })
}

fn text<const MAX: usize, const N: usize>(
    object: &Object<'_, N>,
    name: &str,
    default: &str,
) -> Result<Text<MAX>, FieldError> {
    match object.text(name)? {
        Some(text) => Ok(text),
        None => Text::parse(default).map_err(|error| object.complain(name, error)),
    }
}

pub(super) fn decimal<T, const N: usize>(
    object: &Object<'_, N>,
    name: &str,
    default: &str,
    parse: impl Fn(&str) -> Result<T, DecimalError>,
) -> Result<T, FieldError> {
    match object.quoted(name, &parse)? {
        Some(value) => Ok(value),
        None => parse(default).map_err(|error| object.complain(name, error)),
    }
}

pub(super) fn exact_money(text: &str) -> Result<Money, DecimalError> {
    Money::parse(text, Precision::Exact)
}

pub(super) fn exact_bonus(text: &str) -> Result<Bonus, DecimalError> {
    Bonus::parse(text, Precision::Exact)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::operator::fuzzing::FULL_SETTINGS;
    use crate::api::write_settings_document;

    /// The example of the documentation, as JSON.
    const EXAMPLE: &str = r##"{
        "currency": "TJS",
        "bonus_unit": "bonus",
        "time_zone": "Asia/Dushanbe",
        "redeem_hold_seconds": 86400,
        "min_purchase_amount": "10.00",
        "max_redeem_percent": "30",
        "redeem_from_app": true,
        "welcome_bonus": "0.00",
        "expire_after_days": 365,
        "backdate_days_max": 30,
        "tiers": [
            {"name": "Base", "color": "#8A8A8A", "from_total_spent": "0.00", "bonus_percent": "5"}
        ]
    }"##;

    #[test]
    fn the_example_of_the_documentation_works_as_it_stands() {
        let settings = read_settings_document(EXAMPLE).unwrap();
        assert_eq!(settings.currency.as_str(), "TJS");
        assert_eq!(settings.time_zone.name(), "Asia/Dushanbe");
        assert_eq!(settings.redeem_hold_seconds, 86_400);
        assert_eq!(settings.min_purchase_amount.cents(), 1_000);
        assert_eq!(settings.max_redeem_percent.to_string(), "30");
        assert_eq!(settings.tiers[0].bonus_percent.to_string(), "5");
        assert_eq!(settings.welcome_expire_after, Days::Days(365));
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let settings = read_settings_document("{}").unwrap();
        let written = write_settings_document(&settings);
        let expected = r##"{"currency":"USD","bonus_unit":"bonus","time_zone":"UTC","redeem_hold_seconds":0,"hold_from":"business","expire_after_days":365,"min_purchase_amount":"0.00","max_redeem_percent":"50","redeem_step":"0.01","min_redeem":"0.00","redeem_from_app":true,"earn_while_redeeming":true,"accrue_on_bonus_part":false,"accrual_step":"0.01","payment_type_without_gross":"refuse","welcome_bonus":"0.00","welcome_hold_seconds":0,"welcome_expire_after_days":365,"backdate_days_max":30,"backdate_before_join_hours":24,"require_external_id":false,"signature_path":"full","offline_debit":"reject","offline_debt_max":"0.00","return_days_max":365,"restore_grace_days":14,"return_debt":"debt","tier_drop_on_return":true,"reserve_deadline_seconds":604800,"birthday_bonus":"0.00","birthday_expire_after_days":30,"referral_inviter_bonus":"0.00","referral_invitee_bonus":"0.00","referral_min_amount":"0.00","referral_hold_days":14,"referral_expire_after_days":365,"overstock_push":false,"promotion_stacking":false,"sales_per_day_report_from":5,"late_sales":"report","redeem_on_opening_day":"report","external_id_scope":"tenant","ext_unique":"lenient","support_adjust_max":"0.00","unknown_customer_status":412,"bonusplus_reserve_deadline_seconds":86400,"tiers":[{"name":"Base","color":"#8A8A8A","from_total_spent":"0.00","bonus_percent":"5"}]}"##;
        let value: serde_json::Value = serde_json::from_str(&written).unwrap();
        let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
        assert_eq!(value, expected);
    }

    #[test]
    fn what_is_written_reads_the_same() {
        for document in ["{}", EXAMPLE, FULL_SETTINGS, r#"{"expire_after_days": 0}"#] {
            let settings = read_settings_document(document).unwrap();
            let written = write_settings_document(&settings);
            assert_eq!(read_settings_document(&written), Ok(settings), "{written}");
        }
        let full = write_settings_document(&read_settings_document(FULL_SETTINGS).unwrap());
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&full), value(FULL_SETTINGS));
    }

    #[test]
    fn a_span_of_days_or_months_may_be_for_ever() {
        let check = |json: &str, expected: (Days, Days)| {
            let settings = read_settings_document(json).unwrap();
            assert_eq!((settings.expire_after, settings.welcome_expire_after), expected, "{json}");
        };
        check(r#"{"expire_after_days":0}"#, (Days::Never, Days::Never));
        check(r#"{"expire_after_months":6}"#, (Days::Months(6), Days::Months(6)));
        check(
            r#"{"expire_after_months":6,"welcome_expire_after_days":7}"#,
            (Days::Months(6), Days::Days(7)),
        );
        check(r#"{"welcome_expire_after_months":0}"#, (Days::Days(365), Days::Never));
    }

    #[test]
    fn bad_settings_are_refused_by_name() {
        let check = |json: &str, field: &str, code: &str| {
            let error = read_settings_document(json).unwrap_err();
            assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{json}");
        };
        check("[]", "body", "wrong_type");
        check(r#"{"redeem_percent":"5"}"#, "redeem_percent", "unknown_field");
        check(r#"{"currency":"TOO LONG!"}"#, "currency", "too_long");
        check(r#"{"time_zone":"Mars/Base"}"#, "time_zone", "unknown_time_zone");
        check(r#"{"default_country":"XX"}"#, "default_country", "unknown_value");
        check(r#"{"redeem_hold_seconds":"86400"}"#, "redeem_hold_seconds", "not_whole_number");
        check(r#"{"redeem_hold_seconds":1.5}"#, "redeem_hold_seconds", "not_whole_number");
        check(r#"{"min_purchase_amount":10.00}"#, "min_purchase_amount", "wrong_type");
        check(r#"{"max_redeem_percent":30}"#, "max_redeem_percent", "wrong_type");
        check(r#"{"max_redeem_percent":"100.1"}"#, "max_redeem_percent", "too_large");
        check(r#"{"max_redeem_percent":"many"}"#, "max_redeem_percent", "wrong_type");
        check(r#"{"redeem_max_per_receipt":5}"#, "redeem_max_per_receipt", "wrong_type");
        check(r#"{"redeem_step":"0.001"}"#, "redeem_step", "too_many_decimals");
        check(r#"{"welcome_bonus":"-1"}"#, "welcome_bonus", "too_small");
        check(r#"{"redeem_from_app":"yes"}"#, "redeem_from_app", "wrong_type");
        check(r#"{"accrual_step":"0.1"}"#, "accrual_step", "unknown_value");
        check(
            r#"{"expire_after_days":5,"expire_after_months":5}"#,
            "expire_after_months",
            "excluded_field",
        );
        check(r#"{"offline_debit":"perhaps"}"#, "offline_debit", "unknown_value");
        check(r#"{"return_debt":"none"}"#, "return_debt", "unknown_value");
        check(r#"{"tiers":{}}"#, "tiers", "wrong_type");
        check(r#"{"tiers":[{"bonus_percent":"5"}]}"#, "tiers[0].name", "required");
        check(r#"{"tiers":[{"name":"Base"}]}"#, "tiers[0].bonus_percent", "required");
        let tier = r#"{"tiers":[{"name":"Base","bonus_percent":5}]}"#;
        check(tier, "tiers[0].bonus_percent", "wrong_type");
        let error = read_settings_document(tier).unwrap_err();
        assert!(error.to_string().ends_with("write it in quotes."), "{error}");
    }
}
