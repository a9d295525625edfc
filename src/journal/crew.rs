//! The threads that make operations, as the writer sees them: whether any of them has nothing to do, for then
//! it does nobody good to wait for more.

use crate::journal::queue::Queue;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// How many of the threads rest. It outlives the journals that heed it, one after the other.
#[derive(Default)]
pub struct Crew {
    resting: AtomicUsize,
    /// Whether a writer waits until one rests.
    watched: AtomicBool,
    queue: Mutex<Weak<Queue>>,
}

impl Crew {
    /// A thread of it has nothing to do until it is woken.
    pub fn rest(&self) {
        self.resting.fetch_add(1, Ordering::SeqCst);
        // The writer says that it watches before it looks: one of both sees the other.
        if self.watched.load(Ordering::SeqCst) {
            let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
            if let Some(queue) = queue {
                queue.look_again();
            }
        }
    }

    /// A thread that rested goes on.
    pub fn work(&self) {
        self.resting.fetch_sub(1, Ordering::SeqCst);
    }

    pub(super) fn all_work(&self) -> bool {
        self.resting.load(Ordering::SeqCst) == 0
    }

    /// From now on this queue is told when a thread rests, while it watches.
    pub(super) fn belongs_to(&self, queue: &Arc<Queue>) {
        let mut owner = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        *owner = Arc::downgrade(queue);
    }

    pub(super) fn watch(&self, watched: bool) {
        self.watched.store(watched, Ordering::SeqCst);
    }

    #[cfg(test)]
    pub(super) fn is_watched(&self) -> bool {
        self.watched.load(Ordering::SeqCst)
    }
}
