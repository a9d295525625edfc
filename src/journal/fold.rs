//! The fold: operations in, states of accounts and tenants out, with all that the tables keep about
//! them. What the live engine captures from its actors, the fold computes from the journal.

use crate::journal::error::JournalError;
use crate::journal::fetch::{AccountId, accounts_of, captures_side_by_side, stored_capture};
use crate::journal::login_fold::LoginFold;
use crate::journal::misfold::{FoldError, Misfold};
use crate::journal::operation::{
    Capture, EntityEvents, LoginCapture, LoneMark, Numbered, Operation, last_of,
};
use crate::journal::positions::FeedRun;
use crate::journal::tables::{CheckpointBatch, Tables, TablesWriter, TenantCounts};
use crate::journal::turn::Turn;
use crate::journal::usage::Usage;
use crate::journal::voucher_fold::{VoucherFold, VoucherTurn};
use crate::ledger::{Account, Tenant, TenantEvent, next_notice};
use crate::values::{CustomerId, EventNumber, TenantId, Timestamp};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Accounts that the fold keeps in memory before it writes them.
const FOLD_ACCOUNTS_MAX: usize = 100_000;
/// Rows, sales, ids and identifiers that the fold keeps in memory before it writes them; about a
/// hundred bytes each.
const FOLD_ENTRIES_MAX: usize = 1_000_000;

/// The same of a fold beside a ledger that is served.
const FRUGAL_ACCOUNTS_MAX: usize = 10_000;
const FRUGAL_ENTRIES_MAX: usize = 100_000;

/// Goes through the journal in order; between two writes everything it met is in memory.
pub struct Fold {
    tables: Tables,
    accounts: HashMap<AccountId, Folded>,
    tenants: BTreeMap<TenantId, (Tenant, EventNumber)>,
    changed_tenants: BTreeSet<TenantId>,
    logins: LoginFold,
    vouchers: VoucherFold,
    counts: BTreeMap<TenantId, TenantCounts>,
    usage: BTreeMap<TenantId, Usage>,
    /// Where the operations met since the last write begin.
    feed: BTreeMap<TenantId, FeedRun>,
    /// Met since the last write.
    lone_marks: Vec<LoneMark>,
    covers: EventNumber,
    last_time: Timestamp,
    entries: usize,
    accounts_max: usize,
    entries_max: usize,
}

/// An account that the fold met since the last write.
struct Folded {
    capture: Option<Capture>,
    /// Whether the tables lack something of it.
    changed: bool,
}

