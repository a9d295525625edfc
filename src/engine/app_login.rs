//! Logins of an app: with a code that was sent, or with a user whom Telegram vouches for. A code is used
//! up in the operation that issues the token, so that it is good for one.

use crate::engine::arbiters::Arbiters;
use crate::engine::beside::Beside;
use crate::engine::claims::{Guard, Key, Lead};
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::log_in::{Bearer, Newcomer};
use crate::engine::order::{Done, Identifier};
use crate::engine::perform::{Command, Errand};
use crate::journal::{EntityEvents, LoginCapture, Operation, Reply, telegram_key};
use crate::ledger::{
    Action, Actor, Attempt, Authenticate, FullName, LoginCode, LoginStep, Refusal, TelegramUser,
};
use crate::values::{
    CustomerId, Phone, ReferralCode, SettingsVersion, TelegramId, TenantId, Timestamp,
};
use std::sync::Arc;
use tokio::sync::oneshot;

/// What happens to the logins of a phone, and the turn that allows it.
pub(super) struct LoginChange {
    pub(super) tenant: TenantId,
    pub(super) key: Key,
    pub(super) step: LoginStep,
    pub(super) turn: Guard<()>,
}

impl Core {
    /// Sends a code to a phone, known or not: it is journaled, and whoever carries messages derives it
    /// from the record.
    pub(super) async fn send_code(
        &self,
        tenant: TenantId,
        at: Timestamp,
        phone: Phone,
        actor: Actor,
    ) -> Result<(), EngineError> {
        let _place = self.places.take()?;
        let key = self.house_key.logins_key(tenant, phone);
        self.logins.check_room(key)?;
        let turn = self.turns.turn(key).await;
        let step = self.logins.of(key).send(phone, self.entropy.bytes(), at)?;
        self.commit_login(LoginChange { tenant, key, step, turn }, actor, at).await
    }

    pub(super) async fn log_in_by_code(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        code: LoginCode,
    ) -> Result<Done, EngineError> {
        let phone = phone_of(&who)?;
        let proof = self.prove(&errand, phone, code).await?;
        let tenant = errand.tenant_id();
        let who = Identifier::Phone(phone);
        let known = self.resolve_own(tenant, &who, errand.country()).await?;
        let customer = known.ok_or(Refusal::CustomerNotFound)?;
        self.log_in_unless_blocked(errand, customer, (None, Vec::new()), vec![proof]).await
    }

    pub(super) async fn register_by_code(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        code: LoginCode,
        full_name: Option<FullName>,
        referral_code: Option<ReferralCode>,
    ) -> Result<Done, EngineError> {
        let phone = phone_of(&who)?;
        let proof = self.prove(&errand, phone, code).await?;
        let claimed = self.claim_phone(errand.tenant_id(), phone, None).await?;
        let claimed = claimed.map_err(|_| Refusal::PhoneTaken)?;
        let inviter = self.resolve_referral(errand.tenant_id(), referral_code).await?;
        let claims = vec![claimed];
        let newcomer = Newcomer { phone, claims, full_name, telegram: None, inviter };
        self.register(errand, newcomer, vec![proof]).await
    }

    pub(super) async fn log_in_by_telegram(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        user: TelegramUser,
    ) -> Result<Done, EngineError> {
        let known = self.resolve(errand.tenant_id(), &who, errand.country()).await?;
        let customer = known.ok_or(Refusal::TelegramNotLinked)?;
        let own = self.named_by(errand.tenant_id(), &who, errand.country()).await?;
        // The user of an account that was merged into this one stays with that one.
        let user = Some(user).filter(|_| own == Some(customer));
        self.log_in_unless_blocked(errand, customer, (user, Vec::new()), Vec::new()).await
    }

    /// The phone is claimed before the Telegram user, here and everywhere, so that no two wait for each
    /// other.
    pub(super) async fn log_in_by_contact(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        user: TelegramUser,
        full_name: Option<FullName>,
        referral_code: Option<ReferralCode>,
    ) -> Result<Done, EngineError> {
        let phone = phone_of(&who)?;
        let tenant = errand.tenant_id();
        let claimed = match self.customer_of_phone(tenant, phone).await? {
            Some(customer) => Err(customer),
            // Unless someone registers it at this moment.
            None => self.claim_phone(tenant, phone, None).await?,
        };
        match claimed {
            Err(customer) => {
                let customer = self.follow(tenant, customer).await?;
                let linked = self.claim_own_telegram(tenant, user, customer).await?;
                self.log_in_unless_blocked(errand, customer, linked, Vec::new()).await
            }
            Ok(phone_claimed) => {
                let mut claims = self.claim_telegram(tenant, user.id, None).await?;
                let inviter = self.resolve_referral(tenant, referral_code).await?;
                claims.push(phone_claimed);
                let telegram = Some(user);
                let newcomer = Newcomer { phone, claims, full_name, telegram, inviter };
                self.register(errand, newcomer, Vec::new()).await
            }
        }
    }

    pub(super) async fn link_telegram(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        user: TelegramUser,
    ) -> Result<Done, EngineError> {
        let known = self.resolve(errand.tenant_id(), &who, errand.country()).await?;
        let customer = known.ok_or(Refusal::CustomerNotFound)?;
        let claims = self.claim_telegram(errand.tenant_id(), user.id, Some(customer)).await?;
        let mut command = Command::from(Action::LinkTelegram(user));
        command.taken.identifiers.extend(claims);
        self.act(errand, customer, command).await
    }

