//! A journal in a box, for tests: its data directory, its log, and a post office that remembers.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::log::LogFactory;
use crate::journal::opened::{JournalOptions, OpenedLog};
use crate::journal::operation::{Numbered, Operation, Outcome, Reply};
use crate::journal::reader::JournalReader;
use crate::journal::vault::Sealing;
use crate::journal::writer::{Journal, Postman};
use crate::values::{EventNumber, TenantId, Timestamp};
use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Longest wait for anything in a test; only a failing one ever waits so long.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// How many replies came with each call, and to which home.
pub(super) type Deliveries = Arc<Mutex<Vec<(usize, usize, Outcome)>>>;

pub(super) struct Kit {
    pub(super) journal: Journal,
    pub(super) reader: JournalReader,
    pub(super) deliveries: Deliveries,
    answers: Sender<(u64, Outcome)>,
    pub(super) answered: Receiver<(u64, Outcome)>,
    pub(super) _data_dir: DataDir,
}

pub(super) fn options(log: Option<LogFactory>) -> JournalOptions {
    let now = Timestamp::from_millis(1_767_769_000_000);
    JournalOptions { log, disk_free_min: 0, ..JournalOptions::new(1 << 20, now) }
}

pub(super) fn opened(path: &Path, log: Option<LogFactory>) -> Result<OpenedLog, JournalError> {
    OpenedLog::open(&DataDir::create_or_open(path)?, &options(log))
}

/// All operations of a journal, in order.
pub(super) fn all_operations(reader: &JournalReader) -> Vec<Numbered> {
    let all = reader.operations(EventNumber(1), EventNumber(u64::MAX));
    all.map(Result::unwrap).collect()
}

/// An outcome without the hash, which depends on what else was written.
fn hashless(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Durable(_) => Outcome::Durable(None),
        Outcome::Lost => Outcome::Lost,
    }
}

impl Kit {
    pub(super) fn open(path: &Path, log: Option<LogFactory>) -> Self {
        Self::with_numbers(path, log, &HashMap::new())
    }

    pub(super) fn with_numbers(
        path: &Path,
        log: Option<LogFactory>,
        tenant_numbers: &HashMap<TenantId, u64>,
    ) -> Self {
        Self::start(path, &options(log), tenant_numbers)
    }

    /// The same, with what is personal or secret sealed.
    pub(super) fn sealed(path: &Path, sealing: &Sealing) -> Self {
        Self::start(path, &options(None).under(sealing.clone()), &HashMap::new())
    }

    fn start(
        path: &Path,
        options: &JournalOptions,
        tenant_numbers: &HashMap<TenantId, u64>,
    ) -> Self {
        let data_dir = DataDir::create_or_open(path).unwrap();
        let opened = OpenedLog::open(&data_dir, options).unwrap();
        let deliveries = Deliveries::default();
        let noted = Arc::clone(&deliveries);
        let postman: Postman = Arc::new(move |home, finishes, outcome| {
            noted.lock().unwrap().push((home, finishes.len(), hashless(outcome)));
            finishes.into_iter().for_each(|finish| finish(outcome));
        });
        let reader = opened.reader();
        let journal = Journal::start(opened, tenant_numbers, postman, Arc::new(|_, _| ())).unwrap();
        let (answers, answered) = channel();
        Self { journal, reader, deliveries, answers, answered, _data_dir: data_dir }
    }

    /// A reply that shows up in `answered` under `number`.
    pub(super) fn reply(&self, home: usize, number: u64) -> Reply {
        let answers = self.answers.clone();
        Reply {
            home,
            finish: Box::new(move |outcome| answers.send((number, hashless(outcome))).unwrap()),
        }
    }

    /// The next answer. One that never comes fails the test instead of holding it up for ever.
    pub(super) fn answer(&self) -> (u64, Outcome) {
        self.answered.recv_timeout(ANSWER_WITHIN).unwrap()
    }

    /// Submits, and waits for the answer.
    pub(super) fn submit_and_wait(&self, operation: Operation) -> (EventNumber, Outcome) {
        let numbers = self.journal.submit(operation, |_| Some(self.reply(0, 0)));
        let Ok(numbers) = numbers else { return (EventNumber(0), Outcome::Lost) };
        (numbers.first, self.answered.recv().unwrap().1)
    }
}
