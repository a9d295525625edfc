//! What an account's actor knows of the facts that were fetched for a command: what the tables may lack is
//! still in its memory, and what happened since makes them old.

use crate::engine::account_actor::AccountEntity;
use crate::engine::account_turn::{PastFact, PastWanted, ReturnedFact, TrailTail};
use crate::journal::Additions;
use crate::ledger::{Command, Past, Trailed, needs_past, needs_returned};

/// What the directory must fetch before a command can be decided.
pub(super) enum Missing {
    Past(PastWanted),
    Returned(TrailTail),
}

impl AccountEntity {
    /// What the tables may lack, oldest first.
    pub(super) fn unwritten(&self) -> [&Additions; 2] {
        [self.captured.additions(), &self.fresh.additions]
    }

    /// The tables' answer together with what is still in memory; `None` if there is a gap between.
    pub(super) fn past(&self, known: &PastFact) -> Option<Past> {
        let mut absorbed = known.absorbed.iter();
        let forgot_later =
            |(customer, through): &_| self.inherited.forgot_later(*customer, *through);
        if known.through < self.forgotten_through || absorbed.any(forgot_later) {
            return None;
        }
        let customer = self.key.customer;
        let own = self.unwritten().into_iter().flat_map(|additions| &additions.sales);
        let own = own.map(move |sale| (customer, *sale));
        known.with(customer, own.chain(self.inherited.sales.iter().copied()))
    }

    /// The steps of trails that the tables may lack.
    fn unwritten_trails(&self) -> impl Iterator<Item = &Trailed> {
        let own = self.unwritten().into_iter().flat_map(|additions| &additions.trails);
        self.inherited.trails.iter().chain(own)
    }

    pub(super) fn missing(&self, command: &Command) -> Option<Missing> {
        if needs_returned(command) {
            return Some(Missing::Returned(self.trail_tail()));
        }
        self.past_is_missing(command).map(Missing::Past)
    }

    /// What the tables may lack of the trails of sales.
    fn trail_tail(&self) -> TrailTail {
        let steps = self.unwritten_trails().cloned().collect();
        TrailTail { steps, as_of: self.as_of }
    }

    /// Whether nothing happened to a returned sale since it was looked up.
    pub(super) fn is_current(&self, fact: &ReturnedFact) -> bool {
        let mut later = self.unwritten_trails();
        self.forgotten_through <= fact.as_of
            && !later.any(|step| step.event > fact.as_of && fact.sales.contains(&step.sale))
    }

    fn past_is_missing(&self, command: &Command) -> Option<PastWanted> {
        let account = self.account.as_ref()?;
        let facts = &command.facts;
        let window = needs_past(account, &command.action, &facts.settings, command.now)?;
        let known = facts.past.is_some_and(|past| past.window == window);
        (!known).then(|| PastWanted { window, absorbed: account.absorbed.clone() })
    }
}
