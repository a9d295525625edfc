//! A customer who is to be forgotten: nothing that names them stays, and nothing of it comes back.

use super::Call;
use crate::api::bonex::date_time;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::{KeyOwner, Meaning, mark_of};
use crate::api::respond::success;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{AccountView, Reason, SettingsDraft};
use crate::values::{CustomerId, Timestamp};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

const FIELDS: [&str; 1] = ["reason"];

#[derive(Debug, Serialize)]
struct ForgottenShape {
    client_id: u64,
    forgotten_at: String,
    /// Those who had been merged into the customer: forgotten with them.
    merged_client_ids: Vec<u64>,
}

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let who = call.asked.identifier()?;
    let reason = read(call.asked.json()?)?;
    let mark = mark_of(&call.asked, KeyOwner::Operator, tenant.id, || meaning(&who, &reason))?;
    let order = Order {
        tenant: tenant.id,
        at: call.asked.at,
        actor: call.actor.clone(),
        mark,
        who: Identifier::Text(who),
        wish: Wish::Forget { reason },
    };
    let strange = || EngineError::Broken("a forgetting was answered with something else".into());
    match call.house.perform(order).await? {
        Done::Changed(view) => {
            let rules = &tenant.settings.at(call.asked.at).rules;
            let at = view.forgotten_at.ok_or_else(strange)?;
            Ok(success(StatusCode::OK, &ForgottenShape::new(&view, at, rules)))
        }
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Quoted { .. } => Err(strange().into()),
    }
}

fn read(json: &str) -> Result<Reason, FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let reason = object.trimmed("reason")?;
    object.required("reason", reason)
}

fn meaning(who: &str, reason: &Reason) -> Meaning {
    let mut meaning = Meaning::default();
    meaning.field("identifier", who);
    meaning.field("reason", reason);
    meaning
}

impl ForgottenShape {
    fn new(view: &AccountView, at: Timestamp, rules: &SettingsDraft) -> Self {
        Self {
            client_id: view.id.number(),
            forgotten_at: date_time(at, rules),
            merged_client_ids: view.absorbed.iter().map(|id| CustomerId::number(*id)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forgetting_says_why() {
        let asked = |json: &str| {
            read(json)
                .map_err(|error| (error.field.clone(), error.complaint.code()))
                .map(|reason| meaning("1", &reason).as_str().to_owned())
        };
        let good = r#"{"reason":" letter of 2 March "}"#;
        assert_eq!(asked(good), Ok("identifier=1\nreason=letter of 2 March\n".to_owned()));
        let refused = |field: &str, code| Err((field.to_owned(), code));
        assert_eq!(asked("{}"), refused("reason", "required"));
        assert_eq!(asked(r#"{"reason":"r","phone":"1"}"#), refused("phone", "unknown_field"));
    }
}
