//! The trail of a sale: what happened to it since, as far as a return must know. It is read from the
//! events of each operation, so that a return finds it without going through the customer's history.

use crate::ledger::account::Account;
use crate::ledger::event::{AccountEvent, Debit};
use crate::ledger::lot::{Lot, LotOrigin, Slice};
use crate::ledger::sale::SaleKind;
use crate::values::{Bonus, CustomerId, EventNumber, LotId, SaleId};

/// A step of a sale's trail, with the operation that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailed {
    pub sale: SaleId,
    /// The first event of the operation.
    pub event: EventNumber,
    pub step: TrailStep,
}

/// What happened to a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailStep {
    /// It was recorded, and drew these slices.
    Recorded { customer: CustomerId, kind: SaleKind, slices: Vec<Slice> },
    /// A redemption was completed by a sale.
    Completed { by: SaleId },
    /// Of the bonuses it earned some expired unspent.
    Expired { amount: Bonus },
    /// All or some of it was returned.
    Returned,
    /// Of the bonuses it earned some had expired, and were drawn by a late debit after all.
    ExpiryReverted { amount: Bonus },
}

/// The steps that the events of one operation add to trails, for an account that was `before` it.
#[must_use]
pub fn trail_of(
    before: Option<&Account>,
    customer: CustomerId,
    events: &[AccountEvent],
) -> Vec<(SaleId, TrailStep)> {
    let walk = Walk { before, customer, events };
    events.iter().flat_map(|event| walk.steps(event)).collect()
}

/// The events of one operation, and the account before them.
struct Walk<'a> {
    before: Option<&'a Account>,
    customer: CustomerId,
    events: &'a [AccountEvent],
}

impl Walk<'_> {
    fn steps(&self, event: &AccountEvent) -> Vec<(SaleId, TrailStep)> {
        match event {
            AccountEvent::SaleRecorded(sale) => {
                let completed =
                    |redemption: SaleId| (redemption, TrailStep::Completed { by: sale.id });
                let recorded = (sale.id, self.recorded(sale.id, SaleKind::Purchase));
                let completes = sale.completes.map(|fact| completed(fact.sale));
                [recorded].into_iter().chain(completes).collect()
            }
            AccountEvent::RedemptionRecorded(redemption) => {
                vec![(redemption.id, self.recorded(redemption.id, SaleKind::Redemption))]
            }
            AccountEvent::ReturnRecorded(returned) => vec![
                (returned.id, self.recorded(returned.id, SaleKind::Return)),
                (returned.of, TrailStep::Returned),
            ],
            AccountEvent::LotExpired { lot, amount, .. } => {
                let amount = *amount;
                self.of_origin(*lot, TrailStep::Expired { amount })
            }
            AccountEvent::ExpiryReverted(revert) => {
                let amount = revert.amount;
                self.of_origin(revert.lot, TrailStep::ExpiryReverted { amount })
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
            | AccountEvent::Credited(_)
            | AccountEvent::LotActivated { .. }
            | AccountEvent::Debited(_)
            | AccountEvent::AdjustmentRecorded { .. }
            | AccountEvent::DayCounted(_)
            | AccountEvent::ClawedBack(_)
            | AccountEvent::Restored(_)
            | AccountEvent::Reserved(_)
            | AccountEvent::ReserveReleased(_)
            | AccountEvent::LotKept { .. }
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
            | AccountEvent::MergedIn(_)
            | AccountEvent::GiftForfeited(_)
            | AccountEvent::Import(_)
            | AccountEvent::Forgotten { .. } => Vec::new(),
        }
    }

    /// A step of the sale that a lot came from, if it came from one.
    fn of_origin(&self, lot: LotId, step: TrailStep) -> Vec<(SaleId, TrailStep)> {
        match self.lot(lot).map(|lot| lot.origin) {
            Some(LotOrigin::Sale(sale)) => vec![(sale, step)],
            Some(
                LotOrigin::Registration
                | LotOrigin::Adjustment(_)
                | LotOrigin::Birthday
                | LotOrigin::Referral(_)
                | LotOrigin::Import(_),
            )
            | None => Vec::new(),
        }
    }

    fn recorded(&self, sale: SaleId, kind: SaleKind) -> TrailStep {
        let debits = self.events.iter().filter_map(|event| debit_of(event, sale));
        let draws = debits.flat_map(|debit| &debit.draws);
        let slices = draws.filter_map(|draw| {
            // A lot that was drawn was spendable, whatever it had been before the operation.
            self.lot(draw.lot).map(|lot| Slice { held: false, ..lot.slice(draw.amount) })
        });
        TrailStep::Recorded { customer: self.customer, kind, slices: slices.collect() }
    }

    /// A lot as it was made, before the operation or in it; also one that expired lately.
    fn lot(&self, id: LotId) -> Option<Lot> {
        let known = self.before.and_then(|account| {
            let expired = account.expired.iter().map(|slice| &slice.lot);
            account.lots.of_id(id).chain(expired.filter(|lot| lot.id == id)).next()
        });
        let made = || self.events.iter().find_map(|event| lot_made_by(event, id));
        known.cloned().or_else(made)
    }
}

fn debit_of(event: &AccountEvent, sale: SaleId) -> Option<&Debit> {
    if let AccountEvent::Debited(debit) = event {
        return Some(debit).filter(|debit| debit.sale == Some(sale));
    }
    None
}

fn lot_made_by(event: &AccountEvent, id: LotId) -> Option<Lot> {
    if let AccountEvent::Credited(credit) = event {
        return (credit.lot == id).then_some(Lot {
            id,
            origin: credit.origin,
            pool: credit.pool,
            amount: credit.amount,
            remaining: credit.amount,
            active: !credit.held,
            activates_at: credit.activates_at,
            expires_at: credit.expires_at,
            graced: false,
            kept: None,
        });
    }
    if let AccountEvent::Restored(restoration) = event {
        return restoration.parts.iter().find(|part| part.lot == id).map(Lot::of_slice);
    }
    None
}
