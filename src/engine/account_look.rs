//! An account that is read: as it is now, once what that rests on is durable.

use crate::engine::account_actor::AccountEntity;
use crate::engine::account_turn::{Look, LookAnswer};
use crate::engine::arbiters::Finish;
use crate::journal::Outcome;
use crate::ledger::view;
use crate::values::same_secret;
use std::sync::Arc;

impl AccountEntity {
    pub(super) fn look(&mut self, look: Look) {
        let Look { at, settings, look_up, token, place, home, reply } = look;
        let account = match &self.account {
            Some(account) if !self.departed => account,
            Some(_) | None => {
                let _ = reply.send(LookAnswer::Departed);
                return self.leave_unless_opened();
            }
        };
        if let (Some(into), None) = (account.merged_into, token) {
            let _ = reply.send(LookAnswer::Moved(into));
            return;
        }
        self.last_turn_at = self.last_turn_at.max(at);
        let valid = token.is_none_or(|(id, hash)| {
            let mut tokens = account.tokens.iter();
            tokens.any(|known| known.id == id && same_secret(&known.hash, &hash))
        });
        let answer = if valid {
            LookAnswer::View(Box::new(view(account, &settings, look_up, self.last_turn_at)))
        } else {
            LookAnswer::NoSuchToken
        };
        let core = Arc::clone(&self.core);
        let finish: Finish = Box::new(move |outcome| {
            drop(place);
            let _ = reply.send(match outcome {
                Outcome::Durable(_) => answer,
                Outcome::Lost => LookAnswer::Failed(core.lost()),
            });
        });
        self.when_durable(self.as_of, home, finish);
    }
}
