//! The journal as the engine sees it, and the one thread that writes it: a group of operations, one record,
//! one sync, then every reply of the group. After a failed write it stops for good.

use crate::journal::crew::Crew;
use crate::journal::error::JournalError;
use crate::journal::high_water::{HighWater, Mark, MarkWriter};
use crate::journal::log::{Claim, LogError, PartitionLog};
use crate::journal::opened::{GroupWatch, OpenedLog};
use crate::journal::operation::{Numbered, Operation, Outcome, Reply};
use crate::journal::positions::FeedRun;
use crate::journal::queue::{Approach, Closed, EventNumbers, Forward, Next, Pending, Queue};
use crate::journal::quiet::panic_text;
use crate::journal::record::{GroupEncoder, Tail};
use crate::journal::vault::Sealing;
use crate::values::{EventNumber, TenantId, Timestamp};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Finishes one reply.
pub type Finish = Box<dyn FnOnce(Outcome) + Send>;

/// Takes all finished replies of a group that belong to one home, on the journal thread.
pub type Postman = Arc<dyn Fn(usize, Vec<Finish>, Outcome) + Send + Sync>;

/// Is told on the journal thread, before the replies of a group leave, whose operations have become
/// durable with it and the own number of the last one.
pub type Herald = Arc<dyn Fn(TenantId, u64) + Send + Sync>;

/// A journal that is written to. Shared by all who submit; dropped or closed, it writes what it has taken.
pub struct Journal {
    queue: Arc<Queue>,
    high_water: Arc<HighWater>,
    thread: Mutex<Option<JoinHandle<Result<(), JournalError>>>>,
}

/// The journal thread's own.
struct Writer {
    queue: Arc<Queue>,
    log: Box<dyn PartitionLog>,
    claim: Claim,
    tail: Tail,
    encoder: GroupEncoder,
    high_water: Arc<HighWater>,
    marks: MarkWriter,
    postman: Postman,
    herald: Herald,
    group_watch: GroupWatch,
    path: PathBuf,
    sealing: Sealing,
    /// Taken from the queue and not yet in a group.
    taken: VecDeque<Pending>,
    /// The group that is being written: dropped here, once its replies are gone.
    group: Vec<Numbered>,
    replies: Vec<Reply>,
}

