//! What can be wrong with one field of a request: a closed list, each with a stable code and a text.

use crate::ledger::NotLoginCode;
use crate::values::{DecimalError, PhoneError, TextError};
use std::fmt;
use thiserror::Error;

/// What is wrong; the text follows the name of the field.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Complaint {
    #[error("is not valid JSON (line {line}, column {column})")]
    MalformedJson { line: usize, column: usize },
    #[error("did not arrive")]
    NotReceived,
    #[error("must be a JSON object")]
    NotAnObject,
    #[error("is not a known field")]
    Unknown,
    #[error("occurs twice")]
    Duplicate,
    #[error("is required")]
    Required,
    #[error("must be a string")]
    NotText,
    #[error("must be a JSON number, not a string")]
    NumberInQuotes,
    #[error("must be a decimal in a JSON string, such as \"10.00\": write it in quotes")]
    NumberNotInQuotes,
    #[error("must be true or false")]
    NotFlag,
    #[error("must be a whole number from {least} to {most}")]
    NotWhole { least: u64, most: u64 },
    #[error("must be a list")]
    NotList,
    #[error("must have at most {0} entries")]
    TooManyEntries(usize),
    #[error(transparent)]
    Decimal(#[from] DecimalError),
    #[error("must be at least {0}")]
    TooSmall(&'static str),
    #[error(transparent)]
    Text(#[from] TextError),
    #[error(transparent)]
    Phone(#[from] PhoneError),
    #[error("must be one of: {0}")]
    NotOneOf(String),
    #[error("must be a time such as 2026-01-10T14:00:00+05:00")]
    NotInstant,
    #[error("must be a date such as 2026-12-31")]
    NotDate,
    #[error("must be the name of a time zone, such as Asia/Dushanbe")]
    NotTimeZone,
    #[error("cannot stand beside {0}")]
    Excluded(&'static str),
    #[error("is not percent-encoded UTF-8")]
    NotDecodable,
    #[error("must be 1 to 255 visible characters")]
    NotAKey,
    #[error("must be an http:// or https:// address, without a user name and a fragment")]
    NotAUrl,
    #[error(transparent)]
    Code(#[from] NotLoginCode),
    #[error("is not what Telegram signs")]
    NotTelegramData,
    #[error("must be a token of a bot, such as 123456:ABC-def")]
    NotBotToken,
    #[error("must be the user name of a bot")]
    NotBotUsername,
    #[error("must be 1 to 1024 printable ASCII characters")]
    NotAHeader,
    #[error("must be 1 to 32 of a-z, 0-9, dot, dash and underscore, a letter or digit first")]
    NotOperatorName,
    #[error("must be 64 hexadecimal digits")]
    NotAHash,
}

/// A field of a request and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field} {complaint}.")]
pub struct FieldError {
    /// As the caller wrote it: `total_amount`, `lines[3].sku`, `Idempotency-Key`, `body`.
    pub field: String,
    pub complaint: Complaint,
}

impl FieldError {
    pub(in crate::api) fn new(field: impl fmt::Display, complaint: impl Into<Complaint>) -> Self {
        Self { field: field.to_string(), complaint: complaint.into() }
    }
}

impl Complaint {
    /// The stable code of the error envelope.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MalformedJson { .. } | Self::NotReceived => "malformed_json",
            Self::Unknown => "unknown_field",
            Self::Duplicate => "duplicate_field",
            Self::Required => "required",
            Self::NotAnObject
            | Self::NotText
            | Self::NumberInQuotes
            | Self::NumberNotInQuotes
            | Self::NotFlag
            | Self::NotList
            | Self::Decimal(DecimalError::NotANumber) => "wrong_type",
            Self::NotWhole { .. } => "not_whole_number",
            Self::TooManyEntries(_) => "too_many_entries",
            Self::Decimal(DecimalError::TooManyDecimals(_)) => "too_many_decimals",
            Self::Decimal(DecimalError::TooLarge | DecimalError::Above(_)) => "too_large",
            Self::Decimal(DecimalError::Negative) | Self::TooSmall(_) => "too_small",
            Self::Text(TextError::TooLong(_)) => "too_long",
            Self::Text(TextError::ControlCharacter) => "control_character",
            Self::Phone(_) => "invalid_phone",
            Self::NotOneOf(_) => "unknown_value",
            Self::NotInstant | Self::NotDate => "invalid_date",
            Self::NotTimeZone => "unknown_time_zone",
            Self::Excluded(_) => "excluded_field",
            Self::NotDecodable => "invalid_encoding",
            Self::NotAKey => "invalid_key",
            Self::NotAUrl => "invalid_url",
            Self::Code(_) => "invalid_code",
            Self::NotTelegramData => "invalid_telegram_data",
            Self::NotBotToken => "invalid_bot_token",
            Self::NotBotUsername => "invalid_bot_username",
            Self::NotAHeader => "invalid_header",
            Self::NotOperatorName => "invalid_name",
            Self::NotAHash => "invalid_hash",
        }
    }
}
