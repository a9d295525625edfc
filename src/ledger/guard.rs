//! Against abuse: what a chain lets pass, what it refuses, and what an operator says of a single
//! customer (rules 16 and 34b).

use crate::ledger::command::Action;
use crate::ledger::facts::RedemptionFact;
use crate::ledger::login_code::LoginCode;
use crate::ledger::settings::SettingsDraft;
use crate::values::Bonus;

/// Sales of a customer on one local day from which a report shows them, unless the chain says otherwise.
const SALES_PER_DAY_REPORT_FROM: u32 = 5;

/// What a chain does against abuse. Everything is reported; what is refused, it says here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardRules {
    /// From this redemption on the customer's code is needed; `None`: never.
    pub redeem_confirm_from: Option<Bonus>,
    /// A customer with so many sales on one local day is reported.
    pub sales_per_day_report_from: u32,
    /// The sale of a customer that would be this one of its local day is refused; `None`: none is.
    pub sales_per_day_refuse_from: Option<u32>,
    /// Sales that arrive late.
    pub late_sales: OnSuspicion,
    /// Redemptions on the local day on which the account was opened.
    pub redeem_on_opening_day: OnSuspicion,
    pub external_id_scope: ExternalIdScope,
}

/// What becomes of what looks like abuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnSuspicion {
    #[default]
    Report,
    Refuse,
}

/// Among what the external id of a sale is unique (rule 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExternalIdScope {
    #[default]
    Tenant,
    /// Among the sales that name the same store; those that name none are a store of their own.
    Store,
}

/// What an operator says of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountFlag {
    /// Works for the chain: sales earn nothing.
    Staff,
    /// Earns, but redeems nothing.
    DebitDenied,
}

/// Whether the customer agreed to a redemption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Confirmation {
    #[default]
    Missing,
    /// With a code that nobody has checked yet.
    Code(LoginCode),
    /// With the code that was sent; it is used up in the same operation.
    Proved,
}

impl Default for GuardRules {
    fn default() -> Self {
        Self {
            redeem_confirm_from: None,
            sales_per_day_report_from: SALES_PER_DAY_REPORT_FROM,
            sales_per_day_refuse_from: None,
            late_sales: OnSuspicion::Report,
            redeem_on_opening_day: OnSuspicion::Report,
            external_id_scope: ExternalIdScope::Tenant,
        }
    }
}

/// The code that comes with a command which needs it under `rules`; `None`: it needs none, or has none.
/// `completes` is the earlier redemption of the same order: both count together.
#[must_use]
pub fn code_to_prove(
    action: &Action,
    completes: Option<&RedemptionFact>,
    rules: &SettingsDraft,
) -> Option<LoginCode> {
    let (asked, confirmation) = match action {
        Action::Sell(sell) => (sell.redeem, sell.confirmation),
        Action::Redeem(redeem) => (redeem.amount, redeem.confirmation),
        Action::CommitReserve(commit) => (commit.redeem.amount, commit.redeem.confirmation),
        Action::Register(_)
        | Action::Authenticate(_)
        | Action::ImportCustomer(_)
        | Action::ImportSale(_)
        | Action::ReverseImport(_)
        | Action::Adjust(_)
        | Action::Block
        | Action::Unblock
        | Action::SetCard(_)
        | Action::Settle
        | Action::ChangeProfile(_)
        | Action::Refund(_)
        | Action::SetAside(_)
        | Action::ReleaseReserve(_)
        | Action::LinkTelegram(_)
        | Action::RegisterDevice(_)
        | Action::ForgetDevice(_)
        | Action::SetTier(_)
        | Action::AssignReferralCode(_)
        | Action::TakeReferralMessage { .. }
        | Action::ReferralTold { .. }
        | Action::SetFlag { .. }
        | Action::Forget(_)
        | Action::NoticeOverstock(_)
        | Action::ChangePhone(_)
        | Action::Merge(_)
        | Action::ChangeCustomer(_)
        | Action::Archive
        | Action::ConfirmPhone => return None,
    };
    let before = RedemptionFact::redeemed_by(completes);
    match confirmation {
        Confirmation::Code(code) if rules.policy.guard.needs_code(asked, before) => Some(code),
        Confirmation::Code(_) | Confirmation::Missing | Confirmation::Proved => None,
    }
}

/// From now on the code of the command is proved.
pub fn proved(action: &mut Action) {
    if let Action::Sell(sell) = action {
        sell.confirmation = Confirmation::Proved;
    } else if let Action::Redeem(redeem) = action {
        redeem.confirmation = Confirmation::Proved;
    } else if let Action::CommitReserve(commit) = action {
        commit.redeem.confirmation = Confirmation::Proved;
    }
}

impl ExternalIdScope {
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Tenant => Self::Store,
            Self::Store => Self::Tenant,
        }
    }
}

impl GuardRules {
    /// Whether the customer's code is needed to redeem `asked`, after `before` of the same order.
    pub(in crate::ledger) fn needs_code(&self, asked: Bonus, before: Bonus) -> bool {
        let sum = asked.checked_add(before).unwrap_or(Bonus::MAX);
        !asked.is_zero() && self.redeem_confirm_from.is_some_and(|from| sum >= from)
    }
}
