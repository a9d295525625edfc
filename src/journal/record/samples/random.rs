//! Operations that are as different as chance has it.

use super::{account_operation, money_events, profile_events, tenant_events, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{AccountEvent, Actor, Operator};
use crate::values::{TenantId, Timestamp};

/// Any operation: the same seed gives the same one.
pub(in crate::journal) fn random_operation(seed: u64) -> Operation {
    let mut state = seed;
    let mut below = move |limit: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % limit
    };
    let mut events = Vec::new();
    let all: Vec<AccountEvent> = profile_events().into_iter().chain(money_events()).collect();
    for _ in 0..=below(12) {
        events.push(all[below(all.len())].clone());
    }
    let mut operation = account_operation(events);
    operation.tenant = TenantId(u32::try_from(below(1 << 31)).unwrap());
    operation.at = Timestamp::from_millis(i64::try_from(below(1 << 31)).unwrap() * 100_000);
    if below(3) == 0 {
        let of_tenant = tenant_events();
        let chosen = of_tenant[below(of_tenant.len())].clone();
        operation.entities.push(EntityEvents::Tenant(vec![chosen]));
    }
    if below(2) == 0 {
        operation.mark = None;
        operation.actor = Actor::Operator(Operator::unsigned(text("o")));
    }
    operation
}
