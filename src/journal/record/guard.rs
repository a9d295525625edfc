//! What a chain does against abuse, and what operators say of customers, as they are stored. The order
//! of variants and fields is the format.

use crate::journal::codec::{CodecError, Decode, Encode};
use crate::journal::record::fields::{bonus, optional};
use crate::ledger::{AccountFlag, ExternalIdScope, GuardRules, OnSuspicion};
use crate::values::Bonus;

stored_words!(StoredAccountFlag is AccountFlag { Staff, DebitDenied });
stored_words!(StoredOnSuspicion is OnSuspicion { Report, Refuse });
stored_words!(StoredExternalIdScope is ExternalIdScope { Tenant, Store });

/// The group of settings.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredGuardRules {
    redeem_confirm_from: Option<u64>,
    sales_per_day_report_from: u32,
    sales_per_day_refuse_from: Option<u32>,
    late_sales: StoredOnSuspicion,
    redeem_on_opening_day: StoredOnSuspicion,
    external_id_scope: StoredExternalIdScope,
}

impl From<&GuardRules> for StoredGuardRules {
    fn from(rules: &GuardRules) -> Self {
        Self {
            redeem_confirm_from: rules.redeem_confirm_from.map(Bonus::cents),
            sales_per_day_report_from: rules.sales_per_day_report_from,
            sales_per_day_refuse_from: rules.sales_per_day_refuse_from,
            late_sales: rules.late_sales.into(),
            redeem_on_opening_day: rules.redeem_on_opening_day.into(),
            external_id_scope: rules.external_id_scope.into(),
        }
    }
}

impl TryFrom<StoredGuardRules> for GuardRules {
    type Error = CodecError;

    fn try_from(stored: StoredGuardRules) -> Result<Self, CodecError> {
        Ok(Self {
            redeem_confirm_from: optional(stored.redeem_confirm_from, bonus)?,
            sales_per_day_report_from: stored.sales_per_day_report_from,
            sales_per_day_refuse_from: stored.sales_per_day_refuse_from,
            late_sales: stored.late_sales.into(),
            redeem_on_opening_day: stored.redeem_on_opening_day.into(),
            external_id_scope: stored.external_id_scope.into(),
        })
    }
}
