//! The queue before the journal's writer: numbers are given here, under one lock, and everything that
//! waits for a number to become durable waits here.
//!
//! It grows only with requests under way, which the engine counts and bounds before they get here.

mod patience;
#[cfg(test)]
mod tests;

use crate::journal::crew::Crew;
use crate::journal::error::JournalError;
use crate::journal::operation::{Numbered, Operation, Outcome, Reply};
use crate::journal::positions::Positions;
use crate::journal::queue::patience::Patience;
use crate::journal::record::Tail;
use crate::values::{EventNumber, TenantId, Timestamp};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use thiserror::Error;

/// Most operations of one group.
pub const GROUP_OPERATIONS_MAX: usize = 256;
/// Longest time that a group waits for requests that are on their way to it, in microseconds.
const GATHER_MAX_US: u64 = 200;

/// What happens on the journal thread once everything submitted before it is durable: a hand-over to
/// another thread, quick and never blocking.
pub type Forward = Box<dyn FnOnce() + Send>;

/// The numbers of an operation's events, and its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventNumbers {
    pub first: EventNumber,
    pub last: EventNumber,
    /// Among the operations of its tenant.
    pub tenant_number: u64,
}

/// The journal takes nothing more: it was closed, or a write failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the journal is closed")]
pub struct Closed;

/// Tells the writer of requests that have a place and have not reached its queue yet, so that it waits for
/// company only while some is coming.
#[derive(Clone)]
pub struct Approach(pub(super) Arc<Queue>);

/// An operation that waits for its group.
pub(super) struct Pending {
    pub(super) numbered: Numbered,
    pub(super) reply: Option<Reply>,
}

/// What the writer does next.
pub(super) enum Next {
    /// There are operations to write.
    Group,
    /// Nothing to write; these are due.
    Deliver(Vec<Forward>),
    Close,
}

pub(super) struct Queue {
    state: Mutex<State>,
    /// The writer waits here.
    wake: Condvar,
    approaching: AtomicUsize,
    /// Whether the writer waits for what is approaching.
    gathering: AtomicBool,
    /// Who makes the operations, where that is known.
    crew: OnceLock<Arc<Crew>>,
    submitted: AtomicU64,
    durable: AtomicU64,
    durable_record: AtomicU64,
    last_time: AtomicI64,
}

struct State {
    operations: VecDeque<Pending>,
    /// Replies that rest on an event, by that event.
    waiting: BTreeMap<EventNumber, Vec<Reply>>,
    /// What is forwarded behind an event, in order.
    forwards: VecDeque<(EventNumber, Forward)>,
    positions: Positions,
    phase: Phase,
    /// Whether the writer sleeps until it is woken.
    idle: bool,
    /// How many operations the next group may well have: those that waited when the last one was durable, and
    /// as many as were answered then, since whoever asks one after the other asks again.
    expected: usize,
    patience: Patience,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    Open,
    /// What was submitted is still written.
    Closing,
    Failed(JournalError),
}

impl Queue {
    pub(super) fn new(tail: &Tail, tenant_numbers: &HashMap<TenantId, u64>) -> Self {
        Self {
            state: Mutex::new(State {
                operations: VecDeque::new(),
                waiting: BTreeMap::new(),
                forwards: VecDeque::new(),
                positions: Positions::new(tenant_numbers),
                phase: Phase::Open,
                idle: false,
                expected: 0,
                patience: Patience::default(),
            }),
            wake: Condvar::new(),
            approaching: AtomicUsize::new(0),
            gathering: AtomicBool::new(false),
            crew: OnceLock::new(),
            submitted: AtomicU64::new(tail.last_event.number()),
            durable: AtomicU64::new(tail.last_event.number()),
            durable_record: AtomicU64::new(tail.record),
            last_time: AtomicI64::new(tail.last_time.millis()),
        }
    }

    /// From now on groups wait longer while all of a crew have work; the first crew stays.
    pub(super) fn heed(self: &Arc<Self>, crew: &Arc<Crew>) {
        if self.crew.set(Arc::clone(crew)).is_ok() {
            crew.belongs_to(self);
        }
    }

