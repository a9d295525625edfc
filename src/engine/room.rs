//! Room in memory: how many accounts may be there at once. One more waits a moment until another has
//! left, and is told to try again if none does.

use crate::engine::core::{AccountKey, Core, Slot};
use crate::engine::error::EngineError;
use dashmap::mapref::entry::Entry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How long an account waits for room.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// The room of an opened ledger.
pub(super) struct Room {
    accounts_max: usize,
    /// Held while one is let in, so that there are never more than may be.
    door: Mutex<()>,
    left: Notify,
    /// Whether somebody was asked to make room.
    wanted: AtomicBool,
    make_room: Box<dyn Fn() + Send + Sync>,
}

impl Room {
    /// `make_room` asks for accounts to leave; it does not wait for them.
    pub(super) fn new(accounts_max: usize, make_room: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            accounts_max,
            door: Mutex::new(()),
            left: Notify::new(),
            wanted: AtomicBool::new(false),
            make_room: Box::new(make_room),
        }
    }

    pub(super) fn accounts_max(&self) -> usize {
        self.accounts_max
    }

    /// How many of so many accounts should leave before it gets crowded: an eighth is kept free.
    pub(super) fn too_many(&self, resident: usize) -> usize {
        let crowded = self.accounts_max.saturating_sub(self.accounts_max >> 4);
        let roomy = self.accounts_max.saturating_sub(self.accounts_max >> 3).max(1);
        if resident >= crowded { resident.saturating_sub(roomy.saturating_sub(1)) } else { 0 }
    }

    /// An account has left.
    pub(super) fn one_left(&self) {
        self.left.notify_waiters();
    }

    /// Room is being made: whoever finds none after this may ask again.
    pub(super) fn is_being_made(&self) {
        self.wanted.store(false, Ordering::Release);
    }

    fn ask(&self) {
        if !self.wanted.swap(true, Ordering::AcqRel) {
            (self.make_room)();
        }
    }
}

impl Core {
    /// Marks an account that is not in memory as on its way, as soon as there is room for it. Whether the
    /// caller is the one who must bring it; otherwise it is there, or somebody else is at it.
    ///
    /// # Errors
    /// `Overloaded`: nobody left for too long.
    pub(super) async fn let_in(&self, key: AccountKey) -> Result<bool, EngineError> {
        if let Some(ours) = self.enter(key) {
            return Ok(ours);
        }
        let entered = async {
            loop {
                let left = self.room.left.notified();
                tokio::pin!(left);
                left.as_mut().enable();
                if let Some(ours) = self.enter(key) {
                    return ours;
                }
                self.room.ask();
                left.await;
            }
        };
        let in_time = tokio::time::timeout(WAIT_MAX, entered).await;
        in_time.map_err(|_| {
            self.pulse.admission_refusals.inc();
            EngineError::Overloaded
        })
    }

    /// `None`: there is no room.
    fn enter(&self, key: AccountKey) -> Option<bool> {
        let _one_at_a_time = self.room.door.lock().unwrap_or_else(PoisonError::into_inner);
        // Counted before the entry is held: counting looks at all of them.
        let full = self.accounts.len() >= self.room.accounts_max;
        match self.accounts.entry(key) {
            Entry::Occupied(_) => Some(false),
            Entry::Vacant(_) if full => None,
            Entry::Vacant(entry) => {
                entry.insert(Slot::Hydrating(Vec::new()));
                Some(true)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_asked_to_leave_before_it_gets_crowded() {
        let check = |most: usize, resident: usize, expected: usize| {
            assert_eq!(Room::new(most, || ()).too_many(resident), expected, "{resident} of {most}");
        };
        check(1_600, 0, 0);
        check(1_600, 1_499, 0);
        check(1_600, 1_500, 101);
        check(1_600, 1_600, 201);
        // However small it is: one leaves when one more wants in.
        check(1, 0, 0);
        check(1, 1, 1);
        check(2, 2, 1);
    }
}
