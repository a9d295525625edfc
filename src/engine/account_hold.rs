//! An account that is held: it waits with its turns until it is released, or goes on as another account
//! decided.

use crate::engine::account_actor::AccountEntity;
use crate::engine::account_turn::AccountTurn;
use crate::engine::hold::{Held, HoldAnswer, HoldTurn, Lease, TakenOver};
use crate::engine::shell::Entity;
use crate::engine::tail::Inherited;

impl AccountEntity {
    /// The turn, unless it must wait. States are handed over even so: nothing has changed yet.
    pub(super) fn unless_held(&mut self, turn: AccountTurn) -> Option<AccountTurn> {
        let Some(waiting) = &mut self.held else { return Some(turn) };
        match turn {
            AccountTurn::Act(mut act) => {
                act.errand.place.arrived();
                waiting.push(AccountTurn::Act(act));
                None
            }
            AccountTurn::Look(_) | AccountTurn::Leaf(_) | AccountTurn::Hold(_) => {
                waiting.push(turn);
                None
            }
            AccountTurn::DepartIfIdle { .. } | AccountTurn::RestIfIdle { .. } => None,
            AccountTurn::Capture(_)
            | AccountTurn::Captured
            | AccountTurn::Paced(..)
            | AccountTurn::Release
            | AccountTurn::TakeOver(_) => Some(turn),
            #[cfg(test)]
            AccountTurn::Die => Some(turn),
        }
    }

    /// From now on the account waits.
    pub(super) fn hold(&mut self, hold: HoldTurn) {
        let account = match &self.account {
            Some(account) if !self.departed => (**account).clone(),
            Some(_) | None => {
                let _ = hold.reply.send(HoldAnswer::Departed);
                return self.leave_unless_opened();
            }
        };
        self.last_turn_at = self.last_turn_at.max(hold.at);
        self.held = Some(Vec::new());
        // Nobody may wait for it any more: then the answer is dropped, and with it the lease.
        let _ = hold.reply.send(HoldAnswer::Held(Box::new(Held {
            inherited: self.left_to_an_heir(),
            account,
            not_before: self.last_turn_at,
            lease: Lease::begin(&self.core, self.key, hold.most),
        })));
    }

    /// What whoever takes this account over must know beyond its state.
    fn left_to_an_heir(&self) -> Inherited {
        let mut left = self.inherited.clone();
        for additions in self.unwritten() {
            left.take_additions(self.key.customer, additions);
        }
        left
    }

    /// What was decided about this account is in the queue.
    pub(super) fn take_over(&mut self, taken: TakenOver) {
        let TakenOver { account, rows, derived, as_of } = taken;
        self.account = Some(Box::new(account));
        self.as_of = as_of;
        self.fresh.take(rows, derived);
        self.mark_dirty();
        self.go_on();
    }

    /// Takes the turns that waited, in their order; one of them may hold the account again.
    pub(super) fn go_on(&mut self) {
        for turn in self.held.take().unwrap_or_default() {
            self.take(turn);
        }
    }
}
