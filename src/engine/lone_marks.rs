//! The Idempotency-Keys of operations that touch no customer, on their way to the tables.

use crate::engine::claims::Guard;
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::marks::Mark;
use crate::journal::{LoneMark, OperationRef};
use crate::ledger::Refusal;
use crate::values::EventNumber;
use std::sync::{Mutex, PoisonError};

/// What the tables lack of them; events in the order of the journal.
#[derive(Default)]
pub(super) struct LoneMarks {
    fresh: Mutex<Vec<LoneMark>>,
}

/// A key that was claimed for an operation, or the operation that had it before.
pub(super) enum LoneClaim {
    Fresh(Option<Guard<OperationRef>>),
    /// The operation begins at this event.
    Repeated(EventNumber),
}

impl LoneMarks {
    /// Takes one in, under the lock of the writer's queue: a checkpoint that covers it sees it.
    pub(super) fn enter(&self, mark: LoneMark) {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).push(mark);
    }

    /// Those that are covered, which a checkpoint is about to write.
    pub(super) fn covered(&self, covers: EventNumber) -> Vec<LoneMark> {
        let fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.iter().copied().take_while(|mark| mark.event <= covers).collect()
    }

    /// Lets go of what the tables cover.
    pub(super) fn forget_covered(&self, covers: EventNumber) {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.retain(|mark| mark.event > covers);
    }
}

impl Core {
    /// Claims the key of an operation that touches no customer.
    pub(super) async fn claim_lone_mark(
        &self,
        mark: Option<Mark>,
    ) -> Result<LoneClaim, EngineError> {
        let Some(mark) = mark else { return Ok(LoneClaim::Fresh(None)) };
        match self.claim_operation(mark.key).await? {
            Ok(guard) => Ok(LoneClaim::Fresh(Some(guard))),
            Err(OperationRef::MarkedAlone { event, meaning }) if mark.meaning.is(&meaning) => {
                Ok(LoneClaim::Repeated(event))
            }
            Err(_) => Err(Refusal::IdempotencyKeyReused.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_covered_is_told_until_it_is_written() {
        let marks = LoneMarks::default();
        for event in [3, 5, 9] {
            marks.enter(LoneMark { key: [0; 16], event: EventNumber(event), meaning: [1; 16] });
        }
        let told = |covers| marks.covered(EventNumber(covers)).len();
        assert_eq!((told(2), told(5), told(5), told(9)), (0, 2, 2, 3));
        marks.forget_covered(EventNumber(5));
        assert_eq!(told(9), 1);
    }
}
