//! The ids of a request before it is decided: its Idempotency-Key and its external id, each claimed until
//! the outcome is durable (rule 18).

use crate::engine::claims::{Guard, Key};
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::order::Done;
use crate::engine::perform::{Command, Errand};
use crate::journal::{EntityEvents, OperationRef, external_key};
use crate::ledger::{
    Action, ExternalId, OperationMark, Receipt, RedemptionFact, Refusal, SaleKind, receipt_of,
};
use crate::values::{EventNumber, TenantId};

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
            self.claim_external(command, errand.tenant_id(), external).await?;
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
                let receipt = self.receipt_at(event).await?;
                Ok(Marked::Repeated(Done::Receipt { customer, receipt, repeated: true }))
            }
            Err(
                OperationRef::Marked { .. }
                | OperationRef::Sale { .. }
                | OperationRef::Redemption { .. }
                | OperationRef::Return { .. }
                | OperationRef::Reserve { .. }
                | OperationRef::PhoneMark { .. },
            ) => Err(Refusal::IdempotencyKeyReused.into()),
        }
    }

    pub(super) async fn receipt_at(&self, event: EventNumber) -> Result<Receipt, EngineError> {
        let numbered = self.readers.read(move |sources| sources.journal.operation(event)).await?;
        let entities = numbered.map(|numbered| numbered.operation.entities).unwrap_or_default();
        let receipt = entities.iter().find_map(|entity| match entity {
            EntityEvents::Account(_, events) => receipt_of(events),
            EntityEvents::Tenant(_) | EntityEvents::Login(..) => None,
        });
        receipt
            .ok_or_else(|| EngineError::Broken(format!("no receipt is recorded at event {event}")))
    }

    pub(super) async fn claim_external(
        &self,
        command: &mut Command,
        tenant: TenantId,
        external: &ExternalId,
    ) -> Result<(), EngineError> {
        let kind = match command.action {
            Action::Refund(_) => SaleKind::Return,
            Action::Redeem(_) | Action::CommitReserve(_) => SaleKind::Redemption,
            Action::Sell(_)
            | Action::Register(_)
            | Action::Authenticate(_)
            | Action::Adjust(_)
            | Action::Block
            | Action::Unblock
            | Action::SetCard(_)
            | Action::Settle
            | Action::ChangeProfile(_)
            | Action::SetAside(_)
            | Action::ReleaseReserve(_)
            | Action::LinkTelegram(_)
            | Action::RegisterDevice(_)
            | Action::ForgetDevice(_)
            | Action::SetTier(_)
            | Action::AssignReferralCode(_)
            | Action::TakeReferralMessage { .. }
            | Action::ReferralTold { .. }
            | Action::ChangePhone(_)
            | Action::Merge(_) => SaleKind::Purchase,
        };
        let key = external_key(tenant, kind, external);
        match self.claim_operation(key).await? {
            Ok(guard) => command.taken.operations.push((key, guard)),
            Err(OperationRef::Redemption { sale, .. }) => {
                return Err(Refusal::DuplicateRedemption { sale }.into());
            }
            Err(OperationRef::Sale { sale, .. }) => {
                return Err(Refusal::DuplicateSale { sale }.into());
            }
            Err(OperationRef::Return { sale, .. }) => {
                return Err(Refusal::DuplicateRefund { refund: sale }.into());
            }
            Err(
                OperationRef::Marked { .. }
                | OperationRef::Reserve { .. }
                | OperationRef::PhoneMark { .. },
            ) => return Err(Refusal::IdempotencyKeyReused.into()),
        }
        if kind == SaleKind::Purchase {
            let earlier = external_key(tenant, SaleKind::Redemption, external);
            command.completes = self.operation_under(earlier).await?.and_then(redemption_fact);
        }
        Ok(())
    }
}

fn redemption_fact(before: OperationRef) -> Option<RedemptionFact> {
    match before {
        OperationRef::Redemption { customer, sale, amount, order_total, .. } => {
            Some(RedemptionFact { customer, sale, amount, order_total })
        }
        OperationRef::Sale { .. }
        | OperationRef::Marked { .. }
        | OperationRef::Return { .. }
        | OperationRef::Reserve { .. }
        | OperationRef::PhoneMark { .. } => None,
    }
}
