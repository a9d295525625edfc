//! Forgetting a customer: what is asked, and what becomes of whatever still concerns them afterwards.

use crate::ledger::account::Account;
use crate::ledger::command::{Action, Reason};
use crate::ledger::former_phone::PhoneMark;
use crate::ledger::policy::ReturnDebt;

/// What is asked of the account of somebody who is to be forgotten.
#[derive(Debug, Clone)]
pub struct Forget {
    pub reason: Reason,
    /// By which their phones are remembered for ever, where they are not yet: what a phone gets once
    /// it does not get again.
    pub marks: Vec<PhoneMark>,
    /// The accounts that were merged into theirs, as they are now: nothing happens to them meanwhile.
    pub aliases: Vec<Account>,
}

impl Account {
    #[must_use]
    pub const fn is_forgotten(&self) -> bool {
        self.forgotten_at.is_some()
    }

    /// What a clawback leaves that nothing covers: who was forgotten owes nothing.
    pub(super) const fn return_debt(&self, rule: ReturnDebt) -> ReturnDebt {
        if self.is_forgotten() { ReturnDebt::Clamp } else { rule }
    }
}

impl Action {
    /// Whether it is done on the account of a customer who was forgotten: money goes back for their sales,
    /// other customers' referrals go on, and what an import brought can be taken back. To everything else
    /// they are unknown.
    pub(super) const fn reaches_the_forgotten(&self) -> bool {
        match self {
            Self::Settle
            | Self::Refund(_)
            | Self::TakeReferralMessage { .. }
            | Self::ReferralTold { .. }
            | Self::NoticeOverstock(_)
            | Self::ReverseImport(_)
            | Self::Forget(_) => true,
            Self::Register(_)
            | Self::Authenticate(_)
            | Self::Sell(_)
            | Self::Redeem(_)
            | Self::Adjust(_)
            | Self::Block
            | Self::Unblock
            | Self::SetCard(_)
            | Self::ChangeProfile(_)
            | Self::SetAside(_)
            | Self::CommitReserve(_)
            | Self::ReleaseReserve(_)
            | Self::LinkTelegram(_)
            | Self::RegisterDevice(_)
            | Self::ForgetDevice(_)
            | Self::SetTier(_)
            | Self::AssignReferralCode(_)
            | Self::SetFlag { .. }
            | Self::ChangePhone(_)
            | Self::Merge(_)
            | Self::ChangeCustomer(_)
            | Self::Archive
            | Self::ConfirmPhone
            | Self::ImportCustomer(_)
            | Self::ImportSale(_) => false,
        }
    }
}
