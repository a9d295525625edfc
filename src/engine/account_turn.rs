//! What travels to an account's actor and back: turns with their claims and places, and answers.

use crate::engine::account_pages::Leaf;
use crate::engine::act::Act;
use crate::engine::admission::Place;
use crate::engine::claims::Key;
use crate::engine::error::EngineError;
use crate::engine::hold::{HoldTurn, TakenOver};
use crate::journal::{Capture, Derived, OperationRef, Proof};
use crate::ledger::{
    AccountView, LookUp, PastWindow, Quote, Receipt, Returnable, Row, SaleRow, SettingsHistory,
    TokenHash, Trailed,
};
use crate::values::{CustomerId, EventNumber, Money, SaleId, Timestamp, TokenId};
use std::sync::Arc;
use tokio::sync::oneshot;

/// What an account's actor is asked.
pub(super) enum AccountTurn {
    Act(Box<Act>),
    Look(Box<Look>),
    Leaf(Box<Leaf>),
    /// Hand the state to the tables, behind its events.
    Capture(oneshot::Sender<()>),
    /// The tables have everything up to the last capture: forget it.
    Captured,
    /// Leave memory if there was no other turn since this instant.
    DepartIfIdle {
        idle_before: Timestamp,
    },
    /// Rest, without an actor, if there was no other turn since this instant.
    RestIfIdle {
        idle_before: Timestamp,
    },
    /// Wait, while another account decides about this one too.
    Hold(HoldTurn),
    /// Go on as before.
    Release,
    /// Go on with what the other account decided.
    TakeOver(Box<TakenOver>),
    /// Panic, as a bug outside of the guarded decision would.
    #[cfg(test)]
    Die,
}

/// What must be known of sales after an instant, of an account and of those merged into it.
pub(super) struct PastWanted {
    pub(super) window: PastWindow,
    pub(super) absorbed: Vec<CustomerId>,
}

/// What the tables know of sales after an instant, up to an event.
#[derive(Debug, Clone)]
pub(super) struct PastFact {
    pub(super) window: PastWindow,
    pub(super) spent_later: Money,
    pub(super) returned_later: Money,
    pub(super) through: EventNumber,
    /// Up to which event of each account that was merged into this one.
    pub(super) absorbed: Vec<(CustomerId, EventNumber)>,
}

/// The sale that a command returns, as of an event of its account.
#[derive(Debug)]
pub(super) struct ReturnedFact {
    pub(super) sale: Box<Returnable>,
    /// The sales whose trails it was read from.
    pub(super) sales: Vec<SaleId>,
    pub(super) as_of: EventNumber,
}

/// The trails of sales that the tables may not have yet, as of an event of the account.
#[derive(Debug)]
pub(super) struct TrailTail {
    pub(super) steps: Vec<Trailed>,
    pub(super) as_of: EventNumber,
}

/// What becomes of a command.
pub(super) enum Answer {
    Receipt(Receipt),
    View(Box<AccountView>),
    Quote(Box<Quote>),
    Failed(EngineError),
    /// Come again with what was spent after this instant.
    NeedsPast(Box<Act>, PastWanted),
    /// Come again with the sale that is returned.
    NeedsReturned(Box<Act>, TrailTail),
    /// The account has left memory: ask the directory again.
    Departed(Box<Act>),
    /// The account was merged into another one: ask that.
    Moved(Box<Act>, CustomerId),
}

/// An answer, and what proves the events that it rests on, if there are new ones.
pub(super) struct Told {
    pub(super) answer: Answer,
    pub(super) proof: Option<Proof>,
}

/// A read.
pub(super) struct Look {
    pub(super) at: Timestamp,
    pub(super) settings: Arc<SettingsHistory>,
    pub(super) look_up: LookUp,
    /// A token that must be valid.
    pub(super) token: Option<(TokenId, TokenHash)>,
    pub(super) place: Place,
    pub(super) home: usize,
    pub(super) reply: oneshot::Sender<LookAnswer>,
}

