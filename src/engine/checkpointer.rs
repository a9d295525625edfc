//! The thread that writes the tables: asks what changed for its state, behind its events, and lets
//! idle accounts leave memory.

use crate::engine::account_turn::AccountTurn;
use crate::engine::clock::Stopwatch;
use crate::engine::core::{AccountKey, Core, Forwarded, Slot};
use crate::engine::error::EngineError;
use crate::engine::tenant_actor::TenantTurn;
use crate::engine::tenants::TenantActor;
use crate::journal::{
    Capture, CheckpointBatch, Due, FeedRun, JournalReader, Tables, TablesWriter, TenantCounts,
    VoucherDue, rebuild_account, work_behind_sales,
};
use crate::values::{EventNumber, TenantId, Timestamp};
use dashmap::mapref::multiple::RefMulti;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// How often the thread looks around.
const TICK: Duration = Duration::from_secs(1);
/// So many events since the last checkpoint call for the next one, whatever the time.
const CHECKPOINT_EVENTS_MAX: u64 = 500_000;
/// An account that nobody asked for as long gives up its actor. One that is asked for more often keeps it:
/// packing and waking cost as much as several sales.
const REST_AFTER_SECONDS: i64 = 60;

/// What a checkpoint is made of besides the core.
pub(super) struct Stores {
    pub(super) writer: TablesWriter,
    pub(super) tables: Tables,
    pub(super) journal: JournalReader,
    pub(super) forwarded: Receiver<Forwarded>,
}

/// How often to write and whom to let go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rhythm {
    pub(super) checkpoint_seconds: u64,
    pub(super) idle_seconds: u64,
}

/// Due dates that were dealt with.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) accounts: Vec<Due>,
    pub(super) vouchers: Vec<VoucherDue>,
}

/// What the thread is asked for.
pub(super) enum Request {
    Checkpoint {
        settled: Settled,
        done: oneshot::Sender<Result<(), EngineError>>,
    },
    /// Let accounts leave memory, those that were used longest ago first.
    MakeRoom,
    Stop,
}

/// The thread's letter box, and the way to it.
pub(super) struct Letters {
    pub(super) requests: Sender<Request>,
    pub(super) asked: Receiver<Request>,
}

impl Letters {
    pub(super) fn new() -> Self {
        let (requests, asked) = channel();
        Self { requests, asked }
    }
}

/// The way to the thread.
pub(super) struct Checkpointer {
    requests: Mutex<Sender<Request>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Checkpointer {
    pub(super) fn start(
        core: Arc<Core>,
        stores: Stores,
        rhythm: Rhythm,
        letters: Letters,
    ) -> Result<Self, EngineError> {
        let Letters { requests, asked } = letters;
        let writer = Writer { core, stores, rhythm, ticks: 0, marker: 0, broken: false };
        let thread = std::thread::Builder::new()
            .name("tables".into())
            .spawn(move || {
                work_behind_sales();
                writer.run(&asked);
            })
            .map_err(|error| EngineError::Unavailable(error.to_string()))?;
        Ok(Self { requests: Mutex::new(requests), thread: Mutex::new(Some(thread)) })
    }

    /// Writes everything that is submitted by now into the tables; `settled` are due dates that were
    /// dealt with.
    pub(super) async fn checkpoint(&self, settled: Vec<Due>) -> Result<(), EngineError> {
        self.checkpoint_after(Settled { accounts: settled, vouchers: Vec::new() }).await
    }

    /// The same, where dates of vouchers were dealt with, too.
    pub(super) async fn checkpoint_after(&self, settled: Settled) -> Result<(), EngineError> {
        let (done, written) = oneshot::channel();
        self.send(Request::Checkpoint { settled, done });
        written.await.unwrap_or_else(|_| Err(EngineError::Unavailable("it is closing".into())))
    }

    /// Ends the thread; the tables are let go.
    pub(super) fn stop(&self) {
        self.send(Request::Stop);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the tables' thread ended with a panic");
        }
    }

