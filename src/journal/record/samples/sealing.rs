//! Samples of what is written of those whose key was destroyed.

use super::{account_operation, at};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{AccountEvent, LoginEvent, PersonEvent};

/// A personal event and a phone that nobody can read any more.
pub(super) fn sealing_events() -> Vec<Operation> {
    let unreadable = AccountEvent::Person(PersonEvent::Unreadable);
    let sent = LoginEvent::CodeSent {
        phone: None,
        nonce: [6; 16],
        expires_at: at(300_014),
        attempts: 5,
        at: at(14),
    };
    let login = EntityEvents::Login([5; 16], vec![sent]);
    vec![
        account_operation(vec![unreadable]),
        Operation { entities: vec![login], ..account_operation(Vec::new()) },
    ]
}
