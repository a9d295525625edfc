//! Customers whose key is damaged: what they tell could not be sealed, and nothing is kept of it that was answered
//! for. All else of them goes on.

use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::ledger::{AccountEvent, PersonEvent};

impl Core {
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
            | AccountEvent::CardAssigned { .. }
            | AccountEvent::ProfileChanged(_)
            | AccountEvent::TelegramLinked(_)
            | AccountEvent::DeviceRegistered(_)
            | AccountEvent::Person(PersonEvent::Changed(_))
    )
}
