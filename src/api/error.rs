//! The one table of statuses: every reason for not doing what was asked, with its status, its stable
//! code, the field to blame, a text for people, and when to try again.

use crate::api::complaint::FieldError;
use crate::engine::EngineError;
use crate::ledger::Refusal;
use axum::http::StatusCode;

/// When to try again after an answer of 503, in seconds.
pub(in crate::api) const RETRY_AFTER_SECONDS: u32 = 1;

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) enum ApiError {
    RouteUnknown,
    MethodNotAllowed,
    BodyTooLarge,
    /// Missing, unknown, or no longer good.
    TenantTokenInvalid,
    TenantSuspended,
    /// A header of the signature is missing or cannot be read.
    SignatureMissing,
    TimestampOutOfRange,
    SignatureInvalid,
    BearerInvalid,
    OperatorTokenInvalid,
    Field(FieldError),
    Engine(EngineError),
    /// The house is not ready, and why.
    NotReady(String),
    /// What is wrong with the shape of a request where the contract answers with 400.
    BadRequest(FieldError),
    /// Not signed for this store's bot, or about somebody else.
    TelegramHashInvalid,
    /// Signed too long ago, or in the future.
    TelegramDataExpired,
    /// The key of the BonusPlus dialect is missing, unknown, or no longer good.
    PlusKeyInvalid,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) struct ErrorRow {
    pub(in crate::api) status: StatusCode,
    pub(in crate::api) code: &'static str,
    pub(in crate::api) field: Option<String>,
    pub(in crate::api) text: String,
    pub(in crate::api) retry_after_seconds: Option<u32>,
}

impl From<FieldError> for ApiError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Engine(EngineError::Refused(refusal))
    }
}

impl ApiError {
    /// The same where the contract answers what is malformed with 400.
    pub(in crate::api) fn malformed_is_bad_request(self) -> Self {
        if let Self::Field(error) = self { Self::BadRequest(error) } else { self }
    }

    /// What the caller is told.
    pub(in crate::api) fn row(&self) -> ErrorRow {
        match self {
            Self::RouteUnknown => {
                plain(StatusCode::NOT_FOUND, "route_unknown", "There is nothing at this path.")
            }
            Self::MethodNotAllowed => plain(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This path does not answer to this method.",
            ),
            Self::BodyTooLarge => plain(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "The body is larger than this operation takes.",
            ),
            Self::TenantTokenInvalid => {
                unauthorized("tenant_token_invalid", "X-Tenant-Token is missing or unknown.")
            }
            Self::TenantSuspended => {
                plain(StatusCode::FORBIDDEN, "tenant_suspended", "The store is suspended.")
            }
            Self::SignatureMissing => unauthorized(
                "signature_missing",
                "X-Partner-Timestamp (Unix seconds) and X-Partner-Signature are required, once each.",
            ),
            Self::TimestampOutOfRange => unauthorized(
                "timestamp_out_of_range",
                "X-Partner-Timestamp is more than 300 seconds from the time of the server.",
            ),
            Self::SignatureInvalid => {
                unauthorized("signature_invalid", "X-Partner-Signature does not match the request.")
            }
            Self::BearerInvalid => {
                unauthorized("bearer_invalid", "The Bearer token is missing or not valid.")
            }
            Self::OperatorTokenInvalid => {
                unauthorized("operator_token_invalid", "The operator's token is missing or wrong.")
            }
            Self::Field(error) => field_row(StatusCode::UNPROCESSABLE_ENTITY, error),
            Self::Engine(error) => engine_row(error),
            Self::NotReady(reason) => try_again("not_ready", &format!("Not ready: {reason}.")),
            Self::BadRequest(error) => field_row(StatusCode::BAD_REQUEST, error),
            Self::TelegramHashInvalid => unauthorized(
                "telegram_hash_invalid",
                "Telegram did not sign this for the store's bot and this user.",
            ),
            Self::TelegramDataExpired => unauthorized(
                "telegram_data_expired",
                "Telegram signed this too long ago, or in the future.",
            ),
            Self::PlusKeyInvalid => {
                unauthorized("api_key_invalid", "The API key is missing or wrong.")
            }
        }
    }
}

fn field_row(status: StatusCode, error: &FieldError) -> ErrorRow {
    ErrorRow {
        field: Some(error.field.clone()),
        ..plain(status, error.complaint.code(), &error.to_string())
    }
}

fn engine_row(error: &EngineError) -> ErrorRow {
    match error {
        EngineError::Refused(refusal) => ErrorRow {
            field: refusal.field().map(str::to_owned),
            retry_after_seconds: refusal.retry_after_seconds(),
            ..plain(status_of(refusal), refusal.code(), &refusal.to_string())
        },
        EngineError::Overloaded => {
            try_again("overloaded", "Too many requests are under way; try again.")
        }
        EngineError::Unavailable(_) => {
            try_again("unavailable", "The ledger is not available now; try again.")
        }
        EngineError::ClockSteppedBack => {
            try_again("clock_stepped_back", "The clock of the server stepped back; try again.")
        }
        EngineError::Broken(_) => {
            try_again("internal_check_failed", "An internal check failed; nothing was changed.")
        }
    }
}

