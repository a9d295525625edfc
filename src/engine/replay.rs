//! The ledger as it was at an event or an instant: the journal is read again from its first record, page by
//! page so that other reads get their turn, into tables of its own that are thrown away. Memory is bounded
//! by those, disk by the ledger.
//!
//! What was due by then and not yet written counts at its instant, so that the same question has the same
//! answer later (rule 15). An operation belongs to the instant at which it was decided, in the order of the
//! journal: the first one of the tenant that is later ends what is asked about.

use crate::engine::claims::Guard;
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::readers::Sources;
use crate::journal::{EntityEvents, Fold, JournalError, Numbered, TablesMemory, TablesWriter};
use crate::ledger::{
    Account, AccountEvent, LiabilityAges, LiabilityFold, Refusal, Tenant, Voucher, VoucherKind,
    add_ages, settled_ahead,
};
use crate::values::{CustomerId, EventNumber, TenantId, Timestamp, VoucherId};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Operations that are read in one go.
const PAGE: usize = 512;
/// Accounts that are looked at in one go.
pub(super) const ACCOUNTS_PAGE: usize = 256;
/// Memory of the tables that are thrown away. Nobody asks their filter.
const SCRATCH_MEMORY: TablesMemory = TablesMemory { cache_bytes: 16 << 20, filter_bytes: 1 << 20 };
const SCRATCH: &str = "scratch";

static NEXT: AtomicU64 = AtomicU64::new(1);

/// What a question is about; absent: all that is durable, and now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AsOf {
    /// The last event that counts.
    pub event: Option<EventNumber>,
    /// What was decided, and fell due, by then.
    pub at: Option<Timestamp>,
}

/// Where a replay stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The tenant's last one that counts, whatever other tenants did since.
    pub event: EventNumber,
    pub at: Timestamp,
}

/// What was found at a cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiabilityCut {
    pub cut: Cut,
    pub fold: LiabilityFold,
    pub ages: LiabilityAges,
}

/// The limits of a replay.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    event: EventNumber,
    at: Option<Timestamp>,
    now: Timestamp,
}

/// A ledger that is read again.
pub(super) struct Replay {
    tenant: TenantId,
    fold: Fold,
    writer: TablesWriter,
    liability: LiabilityFold,
    /// The tenant's last operation so far.
    last: Cut,
    _scratch: Scratch,
    /// One replay at a time builds; `None`: it is built.
    turn: Option<Guard<()>>,
}

/// A folder that goes when its user does.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "a scratch folder stays behind");
        }
    }
}

/// Removes what a process that was killed left of its replays; to be called by whoever has the directory to
/// themselves, before anything is read again.
pub(super) fn remove_scratch(data_dir: &Path) {
    let scratch = data_dir.join(SCRATCH);
    match std::fs::remove_dir_all(&scratch) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            tracing::warn!(path = %scratch.display(), %error, "a scratch folder stays behind");
        }
        Ok(()) | Err(_) => {}
    }
}

impl Core {
    /// Begins to read the ledger again for a tenant.
    pub(super) async fn replay(
        &self,
        data_dir: &Path,
        tenant: TenantId,
    ) -> Result<Box<Replay>, EngineError> {
        let turn = self.turns.turn([0; 16]).await;
        let folder = data_dir.join(SCRATCH).join(NEXT.fetch_add(1, Ordering::Relaxed).to_string());
        self.readers
            .read(move |sources| {
                // One of an earlier run that was killed.
                let _ = std::fs::remove_dir_all(&folder);
                let scratch = Scratch(folder);
                let (far, sealing) = (EventNumber(u64::MAX), sources.journal.sealing());
                let writer = TablesWriter::open_under(&scratch.0, SCRATCH_MEMORY, far, sealing)?;
                let fold = Fold::resume(writer.reader())?;
                let liability = LiabilityFold::default();
                let last = Cut { event: EventNumber(0), at: Timestamp::default() };
                let (_scratch, turn) = (scratch, Some(turn));
                let replay = Replay { tenant, fold, writer, liability, last, _scratch, turn };
                Ok::<_, JournalError>(Box::new(replay))
            })
            .await
    }

    /// Reads on up to what is asked about; what was read stays read, so that it must not lie before.
    pub(super) async fn replay_to(
        &self,
        mut replay: Box<Replay>,
        asked: AsOf,
        field: &'static str,
    ) -> Result<(Box<Replay>, Cut), EngineError> {
        let (durable, now) = (self.journal.durable(), self.stamp()?);
        let event = asked.event.unwrap_or(durable);
        if event > durable || asked.at.is_some_and(|at| at > now) {
            return Err(Refusal::AsOfInvalid { field }.into());
        }
        let bounds = Bounds { event, at: asked.at, now };
        if replay.is_past(bounds) {
            return Err(Refusal::AsOfInvalid { field }.into());
        }
        loop {
            let (read, done) =
                self.readers.read(move |sources| replay.page(sources, bounds)).await?;
            replay = read;
            if done {
                let cut = replay.cut(bounds, asked);
                return Ok((replay, cut));
            }
            tokio::task::yield_now().await;
        }
    }

