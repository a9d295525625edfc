//! The settings against abuse as fields of the settings document: read strictly, written back as they
//! read.

use super::settings_document::exact_bonus;
use super::settings_shape::word_of;
use crate::api::complaint::FieldError;
use crate::api::fields::Object;
use crate::ledger::{ExternalIdScope, GuardRules, OnSuspicion};
use serde::Serialize;

const ON_SUSPICION: [(&str, OnSuspicion); 2] =
    [("report", OnSuspicion::Report), ("refuse", OnSuspicion::Refuse)];
const EXTERNAL_ID_SCOPES: [(&str, ExternalIdScope); 2] =
    [("tenant", ExternalIdScope::Tenant), ("store", ExternalIdScope::Store)];

pub(super) fn read_guard<const N: usize>(object: &Object<'_, N>) -> Result<GuardRules, FieldError> {
    let default = GuardRules::default();
    let report_from = object.whole("sales_per_day_report_from", u32::MAX)?;
    let on_suspicion = |name| Ok(object.word(name, &ON_SUSPICION)?.unwrap_or_default());
    Ok(GuardRules {
        redeem_confirm_from: object.quoted("redeem_confirm_from", exact_bonus)?,
        sales_per_day_report_from: report_from.unwrap_or(default.sales_per_day_report_from),
        sales_per_day_refuse_from: object
            .whole("sales_per_day_refuse_from", u32::MAX)?
            .filter(|from| *from > 0),
        late_sales: on_suspicion("late_sales")?,
        redeem_on_opening_day: on_suspicion("redeem_on_opening_day")?,
        external_id_scope: object
            .word("external_id_scope", &EXTERNAL_ID_SCOPES)?
            .unwrap_or_default(),
    })
}

/// The fields as they are written.
#[derive(Debug, Serialize)]
pub(super) struct GuardDocument {
    #[serde(skip_serializing_if = "Option::is_none")]
    redeem_confirm_from: Option<String>,
    sales_per_day_report_from: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    sales_per_day_refuse_from: Option<u32>,
    late_sales: &'static str,
    redeem_on_opening_day: &'static str,
    external_id_scope: &'static str,
}

impl GuardDocument {
    pub(super) fn of(rules: &GuardRules) -> Self {
        Self {
            redeem_confirm_from: rules.redeem_confirm_from.map(|amount| amount.to_string()),
            sales_per_day_report_from: rules.sales_per_day_report_from,
            sales_per_day_refuse_from: rules.sales_per_day_refuse_from,
            late_sales: word_of(&ON_SUSPICION, rules.late_sales),
            redeem_on_opening_day: word_of(&ON_SUSPICION, rules.redeem_on_opening_day),
            external_id_scope: word_of(&EXTERNAL_ID_SCOPES, rules.external_id_scope),
        }
    }
}
