//! One of every event, and of every form of an event, that came after the fifth golden bytes.

use super::forget::forget_events;
use super::sealing::sealing_events;
use crate::journal::operation::Operation;

/// Operations with all of them.
pub(in crate::journal) fn sixth_events() -> Vec<Operation> {
    [forget_events(), sealing_events()].concat()
}
