//! Devices: each belongs to one customer of a tenant, the one whose app registered it last.

use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::order::{Done, Identifier};
use crate::engine::perform::{Command, Errand, TRIES_MAX};
use crate::journal::device_key;
use crate::ledger::{Action, Actor, Device, DeviceToken, Refusal};
use crate::values::CustomerId;
use std::sync::Arc;

impl Core {
    /// A device that another customer had leaves that one first, durably: at no time do two have it, and
    /// in between nobody does.
    pub(super) async fn register_device(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        device: Device,
    ) -> Result<Done, EngineError> {
        let tenant = errand.tenant_id();
        let known = self.resolve(tenant, &who, errand.country()).await?;
        let customer = known.ok_or(Refusal::CustomerNotFound)?;
        let key = device_key(tenant, &device.token);
        let turn = self.turns.turn(key).await;
        for _ in 0..TRIES_MAX {
            match self.customer_of(key, false).await? {
                Some(holder) if holder != customer => {
                    self.forget_device(&errand, holder, device.token.clone()).await?;
                }
                Some(_) | None => {
                    let mut command = Command::from(Action::RegisterDevice(device));
                    command.taken.turns.push(turn);
                    return self.act(errand, customer, command).await;
                }
            }
        }
        Err(EngineError::Overloaded)
    }

    async fn forget_device(
        self: &Arc<Self>,
        errand: &Errand,
        holder: CustomerId,
        token: DeviceToken,
    ) -> Result<(), EngineError> {
        let errand = Errand {
            tenant: errand.tenant.clone(),
            at: errand.at,
            actor: Actor::House,
            mark: None,
            place: self.places.take()?,
        };
        self.act(errand, holder, Action::ForgetDevice(token).into()).await.map(drop)
    }
}