/// The status of every refusal of the business.
#[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
const fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::CustomerNotFound
        | Refusal::TenantNotFound
        | Refusal::PromotionNotFound
        | Refusal::SaleNotFound { .. }
        | Refusal::WebhookNotFound
        | Refusal::TransactionNotFound
        | Refusal::ReserveNotFound
        | Refusal::TelegramNotLinked
        | Refusal::VoucherNotFound { .. }
        | Refusal::PositionNotFound
        | Refusal::ImportBatchNotFound => StatusCode::NOT_FOUND,
        Refusal::CustomerBlocked | Refusal::RedeemFromAppDisabled | Refusal::TelegramDisabled => {
            StatusCode::FORBIDDEN
        }
        Refusal::DuplicateSale { .. }
        | Refusal::DuplicateRedemption { .. }
        | Refusal::IdempotencyKeyReused
        | Refusal::ExternalIdRequired
        | Refusal::RedemptionOfAnotherCustomer
        | Refusal::OrderAmountExceeded { .. }
        | Refusal::GrossAmountTooSmall { .. }
        | Refusal::GrossAmountMissing
        | Refusal::NothingLeftToPay
        | Refusal::RedeemOverCap { .. }
        | Refusal::BalanceTooLow { .. }
        | Refusal::RedeemOffStep { .. }
        | Refusal::RedeemTooSmall { .. }
        | Refusal::RedeemOverReceiptMax { .. }
        | Refusal::LateRedemption
        | Refusal::SaleDateAhead { .. }
        | Refusal::SaleDateTooOld { .. }
        | Refusal::SaleDateBeforeJoin { .. }
        | Refusal::AmountTooLarge { .. }
        | Refusal::AdjustmentBelowBalance { .. }
        | Refusal::AdjustmentOfNothing
        | Refusal::ExpiresTooEarly
        | Refusal::CardTaken
        | Refusal::SettingsInvalid { .. }
        | Refusal::EffectiveFromInThePast
        | Refusal::CustomerNumbersUsedUp
        | Refusal::InventoryFull
        | Refusal::BirthDateOutOfRange
        | Refusal::StoresInvalid { .. }
        | Refusal::RedeemOverDayMax { .. }
        | Refusal::PromotionInvalid { .. }
        | Refusal::PromotionOver
        | Refusal::TooManyPromotions
        | Refusal::DuplicateRefund { .. }
        | Refusal::ExternalRefundIdRequired
        | Refusal::SaleOfAnotherCustomer { .. }
        | Refusal::ReturnOfReturn { .. }
        | Refusal::RedemptionCompleted { .. }
        | Refusal::NothingLeftToReturn { .. }
        | Refusal::OverReturn { .. }
        | Refusal::LineUnknown
        | Refusal::SkuNotUnique
        | Refusal::ReturnNeedsLines
        | Refusal::ReturnWithoutLines
        | Refusal::ReturnTooOld { .. }
        | Refusal::RefundDateAhead { .. }
        | Refusal::RefundDateTooOld { .. }
        | Refusal::RefundBeforeSale { .. }
        | Refusal::TooManyWebhooks
        | Refusal::ReserveNotOpen { .. }
        | Refusal::DuplicateReserve { .. }
        | Refusal::ReserveOfAnotherCustomer { .. }
        | Refusal::TooManyReserves { .. }
        | Refusal::RedeemOverReserve { .. }
        | Refusal::CodeThrottled { .. }
        | Refusal::CodeInvalid
        | Refusal::CodeAttemptsUsedUp { .. }
        | Refusal::ReferralCodeUnknown
        | Refusal::PhoneTaken
        | Refusal::LoginOfBlocked
        | Refusal::TelegramTaken
        | Refusal::TelegramOfPhoneDiffers
        | Refusal::ReferralCodeOwn
        | Refusal::ReferralTooLate
        | Refusal::TierUnknown
        | Refusal::ConfirmationMissing { .. }
        | Refusal::ConfirmationInvalid
        | Refusal::ConfirmationAttemptsUsedUp { .. }
        | Refusal::LateSale
        | Refusal::TooManySalesToday { .. }
        | Refusal::RedemptionOnOpeningDay { .. }
        | Refusal::DebitDenied { .. }
        | Refusal::ReportPeriodInvalid
        | Refusal::PhoneKept { .. }
        | Refusal::TooManyPhones { .. }
        | Refusal::MergeIntoItself
        | Refusal::MergeTargetNotFound
        | Refusal::AlreadyMerged { .. }
        | Refusal::GiftCardNotFound { .. }
        | Refusal::GiftCardNotActive { .. }
        | Refusal::GiftCardBlocked { .. }
        | Refusal::GiftCardExpired { .. }
        | Refusal::GiftCardVoid { .. }
        | Refusal::GiftCardBalanceTooLow { .. }
        | Refusal::GiftCardsOverReceipt { .. }
        | Refusal::CouponNotFound { .. }
        | Refusal::CouponNotActive { .. }
        | Refusal::CouponExpired { .. }
        | Refusal::CouponEnded { .. }
        | Refusal::CouponUsedUp { .. }
        | Refusal::VoucherCodeTaken { .. }
        | Refusal::VoucherInvalid { .. }
        | Refusal::DuplicateExt
        | Refusal::AmbiguousExt
        | Refusal::ImportBatchReused
        | Refusal::ImportBatchReversed
        | Refusal::ImportRowTwice { .. }
        | Refusal::AsOfInvalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn plain(status: StatusCode, code: &'static str, text: &str) -> ErrorRow {
    ErrorRow { status, code, field: None, text: text.to_owned(), retry_after_seconds: None }
}

fn unauthorized(code: &'static str, text: &str) -> ErrorRow {
    plain(StatusCode::UNAUTHORIZED, code, text)
}

fn try_again(code: &'static str, text: &str) -> ErrorRow {
    ErrorRow {
        retry_after_seconds: Some(RETRY_AFTER_SECONDS),
        ..plain(StatusCode::SERVICE_UNAVAILABLE, code, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::complaint::Complaint;
    use crate::values::SaleId;

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
}
