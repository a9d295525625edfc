//! Reading the tables: states to wake accounts with, look-ups by key, history in pages, due dates.
//! Every read may wait for the disk, and fails only if the tables are damaged or the disk is.

use crate::journal::error::JournalError;
use crate::journal::keys::LookUpKey;
use crate::journal::operation::OperationRef;
use crate::journal::quiet::quietly;
use crate::journal::tables::layout::Due;
use crate::journal::tables::runs::LastBlocks;
use crate::journal::tables::scan::Scan;
use crate::journal::tables::shelf::Shelf;
use crate::journal::tables::{Checkpoint, Lead, Seen, SpentLater, Tables, TenantCounts};
use crate::journal::usage::Usage;
use crate::ledger::{Account, PastWindow, Row, SaleRow, Tenant, TrailStep, Trailed};
use crate::values::{CustomerId, EventNumber, SaleId, TenantId, Timestamp};
use std::path::Path;

impl Tables {
    /// What all of the tables cover.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn checkpoint(&self) -> Result<Checkpoint, JournalError> {
        let record = self.carefully(Shelf::checkpoint)?;
        Ok(Checkpoint {
            covers: EventNumber(record.covers),
            last_time: Timestamp::from_millis(record.last_time),
        })
    }

    /// Whether a checkpoint was begun and not finished: a crash in the middle of it.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn interrupted(&self) -> Result<bool, JournalError> {
        self.carefully(|shelf| Ok(shelf.reach()?.number() != shelf.checkpoint()?.reach))
    }

    /// An account, and the last event in it.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn account(
        &self,
        tenant: TenantId,
        customer: CustomerId,
    ) -> Result<Option<(Account, EventNumber)>, JournalError> {
        self.account_near(tenant, customer, &mut LastBlocks::default())
    }

    /// The same for who asks for one after the other, in the order of their numbers.
    pub(in crate::journal) fn account_near(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        last: &mut LastBlocks,
    ) -> Result<Option<(Account, EventNumber)>, JournalError> {
        self.carefully(|shelf| shelf.account(tenant, customer, last))
    }

    /// The customer that an identifier leads to.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn identifier(&self, key: &LookUpKey) -> Result<Option<CustomerId>, JournalError> {
        Ok(self.lead(key)?.map(|lead| lead.customer))
    }

    /// The key by which an identifier lies in the tables.
    pub(in crate::journal) fn kept_key(&self, key: &LookUpKey) -> LookUpKey {
        self.shelf.mask.of(key)
    }

    /// Whether a customer's key was destroyed: nothing is said then of what leads to them, and what
    /// lies here of the time before goes with the next checkpoint.
    pub(in crate::journal) fn is_forgotten(
        &self,
        tenant: TenantId,
        customer: CustomerId,
    ) -> Result<bool, JournalError> {
        match self.shelf.sealing.vault() {
            Some(vault) => vault.is_destroyed(tenant, customer),
            None => Ok(false),
        }
    }

    /// Where an identifier leads, with all that is known about it.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn lead(&self, key: &LookUpKey) -> Result<Option<Lead>, JournalError> {
        self.carefully(|shelf| shelf.lead(key))
    }

    /// What an external id or an Idempotency-Key leads to.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn operation(&self, key: &LookUpKey) -> Result<Option<OperationRef>, JournalError> {
        self.carefully(|shelf| shelf.operation(key))
    }

    /// All tenants by id, each with its last event.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn tenants(&self) -> Result<Vec<(Tenant, EventNumber)>, JournalError> {
        self.carefully(Shelf::tenants)
    }

    /// The counts of all tenants, by id.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn counts(&self) -> Result<Vec<(TenantId, TenantCounts)>, JournalError> {
        self.carefully(Shelf::counts)
    }

    /// How often the promotions of all tenants were used, by tenant.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn usage(&self) -> Result<Vec<(TenantId, Usage)>, JournalError> {
        self.carefully(Shelf::usage_of_all)
    }

    /// What a customer spent in purchases, and returned, after a business time, as far as it counts for
    /// a tier and the tables know.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn spent_later(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        window: &PastWindow,
    ) -> Result<SpentLater, JournalError> {
        self.carefully(|shelf| shelf.spent_later(tenant, customer, window))
    }

    /// The trail of a sale, oldest step first.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn trail(&self, tenant: TenantId, sale: SaleId) -> Result<Vec<Trailed>, JournalError> {
        self.carefully(|shelf| shelf.trail(tenant, sale))
    }

    /// What one operation added to the trail of a sale.
    pub(in crate::journal) fn trail_at(
        &self,
        tenant: TenantId,
        sale: SaleId,
        event: EventNumber,
    ) -> Result<Vec<TrailStep>, JournalError> {
        self.carefully(|shelf| shelf.trail_at(tenant, sale, event))
    }

    /// How many entries all trails have.
    pub(in crate::journal) fn trails_count(&self) -> Result<u64, JournalError> {
        self.carefully(|shelf| {
            let mut entries = shelf.rack.trails.range::<&[u8]>(..)?;
            entries.try_fold(0_u64, |count, entry| entry.map(|_| count.saturating_add(1)))
        })
    }

    /// Up to `limit` history rows with an index below `below`, newest first. The index of a row is
    /// how many rows the account had before it.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn history(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        below: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Row)>, JournalError> {
        self.carefully(|shelf| shelf.history(tenant, customer, below, limit))
    }

    /// Up to `limit` sale records with an index below `below`, newest first. The index of one is how
    /// many the account had before it.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn sales(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        below: u64,
        limit: usize,
    ) -> Result<Vec<(u64, SaleRow)>, JournalError> {
        self.carefully(|shelf| shelf.sales(tenant, customer, below, limit))
    }

    /// Up to `limit` accounts on which something is due by `instant`, soonest first. It may turn out
    /// to be nothing any more: what an account lost otherwise stays registered.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn due_until(&self, instant: Timestamp, limit: usize) -> Result<Vec<Due>, JournalError> {
        self.carefully(|shelf| shelf.due_until(instant, limit))
    }

    /// Looks at up to `limit` accounts of a tenant, in the order of their numbers and behind `after`, for
    /// those that are `wanted`: an account is shown without its lots beyond the first ones.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn scan_accounts(
        &self,
        tenant: TenantId,
        after: CustomerId,
        limit: usize,
        wanted: &dyn Fn(&Account) -> bool,
    ) -> Result<Scan, JournalError> {
        self.carefully(|shelf| shelf.scan_accounts(tenant, after, limit, wanted))
    }

    /// Whether something is registered as due on an account at an instant.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn is_due(&self, due: &Due) -> Result<bool, JournalError> {
        self.carefully(|shelf| shelf.is_due(due))
    }

    /// Up to `limit` customers of a tenant with a number above `after`, in order.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn customers_after(
        &self,
        tenant: TenantId,
        after: CustomerId,
        limit: usize,
    ) -> Result<Vec<CustomerId>, JournalError> {
        self.carefully(|shelf| shelf.customers_after(tenant, after, limit))
    }

    /// Up to `limit` accounts by tenant and number, after one.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn accounts_after(
        &self,
        after: Option<(TenantId, CustomerId)>,
        limit: usize,
    ) -> Result<Vec<(TenantId, CustomerId)>, JournalError> {
        self.carefully(|shelf| shelf.accounts_after(after, limit))
    }

    /// The first bucket of an account's history that begins with index `from` or later: its index,
    /// and its rows, oldest first.
    pub(in crate::journal) fn history_bucket(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        from: u64,
    ) -> Result<Option<(u64, Vec<Row>)>, JournalError> {
        self.carefully(|shelf| shelf.history_bucket(tenant, customer, from))
    }

    /// The first bucket of an account's sales that begins with index `from` or later: its index, and
    /// its sales, oldest first.
    pub(in crate::journal) fn sales_bucket(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        from: u64,
    ) -> Result<Option<(u64, Vec<SaleRow>)>, JournalError> {
        self.carefully(|shelf| shelf.sales_bucket(tenant, customer, from))
    }

    /// Up to `limit` operations by key, after a key.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn operations_after(
        &self,
        after: Option<LookUpKey>,
        limit: usize,
    ) -> Result<Vec<(LookUpKey, OperationRef)>, JournalError> {
        self.carefully(|shelf| shelf.operations_after(after, limit))
    }

    /// Up to `limit` identifiers by key, after a key.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn identifiers_after(
        &self,
        after: Option<LookUpKey>,
        limit: usize,
    ) -> Result<Vec<(LookUpKey, Lead)>, JournalError> {
        self.carefully(|shelf| shelf.identifiers_after(after, limit))
    }

    /// The filter that answers "was this id seen?".
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Where they lie.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.shelf.store.path()
    }

    /// Damage that shows only against the journal.
    pub(in crate::journal) fn damaged(&self, place: String) -> JournalError {
        if self.condemns {
            self.shelf.store.condemn();
        }
        JournalError::damaged(self.path(), place)
    }

    /// Runs what reads. On damage the store panics as often as it returns an error; either way these
    /// tables are not opened again.
    pub(super) fn carefully<T>(
        &self,
        read: impl FnOnce(&Shelf) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let outcome = quietly(|| read(&self.shelf))
            .unwrap_or_else(|panic| Err(JournalError::damaged(self.path(), panic)));
        if matches!(&outcome, Err(error) if self.is_damage(error)) && self.condemns {
            self.shelf.store.condemn();
        }
        outcome
    }

    /// Whether it is these tables that are damaged: a key that was met in the vault may be.
    pub(super) fn is_damage(&self, error: &JournalError) -> bool {
        matches!(error, JournalError::Damaged { path, .. } if path.starts_with(self.path()))
    }
}
