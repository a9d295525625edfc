//! The ids of a request before it is decided: its Idempotency-Key, and with it its external id; each is
//! claimed until the outcome is durable (rule 18).

use crate::engine::claims::{Guard, Key};
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::order::Done;
use crate::engine::perform::{Command, Errand};
use crate::journal::OperationRef;
use crate::ledger::{ExternalId, OperationMark, Refusal};

/// A claim that is held, or the answer that was given before.
pub(super) enum Marked {
    Fresh(Option<(Key, Guard<OperationRef>)>),
    Repeated(Done),
}

impl Core {
    /// Claims the key and the external id of a command; the first answer if the key was seen before.
    pub(super) async fn claim_ids(
        &self,
        errand: &Errand,
        command: &mut Command,
        external: Option<&ExternalId>,
    ) -> Result<Option<Done>, EngineError> {
        match self.claim_mark(errand.mark).await? {
            Marked::Repeated(done) => return Ok(Some(done)),
            Marked::Fresh(claim) => command.taken.operations.extend(claim),
        }
        if let Some(external) = external {
            self.claim_external(command, errand, external).await?;
        }
        Ok(None)
    }

    pub(super) async fn claim_mark(
        &self,
        mark: Option<OperationMark>,
    ) -> Result<Marked, EngineError> {
        let Some(mark) = mark else { return Ok(Marked::Fresh(None)) };
        match self.claim_operation(mark.key).await? {
            Ok(guard) => Ok(Marked::Fresh(Some((mark.key, guard)))),
            Err(OperationRef::Marked { customer, event, meaning }) if meaning == mark.meaning => {
                let receipt = self.repeat(event).await?;
                Ok(Marked::Repeated(Done::Receipt { customer, receipt, repeated: true }))
            }
            Err(
                OperationRef::Marked { .. }
                | OperationRef::Sale { .. }
                | OperationRef::Redemption { .. }
                | OperationRef::Return { .. }
                | OperationRef::Reserve { .. }
                | OperationRef::PhoneMark { .. }
                | OperationRef::Item { .. },
            ) => Err(Refusal::IdempotencyKeyReused.into()),
        }
    }
}
