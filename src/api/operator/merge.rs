//! Two customers who are one: the first hands over all they have to the second.

use super::Call;
use crate::api::amount::Amount;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::{KeyOwner, Meaning, mark_of};
use crate::api::respond::success;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{MergeReceipt, Reason, Receipt};
use crate::values::{CustomerId, Text};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

const FIELDS: [&str; 2] = ["into", "reason"];

/// How a customer is named, at most.
type Name = Text<64>;

#[derive(Debug, Serialize)]
struct MergeShape {
    /// Who stays.
    client_id: u64,
    /// Who is a second name of that customer now.
    merged_client_id: u64,
    moved: Amount,
    forfeited: Amount,
}

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let who = call.asked.identifier()?;
    let (into, reason) = read(call.asked.json()?)?;
    let mark = mark_of(&call.asked, KeyOwner::Operator, tenant, || meaning(&who, &into, &reason))?;
    let order = Order {
        tenant,
        at: call.asked.at,
        actor: call.actor.clone(),
        mark,
        who: Identifier::Text(who),
        wish: Wish::Merge { into: Identifier::Text(into.as_str().to_owned()), reason },
    };
    match call.house.perform(order).await? {
        Done::Receipt { customer, receipt: Receipt::Merge(merge), .. } => {
            Ok(success(StatusCode::OK, &MergeShape::new(customer, &merge)))
        }
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Changed(_) | Done::Quoted { .. } => {
            Err(EngineError::Broken("a merge was answered with something else".into()).into())
        }
    }
}

fn read(json: &str) -> Result<(Name, Reason), FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let (into, reason) = (object.trimmed("into")?, object.trimmed("reason")?);
    Ok((object.required("into", into)?, object.required("reason", reason)?))
}

/// Every field of the merge, for its Idempotency-Key.
fn meaning(who: &str, into: &Name, reason: &Reason) -> Meaning {
    let mut meaning = Meaning::default();
    meaning.field("identifier", who);
    meaning.field("into", into);
    meaning.field("reason", reason);
    meaning
}

impl MergeShape {
    fn new(customer: CustomerId, merge: &MergeReceipt) -> Self {
        Self {
            client_id: customer.number(),
            merged_client_id: merge.from.number(),
            moved: merge.moved.into(),
            forfeited: merge.forfeited.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_says_into_whom_and_why() {
        let asked = |json: &str| {
            read(json)
                .map_err(|error| (error.field.clone(), error.complaint.code()))
                .map(|(into, reason)| meaning("1", &into, &reason).as_str().to_owned())
        };
        let good = r#"{"into":" +992901234569 ","reason":"two cards"}"#;
        let expected = "identifier=1\ninto=+992901234569\nreason=two cards\n";
        assert_eq!(asked(good), Ok(expected.to_owned()));
        let refused = |field: &str, code| Err((field.to_owned(), code));
        assert_eq!(asked(r#"{"reason":"r"}"#), refused("into", "required"));
        assert_eq!(asked(r#"{"into":"1","reason":" "}"#), refused("reason", "required"));
        assert_eq!(asked(r#"{"into":7,"reason":"r"}"#), refused("into", "wrong_type"));
    }
}
