//! The settings about operators of the role support, as they are stored.

use crate::journal::codec::{CodecError, Decode, Encode};
use crate::journal::record::fields::bonus;
use crate::journal::record::policy::StoredPolicyPart;
use crate::ledger::SupportRules;

/// The group, whole.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredSupportRules {
    adjust_max: u64,
}

impl From<&SupportRules> for StoredPolicyPart<'_> {
    fn from(rules: &SupportRules) -> Self {
        Self::Support(StoredSupportRules { adjust_max: rules.adjust_max.cents() })
    }
}

impl TryFrom<StoredSupportRules> for SupportRules {
    type Error = CodecError;

    fn try_from(stored: StoredSupportRules) -> Result<Self, CodecError> {
        Ok(Self { adjust_max: bonus(stored.adjust_max)? })
    }
}
