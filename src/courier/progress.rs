//! How far a line has got: which operations still have messages under way, and when that is worth a
//! record in the journal.

use crate::values::Timestamp;
use std::collections::BTreeMap;

/// How long messages that are dealt with may wait for their cursor, in milliseconds: what a crash may
/// repeat.
pub(super) const ADVANCE_EVERY_MILLIS: i64 = 30_000;
/// Operations without a message after which the cursor is journaled all the same, so that a restart does
/// not read them all again.
pub(super) const ADVANCE_OPERATIONS_MAX: u64 = 10_000;

/// The progress of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Progress {
    /// The last operation that was read.
    read: u64,
    /// What the journal says.
    journaled: u64,
    /// What is not dealt with yet, by the operation it comes from.
    open: BTreeMap<u64, Open>,
    /// When the first message was dealt with that no cursor covers.
    dealt_since: Option<Timestamp>,
}

/// The messages of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Open {
    /// When the operation happened.
    at: Timestamp,
    /// How many are not dealt with; never 0.
    messages: u64,
}

impl Progress {
    /// Goes on behind a journaled cursor.
    pub(super) fn new(journaled: u64) -> Self {
        Self { read: journaled, journaled, open: BTreeMap::new(), dealt_since: None }
    }

    /// The last operation that was read.
    pub(super) fn last_read(&self) -> u64 {
        self.read
    }

    /// Operations up to this one are known to tell nothing.
    pub(super) fn pass(&mut self, number: u64) {
        self.read = self.read.max(number);
    }

    /// An operation was read that happened at `at` and implies so many messages.
    pub(super) fn read(&mut self, number: u64, at: Timestamp, messages: u64) {
        self.read = self.read.max(number);
        if messages > 0 {
            self.open.insert(number, Open { at, messages });
        }
    }

    /// One message of an operation is dealt with: sent, refused, or given up.
    pub(super) fn dealt(&mut self, number: u64, now: Timestamp) {
        self.dealt_since.get_or_insert(now);
        if let Some(open) = self.open.get_mut(&number) {
            open.messages = open.messages.saturating_sub(1);
            if open.messages == 0 {
                self.open.remove(&number);
            }
        }
    }

    /// When the first operation happened that has messages to deal with.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        self.open.first_key_value().map(|(_, open)| open.at)
    }

    /// The last operation up to which every message is dealt with.
    pub(super) fn through(&self) -> u64 {
        self.open.first_key_value().map_or(self.read, |(first, _)| first.saturating_sub(1))
    }

    /// When the cursor is to be journaled next; `None`: not before more happens.
    pub(super) fn due_at(&self, now: Timestamp) -> Option<Timestamp> {
        let through = self.through();
        if through <= self.journaled {
            return None;
        }
        if through.saturating_sub(self.journaled) >= ADVANCE_OPERATIONS_MAX {
            return Some(now);
        }
        self.dealt_since.map(|since| since.plus_millis(ADVANCE_EVERY_MILLIS))
    }

    /// What the cursor must say before the line ends: only what a message is worth.
    pub(super) fn last_word(&self) -> Option<u64> {
        let through = self.through();
        (through > self.journaled && self.dealt_since.is_some()).then_some(through)
    }

    /// The journal says `through`.
    pub(super) fn journaled(&mut self, through: u64) {
        self.journaled = self.journaled.max(through);
        self.dealt_since = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000).plus_seconds(seconds)
    }

    #[test]
    fn the_cursor_stands_before_the_first_message_that_is_under_way() {
        let mut progress = Progress::new(10);
        assert_eq!((progress.through(), progress.last_word()), (10, None));
        progress.read(11, at(0), 0);
        progress.read(12, at(2), 2);
        progress.read(13, at(3), 1);
        progress.read(14, at(0), 0);
        assert_eq!((progress.through(), progress.last_read()), (11, 14));
        assert_eq!(progress.oldest(), Some(at(2)));
        progress.dealt(13, at(0));
        progress.dealt(12, at(1));
        assert_eq!(progress.through(), 11);
        progress.dealt(12, at(2));
        assert_eq!((progress.through(), progress.last_word()), (14, Some(14)));
        assert_eq!(progress.oldest(), None);
        progress.journaled(14);
        assert_eq!((progress.through(), progress.last_word()), (14, None));
    }

    #[test]
    fn a_cursor_is_journaled_at_an_interval_and_only_for_messages() {
        let mut progress = Progress::new(0);
        progress.read(1, at(0), 0);
        progress.read(2, at(0), 1);
        progress.read(3, at(0), 1);
        assert_eq!(progress.due_at(at(0)), None, "nothing was said yet");
        progress.dealt(3, at(5));
        assert_eq!(progress.due_at(at(5)), Some(at(35)), "the one before it is worth a record");
        progress.dealt(2, at(20));
        assert_eq!(progress.due_at(at(20)), Some(at(35)), "the interval runs from the first");
        progress.journaled(3);
        assert_eq!(progress.due_at(at(35)), None);
        // A record of the cursor is an operation too: it must not call for the next one.
        progress.read(4, at(0), 0);
        assert_eq!((progress.due_at(at(99)), progress.last_word()), (None, None));
        progress.read(3 + ADVANCE_OPERATIONS_MAX - 1, at(0), 0);
        assert_eq!(progress.due_at(at(99)), None);
        progress.read(3 + ADVANCE_OPERATIONS_MAX, at(0), 0);
        assert_eq!(progress.due_at(at(99)), Some(at(99)));
    }

    #[test]
    fn a_message_that_holds_all_back_calls_for_no_record() {
        let mut progress = Progress::new(0);
        progress.read(1, at(0), 1);
        progress.read(2, at(0), 1);
        progress.dealt(2, at(0));
        assert_eq!((progress.through(), progress.due_at(at(60))), (0, None));
        progress.dealt(1, at(90));
        assert_eq!(progress.due_at(at(90)), Some(at(30)));
    }
}