    /// Has the writer, if it gathers, look whether it should go on.
    pub(super) fn look_again(&self) {
        // Under the lock, the writer is either before its look or already waiting.
        drop(self.lock());
        self.wake.notify_one();
    }

    pub(super) fn submitted(&self) -> EventNumber {
        EventNumber(self.submitted.load(Ordering::Acquire))
    }

    /// Replies are made under the lock.
    pub(super) fn submitted_whole(&self) -> EventNumber {
        let _reply_made = self.lock();
        self.submitted()
    }

    pub(super) fn durable(&self) -> EventNumber {
        EventNumber(self.durable.load(Ordering::Acquire))
    }

    /// The number of the last record that is durable.
    pub(super) fn durable_record(&self) -> u64 {
        self.durable_record.load(Ordering::Acquire)
    }

    pub(super) fn last_time(&self) -> Timestamp {
        Timestamp::from_millis(self.last_time.load(Ordering::Acquire))
    }

    pub(super) fn waiting(&self) -> usize {
        self.lock().operations.len()
    }

    /// Looks at where the latest operations begin; others wait meanwhile.
    pub(super) fn positions<T>(&self, look: impl FnOnce(&mut Positions) -> T) -> T {
        look(&mut self.lock().positions)
    }

    pub(super) fn failure(&self) -> Option<JournalError> {
        match &self.lock().phase {
            Phase::Failed(error) => Some(error.clone()),
            Phase::Open | Phase::Closing => None,
        }
    }

    /// A poisoned lock is taken all the same: whoever panicked under it was between two complete states.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives an operation its numbers and its place, and makes its reply with them. Refused: the reply is
    /// not made.
    pub(super) fn push(
        &self,
        operation: Operation,
        reply: impl FnOnce(EventNumbers) -> Option<Reply>,
    ) -> Result<EventNumbers, Closed> {
        let mut state = self.lock();
        if state.phase != Phase::Open {
            return Err(Closed);
        }
        let before = self.submitted();
        let first = before.plus(1);
        let last = before.plus(operation.count());
        let tenant_number = state.positions.push(operation.tenant, first);
        self.submitted.store(last.number(), Ordering::Release);
        self.last_time.fetch_max(operation.at.millis(), Ordering::AcqRel);
        let numbered = Numbered { operation, first_event: first, tenant_number };
        let numbers = EventNumbers { first, last, tenant_number };
        state.operations.push_back(Pending { numbered, reply: reply(numbers) });
        self.wake_after_push(state);
        Ok(numbers)
    }

    /// Wakes a sleeping writer, or one that gathers a group which is full now.
    fn wake_after_push(&self, mut state: MutexGuard<'_, State>) {
        let full = self.gathering.load(Ordering::Relaxed) && !self.more_comes(&state);
        let wake = std::mem::take(&mut state.idle) || full;
        drop(state);
        if wake {
            self.wake.notify_one();
        }
    }

    /// Lets a reply wait for `event`. `Some`: there is nothing to wait for, and this is the outcome.
    pub(super) fn wait_for(&self, event: EventNumber, reply: Reply) -> Option<(Reply, Outcome)> {
        if event <= self.durable() {
            return Some((reply, Outcome::Durable(None)));
        }
        let mut state = self.lock();
        if event <= self.durable() {
            return Some((reply, Outcome::Durable(None)));
        }
        if matches!(state.phase, Phase::Failed(_)) || event > self.submitted() {
            return Some((reply, Outcome::Lost));
        }
        state.waiting.entry(event).or_default().push(reply);
        None
    }

    /// Puts something behind all that was submitted. After a failure it is dropped.
    pub(super) fn forward(&self, forward: Forward) -> Result<(), Closed> {
        let mut state = self.lock();
        if state.phase != Phase::Open {
            return Err(Closed);
        }
        state.forwards.push_back((self.submitted(), forward));
        self.wake_after_push(state);
        Ok(())
    }

