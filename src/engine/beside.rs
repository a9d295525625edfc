//! What happens to other entities in the operation of an account: one record carries all of it, so that
//! either everything happened or nothing.

use crate::journal::{EntityEvents, Operation};
use crate::values::EventNumber;

/// Takes events into memory, told the number of the last of them; under the lock of the writer's queue,
/// so quick and never waiting.
type Enter = Box<dyn FnOnce(EventNumber) + Send>;
type Settle = Box<dyn FnOnce() + Send>;

/// Events of another entity that ride along with an account's command. If the command is refused all of
/// it is dropped, and whatever it holds is free again.
pub(super) struct Beside {
    entity: EntityEvents,
    enter: Enter,
    settle: Settle,
}

/// The riders of an operation on its way.
#[derive(Default)]
pub(super) struct Riding {
    entering: Vec<(u64, Enter)>,
    settling: Vec<Settle>,
}

impl Beside {
    /// `enter` runs when the operation is in the writer's queue, `settle` once it is durable; what the
    /// latter holds (a guard) is held until then, and dropped if that never happens.
    pub(super) fn new(
        entity: EntityEvents,
        enter: impl FnOnce(EventNumber) + Send + 'static,
        settle: impl FnOnce() + Send + 'static,
    ) -> Self {
        Self { entity, enter: Box::new(enter), settle: Box::new(settle) }
    }
}

impl Riding {
    /// Puts the riders' events behind the account's own.
    pub(super) fn board(beside: Vec<Beside>, operation: &mut Operation) -> Self {
        let mut riding = Self::default();
        for Beside { entity, enter, settle } in beside {
            riding.entering.push((entity.count(), enter));
            riding.settling.push(settle);
            operation.entities.push(entity);
        }
        riding
    }

    /// The operation is in the queue; the last event before the riders' is `before`.
    pub(super) fn enter(&mut self, before: EventNumber) {
        let mut last = before;
        for (count, enter) in self.entering.drain(..) {
            last = last.plus(count);
            enter(last);
        }
    }

    /// The operation is durable.
    pub(super) fn settle(self) {
        self.settling.into_iter().for_each(|settle| settle());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{AccountEvent, Actor, LoginEvent};
    use crate::values::{CustomerId, SettingsVersion, TenantId, Timestamp};
    use std::sync::{Arc, Mutex};

    #[test]
    fn riders_follow_the_account_and_know_their_numbers() {
        let at = Timestamp::default();
        let own = EntityEvents::Account(CustomerId(1), vec![AccountEvent::Blocked { at }]);
        let mut operation = Operation {
            tenant: TenantId(1),
            at,
            actor: Actor::House,
            rule_version: SettingsVersion(0),
            mark: None,
            entities: vec![own],
        };
        let told = Arc::new(Mutex::new(Vec::new()));
        let rider = |key: u8, events: usize| {
            let entity = EntityEvents::Login([key; 16], vec![LoginEvent::CodeUsed { at }; events]);
            let (entered, settled) = (Arc::clone(&told), Arc::clone(&told));
            Beside::new(
                entity,
                move |last| entered.lock().unwrap().push((key, last.number())),
                move || settled.lock().unwrap().push((key, 0)),
            )
        };
        let mut riding = Riding::board(vec![rider(1, 2), rider(2, 1)], &mut operation);
        assert_eq!((operation.entities.len(), operation.count()), (3, 4));
        riding.enter(EventNumber(10));
        riding.settle();
        assert_eq!(*told.lock().unwrap(), [(1, 12), (2, 13), (1, 0), (2, 0)]);
    }
}
