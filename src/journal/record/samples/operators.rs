//! Operations of operators of every role, and the settings that concern them.

use super::{account_operation, at, bonus, other_words, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{AccountEvent, ActingAs, Actor, Operator, Role, SupportRules, TenantEvent};
use crate::values::CustomerId;
use std::sync::Arc;

/// One operation of each role, by a token of their own with a request id or by the house's without; then
/// what the setting about the last one is stored as.
pub(super) fn operator_events() -> Vec<Operation> {
    let operation = |(index, role): (usize, Role)| {
        let own_token = index % 2 == 0;
        let request = own_token.then(|| text("0192f7c1-req"));
        let acting = Some(ActingAs { role, own_token, request });
        let events = vec![AccountEvent::Blocked { at: at(40) }];
        Operation {
            actor: Actor::Operator(Operator { name: text(role.name()), acting }),
            entities: vec![EntityEvents::Account(CustomerId(8), events)],
            ..account_operation(Vec::new())
        }
    };
    let mut settings = other_words();
    settings.rules.policy.support = SupportRules { adjust_max: bonus(5_000) };
    let adopted = TenantEvent::SettingsAdopted { settings: Arc::new(settings), at: at(41) };
    let entities = vec![EntityEvents::Tenant(vec![adopted])];
    let adopted = Operation { entities, ..account_operation(Vec::new()) };
    Role::ALL.into_iter().enumerate().map(operation).chain([adopted]).collect()
}
