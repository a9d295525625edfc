//! The partner API's JSON, as far as the demo speaks it. Figures are read and written as text.

use crate::admin::demo::connections::Answer;
use crate::admin::exit::Failure;
use crate::values::{Balance, Bonus, Precision};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Serialize)]
pub(super) struct AuthBody {
    pub phone: String,
    pub full_name: String,
    pub create_if_missing: bool,
}

#[derive(Serialize)]
pub(super) struct CodeBody {
    pub phone: String,
}

#[derive(Serialize)]
pub(super) struct RegisterBody {
    pub phone: String,
    pub code: String,
    pub full_name: String,
}

#[derive(Deserialize)]
pub(super) struct LoggedIn {
    pub token: String,
}

#[derive(Serialize)]
pub(super) struct SaleBody<'a> {
    pub client_phone: String,
    pub total_amount: &'a RawValue,
    pub gross_amount: &'a RawValue,
    pub bonus_redeem_amount: &'a RawValue,
    pub redeem_mode: &'static str,
    pub external_sale_id: String,
    pub receipt_number: &'a str,
    pub payment_method: &'static str,
    pub sale_date: String,
    pub lines: &'a RawValue,
}

#[derive(Serialize)]
pub(super) struct RefundBody<'a> {
    pub client_phone: String,
    pub external_sale_id: String,
    pub external_refund_id: String,
    pub lines: Option<&'a RawValue>,
    pub refund_date: String,
}

#[derive(Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(borrow, default)]
    pub data: Option<&'a RawValue>,
    #[serde(default)]
    pub error: String,
    #[serde(default)]
    pub code: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Registered<'a> {
    #[serde(borrow)]
    pub client: WelcomeOf<'a>,
}

#[derive(Deserialize)]
pub(super) struct WelcomeOf<'a> {
    #[serde(borrow)]
    pub welcome_bonus_balance: &'a RawValue,
}

#[derive(Deserialize)]
pub(super) struct LookedUp<'a> {
    #[serde(borrow)]
    pub bonus_balance: &'a RawValue,
    #[serde(borrow)]
    pub redeemable_balance: &'a RawValue,
    #[serde(borrow)]
    pub held_balance: &'a RawValue,
    #[serde(borrow)]
    pub loyalty: Loyalty<'a>,
}

#[derive(Deserialize)]
pub(super) struct Loyalty<'a> {
    #[serde(borrow, default)]
    pub max_redeem_amount: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct SaleAnswer<'a> {
    #[serde(borrow)]
    pub bonus_accrued: &'a RawValue,
    #[serde(borrow)]
    pub bonus_redeemed: &'a RawValue,
}

#[derive(Deserialize)]
pub(super) struct RefundAnswer<'a> {
    #[serde(borrow)]
    pub bonus_restored: &'a RawValue,
    #[serde(borrow)]
    pub accrual_reversed: &'a RawValue,
}

pub(super) fn data<'a, T: Deserialize<'a>>(answer: &'a Answer) -> Result<T, Failure> {
    let strange = |error: serde_json::Error| {
        Failure::Differs(format!(
            "an answer ({}) is not as the contract says: {error}",
            answer.status
        ))
    };
    let envelope: Envelope<'a> = serde_json::from_str(&answer.body).map_err(strange)?;
    let data = envelope.data.map_or("null", RawValue::get);
    serde_json::from_str(data).map_err(strange)
}

pub(super) fn bonus(number: &RawValue) -> Result<Bonus, Failure> {
    Bonus::parse(number.get(), Precision::Exact)
        .map_err(|error| Failure::Differs(format!("an answer tells {number} bonuses: {error}")))
}

/// An amount that may be negative.
pub(super) fn balance(number: &RawValue) -> Result<Balance, Failure> {
    Balance::parse(number.get()).map_err(|error| {
        Failure::Differs(format!("an answer tells a balance of {number}: {error}"))
    })
}

pub(super) fn number(amount: impl std::fmt::Display) -> Result<Box<RawValue>, Failure> {
    RawValue::from_string(amount.to_string()).map_err(not_written)
}

#[expect(clippy::needless_pass_by_value, reason = "this is how map_err hands it over")]
pub(super) fn not_written(error: serde_json::Error) -> Failure {
    Failure::Unreachable(format!("a request cannot be written: {error}"))
}
