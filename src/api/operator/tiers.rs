//! The tier of a customer, set by an operator or left to what they spend.

use super::Call;
use super::customers::change;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::Meaning;
use crate::engine::Wish;
use crate::ledger::{Refusal, Settings};
use crate::values::{Text, TierId};
use axum::body::Body;
use axum::http::Response;

const FIELDS: [&str; 1] = ["tier"];

pub(super) async fn set(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let name = read(call.asked.json()?)?;
    let settings = tenant.settings.at(call.asked.at);
    let mut meaning = Meaning::default();
    meaning.optional("tier", name.as_ref());
    let tier = name.map(|name| tier_of(&name, settings)).transpose()?;
    change(call, Wish::SetTier(tier), meaning).await
}

/// `{"tier": "Gold"}` sets it, `{"tier": null}` leaves it to what the customer spends.
fn read(json: &str) -> Result<Option<Text<64>>, FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    if !object.mentions("tier") {
        return Err(object.complain("tier", Complaint::Required));
    }
    object.text("tier")
}

pub(super) fn tier_of(name: &Text<64>, settings: &Settings) -> Result<TierId, Refusal> {
    let found = settings.tiers.iter().find(|tier| tier.name == *name);
    found.map(|tier| tier.id).ok_or(Refusal::TierUnknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_is_named_taken_away_or_refused() {
        let tier = |json: &str| {
            read(json)
                .map_err(|error| error.complaint.code())
                .map(|tier| tier.map(|tier| tier.as_str().to_owned()))
        };
        assert_eq!(tier(r#"{"tier":"Gold"}"#), Ok(Some("Gold".to_owned())));
        assert_eq!(tier(r#"{"tier":null}"#), Ok(None));
        assert_eq!(tier("{}"), Err("required"));
        assert_eq!(tier(r#"{"tier":2}"#), Err("wrong_type"));
    }
}