    /// Nothing more is taken; what is there is written.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Open {
            state.phase = Phase::Closing;
        }
        state.idle = false;
        drop(state);
        self.wake.notify_one();
    }

    /// Waits for work. Operations go to the end of `taken`, which may still hold some.
    pub(super) fn next(&self, taken: &mut VecDeque<Pending>) -> Next {
        let mut state = self.lock();
        loop {
            let room = GROUP_OPERATIONS_MAX.saturating_sub(taken.len());
            if !taken.is_empty() || !state.operations.is_empty() {
                if taken.is_empty() {
                    state = self.gather(state);
                }
                let count = room.min(state.operations.len());
                taken.extend(state.operations.drain(..count));
                return Next::Group;
            }
            let due = state.due_forwards(self.durable());
            if !due.is_empty() {
                return Next::Deliver(due);
            }
            if state.phase != Phase::Open {
                return Next::Close;
            }
            state.idle = true;
            state = self
                .wake
                .wait_while(state, |state| state.idle)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits a moment for operations that are on their way or may well be, and not at all if there are none:
    /// a commit costs the same for few as for many.
    fn gather<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.gathering.store(true, Ordering::Release);
        let gathered = self.wait_while(state, GATHER_MAX_US, |state| self.more_comes(state));
        let gathered = self.gather_on(gathered);
        self.gathering.store(false, Ordering::Release);
        gathered
    }

    /// Waits for what the time was too short for, until one of the crew rests.
    fn gather_on<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let patience = state.patience.micros();
        let Some(crew) = self.crew.get().filter(|_| patience > 0) else { return state };
        crew.watch(true);
        let gathered =
            self.wait_while(state, patience, |state| self.more_comes(state) && crew.all_work());
        crew.watch(false);
        gathered
    }

    fn wait_while<'a>(
        &'a self,
        state: MutexGuard<'a, State>,
        micros: u64,
        condition: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        let most = Duration::from_micros(micros);
        let waited = self.wake.wait_timeout_while(state, most, |state| condition(state));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Whether a group is worth waiting for.
    fn more_comes(&self, state: &State) -> bool {
        let count = state.operations.len();
        count < GROUP_OPERATIONS_MAX
            && state.phase == Phase::Open
            && (count < state.expected || self.approaching.load(Ordering::Acquire) > 0)
    }

    /// Everything through the end of the journal is durable: who waited for that, and what is due now.
    ///
    /// `answered` operations were in its last group.
    pub(super) fn settle(&self, tail: &Tail, answered: usize) -> (Vec<Reply>, Vec<Forward>) {
        let event = tail.last_event;
        let mut state = self.lock();
        state.expected = state.operations.len().saturating_add(answered);
        let all_work = self.crew.get().is_some_and(|crew| crew.all_work());
        state.patience = state.patience.after(all_work);
        self.durable_record.store(tail.record, Ordering::Release);
        self.durable.store(event.number(), Ordering::Release);
        let later = state.waiting.split_off(&event.plus(1));
        let waited = std::mem::replace(&mut state.waiting, later);
        let replies = waited.into_values().flatten().collect();
        (replies, state.due_forwards(event))
    }

    /// Nothing more becomes durable. All that waits: its replies are lost.
    pub(super) fn fail(&self, error: &JournalError) -> Vec<Reply> {
        let mut state = self.lock();
        state.phase = Phase::Failed(error.clone());
        let operations = std::mem::take(&mut state.operations);
        let waited = std::mem::take(&mut state.waiting);
        let forwards = std::mem::take(&mut state.forwards);
        drop(state);
        drop(forwards);
        let pending = operations.into_iter().filter_map(|pending| pending.reply);
        pending.chain(waited.into_values().flatten()).collect()
    }
}

impl State {
    fn due_forwards(&mut self, durable: EventNumber) -> Vec<Forward> {
        let due = self.forwards.iter().take_while(|(behind, _)| *behind <= durable).count();
        self.forwards.drain(..due).map(|(_, forward)| forward).collect()
    }
}

impl Approach {
    /// A request got its place.
    pub fn begin(&self) {
        self.0.approaching.fetch_add(1, Ordering::AcqRel);
    }

    /// It has reached the queue, or will not.
    pub fn end(&self) {
        let before = self.0.approaching.fetch_sub(1, Ordering::AcqRel);
        debug_assert!(before > 0, "an approach ends once");
        if before == 1 && self.0.gathering.load(Ordering::Acquire) {
            self.0.look_again();
        }
    }
}