    fn send(&self, request: Request) {
        let _ = self.requests.lock().unwrap_or_else(PoisonError::into_inner).send(request);
    }
}

struct Writer {
    core: Arc<Core>,
    stores: Stores,
    rhythm: Rhythm,
    ticks: u64,
    marker: u64,
    /// A checkpoint has failed. What accounts had handed over for it is gone, so the next one would cover
    /// events that are not in it: only opening the ledger again helps.
    broken: bool,
}

impl Writer {
    fn run(mut self, asked: &Receiver<Request>) {
        loop {
            match asked.recv_timeout(TICK) {
                Ok(Request::Checkpoint { settled, done }) => {
                    let _ = done.send(self.checkpoint(settled));
                }
                Ok(Request::MakeRoom) => self.make_room(),
                Ok(Request::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => self.tick(),
            }
        }
    }

    fn tick(&mut self) {
        if let Err(error) = self.core.journal.sync_mark() {
            tracing::error!(%error, "the high-water mark could not be synced");
        }
        self.core.pulse.look_at_disk();
        self.ticks = self.ticks.saturating_add(1);
        let last = self.core.journal.submitted();
        let covered = self.core.coverage.through();
        let fresh = last.number().saturating_sub(covered.number());
        if fresh == 0 {
            self.core.coverage.reaches(covered, self.core.clock.now());
        }
        let due = self.ticks >= self.rhythm.checkpoint_seconds || fresh >= CHECKPOINT_EVENTS_MAX;
        if due {
            self.end_days();
        }
        if due && !self.broken && self.core.journal.failed().is_none() {
            if fresh > 0 {
                let _ = self.checkpoint(Settled::default());
            } else {
                self.dismiss_idle();
            }
        }
        if self.ticks >= self.rhythm.checkpoint_seconds {
            self.ticks = 0;
        }
        self.make_room();
    }

    /// Lets those leave that were used longest ago, if it gets crowded. What changed of them is written
    /// first: nobody leaves ahead of the tables.
    fn make_room(&mut self) {
        self.core.room.is_being_made();
        let crowd = self.core.room.too_many(self.core.accounts.len());
        if crowd == 0 || self.broken || self.core.journal.failed().is_some() {
            return;
        }
        if self.core.dirty.has_any() && self.checkpoint(Settled::default()).is_err() {
            return;
        }
        let mut used = self.used_at();
        let crowd = crowd.min(used.len());
        if crowd > 0 {
            used.select_nth_unstable_by_key(crowd.saturating_sub(1), |(used_at, _)| *used_at);
        }
        let turn = |(used_at, key): (Timestamp, AccountKey)| {
            let idle_before = used_at.plus_millis(1);
            let turn = (key, AccountTurn::DepartIfIdle { idle_before });
            (!self.core.leaves_at_rest(key, idle_before)).then_some(turn)
        };
        self.core.give_turns(used.into_iter().take(crowd).filter_map(turn));
    }

    /// When each account in memory was used last.
    fn used_at(&self) -> Vec<(Timestamp, AccountKey)> {
        let used = |slot: RefMulti<'_, AccountKey, Slot>| match slot.value() {
            Slot::Resident { used_at, .. } => {
                Some((Timestamp::from_millis(used_at.load(Ordering::Relaxed)), *slot.key()))
            }
            Slot::Resting { used_at, .. } => Some((*used_at, *slot.key())),
            Slot::Hydrating(_) | Slot::Dead => None,
        };
        self.core.accounts.iter().filter_map(used).collect()
    }

    fn checkpoint(&mut self, settled: Settled) -> Result<(), EngineError> {
        if self.broken {
            return Err(EngineError::Unavailable("its tables could not be written".into()));
        }
        self.end_days();
        let watch = Stopwatch::start();
        let written = self.write(settled);
        self.core.pulse.checkpoint_written(watch.elapsed());
        self.core.pulse.look_at_disk();
        if let Err(error) = &written {
            tracing::error!(%error, "a checkpoint failed");
            self.broken = true;
            self.core.failure.notify_one();
        }
        written
    }

