//! What stands behind a history row: the event that wrote it, and what the command was.

use crate::ledger::event::{AccountEvent, Credit, Draw};
use crate::ledger::lot::Slice;
use crate::values::{Bonus, CustomerId, TransactionId};

/// A change of a balance, with the lots it made, drew or refilled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posting {
    Credited(Credit),
    /// Taken from lots; the debt is what none of them covered.
    Drew {
        draws: Vec<Draw>,
        debt: Bonus,
    },
    /// Back into lots; what paid an open debt is in none.
    Refilled {
        parts: Vec<Draw>,
        debt_paid: Bonus,
    },
    DebtWrittenOff,
    /// From or to an account that became one with this.
    Moved {
        customer: CustomerId,
    },
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
    Return,
    Merge,
    /// The customer was forgotten.
    Forgetting,
}

impl Posting {
    /// The posting of a transaction among the events of an operation.
    #[must_use]
    pub fn find(events: &[AccountEvent], id: TransactionId) -> Option<Self> {
        events.iter().find_map(|event| Self::of(event, id))
    }

    #[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
    fn of(event: &AccountEvent, id: TransactionId) -> Option<Self> {
        let (transaction, posting) = match event {
            AccountEvent::Credited(credit) => (credit.transaction, Self::Credited(credit.clone())),
            AccountEvent::Debited(debit) => {
                (debit.transaction, Self::drew(debit.draws.iter().copied(), debit.debt))
            }
            AccountEvent::LotExpired { transaction, lot, amount, .. } => {
                (*transaction, Self::drew([Draw { lot: *lot, amount: *amount }], Bonus::ZERO))
            }
            AccountEvent::ClawedBack(clawback) => {
                (clawback.transaction, Self::drew(slices(&clawback.draws), clawback.debt))
            }
            AccountEvent::RewardTakenBack(taken) => {
                let draws = taken.draws.iter();
                let draws = draws.map(|draw| Draw { lot: draw.lot, amount: draw.amount });
                (taken.transaction, Self::drew(draws, taken.debt))
            }
            AccountEvent::Restored(restoration) => {
                let parts = slices(&restoration.parts).collect();
                let debt_paid = restoration.debt_paid;
                (restoration.transaction, Self::Refilled { parts, debt_paid })
            }
            AccountEvent::ExpiryReverted(revert) => {
                let parts = vec![Draw { lot: revert.lot, amount: revert.amount }];
                (revert.transaction, Self::Refilled { parts, debt_paid: Bonus::ZERO })
            }
            AccountEvent::DebtWrittenOff { transaction, .. } => {
                (*transaction, Self::DebtWrittenOff)
            }
            AccountEvent::AccountOpened { .. }
            | AccountEvent::PhoneAssigned { .. }
            | AccountEvent::CardAssigned { .. }
            | AccountEvent::ProfileChanged(_)
            | AccountEvent::Person(_)
            | AccountEvent::TokenIssued { .. }
            | AccountEvent::TokenRevoked { .. }
            | AccountEvent::Blocked { .. }
            | AccountEvent::FlagSet { .. }
            | AccountEvent::Unblocked { .. }
            | AccountEvent::LotActivated { .. }
            | AccountEvent::SaleRecorded(_)
            | AccountEvent::RedemptionRecorded(_)
            | AccountEvent::ReturnRecorded(_)
            | AccountEvent::Reserved(_)
            | AccountEvent::ReserveReleased(_)
            | AccountEvent::LotKept { .. }
            | AccountEvent::DebtPaid { .. }
            | AccountEvent::DebtDated { .. }
            | AccountEvent::Referral(_)
            | AccountEvent::Tier(_)
            | AccountEvent::BirthdayAwaited(_)
            | AccountEvent::LimitsGivenBack(_)
            | AccountEvent::OverstockNoticed { .. }
            | AccountEvent::ExpiryNoticed { .. }
            | AccountEvent::AdjustmentRecorded { .. }
            | AccountEvent::DayCounted(_)
            | AccountEvent::TelegramLinked(_)
            | AccountEvent::DeviceRegistered(_)
            | AccountEvent::DeviceForgotten { .. }
            | AccountEvent::PhoneRetired { .. }
            | AccountEvent::PhoneMarked { .. }
            | AccountEvent::Forgotten { .. } => return None,
            AccountEvent::Import(event) => {
                let taken = event.taken()?;
                let draws = taken.draws.iter();
                let draws = draws.map(|draw| Draw { lot: draw.lot, amount: draw.amount });
                (taken.transaction, Self::drew(draws, taken.debt))
            }
            AccountEvent::MergedOut(out) => (out.transaction, Self::Moved { customer: out.into }),
            AccountEvent::MergedIn(merged) => {
                (merged.transaction, Self::Moved { customer: merged.from })
            }
            AccountEvent::GiftForfeited(forfeit) => {
                let draws = forfeit.draws.iter();
                let draws = draws.map(|draw| Draw { lot: draw.lot, amount: draw.amount });
                (forfeit.transaction, Self::drew(draws, Bonus::ZERO))
            }
        };
        (transaction == id).then_some(posting)
    }

