//! The table of statuses, row by row; every code stands in the document.

use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::operator::{OperatorDenial, Right};
use crate::engine::EngineError;
use crate::ledger::{OperatorRefusal, Refusal, Role};
use crate::values::{Bonus, SaleId};

const DOCUMENT: &str = include_str!("../../openapi.yaml");

fn check(error: impl Into<ApiError>, status: u16, code: &str, field: Option<&str>) {
    let row = error.into().row();
    assert_eq!(
        (row.status.as_u16(), row.code, row.field.as_deref()),
        (status, code, field),
        "{row:?}"
    );
    let waiting_helps = status == 503
        || ["code_throttled", "code_attempts_used_up", "confirmation_attempts_used_up"]
            .contains(&code);
    assert_eq!(row.retry_after_seconds.is_some(), waiting_helps, "{row:?}");
    assert!(row.text.ends_with('.'), "{row:?}");
    assert!(DOCUMENT.contains(&format!("        - {code}\n")), "{code} is not documented");
}

#[test]
fn every_family_of_errors_has_its_status() {
    check(ApiError::RouteUnknown, 404, "route_unknown", None);
    check(ApiError::MethodNotAllowed, 405, "method_not_allowed", None);
    check(ApiError::BodyTooLarge, 413, "body_too_large", None);
    check(ApiError::TenantTokenInvalid, 401, "tenant_token_invalid", None);
    check(ApiError::TenantSuspended, 403, "tenant_suspended", None);
    check(ApiError::SignatureMissing, 401, "signature_missing", None);
    check(ApiError::TimestampOutOfRange, 401, "timestamp_out_of_range", None);
    check(ApiError::SignatureInvalid, 401, "signature_invalid", None);
    check(ApiError::BearerInvalid, 401, "bearer_invalid", None);
    check(ApiError::OperatorTokenInvalid, 401, "operator_token_invalid", None);
    check(FieldError::new("phone", Complaint::Required), 422, "required", Some("phone"));
    check(ApiError::NotReady("opening".into()), 503, "not_ready", None);
    check(ApiError::SnapshotUnderWay, 409, "snapshot_under_way", None);
    check(ApiError::UriTooLong, 414, "uri_too_long", None);
    let retry_after_seconds = 7;
    check(ApiError::RateLimited { retry_after_seconds }, 503, "rate_limited", None);
    let wrong = ApiError::TooManyWrongKeys { retry_after_seconds };
    check(wrong, 503, "too_many_wrong_keys", None);
    let bad = ApiError::from(FieldError::new("init_data", Complaint::NotTelegramData));
    check(bad.clone(), 422, "invalid_telegram_data", Some("init_data"));
    let bad = bad.malformed_is_bad_request();
    check(bad, 400, "invalid_telegram_data", Some("init_data"));
    check(ApiError::TelegramHashInvalid, 401, "telegram_hash_invalid", None);
    check(ApiError::TelegramDataExpired, 401, "telegram_data_expired", None);
    check(
        FieldError::new("bot_token", Complaint::NotBotToken),
        422,
        "invalid_bot_token",
        Some("bot_token"),
    );
    let name = FieldError::new("bot_username", Complaint::NotBotUsername);
    check(name, 422, "invalid_bot_username", Some("bot_username"));
}

#[test]
fn refusals_and_failures_of_the_engine_have_theirs() {
    check(Refusal::CustomerNotFound, 404, "customer_not_found", None);
    check(Refusal::TenantNotFound, 404, "tenant_not_found", None);
    check(Refusal::CustomerBlocked, 403, "customer_blocked", None);
    check(Refusal::RedeemFromAppDisabled, 403, "redeem_from_app_disabled", None);
    let duplicate = Refusal::DuplicateSale { sale: SaleId(7) };
    check(duplicate, 422, "duplicate_sale", Some("external_sale_id"));
    let key = Refusal::IdempotencyKeyReused;
    check(key, 422, "idempotency_key_reused", Some("Idempotency-Key"));
    let throttled = Refusal::CodeThrottled { field: "phone", retry_after_seconds: 7 };
    check(throttled, 422, "code_throttled", Some("phone"));
    check(Refusal::CodeInvalid, 422, "code_invalid", Some("code"));
    let used_up = Refusal::CodeAttemptsUsedUp { retry_after_seconds: 7 };
    check(used_up, 422, "code_attempts_used_up", Some("code"));
    check(Refusal::ReferralCodeUnknown, 422, "referral_code_unknown", Some("referral_code"));
    check(Refusal::PhoneTaken, 422, "phone_taken", Some("phone"));
    check(Refusal::LoginOfBlocked, 422, "login_of_blocked", None);
    check(Refusal::TelegramDisabled, 403, "telegram_disabled", None);
    check(Refusal::TelegramNotLinked, 404, "telegram_not_linked", None);
    check(Refusal::TelegramTaken, 422, "telegram_taken", Some("init_data"));
    let differs = Refusal::TelegramOfPhoneDiffers;
    check(differs, 422, "telegram_of_phone_differs", Some("init_data"));
    check(EngineError::Overloaded, 503, "overloaded", None);
    check(EngineError::Unavailable("disk".into()), 503, "unavailable", None);
    check(EngineError::ClockSteppedBack, 503, "clock_stepped_back", None);
    check(EngineError::Broken("lots".into()), 503, "internal_check_failed", None);
}

#[test]
fn what_went_wrong_inside_is_not_told_outside() {
    let row = ApiError::from(EngineError::Broken("lot 17 of tenant 3".into())).row();
    assert!(!row.text.contains("17"), "{row:?}");
}

#[test]
fn operators_are_told_what_their_role_lacks() {
    let denied = |role, right| OperatorDenial::NotAllowed { role, right };
    check(denied(Role::Auditor, Right::AdjustBalances), 403, "operator_not_allowed", None);
    let text = ApiError::from(denied(Role::Support, Right::ReadSettings)).row().text;
    assert_eq!(text, "The role support may not read settings and webhooks.");
    let most = Bonus::from_cents(500).unwrap();
    let over = OperatorDenial::OverSupportMax { most };
    check(over, 403, "adjustment_over_support_max", Some("amount"));
    check(OperatorDenial::DebtBySupport, 403, "debt_by_support", Some("allow_debt"));
    let unknown = OperatorDenial::SettingsVersionUnknown;
    check(unknown, 422, "settings_version_unknown", Some("version"));
    for (refusal, status, field) in [
        (OperatorRefusal::NotFound, 404, None),
        (OperatorRefusal::NameTaken, 422, Some("name")),
        (OperatorRefusal::Revoked, 422, None),
        (OperatorRefusal::TooMany, 422, None),
    ] {
        check(OperatorDenial::from(refusal), status, refusal.code(), field);
    }
}
