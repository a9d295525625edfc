//! A manual correction of a balance, with its reason.

use super::Call;
use super::denial::OperatorDenial;
use super::render::AdjustmentShape;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::{KeyOwner, Meaning, mark_of};
use crate::api::respond::success;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{Adjust, Receipt, Role, Tenant};
use crate::values::Balance;
use axum::body::Body;
use axum::http::{Response, StatusCode};

const FIELDS: [&str; 5] = ["amount", "reason", "hold_seconds", "expires", "allow_debt"];
/// Longest hold of an adjustment: ten years.
const HOLD_SECONDS_MAX: u32 = 315_360_000;

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let who = call.asked.identifier()?;
    let adjust = read(call.asked.json()?)?;
    check_support(call, &tenant, &adjust)?;
    let tenant = tenant.id;
    let mark = mark_of(&call.asked, KeyOwner::Operator, tenant, || meaning(&who, &adjust))?;
    let order = Order {
        tenant,
        at: call.asked.at,
        actor: call.actor.clone(),
        mark,
        who: Identifier::Text(who),
        wish: Wish::Adjust(adjust),
    };
    match call.house.perform(order).await? {
        Done::Receipt { customer, receipt: Receipt::Adjustment(adjustment), .. } => {
            Ok(success(StatusCode::CREATED, &AdjustmentShape::new(customer, &adjustment)))
        }
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Changed(_) | Done::Quoted { .. } => {
            Err(EngineError::Broken("an adjustment was answered with something else".into()).into())
        }
    }
}

/// Support corrects little, and never into debt.
fn check_support(call: &Call<'_>, tenant: &Tenant, adjust: &Adjust) -> Result<(), OperatorDenial> {
    if call.caller.acting.role != Role::Support {
        return Ok(());
    }
    let rules = &tenant.settings.at(call.asked.at).rules.policy.support;
    if !rules.may_adjust(adjust.amount) {
        return Err(OperatorDenial::OverSupportMax { most: rules.adjust_max });
    }
    if adjust.allow_debt { Err(OperatorDenial::DebtBySupport) } else { Ok(()) }
}

fn read(json: &str) -> Result<Adjust, FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let reason = object.trimmed("reason")?;
    Ok(Adjust {
        amount: object.required("amount", read_amount(&object)?)?,
        reason: object.required("reason", reason)?,
        hold_seconds: object.whole("hold_seconds", HOLD_SECONDS_MAX)?.unwrap_or(0),
        expires: object.date("expires")?,
        allow_debt: object.flag("allow_debt")?.unwrap_or(false),
    })
}

/// A command line passes text through; both ways to write a decimal are the same here.
fn read_amount<const N: usize>(object: &Object<'_, N>) -> Result<Option<Balance>, FieldError> {
    let in_quotes = object.raw("amount").is_some_and(|raw| raw.get().starts_with('"'));
    if in_quotes {
        object.quoted("amount", Balance::parse)
    } else {
        object.number("amount", Balance::parse)
    }
}

/// Every field of the adjustment, for its Idempotency-Key.
fn meaning(who: &str, adjust: &Adjust) -> Meaning {
    let mut meaning = Meaning::default();
    meaning.field("identifier", who);
    meaning.field("amount", adjust.amount);
    meaning.field("reason", &adjust.reason);
    meaning.field("hold_seconds", adjust.hold_seconds);
    meaning.optional("expires", adjust.expires);
    meaning.field("allow_debt", adjust.allow_debt);
    meaning
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, field: &str, code: &str) {
        let error = read(json).unwrap_err();
        assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{json}");
    }

    #[test]
    fn amounts_may_be_signed_and_in_quotes() {
        let amount = |text: &str| {
            read(&format!(r#"{{"amount":{text},"reason":"r"}}"#))
                .map(|adjust| adjust.amount.cents())
        };
        assert_eq!(amount("120.00"), Ok(12_000));
        assert_eq!(amount("\"120\""), Ok(12_000));
        assert_eq!(amount("\"-0.05\""), Ok(-5));
        assert_eq!(amount("-1e1"), Ok(-1_000));
    }

    #[test]
    fn the_same_adjustment_written_otherwise_means_the_same() {
        let short = read(r#"{"amount":5,"reason":"sorry"}"#).unwrap();
        let long = r#"{"allow_debt":false,"hold_seconds":0,"expires":null,"reason":" sorry ","amount":"5.00"}"#;
        let expected = "identifier=+992901234567\namount=5.00\nreason=sorry\nhold_seconds=0\nallow_debt=false\n";
        for adjust in [short, read(long).unwrap()] {
            assert_eq!(meaning("+992901234567", &adjust).as_str(), expected);
        }
        let dated = read(r#"{"amount":5,"reason":"sorry","expires":"2026-12-31"}"#).unwrap();
        assert!(meaning("1", &dated).as_str().contains("expires=2026-12-31\n"));
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        check(r#"{"reason":"r"}"#, "amount", "required");
        check(r#"{"amount":5}"#, "reason", "required");
        check(r#"{"amount":5,"reason":" "}"#, "reason", "required");
        check(r#"{"amount":true,"reason":"r"}"#, "amount", "wrong_type");
        check(r#"{"amount":"five","reason":"r"}"#, "amount", "wrong_type");
        check(r#"{"amount":0.001,"reason":"r"}"#, "amount", "too_many_decimals");
        check(r#"{"amount":-10000000000,"reason":"r"}"#, "amount", "too_large");
        let good = |more: &str| format!(r#"{{"amount":5,"reason":"r",{more}}}"#);
        check(&good(r#""hold_seconds":-1"#), "hold_seconds", "not_whole_number");
        check(&good(r#""hold_seconds":1.5"#), "hold_seconds", "not_whole_number");
        check(&good(r#""expires":"31.12.2026""#), "expires", "invalid_date");
        check(&good(r#""expires":"2026-02-30""#), "expires", "invalid_date");
        check(&good(r#""expires":"2026-2-3""#), "expires", "invalid_date");
        check(&good(r#""allow_debt":"yes""#), "allow_debt", "wrong_type");
        check(&good(r#""note":"x""#), "note", "unknown_field");
    }
}
