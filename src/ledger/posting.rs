//! What stands behind a history row: the event that wrote it, and what the command was.

use crate::ledger::event::{AccountEvent, Credit, Debit};
use crate::values::{Bonus, LotId, TransactionId};

/// A change of a balance, with the lots it made or drew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posting {
    Credited(Credit),
    Debited(Debit),
    Expired { lot: LotId, amount: Bonus },
}

/// What a command was, as its events tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandKind {
    Sale,
    Redemption,
    Adjustment,
    Registration,
    /// What was due, and nothing else.
    Settlement,
    /// Any other change of a customer; what was due came before it.
    Change,
}

impl Posting {
    /// The posting of a transaction among the events of an operation.
    #[must_use]
    pub fn find(events: &[AccountEvent], id: TransactionId) -> Option<Self> {
        events.iter().find_map(|event| match event {
            AccountEvent::Credited(credit) => {
                (credit.transaction == id).then(|| Self::Credited(credit.clone()))
            }
            AccountEvent::Debited(debit) => {
                (debit.transaction == id).then(|| Self::Debited(debit.clone()))
            }
            AccountEvent::LotExpired { transaction, lot, amount, .. } => {
                (*transaction == id).then_some(Self::Expired { lot: *lot, amount: *amount })
            }
            AccountEvent::AccountOpened { .. }
            | AccountEvent::PhoneAssigned { .. }
            | AccountEvent::CardAssigned { .. }
            | AccountEvent::ProfileChanged(_)
            | AccountEvent::TokenIssued { .. }
            | AccountEvent::TokenRevoked { .. }
            | AccountEvent::Blocked { .. }
            | AccountEvent::Unblocked { .. }
            | AccountEvent::LotActivated { .. }
            | AccountEvent::SaleRecorded(_)
            | AccountEvent::RedemptionRecorded(_)
            | AccountEvent::AdjustmentRecorded { .. }
            | AccountEvent::DayCounted(_)
            | AccountEvent::TelegramLinked(_)
            | AccountEvent::DeviceRegistered(_)
            | AccountEvent::DeviceForgotten { .. } => None,
        })
    }
}

impl CommandKind {
    /// What the events of an operation say; the last of them that says it counts.
    #[must_use]
    pub fn of(events: &[AccountEvent]) -> Self {
        events.iter().fold(Self::Settlement, |known, event| match event {
            AccountEvent::SaleRecorded(_) => Self::Sale,
            AccountEvent::RedemptionRecorded(_) => Self::Redemption,
            AccountEvent::AdjustmentRecorded { .. } => Self::Adjustment,
            AccountEvent::AccountOpened { .. } => Self::Registration,
            AccountEvent::LotActivated { .. }
            | AccountEvent::LotExpired { .. }
            | AccountEvent::Credited(_)
            | AccountEvent::Debited(_)
            | AccountEvent::DayCounted(_) => known,
            AccountEvent::PhoneAssigned { .. }
            | AccountEvent::CardAssigned { .. }
            | AccountEvent::ProfileChanged(_)
            | AccountEvent::TokenIssued { .. }
            | AccountEvent::TokenRevoked { .. }
            | AccountEvent::Blocked { .. }
            | AccountEvent::Unblocked { .. }
            | AccountEvent::TelegramLinked(_)
            | AccountEvent::DeviceRegistered(_)
            | AccountEvent::DeviceForgotten { .. } => known.or_change(),
        })
    }

    /// A registration assigns a phone and a token, too.
    const fn or_change(self) -> Self {
        match self {
            Self::Settlement => Self::Change,
            Self::Sale
            | Self::Redemption
            | Self::Adjustment
            | Self::Registration
            | Self::Change => self,
        }
    }

    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Redemption => "redemption",
            Self::Adjustment => "adjustment",
            Self::Registration => "registration",
            Self::Settlement => "settlement",
            Self::Change => "change",
        }
    }
}
