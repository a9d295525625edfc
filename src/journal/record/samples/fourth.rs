//! One of every event, and of every form of an event, that came after the third golden bytes.

use super::people::people_events;
use super::retail::retail_events;
use super::subscriptions::subscription_events;
use super::vouchers::voucher_events;
use crate::journal::operation::Operation;

/// Operations with all of them.
pub(in crate::journal) fn fourth_events() -> Vec<Operation> {
    [voucher_events(), people_events(), retail_events(), vec![subscription_events()]].concat()
}
