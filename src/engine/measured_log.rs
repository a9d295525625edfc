//! A log whose appends are timed: the journal itself reads no clock.

use crate::engine::clock::{Clock, Stopwatch};
use crate::engine::pulse::Pulse;
use crate::journal::{
    Claim, LogError, LogFactory, LogReader, Opening, PartitionLog, open_sled_log,
};
use std::sync::Arc;

/// A log, and who is told how long its appends take.
struct MeasuredLog {
    inner: Box<dyn PartitionLog>,
    pulse: Arc<Pulse>,
    clock: Clock,
}

/// The logs that `inner` opens, or the embedded ones, with their appends timed.
pub(super) fn measured(inner: Option<LogFactory>, pulse: &Arc<Pulse>, clock: &Clock) -> LogFactory {
    let (pulse, clock) = (Arc::clone(pulse), clock.clone());
    Arc::new(move |place| {
        let inner = match &inner {
            Some(factory) => factory(place)?,
            None => open_sled_log(place)?,
        };
        Ok(Box::new(MeasuredLog { inner, pulse: Arc::clone(&pulse), clock: clock.clone() }))
    })
}

impl PartitionLog for MeasuredLog {
    fn open(&mut self, opening: &mut Opening<'_>) -> Result<Claim, LogError> {
        self.inner.open(opening)
    }

    fn append(&mut self, claim: &Claim, expected: u64, record: &[u8]) -> Result<u64, LogError> {
        self.pulse.append_begins(self.clock.now());
        let watch = Stopwatch::start();
        let appended = self.inner.append(claim, expected, record);
        self.pulse.append_ended(watch.elapsed());
        appended
    }

    fn stored_bytes(&self) -> u64 {
        self.inner.stored_bytes()
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        self.inner.reader()
    }
}
