//! Writing a checkpoint: everything that changed, table by table in the order of the keys, so that a
//! crash at any point leaves what the next one can be written over.

use crate::journal::codec::encode;
use crate::journal::error::JournalError;
use crate::journal::keys::LookUpKey;
use crate::journal::operation::{Capture, LoginCapture, LoneMark, VoucherCapture};
use crate::journal::positions::FeedRun;
use crate::journal::quiet::quietly;
use crate::journal::record::StoredWholeSettings;
use crate::journal::tables::account_entries::{Scattered, StateOf, next_due};
use crate::journal::tables::layout::{self, Due};
use crate::journal::tables::shelf::Shelf;
use crate::journal::tables::tenant_record::TenantRecord;
use crate::journal::tables::{
    CheckpointRecord, CountsRecord, TablesWriter, TenantCounts, VoucherDue,
};
use crate::journal::usage::Usage;
use crate::ledger::Tenant;
use crate::values::{CustomerId, EventNumber, TenantId, Timestamp};
use std::collections::BTreeMap;

/// All that changed since the last checkpoint.
#[derive(Debug, Clone, Default)]
pub struct CheckpointBatch {
    /// Every event up to this one is in the tables once this batch is.
    pub covers: EventNumber,
    /// The latest command instant by then.
    pub last_time: Timestamp,
    pub captures: Vec<Capture>,
    /// Tenants that changed, each with its last event.
    pub tenants: Vec<(Tenant, EventNumber)>,
    /// The counts of every tenant that had an operation; at least what `covers` covers.
    pub counts: Vec<(TenantId, TenantCounts)>,
    /// What was due and has been settled.
    pub settled_due: Vec<Due>,
    /// How often the promotions of each tenant were used, at least as far as `covers` covers.
    pub usage: BTreeMap<TenantId, Usage>,
    /// Where the operations that the tables lack begin, a run for each tenant that has some.
    pub feed: Vec<FeedRun>,
    /// Logins that changed.
    pub logins: Vec<LoginCapture>,
    /// Logins that are over, by key: covered, and nothing depends on them any more.
    pub ended_logins: Vec<LookUpKey>,
    /// Gift cards and coupons that changed.
    pub vouchers: Vec<VoucherCapture>,
    /// What was due of gift cards and has been settled.
    pub settled_vouchers: Vec<VoucherDue>,
    /// Up to `covers`.
    pub lone_marks: Vec<LoneMark>,
}

impl TablesWriter {
    /// Writes a batch; when this returns, it is durable.
    ///
    /// What only adds goes first, then the states that say how far each account got, then the number
    /// that says how far all got, with a sync in between: whatever a crash leaves, every event after
    /// the state of its account is folded again over what was added for it.
    ///
    /// # Errors
    /// If the disk fails; the tables are not to be written any more.
    pub fn write_checkpoint(&mut self, batch: &CheckpointBatch) -> Result<(), JournalError> {
        let outcome = quietly(|| self.write(batch));
        let outcome = outcome.unwrap_or_else(|panic| Err(self.broken_by(panic)));
        if let Err(error) = &outcome {
            self.note_damage(error);
        }
        outcome
    }

    /// A panic of the store is damage.
    pub(super) fn broken_by(&self, panic: String) -> JournalError {
        JournalError::damaged(self.tables.path(), panic)
    }

    pub(super) fn note_damage(&self, error: &JournalError) {
        if self.tables.is_damage(error) {
            self.tables.shelf.store.condemn();
        }
    }

    fn write(&mut self, batch: &CheckpointBatch) -> Result<(), JournalError> {
        let mut captures: Vec<&Capture> = batch.captures.iter().collect();
        captures.sort_by_key(|capture| (capture.tenant, capture.account.id, capture.as_of));
        let reach = self.begin(batch)?;
        let states = self.write_additions(batch, &captures, reach)?;
        self.tables.shelf.make_durable()?;
        self.tables.shelf.write_account_states(&captures)?;
        self.complete(batch, &captures, (&states, reach))
    }

    /// Says that more is begun than what is written; the latest event that it rests on.
    pub(super) fn begin(&self, batch: &CheckpointBatch) -> Result<EventNumber, JournalError> {
        let reach = reach(batch).max(self.tables.shelf.reach()?);
        self.tables.shelf.store.note_nothing()?;
        Ok(reach)
    }

    /// What only adds. Returns whose states belong to it.
    pub(super) fn write_additions(
        &mut self,
        batch: &CheckpointBatch,
        captures: &[&Capture],
        reach: EventNumber,
    ) -> Result<Vec<StateOf>, JournalError> {
        let shelf = &self.tables.shelf;
        shelf.put_reach(reach)?;
        for capture in captures {
            shelf.stage_rows(capture, &mut shelf.rack.history.staged())?;
        }
        for capture in captures {
            shelf.stage_sales(capture, &mut shelf.rack.sales.staged())?;
        }
        let mut scattered = Scattered::default();
        for capture in captures {
            scattered.take(capture, &shelf.mask);
        }
        self.write_scattered(batch, scattered)
    }

