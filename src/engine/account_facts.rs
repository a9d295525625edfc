//! What an account's actor knows of the facts that were fetched for a command: what the tables may lack is
//! still in its memory, and what happened since makes them old.

use crate::engine::account_actor::AccountEntity;
use crate::engine::account_turn::{PastFact, PastWanted, ReturnedFact, TrailTail};
use crate::journal::Additions;
use crate::ledger::{Command, Past, SaleKind, SaleRow, Trailed, needs_past, needs_returned};
use crate::values::{EventNumber, Money};

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
        let sum = |kind, before| {
            let later = self.unwritten_sales(known).into_iter().filter(|(sale, through)| {
                sale.kind == kind && sale.event > *through && known.window.holds(sale)
            });
            let later = later.map(|(sale, _)| sale);
            Money::checked_sum(later.map(|sale| sale.total).chain([before]))
        };
        Some(Past {
            window: known.window,
            spent_later: sum(SaleKind::Purchase, known.spent_later)?,
            returned_later: sum(SaleKind::Return, known.returned_later)?,
        })
    }

    /// The sales that the tables may lack, each with the event up to which they have its account.
    fn unwritten_sales(&self, known: &PastFact) -> Vec<(SaleRow, EventNumber)> {
        let own = self.unwritten().into_iter().flat_map(|additions| &additions.sales);
        let own = own.map(|sale| (*sale, known.through));
        let through = |customer| {
            let found = known.absorbed.iter().find(|(absorbed, _)| *absorbed == customer);
            found.map_or(EventNumber(0), |(_, through)| *through)
        };
        let inherited = self.inherited.sales.iter();
        own.chain(inherited.map(|(customer, sale)| (*sale, through(*customer)))).collect()
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
        let window = needs_past(account, command)?;
        let known = command.facts.past.is_some_and(|past| past.window == window);
        (!known).then(|| PastWanted { window, absorbed: account.absorbed.clone() })
    }
}
