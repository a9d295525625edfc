//! The gateway of development: a log line says that a notice was sent; what it said stands only in a
//! list in memory.

use crate::courier::outbound::Outcome;
use crate::courier::push::Push;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Notices kept in the list; the oldest leaves.
const SENT_MAX: usize = 1_000;

/// The last notices that were sent, oldest first. Clones are the same list.
#[derive(Debug, Clone, Default)]
pub struct SentPushes {
    list: Arc<Mutex<VecDeque<Push>>>,
}

impl SentPushes {
    pub(super) fn send(&self, push: &Push) -> Outcome {
        tracing::info!(title = %push.title, "a push was sent through the log gateway");
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() >= SENT_MAX {
            list.pop_front();
        }
        list.push_back(push.clone());
        Outcome::Delivered
    }

    /// All that is in the list.
    #[must_use]
    pub fn notices(&self) -> Vec<Push> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
