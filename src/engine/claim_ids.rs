//! The ids of a request before it is decided: its Idempotency-Key, and with it its external id; each is
//! claimed until the outcome is durable (rule 18).

use crate::engine::claims::{Guard, Key};
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::order::Done;
use crate::engine::perform::{Command, Errand};
use crate::journal::OperationRef;
use crate::ledger::{LookUp, Refusal};
use crate::values::{CustomerId, EventNumber};
use std::sync::Arc;

/// A claim that is held, or the answer that was given before.
pub(super) enum Marked {
    Fresh(Option<(Key, Guard<OperationRef>)>),
    Repeated(Done),
}

impl Core {
    /// Claims the key and the external id of a command; the first answer if the key was seen before.
    pub(super) async fn claim_ids(
        self: &Arc<Self>,
        errand: &Errand,
        command: &mut Command,
    ) -> Result<Option<Done>, EngineError> {
        if errand.mark.is_some() {
            match self.claim_mark(errand).await? {
                Marked::Repeated(done) => return Ok(Some(done)),
                Marked::Fresh(claim) => command.taken.operations.extend(claim),
            }
        }
        self.claim_external(command, errand).await?;
        Ok(None)
    }

    pub(super) async fn claim_mark(
        self: &Arc<Self>,
        errand: &Errand,
    ) -> Result<Marked, EngineError> {
        let Some(mark) = errand.mark else { return Ok(Marked::Fresh(None)) };
        match self.claim_operation(mark.key).await? {
            Ok(guard) => Ok(Marked::Fresh(Some((mark.key, guard)))),
            Err(OperationRef::Marked { customer, event, meaning }) if mark.meaning.is(&meaning) => {
                Ok(Marked::Repeated(Box::pin(self.answered(errand, customer, event)).await?))
            }
            Err(
                OperationRef::Marked { .. }
                | OperationRef::Sale { .. }
                | OperationRef::Redemption { .. }
                | OperationRef::Return { .. }
                | OperationRef::Reserve { .. }
                | OperationRef::PhoneMark { .. }
                | OperationRef::Item { .. }
                | OperationRef::MarkedAlone { .. },
            ) => Err(Refusal::IdempotencyKeyReused.into()),
        }
    }

    /// What the operation that begins at `event` was answered with: its receipt, or, where it has none, the
    /// customer as they are now.
    async fn answered(
        self: &Arc<Self>,
        errand: &Errand,
        customer: CustomerId,
        event: EventNumber,
    ) -> Result<Done, EngineError> {
        if let Some(receipt) = self.repeat_if_any(event).await? {
            return Ok(Done::Receipt { customer, receipt, repeated: true });
        }
        let key = AccountKey { tenant: errand.tenant_id(), customer };
        let view = self.look_at_any(key, errand.at, LookUp::default(), None).await?;
        let view = view.ok_or(Refusal::CustomerNotFound)?;
        // Of who was forgotten since, nothing is told but that.
        if view.forgotten_at.is_some() && !self.forgets(event).await? {
            return Err(Refusal::CustomerNotFound.into());
        }
        Ok(Done::Changed(Box::new(view)))
    }
}
