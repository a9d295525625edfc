//! The logins of phones: all in memory while they matter, which is about a day.

use crate::engine::claims::Key;
use crate::engine::error::EngineError;
use crate::journal::LoginCapture;
use crate::ledger::Login;
use crate::values::{EventNumber, Timestamp};
use dashmap::DashMap;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Phones that may be logging in within about a day; one more is told to try again later.
const LOGINS_MAX: usize = 1_000_000;

/// The logins of an opened ledger: possibly ahead of what is durable, but never for who has the phone's turn.
pub(super) struct Logins {
    known: DashMap<Key, LoginCapture>,
    /// Those with events since their last capture.
    dirty: Mutex<BTreeSet<Key>>,
    most: usize,
}

impl Logins {
    pub(super) fn new(recovered: Vec<LoginCapture>) -> Arc<Self> {
        Self::of_at_most(recovered, LOGINS_MAX)
    }

    fn of_at_most(recovered: Vec<LoginCapture>, most: usize) -> Arc<Self> {
        let known = recovered.into_iter().map(|login| (login.key, login)).collect();
        Arc::new(Self { known, dirty: Mutex::default(), most })
    }

    /// The logins of a phone; nothing, if it was sent no code of late.
    pub(super) fn of(&self, key: Key) -> Login {
        self.known.get(&key).map(|known| known.login.clone()).unwrap_or_default()
    }

    /// # Errors
    /// `Overloaded`: there is no room for another phone.
    pub(super) fn check_room(&self, key: Key) -> Result<(), EngineError> {
        let room = self.known.len() < self.most || self.known.contains_key(&key);
        if room { Ok(()) } else { Err(EngineError::Overloaded) }
    }

    /// Takes a state in, under the lock of the writer's queue: a checkpoint that covers its event sees it.
    pub(super) fn enter(&self, login: LoginCapture) {
        let key = login.key;
        self.known.insert(key, login);
        self.dirty.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
    }

    /// What changed since it was asked last.
    pub(super) fn changed(&self) -> Vec<LoginCapture> {
        let dirty = std::mem::take(&mut *self.dirty.lock().unwrap_or_else(PoisonError::into_inner));
        dirty.iter().filter_map(|key| self.known.get(key).map(|known| known.clone())).collect()
    }

    /// Lets go of what is over at `now` and covered; returns what that was.
    pub(super) fn forget_over(&self, now: Timestamp, covers: EventNumber) -> Vec<Key> {
        let mut forgotten = Vec::new();
        self.known.retain(|key, known| {
            let over = known.as_of <= covers && known.login.is_over(now);
            if over {
                forgotten.push(*key);
            }
            !over
        });
        forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{Phone, TenantId};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000).plus_seconds(seconds)
    }

    fn sent(key: u8, event: u64) -> LoginCapture {
        let phone = Phone::from_number(992_901_234_567).unwrap();
        let step = Login::default().send(phone, [1; 16], at(0)).unwrap();
        let (tenant, as_of) = (TenantId(1), EventNumber(event));
        LoginCapture { key: [key; 16], tenant, login: step.login, as_of }
    }

    #[test]
    fn there_is_room_for_so_many_phones() {
        let logins = Logins::of_at_most(vec![sent(1, 1)], 2);
        assert_eq!(logins.check_room([2; 16]), Ok(()));
        logins.enter(sent(2, 2));
        assert_eq!(logins.check_room([2; 16]), Ok(()));
        assert_eq!(logins.check_room([3; 16]), Err(EngineError::Overloaded));
    }

    #[test]
    fn what_is_over_and_covered_is_forgotten() {
        let logins = Logins::new(vec![sent(1, 1), sent(2, 9)]);
        assert!(logins.forget_over(at(86_400), EventNumber(5)).is_empty());
        assert_eq!(logins.forget_over(at(100_000), EventNumber(5)), [[1; 16]]);
        assert_eq!(logins.of([1; 16]), Login::default());
        assert_ne!(logins.of([2; 16]), Login::default());
    }

    #[test]
    fn what_changed_is_told_once() {
        let logins = Logins::new(vec![sent(1, 1)]);
        assert!(logins.changed().is_empty());
        logins.enter(sent(2, 2));
        logins.enter(sent(2, 3));
        assert_eq!(logins.changed(), [sent(2, 3)]);
        assert!(logins.changed().is_empty());
    }
}