    /// What only adds, but for what lies in the order of the accounts.
    pub(super) fn write_scattered(
        &mut self,
        batch: &CheckpointBatch,
        mut scattered: Scattered,
    ) -> Result<Vec<StateOf>, JournalError> {
        let shelf = &self.tables.shelf;
        shelf.write_trails(&mut scattered.trails);
        for (tenant, _) in &batch.tenants {
            shelf.write_settings(tenant)?;
            shelf.write_inventory(tenant)?;
            shelf.write_stores(tenant)?;
            shelf.write_promotions(tenant)?;
        }
        for key in shelf.write_operations(&mut scattered, &batch.lone_marks) {
            self.filters.add(&key);
        }
        for key in shelf.write_identifiers(&mut scattered)? {
            self.filters.add(&key);
        }
        shelf.register_due(&mut scattered)?;
        shelf.add_vouchers(&batch.vouchers)?;
        let mut runs: Vec<&FeedRun> = batch.feed.iter().collect();
        runs.sort_by_key(|run| run.tenant);
        for run in runs {
            shelf.write_feed(run)?;
        }
        self.filters.save(&shelf.store)?;
        Ok(scattered.states)
    }

    /// The states that are not of accounts, and how far all got: durable with those of the accounts.
    pub(super) fn complete(
        &mut self,
        batch: &CheckpointBatch,
        captures: &[&Capture],
        (states, reach): (&[StateOf], EventNumber),
    ) -> Result<(), JournalError> {
        let shelf = &self.tables.shelf;
        shelf.write_other_states(batch)?;
        self.filters.forget_lists(&shelf.store)?;
        self.delete_settled(batch, captures)?;
        let shelf = &self.tables.shelf;
        shelf.delete_settled_vouchers(&batch.settled_vouchers)?;
        for (tenant, counts) in &batch.counts {
            let record = encode(&CountsRecord::from(*counts));
            shelf.put(&shelf.counters, &layout::tenant_key(*tenant), record)?;
        }
        shelf.write_usage(&batch.usage)?;
        let covers = batch.covers.number();
        let last_time = batch.last_time.millis();
        let record = CheckpointRecord { covers, last_time, reach: reach.number() };
        shelf.make_durable_through(Some(&record))?;
        shelf.delete_old_pieces_of(states)?;
        shelf.store.note_checkpoint(batch.covers)?;
        shelf.delete_logins(&batch.ended_logins)
    }

    /// A settled date stays as long as the state of its account in the tables still waits for it.
    fn delete_settled(
        &self,
        batch: &CheckpointBatch,
        captures: &[&Capture],
    ) -> Result<(), JournalError> {
        if batch.settled_due.is_empty() {
            return Ok(());
        }
        let waiting: BTreeMap<(TenantId, CustomerId), Option<Due>> = captures
            .iter()
            .map(|capture| ((capture.tenant, capture.account.id), next_due(capture)))
            .collect();
        let shelf = &self.tables.shelf;
        let mut settled: Vec<&Due> = batch.settled_due.iter().collect();
        settled.sort();
        for due in settled {
            let waits = match waiting.get(&(due.tenant, due.customer)) {
                Some(next) => *next == Some(*due),
                None => self.stored_next_due(due)? == Some(*due),
            };
            if !waits {
                shelf.remove(&shelf.due, &layout::due_key(due))?;
            }
        }
        Ok(())
    }

    fn stored_next_due(&self, due: &Due) -> Result<Option<Due>, JournalError> {
        let stored = self.tables.account(due.tenant, due.customer)?;
        let at = stored.and_then(|(account, _)| account.next_due());
        Ok(at.map(|at| Due { at, ..*due }))
    }
}

/// The latest event that anything in a batch rests on: captures may be ahead of what all cover.
fn reach(batch: &CheckpointBatch) -> EventNumber {
    let captures = batch.captures.iter().map(|capture| capture.as_of);
    let tenants = batch.tenants.iter().map(|(_, as_of)| *as_of);
    let used = batch.usage.values().flat_map(Usage::iter).map(|(_, used)| used.as_of);
    let logins = batch.logins.iter().map(|login| login.as_of);
    let vouchers = batch.vouchers.iter().map(|voucher| voucher.as_of);
    let all = captures.chain(tenants).chain(used).chain(logins).chain(vouchers);
    all.fold(batch.covers, EventNumber::max)
}

impl Shelf {
    /// Versions never change, so only new ones are written.
    fn write_settings(&self, tenant: &Tenant) -> Result<(), JournalError> {
        for settings in tenant.settings.versions().iter().rev() {
            let key = layout::settings_key(tenant.id, settings.version.number());
            if self.get(&self.settings, &key)?.is_some() {
                break;
            }
            self.put(&self.settings, &key, encode(&StoredWholeSettings::from(&**settings)))?;
        }
        Ok(())
    }

    pub(super) fn put_reach(&self, reach: EventNumber) -> Result<(), JournalError> {
        self.put(&self.meta, layout::META_REACH, encode(&reach.number()))
    }

    pub(super) fn write_account_states(&self, captures: &[&Capture]) -> Result<(), JournalError> {
        for capture in captures {
            let states = &mut self.rack.accounts.staged();
            self.write_pieces(&mut self.stage_state(capture, states)?)?;
        }
        Ok(())
    }

    fn write_other_states(&self, batch: &CheckpointBatch) -> Result<(), JournalError> {
        for (tenant, as_of) in &batch.tenants {
            let mut record = TenantRecord::of(tenant, *as_of);
            record.seal(&self.sealing, tenant.id)?;
            self.put(&self.tenants, &layout::tenant_key(tenant.id), encode(&record))?;
            self.forget_inventories(tenant)?;
            self.delete_old_stores(tenant)?;
        }
        self.write_vouchers(&batch.vouchers)?;
        self.write_logins(&batch.logins)
    }
}
