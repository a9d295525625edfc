//! How often a chain may call, as it is stored.

use crate::journal::codec::{Decode, Encode};
use crate::journal::record::policy::StoredPolicyPart;
use crate::ledger::RateRules;

/// The order of fields is the format.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredRateRules {
    partner_per_minute: Option<u32>,
    app_per_minute: Option<u32>,
    plus_per_hour: Option<u32>,
}

impl From<&RateRules> for StoredPolicyPart<'_> {
    fn from(rules: &RateRules) -> Self {
        let RateRules { partner_per_minute, app_per_minute, plus_per_hour } = *rules;
        Self::Rates(StoredRateRules { partner_per_minute, app_per_minute, plus_per_hour })
    }
}

impl From<StoredRateRules> for RateRules {
    fn from(stored: StoredRateRules) -> Self {
        let StoredRateRules { partner_per_minute, app_per_minute, plus_per_hour } = stored;
        Self { partner_per_minute, app_per_minute, plus_per_hour }
    }
}
