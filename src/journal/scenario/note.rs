//! What the tables must say of an operation, written out by hand rather than derived.

use super::{Scenario, Who};
use crate::journal::keys;
use crate::journal::operation::{LoneMark, Numbered, OperationRef};
use crate::journal::usage::UsageChange;
use crate::ledger::{Account, AccountEvent, ReferralEvent};

impl Scenario {
    /// Notes where the key of an operation without a customer leads.
    pub(super) fn note_lone_mark(&mut self, numbered: &Numbered) {
        let Some(mark) = numbered.operation.mark else { return };
        let (key, event, meaning) = (mark.key, numbered.first_event, mark.meaning);
        self.operations.insert(key, OperationRef::MarkedAlone { event, meaning });
        self.lone_marks.push(LoneMark { key, event, meaning });
    }

    /// Notes where ids and identifiers lead after the events of an account.
    #[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
    pub(super) fn note(
        &mut self,
        who: Who,
        before: Option<&Account>,
        numbered: &Numbered,
        events: &[AccountEvent],
    ) {
        let ((tenant, customer), event) = (who, numbered.first_event);
        if let Some(mark) = numbered.operation.mark {
            let reference = OperationRef::Marked { customer, event, meaning: mark.meaning };
            self.operations.insert(mark.key, reference);
        }
        for happened in events {
            match happened {
                AccountEvent::PhoneAssigned { phone } => {
                    self.identifiers.insert(keys::phone_key(tenant, *phone), customer);
                }
                AccountEvent::CardAssigned { card } => {
                    if let Some(old) = before.and_then(|account| account.card.as_ref()) {
                        self.identifiers.remove(&keys::card_key(tenant, old));
                    }
                    if let Some(new) = card {
                        self.identifiers.insert(keys::card_key(tenant, new), customer);
                    }
                }
                AccountEvent::TokenIssued { token, .. } => {
                    self.identifiers.insert(keys::token_key(tenant, *token), customer);
                }
                AccountEvent::TokenRevoked { token, .. } => {
                    self.identifiers.remove(&keys::token_key(tenant, *token));
                }
                AccountEvent::TelegramLinked(user) => {
                    self.identifiers.insert(keys::telegram_key(tenant, user.id), customer);
                }
                AccountEvent::DeviceRegistered(device) => {
                    self.identifiers.insert(keys::device_key(tenant, &device.token), customer);
                }
                AccountEvent::DeviceForgotten { token } => {
                    self.identifiers.remove(&keys::device_key(tenant, token));
                }
                AccountEvent::Referral(ReferralEvent::CodeAssigned { code }) => {
                    self.identifiers.insert(keys::referral_key(tenant, *code), customer);
                }
                AccountEvent::ReserveReleased(release) if release.closed() => {
                    self.identifiers.remove(&keys::reserve_key(tenant, &release.reserve));
                }
                AccountEvent::Reserved(recorded) => {
                    self.identifiers.insert(keys::reserve_key(tenant, &recorded.reserve), customer);
                }
                AccountEvent::SaleRecorded(sale) if !sale.promoted.is_empty() => {
                    let usage = self.usage.entry(tenant).or_default();
                    usage.count(&UsageChange::of(events), event);
                }
                AccountEvent::LimitsGivenBack(back) if !back.promotions.is_empty() => {
                    let usage = self.usage.entry(tenant).or_default();
                    usage.count(&UsageChange::of(events), event);
                }
                AccountEvent::PhoneRetired { phone, .. } => {
                    self.identifiers.remove(&keys::phone_key(tenant, *phone));
                    self.identifiers.insert(keys::former_phone_key(tenant, *phone), customer);
                }
                AccountEvent::PhoneMarked { mark } => {
                    self.operations.insert(*mark, OperationRef::PhoneMark { customer, event });
                }
                AccountEvent::MergedIn(merged) => self.note_merge(who, merged),
                AccountEvent::Import(event) => self.note_import(who, event),
                AccountEvent::Forgotten { at, .. } => self.note_forgotten(who, before, *at),
                AccountEvent::AccountOpened { .. }
                | AccountEvent::MergedOut(_)
                | AccountEvent::GiftForfeited(_)
                | AccountEvent::ProfileChanged(_)
                | AccountEvent::Person(_)
                | AccountEvent::Blocked { .. }
                | AccountEvent::FlagSet { .. }
                | AccountEvent::Unblocked { .. }
                | AccountEvent::Credited(_)
                | AccountEvent::LotActivated { .. }
                | AccountEvent::LotExpired { .. }
                | AccountEvent::Debited(_)
                | AccountEvent::SaleRecorded(_)
                | AccountEvent::RedemptionRecorded(_)
                | AccountEvent::AdjustmentRecorded { .. }
                | AccountEvent::DayCounted(_)
                | AccountEvent::ClawedBack(_)
                | AccountEvent::Restored(_)
                | AccountEvent::ReturnRecorded(_)
                | AccountEvent::ReserveReleased(_)
                | AccountEvent::LotKept { .. }
                | AccountEvent::ExpiryReverted(_)
                | AccountEvent::DebtPaid { .. }
                | AccountEvent::DebtDated { .. }
                | AccountEvent::DebtWrittenOff { .. }
                | AccountEvent::Referral(_)
                | AccountEvent::Tier(_)
                | AccountEvent::BirthdayAwaited(_)
                | AccountEvent::ExpiryNoticed { .. }
                | AccountEvent::RewardTakenBack(_)
                | AccountEvent::LimitsGivenBack(_)
                | AccountEvent::OverstockNoticed { .. } => {}
            }
        }
    }
}
