//! Samples of what came with the limits of callers.

use super::settings::with_policy;
use super::{account_operation, at};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{RateRules, TenantEvent};
use std::sync::Arc;

/// Settings with every limit.
pub(super) fn door_events() -> Vec<Operation> {
    let mut settings = with_policy();
    settings.rules.policy.rates = RateRules {
        partner_per_minute: Some(6_000),
        app_per_minute: Some(600),
        plus_per_hour: Some(3_600),
    };
    let adopted = TenantEvent::SettingsAdopted { settings: Arc::new(settings), at: at(40) };
    let entities = vec![EntityEvents::Tenant(vec![adopted])];
    vec![Operation { entities, ..account_operation(Vec::new()) }]
}
