//! What is fetched for a command while it waits: the past of a customer, and the sale that is returned.

use crate::engine::account_turn::{PastFact, ReturnedFact, TrailTail};
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::readers::Sources;
use crate::engine::refund::NamedSale;
use crate::journal::{EntityEvents, JournalError, OperationRef};
use crate::ledger::{AccountEvent, RedemptionFact, Refusal, Returnable, SaleHistory, Trailed};
use crate::values::{EventNumber, SaleId, TenantId, Timestamp};
use std::collections::BTreeSet;

/// A sale as it was read, and the sales whose trails told it.
type Read = (Option<Returnable>, Vec<SaleId>);

impl Core {
    /// What a customer spent and returned after an instant, as far as the tables know.
    pub(super) async fn past(
        &self,
        key: AccountKey,
        after: Timestamp,
    ) -> Result<PastFact, EngineError> {
        let known = self
            .readers
            .read(move |sources| sources.tables.spent_later(key.tenant, key.customer, after))
            .await?;
        let (spent_later, returned_later) = (known.spent, known.returned);
        Ok(PastFact { after, spent_later, returned_later, through: known.through })
    }

    /// A sale with all that happened to it up to where the account is.
    pub(super) async fn returned(
        &self,
        key: AccountKey,
        named: Option<&NamedSale>,
        tail: TrailTail,
    ) -> Result<ReturnedFact, EngineError> {
        let broken = |reason: String| EngineError::Broken(reason);
        let NamedSale { id, field } =
            *named.ok_or_else(|| broken("a return names no sale".into()))?;
        let TrailTail { steps, as_of } = tail;
        self.until_durable(as_of).await?;
        let read = move |sources: &Sources| read_sale(sources, key.tenant, id, &steps);
        let (sale, sales) = self.readers.read(read).await?;
        // Its number was given out, so it is somebody else's, or nobody's.
        let sale = Box::new(sale.ok_or(Refusal::SaleOfAnotherCustomer { field })?);
        Ok(ReturnedFact { sale, sales, as_of })
    }
}

fn read_sale(
    sources: &Sources,
    tenant: TenantId,
    sale: SaleId,
    tail: &[Trailed],
) -> Result<Read, JournalError> {
    let history = history_of(sources, tenant, sale, tail)?;
    let mut sales = vec![sale];
    let mut completed = None;
    if let Some(redemption) = history.completes() {
        sales.push(redemption);
        completed = Some(history_of(sources, tenant, redemption, tail)?);
    }
    Ok((history.returnable(completed), sales))
}

/// The trail of a sale from the tables, and from memory what they lack.
fn history_of(
    sources: &Sources,
    tenant: TenantId,
    sale: SaleId,
    tail: &[Trailed],
) -> Result<SaleHistory, JournalError> {
    let mut trail = sources.tables.trail(tenant, sale)?;
    let stored: BTreeSet<EventNumber> = trail.iter().map(|step| step.event).collect();
    let newer = tail.iter().filter(|step| step.sale == sale && !stored.contains(&step.event));
    trail.extend(newer.cloned());
    let mut history = SaleHistory::default();
    for Trailed { event, step, .. } in &trail {
        history.take(sale, step, &events_at(sources, *event)?);
    }
    Ok(history)
}

/// The events of all accounts in the operation that begins at `event`.
fn events_at(sources: &Sources, event: EventNumber) -> Result<Vec<AccountEvent>, JournalError> {
    let numbered = sources.journal.operation(event)?;
    let entities = numbered.map(|numbered| numbered.operation.entities).unwrap_or_default();
    let events = entities.into_iter().flat_map(|entity| match entity {
        EntityEvents::Account(_, events) => events,
        EntityEvents::Tenant(_) | EntityEvents::Login(..) => Vec::new(),
    });
    Ok(events.collect())
}

/// What of an earlier operation a sale completes, if that is a redemption.
pub(super) fn redemption_fact(before: OperationRef) -> Option<RedemptionFact> {
    match before {
        OperationRef::Redemption { customer, sale, amount, order_total, .. } => {
            Some(RedemptionFact { customer, sale, amount, order_total })
        }
        OperationRef::Sale { .. }
        | OperationRef::Marked { .. }
        | OperationRef::Return { .. }
        | OperationRef::Reserve { .. }
        | OperationRef::Item { .. } => None,
    }
}
