//! `PUT /client/profile`: customers say anew who they are. What is absent stays, null clears.

use super::Call;
use super::render::Rendering;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{Actor, Change, ProfileChange};
use axum::body::Body;
use axum::http::{Response, StatusCode};

const FIELDS: [&str; 3] = ["full_name", "birth_date", "gender"];

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let customer = call.customer().await?.id;
    let change = read(call.asked.json()?)?;
    let order = Order {
        tenant: call.tenant.id,
        at: call.asked.at,
        actor: Actor::Customer,
        mark: None,
        who: Identifier::Customer(customer),
        wish: Wish::ChangeProfile(Box::new(change)),
    };
    match call.house.perform(order).await? {
        Done::Changed(view) => {
            Ok(success(StatusCode::OK, &Rendering::new(call.rules()).client(&view)))
        }
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Quoted { .. } => {
            Err(EngineError::Broken("a profile was answered with something else".into()).into())
        }
    }
}

fn read(json: &str) -> Result<ProfileChange, FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    Ok(ProfileChange {
        full_name: change(&object, "full_name", object.trimmed("full_name")?),
        birth_date: change(&object, "birth_date", object.date("birth_date")?),
        gender: change(&object, "gender", object.trimmed("gender")?),
    })
}

/// A name of nothing but spaces is none.
fn change<T, const N: usize>(object: &Object<'_, N>, name: &str, value: Option<T>) -> Change<T> {
    match value {
        Some(value) => Change::Set(value),
        None if object.mentions(name) => Change::Clear,
        None => Change::Keep,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Text;

    #[test]
    fn absent_null_and_a_value_are_three_things() {
        let read = |json: &str| read(json).map_err(|error| (error.field, error.complaint.code()));
        assert_eq!(read("{}"), Ok(ProfileChange::default()));
        let cleared = ProfileChange { gender: Change::Clear, ..ProfileChange::default() };
        assert_eq!(read(r#"{"gender":null}"#), Ok(cleared));
        let both = ProfileChange {
            full_name: Change::Set(Text::parse("Anna").unwrap()),
            birth_date: Change::Set("1990-05-01".parse().unwrap()),
            gender: Change::Keep,
        };
        assert_eq!(read(r#"{"full_name":" Anna ","birth_date":"1990-05-01"}"#), Ok(both));
        let blank = ProfileChange { full_name: Change::Clear, ..ProfileChange::default() };
        assert_eq!(read(r#"{"full_name":"  "}"#), Ok(blank));
        for date in ["2026-02-30", "1990-5-1", "01.05.1990", ""] {
            let found = read(&format!(r#"{{"birth_date":"{date}"}}"#));
            assert_eq!(found, Err(("birth_date".to_owned(), "invalid_date")), "{date}");
        }
        let long = format!(r#"{{"gender":"{}"}}"#, "x".repeat(21));
        assert_eq!(read(&long), Err(("gender".to_owned(), "too_long")));
        assert_eq!(read(r#"{"phone":"1"}"#), Err(("phone".to_owned(), "unknown_field")));
    }
}
