//! Writing a checkpoint: everything that changed, table by table in the order of the keys, so that a
//! crash at any point leaves what the next one can be written over.

use crate::journal::codec::{encode, encode_list_into};
use crate::journal::error::JournalError;
use crate::journal::keys::LookUpKey;
use crate::journal::operation::{Capture, LoginCapture, LoneMark, VoucherCapture};
use crate::journal::positions::FeedRun;
use crate::journal::quiet::quietly;
use crate::journal::record::StoredWholeSettings;
use crate::journal::tables::account_record::{AccountRecord, LotRecord};
use crate::journal::tables::layout::{self, Due};
use crate::journal::tables::row_record::{
    OperationRefRecord, RowRecord, SaleBucket, SaleRowRecord,
};
use crate::journal::tables::runs::Runs;
use crate::journal::tables::shelf::Shelf;
use crate::journal::tables::tenant_record::TenantRecord;
use crate::journal::tables::{
    CheckpointRecord, CountsRecord, LeadRecord, TablesWriter, TenantCounts, VoucherDue,
};
use crate::journal::usage::Usage;
use crate::ledger::Tenant;
use crate::values::{CustomerId, EventNumber, TenantId, Timestamp};
use std::collections::BTreeMap;

/// History rows or sales in one bucket, about fifty bytes each: little more than a page of a long
/// history reads.
pub(super) const BUCKET_ROWS_MAX: usize = 64;
/// Lots in one value; about fifty bytes each.
pub(super) const LOTS_PER_PIECE_MAX: usize = 1_000;

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
        let path = self.tables.path();
        let outcome = outcome.unwrap_or_else(|panic| Err(JournalError::damaged(path, panic)));
        if matches!(&outcome, Err(error) if self.tables.is_damage(error)) {
            self.tables.shelf.store.condemn();
        }
        outcome
    }

    fn write(&mut self, batch: &CheckpointBatch) -> Result<(), JournalError> {
        let mut captures: Vec<&Capture> = batch.captures.iter().collect();
        captures.sort_by_key(|capture| (capture.tenant, capture.account.id, capture.as_of));
        let reach = reach(batch).max(self.tables.shelf.reach()?);
        self.tables.shelf.store.note_nothing()?;
        self.write_additions(batch, &captures, reach)?;
        self.tables.shelf.make_durable()?;
        let shelf = &self.tables.shelf;
        shelf.write_states(batch, &captures)?;
        self.filters.forget_lists(&shelf.store)?;
        self.delete_settled(batch, &captures)?;
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
        shelf.delete_old_pieces_of(&captures)?;
        shelf.store.note_checkpoint(batch.covers)?;
        shelf.delete_logins(&batch.ended_logins)
    }

    pub(super) fn write_additions(
        &mut self,
        batch: &CheckpointBatch,
        captures: &[&Capture],
        reach: EventNumber,
    ) -> Result<(), JournalError> {
        let shelf = &self.tables.shelf;
        shelf.put(&shelf.meta, layout::META_REACH, encode(&reach.number()))?;
        for capture in captures {
            shelf.write_rows(capture)?;
        }
        for capture in captures {
            shelf.write_sales(capture)?;
        }
        shelf.write_trails(captures);
        for (tenant, _) in &batch.tenants {
            shelf.write_settings(tenant)?;
            shelf.write_inventory(tenant)?;
            shelf.write_stores(tenant)?;
            shelf.write_promotions(tenant)?;
        }
        for key in shelf.write_operations(captures, &batch.lone_marks) {
            self.filters.add(&key);
        }
        for key in shelf.write_identifiers(captures)? {
            self.filters.add(&key);
        }
        shelf.register_due(captures)?;
        shelf.add_vouchers(&batch.vouchers)?;
        let mut runs: Vec<&FeedRun> = batch.feed.iter().collect();
        runs.sort_by_key(|run| run.tenant);
        for run in runs {
            shelf.write_feed(run)?;
        }
        self.filters.save(&shelf.store)
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
    /// Rows go where their index says, over whatever an unfinished checkpoint left from there on.
    fn write_rows(&self, capture: &Capture) -> Result<(), JournalError> {
        if capture.additions.rows.is_empty() {
            return Ok(());
        }
        let key = |index| layout::bucket_key(capture.tenant, capture.account.id, index);
        let count = u64::try_from(capture.additions.rows.len()).unwrap_or(u64::MAX);
        let mut index = capture.account.rows.saturating_sub(count);
        if self.leftovers {
            self.clear_from(&self.rack.history, &key(index), &key(u64::MAX))?;
        }
        for rows in capture.additions.rows.chunks(BUCKET_ROWS_MAX) {
            let records = rows.iter().map(RowRecord::of);
            self.rack.history.put_written(&key(index), |bytes| encode_list_into(records, bytes));
            index = index.saturating_add(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        }
        Ok(())
    }

    /// Sales go where their index says, as rows do.
    fn write_sales(&self, capture: &Capture) -> Result<(), JournalError> {
        if capture.additions.sales.is_empty() {
            return Ok(());
        }
        let key = |index| layout::bucket_key(capture.tenant, capture.account.id, index);
        let count = u64::try_from(capture.additions.sales.len()).unwrap_or(u64::MAX);
        let mut index = capture.account.sale_records.saturating_sub(count);
        if self.leftovers {
            self.clear_from(&self.rack.sales, &key(index), &key(u64::MAX))?;
        }
        // The account knows the latest business time of all its purchases and returns, older buckets
        // included.
        let latest_at = capture.account.last_visit_at.max(capture.account.last_return_at);
        let latest_at = latest_at.map_or(i64::MIN, Timestamp::millis);
        for sales in capture.additions.sales.chunks(BUCKET_ROWS_MAX) {
            let records = sales.iter().map(SaleRowRecord::of).collect();
            let bucket = SaleBucket { latest_at, sales: records };
            self.rack.sales.put(&key(index), &bucket);
            index = index.saturating_add(u64::try_from(sales.len()).unwrap_or(u64::MAX));
        }
        Ok(())
    }

    fn clear_from(&self, runs: &Runs, from: &[u8], to: &[u8]) -> Result<(), JournalError> {
        for entry in runs.range(from..=to)? {
            runs.remove(&entry?.0);
        }
        Ok(())
    }

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

    /// Returns the keys written.
    fn write_operations(&self, captures: &[&Capture], lone: &[LoneMark]) -> Vec<LookUpKey> {
        let lone: Vec<_> = lone.iter().map(|mark| (mark.key, mark.reference())).collect();
        let of_accounts = captures.iter().flat_map(|capture| &capture.additions.operations);
        let mut operations: Vec<_> =
            of_accounts.chain(&lone).map(|(key, reference)| (*key, reference)).collect();
        operations.sort_by_key(|(key, _)| *key);
        for (key, reference) in &operations {
            self.rack.operations.put(key, &OperationRefRecord::of(reference));
        }
        operations.into_iter().map(|(key, _)| key).collect()
    }

    /// An identifier may move from one account to another. Accounts are captured at different events,
    /// so a later capture wins over an earlier one, and an account frees only what leads to itself.
    /// Returns the keys that lead somewhere.
    fn write_identifiers(&self, captures: &[&Capture]) -> Result<Vec<LookUpKey>, JournalError> {
        let mut changes = BTreeMap::new();
        for capture in captures {
            for (key, customer) in &capture.additions.identifiers {
                let place = (self.mask.of(key), capture.as_of, capture.tenant, capture.account.id);
                changes.insert(place, *customer);
            }
        }
        let mut taken = Vec::new();
        for ((key, as_of, tenant, owner), customer) in changes {
            let found = self.rack.identifiers.get_staged(&key)?;
            let found: Option<LeadRecord> = match &found {
                Some(bytes) => Some(self.decode(layout::IDENTIFIERS, bytes)?),
                None => None,
            };
            let newer = found.as_ref().is_some_and(|lead| lead.as_of > as_of.number());
            match customer {
                Some(customer) if !newer => {
                    self.rack.identifiers.put(&key, &lead(tenant, customer, as_of));
                    taken.push(key);
                }
                None if !newer && found.is_some_and(|lead| lead.customer == owner.number()) => {
                    self.rack.identifiers.remove(&key);
                }
                Some(_) | None => {}
            }
        }
        Ok(taken)
    }

    fn register_due(&self, captures: &[&Capture]) -> Result<(), JournalError> {
        let both = captures.iter().flat_map(|capture| [new_due(capture), next_notice(capture)]);
        let mut due: Vec<_> = both.flatten().collect();
        due.sort();
        for key in due.iter().map(layout::due_key) {
            if self.get(&self.due, &key)?.is_none() {
                self.put(&self.due, &key, Vec::new())?;
            }
        }
        Ok(())
    }

    pub(super) fn write_states(
        &self,
        batch: &CheckpointBatch,
        captures: &[&Capture],
    ) -> Result<(), JournalError> {
        for capture in captures {
            self.write_account(capture)?;
        }
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

    /// Only once the new states are read: a reader of an old one still needs its pieces. What a crash leaves
    /// is never read, and goes with the next state of its account.
    fn delete_old_pieces_of(&self, captures: &[&Capture]) -> Result<(), JournalError> {
        // Pieces of lots are so rare that most houses never have one.
        if self.lots.is_empty() {
            return Ok(());
        }
        captures.iter().try_for_each(|capture| self.delete_old_pieces(capture))
    }

    fn write_account(&self, capture: &Capture) -> Result<(), JournalError> {
        let account = &capture.account;
        let mut record = AccountRecord::of(account, capture.as_of);
        let mut lots = account.lots.iter().map(LotRecord::of);
        record.lots = lots.by_ref().take(LOTS_PER_PIECE_MAX).collect();
        let rest: Vec<LotRecord> = lots.collect();
        for lots in rest.chunks(LOTS_PER_PIECE_MAX) {
            let key =
                layout::lots_key(capture.tenant, account.id, capture.as_of, record.lot_pieces);
            self.put(&self.lots, &key, encode(&lots))?;
            record.lot_pieces += 1;
        }
        record.seal(&self.sealing, capture.tenant, account.id)?;
        self.rack.accounts.put(&layout::account_key(capture.tenant, account.id), &record);
        Ok(())
    }

    fn delete_old_pieces(&self, capture: &Capture) -> Result<(), JournalError> {
        let (tenant, customer) = (capture.tenant, capture.account.id);
        let all = layout::account_key(tenant, customer);
        let kept = layout::bucket_key(tenant, customer, capture.as_of.number());
        for entry in self.lots.scan_prefix(all) {
            let (key, _) = self.next(entry)?;
            if !key.starts_with(&kept) {
                self.remove(&self.lots, &key)?;
            }
        }
        Ok(())
    }
}

fn next_due(capture: &Capture) -> Option<Due> {
    let at = capture.account.next_due()?;
    Some(Due { at, tenant: capture.tenant, customer: capture.account.id })
}

/// The next due date, unless it is registered since the tables have a state of the account that waits for it.
fn new_due(capture: &Capture) -> Option<Due> {
    next_due(capture).filter(|due| capture.due_in_tables != Some(due.at))
}

/// A notice is due as the settings say, so that the state of the account alone does not tell.
fn next_notice(capture: &Capture) -> Option<Due> {
    let at = capture.notice_at?;
    Some(Due { at, tenant: capture.tenant, customer: capture.account.id })
}

fn lead(tenant: TenantId, customer: CustomerId, as_of: EventNumber) -> LeadRecord {
    let (tenant, customer) = (tenant.number(), customer.number());
    LeadRecord { tenant, customer, as_of: as_of.number() }
}
