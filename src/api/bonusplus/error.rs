//! Every reason for not doing what was asked as this dialect tells it: status, code, and a message in
//! the caller's language.

use super::language::Language;
use super::{complaints_ru, field_names, refusals, texts};
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::engine::EngineError;
use crate::ledger::{Refusal, SettingsDraft, UnknownCustomer};
use crate::values::DecimalError;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;

/// How a caller is told what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manner {
    language: Language,
    unknown_customer: UnknownCustomer,
}

/// `{code, msg, devMsg}`
#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorShape {
    code: String,
    msg: String,
    dev_msg: String,
}

impl Manner {
    /// As the headers ask for it, until the tenant is known.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let language = Language::of(headers);
        Self { language, unknown_customer: UnknownCustomer::default() }
    }

    /// As the tenant has it.
    pub(super) fn adopt(&mut self, rules: &SettingsDraft) {
        self.unknown_customer = rules.policy.plus.unknown_customer;
    }
}

impl ErrorShape {
    pub(super) fn of(error: &ApiError, manner: Manner) -> (StatusCode, Self) {
        let msg = match manner.language {
            Language::Russian => russian(error),
            Language::English => english(error),
        };
        let reason = error.row().code;
        let dev_msg = match field_of(error) {
            Some(field) => format!("{reason}: {field}"),
            None => reason.to_owned(),
        };
        (status_of(error, manner), Self { code: code_of(error), msg, dev_msg })
    }
}

fn status_of(error: &ApiError, manner: Manner) -> StatusCode {
    match error {
        ApiError::Field(error) | ApiError::BadRequest(error) => complaint_status(error),
        ApiError::Engine(EngineError::Refused(Refusal::CustomerNotFound)) => {
            match manner.unknown_customer {
                UnknownCustomer::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
                UnknownCustomer::NotFound => StatusCode::NOT_FOUND,
            }
        }
        ApiError::Engine(EngineError::Refused(_)) => business_status(error.row().status),
        ApiError::Engine(
            EngineError::Overloaded
            | EngineError::Unavailable(_)
            | EngineError::ClockSteppedBack
            | EngineError::Broken(_),
        )
        | ApiError::RouteUnknown
        | ApiError::MethodNotAllowed
        | ApiError::BodyTooLarge
        | ApiError::TenantTokenInvalid
        | ApiError::TenantSuspended
        | ApiError::SignatureMissing
        | ApiError::TimestampOutOfRange
        | ApiError::SignatureInvalid
        | ApiError::BearerInvalid
        | ApiError::OperatorTokenInvalid
        | ApiError::NotReady(_)
        | ApiError::TelegramHashInvalid
        | ApiError::TelegramDataExpired
        | ApiError::PlusKeyInvalid
        | ApiError::SnapshotUnderWay
        | ApiError::Operator(_)
        | ApiError::UriTooLong => error.row().status,
        ApiError::RateLimited { .. } | ApiError::TooManyWrongKeys { .. } => {
            StatusCode::TOO_MANY_REQUESTS
        }
    }
}

/// The business answers 412, but 404 where an id leads to nothing.
fn business_status(of_the_house: StatusCode) -> StatusCode {
    if of_the_house == StatusCode::NOT_FOUND {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::PRECONDITION_FAILED
    }
}

