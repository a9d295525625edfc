//! Who does what in a scenario: mostly the till, now and then an operator.

use super::Scenario;
use crate::ledger::{ActingAs, ActingName, Actor, Operator, RequestId, Role};

impl Scenario {
    /// Depends on the event alone, so that it throws no dice.
    pub(super) fn actor(&self) -> Actor {
        let number = self.next_event.number();
        if !number.is_multiple_of(7) {
            return Actor::Partner;
        }
        let role = if number.is_multiple_of(2) { Role::Owner } else { Role::Support };
        let request = RequestId::parse(&format!("request-{number}")).ok();
        let acting = Some(ActingAs { role, own_token: true, request });
        Actor::Operator(Operator { name: ActingName::parse("anna").unwrap(), acting })
    }
}
