//! A batch of an import is taken back: each of its customers, and each of its sales, in an operation of its
//! own. Interrupted, it goes on where it was when it is asked for again.

use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::import_batch::ReversalReport;
use crate::engine::marks::Mark;
use crate::engine::order::{Identifier, Order, Wish};
use crate::engine::perform::{Command, Errand};
use crate::journal::{
    EntityEvents, Numbered, OperationRef, import_batch_key, import_reversal_key, imports_key,
};
use crate::ledger::{
    AccountEvent, Action, Actor, BatchKey, BatchName, Carried, CreditKind, Dialect, ImportEvent,
    ImportReversal, ImportedLot, OperationMark, PointOfSale, Portion, Reason, Refund, Refusal,
    RowKey, SaleName,
};
use crate::values::{Bonus, CustomerId, EventNumber, SaleId, TenantId, Timestamp};
use std::sync::Arc;

/// What the history of a customer says of a sale that was taken back.
const REASON: &str = "The import of the sale was taken back.";

/// What a batch had done to one customer.
#[derive(Default)]
pub(super) struct Brought {
    pub(super) row: Option<(RowKey, Carried)>,
    lots: Vec<ImportedLot>,
    pub(super) sales: Vec<SaleId>,
}

/// Who takes a batch back, and when.
struct Reversal<'a> {
    tenant: TenantId,
    at: Timestamp,
    actor: &'a Actor,
    batch: BatchKey,
}

impl House {
    /// Takes a batch back.
    ///
    /// # Errors
    /// `ImportBatchNotFound`; as [`Self::perform`].
    pub async fn reverse_import(
        &self,
        (tenant, at): (TenantId, Timestamp),
        actor: &Actor,
        name: &BatchName,
    ) -> Result<ReversalReport, EngineError> {
        let core = self.core()?;
        Box::pin(core.reverse_import((tenant, at), actor, name)).await
    }
}

impl Core {
    async fn reverse_import(
        self: &Arc<Self>,
        (tenant, at): (TenantId, Timestamp),
        actor: &Actor,
        name: &BatchName,
    ) -> Result<ReversalReport, EngineError> {
        drop(self.places.take()?);
        let _turn = self.turns.turn(imports_key(tenant)).await;
        let batch = import_batch_key(tenant, name);
        let reversal = Reversal { tenant, at, actor, batch };
        let mut report = ReversalReport::default();
        for (customer, brought) in self.brought_by(batch).await? {
            self.take_back_from(&reversal, customer, brought, &mut report).await?;
        }
        Ok(report)
    }

    /// What a batch had done, customer by customer.
    pub(super) async fn brought_by(
        &self,
        batch: BatchKey,
    ) -> Result<Vec<(CustomerId, Brought)>, EngineError> {
        let known = self.operation_under(batch).await?;
        let Some(OperationRef::Marked { event, .. }) = known else {
            return Err(Refusal::ImportBatchNotFound.into());
        };
        let entities = self.operation_at(event).await?.operation.entities;
        let brought = entities.into_iter().filter_map(|entity| match entity {
            EntityEvents::Account(customer, events) => Some((customer, Brought::by(&events))),
            EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => None,
        });
        Ok(brought.collect())
    }

    async fn operation_at(&self, event: EventNumber) -> Result<Numbered, EngineError> {
        let found = self.readers.read(move |sources| sources.journal.operation(event)).await?;
        found.ok_or_else(|| EngineError::Broken(format!("no operation begins at event {event}")))
    }

