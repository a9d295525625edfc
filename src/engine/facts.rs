//! What is fetched for a command while it waits: the past of a customer, and the sale that is returned.

use crate::engine::account_turn::{PastFact, PastWanted, ReturnedFact, TrailTail};
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::readers::Sources;
use crate::engine::refund::NamedSale;
use crate::journal::{EntityEvents, JournalError, Tables};
use crate::ledger::{
    AccountEvent, Past, Refusal, Returnable, SaleHistory, SaleKind, SaleRow, Trailed,
};
use crate::values::{CustomerId, EventNumber, Money, SaleId, TenantId};
use std::collections::BTreeSet;

/// A sale as it was read, and the sales whose trails told it.
type Read = (Option<Returnable>, Vec<SaleId>);

impl Core {
    /// What a customer spent and returned within a window, as far as the tables know.
    pub(super) async fn past(
        &self,
        key: AccountKey,
        wanted: PastWanted,
    ) -> Result<PastFact, EngineError> {
        let read = move |sources: &Sources| read_past(&sources.tables, key, &wanted);
        let past = self.readers.read(read).await?;
        past.ok_or_else(|| EngineError::Broken("what was spent is above the largest amount".into()))
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

impl PastFact {
    /// Together with sales that the tables may lack, of the customer and of those who were merged into them;
    /// `None`: more than the largest amount.
    pub(super) fn with(
        &self,
        customer: CustomerId,
        unwritten: impl Iterator<Item = (CustomerId, SaleRow)>,
    ) -> Option<Past> {
        let lacked = unwritten.filter(|(of, sale)| {
            sale.event > self.through(customer, *of) && self.window.holds(sale)
        });
        let lacked: Vec<SaleRow> = lacked.map(|(_, sale)| sale).collect();
        let sum = |kind, before| {
            let of_kind = lacked.iter().filter(|sale| sale.kind == kind);
            Money::checked_sum(of_kind.map(|sale| sale.total).chain([before]))
        };
        Some(Past {
            window: self.window,
            spent_later: sum(SaleKind::Purchase, self.spent_later)?,
            returned_later: sum(SaleKind::Return, self.returned_later)?,
        })
    }

    /// The event up to which the tables had the sales of the customer, or of one of the others.
    fn through(&self, customer: CustomerId, of: CustomerId) -> EventNumber {
        if of == customer {
            return self.through;
        }
        let found = self.absorbed.iter().find(|(absorbed, _)| *absorbed == of);
        found.map_or(EventNumber(0), |(_, through)| *through)
    }
}

fn read_past(
    tables: &Tables,
    key: AccountKey,
    wanted: &PastWanted,
) -> Result<Option<PastFact>, JournalError> {
    let own = tables.spent_later(key.tenant, key.customer, &wanted.window)?;
    let (mut spent, mut returned) = (vec![own.spent], vec![own.returned]);
    let mut absorbed = Vec::with_capacity(wanted.absorbed.len());
    for customer in &wanted.absorbed {
        let known = tables.spent_later(key.tenant, *customer, &wanted.window)?;
        spent.push(known.spent);
        returned.push(known.returned);
        absorbed.push((*customer, known.through));
    }
    let sums = Money::checked_sum(spent).zip(Money::checked_sum(returned));
    Ok(sums.map(|(spent_later, returned_later)| PastFact {
        window: wanted.window,
        spent_later,
        returned_later,
        through: own.through,
        absorbed,
    }))
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
    // What the tables lack of a merged account came before what they may have of its heir.
    trail.sort_by_key(|step| step.event);
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
        EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => Vec::new(),
    });
    Ok(events.collect())
}
