//! The customer's code for a large redemption: checked before the account is asked, used up in the
//! operation of the redemption (rule 34b). It is a login code, with its throttles and its attempts.

use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::order::Identifier;
use crate::engine::perform::{Command, Errand};
use crate::ledger::{Actor, LoginCode, LookUp, Refusal, code_to_prove, proved};
use crate::values::{TenantId, Timestamp};
use std::sync::Arc;

impl Core {
    /// Proves the code that comes with a command, if the command needs one: what it does not need is
    /// neither looked at nor used up. Whoever may not redeem at all is told so first.
    pub(super) async fn confirm(
        self: &Arc<Self>,
        errand: &Errand,
        who: &Identifier,
        command: &mut Command,
    ) -> Result<(), EngineError> {
        let rules = &errand.tenant.tenant.settings.at(errand.at).rules;
        match code_to_prove(&command.action, command.completes.as_ref(), rules) {
            None => Ok(()),
            Some(code) => Box::pin(self.confirm_by(errand, who, command, code)).await,
        }
    }

    async fn confirm_by(
        self: &Arc<Self>,
        errand: &Errand,
        who: &Identifier,
        command: &mut Command,
        code: LoginCode,
    ) -> Result<(), EngineError> {
        let tenant = errand.tenant_id();
        let customer = self.resolve(tenant, who, errand.country()).await?;
        let customer = customer.ok_or_else(|| who.not_found())?;
        let key = AccountKey { tenant, customer };
        let view = self.look(key, errand.at, LookUp::default(), None).await?;
        let view = view.ok_or(Refusal::CustomerNotFound)?;
        if view.blocked {
            return Err(Refusal::CustomerBlocked.into());
        }
        let phone = view.phone.ok_or(Refusal::ConfirmationInvalid)?;
        let proof = self.prove(errand, phone, code).await.map_err(of_confirmation)?;
        command.beside.push(proof);
        proved(&mut command.action);
        Ok(())
    }
}

/// What is wrong with the code of a confirmation, in the words of the till.
fn of_confirmation(error: EngineError) -> EngineError {
    if let EngineError::Refused(Refusal::CodeInvalid) = error {
        return Refusal::ConfirmationInvalid.into();
    }
    if let EngineError::Refused(Refusal::CodeAttemptsUsedUp { retry_after_seconds }) = error {
        return Refusal::ConfirmationAttemptsUsedUp { retry_after_seconds }.into();
    }
    error
}

/// The till named no phone: what is wrong with the sending is so of the customer it named.
fn of_identifier(error: EngineError) -> EngineError {
    if let EngineError::Refused(Refusal::CodeThrottled { retry_after_seconds, .. }) = error {
        return Refusal::CodeThrottled { field: "identifier", retry_after_seconds }.into();
    }
    error
}

impl House {
    /// Sends a customer the code with which they agree to a redemption. When this returns, the sending is
    /// durable.
    ///
    /// # Errors
    /// `CustomerNotFound`, `CustomerBlocked`, `CodeThrottled`; as [`Self::perform`].
    pub async fn send_confirmation(
        &self,
        tenant: TenantId,
        at: Timestamp,
        who: Identifier,
    ) -> Result<(), EngineError> {
        let view = self.look_up(tenant, at, who, LookUp::default()).await?;
        if view.blocked {
            return Err(Refusal::CustomerBlocked.into());
        }
        let phone = view.phone.ok_or(Refusal::CustomerNotFound)?;
        self.core()?.send_code(tenant, at, phone, Actor::Partner).await.map_err(of_identifier)
    }
}