impl Journal {
    /// Starts the writer of an opened journal. `tenant_numbers` are the tenants' last own operation numbers.
    ///
    /// # Errors
    /// `Io` if no thread can be started.
    pub fn start(
        opened: OpenedLog,
        tenant_numbers: &HashMap<TenantId, u64>,
        postman: Postman,
        herald: Herald,
    ) -> Result<Self, JournalError> {
        let OpenedLog { log, claim, tail, reader, high_water, marks, group_watch } = opened;
        let (path, sealing) = (reader.path().to_path_buf(), reader.sealing().clone());
        let no_thread =
            |error: std::io::Error| JournalError::io("start the journal of", reader.path(), &error);
        let queue = Arc::new(Queue::new(&tail, tenant_numbers));
        let writer = Writer {
            queue: Arc::clone(&queue),
            log,
            claim,
            tail,
            encoder: GroupEncoder::new().map_err(no_thread)?.under(sealing.clone()),
            high_water: Arc::clone(&high_water),
            marks,
            postman,
            herald,
            group_watch,
            path,
            sealing,
            taken: VecDeque::new(),
            group: Vec::new(),
            replies: Vec::new(),
        };
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || writer.work())
            .map_err(no_thread)?;
        Ok(Self { queue, high_water, thread: Mutex::new(Some(thread)) })
    }

    /// Submits an operation, whose reply leaves with its group. Its numbers are known at once, and no other
    /// operation comes between them; `reply` makes the reply of them, quickly, since others wait.
    ///
    /// # Errors
    /// `Closed`; no reply was made.
    pub fn submit(
        &self,
        operation: Operation,
        reply: impl FnOnce(EventNumbers) -> Option<Reply>,
    ) -> Result<EventNumbers, Closed> {
        self.queue.push(operation, reply)
    }

    /// A tenant's last own operation number that was given; 0: none was.
    #[must_use]
    pub fn tenant_number(&self, tenant: TenantId) -> u64 {
        self.queue.positions(|positions| positions.last(tenant))
    }

    /// Where the operations through an event begin that the tables lack: a run of every tenant that has
    /// had an operation, empty where there is none.
    #[must_use]
    pub fn feed_through(&self, event: EventNumber) -> Vec<FeedRun> {
        self.queue.positions(|positions| positions.through(event))
    }

    /// Where the operations of a tenant with numbers in `after + 1 ..= through` begin, as far as the
    /// tables lack them; those before the run are in the tables.
    #[must_use]
    pub fn recent_feed(&self, tenant: TenantId, after: u64, through: u64) -> FeedRun {
        self.queue.positions(|positions| positions.between(tenant, after, through))
    }

    /// The tables have everything through an event now.
    pub fn forget_feed(&self, event: EventNumber) {
        self.queue.positions(|positions| positions.forget(event));
    }

    /// Lets `reply` leave as soon as everything through `event` is durable: at once and here if it is
    /// already, otherwise with the event's group.
    pub fn after(&self, event: EventNumber, reply: Reply) {
        if let Some((reply, outcome)) = self.queue.wait_for(event, reply) {
            (reply.finish)(outcome);
        }
    }

    /// Runs `forward` on the journal thread, in order, once everything submitted before it is durable; never
    /// if that fails.
    ///
    /// # Errors
    /// `Closed`; it was dropped.
    pub fn forward(&self, forward: Forward) -> Result<(), Closed> {
        self.queue.forward(forward)
    }

    /// The last event that is durable.
    #[must_use]
    pub fn durable(&self) -> EventNumber {
        self.queue.durable()
    }

    /// The number of the last record that is durable: it and all before it never change.
    #[must_use]
    pub fn durable_record(&self) -> u64 {
        self.queue.durable_record()
    }

    /// The last event that was submitted.
    #[must_use]
    pub fn submitted(&self) -> EventNumber {
        self.queue.submitted()
    }

    /// The last event that was submitted with its reply made: whatever is done to make the reply of an
    /// event up to this one has been done.
    #[must_use]
    pub fn submitted_whole(&self) -> EventNumber {
        self.queue.submitted_whole()
    }

    /// The newest instant in the journal and its queue.
    #[must_use]
    pub fn last_time(&self) -> Timestamp {
        self.queue.last_time()
    }

    /// Why nothing more is written; `None`: no write has failed.
    #[must_use]
    pub fn failed(&self) -> Option<JournalError> {
        self.queue.failure()
    }

    /// How many operations wait for a group.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    /// From now on a group waits longer for company while all of a crew have work. A journal heeds one crew.
    pub fn heed(&self, crew: &Arc<Crew>) {
        self.queue.heed(crew);
    }

    #[must_use]
    pub fn approach(&self) -> Approach {
        Approach(Arc::clone(&self.queue))
    }

    /// Makes the high-water mark durable: once a second, and at checkpoints.
    ///
    /// # Errors
    /// `Io`.
    pub fn sync_mark(&self) -> Result<(), JournalError> {
        self.high_water.sync()
    }

    /// Writes everything submitted so far and ends the writer. The store is closed when the last reader is
    /// gone as well. Closing twice is fine.
    ///
    /// # Errors
    /// Why the journal had failed, or failed now.
    pub fn close(&self) -> Result<(), JournalError> {
        self.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        match thread {
            // The last owner may be a reply that runs on the journal thread itself.
            Some(thread) if thread.thread().id() != std::thread::current().id() => {
                if let Ok(outcome) = thread.join() {
                    return outcome;
                }
            }
            Some(_) | None => {}
        }
        self.failed().map_or(Ok(()), Err)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::error!(%error, "the journal was closed after a failure");
        }
    }
}

