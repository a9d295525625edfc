//! What the caller is told of a committed operation, read from its events alone: a first answer and
//! a repeated one are the same by construction.

use crate::ledger::event::AccountEvent;
use crate::ledger::merge::MergedIn;
use crate::ledger::reserve::{RecordedReserve, ReleaseReason, ReserveId};
use crate::ledger::returned::RecordedReturn;
use crate::ledger::sale::{RecordedRedemption, RecordedSale};
use crate::values::{Balance, Bonus, CustomerId, TransactionId};
use std::sync::Arc;

/// The outcome of an operation that moved value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    Sale(Arc<RecordedSale>),
    Redemption(Box<RecordedRedemption>),
    Adjustment(AdjustmentReceipt),
    Return(Box<RecordedReturn>),
    Reserve(Box<RecordedReserve>),
    Commit(Box<CommitReceipt>),
    Release(ReleaseReceipt),
    Merge(MergeReceipt),
}

/// An order that was paid from a reserve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitReceipt {
    pub redemption: RecordedRedemption,
    /// What was left in the reserve.
    pub released: Bonus,
}

/// A reserve that gave something back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseReceipt {
    pub reserve: ReserveId,
    pub released: Bonus,
}

/// A correction that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustmentReceipt {
    pub transaction: TransactionId,
    pub amount: Balance,
    pub balance_after: Balance,
}

/// An account that took another one in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeReceipt {
    pub from: CustomerId,
    pub moved: Balance,
    /// What was left of gifts for which a larger one stays.
    pub forfeited: Bonus,
}

impl MergeReceipt {
    fn of(merged: &MergedIn, events: &[AccountEvent]) -> Self {
        let forfeited = events.iter().filter_map(|event| {
            if let AccountEvent::GiftForfeited(forfeit) = event {
                Some(forfeit.amount)
            } else {
                None
            }
        });
        let forfeited = Bonus::checked_sum(forfeited).unwrap_or_default();
        Self { from: merged.from, moved: merged.amount, forfeited }
    }
}

/// The receipt of an operation; `None` if it moved no value by request.
#[must_use]
pub fn receipt_of(events: &[AccountEvent]) -> Option<Receipt> {
    // The reserves of who is forgotten are cancelled on the way: nobody asked for that.
    if matches!(events.last(), Some(AccountEvent::Forgotten { .. })) {
        return None;
    }
    events.iter().rev().find_map(|event| match event {
        AccountEvent::SaleRecorded(sale) => Some(Receipt::Sale(Arc::clone(sale))),
        AccountEvent::RedemptionRecorded(redemption) => Some(redemption_of(redemption, events)),
        AccountEvent::Reserved(recorded) => Some(Receipt::Reserve(recorded.clone())),
        AccountEvent::ReserveReleased(release) if release.why == ReleaseReason::Released => {
            Some(Receipt::Release(ReleaseReceipt {
                reserve: release.reserve.clone(),
                released: release.amount,
            }))
        }
        AccountEvent::AdjustmentRecorded { transaction, amount, balance_after, .. } => {
            Some(Receipt::Adjustment(AdjustmentReceipt {
                transaction: *transaction,
                amount: *amount,
                balance_after: *balance_after,
            }))
        }
        AccountEvent::ReturnRecorded(returned) => Some(Receipt::Return(returned.clone())),
        AccountEvent::MergedIn(merged) => Some(Receipt::Merge(MergeReceipt::of(merged, events))),
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
        | AccountEvent::Credited(_)
        | AccountEvent::LotActivated { .. }
        | AccountEvent::LotExpired { .. }
        | AccountEvent::Debited(_)
        | AccountEvent::DayCounted(_)
        | AccountEvent::ClawedBack(_)
        | AccountEvent::Restored(_)
        | AccountEvent::ReserveReleased(_)
        | AccountEvent::LotKept { .. }
        | AccountEvent::ExpiryReverted(_)
        | AccountEvent::DebtPaid { .. }
        | AccountEvent::DebtDated { .. }
        | AccountEvent::DebtWrittenOff { .. }
        | AccountEvent::TelegramLinked(_)
        | AccountEvent::DeviceRegistered(_)
        | AccountEvent::DeviceForgotten { .. }
        | AccountEvent::Referral(_)
        | AccountEvent::Tier(_)
        | AccountEvent::BirthdayAwaited(_)
        | AccountEvent::ExpiryNoticed { .. }
        | AccountEvent::RewardTakenBack(_)
        | AccountEvent::LimitsGivenBack(_)
        | AccountEvent::OverstockNoticed { .. }
        | AccountEvent::PhoneRetired { .. }
        | AccountEvent::PhoneMarked { .. }
        | AccountEvent::MergedOut(_)
        | AccountEvent::GiftForfeited(_)
        | AccountEvent::Import(_)
        | AccountEvent::Forgotten { .. } => None,
    })
}