    fn write(&mut self, settled: Settled) -> Result<(), EngineError> {
        let began_at = self.core.clock.now();
        self.core.fresh_sales.begin_checkpoint();
        let covers = self.core.journal.submitted_whole();
        // Takes the lock under which events get their numbers: what is covered is counted from here on.
        let feed = self.core.journal.feed_through(covers);
        let dirty = self.core.dirty.begin_checkpoint();
        #[cfg(test)]
        self.core.gate.pass(crate::engine::phase_gate::Phase::Listed);
        let missing = self.core.ask_for_states(&dirty);
        self.ask_tenants()?;
        self.core.forward(Forwarded::Logins(self.core.logins.changed()));
        self.core.forward(Forwarded::Vouchers(self.core.vouchers.changed()));
        let mut batch = self.collect(dirty.len())?;
        #[cfg(test)]
        self.core.gate.pass(crate::engine::phase_gate::Phase::HandedOver);
        // What they submitted before they died, be it beyond what is covered: nobody marks them again for it.
        // All of it was ahead of our own marker, so it is durable.
        let durable = self.core.journal.durable();
        for key in missing {
            self.fold_anew(key, durable, &mut batch)?;
        }
        batch.covers = covers;
        batch.last_time = self.core.journal.last_time();
        batch.counts = self.counts(&feed);
        batch.feed = feed;
        batch.settled_due = settled.accounts;
        batch.settled_vouchers = settled.vouchers;
        batch.lone_marks = self.core.lone_marks.covered(covers);
        batch.ended_logins = self.core.logins.forget_over(batch.last_time, covers);
        // Who is dismissed is in no list any more, so that counts and states of tenants would be missing from
        // what is covered. The flag stands before the lists are cleared.
        if self.core.dismissed.load(Ordering::SeqCst) {
            return Err(self.core.lost());
        }
        self.stores
            .writer
            .write_checkpoint(&batch)
            .map_err(|error| EngineError::Unavailable(error.to_string()))?;
        self.core.dirty.end_checkpoint();
        self.core.coverage.reaches(covers, began_at);
        self.core.journal.forget_feed(covers);
        self.core.vouchers.forget_covered(covers);
        self.core.lone_marks.forget_covered(covers);
        #[cfg(test)]
        self.core.gate.pass(crate::engine::phase_gate::Phase::Written);
        self.core.give_turns(dirty.iter().map(|key| (*key, AccountTurn::Captured)));
        #[cfg(test)]
        self.core.gate.pass(crate::engine::phase_gate::Phase::Told);
        self.forget_written(&batch);
        self.dismiss_idle();
        Ok(())
    }

    /// Forgets where operations and sales lead that the tables know now: here, beside the arbiters, since each
    /// of them is somewhere else in memory.
    fn forget_written(&self, batch: &CheckpointBatch) {
        let of_accounts = batch.captures.iter().flat_map(|capture| &capture.additions.operations);
        let lone = batch.lone_marks.iter().map(|mark| mark.key);
        for key in of_accounts.map(|(key, _)| *key).chain(lone) {
            self.core.operations.forget(key);
        }
        self.core.fresh_sales.end_checkpoint();
    }

    /// Without the state of a tenant that has changed, nothing may say that it is covered.
    fn ask_tenants(&self) -> Result<(), EngineError> {
        for (id, actor) in self.core.tenants.actors() {
            let (done, captured) = oneshot::channel();
            actor.mailbox.deliver(TenantTurn::Capture(done));
            captured.blocking_recv().map_err(|_| {
                EngineError::Unavailable(format!("the actor of tenant {id} is gone"))
            })?;
        }
        Ok(())
    }

