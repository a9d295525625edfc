//! A row of bonus history: a signed amount and the balance after it.

use crate::values::{Balance, SaleId, Timestamp, TransactionId};

/// Why the balance changed, in the contract's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKind {
    Accrual,
    Redeem,
    Welcome,
    Expire,
    Adjust,
    Birthday,
    ReferralInviter,
    ReferralInvitee,
    RefundAccrual,
}

/// One change of a balance; the amounts of all rows of an account add up to its balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub id: TransactionId,
    pub kind: RowKind,
    /// Positive: credit, negative: debit.
    pub amount: Balance,
    pub balance_after: Balance,
    pub sale: Option<SaleId>,
    /// The exact instant of the change.
    pub at: Timestamp,
    /// Not before the row before it, so that id, date and balance agree (rule 30).
    pub created_at: Timestamp,
}

impl RowKind {
    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accrual => "accrual",
            Self::Redeem => "redeem",
            Self::Welcome => "welcome",
            Self::Expire => "expire",
            Self::Adjust => "adjust",
            Self::Birthday => "birthday",
            Self::ReferralInviter => "referral_inviter",
            Self::ReferralInvitee => "referral_invitee",
            Self::RefundAccrual => "refund_accrual",
        }
    }
}