/// A redemption, from a reserve where the same operation took it from one.
fn redemption_of(redemption: &RecordedRedemption, events: &[AccountEvent]) -> Receipt {
    let released = |reason: ReleaseReason| {
        events.iter().find_map(|event| {
            let AccountEvent::ReserveReleased(release) = event else { return None };
            (release.why == reason).then_some(release.amount)
        })
    };
    match released(ReleaseReason::Committed) {
        Some(_) => Receipt::Commit(Box::new(CommitReceipt {
            redemption: redemption.clone(),
            released: released(ReleaseReason::Rest).unwrap_or_default(),
        })),
        None => Receipt::Redemption(Box::new(redemption.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::command::Action;
    use crate::ledger::testing::{DAY, Scene, adjust, hold, plain, redeem, sale};

    #[test]
    fn a_receipt_is_read_from_the_events_alone() {
        let mut scene = Scene::new(plain);
        let told =
            |scene: &mut Scene, action: Action| match receipt_of(&scene.perform(action).unwrap()) {
                Some(Receipt::Sale(sale)) => format!("sale {} {}", sale.id, sale.balance_after),
                Some(Receipt::Redemption(redemption)) => {
                    let RecordedRedemption { id, transaction, balance_after, .. } = *redemption;
                    format!("redemption {id} {transaction} {balance_after}")
                }
                Some(Receipt::Adjustment(AdjustmentReceipt {
                    transaction,
                    amount,
                    balance_after,
                })) => {
                    format!("adjustment {transaction} {amount} {balance_after}")
                }
                Some(Receipt::Return(returned)) => format!("return {}", returned.id),
                Some(Receipt::Reserve(recorded)) => format!("reserve {}", recorded.amount),
                Some(Receipt::Commit(commit)) => {
                    format!("commit {} {}", commit.redemption.amount, commit.released)
                }
                Some(Receipt::Release(release)) => format!("release {}", release.released),
                Some(Receipt::Merge(merge)) => format!("merge {} {}", merge.from, merge.moved),
                None => "nothing".into(),
            };
        assert_eq!(told(&mut scene, adjust("100.00")), "adjustment 1 100.00 100.00");
        assert_eq!(told(&mut scene, adjust("-10.00")), "adjustment 2 -10.00 90.00");
        assert_eq!(told(&mut scene, hold("5.00", DAY)), "adjustment 3 5.00 95.00");
        // Whatever was due comes first in the events; the receipt is still that of the request.
        scene.wait(DAY);
        assert_eq!(told(&mut scene, sale("100.00").redeeming("20.00").act()), "sale 1 80.00");
        assert_eq!(told(&mut scene, redeem("30.00", "100.00")), "redemption 2 6 50.00");
        assert_eq!(told(&mut scene, Action::Block), "nothing");
        assert_eq!(told(&mut scene, Action::Settle), "nothing");
        let all = receipt_of(&scene.events[..1]);
        assert_eq!(all, None);
    }
}
