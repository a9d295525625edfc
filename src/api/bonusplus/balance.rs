//! `PATCH /customer/{phone}/balance`: bonuses given or taken by a shop, with dates of their own.

use super::call::Call;
use super::customer_shape::digits;
use super::respond::success;
use crate::api::amount::Amount;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::idempotency::Meaning;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{Adjust, Reason, Receipt};
use crate::values::{Balance, Date, Phone};
use axum::body::Body;
use axum::http::Response;
use chrono::Days;
use serde::Serialize;

/// How long bonuses can be spent after their activation unless the body says so, in days.
const BURNS_IN_DAYS: u32 = 365;
/// Longest hold, and longest life, in days.
const DAYS_MAX: u64 = 3_650;
const DAY_SECONDS: u32 = 86_400;
/// What the history calls it where the body gives no type.
const UNTYPED: &str = "BonusPlus";

/// What a shop asks for.
struct Asked {
    amount: Balance,
    kind: Option<Reason>,
    activated_in_days: u32,
    burns_in_days: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BalanceShape<'a> {
    phone_number: String,
    card_number: Option<&'a str>,
    amount: Amount,
    transaction_type: Option<&'a str>,
    available_bonuses: Amount,
    not_active_bonuses: Amount,
}

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let phone = call.phone()?;
    let asked = read(call)?;
    let mark = call.mark(|| asked.meaning(phone))?;
    let who = Identifier::Phone(phone);
    let wish = Wish::Adjust(asked.adjust(call)?);
    let order = Order { mark, ..call.order(who, wish) };
    let (customer, amount) = match call.house.perform(order).await? {
        Done::Receipt { customer, receipt: Receipt::Adjustment(receipt), .. } => {
            (customer, receipt.amount)
        }
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Changed(_) | Done::Quoted { .. } => {
            let what = "a change of a balance was answered with something else";
            return Err(EngineError::Broken(what.into()).into());
        }
    };
    let view = call.customer(Identifier::Customer(customer)).await?;
    Ok(success(&BalanceShape {
        phone_number: view.phone.map(digits).unwrap_or_default(),
        card_number: view.card.as_ref().map(|card| card.as_str()),
        amount: amount.into(),
        transaction_type: asked.kind.as_ref().map(|kind| kind.as_str()),
        available_bonuses: view.redeemable.into(),
        not_active_bonuses: view.held.into(),
    }))
}

fn read(call: &Call<'_>) -> Result<Asked, FieldError> {
    let body = call.fields()?;
    let days = |name: &str, default: u32| {
        let days = body.whole(name, 0, DAYS_MAX)?;
        Ok::<_, FieldError>(days.and_then(|days| u32::try_from(days).ok()).unwrap_or(default))
    };
    Ok(Asked {
        amount: body.required("amount", body.balance("amount")?)?,
        kind: body.text("transactionType")?,
        activated_in_days: days("activatedInDays", 0)?,
        burns_in_days: days("burnsInDays", BURNS_IN_DAYS)?,
    })
}

impl Asked {
    fn meaning(&self, phone: Phone) -> Meaning {
        let mut meaning = Meaning::default();
        meaning.field("phone", phone);
        meaning.field("amount", self.amount);
        meaning.optional("transactionType", self.kind.as_ref());
        meaning.field("activatedInDays", self.activated_in_days);
        meaning.field("burnsInDays", self.burns_in_days);
        meaning
    }

    fn adjust(&self, call: &Call<'_>) -> Result<Adjust, FieldError> {
        let hold_seconds = self.activated_in_days.saturating_mul(DAY_SECONDS);
        let untyped = || Reason::parse(UNTYPED);
        let reason = match &self.kind {
            Some(kind) => kind.clone(),
            None => untyped().map_err(|error| FieldError::new("transactionType", error))?,
        };
        Ok(Adjust {
            amount: self.amount,
            reason,
            hold_seconds,
            expires: Some(self.last_day(call, hold_seconds)?),
            allow_debt: false,
        })
    }

    /// The local day on which the bonuses can be spent last.
    fn last_day(&self, call: &Call<'_>, hold_seconds: u32) -> Result<Date, FieldError> {
        let active_at = call.asked.at.plus_seconds(i64::from(hold_seconds));
        let active_on = active_at.to_utc().with_timezone(&call.rules().time_zone).date_naive();
        let last_day = active_on.checked_add_days(Days::new(u64::from(self.burns_in_days)));
        last_day.ok_or_else(|| FieldError::new("burnsInDays", Complaint::NotDate))
    }
}