/// What cannot be read is 400; what is read and makes no sense is the business's 412.
fn complaint_status(error: &FieldError) -> StatusCode {
    match error.complaint {
        Complaint::MalformedJson { .. }
        | Complaint::NotReceived
        | Complaint::NotAnObject
        | Complaint::NotText
        | Complaint::NumberInQuotes
        | Complaint::NumberNotInQuotes
        | Complaint::NotFlag
        | Complaint::NotList
        | Complaint::NotDecodable
        | Complaint::Decimal(DecimalError::NotANumber) => StatusCode::BAD_REQUEST,
        Complaint::Unknown
        | Complaint::Duplicate
        | Complaint::Required
        | Complaint::NotWhole { .. }
        | Complaint::TooManyEntries(_)
        | Complaint::Decimal(
            DecimalError::Negative
            | DecimalError::TooManyDecimals(_)
            | DecimalError::TooLarge
            | DecimalError::Above(_),
        )
        | Complaint::TooSmall(_)
        | Complaint::Text(_)
        | Complaint::Phone(_)
        | Complaint::NotOneOf(_)
        | Complaint::NotInstant
        | Complaint::NotDate
        | Complaint::NotTimeZone
        | Complaint::Excluded(_)
        | Complaint::NotAKey
        | Complaint::NotAUrl
        | Complaint::Code(_)
        | Complaint::NotTelegramData
        | Complaint::NotBotToken
        | Complaint::NotBotUsername
        | Complaint::NotAHeader
        | Complaint::NotOperatorName
        | Complaint::NotAHash => StatusCode::PRECONDITION_FAILED,
    }
}

fn code_of(error: &ApiError) -> String {
    match refusal_of(error) {
        Some(refusal) => refusals::code_of(refusal),
        None => error.row().code.to_ascii_uppercase(),
    }
}

/// The field to blame, as the body calls it.
fn field_of(error: &ApiError) -> Option<String> {
    match refusal_of(error) {
        Some(refusal) => field_names::field_of(refusal).map(str::to_owned),
        None => error.row().field,
    }
}

fn english(error: &ApiError) -> String {
    match refusal_of(error) {
        Some(refusal) => refusals::english(refusal),
        None => error.row().text,
    }
}

fn russian(error: &ApiError) -> String {
    if let ApiError::Field(field) | ApiError::BadRequest(field) = error {
        return complaints_ru::text(field);
    }
    match refusal_of(error) {
        Some(refusal) => refusals::russian(refusal),
        None => texts::russian(error).to_owned(),
    }
}

