//! Why a posting: the history row of a transaction, found by bisection, with the operation that wrote it.

use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::order::{Identifier, Window};
use crate::journal::{EntityEvents, Numbered};
use crate::ledger::{AccountEvent, Actor, LookUp, Row};
use crate::values::{CustomerId, SettingsVersion, TenantId, Timestamp, TransactionId};
use std::cmp::Ordering;

/// How often a list is bisected: more than one of any length needs, though it grows meanwhile.
const PROBES_MAX: usize = 80;

/// A history row and the operation behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    pub row: Row,
    /// The tenant's own number of the operation.
    pub number: u64,
    /// The command's instant.
    pub at: Timestamp,
    pub actor: Actor,
    /// The settings in force then.
    pub settings: SettingsVersion,
    /// What the operation did to the customer.
    pub events: Vec<AccountEvent>,
}

impl House {
    /// Why a customer's transaction; `None`: the customer has no such transaction. What is due by `at` is
    /// settled before.
    ///
    /// # Errors
    /// `CustomerNotFound`; as [`Self::perform`].
    pub async fn explain(
        &self,
        tenant: TenantId,
        at: Timestamp,
        customer: CustomerId,
        transaction: TransactionId,
    ) -> Result<Option<Explained>, EngineError> {
        let core = self.core()?;
        let Some((customer, row)) = self.owned_row(tenant, at, customer, transaction).await? else {
            return Ok(None);
        };
        let event = row.event;
        let read = core.readers.read(move |sources| sources.journal.operation(event)).await?;
        let lost = || EngineError::Broken(format!("no operation begins at event {event}"));
        let Numbered { operation, tenant_number, .. } = read.ok_or_else(lost)?;
        let events = operation.entities.into_iter().find_map(|entity| match entity {
            EntityEvents::Account(owner, events) if owner == customer => Some(events),
            EntityEvents::Account(..)
            | EntityEvents::Tenant(_)
            | EntityEvents::Login(..)
            | EntityEvents::Voucher(..) => None,
        });
        Ok(Some(Explained {
            row,
            number: tenant_number,
            at: operation.at,
            actor: operation.actor,
            settings: operation.rule_version,
            events: events.ok_or_else(lost)?,
        }))
    }

    /// A row of a customer, or of one who was merged into them, and whose it is.
    async fn owned_row(
        &self,
        tenant: TenantId,
        at: Timestamp,
        customer: CustomerId,
        transaction: TransactionId,
    ) -> Result<Option<(CustomerId, Row)>, EngineError> {
        if let Some(row) = self.row_of(tenant, at, customer, transaction).await? {
            return Ok(Some((customer, row)));
        }
        let view =
            self.look_up(tenant, at, Identifier::Customer(customer), LookUp::default()).await?;
        for absorbed in view.absorbed {
            if let Some(row) = self.row_of(tenant, at, absorbed, transaction).await? {
                return Ok(Some((absorbed, row)));
            }
        }
        Ok(None)
    }

    /// Transaction ids ascend within an account, so few rows are looked at.
    async fn row_of(
        &self,
        tenant: TenantId,
        at: Timestamp,
        customer: CustomerId,
        transaction: TransactionId,
    ) -> Result<Option<Row>, EngineError> {
        // Indexes from the oldest row on; unlike places from the newest, they stay as the list grows.
        let mut total =
            self.history(tenant, at, customer, Window { skip: 0, limit: 0 }).await?.total;
        let (mut from, mut to) = (0, total);
        for _ in 0..PROBES_MAX {
            if from >= to {
                return Ok(None);
            }
            let middle = from.midpoint(to);
            let skip = total.saturating_sub(middle).saturating_sub(1);
            let page = self.history(tenant, at, customer, Window { skip, limit: 1 }).await?;
            total = page.total;
            let found = total.saturating_sub(skip).saturating_sub(1);
            let Some(row) = page.entries.into_iter().next() else { return Ok(None) };
            match row.id.cmp(&transaction) {
                Ordering::Equal => return Ok(Some(row)),
                Ordering::Less => from = found.saturating_add(1),
                Ordering::Greater => to = to.min(found),
            }
        }
        Err(EngineError::Broken("a history is not in the order of its ids".into()))
    }
}