    /// What is owed at a cut.
    pub(super) async fn liability_at(
        &self,
        mut replay: Box<Replay>,
        cut: Cut,
    ) -> Result<(Box<Replay>, LiabilityCut), EngineError> {
        let mut fold = replay.liability.clone();
        let mut ages = LiabilityAges::new();
        let mut after = CustomerId(0);
        loop {
            let (read, page) = self.readers.read(move |_| replay.accounts(cut, after)).await?;
            replay = read;
            let Some(last) = page.last() else { break };
            after = last.account.id;
            for found in &page {
                fold.take(Some(&found.before), &found.ahead).map_err(|error| misfit(&error))?;
                add_ages(&mut ages, &found.account, cut.at);
            }
            tokio::task::yield_now().await;
        }
        let (read, vouchers) = self.readers.read(move |_| replay.gift_cards()).await?;
        for voucher in vouchers {
            fold.take_voucher(&voucher.settle(cut.at).events);
        }
        Ok((read, LiabilityCut { cut, fold, ages }))
    }
}

fn misfit(error: &impl std::fmt::Display) -> EngineError {
    EngineError::Broken(format!("the journal does not fit its accounts: {error}"))
}

/// An account at a cut.
pub(super) struct AtCut {
    /// As it was written.
    before: Account,
    /// What was due and not written yet.
    ahead: Vec<AccountEvent>,
    /// With that.
    pub(super) account: Account,
}

impl Replay {
    /// Nothing more is read of the journal: the next one may build.
    pub(super) fn is_built(&mut self) {
        self.turn = None;
    }

    /// Takes a page of operations in. Whether that was all.
    fn page(
        mut self: Box<Self>,
        sources: &Sources,
        bounds: Bounds,
    ) -> Result<(Box<Self>, bool), String> {
        let from = self.fold.covers().plus(1);
        let mut taken = 0_usize;
        if from <= bounds.event {
            for numbered in sources.journal.operations(from, bounds.event) {
                let numbered = numbered.map_err(|error| error.to_string())?;
                if taken >= PAGE {
                    return Ok((self, false));
                }
                if self.is_beyond(&numbered, bounds) {
                    break;
                }
                self.take(&numbered).map_err(|error| error.to_string())?;
                taken = taken.saturating_add(1);
            }
        }
        self.write().map_err(|error| error.to_string())?;
        Ok((self, true))
    }

    /// Whether something was read that lies beyond.
    fn is_past(&self, bounds: Bounds) -> bool {
        self.last.event > bounds.event || bounds.at.is_some_and(|at| self.last.at > at)
    }

    fn is_beyond(&self, numbered: &Numbered, bounds: Bounds) -> bool {
        let count = numbered.operation.count().saturating_sub(1);
        let later = bounds.at.is_some_and(|at| numbered.operation.at > at);
        numbered.first_event.plus(count) > bounds.event
            || (later && numbered.operation.tenant == self.tenant)
    }

    fn take(&mut self, numbered: &Numbered) -> Result<(), Box<dyn std::error::Error>> {
        let operation = &numbered.operation;
        if operation.tenant == self.tenant {
            let count = operation.count().saturating_sub(1);
            let event = numbered.first_event.plus(count);
            self.last = Cut { event, at: self.last.at.max(operation.at) };
            for entity in &operation.entities {
                match entity {
                    EntityEvents::Account(customer, events) => {
                        let before = self.fold.account_so_far(operation.tenant, *customer)?;
                        self.liability.take(before.as_ref(), events)?;
                    }
                    EntityEvents::Voucher(_, _, events) => self.liability.take_voucher(events),
                    EntityEvents::Tenant(_) | EntityEvents::Login(..) => {}
                }
            }
        }
        self.fold.take(numbered)?;
        if self.fold.is_full() {
            self.write()?;
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), JournalError> {
        self.fold.flush_into(&mut self.writer)
    }

    fn cut(&self, bounds: Bounds, asked: AsOf) -> Cut {
        let at = match (asked.at, asked.event) {
            (Some(at), _) => at,
            (None, Some(_)) => self.last.at,
            (None, None) => bounds.now,
        };
        Cut { event: self.last.event, at }
    }

    /// The accounts after one, settled at the cut.
    pub(super) fn accounts(
        self: Box<Self>,
        cut: Cut,
        after: CustomerId,
    ) -> Result<(Box<Self>, Vec<AtCut>), JournalError> {
        let tables = self.writer.reader();
        let Some(settings) = self.known().map(|tenant| Arc::clone(&tenant.settings)) else {
            return Ok((self, Vec::new()));
        };
        let mut page = Vec::new();
        for customer in tables.customers_after(self.tenant, after, ACCOUNTS_PAGE)? {
            if let Some((before, _)) = tables.account(self.tenant, customer)? {
                let (account, ahead) = settled_ahead(&before, &settings, cut.at);
                page.push(AtCut { before, ahead, account });
            }
        }
        Ok((self, page))
    }

    fn gift_cards(self: Box<Self>) -> Result<(Box<Self>, Vec<Voucher>), JournalError> {
        let tables = self.writer.reader();
        let mut found = Vec::new();
        let mut after = VoucherId(0);
        loop {
            let of = (self.tenant, VoucherKind::GiftCard);
            let page = tables.vouchers_after(of, after, ACCOUNTS_PAGE)?;
            let Some(last) = page.last() else { return Ok((self, found)) };
            after = last.voucher.id();
            let due = page.into_iter().map(|capture| capture.voucher);
            found.extend(due.filter(|voucher| voucher.next_due().is_some()));
        }
    }

    /// The tenant as it was at the end of what was read.
    fn known(&self) -> Option<&Tenant> {
        let mut tenants = self.fold.tenants();
        tenants.find(|(tenant, _)| tenant.id == self.tenant).map(|(tenant, _)| tenant)
    }
}