/// What becomes of a read.
pub(super) enum LookAnswer {
    View(Box<AccountView>),
    NoSuchToken,
    Departed,
    /// The account was merged into another one: ask that.
    Moved(CustomerId),
    Failed(EngineError),
}

/// What the tables do not have yet.
#[derive(Default)]
pub(super) struct Tail {
    pub(super) rows: Vec<Row>,
    pub(super) sales: Vec<SaleRow>,
    pub(super) operations: Vec<(Key, OperationRef)>,
    pub(super) identifiers: Vec<(Key, Option<CustomerId>)>,
    pub(super) trails: Vec<Trailed>,
    pub(super) inherited: Inherited,
}

/// What the tables do not have yet of accounts that were merged into this one; they write it, so that this
/// one only remembers it as long as they may not have.
#[derive(Clone, Default)]
pub(super) struct Inherited {
    pub(super) sales: Vec<(CustomerId, SaleRow)>,
    pub(super) trails: Vec<Trailed>,
}

impl Answer {
    /// For a command of an account that is not here, or that was merged.
    pub(super) fn elsewhere(act: Box<Act>, merged_into: Option<CustomerId>) -> Self {
        match merged_into {
            Some(into) => Self::Moved(act, into),
            None => Self::Departed(act),
        }
    }
}

impl From<Answer> for Told {
    fn from(answer: Answer) -> Self {
        Self { answer, proof: None }
    }
}

impl Tail {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
            && self.sales.is_empty()
            && self.operations.is_empty()
            && self.identifiers.is_empty()
            && self.trails.is_empty()
            && self.inherited.sales.is_empty()
            && self.inherited.trails.is_empty()
    }

    pub(super) fn take(&mut self, mut rows: Vec<Row>, derived: Derived) {
        let event = derived.first_event;
        for row in &mut rows {
            row.event = event;
        }
        extend(&mut self.rows, rows);
        extend(&mut self.sales, derived.sales);
        extend(&mut self.operations, derived.operations);
        extend(&mut self.identifiers, derived.identifiers);
        extend(&mut self.trails, derived.trails);
    }

    pub(super) fn append(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        extend(&mut self.rows, other.rows);
        extend(&mut self.sales, other.sales);
        extend(&mut self.operations, other.operations);
        extend(&mut self.identifiers, other.identifiers);
        extend(&mut self.trails, other.trails);
        self.inherited.append(other.inherited);
    }
}

/// Up to so many entries a list has no room to spare.
const EXACT_MAX: usize = 8;

/// Most tails hold one entry of a kind: room for more, in every account in memory, would be most of what
/// they take. The list of a busy account grows as lists do, so that it is not moved for every sale.
fn extend<T>(list: &mut Vec<T>, mut more: Vec<T>) {
    if more.is_empty() {
        return;
    }
    if list.is_empty() {
        more.shrink_to_fit();
        *list = more;
    } else if list.len().saturating_add(more.len()) <= EXACT_MAX {
        list.reserve_exact(more.len());
        list.append(&mut more);
    } else {
        list.append(&mut more);
    }
}

impl Inherited {
    /// What a merged account left that the tables may lack.
    pub(super) fn take_capture(&mut self, capture: Option<Capture>) {
        let Some(Capture { account, sales, trails, .. }) = capture else { return };
        self.sales.extend(sales.into_iter().map(|sale| (account.id, sale)));
        self.trails.extend(trails);
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_list_has_no_room_to_spare_and_a_long_one_is_seldom_moved() {
        let (mut list, mut moved) = (Vec::new(), 0);
        for number in 0..1_000 {
            let before = list.capacity();
            let mut more = Vec::with_capacity(4);
            more.push(number);
            extend(&mut list, more);
            moved += usize::from(list.capacity() != before);
            assert!(list.len() > EXACT_MAX || list.capacity() == list.len());
        }
        assert_eq!(list, (0..1_000).collect::<Vec<_>>());
        assert!(moved < 20, "{moved}");
    }
}
