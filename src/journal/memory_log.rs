//! A log in memory, for tests: it outlives the journal that writes it, can be looked at and changed, and
//! does to an append what a test tells it.

use crate::journal::log::{Claim, LogError, LogFactory, LogReader, Opening, PartitionLog};
use std::sync::{Arc, Mutex, MutexGuard};

/// What happens instead of, or before, an append; gets the number of the record.
type Intercept = Box<dyn FnMut(u64) -> Result<(), LogError> + Send>;

/// Clones are the same log.
#[derive(Clone, Default)]
pub struct MemoryLog {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    /// So many reads fail from now on.
    failing_reads: usize,
    records: Vec<Vec<u8>>,
    epoch: u64,
}

struct Handle {
    log: MemoryLog,
    intercept: Option<Intercept>,
}

impl MemoryLog {
    /// A factory for journals on this log.
    #[must_use]
    pub fn factory(&self) -> LogFactory {
        let log = self.clone();
        Arc::new(move |_| Ok(log.handle(None)))
    }

    /// The same, once; `intercept` sees every append after the opening one.
    pub(super) fn intercepted(
        &self,
        intercept: impl FnMut(u64) -> Result<(), LogError> + Send + 'static,
    ) -> LogFactory {
        let log = self.clone();
        let intercept: Mutex<Option<Intercept>> = Mutex::new(Some(Box::new(intercept)));
        Arc::new(move |_| Ok(log.handle(intercept.lock().unwrap().take())))
    }

    pub(super) fn handle(&self, intercept: Option<Intercept>) -> Box<dyn PartitionLog> {
        Box::new(Handle { log: self.clone(), intercept })
    }

    pub(super) fn records(&self) -> Vec<Vec<u8>> {
        self.lock().records.clone()
    }

    /// Puts other records in the place of those there are.
    pub(super) fn replace(&self, records: Vec<Vec<u8>>) {
        self.lock().records = records;
    }

    /// Lets the next read fail.
    pub fn fail_a_read(&self) {
        self.lock().failing_reads += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }
}

impl PartitionLog for Handle {
    fn open(&mut self, opening: &mut Opening<'_>) -> Result<Claim, LogError> {
        let mut shared = self.log.lock();
        let count = u64::try_from(shared.records.len()).unwrap();
        let record = opening(shared.records.last().map(|record| (count, &record[..])))?;
        shared.records.push(record);
        shared.epoch = count + 1;
        Ok(Claim { epoch: shared.epoch })
    }

    fn append(&mut self, claim: &Claim, expected: u64, record: &[u8]) -> Result<u64, LogError> {
        if let Some(intercept) = &mut self.intercept {
            intercept(expected)?;
        }
        let mut shared = self.log.lock();
        let next = u64::try_from(shared.records.len()).unwrap() + 1;
        if claim.epoch != shared.epoch || expected != next {
            return Err(LogError::Fenced);
        }
        shared.records.push(record.to_vec());
        Ok(expected)
    }

    fn stored_bytes(&self) -> u64 {
        0
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        Arc::new(self.log.clone())
    }
}

impl LogReader for MemoryLog {
    /// Three at a time, so that readers must ask again.
    fn read(&self, from: u64, through: u64) -> Result<Vec<(u64, Vec<u8>)>, LogError> {
        let mut shared = self.lock();
        if shared.failing_reads > 0 {
            shared.failing_reads -= 1;
            return Err(LogError::Unavailable("a test asked for this failure".into()));
        }
        let numbered = (1..).zip(&shared.records);
        let wanted = numbered.filter(|(number, _)| (from..=through).contains(number));
        Ok(wanted.take(3).map(|(number, record)| (number, record.clone())).collect())
    }

    fn bounds(&self) -> Result<Option<(u64, u64)>, LogError> {
        let count = u64::try_from(self.lock().records.len()).unwrap();
        Ok((count > 0).then_some((1, count)))
    }
}
