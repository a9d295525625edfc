//! The ids that a tenant has used, counted from its events: the next one is free.

use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{AccountEvent, ExpiryRevert};
use crate::values::TransactionId;

/// The highest id of each kind that a tenant's events have used; the next one is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    pub customer: u64,
    pub sale: u64,
    pub transaction: u64,
    pub lot: u64,
    pub token: u64,
    pub voucher: u64,
}

impl Counters {
    /// Takes the ids of an operation in.
    pub fn take(&mut self, operation: &Operation) {
        for entity in &operation.entities {
            match entity {
                EntityEvents::Account(customer, events) => {
                    self.customer = self.customer.max(customer.number());
                    events.iter().for_each(|event| self.take_event(event));
                }
                EntityEvents::Voucher(_, id, _) => self.voucher = self.voucher.max(id.number()),
                EntityEvents::Tenant(_) | EntityEvents::Login(..) => {}
            }
        }
    }

    /// The higher of both, id by id.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            customer: self.customer.max(other.customer),
            sale: self.sale.max(other.sale),
            transaction: self.transaction.max(other.transaction),
            lot: self.lot.max(other.lot),
            token: self.token.max(other.token),
            voucher: self.voucher.max(other.voucher),
        }
    }

    fn take_event(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Credited(credit) => {
                self.transaction = self.transaction.max(credit.transaction.number());
                self.lot = self.lot.max(credit.lot.number());
            }
            AccountEvent::LotExpired { transaction, .. }
            | AccountEvent::AdjustmentRecorded { transaction, .. }
            | AccountEvent::ExpiryReverted(ExpiryRevert { transaction, .. })
            | AccountEvent::DebtWrittenOff { transaction, .. } => {
                self.transaction = self.transaction.max(transaction.number());
            }
            AccountEvent::Debited(debit) => self.take_transaction(debit.transaction),
            AccountEvent::RewardTakenBack(taken) => self.take_transaction(taken.transaction),
            AccountEvent::Import(event) => {
                if let Some(taken) = event.taken() {
                    self.take_transaction(taken.transaction);
                }
            }
            AccountEvent::MergedOut(out) => self.take_transaction(out.transaction),
            AccountEvent::MergedIn(merged) => self.take_transaction(merged.transaction),
            AccountEvent::GiftForfeited(forfeit) => self.take_transaction(forfeit.transaction),
            AccountEvent::SaleRecorded(sale) => self.sale = self.sale.max(sale.id.number()),
            AccountEvent::RedemptionRecorded(redemption) => {
                self.sale = self.sale.max(redemption.id.number());
            }
            AccountEvent::ClawedBack(clawback) => {
                self.transaction = self.transaction.max(clawback.transaction.number());
            }
            AccountEvent::Restored(restoration) => {
                self.transaction = self.transaction.max(restoration.transaction.number());
                let lots = restoration.parts.iter().map(|part| part.lot.number());
                self.lot = lots.fold(self.lot, u64::max);
            }
            AccountEvent::ReturnRecorded(returned) => {
                self.sale = self.sale.max(returned.id.number());
            }
            AccountEvent::TokenIssued { token, .. } => self.token = self.token.max(token.number()),
            AccountEvent::AccountOpened { .. }
            | AccountEvent::PhoneAssigned { .. }
            | AccountEvent::CardAssigned { .. }
            | AccountEvent::ProfileChanged(_)
            | AccountEvent::Person(_)
            | AccountEvent::TokenRevoked { .. }
            | AccountEvent::Blocked { .. }
            | AccountEvent::Unblocked { .. }
            | AccountEvent::LotActivated { .. }
            | AccountEvent::DayCounted(_)
            | AccountEvent::Reserved(_)
            | AccountEvent::ReserveReleased(_)
            | AccountEvent::LotKept { .. }
            | AccountEvent::DebtPaid { .. }
            | AccountEvent::DebtDated { .. }
            | AccountEvent::TelegramLinked(_)
            | AccountEvent::DeviceRegistered(_)
            | AccountEvent::DeviceForgotten { .. }
            | AccountEvent::Referral(_)
            | AccountEvent::Tier(_)
            | AccountEvent::BirthdayAwaited(_)
            | AccountEvent::ExpiryNoticed { .. }
            | AccountEvent::PhoneRetired { .. }
            | AccountEvent::PhoneMarked { .. }
            | AccountEvent::LimitsGivenBack(_)
            | AccountEvent::OverstockNoticed { .. }
            | AccountEvent::FlagSet { .. }
            | AccountEvent::Forgotten { .. } => {}
        }
    }

    fn take_transaction(&mut self, transaction: TransactionId) {
        self.transaction = self.transaction.max(transaction.number());
    }
}