    async fn take_back_from(
        self: &Arc<Self>,
        reversal: &Reversal<'_>,
        customer: CustomerId,
        brought: Brought,
        report: &mut ReversalReport,
    ) -> Result<(), EngineError> {
        for sale in &brought.sales {
            self.take_sale_back(reversal, customer, *sale, report).await?;
        }
        let key = import_reversal_key(reversal.tenant, reversal.batch, customer);
        let is_customer = brought.row.is_some();
        let Ok(guard) = self.claim_operation(key).await? else {
            report.before += 1;
            return Ok(());
        };
        let place = self.places.take()?;
        let tenant = self.tenants.entry(reversal.tenant).ok_or(Refusal::TenantNotFound)?;
        let mark = OperationMark { key, meaning: reversal.batch };
        let (at, actor) = (reversal.at, reversal.actor.clone());
        let errand = Errand { tenant, at, actor, mark: Some(Mark::of_house(mark)), place };
        let mut command = Command::from(brought.reversal(reversal.batch));
        command.taken.operations.push((key, guard));
        let now = self.follow(reversal.tenant, customer).await?;
        self.act(errand, now, command).await?;
        report.customers += u64::from(is_customer);
        self.count_taken(key, report).await
    }

    /// What went back, as the journal says.
    async fn count_taken(
        &self,
        key: [u8; 16],
        report: &mut ReversalReport,
    ) -> Result<(), EngineError> {
        let Some(OperationRef::Marked { event, .. }) = self.operation_under(key).await? else {
            return Ok(());
        };
        let numbered = self.operation_at(event).await?;
        for entity in &numbered.operation.entities {
            if let EntityEvents::Account(_, events) = entity {
                report.count(events);
            }
        }
        Ok(())
    }

    /// A sale goes back as a return of all that is left of it.
    async fn take_sale_back(
        self: &Arc<Self>,
        reversal: &Reversal<'_>,
        customer: CustomerId,
        sale: SaleId,
        report: &mut ReversalReport,
    ) -> Result<(), EngineError> {
        let customer = self.follow(reversal.tenant, customer).await?;
        let refund = Refund {
            sale: SaleName::Id(sale),
            external_id: None,
            portion: Portion::Whole,
            refund_date: None,
            point_of_sale: PointOfSale::default(),
            reason: Some(Reason::parse(REASON).expect("it is a short text")),
            dialect: Dialect::Bonex,
            takes_back_import: true,
        };
        let order = Order {
            tenant: reversal.tenant,
            at: reversal.at,
            actor: reversal.actor.clone(),
            mark: None,
            who: Identifier::Customer(customer),
            wish: Wish::Refund(Box::new(refund)),
        };
        match Box::pin(self.perform(order)).await {
            Ok(_) => report.sales += 1,
            Err(EngineError::Refused(Refusal::NothingLeftToReturn { .. })) => report.before += 1,
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl Brought {
    /// What is asked of the customer to take it back; the sales go back by themselves.
    pub(super) fn reversal(self, batch: BatchKey) -> Action {
        let (row, carried) = self.row.unwrap_or(([0; 16], Carried::default()));
        let asked = ImportReversal { batch, row, lots: self.lots, carried };
        Action::ReverseImport(Box::new(asked))
    }

    fn by(events: &[AccountEvent]) -> Self {
        let mut brought = Self::default();
        for event in events {
            if let AccountEvent::Credited(credit) = event
                && credit.kind == CreditKind::Import
            {
                let (lot, amount, expires_at) = (credit.lot, credit.amount, credit.expires_at);
                brought.lots.push(ImportedLot { lot, amount, expires_at });
            }
            if let AccountEvent::Import(event) = event {
                match event {
                    ImportEvent::CustomerTaken { row, carried, .. } => {
                        brought.row = Some((*row, *carried));
                    }
                    ImportEvent::SaleTaken { sale, .. } => brought.sales.push(*sale),
                    ImportEvent::CustomerReversed { .. } => {}
                }
            }
        }
        brought
    }
}

impl ReversalReport {
    /// Adds what these events took back.
    pub(super) fn count(&mut self, events: &[AccountEvent]) {
        let sum = |one: Bonus, other| one.checked_add(other).unwrap_or(Bonus::MAX);
        for event in events {
            if let AccountEvent::Import(event) = event
                && let Some(taken) = event.taken()
            {
                self.taken = sum(self.taken, taken.amount);
                self.debt = sum(self.debt, taken.debt);
            }
        }
    }
}
