//! What an account's actor knows of the facts that were fetched for a command: what the tables may lack is
//! still in its memory, and what happened since makes them old.

use crate::engine::account_actor::AccountEntity;
use crate::engine::account_turn::{PastFact, ReturnedFact, TrailTail};
use crate::ledger::{Command, Past, PastWindow, SaleKind, needs_past, needs_returned};
use crate::values::Money;

/// What the directory must fetch before a command can be decided.
pub(super) enum Missing {
    Past(PastWindow),
    Returned(TrailTail),
}

impl AccountEntity {
    /// The tables' answer together with what is still in memory; `None` if there is a gap between.
    pub(super) fn past(&self, known: PastFact) -> Option<Past> {
        if known.through < self.forgotten_through {
            return None;
        }
        let sum = |kind, before| {
            let later = self.captured.sales.iter().chain(&self.fresh.sales).filter(|sale| {
                sale.kind == kind && sale.event > known.through && known.window.holds(sale)
            });
            Money::checked_sum(later.map(|sale| sale.total).chain([before]))
        };
        Some(Past {
            window: known.window,
            spent_later: sum(SaleKind::Purchase, known.spent_later)?,
            returned_later: sum(SaleKind::Return, known.returned_later)?,
        })
    }

    pub(super) fn missing(&self, command: &Command) -> Option<Missing> {
        if needs_returned(command) {
            return Some(Missing::Returned(self.trail_tail()));
        }
        self.past_is_missing(command).map(Missing::Past)
    }

    /// What the tables may lack of the trails of sales.
    fn trail_tail(&self) -> TrailTail {
        let steps = self.captured.trails.iter().chain(&self.fresh.trails).cloned().collect();
        TrailTail { steps, as_of: self.as_of }
    }

    /// Whether nothing happened to a returned sale since it was looked up.
    pub(super) fn is_current(&self, fact: &ReturnedFact) -> bool {
        let mut later = self.captured.trails.iter().chain(&self.fresh.trails);
        self.forgotten_through <= fact.as_of
            && !later.any(|step| step.event > fact.as_of && fact.sales.contains(&step.sale))
    }

    fn past_is_missing(&self, command: &Command) -> Option<PastWindow> {
        let window = needs_past(self.account.as_ref()?, command)?;
        let known = command.facts.past.is_some_and(|past| past.window == window);
        (!known).then_some(window)
    }
}
