//! One of every event, and of every form of an event, that came after the fourth golden bytes.

use super::doors::door_events;
use super::imports::import_events;
use super::operators::operator_events;
use crate::journal::operation::Operation;

/// Operations with all of them.
pub(in crate::journal) fn fifth_events() -> Vec<Operation> {
    [operator_events(), door_events(), import_events()].concat()
}
