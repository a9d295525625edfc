//! One of every event, and of every form of an event, that came after the second golden bytes.

use super::retail::retail_events;
use super::subscriptions::subscription_events;
use crate::journal::operation::Operation;

/// Operations with all of them.
pub(in crate::journal) fn third_events() -> Vec<Operation> {
    let mut all = retail_events();
    all.push(subscription_events());
    all
}