impl Fold {
    /// A fold that goes on where the tables end.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn resume(tables: Tables) -> Result<Self, JournalError> {
        let checkpoint = tables.checkpoint()?;
        let tenants = tables.tenants()?;
        Ok(Self {
            accounts: HashMap::new(),
            tenants: tenants.into_iter().map(|(tenant, at)| (tenant.id, (tenant, at))).collect(),
            changed_tenants: BTreeSet::new(),
            logins: LoginFold::of(tables.logins()?),
            vouchers: VoucherFold::default(),
            counts: tables.counts()?.into_iter().collect(),
            usage: tables.usage()?.into_iter().collect(),
            feed: BTreeMap::new(),
            lone_marks: Vec::new(),
            covers: checkpoint.covers,
            last_time: checkpoint.last_time,
            entries: 0,
            accounts_max: FOLD_ACCOUNTS_MAX,
            entries_max: FOLD_ENTRIES_MAX,
            tables,
        })
    }

    /// The last event taken in.
    #[must_use]
    pub fn covers(&self) -> EventNumber {
        self.covers
    }

    /// The latest command instant taken in.
    #[must_use]
    pub fn last_time(&self) -> Timestamp {
        self.last_time
    }

    /// All tenants by id, each with its last event.
    pub fn tenants(&self) -> impl Iterator<Item = &(Tenant, EventNumber)> {
        self.tenants.values()
    }

    #[must_use]
    pub fn counts(&self) -> &BTreeMap<TenantId, TenantCounts> {
        &self.counts
    }

    /// How often promotions were used.
    #[must_use]
    pub fn usage(&self) -> &BTreeMap<TenantId, Usage> {
        &self.usage
    }
    /// The logins that are not over, by key.
    pub fn logins(&self) -> impl Iterator<Item = &LoginCapture> {
        self.logins.known()
    }

    /// An account as what was taken in has left it.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn account_so_far(
        &self,
        tenant: TenantId,
        customer: CustomerId,
    ) -> Result<Option<Account>, JournalError> {
        if let Some(folded) = self.accounts.get(&(tenant, customer)) {
            return Ok(folded.capture.as_ref().map(|capture| capture.account.clone()));
        }
        Ok(self.tables.account(tenant, customer)?.map(|(account, _)| account))
    }

    /// The same with little memory: it writes more often.
    #[must_use]
    pub fn frugal(self) -> Self {
        Self { accounts_max: FRUGAL_ACCOUNTS_MAX, entries_max: FRUGAL_ENTRIES_MAX, ..self }
    }

    /// Whether it is time to write.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.accounts.len() >= self.accounts_max || self.entries >= self.entries_max
    }

    /// Fetches the accounts that operations are about, as far as they are not in memory.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn fetch(&mut self, operations: &[Numbered]) -> Result<(), JournalError> {
        let wanted: BTreeSet<_> = operations.iter().flat_map(accounts_of).collect();
        let known = &self.accounts;
        let wanted: Vec<_> = wanted.into_iter().filter(|key| !known.contains_key(key)).collect();
        for (key, capture) in captures_side_by_side(&self.tables, &wanted)? {
            self.accounts.insert(key, Folded { capture, changed: false });
        }
        Ok(())
    }

    /// Takes the next operation in.
    ///
    /// # Errors
    /// `Misfold` if it does not fit; the fold is then of no use any more.
    pub fn take(&mut self, numbered: &Numbered) -> Result<(), FoldError> {
        let Numbered { operation, first_event, tenant_number } = numbered;
        self.check_numbers(numbered)?;
        let mut next = *first_event;
        for entity in &operation.entities {
            let first = next;
            next = next.plus(entity.count());
            match entity {
                EntityEvents::Tenant(events) => self.tenant(operation, events, first)?,
                EntityEvents::Account(customer, events) => {
                    let (customer, begins) = (*customer, *first_event);
                    self.account(&Turn { operation, begins, customer, events, first })?;
                }
                EntityEvents::Login(key, events) => {
                    let added = self.logins.take(operation, *key, events, first)?;
                    self.entries = self.entries.saturating_add(usize::from(added));
                }
                EntityEvents::Voucher(key, id, events) => {
                    let turn = VoucherTurn { operation, key: *key, id: *id, events, first };
                    let added = self.vouchers.take(&self.tables, &turn)?;
                    self.entries = self.entries.saturating_add(added);
                }
            }
        }
        self.place(numbered);
        self.lone_marks.extend(operation.lone_mark(*first_event));
        let counts = self.counts.entry(operation.tenant).or_default();
        counts.counters.take(operation);
        counts.operations = counts.operations.max(*tenant_number);
        Usage::take_into(&mut self.usage, operation, *first_event);
        self.covers = EventNumber(next.number().saturating_sub(1));
        self.last_time = self.last_time.max(operation.at);
        Ok(())
    }

    /// Writes everything that was taken in, and forgets the accounts.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn flush_into(&mut self, writer: &mut TablesWriter) -> Result<(), JournalError> {
        let accounts = std::mem::take(&mut self.accounts).into_values();
        let changed = accounts.filter(|folded| folded.changed).filter_map(|folded| folded.capture);
        let captures = changed.map(|capture| self.with_notice(capture)).collect();
        let changed_tenants = std::mem::take(&mut self.changed_tenants);
        let batch = CheckpointBatch {
            covers: self.covers,
            last_time: self.last_time,
            captures,
            tenants: changed_tenants
                .iter()
                .filter_map(|tenant| self.tenants.get(tenant).cloned())
                .collect(),
            counts: self.counts.iter().map(|(tenant, counts)| (*tenant, *counts)).collect(),
            settled_due: Vec::new(),
            usage: self.usage.clone(),
            feed: std::mem::take(&mut self.feed).into_values().collect(),
            logins: self.logins.changed(),
            ended_logins: self.logins.forget_over(self.last_time),
            vouchers: self.vouchers.drain(),
            settled_vouchers: Vec::new(),
            lone_marks: std::mem::take(&mut self.lone_marks),
        };
        self.entries = 0;
        writer.write_checkpoint(&batch)
    }

    /// Notes where an operation begins.
    fn place(&mut self, numbered: &Numbered) {
        let tenant = numbered.operation.tenant;
        let first = numbered.tenant_number;
        let new = || FeedRun { tenant, first, begins: Vec::new() };
        self.feed.entry(tenant).or_insert_with(new).begins.push(numbered.first_event);
        self.entries = self.entries.saturating_add(1);
    }

    fn with_notice(&self, capture: Capture) -> Capture {
        let tenant = self.tenants.get(&capture.tenant);
        let notice_at = tenant.and_then(|(tenant, _)| {
            next_notice(&capture.account, &tenant.settings, self.last_time)
        });
        Capture { notice_at, ..capture }
    }

    /// After a checkpoint that was not finished, counts may be ahead of what it covers.
    fn check_numbers(&self, numbered: &Numbered) -> Result<(), Misfold> {
        let Numbered { operation, first_event, tenant_number } = numbered;
        let known = self.counts.get(&operation.tenant).map_or(0, |counts| counts.operations);
        let reason = if *first_event != self.covers.plus(1) {
            format!("it follows event {}", self.covers)
        } else if *tenant_number > known.saturating_add(1) {
            format!("operation {tenant_number} of the tenant follows operation {known}")
        } else {
            return Ok(());
        };
        Err(Misfold { event: *first_event, tenant: operation.tenant, customer: None, reason })
    }

    fn tenant(
        &mut self,
        operation: &Operation,
        events: &[TenantEvent],
        first: EventNumber,
    ) -> Result<(), FoldError> {
        let id = operation.tenant;
        let before = self.tenants.get(&id);
        let last = last_of(first, events.len());
        if before.is_some_and(|(_, as_of)| *as_of >= last) {
            return Ok(());
        }
        let before = before.map(|(tenant, _)| tenant.clone());
        self.tenants.insert(id, (fold_tenant(before, operation, events, first)?, last));
        self.changed_tenants.insert(id);
        Ok(())
    }

    fn account(&mut self, turn: &Turn<'_>) -> Result<(), FoldError> {
        let key = (turn.operation.tenant, turn.customer);
        if !self.tenants.contains_key(&key.0) {
            return Err(turn.misfold(0, "there is no such tenant").into());
        }
        let folded = match self.accounts.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let stored = stored_capture(&self.tables, key.0, key.1)?;
                place.insert(Folded { capture: stored, changed: false })
            }
        };
        let added = turn.extend(&mut folded.capture)?;
        folded.changed |= added > 0;
        self.entries = self.entries.saturating_add(added);
        Ok(())
    }
}