    async fn log_in_unless_blocked(
        self: &Arc<Self>,
        errand: Errand,
        customer: CustomerId,
        (telegram, claims): (Option<TelegramUser>, Vec<(Key, Guard<Lead>)>),
        beside: Vec<Beside>,
    ) -> Result<Done, EngineError> {
        let Bearer { token, shown } = self.bearer(&errand);
        let unless_blocked = true;
        let authenticate = Authenticate { telegram, unless_blocked, ..Authenticate::of(token) };
        let mut command = Command::from(Action::Authenticate(authenticate));
        command.taken.identifiers.extend(claims);
        command.beside = beside;
        self.hand_out(errand, customer, command, shown).await
    }

    /// The user to link to a customer, with their claims; none if it is that of an account which was merged
    /// into the customer's and leads there.
    async fn claim_own_telegram(
        &self,
        tenant: TenantId,
        user: TelegramUser,
        customer: CustomerId,
    ) -> Result<(Option<TelegramUser>, Vec<(Key, Guard<Lead>)>), EngineError> {
        let holder = self.customer_of(telegram_key(tenant, user.id), false).await?;
        if let Some(holder) = holder.filter(|holder| *holder != customer)
            && self.follow(tenant, holder).await? == customer
        {
            return Ok((None, Vec::new()));
        }
        let claims = self.claim_telegram(tenant, user.id, Some(customer)).await?;
        Ok((Some(user), claims))
    }

    /// Claims a Telegram user for a customer (`None`: one about to be) who may have it already.
    async fn claim_telegram(
        &self,
        tenant: TenantId,
        user: TelegramId,
        customer: Option<CustomerId>,
    ) -> Result<Vec<(Key, Guard<Lead>)>, EngineError> {
        let key = telegram_key(tenant, user);
        match self.claim_identifier(key).await? {
            Ok(guard) => Ok(vec![(key, guard)]),
            Err(holder) if Some(holder) == customer => Ok(Vec::new()),
            Err(_) => Err(Refusal::TelegramTaken.into()),
        }
    }

    /// Checks a code. Right: what uses it up, together with what it is used for; whatever is refused
    /// after this leaves it good. Wrong: the attempt is durable before it is refused.
    pub(super) async fn prove(
        &self,
        errand: &Errand,
        phone: Phone,
        code: LoginCode,
    ) -> Result<Beside, EngineError> {
        self.prove_change(errand, phone, code).await.map(|change| self.login_beside(change))
    }

    /// As [`Self::prove`], where the code may be used for nothing else.
    pub(super) async fn prove_change(
        &self,
        errand: &Errand,
        phone: Phone,
        code: LoginCode,
    ) -> Result<LoginChange, EngineError> {
        let tenant = errand.tenant_id();
        let key = self.house_key.logins_key(tenant, phone);
        let turn = self.turns.turn(key).await;
        let login = self.logins.of(key);
        let sent = login.code.map(|sent| self.house_key.login_code(tenant, phone, &sent.nonce));
        let right = sent.is_some_and(|sent| sent.is(code));
        match login.attempt(right, errand.at) {
            Attempt::Right(step) => Ok(LoginChange { tenant, key, step, turn }),
            Attempt::Wrong(Some(step), refusal) => {
                let change = LoginChange { tenant, key, step, turn };
                self.commit_login(change, errand.actor.clone(), errand.at).await?;
                Err(refusal.into())
            }
            Attempt::Wrong(None, refusal) => Err(refusal.into()),
        }
    }

    pub(super) fn login_beside(&self, change: LoginChange) -> Beside {
        let LoginChange { tenant, key, step: LoginStep { login, events }, turn } = change;
        let logins = Arc::clone(&self.logins);
        Beside::new(
            EntityEvents::Login(key, events),
            move |as_of| logins.enter(LoginCapture { key, tenant, login, as_of }),
            move || drop(turn),
        )
    }

    /// Journals what happened to a login alone; the turn ends when it is durable, whoever still waits.
    pub(super) async fn commit_login(
        &self,
        change: LoginChange,
        actor: Actor,
        at: Timestamp,
    ) -> Result<(), EngineError> {
        let LoginChange { tenant, key, step: LoginStep { login, events }, turn } = change;
        let operation = Operation {
            tenant,
            at,
            actor,
            rule_version: SettingsVersion(0),
            mark: None,
            entities: vec![EntityEvents::Login(key, events)],
        };
        let (told, outcome) = oneshot::channel();
        let home = Arbiters::home();
        let submitted = self.journal.submit(operation, |numbers| {
            self.logins.enter(LoginCapture { key, tenant, login, as_of: numbers.last });
            let finish = Box::new(move |outcome| {
                drop(turn);
                let _ = told.send(outcome);
            });
            Some(Reply { home, finish })
        });
        self.concluded(submitted, outcome.await)
    }
}

/// Codes and contacts are about a phone.
fn phone_of(who: &Identifier) -> Result<Phone, EngineError> {
    match who {
        Identifier::Phone(phone) => Ok(*phone),
        Identifier::Text(_)
        | Identifier::Customer(_)
        | Identifier::Telegram(_)
        | Identifier::Reserve(_) => {
            Err(EngineError::Broken("a login by phone came without a phone".into()))
        }
    }
}
