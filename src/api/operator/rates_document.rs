//! How often a chain may call, as fields of the settings document.

use crate::api::complaint::FieldError;
use crate::api::fields::Object;
use crate::ledger::RateRules;
use serde::Serialize;

pub(super) fn read_rates<const N: usize>(object: &Object<'_, N>) -> Result<RateRules, FieldError> {
    let some = |name| Ok(object.whole(name, u32::MAX)?.filter(|most| *most > 0));
    Ok(RateRules {
        partner_per_minute: some("partner_requests_per_minute_max")?,
        app_per_minute: some("app_requests_per_minute_max")?,
        plus_per_hour: some("bonusplus_requests_per_hour_max")?,
    })
}

/// The fields as they are written.
#[derive(Debug, Serialize)]
pub(super) struct RatesDocument {
    #[serde(skip_serializing_if = "Option::is_none")]
    partner_requests_per_minute_max: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_requests_per_minute_max: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bonusplus_requests_per_hour_max: Option<u32>,
}

impl RatesDocument {
    pub(super) const fn of(rules: &RateRules) -> Self {
        Self {
            partner_requests_per_minute_max: rules.partner_per_minute,
            app_requests_per_minute_max: rules.app_per_minute,
            bonusplus_requests_per_hour_max: rules.plus_per_hour,
        }
    }
}