    fn drew(draws: impl IntoIterator<Item = Draw>, debt: Bonus) -> Self {
        Self::Drew { draws: draws.into_iter().collect(), debt }
    }
}

fn slices(slices: &[Slice]) -> impl Iterator<Item = Draw> {
    slices.iter().map(|slice| Draw { lot: slice.lot, amount: slice.amount })
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
            AccountEvent::ReturnRecorded(_) => Self::Return,
            AccountEvent::LotActivated { .. }
            | AccountEvent::LotExpired { .. }
            | AccountEvent::Credited(_)
            | AccountEvent::Debited(_)
            | AccountEvent::ClawedBack(_)
            | AccountEvent::Restored(_)
            | AccountEvent::LotKept { .. }
            | AccountEvent::ExpiryReverted(_)
            | AccountEvent::DebtPaid { .. }
            | AccountEvent::DebtDated { .. }
            | AccountEvent::DebtWrittenOff { .. }
            | AccountEvent::Tier(_)
            | AccountEvent::BirthdayAwaited(_)
            | AccountEvent::ExpiryNoticed { .. }
            | AccountEvent::DayCounted(_)
            | AccountEvent::LimitsGivenBack(_)
            | AccountEvent::OverstockNoticed { .. }
            | AccountEvent::GiftForfeited(_)
            | AccountEvent::PhoneMarked { .. } => known,
            AccountEvent::MergedOut(_) | AccountEvent::MergedIn(_) => Self::Merge,
            AccountEvent::Forgotten { .. } => Self::Forgetting,
            AccountEvent::PhoneAssigned { .. }
            | AccountEvent::CardAssigned { .. }
            | AccountEvent::ProfileChanged(_)
            | AccountEvent::Person(_)
            | AccountEvent::TokenIssued { .. }
            | AccountEvent::TokenRevoked { .. }
            | AccountEvent::Blocked { .. }
            | AccountEvent::FlagSet { .. }
            | AccountEvent::Import(_)
            | AccountEvent::Unblocked { .. }
            | AccountEvent::TelegramLinked(_)
            | AccountEvent::DeviceRegistered(_)
            | AccountEvent::DeviceForgotten { .. }
            | AccountEvent::Reserved(_)
            | AccountEvent::ReserveReleased(_)
            | AccountEvent::Referral(_)
            | AccountEvent::RewardTakenBack(_)
            | AccountEvent::PhoneRetired { .. } => known.or_change(),
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
            | Self::Return
            | Self::Merge
            | Self::Forgetting
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
            Self::Return => "return",
            Self::Merge => "merge",
            Self::Forgetting => "forgetting",
        }
    }
}
