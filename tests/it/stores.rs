//! Logs that misbehave on purpose, around the real one.

use kopilka::journal::{
    Claim, LogError, LogFactory, LogReader, Opening, PartitionLog, open_sled_log,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// What the n-th append does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Harm {
    /// Fails and writes nothing: a refused write.
    BeforeTheWrite,
    /// Writes and fails all the same: a sync whose outcome is unknown.
    AfterTheWrite,
}

/// What is called around every append; shared by all openings of a log.
pub(crate) trait Watch: Send + Sync {
    /// Before the append with this count, from 1.
    fn before(&self, _count: usize) -> Result<(), LogError> {
        Ok(())
    }

    /// After it is durable.
    fn after(&self, _count: usize) -> Result<(), LogError> {
        Ok(())
    }
}

/// The embedded log, watched.
pub(crate) fn watched(watch: Arc<dyn Watch>) -> LogFactory {
    let count = Arc::new(AtomicUsize::new(0));
    Arc::new(move |place| {
        let inner = open_sled_log(place)?;
        Ok(Box::new(Watched { inner, watch: Arc::clone(&watch), count: Arc::clone(&count) }))
    })
}

struct Watched {
    inner: Box<dyn PartitionLog>,
    watch: Arc<dyn Watch>,
    count: Arc<AtomicUsize>,
}

impl PartitionLog for Watched {
    fn open(&mut self, opening: &mut Opening<'_>) -> Result<Claim, LogError> {
        self.inner.open(opening)
    }

    fn append(&mut self, claim: &Claim, expected: u64, record: &[u8]) -> Result<u64, LogError> {
        let count = self.count.fetch_add(1, Ordering::AcqRel) + 1;
        self.watch.before(count)?;
        let number = self.inner.append(claim, expected, record)?;
        self.watch.after(count)?;
        Ok(number)
    }

    fn stored_bytes(&self) -> u64 {
        self.inner.stored_bytes()
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        self.inner.reader()
    }
}

/// Fails the n-th append, once.
pub(crate) struct FailsAt {
    pub(crate) count: usize,
    pub(crate) harm: Harm,
}

impl FailsAt {
    fn fail(&self, count: usize, harm: Harm) -> Result<(), LogError> {
        if count == self.count && harm == self.harm {
            return Err(LogError::Unavailable("the test took the disk away".to_owned()));
        }
        Ok(())
    }
}

impl Watch for FailsAt {
    fn before(&self, count: usize) -> Result<(), LogError> {
        self.fail(count, Harm::BeforeTheWrite)
    }

    fn after(&self, count: usize) -> Result<(), LogError> {
        self.fail(count, Harm::AfterTheWrite)
    }
}

/// Stops at the next append when shut, until it is opened; then that append succeeds or fails.
#[derive(Default)]
pub(crate) struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    shut: bool,
    waiting: bool,
    fails: bool,
}

impl Gate {
    pub(crate) fn shut(&self) {
        self.state.lock().unwrap().shut = true;
    }

    /// Whether an append stands before the gate.
    pub(crate) fn someone_waits(&self) -> bool {
        self.state.lock().unwrap().waiting
    }

    pub(crate) fn open(&self, fails: bool) {
        let mut state = self.state.lock().unwrap();
        state.shut = false;
        state.fails = fails;
        self.changed.notify_all();
    }
}

impl Watch for Gate {
    fn before(&self, _count: usize) -> Result<(), LogError> {
        let mut state = self.state.lock().unwrap();
        while state.shut {
            state.waiting = true;
            state = self.changed.wait(state).unwrap();
        }
        state.waiting = false;
        if std::mem::take(&mut state.fails) {
            return Err(LogError::Unavailable("the test took the disk away".to_owned()));
        }
        Ok(())
    }
}
