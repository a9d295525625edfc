//! Settings tried before they are adopted, and taken back after: what a document would change, and a
//! version that equals an older one.

use super::Call;
use super::denial::OperatorDenial;
use super::settings::adopted;
use super::settings_changes::{ChangeShape, changes};
use super::settings_document::read_settings;
use super::tenants::order;
use super::vouchers::read_instant;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::engine::TenantWish;
use crate::ledger::{
    Settings, SettingsDraft, SettingsHistory, TenantAction, TenantCommand, step_tenant,
};
use crate::values::{SettingsVersion, Timestamp};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

const CHECK_FIELDS: [&str; 4] = ["settings", "version", "effective_from", "against"];
const ROLL_BACK_FIELDS: [&str; 2] = ["version", "effective_from"];

/// What would change.
#[derive(Debug, Serialize)]
struct CheckShape {
    /// The version in force at the instant that it is compared with.
    against_version: u32,
    effective_from: String,
    changes: Vec<ChangeShape>,
}

/// A document, or the number of a version there is.
#[derive(Debug)]
enum Proposed {
    Document(Box<SettingsDraft>),
    Version(SettingsVersion),
}

#[derive(Debug)]
struct Check {
    proposed: Proposed,
    effective_from: Option<Timestamp>,
    /// Compared with what is in force then; absent: when the proposal would be.
    against: Option<Timestamp>,
}

/// Adopts nothing; refused as the adoption would be, naming the field.
pub(super) fn check(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let asked = read_check(call.asked.json()?)?;
    let (proposed, now) = (draft_of(&tenant.settings, asked.proposed)?, call.asked.at);
    let (settings, effective_from) = (Box::new(proposed.clone()), asked.effective_from);
    let action = TenantAction::ChangeSettings { settings, effective_from };
    step_tenant(Some(&tenant), &TenantCommand { now, action })?;
    let from = effective_from.unwrap_or(now);
    let current = tenant.settings.at(asked.against.unwrap_or(from));
    Ok(success(StatusCode::OK, &CheckShape::new(current, &proposed, from)))
}

pub(super) async fn roll_back(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let (version, effective_from) = read_roll_back(call.asked.json()?)?;
    let settings = Box::new(draft_of(&tenant.settings, Proposed::Version(version))?);
    let wish = TenantWish::ChangeSettings { tenant: tenant.id, settings, effective_from };
    adopted(call, &order(call, wish).await?)
}

fn draft_of(history: &SettingsHistory, proposed: Proposed) -> Result<SettingsDraft, ApiError> {
    match proposed {
        Proposed::Document(settings) => Ok(*settings),
        Proposed::Version(version) => {
            let found = history.versions().iter().find(|one| one.version == version);
            let unknown = || OperatorDenial::SettingsVersionUnknown;
            Ok(found.ok_or_else(unknown)?.rules.clone())
        }
    }
}

fn read_check(json: &str) -> Result<Check, FieldError> {
    let object = Object::parse(json, &CHECK_FIELDS)?;
    let proposed = match (object.raw("settings"), object.whole("version", u32::MAX)?) {
        (Some(_), Some(_)) => {
            return Err(object.complain("version", Complaint::Excluded("settings")));
        }
        (None, Some(version)) => Proposed::Version(SettingsVersion(version)),
        (document, None) => {
            let document = object.required("settings", document)?;
            Proposed::Document(Box::new(read_settings(Some(document))?))
        }
    };
    let effective_from = read_instant(&object, "effective_from")?;
    Ok(Check { proposed, effective_from, against: read_instant(&object, "against")? })
}

fn read_roll_back(json: &str) -> Result<(SettingsVersion, Option<Timestamp>), FieldError> {
    let object = Object::parse(json, &ROLL_BACK_FIELDS)?;
    let version = object.required("version", object.whole("version", u32::MAX)?)?;
    Ok((SettingsVersion(version), read_instant(&object, "effective_from")?))
}

impl CheckShape {
    fn new(current: &Settings, proposed: &SettingsDraft, from: Timestamp) -> Self {
        Self {
            against_version: current.version.number(),
            effective_from: from.to_string(),
            changes: changes(&current.rules, proposed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_of_a_document_or_of_a_version() {
        let check = read_check(r#"{"version":2,"against":"2027-01-01T00:00:00Z"}"#).unwrap();
        assert!(matches!(check.proposed, Proposed::Version(SettingsVersion(2))));
        assert_eq!((check.effective_from, check.against.is_some()), (None, true));
        assert!(read_check(r#"{"settings":{"currency":"TJS"}}"#).is_ok());
        let refused = |json: &str| {
            let error = read_check(json).unwrap_err();
            (error.field, error.complaint.code())
        };
        assert_eq!(refused("{}"), ("settings".to_owned(), "required"));
        assert_eq!(refused(r#"{"settings":{},"version":1}"#).1, "excluded_field");
        assert_eq!(refused(r#"{"version":1,"against":"soon"}"#).0, "against");
        assert_eq!(refused(r#"{"settings":{"min_redeem":1}}"#).0, "min_redeem");
        assert_eq!(read_roll_back("{}").unwrap_err().field, "version");
    }
}
