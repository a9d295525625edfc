//! An account that is read: as it is now, once what that rests on is durable.

use crate::engine::account_actor::AccountEntity;
use crate::engine::account_turn::{AccountTurn, Look, LookAnswer, Shown, Wanted};
use crate::engine::arbiters::{Arbiters, Finish};
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::perform::TRIES_MAX;
use crate::journal::Outcome;
use crate::ledger::{AccountView, Device, LookUp, Refusal, TokenHash, view};
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
        let settings = Arc::clone(&self.tenant_entry(key.tenant)?.tenant.settings);
        match self.show(key, at, Wanted::View(settings, look_up), token).await? {
            Some(Shown::View(view)) => Ok(Some(*view)),
            Some(Shown::Devices(_)) => unreachable!("a view was wanted"),
            None => Ok(None),
        }
    }

    /// The devices of a customer, resting on durable events only; none of who was forgotten.
    pub(super) async fn devices(
        self: &Arc<Self>,
        key: AccountKey,
        at: Timestamp,
    ) -> Result<Vec<Device>, EngineError> {
        match self.show(key, at, Wanted::Devices, None).await? {
            Some(Shown::Devices(devices)) => Ok(devices),
            Some(Shown::View(_)) => unreachable!("devices were wanted"),
            None => Ok(Vec::new()),
        }
    }

    /// `None`: the token is not valid.
    async fn show(
        self: &Arc<Self>,
        mut key: AccountKey,
        at: Timestamp,
        wanted: Wanted,
        token: Option<(TokenId, TokenHash)>,
    ) -> Result<Option<Shown>, EngineError> {
        for _ in 0..TRIES_MAX {
            let place = self.places.take()?;
            let mailbox = self.mailbox(key, at).await?.ok_or(Refusal::CustomerNotFound)?;
            let (reply, answer) = oneshot::channel();
            let (wanted, home) = (wanted.clone(), Arbiters::home());
            let look = Look { at, wanted, token, place, home, reply };
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
        let Look { at, wanted, token, place, home, reply } = look;
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
        let show = || match wanted {
            Wanted::View(settings, look_up) => {
                Shown::View(Box::new(view(account, &settings, look_up, self.last_turn_at)))
            }
            Wanted::Devices => Shown::Devices(account.devices.clone()),
        };
        let answer = if valid { LookAnswer::Shown(show()) } else { LookAnswer::NoSuchToken };
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
