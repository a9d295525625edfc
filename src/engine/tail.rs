//! What an account remembers since the tables do not have it yet: what gathers, and what is being written.

use crate::journal::{Additions, Capture, Derived};
use crate::ledger::{Row, SaleRow, Trailed};
use crate::values::{CustomerId, EventNumber};
use std::sync::Arc;

/// What came since the last capture.
#[derive(Default)]
pub(super) struct Tail {
    pub(super) additions: Additions,
}

/// What was handed over, but is not known to be in the tables. It is the very same that they write, so that
/// handing over copies nothing.
#[derive(Default)]
pub(super) struct Captured {
    additions: Option<Arc<Additions>>,
}

/// What the tables do not have yet of accounts that were merged into this one. Those write it, maybe later
/// than this one writes its own, so that it is remembered until the tables cover it.
#[derive(Clone, Default)]
pub(super) struct Inherited {
    pub(super) sales: Vec<(CustomerId, SaleRow)>,
    pub(super) trails: Vec<Trailed>,
    /// The last sale of each account that is not remembered any more, as only the tables have it.
    forgotten: Vec<(CustomerId, EventNumber)>,
}

static NOTHING: Additions = Additions {
    rows: Vec::new(),
    sales: Vec::new(),
    operations: Vec::new(),
    identifiers: Vec::new(),
    trails: Vec::new(),
};

impl Tail {
    pub(super) fn take(&mut self, mut rows: Vec<Row>, derived: Derived) {
        let Derived { first_event, sales, operations, identifiers, trails } = derived;
        for row in &mut rows {
            row.event = first_event;
        }
        append(&mut self.additions, Additions { rows, sales, operations, identifiers, trails });
    }
}

impl Captured {
    /// Nothing was handed over, or the tables have all of it.
    pub(super) const fn is_empty(&self) -> bool {
        self.additions.is_none()
    }

    pub(super) fn additions(&self) -> &Additions {
        self.additions.as_deref().unwrap_or(&NOTHING)
    }

    /// Takes over what gathered; returns it for the tables.
    pub(super) fn take(&mut self, gathered: Tail) -> Arc<Additions> {
        let additions = Arc::new(gathered.additions);
        match &mut self.additions {
            // What was handed over before was never written.
            Some(earlier) => append(Arc::make_mut(earlier), Additions::clone(&additions)),
            none => *none = Some(Arc::clone(&additions)),
        }
        additions
    }
}

impl Inherited {
    /// What a merged account left that the tables may lack.
    pub(super) fn take_capture(&mut self, capture: Option<Capture>) {
        let Some(Capture { account, additions, .. }) = capture else { return };
        self.take_additions(account.id, &additions);
    }

    /// The same of an account that is still there.
    pub(super) fn take_additions(&mut self, customer: CustomerId, additions: &Additions) {
        self.sales.extend(additions.sales.iter().map(|sale| (customer, *sale)));
        self.trails.extend(additions.trails.iter().cloned());
    }

    /// Says where the operation begins that brought what has no place yet.
    pub(super) fn place(&mut self, first: EventNumber) {
        for trailed in self.trails.iter_mut().filter(|trailed| trailed.event == EventNumber(0)) {
            trailed.event = first;
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        self.sales.extend(other.sales);
        self.trails.extend(other.trails);
        self.forgotten.extend(other.forgotten);
    }

    /// Nothing is remembered, as the tables have all of it.
    pub(super) const fn is_empty(&self) -> bool {
        self.sales.is_empty() && self.trails.is_empty()
    }

    /// The tables cover everything through an event.
    pub(super) fn forget_through(&mut self, covered: EventNumber) {
        for (customer, sale) in self.sales.extract_if(.., |(_, sale)| sale.event <= covered) {
            match self.forgotten.iter_mut().find(|(known, _)| *known == customer) {
                Some((_, last)) => *last = sale.event.max(*last),
                None => self.forgotten.push((customer, sale.event)),
            }
        }
        self.trails.retain(|trailed| trailed.event > covered);
    }

    /// Whether a sale of an account was forgotten that is not in what the tables had of it through an event.
    pub(super) fn forgot_later(&self, customer: CustomerId, through: EventNumber) -> bool {
        self.forgotten.iter().any(|(known, last)| *known == customer && *last > through)
    }
}

fn append(list: &mut Additions, more: Additions) {
    let Additions { rows, sales, operations, identifiers, trails } = more;
    extend(&mut list.rows, rows);
    extend(&mut list.sales, sales);
    extend(&mut list.operations, operations);
    extend(&mut list.identifiers, identifiers);
    extend(&mut list.trails, trails);
}

/// Most tails hold one entry of a kind: room for more, in every account in memory, would be most of what
/// they take. A list with more grows as lists do, so that it is not moved for every sale.
fn extend<T>(list: &mut Vec<T>, mut more: Vec<T>) {
    if list.is_empty() {
        more.shrink_to_fit();
        *list = more;
    } else {
        list.append(&mut more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_entry_has_no_room_to_spare_and_many_are_seldom_moved() {
        let (mut list, mut moved) = (Vec::new(), 0);
        for number in 0..1_000 {
            let before = list.capacity();
            let mut more = Vec::with_capacity(4);
            more.push(number);
            extend(&mut list, more);
            moved += usize::from(list.capacity() != before);
            assert!(list.len() > 1 || list.capacity() == 1);
        }
        assert_eq!(list, (0..1_000).collect::<Vec<_>>());
        assert!(moved < 20, "{moved}");
    }

    /// A tail that leads to these keys.
    fn gathered(keys: &[u8]) -> Tail {
        let identifiers = keys.iter().map(|key| ([*key; 16], None)).collect();
        Tail { additions: Additions { identifiers, ..Additions::default() } }
    }

    #[test]
    fn what_was_handed_over_is_shared_and_what_was_never_written_stays() {
        let mut captured = Captured::default();
        assert!(captured.is_empty() && *captured.additions() == NOTHING);
        let first = captured.take(gathered(&[1]));
        assert!(std::ptr::eq(captured.additions(), &raw const *first));
        let second = captured.take(gathered(&[2, 3]));
        assert_eq!(*first, gathered(&[1]).additions);
        assert_eq!(*second, gathered(&[2, 3]).additions);
        assert_eq!(*captured.additions(), gathered(&[1, 2, 3]).additions);
    }

    #[test]
    fn what_is_handed_over_stays_until_it_is_written_even_if_it_adds_nothing() {
        let mut captured = Captured::default();
        captured.take(Tail::default());
        assert!(!captured.is_empty());
    }
}
