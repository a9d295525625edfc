//! The permission table: what each role may, and which right each endpoint asks for.

use super::Endpoint;
use crate::ledger::Role;

/// What can be allowed to a role, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::api) enum Right {
    /// Chains, customers, sales, vouchers and what is on offer.
    Read,
    /// The figures that a chain goes by, and where it tells of what happens.
    ReadSettings,
    /// Reports, exports, the audit trail, who operates.
    ReadTrail,
    /// Blocks, unblocks, sends codes.
    HelpCustomers,
    /// Corrects balances; support within the setting `support_adjust_max`.
    AdjustBalances,
    /// Phones, cards, tiers, flags, merges.
    ChangeCustomers,
    /// Gift cards and coupons.
    ChangeVouchers,
    /// Settings, stores, promotions, webhooks; suspends and resumes.
    ChangeChains,
    /// Makes chains, tokens, secrets and keys.
    MakeSecrets,
    ChangeOperators,
    /// Makes and removes snapshots.
    KeepCopies,
    /// Takes customers and sales of an old system over, and takes batches back.
    Import,
    /// Gives a person all that is kept of them, and forgets them.
    AnswerPersons,
}

impl Right {
    #[cfg(test)]
    pub(in crate::api) const ALL: [Self; 13] = [
        Self::Read,
        Self::ReadSettings,
        Self::ReadTrail,
        Self::HelpCustomers,
        Self::AdjustBalances,
        Self::ChangeCustomers,
        Self::ChangeVouchers,
        Self::ChangeChains,
        Self::MakeSecrets,
        Self::ChangeOperators,
        Self::KeepCopies,
        Self::Import,
        Self::AnswerPersons,
    ];

    /// What it is to do, behind "may".
    pub(in crate::api) const fn deed(self) -> &'static str {
        match self {
            Self::Read => "read customers and sales",
            Self::ReadSettings => "read settings and webhooks",
            Self::ReadTrail => "read reports, exports and the audit trail",
            Self::HelpCustomers => "block customers and send them codes",
            Self::AdjustBalances => "correct balances",
            Self::ChangeCustomers => "change customers",
            Self::ChangeVouchers => "change gift cards and coupons",
            Self::ChangeChains => "change settings, stores, promotions and webhooks",
            Self::MakeSecrets => "make chains and secrets",
            Self::ChangeOperators => "change operators",
            Self::KeepCopies => "make and remove snapshots",
            Self::Import => "import from another system",
            Self::AnswerPersons => "export and forget customers",
        }
    }

    /// Whether a role has it.
    pub(in crate::api) const fn is_of(self, role: Role) -> bool {
        match role {
            Role::Owner => true,
            Role::Operator => !matches!(self, Self::MakeSecrets | Self::ChangeOperators),
            Role::Auditor => matches!(self, Self::Read | Self::ReadSettings | Self::ReadTrail),
            Role::Support => {
                matches!(self, Self::Read | Self::HelpCustomers | Self::AdjustBalances)
            }
        }
    }
}

impl Endpoint {
    /// The right that it asks for.
    pub(in crate::api) const fn right(self) -> Right {
        match self {
            Self::ListTenants
            | Self::ShowTenant
            | Self::ListCustomers
            | Self::ShowCustomer
            | Self::ShowStores
            | Self::ListPromotions
            | Self::ListGiftCards
            | Self::ShowGiftCard
            | Self::ListCoupons
            | Self::ShowCoupon
            | Self::FindSales
            | Self::ShowSale
            | Self::Metrics => Right::Read,
            Self::ListSettings | Self::CheckSettings | Self::ListWebhooks => Right::ReadSettings,
            Self::ReportAbuse
            | Self::ReportLiability
            | Self::ReportTrialBalance
            | Self::ExportOperations
            | Self::ExportBalances
            | Self::ExportLots
            | Self::ReadAudit
            | Self::ListOperators
            | Self::ListSnapshots
            | Self::ShowArchive
            | Self::CheckReceipts
            | Self::ShowVerification
            | Self::StartVerification => Right::ReadTrail,
            Self::Block | Self::Unblock | Self::SendCode => Right::HelpCustomers,
            Self::Adjust => Right::AdjustBalances,
            Self::SetCard
            | Self::SetTier
            | Self::SetStaff
            | Self::SetDebit
            | Self::SetPhone
            | Self::Merge => Right::ChangeCustomers,
            Self::ExportCustomer | Self::Forget => Right::AnswerPersons,
            Self::IssueGiftCard
            | Self::BlockGiftCard
            | Self::UnblockGiftCard
            | Self::MoveGiftCardExpiry
            | Self::VoidGiftCard
            | Self::IssueCoupons
            | Self::EndCoupon => Right::ChangeVouchers,
            Self::ChangeSettings
            | Self::RollBackSettings
            | Self::ListStores
            | Self::CreatePromotion
            | Self::ChangePromotion
            | Self::EndPromotion
            | Self::ReplayWebhook
            | Self::Suspend
            | Self::Resume => Right::ChangeChains,
            Self::CreateTenant | Self::Rotate | Self::SetTelegramBot => Right::MakeSecrets,
            Self::AddOperator | Self::RotateOperator | Self::RevokeOperator => {
                Right::ChangeOperators
            }
            Self::CreateSnapshot | Self::PruneSnapshots => Right::KeepCopies,
            Self::ImportCustomers | Self::ImportSales | Self::ReverseImport => Right::Import,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table as the manual has it: owner, operator, auditor, support.
    #[test]
    fn each_role_may_what_the_table_says() {
        let table = [
            (Right::Read, [true, true, true, true]),
            (Right::ReadSettings, [true, true, true, false]),
            (Right::ReadTrail, [true, true, true, false]),
            (Right::HelpCustomers, [true, true, false, true]),
            (Right::AdjustBalances, [true, true, false, true]),
            (Right::ChangeCustomers, [true, true, false, false]),
            (Right::ChangeVouchers, [true, true, false, false]),
            (Right::ChangeChains, [true, true, false, false]),
            (Right::MakeSecrets, [true, false, false, false]),
            (Right::ChangeOperators, [true, false, false, false]),
            (Right::KeepCopies, [true, true, false, false]),
            (Right::Import, [true, true, false, false]),
            (Right::AnswerPersons, [true, true, false, false]),
        ];
        assert_eq!(table.map(|(right, _)| right), Right::ALL);
        let manual = include_str!("../../../docs/operators.md");
        for (right, expected) in table {
            assert_eq!(Role::ALL.map(|role| right.is_of(role)), expected, "{right:?}");
            let marks = expected.map(|may| if may { "yes" } else { "no" }).join(" | ");
            let row = format!("| {} | {marks} |", right.deed());
            assert!(manual.contains(&row), "docs/operators.md lacks: {row}");
        }
    }
}