impl Writer {
    /// The journal thread. A panic in it is a failed write like any other.
    fn work(mut self) -> Result<(), JournalError> {
        let outcome = catch_unwind(AssertUnwindSafe(|| self.write_all())).unwrap_or_else(|panic| {
            let reason = format!("its thread panicked: {}", panic_text(&*panic));
            Err(JournalError::Unavailable { path: self.path.clone(), reason })
        });
        if let Err(error) = &outcome {
            tracing::error!(%error, "the journal has failed; nothing more is written");
            self.give_up(error);
        }
        outcome
    }

    fn write_all(&mut self) -> Result<(), JournalError> {
        loop {
            match self.queue.next(&mut self.taken) {
                Next::Group => self.commit()?,
                Next::Deliver(forwards) => forwards.into_iter().for_each(|forward| forward()),
                Next::Close => return self.high_water.sync(),
            }
        }
    }

    /// Writes one group and lets go whoever waited for it.
    fn commit(&mut self) -> Result<(), JournalError> {
        while let Some(pending) = self.taken.pop_front() {
            if !self.encoder.add(&pending.numbered)? {
                self.taken.push_front(pending);
                break;
            }
            self.group.push(pending.numbered);
            self.replies.extend(pending.reply);
        }
        let records = self.encoder.finish(&self.tail).ok_or_else(|| self.too_large())?;
        for record in records {
            let number = record.tail.record;
            let appended = self
                .log
                .append(&self.claim, number, &record.bytes)
                .map_err(|error| error.at(&self.path))?;
            if appended != number {
                return Err(LogError::Fenced.at(&self.path));
            }
            self.tail = record.tail;
        }
        self.marks.write(&self.high_water, &Mark::of(&self.tail, self.log.stored_bytes()))?;
        self.forget()?;
        let (waited, forwards) = self.queue.settle(&self.tail, self.group.len());
        self.replies.extend(waited);
        (self.group_watch)(self.group.len());
        self.announce();
        let replies = std::mem::take(&mut self.replies);
        post(&self.postman, replies, Outcome::Durable(Some(self.tail.hash)));
        forwards.into_iter().for_each(|forward| forward());
        self.group.clear();
        Ok(())
    }

    /// Destroys the keys of all whom the group forgets: it is durable, and nobody was told yet.
    fn forget(&self) -> Result<(), JournalError> {
        let Some(vault) = self.sealing.vault() else { return Ok(()) };
        self.group.iter().try_for_each(|numbered| vault.forget(&numbered.operation))
    }

    /// Tells of every tenant of the group once. Numbers rise within a group, so the last one counts.
    fn announce(&self) {
        let numbers = self.group.iter().map(|one| (one.operation.tenant, one.tenant_number));
        let ends: BTreeMap<TenantId, u64> = numbers.collect();
        for (tenant, number) in ends {
            (self.herald)(tenant, number);
        }
    }

    fn too_large(&self) -> JournalError {
        let reason = "an operation is larger than any group may be".to_owned();
        JournalError::Unavailable { path: self.path.clone(), reason }
    }

    /// Tells everybody who waits that nothing may be said. Refuses all who come later.
    fn give_up(mut self, error: &JournalError) {
        let mut replies = std::mem::take(&mut self.replies);
        replies.extend(self.taken.drain(..).filter_map(|pending| pending.reply));
        replies.extend(self.queue.fail(error));
        let told = catch_unwind(AssertUnwindSafe(|| {
            post(&self.postman, replies, Outcome::Lost);
        }));
        if told.is_err() {
            tracing::error!("the replies after the failure could not be delivered");
        }
    }
}

/// Delivers replies, all of one home together.
fn post(postman: &Postman, replies: Vec<Reply>, outcome: Outcome) {
    let mut by_home: BTreeMap<usize, Vec<Finish>> = BTreeMap::new();
    for reply in replies {
        by_home.entry(reply.home).or_default().push(reply.finish);
    }
    for (home, finished) in by_home {
        postman(home, finished, outcome);
    }
}