    /// Takes what was forwarded, up to our own marker: everything in it is durable. States are large, so
    /// there is room for so many of them from the start.
    fn collect(&mut self, accounts: usize) -> Result<CheckpointBatch, EngineError> {
        self.marker = self.marker.saturating_add(1);
        if !self.core.forward(Forwarded::Marker(self.marker)) {
            return Err(self.core.lost());
        }
        let mut batch = CheckpointBatch::default();
        batch.captures.reserve(accounts);
        loop {
            match self.stores.forwarded.recv_timeout(TICK) {
                Ok(Forwarded::Account(capture)) => batch.captures.push(*capture),
                Ok(Forwarded::Tenant(tenant, as_of)) => batch.tenants.push((*tenant, as_of)),
                Ok(Forwarded::Usage(tenant, usage)) => drop(batch.usage.insert(tenant, usage)),
                Ok(Forwarded::Logins(logins)) => batch.logins.extend(logins),
                Ok(Forwarded::Vouchers(vouchers)) => batch.vouchers.extend(vouchers),
                Ok(Forwarded::Marker(marker)) if marker == self.marker => return Ok(batch),
                Ok(Forwarded::Marker(_)) => {}
                Err(RecvTimeoutError::Timeout) if self.core.journal.failed().is_none() => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    return Err(self.core.lost());
                }
            }
        }
    }

    /// The state of an account whose actor is gone.
    fn fold_anew(
        &self,
        key: AccountKey,
        through: EventNumber,
        batch: &mut CheckpointBatch,
    ) -> Result<(), EngineError> {
        let Stores { tables, journal, .. } = &self.stores;
        let rebuilt = rebuild_account(tables, journal, (key.tenant, key.customer), through);
        let rebuilt = rebuilt.map_err(|error| EngineError::Unavailable(error.to_string()))?;
        let now = self.core.journal.last_time();
        batch.captures.extend(rebuilt.map(|capture| Capture {
            notice_at: self.core.next_notice(key.tenant, &capture.account, now),
            ..capture
        }));
        Ok(())
    }

    /// Ids may be ahead of what is covered, they have gaps anyway. The numbers of operations have none: one
    /// that is not durable yet may be lost, and its number is given again.
    fn counts(&self, covered: &[FeedRun]) -> Vec<(TenantId, TenantCounts)> {
        let numbers: HashMap<TenantId, u64> =
            covered.iter().map(|run| (run.tenant, run.last())).collect();
        let counts = |(id, actor): (TenantId, TenantActor)| {
            let operations = numbers.get(&id).copied().unwrap_or(0);
            (id, TenantCounts { counters: actor.counters.snapshot(), operations })
        };
        self.core.tenants.actors().into_iter().map(counts).collect()
    }

    /// Destroys the keys of days that are over: what they sealed is unreadable from then on.
    fn end_days(&self) {
        if let Err(error) = self.core.vault.end_days(self.core.clock.now()) {
            tracing::error!(%error, "the key of a day that is over could not be destroyed");
        }
    }

    fn dismiss_idle(&self) {
        let idle_millis =
            i64::try_from(self.rhythm.idle_seconds.saturating_mul(1_000)).unwrap_or(i64::MAX);
        let now = self.core.clock.now();
        let idle_before = now.plus_millis(idle_millis.saturating_neg());
        let rests_before = now.plus_seconds(-REST_AFTER_SECONDS);
        let turn = |(used_at, key)| {
            if used_at < idle_before {
                (!self.core.leaves_at_rest(key, idle_before))
                    .then_some((key, AccountTurn::DepartIfIdle { idle_before }))
            } else {
                let rests = used_at < rests_before && self.core.has_actor(key);
                rests.then_some((key, AccountTurn::RestIfIdle { idle_before: rests_before }))
            }
        };
        self.core.give_turns(self.used_at().into_iter().filter_map(turn));
    }
}