fn refusal_of(error: &ApiError) -> Option<&Refusal> {
    if let ApiError::Engine(EngineError::Refused(refusal)) = error { Some(refusal) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{ReserveId, VoucherCode};
    use crate::values::{Bonus, SaleId};

    fn manner(language: Language) -> Manner {
        Manner { language, unknown_customer: UnknownCustomer::default() }
    }

    fn check(error: impl Into<ApiError>, status: u16, code: &str) {
        let error = error.into();
        let (found, shape) = ErrorShape::of(&error, manner(Language::Russian));
        assert_eq!((found.as_u16(), shape.code.as_str()), (status, code), "{shape:?}");
        assert!(shape.msg.chars().any(|letter| ('а'..='я').contains(&letter)), "{shape:?}");
        let (_, shape) = ErrorShape::of(&error, manner(Language::English));
        assert!(shape.msg.is_ascii() && shape.msg.ends_with('.'), "{shape:?}");
        assert!(!shape.dev_msg.is_empty());
    }

    #[test]
    fn every_family_of_errors_has_its_status_and_both_languages() {
        check(ApiError::RouteUnknown, 404, "ROUTE_UNKNOWN");
        check(ApiError::BodyTooLarge, 413, "BODY_TOO_LARGE");
        check(ApiError::PlusKeyInvalid, 401, "API_KEY_INVALID");
        check(ApiError::TenantSuspended, 403, "TENANT_SUSPENDED");
        check(EngineError::Overloaded, 503, "OVERLOADED");
        let retry_after_seconds = 7;
        check(ApiError::RateLimited { retry_after_seconds }, 429, "RATE_LIMITED");
        let wrong = ApiError::TooManyWrongKeys { retry_after_seconds };
        check(wrong, 429, "TOO_MANY_WRONG_KEYS");
        check(EngineError::Unavailable("disk".into()), 503, "UNAVAILABLE");
        check(FieldError::new("body", Complaint::NotAnObject), 400, "WRONG_TYPE");
        check(FieldError::new("amount", Complaint::Required), 412, "REQUIRED");
        check(FieldError::new("sum", DecimalError::NotANumber), 400, "WRONG_TYPE");
        check(FieldError::new("sum", DecimalError::Negative), 412, "TOO_SMALL");
        check(Refusal::CustomerNotFound, 412, "CUSTOMER_NOT_FOUND");
        check(Refusal::PhoneTaken, 412, "CUSTOMER_ALREADY_EXISTS");
        check(Refusal::DuplicateSale { sale: SaleId(7) }, 412, "DUPLICATE_EXTERNAL_ID");
        check(Refusal::ReserveNotFound, 404, "RESERVE_NOT_FOUND");
        check(Refusal::PositionNotFound, 404, "POSITION_NOT_FOUND");
        check(Refusal::CustomerBlocked, 412, "CUSTOMER_BLOCKED");
    }

    #[test]
    fn what_the_business_refuses_to_a_till_is_412() {
        let (card, one) = (|| VoucherCode::parse("x").unwrap(), Bonus::CENT);
        let coupon = card;
        let reserve = || ReserveId::parse("x").unwrap();
        let money = one.as_money();
        let (asked, field) = (one, "bonusDebit");
        for refusal in [
            Refusal::CustomerBlocked,
            Refusal::IdempotencyKeyReused,
            Refusal::ExternalIdRequired,
            Refusal::NothingLeftToPay,
            Refusal::RedeemOverCap { field, asked, cap: one },
            Refusal::BalanceTooLow { field, asked, redeemable: one, held: one },
            Refusal::RedeemOffStep { field, asked, step: one },
            Refusal::RedeemTooSmall { field, asked, least: one },
            Refusal::LateRedemption,
            Refusal::CardTaken,
            Refusal::OverReturn { field },
            Refusal::NothingLeftToReturn { field },
            Refusal::TooManyWebhooks,
            Refusal::ReserveNotOpen { reserve: reserve() },
            Refusal::ReserveOfAnotherCustomer { reserve: reserve() },
            Refusal::CodeThrottled { field, retry_after_seconds: 60 },
            Refusal::CodeInvalid,
            Refusal::ReferralCodeUnknown,
            Refusal::DebitDenied { field },
            Refusal::GiftCardNotFound { card: card() },
            Refusal::GiftCardNotActive { card: card() },
            Refusal::GiftCardBlocked { card: card() },
            Refusal::GiftCardExpired { card: card() },
            Refusal::GiftCardVoid { card: card() },
            Refusal::GiftCardBalanceTooLow { card: card(), asked: money, balance: money },
            Refusal::GiftCardsOverReceipt { asked: money, left: money },
            Refusal::CouponNotFound { coupon: coupon() },
            Refusal::CouponNotActive { coupon: coupon() },
            Refusal::CouponExpired { coupon: coupon() },
            Refusal::CouponEnded { coupon: coupon() },
            Refusal::CouponUsedUp { coupon: coupon() },
            Refusal::VoucherCodeTaken { code: card() },
            Refusal::DuplicateExt,
            Refusal::AmbiguousExt,
        ] {
            let code = refusal.code().to_ascii_uppercase();
            check(refusal, 412, &code);
        }
    }

    #[test]
    fn an_id_that_leads_to_nothing_is_404() {
        for refusal in [
            Refusal::SaleNotFound { field: "id" },
            Refusal::WebhookNotFound,
            Refusal::VoucherNotFound { code: VoucherCode::parse("x").unwrap() },
            Refusal::PositionNotFound,
        ] {
            let code = refusal.code().to_ascii_uppercase();
            check(refusal, 404, &code);
        }
    }

    #[test]
    fn an_unknown_customer_has_the_status_of_the_setting() {
        let other =
            Manner { unknown_customer: UnknownCustomer::NotFound, ..manner(Language::English) };
        let (status, _) = ErrorShape::of(&Refusal::CustomerNotFound.into(), other);
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}
