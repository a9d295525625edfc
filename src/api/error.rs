//! The one table of statuses: every reason for not doing what was asked, with its status, its stable
//! code, the field to blame, a text for people, and when to try again.

use crate::api::complaint::FieldError;
use crate::api::operator::OperatorDenial;
use crate::engine::{EngineError, SnapshotRefusal};
use crate::ledger::{OperatorRefusal, Refusal};
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
    /// One snapshot is made at a time.
    SnapshotUnderWay,
    Operator(OperatorDenial),
    UriTooLong,
    /// The chain calls more often than its settings allow.
    RateLimited {
        retry_after_seconds: u32,
    },
    /// Too many wrong keys came from this address to be told about one more.
    TooManyWrongKeys {
        retry_after_seconds: u32,
    },
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

impl From<OperatorDenial> for ApiError {
    fn from(denial: OperatorDenial) -> Self {
        Self::Operator(denial)
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<SnapshotRefusal> for ApiError {
    fn from(refusal: SnapshotRefusal) -> Self {
        match refusal {
            SnapshotRefusal::UnderWay => Self::SnapshotUnderWay,
            SnapshotRefusal::Engine(error) => Self::Engine(error),
        }
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
    #[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
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
            Self::SnapshotUnderWay => plain(
                StatusCode::CONFLICT,
                "snapshot_under_way",
                "A snapshot is being made already; ask again when it is whole.",
            ),
            Self::Operator(denial) => ErrorRow {
                field: denial.field().map(str::to_owned),
                ..plain(status_of_denial(denial), denial.code(), &denial.to_string())
            },
            Self::UriTooLong => plain(
                StatusCode::URI_TOO_LONG,
                "uri_too_long",
                "The address of the request is longer than 8 KiB.",
            ),
            Self::RateLimited { retry_after_seconds } => try_again_in(
                *retry_after_seconds,
                "rate_limited",
                "The store calls more often than its settings allow; try again later.",
            ),
            Self::TooManyWrongKeys { retry_after_seconds } => try_again_in(
                *retry_after_seconds,
                "too_many_wrong_keys",
                "Too many wrong keys came from this address; try again later.",
            ),
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

const fn status_of_denial(denial: &OperatorDenial) -> StatusCode {
    match denial {
        OperatorDenial::NotAllowed { .. }
        | OperatorDenial::OverSupportMax { .. }
        | OperatorDenial::DebtBySupport => StatusCode::FORBIDDEN,
        OperatorDenial::Refused(OperatorRefusal::NotFound) => StatusCode::NOT_FOUND,
        OperatorDenial::Refused(
            OperatorRefusal::NameTaken | OperatorRefusal::Revoked | OperatorRefusal::TooMany,
        )
        | OperatorDenial::SettingsVersionUnknown => StatusCode::UNPROCESSABLE_ENTITY,
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
        | Refusal::AsOfInvalid { .. }
        | Refusal::FilterTooWide { .. } => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn plain(status: StatusCode, code: &'static str, text: &str) -> ErrorRow {
    ErrorRow { status, code, field: None, text: text.to_owned(), retry_after_seconds: None }
}

fn unauthorized(code: &'static str, text: &str) -> ErrorRow {
    plain(StatusCode::UNAUTHORIZED, code, text)
}

fn try_again(code: &'static str, text: &str) -> ErrorRow {
    try_again_in(RETRY_AFTER_SECONDS, code, text)
}

fn try_again_in(seconds: u32, code: &'static str, text: &str) -> ErrorRow {
    ErrorRow {
        retry_after_seconds: Some(seconds),
        ..plain(StatusCode::SERVICE_UNAVAILABLE, code, text)
    }
}
