//! Operations of operators of every role, and the settings that concern them.

use super::{account_operation, at, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{AccountEvent, ActingAs, Actor, Operator, Role};
use crate::values::CustomerId;

/// One operation of each role: by a token of their own with a request id, by the house's without.
pub(in crate::journal) fn operator_events() -> Vec<Operation> {
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
    Role::ALL.into_iter().enumerate().map(operation).collect()
}
