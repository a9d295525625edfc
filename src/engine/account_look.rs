//! An account that is read: as it is now, once what that rests on is durable.

use crate::engine::account_actor::AccountEntity;
use crate::engine::account_turn::{AccountTurn, Asked, Look, LookAnswer, LookReply, Wanted};
use crate::engine::arbiters::{Arbiters, Finish};
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::perform::TRIES_MAX;
use crate::journal::Outcome;
use crate::ledger::{Account, AccountView, Device, LookUp, Refusal, TokenHash, view};
use crate::values::{Timestamp, TokenId, same_secret};
use std::sync::Arc;
use tokio::sync::oneshot;

impl Core {
    /// An account as it is, resting on durable events only; `None`: the token is not valid. Who was
    /// forgotten is not found.
    pub(super) async fn look(
        self: &Arc<Self>,
        key: AccountKey,
        at: Timestamp,
        look_up: LookUp,
        token: Option<(TokenId, TokenHash)>,
    ) -> Result<Option<AccountView>, EngineError> {
        let view = self.look_at_any(key, at, look_up, token).await?;
        if view.as_ref().is_some_and(|view| view.forgotten_at.is_some()) {
            return Err(Refusal::CustomerNotFound.into());
        }
        Ok(view)
    }

    /// The same of everybody, forgotten or not.
    pub(super) async fn look_at_any(
        self: &Arc<Self>,
        key: AccountKey,
        at: Timestamp,
        look_up: LookUp,
        token: Option<(TokenId, TokenHash)>,
    ) -> Result<Option<AccountView>, EngineError> {
        let settings = &self.tenant_entry(key.tenant)?.tenant.settings;
        let wanted = |reply| Wanted::View(Arc::clone(settings), look_up, reply);
        Ok(self.show(key, at, wanted, token).await?.map(|view| *view))
    }

    /// The devices of a customer, resting on durable events only; none of who was forgotten.
    pub(super) async fn devices(
        self: &Arc<Self>,
        key: AccountKey,
        at: Timestamp,
    ) -> Result<Vec<Device>, EngineError> {
        Ok(self.show(key, at, Wanted::Devices, None).await?.unwrap_or_default())
    }

    /// `None`: the token is not valid.
    async fn show<T>(
        self: &Arc<Self>,
        mut key: AccountKey,
        at: Timestamp,
        wanted: impl Fn(LookReply<T>) -> Wanted,
        token: Option<(TokenId, TokenHash)>,
    ) -> Result<Option<T>, EngineError> {
        for _ in 0..TRIES_MAX {
            let place = self.places.take()?;
            let mailbox = self.mailbox(key, at).await?.ok_or(Refusal::CustomerNotFound)?;
            let (reply, answer) = oneshot::channel();
            let asked = Asked { at, token, place, home: Arbiters::home() };
            let look = Look { asked, wanted: wanted(reply) };
            mailbox.deliver(AccountTurn::Look(Box::new(look)));
            match answer.await {
                Ok(LookAnswer::Shown(shown)) => return Ok(Some(shown)),
                Ok(LookAnswer::NoSuchToken) => return Ok(None),
                Ok(LookAnswer::Failed(error)) => return Err(error),
                Ok(LookAnswer::Departed) => {}
                Ok(LookAnswer::Moved(into)) => {
                    let customer = Box::pin(self.follow(key.tenant, into)).await?;
                    key = AccountKey { customer, ..key };
                }
                Err(_) => return Err(self.lost()),
            }
        }
        Err(EngineError::Overloaded)
    }
}

impl AccountEntity {
    pub(super) fn look(&mut self, look: Look) {
        let Look { asked, wanted } = look;
        match wanted {
            Wanted::View(settings, look_up, reply) => {
                self.tell(asked, reply, |account, now| {
                    Box::new(view(account, &settings, look_up, now))
                });
            }
            Wanted::Devices(reply) => self.tell(asked, reply, |account, _| account.devices.clone()),
        }
    }

    /// Tells what `show` makes of the account as of the last turn, once what that rests on is durable.
    fn tell<T: Send + 'static>(
        &mut self,
        asked: Asked,
        reply: LookReply<T>,
        show: impl FnOnce(&Account, Timestamp) -> T,
    ) {
        let Asked { at, token, place, home } = asked;
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
            LookAnswer::Shown(show(account, self.last_turn_at))
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
