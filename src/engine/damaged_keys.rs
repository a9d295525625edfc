//! Customers whose key is damaged: what they tell could not be sealed, and nothing is kept of it that was answered
//! for. All else of them goes on.

use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::ledger::{AccountEvent, Actor, PersonEvent, Step};
use crate::values::{Phone, TenantId};

impl Core {
    /// Why what was decided of an account, and of others with it, cannot be kept; `None`: it can.
    pub(super) fn cannot_keep_step(
        &self,
        tenant: TenantId,
        step: &Step,
        actor: &Actor,
    ) -> Option<EngineError> {
        let mut next = Some(step);
        while let Some(step) = next {
            let key = AccountKey { tenant, customer: step.account.id };
            if let Some(error) = self.cannot_keep(key, &step.events, actor) {
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
        actor: &Actor,
    ) -> Option<EngineError> {
        if !events.iter().any(|event| tells_of_person(event, actor)) {
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

    /// Refuses a phone that leads nowhere because the key of whoever had it is damaged, as in tables that were made
    /// anew: it would have two customers once the key is brought back. Its last mark tells who got it last; whoever
    /// they were merged into has it now.
    pub(super) async fn refuse_unreadable_phone(
        &self,
        tenant: TenantId,
        phone: Phone,
    ) -> Result<(), EngineError> {
        let Some(owner) = self.last_owner(tenant, phone).await? else { return Ok(()) };
        let customer = self.follow(tenant, owner).await?;
        if self.vault.can_keep(tenant, customer)? {
            return Ok(());
        }
        Err(EngineError::Unavailable(format!(
            "the phone may be that of customer {customer}, whose key is damaged: bring the key back, or forget that \
             customer"
        )))
    }
}

/// Whether somebody told something about a person. What the house itself notes of them it can do without: a device
/// that is gone, or another customer's now, is met again if it is told of again.
fn tells_of_person(event: &AccountEvent, actor: &Actor) -> bool {
    if matches!(event, AccountEvent::DeviceForgotten { .. }) {
        return *actor != Actor::House;
    }
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
