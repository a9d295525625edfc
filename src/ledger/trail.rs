//! The trail of a sale: what happened to it since, as far as a return must know. It is read from the
//! events of each operation, so that a return finds it without going through the customer's history.

use crate::ledger::account::Account;
use crate::ledger::event::{AccountEvent, Debit};
use crate::ledger::facts::RedemptionFact;
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

/// The steps that the events of one operation, which begins at `first`, add to trails, for an account that was
/// `before` it.
#[must_use]
pub fn trail_of(
    before: Option<&Account>,
    customer: CustomerId,
    events: &[AccountEvent],
    first: EventNumber,
) -> Vec<Trailed> {
    let walk = Walk { before, customer, events, first };
    let mut steps = Vec::new();
    for event in events {
        walk.add_steps(event, &mut steps);
    }
    steps
}

/// The events of one operation, and the account before them.
struct Walk<'a> {
    before: Option<&'a Account>,
    customer: CustomerId,
    events: &'a [AccountEvent],
    first: EventNumber,
}

impl Walk<'_> {
    fn add_steps(&self, event: &AccountEvent, steps: &mut Vec<Trailed>) {
        match event {
            AccountEvent::SaleRecorded(sale) => {
                // Most operations record one sale, whose trail an account keeps as it is for a while: so there
                // is no room to spare for a second step.
                steps.reserve_exact(1);
                steps.push(self.recorded(sale.id, SaleKind::Purchase));
                let completed = |fact: RedemptionFact| {
                    self.trailed(fact.sale, TrailStep::Completed { by: sale.id })
                };
                steps.extend(sale.completes.map(completed));
            }
            AccountEvent::RedemptionRecorded(redemption) => {
                steps.push(self.recorded(redemption.id, SaleKind::Redemption));
            }
            AccountEvent::ReturnRecorded(returned) => {
                steps.push(self.recorded(returned.id, SaleKind::Return));
                steps.push(self.trailed(returned.of, TrailStep::Returned));
            }
            AccountEvent::LotExpired { lot, amount, .. } => {
                steps.extend(self.of_origin(*lot, TrailStep::Expired { amount: *amount }));
            }
            AccountEvent::ExpiryReverted(revert) => {
                let amount = revert.amount;
                steps.extend(self.of_origin(revert.lot, TrailStep::ExpiryReverted { amount }));
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
            | AccountEvent::Forgotten { .. } => {}
        }
    }

    /// A step of the sale that a lot came from, if it came from one.
    fn of_origin(&self, lot: LotId, step: TrailStep) -> Option<Trailed> {
        match self.lot(lot).map(|lot| lot.origin) {
            Some(LotOrigin::Sale(sale)) => Some(self.trailed(sale, step)),
            Some(
                LotOrigin::Registration
                | LotOrigin::Adjustment(_)
                | LotOrigin::Birthday
                | LotOrigin::Referral(_)
                | LotOrigin::Import(_),
            )
            | None => None,
        }
    }

    fn trailed(&self, sale: SaleId, step: TrailStep) -> Trailed {
        Trailed { sale, event: self.first, step }
    }

    fn recorded(&self, sale: SaleId, kind: SaleKind) -> Trailed {
        let debits = self.events.iter().filter_map(|event| debit_of(event, sale));
        let draws = debits.flat_map(|debit| &debit.draws);
        let slices = draws.filter_map(|draw| {
            // A lot that was drawn was spendable, whatever it had been before the operation.
            self.lot(draw.lot).map(|lot| Slice { held: false, ..lot.slice(draw.amount) })
        });
        let (customer, slices) = (self.customer, slices.collect());
        self.trailed(sale, TrailStep::Recorded { customer, kind, slices })
    }

    /// A lot as it was made, before the operation or in it; also one that expired lately.
    fn lot(&self, id: LotId) -> Option<Lot> {
        let known = self.before.and_then(|account| {
            let expired = account.expired.iter().map(|slice| &slice.lot);
            account.lots.of_id(id).chain(expired.filter(|lot| lot.id == id)).next()
        });
        let made = || self.events.iter().find_map(|event| lot_made_by(event, id));
        known.copied().or_else(made)
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
