//! Pages of an account's past: what the account has in memory, then what the tables have, and the sale
//! records themselves from the journal.

use crate::engine::account_pages::{Cut, Leaf, LeafAnswer, List};
use crate::engine::account_turn::AccountTurn;
use crate::engine::arbiters::Arbiters;
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::order::{Page, Window};
use crate::engine::perform::TRIES_MAX;
use crate::journal::{EntityEvents, JournalError, Numbered, Tables};
use crate::ledger::{Refusal, Row, SaleRecord, SaleRow};
use crate::values::{CustomerId, EventNumber, TenantId, Timestamp};
use std::sync::Arc;
use tokio::sync::oneshot;

impl House {
    /// A page of a customer's bonus history, newest first, resting on durable events only. What is due
    /// by `at` is settled before.
    ///
    /// # Errors
    /// `CustomerNotFound`; as [`Self::perform`].
    pub async fn history(
        &self,
        tenant: TenantId,
        at: Timestamp,
        customer: CustomerId,
        window: Window,
    ) -> Result<Page<Row>, EngineError> {
        self.core()?.history(AccountKey { tenant, customer }, at, window).await
    }

    /// A page of a customer's sale records, newest first, likewise.
    ///
    /// # Errors
    /// `CustomerNotFound`; as [`Self::perform`].
    pub async fn sales(
        &self,
        tenant: TenantId,
        at: Timestamp,
        customer: CustomerId,
        window: Window,
    ) -> Result<Page<SaleRecord>, EngineError> {
        self.core()?.sales(AccountKey { tenant, customer }, at, window).await
    }
}

impl Core {
    async fn history(
        self: &Arc<Self>,
        key: AccountKey,
        at: Timestamp,
        window: Window,
    ) -> Result<Page<Row>, EngineError> {
        match self.leaf(key, at, List::History, window).await? {
            LeafAnswer::History(cut) => {
                let history = move |tables: &Tables, below, limit| {
                    tables.history(key.tenant, key.customer, below, limit)
                };
                self.complete(cut, history).await
            }
            LeafAnswer::Sales(_)
            | LeafAnswer::Due
            | LeafAnswer::Departed
            | LeafAnswer::Failed(_) => Err(another_answer()),
        }
    }

    async fn sales(
        self: &Arc<Self>,
        key: AccountKey,
        at: Timestamp,
        window: Window,
    ) -> Result<Page<SaleRecord>, EngineError> {
        let page = match self.leaf(key, at, List::Sales, window).await? {
            LeafAnswer::Sales(cut) => {
                let sales = move |tables: &Tables, below, limit| {
                    tables.sales(key.tenant, key.customer, below, limit)
                };
                self.complete(cut, sales).await?
            }
            LeafAnswer::History(_)
            | LeafAnswer::Due
            | LeafAnswer::Departed
            | LeafAnswer::Failed(_) => return Err(another_answer()),
        };
        let entries = self.sale_records(key.customer, page.entries).await?;
        Ok(Page { total: page.total, entries })
    }

    /// Asks the account; if something is due on it, after a settlement of that.
    async fn leaf(
        self: &Arc<Self>,
        key: AccountKey,
        at: Timestamp,
        list: List,
        window: Window,
    ) -> Result<LeafAnswer, EngineError> {
        let mut settled = false;
        for _ in 0..TRIES_MAX {
            let place = self.places.take()?;
            let mailbox = self.mailbox(key, at).await?.ok_or(Refusal::CustomerNotFound)?;
            let (reply, answer) = oneshot::channel();
            let home = Arbiters::home();
            let leaf = Leaf { at, list, window, settled, place, home, reply };
            mailbox.deliver(AccountTurn::Leaf(Box::new(leaf)));
            match answer.await {
                Ok(LeafAnswer::Due) => {
                    self.settle(key, at).await?;
                    settled = true;
                }
                Ok(LeafAnswer::Departed) => {}
                Ok(LeafAnswer::Failed(error)) => return Err(error),
                Ok(answer @ (LeafAnswer::History(_) | LeafAnswer::Sales(_))) => return Ok(answer),
                Err(_) => return Err(self.lost()),
            }
        }
        Err(EngineError::Overloaded)
    }

    /// Adds what the tables have. It cannot have moved: an entry keeps its index, and is in the tables
    /// before the account lets go of it.
    async fn complete<T: Send + 'static>(
        &self,
        cut: Cut<T>,
        stored: impl FnOnce(&Tables, u64, usize) -> Result<Vec<(u64, T)>, JournalError> + Send + 'static,
    ) -> Result<Page<T>, EngineError> {
        let Cut { total, fresh: mut entries, below, missing } = cut;
        if missing > 0 {
            let found =
                self.readers.read(move |sources| stored(&sources.tables, below, missing)).await?;
            if found.len() != missing {
                let what = format!("{} of {missing} entries are in the tables", found.len());
                return Err(EngineError::Broken(what));
            }
            entries.extend(found.into_iter().map(|(_, entry)| entry));
        }
        Ok(Page { total, entries })
    }

    /// The records that rows stand for, from the journal.
    async fn sale_records(
        &self,
        customer: CustomerId,
        rows: Vec<SaleRow>,
    ) -> Result<Vec<SaleRecord>, EngineError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let events: Vec<EventNumber> = rows.iter().map(|row| row.event).collect();
        let found =
            self.readers.read(move |sources| sources.journal.operations_at(&events)).await?;
        let record = |(row, numbered): (&SaleRow, Option<Numbered>)| {
            numbered.and_then(|numbered| record_in(&numbered, customer, row))
        };
        let found = rows.iter().zip(found).map(record);
        let records: Option<Vec<SaleRecord>> = found.collect();
        records.ok_or_else(|| EngineError::Broken("a sale is not where its row says".into()))
    }
}

fn record_in(numbered: &Numbered, customer: CustomerId, row: &SaleRow) -> Option<SaleRecord> {
    numbered.operation.entities.iter().find_map(|entity| match entity {
        EntityEvents::Account(owner, events) if *owner == customer => {
            SaleRecord::find(events, row.id)
        }
        EntityEvents::Account(..)
        | EntityEvents::Tenant(_)
        | EntityEvents::Login(..)
        | EntityEvents::Voucher(..) => None,
    })
}

fn another_answer() -> EngineError {
    EngineError::Broken("a list was answered with something else".into())
}
