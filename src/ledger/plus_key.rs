//! The key of a tenant's BonusPlus dialect, kept as a hash, with the one before it.

use crate::ledger::command::TokenHash;
use crate::values::{Timestamp, same_secret};

/// The key as its events made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlusKey {
    pub hash: TokenHash,
    /// The key before, and until when it is good.
    pub previous: Option<(TokenHash, Timestamp)>,
}

impl PlusKey {
    /// The key after it was set to `hash`; what was there before stays good until `previous_until`.
    pub(super) fn set(before: Option<Self>, hash: TokenHash, previous_until: Timestamp) -> Self {
        match before {
            Some(before) if before.hash == hash => before,
            Some(before) => Self { hash, previous: Some((before.hash, previous_until)) },
            None => Self { hash, previous: None },
        }
    }

    /// Whether a key with this hash is good at `now`.
    #[must_use]
    pub fn accepts(&self, hash: &TokenHash, now: Timestamp) -> bool {
        let before = self.previous.filter(|(_, until)| now < *until);
        same_secret(&self.hash, hash)
            || before.is_some_and(|(before, _)| same_secret(&before, hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_before_is_good_within_its_grace() {
        let at = Timestamp::from_millis;
        let first = PlusKey::set(None, [1; 32], at(9));
        assert!(first.accepts(&[1; 32], at(0)) && !first.accepts(&[2; 32], at(0)));
        let second = PlusKey::set(Some(first), [2; 32], at(10));
        assert!(second.accepts(&[2; 32], at(11)));
        assert!(second.accepts(&[1; 32], at(9)) && !second.accepts(&[1; 32], at(10)));
        assert_eq!(PlusKey::set(Some(second), [2; 32], at(20)), second);
    }
}
