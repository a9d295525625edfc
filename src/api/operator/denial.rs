//! What only operators are denied: rights that their role lacks, and changes of operators that are not
//! made.

use super::rights::Right;
use crate::ledger::{OperatorRefusal, Role};
use crate::values::Bonus;
use thiserror::Error;

/// Why an operator does not get what they asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(in crate::api) enum OperatorDenial {
    #[error("The role {role} may not {}.", right.deed())]
    NotAllowed { role: Role, right: Right },
    #[error("Support may correct a balance by {most} at most (setting support_adjust_max).")]
    OverSupportMax { most: Bonus },
    #[error("Support may not leave a customer in debt.")]
    DebtBySupport,
    #[error(transparent)]
    Refused(#[from] OperatorRefusal),
    #[error("The chain has no settings of this version.")]
    SettingsVersionUnknown,
}

impl OperatorDenial {
    /// The stable code of the error envelope.
    pub(in crate::api) const fn code(&self) -> &'static str {
        match self {
            Self::NotAllowed { .. } => "operator_not_allowed",
            Self::OverSupportMax { .. } => "adjustment_over_support_max",
            Self::DebtBySupport => "debt_by_support",
            Self::Refused(refusal) => refusal.code(),
            Self::SettingsVersionUnknown => "settings_version_unknown",
        }
    }

    /// The field to blame.
    pub(in crate::api) const fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotAllowed { .. } => None,
            Self::OverSupportMax { .. } => Some("amount"),
            Self::DebtBySupport => Some("allow_debt"),
            Self::Refused(OperatorRefusal::NameTaken) => Some("name"),
            Self::Refused(
                OperatorRefusal::NotFound | OperatorRefusal::Revoked | OperatorRefusal::TooMany,
            ) => None,
            Self::SettingsVersionUnknown => Some("version"),
        }
    }
}
