//! What a request has written: noted where the answer of the journal arrives, told at the door, so that
//! no order, and nothing that an order becomes, has to carry it along.

use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::journal::{Closed, EventNumbers, Outcome, Proof};
use std::cell::Cell;
use tokio::sync::oneshot::error::RecvError;

tokio::task_local! {
    /// The proof of the last thing that the request of this task has written.
    static WRITTEN: Cell<Option<Proof>>;
}

/// Serves a request, and says what proves the last thing that was written for it; `None`: it wrote
/// nothing. What it sets going without waiting for it is not its own.
pub async fn with_proof<T>(request: impl Future<Output = T>) -> (T, Option<Proof>) {
    let noted = async {
        let answer = request.await;
        (answer, WRITTEN.with(Cell::take))
    };
    WRITTEN.scope(Cell::new(None), noted).await
}

/// Serves requests one after another; [`proof_of_this`] tells of each once it is served.
pub async fn one_after_another<T>(requests: impl Future<Output = T>) -> T {
    WRITTEN.scope(Cell::new(None), requests).await
}

/// What proves the last thing that was written since this was asked before.
pub fn proof_of_this() -> Option<Proof> {
    WRITTEN.try_with(Cell::take).ok().flatten()
}

/// Something was written for the request of this task, or had been when it was first made. The last event
/// counts: what a request writes on its way comes first.
pub(super) fn note(proof: Option<Proof>) {
    let Some(proof) = proof else { return };
    // Nobody asks for what the house does by itself.
    let _ = WRITTEN.try_with(|written| {
        if written.get().is_none_or(|before| before.event < proof.event) {
            written.set(Some(proof));
        }
    });
}

/// The proof of events that became durable with a group.
pub(super) fn proof_of(numbers: EventNumbers, outcome: Outcome) -> Option<Proof> {
    match outcome {
        Outcome::Durable(hash) => hash.map(|hash| Proof { event: numbers.last, hash }),
        Outcome::Lost => None,
    }
}

impl Core {
    /// What became of an operation that was submitted here and waited for here.
    pub(super) fn concluded(
        &self,
        submitted: Result<EventNumbers, Closed>,
        outcome: Result<Outcome, RecvError>,
    ) -> Result<(), EngineError> {
        match (submitted, outcome) {
            (Ok(numbers), Ok(durable @ Outcome::Durable(_))) => {
                note(proof_of(numbers, durable));
                Ok(())
            }
            (Ok(_) | Err(_), Ok(Outcome::Lost | Outcome::Durable(_)) | Err(_)) => Err(self.lost()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::EventNumber;

    fn proof(event: u64) -> Proof {
        Proof { event: EventNumber(event), hash: [7; 32] }
    }

    #[tokio::test]
    async fn a_request_is_told_the_last_thing_that_was_written_for_it() {
        assert_eq!(with_proof(async { 5 }).await, (5, None));
        let busy = with_proof(async {
            note(Some(proof(3)));
            note(Some(proof(9)));
            note(None);
            note(Some(proof(4)));
        });
        assert_eq!(busy.await, ((), Some(proof(9))));
        note(Some(proof(1)));
    }

    #[tokio::test]
    async fn of_requests_one_after_another_each_has_its_own_proof() {
        let told = one_after_another(async {
            let mut told = Vec::new();
            for written in [Some(proof(3)), None, Some(proof(2))] {
                note(written);
                tokio::task::yield_now().await;
                told.push(proof_of_this());
            }
            told
        });
        assert_eq!(told.await, [Some(proof(3)), None, Some(proof(2))]);
        note(Some(proof(1)));
        assert_eq!(proof_of_this(), None);
    }

    #[tokio::test]
    async fn what_is_done_for_another_is_not_ones_own() {
        let outer = with_proof(async {
            note(Some(proof(2)));
            let inner = with_proof(async { note(Some(proof(5))) }).await;
            tokio::spawn(async { note(Some(proof(8))) }).await.unwrap();
            inner.1
        });
        assert_eq!(outer.await, (Some(proof(5)), Some(proof(2))));
    }
}
