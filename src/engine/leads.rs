//! The claims of a command, and what they lead to once it is durable.

use crate::engine::claims::{Guard, Key, Lead};
use crate::engine::core::{AccountKey, Core};
use crate::journal::{Derived, OperationRef};
use crate::values::{CustomerId, EventNumber, SaleId};

/// The claims of a command.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) operations: Vec<(Key, Guard<OperationRef>)>,
    pub(super) identifiers: Vec<(Key, Guard<Lead>)>,
    pub(super) turns: Vec<Guard<()>>,
}

/// The claims of a command that know what they lead to.
pub(super) struct LeadsTo {
    taken: Taken,
    /// All that lead elsewhere, claimed or not, in the order of the events.
    identifiers: Vec<(Key, Lead)>,
    sales: Vec<SaleId>,
    first_event: EventNumber,
}

impl Taken {
    pub(super) fn with(mut self, customer: CustomerId, derived: &Derived) -> LeadsTo {
        let lead = |(key, leads_to): &(Key, _)| (*key, Lead::after(customer, *leads_to));
        let identifiers: Vec<(Key, Lead)> = derived.identifiers.iter().map(lead).collect();
        tell_all(&mut self.operations, &derived.operations);
        tell_all(&mut self.identifiers, &identifiers);
        LeadsTo {
            taken: self,
            identifiers,
            sales: derived.sales.iter().map(|sale| sale.id).collect(),
            first_event: derived.first_event,
        }
    }
}

/// Tells each claim what it leads to; of a key that occurs twice, the first counts.
fn tell_all<V: Copy>(claims: &mut [(Key, Guard<V>)], leads: &[(Key, V)]) {
    for (key, guard) in claims {
        if let Some((_, leads_to)) = leads.iter().find(|(known, _)| known == key) {
            guard.leads_to(*leads_to);
        }
    }
}

impl LeadsTo {
    pub(super) fn commit(self, core: &Core, key: AccountKey) {
        let Self { taken, identifiers, sales, first_event } = self;
        for sale in sales {
            core.fresh_sales.remember(key.tenant, sale, (key.customer, first_event));
        }
        taken.operations.into_iter().for_each(|(_, guard)| guard.commit_as_told());
        taken.identifiers.into_iter().for_each(|(_, guard)| guard.commit_as_told());
        for (key, leads_to) in identifiers {
            core.identifiers.remember(key, leads_to);
        }
    }
}
