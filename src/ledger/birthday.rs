//! The birthday that an account waits for: a personal figure, so it has an event of its own.

use crate::values::{Date, Timestamp};

/// A known birth date and the next birthday. Like every stored date, it does not move when the zone of
/// the tenant does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Birthday {
    /// As the profile says.
    pub date: Date,
    pub known_since: Timestamp,
    /// The next local 00:00 of the birthday.
    pub next_at: Timestamp,
}
