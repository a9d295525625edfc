//! Every reason for not doing what was asked as this dialect tells it: status, code, and a message in
//! the caller's language.

use super::language::Language;
use super::{complaints_ru, refusals, texts};
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
        let row = error.row();
        let msg = match manner.language {
            Language::Russian => russian(error),
            Language::English => english(error),
        };
        let dev_msg = match &row.field {
            Some(field) => format!("{}: {field}", row.code),
            None => row.code.to_owned(),
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
        | ApiError::PlusKeyInvalid => error.row().status,
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
        | Complaint::NotAHeader => StatusCode::PRECONDITION_FAILED,
    }
}

fn code_of(error: &ApiError) -> String {
    match refusal_of(error) {
        Some(refusal) => refusals::code_of(refusal),
        None => error.row().code.to_ascii_uppercase(),
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
    use crate::values::SaleId;

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
    fn an_unknown_customer_has_the_status_of_the_setting() {
        let other =
            Manner { unknown_customer: UnknownCustomer::NotFound, ..manner(Language::English) };
        let (status, _) = ErrorShape::of(&Refusal::CustomerNotFound.into(), other);
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}