/// A tenant after events of an operation that begin with event `first`.
pub(in crate::journal) fn fold_tenant(
    before: Option<Tenant>,
    operation: &Operation,
    events: &[TenantEvent],
    first: EventNumber,
) -> Result<Tenant, Misfold> {
    let misfold = |reason: &str| Misfold {
        event: first,
        tenant: operation.tenant,
        customer: None,
        reason: reason.to_owned(),
    };
    let tenant = Tenant::fold(before, events).ok_or_else(|| misfold("there is no such tenant"))?;
    if tenant.id == operation.tenant {
        Ok(tenant)
    } else {
        Err(misfold(&format!("it creates tenant {}", tenant.id)))
    }
}

pub(in crate::journal) fn capture_of(
    tenant: TenantId,
    account: Account,
    as_of: EventNumber,
) -> Capture {
    Capture {
        tenant,
        account,
        as_of,
        additions: Arc::default(),
        notice_at: None,
        due_in_tables: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::scenario::Scenario;
    use crate::journal::tables::tests::assert_same;

    /// What is in memory stays within its bounds, and what comes out is the same.
    #[test]
    fn a_full_fold_is_written() {
        for (accounts_max, entries_max) in [(4, usize::MAX), (usize::MAX, 50)] {
            let dir = tempfile::tempdir().unwrap();
            let far = EventNumber(u64::MAX);
            let mut writer = TablesWriter::open(dir.path(), 8 << 20, far).unwrap();
            let (mut world, mut written) = (Scenario::new(5), 0);
            let mut fold = Fold::resume(writer.reader()).unwrap();
            (fold.accounts_max, fold.entries_max) = (accounts_max, entries_max);
            for numbered in world.play(300) {
                fold.take(&numbered).unwrap();
                assert!(fold.accounts.len() <= accounts_max);
                assert!(entries_max > 50 || fold.entries < 100, "{}", fold.entries);
                if fold.is_full() {
                    fold.flush_into(&mut writer).unwrap();
                    assert!(fold.accounts.is_empty() && !fold.is_full());
                    written += 1;
                }
            }
            fold.flush_into(&mut writer).unwrap();
            assert!(written > 10, "{written}");
            assert_same(&writer.reader(), &world);
        }
    }

    #[test]
    fn an_operation_out_of_its_place_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let far = EventNumber(u64::MAX);
        let writer = TablesWriter::open(dir.path(), 8 << 20, far).unwrap();
        let operations = Scenario::new(5).play(20);
        let mut fold = Fold::resume(writer.reader()).unwrap();
        let skipped = fold.take(&operations[1]).unwrap_err();
        assert!(skipped.to_string().contains("it follows event 0"), "{skipped}");
        let mut ahead = operations[0].clone();
        ahead.tenant_number = 2;
        let ahead = fold.take(&ahead).unwrap_err();
        assert!(
            ahead.to_string().contains("operation 2 of the tenant follows operation 0"),
            "{ahead}"
        );
    }
}
