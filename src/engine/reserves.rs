//! Value set aside through the engine: the name of an open reserve leads to one customer.

use crate::engine::claim_ids::Marked;
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::leads::Taken;
use crate::engine::order::{Done, Identifier, SetAsideWish};
use crate::engine::perform::{Command, Errand};
use crate::journal::{OperationRef, external_reserve_key, reserve_key};
use crate::ledger::{Action, ExternalId, Receipt, Refusal, ReserveId, SetAside};
use crate::values::CustomerId;
use std::sync::Arc;

/// Length of a name that the house makes.
const NAME_LENGTH: usize = 24;

impl Core {
    /// Idempotency-Key first, then the external id, then the customer, then the name.
    pub(super) async fn set_aside(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        wish: SetAsideWish,
    ) -> Result<Done, EngineError> {
        let SetAsideWish { reserve, amount, order_total, external_id, by_plus } = wish;
        let name = match reserve {
            Some(name) => name,
            None => self.new_name()?,
        };
        let reserve = name.clone();
        let mut taken = Taken::default();
        match self.claim_mark(&errand).await? {
            Marked::Repeated(done) => return Ok(done),
            Marked::Fresh(claim) => taken.operations.extend(claim),
        }
        if let Some(external) = &external_id {
            self.claim_external_reserve(&errand, &mut taken, external).await?;
        }
        let customer = self.resolve(errand.tenant_id(), &who, errand.country()).await?;
        let customer = customer.ok_or(Refusal::CustomerNotFound)?;
        let claimed = self.claim_name(&errand, &mut taken, customer, name).await?;
        let asked = SetAside { reserve, amount, order_total, external_id, claimed, by_plus };
        let mut command = Command::from(Action::SetAside(Box::new(asked)));
        command.taken = taken;
        self.act(errand, customer, command).await
    }

    fn new_name(&self) -> Result<ReserveId, EngineError> {
        let name = ReserveId::parse(&self.entropy.text(NAME_LENGTH));
        name.map_err(|error| EngineError::Broken(format!("a name for a reserve {error}")))
    }

    async fn claim_external_reserve(
        self: &Arc<Self>,
        errand: &Errand,
        taken: &mut Taken,
        external: &ExternalId,
    ) -> Result<(), EngineError> {
        let key = external_reserve_key(errand.tenant_id(), external);
        match self.claim_operation(key).await? {
            Ok(guard) => {
                taken.operations.push((key, guard));
                Ok(())
            }
            Err(OperationRef::Reserve { event, .. }) => match self.receipt_at(event).await? {
                Receipt::Reserve(recorded) => {
                    Err(Refusal::DuplicateReserve { reserve: recorded.reserve }.into())
                }
                Receipt::Sale(_)
                | Receipt::Redemption(_)
                | Receipt::Adjustment(_)
                | Receipt::Return(_)
                | Receipt::Commit(_)
                | Receipt::Release(_)
                | Receipt::Merge(_) => {
                    Err(EngineError::Broken(format!("no reserve is recorded at event {event}")))
                }
            },
            Err(
                OperationRef::Sale { .. }
                | OperationRef::Redemption { .. }
                | OperationRef::Marked { .. }
                | OperationRef::Return { .. }
                | OperationRef::PhoneMark { .. }
                | OperationRef::Item { .. }
                | OperationRef::MarkedAlone { .. },
            ) => Err(Refusal::IdempotencyKeyReused.into()),
        }
    }

    /// The name of an open reserve of the customer needs no claim: it is theirs.
    async fn claim_name(
        self: &Arc<Self>,
        errand: &Errand,
        taken: &mut Taken,
        customer: CustomerId,
        name: ReserveId,
    ) -> Result<bool, EngineError> {
        let tenant = errand.tenant_id();
        let key = reserve_key(tenant, &name);
        let mut claim = self.claim_identifier(key).await?;
        if let Err(holder) = claim
            && holder != customer
        {
            // Its deadline may be over: whoever has it gives it up when time passes on their account.
            Box::pin(self.settle(AccountKey { tenant, customer: holder }, errand.at)).await?;
            claim = self.claim_identifier(key).await?;
        }
        match claim {
            Ok(guard) => {
                taken.identifiers.push((key, guard));
                Ok(true)
            }
            Err(holder) if holder == customer => Ok(false),
            Err(_) => Err(Refusal::ReserveOfAnotherCustomer { reserve: name }.into()),
        }
    }
}
