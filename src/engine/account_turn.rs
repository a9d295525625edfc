//! What travels to an account's actor and back: turns with their claims and places, and answers.

use crate::engine::account_pages::Leaf;
use crate::engine::admission::Place;
use crate::engine::beside::Beside;
use crate::engine::claims::{Guard, Key, Lead};
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::hold::{Held, HoldTurn, TakenOver};
use crate::engine::permits::Reserved;
use crate::engine::tenants::LiveCounters;
use crate::journal::{Capture, Derived, Operation, OperationRef, Proof};
use crate::ledger::{
    AccountView, Action, Actor, HeldVouchers, LookUp, OperationMark, PastWindow, Promotions, Quote,
    Receipt, RedemptionFact, Returnable, Row, SaleRow, SettingsHistory, TokenHash, Trailed,
    permits_wanted,
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

/// A command with the claims and the place that travel with it.
pub(super) struct Act {
    /// The request it belongs to: what is logged about it says so.
    pub(super) span: tracing::Span,
    pub(super) at: Timestamp,
    pub(super) actor: Actor,
    pub(super) mark: Option<OperationMark>,
    pub(super) action: Action,
    pub(super) settings: Arc<SettingsHistory>,
    pub(super) promotions: Arc<Promotions>,
    pub(super) counters: Arc<LiveCounters>,
    pub(super) completes: Option<RedemptionFact>,
    pub(super) past: Option<PastFact>,
    pub(super) returned: Option<ReturnedFact>,
    /// What it holds of gift cards and coupons; their turns are among `taken`.
    pub(super) vouchers: HeldVouchers,
    pub(super) taken: Taken,
    pub(super) beside: Vec<Beside>,
    /// Other accounts that wait for what becomes of this.
    pub(super) held: Vec<Held>,
    pub(super) place: Place,
    /// Decided and told, but not done.
    pub(super) rehearsal: bool,
    pub(super) home: usize,
    pub(super) reply: Option<oneshot::Sender<Told>>,
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

/// The claims of a command.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) operations: Vec<(Key, Guard<OperationRef>)>,
    pub(super) identifiers: Vec<(Key, Guard<Lead>)>,
    pub(super) turns: Vec<Guard<()>>,
}

/// The claims of a command with what they lead to once it is durable.
pub(super) struct LeadsTo {
    taken: Taken,
    operations: Vec<(Key, OperationRef)>,
    identifiers: Vec<(Key, Lead)>,
    sales: Vec<SaleRow>,
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

impl Act {
    /// Sets aside what it may use of promotions whose uses all customers share.
    pub(super) fn reserve_permits(&self, now: Timestamp) -> Reserved {
        let wanted = permits_wanted(&self.action, &self.promotions, &self.settings, now);
        self.counters.permits.reserve(&wanted)
    }
}

impl Taken {
    pub(super) fn with(self, customer: CustomerId, derived: &Derived) -> LeadsTo {
        let lead = |(key, leads_to): &(Key, _)| (*key, Lead::after(customer, *leads_to));
        LeadsTo {
            taken: self,
            operations: derived.operations.clone(),
            identifiers: derived.identifiers.iter().map(lead).collect(),
            sales: derived.sales.clone(),
        }
    }
}

impl LeadsTo {
    pub(super) fn commit(self, core: &Core, key: AccountKey) {
        let Self { taken, operations, identifiers, sales } = self;
        for sale in sales {
            core.fresh_sales.remember(key.tenant, sale.id, (key.customer, sale.event));
        }
        for (key, guard) in taken.operations {
            if let Some((_, leads_to)) = operations.iter().find(|(taken, _)| *taken == key) {
                guard.commit(*leads_to);
            }
        }
        for (key, guard) in taken.identifiers {
            if let Some((_, leads_to)) = identifiers.iter().find(|(taken, _)| *taken == key) {
                guard.commit(*leads_to);
            }
        }
        for (key, leads_to) in identifiers {
            core.identifiers.remember(key, leads_to);
        }
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

    pub(super) fn take(&mut self, rows: Vec<Row>, derived: Derived) {
        let event = derived.first_event;
        let rows = rows.into_iter().map(|row| Row { event, ..row });
        extend_exactly(&mut self.rows, rows);
        extend_exactly(&mut self.sales, derived.sales.into_iter());
        extend_exactly(&mut self.operations, derived.operations.into_iter());
        extend_exactly(&mut self.identifiers, derived.identifiers.into_iter());
        extend_exactly(&mut self.trails, derived.trails.into_iter());
    }

    pub(super) fn append(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        extend_exactly(&mut self.rows, other.rows.into_iter());
        extend_exactly(&mut self.sales, other.sales.into_iter());
        extend_exactly(&mut self.operations, other.operations.into_iter());
        extend_exactly(&mut self.identifiers, other.identifiers.into_iter());
        extend_exactly(&mut self.trails, other.trails.into_iter());
        self.inherited.append(other.inherited);
    }
}

/// Most tails hold one entry of a kind: room for more, in every account in memory, would be most of what
/// they take.
fn extend_exactly<T>(list: &mut Vec<T>, more: impl ExactSizeIterator<Item = T>) {
    list.reserve_exact(more.len());
    list.extend(more);
}

impl Inherited {
    /// What a merged account left that the tables may lack.
    pub(super) fn take_capture(&mut self, capture: Option<Capture>) {
        let Some(Capture { account, sales, trails, .. }) = capture else { return };
        self.sales.extend(sales.into_iter().map(|sale| (account.id, sale)));
        self.trails.extend(trails);
    }

    pub(super) fn append(&mut self, other: Self) {
        self.sales.extend(other.sales);
        self.trails.extend(other.trails);
    }
}

/// A decided command on its way out.
pub(super) struct Pending {
    pub(super) operation: Operation,
    pub(super) settings: Arc<SettingsHistory>,
    pub(super) taken: Taken,
    pub(super) permits: Reserved,
    pub(super) beside: Vec<Beside>,
    pub(super) held: Vec<Held>,
    pub(super) place: Place,
    pub(super) home: usize,
    pub(super) send: Box<dyn FnOnce(Told) + Send>,
}
