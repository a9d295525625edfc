//! What a house does for apps, and for those who carry messages to them.

use crate::engine::core::AccountKey;
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::journal::Numbered;
use crate::ledger::{Actor, Device, LoginCode, LoginEvent};
use crate::values::{CustomerId, EventNumber, Phone, TenantId, Timestamp};

impl House {
    /// Sends a login code to a phone, whether a customer has it or not. When this returns, the sending is
    /// durable; the text message is for who reads the journal.
    ///
    /// # Errors
    /// `CodeThrottled`; as [`Self::perform`].
    pub async fn send_code(
        &self,
        tenant: TenantId,
        at: Timestamp,
        phone: Phone,
    ) -> Result<(), EngineError> {
        self.core()?.send_code(tenant, at, phone, Actor::Customer).await
    }

    /// The same, asked for by somebody else than the customer.
    ///
    /// # Errors
    /// As [`Self::send_code`].
    pub async fn send_code_for(
        &self,
        (tenant, at): (TenantId, Timestamp),
        phone: Phone,
        actor: Actor,
    ) -> Result<(), EngineError> {
        self.core()?.send_code(tenant, at, phone, actor).await
    }

    /// The phone and the code that an event of logins is about; `None`: it sent none.
    ///
    /// # Errors
    /// `Unavailable`: nothing can be said.
    pub fn login_code(
        &self,
        tenant: TenantId,
        event: &LoginEvent,
    ) -> Result<Option<(Phone, LoginCode)>, EngineError> {
        match event {
            LoginEvent::CodeSent { phone: Some(phone), nonce, .. } => {
                Ok(Some((*phone, self.core()?.house_key.login_code(tenant, *phone, nonce))))
            }
            LoginEvent::CodeSent { phone: None, .. }
            | LoginEvent::CodeRefused { .. }
            | LoginEvent::CodeUsed { .. } => Ok(None),
        }
    }

    /// The last code that was sent to a phone, unless it was used.
    ///
    /// # Errors
    /// `Unavailable`: nothing can be said.
    pub fn current_login_code(
        &self,
        tenant: TenantId,
        phone: Phone,
    ) -> Result<Option<LoginCode>, EngineError> {
        let core = self.core()?;
        let sent = core.logins.of(core.house_key.logins_key(tenant, phone)).code;
        Ok(sent.map(|sent| core.house_key.login_code(tenant, phone, &sent.nonce)))
    }

    /// The devices of a customer, oldest first, resting on durable events only; none of who was forgotten.
    ///
    /// # Errors
    /// `CustomerNotFound`; as [`Self::perform`].
    pub async fn devices(
        &self,
        tenant: TenantId,
        customer: CustomerId,
    ) -> Result<Vec<Device>, EngineError> {
        let core = self.core()?;
        let at = core.stamp()?;
        core.devices(AccountKey { tenant, customer }, at).await
    }

    /// Up to `limit` durable operations that begin after event `after`, in order.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn operations_after(
        &self,
        after: EventNumber,
        limit: usize,
    ) -> Result<Vec<Numbered>, EngineError> {
        let core = self.core()?;
        let through = core.journal.durable();
        let read = core.readers.read(move |sources| {
            sources.journal.operations(after.plus(1), through).take(limit).collect()
        });
        let operations: Result<Vec<Numbered>, EngineError> = read.await;
        operations
    }
}
