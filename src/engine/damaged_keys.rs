//! Customers whose key is damaged: what they tell could not be sealed, and nothing is kept of it that was answered
//! for. All else of them goes on.

use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::ledger::{AccountEvent, PersonEvent, Step};
use crate::values::TenantId;

impl Core {
    /// Why what was decided of an account, and of others with it, cannot be kept; `None`: it can.
    pub(super) fn cannot_keep_step(&self, tenant: TenantId, step: &Step) -> Option<EngineError> {
        let mut next = Some(step);
        while let Some(step) = next {
            let key = AccountKey { tenant, customer: step.account.id };
            if let Some(error) = self.cannot_keep(key, &step.events) {
                return Some(error);
            }
            next = step.other.as_deref();
        }
        None
    }

    /// Why these events of a customer cannot be kept; `None`: they can.
    pub(super) fn cannot_keep(
        &self,
        AccountKey { tenant, customer }: AccountKey,
        events: &[AccountEvent],
    ) -> Option<EngineError> {
        if !events.iter().any(tells_of_person) {
            return None;
        }
        match self.vault.can_keep(tenant, customer) {
            Ok(true) => None,
            Ok(false) => Some(EngineError::Unavailable(format!(
                "the key that seals what is personal of customer {customer} is damaged; `kopilka verify` names it"
            ))),
            Err(error) => Some(error.into()),
        }
    }
}

/// Whether somebody told something about a person. What the house itself notes of them it can do without.
fn tells_of_person(event: &AccountEvent) -> bool {
    matches!(
        event,
        AccountEvent::PhoneAssigned { .. }
            | AccountEvent::PhoneRetired { .. }
            | AccountEvent::CardAssigned { .. }
            | AccountEvent::ProfileChanged(_)
            | AccountEvent::TelegramLinked(_)
            | AccountEvent::DeviceRegistered(_)
            | AccountEvent::Person(PersonEvent::Changed(_))
    )
}
