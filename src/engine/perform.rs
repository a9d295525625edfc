//! The walk of one request through the engine: claims, customer, actor, answer; forward only.

use crate::engine::account_turn::{AccountTurn, Act, Answer, Look, LookAnswer, Taken, Told};
use crate::engine::admission::Place;
use crate::engine::arbiters::Arbiters;
use crate::engine::beside::Beside;
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::hold::Held;
use crate::engine::log_in::Vouched;
use crate::engine::marks::Mark;
use crate::engine::order::{Done, Identifier, Order, Wish};
use crate::engine::refund::NamedSale;
use crate::engine::tenants::TenantEntry;
use crate::engine::written;
use crate::ledger::{
    AccountView, Action, Actor, ExternalId, HeldVouchers, LookUp, RedemptionFact, Refusal,
    TokenHash,
};
use crate::values::{Country, CustomerId, TenantId, Timestamp, TokenId};
use std::sync::Arc;
use tokio::sync::oneshot;

/// How often a request asks the directory again when the account it was sent to has just left.
pub(super) const TRIES_MAX: usize = 16;

/// A command before it is sent.
pub(super) struct Command {
    pub(super) action: Action,
    pub(super) completes: Option<RedemptionFact>,
    /// The sale that is returned.
    pub(super) returns: Option<NamedSale>,
    pub(super) taken: Taken,
    /// What happens to others if it succeeds.
    pub(super) beside: Vec<Beside>,
    pub(super) opens: bool,
    /// Other accounts that wait for what becomes of it.
    pub(super) held: Vec<Held>,
    /// Decided and told, but not done.
    pub(super) rehearsal: bool,
}

impl From<Action> for Command {
    fn from(action: Action) -> Self {
        Self {
            action,
            completes: None,
            returns: None,
            taken: Taken::default(),
            beside: Vec::new(),
            opens: false,
            held: Vec::new(),
            rehearsal: false,
        }
    }
}

/// What every request carries along.
pub(super) struct Errand {
    pub(super) tenant: TenantEntry,
    pub(super) at: Timestamp,
    pub(super) actor: Actor,
    pub(super) mark: Option<Mark>,
    pub(super) place: Place,
}

impl Errand {
    pub(super) fn tenant_id(&self) -> TenantId {
        self.tenant.tenant.id
    }

    pub(super) fn country(&self) -> Option<Country> {
        self.tenant.tenant.settings.at(self.at).rules.default_country
    }

    fn key(&self, customer: CustomerId) -> AccountKey {
        AccountKey { tenant: self.tenant_id(), customer }
    }
}

impl Core {
    /// Performs a request; the outcome is durable.
    pub(super) async fn perform(self: &Arc<Self>, order: Order) -> Result<Done, EngineError> {
        let place = self.places.take()?;
        let tenant = self.tenant_entry(order.tenant)?;
        let Order { at, actor, mark, who, wish, .. } = order;
        let mark = mark.map(|mark| self.house_key.mark(mark));
        let errand = Errand { tenant, at, actor, mark, place };
        if let Wish::Sell(sell) = wish {
            return self.sell(errand, who, sell).await;
        }
        // Apart: a sale does not make room for what others keep while they wait.
        Box::pin(self.perform_other(errand, who, wish)).await
    }

    async fn perform_other(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        wish: Wish,
    ) -> Result<Done, EngineError> {
        match wish {
            Wish::LogIn { full_name, create_if_missing, referral_code } => {
                let vouched = Vouched { full_name, create_if_missing, referral_code };
                self.log_in(errand, who, vouched).await
            }
            Wish::Sell(sell) => self.sell(errand, who, sell).await,
            Wish::Quote(sell) => self.quote(errand, who, sell).await,
            Wish::Redeem(redeem) => {
                let external = redeem.external_id.clone();
                self.move_value(errand, who, Action::Redeem(redeem), external.as_ref()).await
            }
            Wish::Refund(refund) => self.refund(errand, who, refund).await,
            Wish::Adjust(adjust) => {
                self.move_value(errand, who, Action::Adjust(adjust), None).await
            }
            Wish::Block => self.move_value(errand, who, Action::Block, None).await,
            Wish::Unblock => self.move_value(errand, who, Action::Unblock, None).await,
            Wish::SetCard(card) => self.set_card(errand, who, card).await,
            Wish::ChangeProfile(change) => {
                self.change_account(errand, who, Action::ChangeProfile(change).into()).await
            }
            Wish::SetAside(wish) => self.set_aside(errand, who, wish).await,
            Wish::CommitReserve(commit) => {
                let external = commit.redeem.external_id.clone();
                self.move_value(errand, who, Action::CommitReserve(commit), external.as_ref()).await
            }
            Wish::ReleaseReserve(release) => {
                self.move_value(errand, who, Action::ReleaseReserve(release), None).await
            }
            Wish::LogInByCode(code) => self.log_in_by_code(errand, who, code).await,
            Wish::RegisterByCode { code, full_name, referral_code } => {
                self.register_by_code(errand, who, code, full_name, referral_code).await
            }
            Wish::LogInByTelegram(user) => self.log_in_by_telegram(errand, who, user).await,
            Wish::LogInByContact { user, full_name, referral_code } => {
                self.log_in_by_contact(errand, who, user, full_name, referral_code).await
            }
            Wish::LinkTelegram(user) => self.link_telegram(errand, who, user).await,
            Wish::RegisterDevice(device) => self.register_device(errand, who, device).await,
            Wish::ForgetDevice(token) => {
                self.change_account(errand, who, Action::ForgetDevice(token).into()).await
            }
            Wish::SetTier(tier) => self.move_value(errand, who, Action::SetTier(tier), None).await,
            Wish::SetFlag { flag, on } => {
                self.move_value(errand, who, Action::SetFlag { flag, on }, None).await
            }
            Wish::GiveReferralCode => self.give_referral_code(errand, who).await,
            Wish::ChangePhone { phone, reason } => {
                self.change_phone(errand, who, phone, reason).await
            }
            Wish::Merge { into, reason } => self.merge(errand, who, into, reason).await,
            Wish::RegisterCustomer(new) => self.register_customer(errand, who, *new).await,
            Wish::ChangeCustomer(change) => self.change_customer(errand, who, change).await,
            Wish::Archive => self.change_account(errand, who, Action::Archive.into()).await,
            Wish::Forget { reason } => self.forget(errand, who, reason).await,
        }
    }

    /// Idempotency-Key first, then the external id, and both before every question about the customer
    /// (rule 18).
    pub(super) async fn move_value(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        action: Action,
        external: Option<&ExternalId>,
    ) -> Result<Done, EngineError> {
        let mut command = Command::from(action);
        match self.claim_ids(&errand, &mut command, external).await? {
            Some(repeated) => Ok(repeated),
            None => {
                let command = self.confirm(&errand, &who, command).await?;
                self.change_account(errand, who, command).await
            }
        }
    }

    pub(super) async fn change_account(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        command: Command,
    ) -> Result<Done, EngineError> {
        let customer = self.resolve(errand.tenant_id(), &who, errand.country()).await?;
        let customer = customer.ok_or_else(|| who.not_found())?;
        self.act(errand, customer, command).await
    }

    /// Sends a command to its account and waits for the durable answer.
    pub(super) async fn act(
        self: &Arc<Self>,
        errand: Errand,
        mut customer: CustomerId,
        command: Command,
    ) -> Result<Done, EngineError> {
        let mut key = errand.key(customer);
        let (opens, returns) = (command.opens, command.returns);
        let mut act = Box::new(Act {
            span: tracing::Span::current(),
            at: errand.at,
            actor: errand.actor,
            mark: errand.mark.map(|mark| mark.kept()),
            action: command.action,
            settings: Arc::clone(&errand.tenant.tenant.settings),
            promotions: Arc::clone(&errand.tenant.tenant.promotions),
            counters: errand.tenant.counters,
            completes: command.completes,
            past: None,
            returned: None,
            vouchers: HeldVouchers::default(),
            taken: command.taken,
            beside: command.beside,
            held: command.held,
            place: errand.place,
            rehearsal: command.rehearsal,
            home: Arbiters::home(),
            reply: None,
        });
        self.hold_for_sale(&mut act, key.tenant).await?;
        for _ in 0..TRIES_MAX {
            let mailbox = if opens {
                Box::pin(self.let_in(key)).await?;
                self.newcomer(key, act.at)
            } else {
                self.mailbox(key, act.at).await?.ok_or(Refusal::CustomerNotFound)?
            };
            let (reply, answer) = oneshot::channel();
            act.reply = Some(reply);
            act.place.approach();
            mailbox.deliver(AccountTurn::Act(act));
            match answer.await.map(answered) {
                Ok(Answer::Receipt(receipt)) => {
                    return Ok(Done::Receipt { customer, receipt, repeated: false });
                }
                Ok(Answer::View(view)) => return Ok(Done::Changed(view)),
                Ok(Answer::Quote(quote)) => return Ok(Done::Quoted { customer, quote }),
                Ok(Answer::Failed(error)) => return Err(error),
                Ok(Answer::NeedsPast(returned, wanted)) => {
                    act = returned;
                    act.past = Some(Box::pin(self.past(key, wanted)).await?);
                }
                Ok(Answer::NeedsReturned(returned, tail)) => {
                    act = returned;
                    let fact = Box::pin(self.returned(key, returns.as_ref(), tail)).await?;
                    self.hold_for_return(&mut act, key.tenant, &fact.sale).await?;
                    act.returned = Some(fact);
                }
                Ok(Answer::Departed(returned)) => act = returned,
                Ok(Answer::Moved(returned, into)) => {
                    act = returned;
                    customer = into;
                    key = AccountKey { customer, ..key };
                }
                Err(_) => return Err(self.lost()),
            }
        }
        Err(EngineError::Overloaded)
    }

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
        mut key: AccountKey,
        at: Timestamp,
        look_up: LookUp,
        token: Option<(TokenId, TokenHash)>,
    ) -> Result<Option<AccountView>, EngineError> {
        let tenant = self.tenant_entry(key.tenant)?.tenant;
        for _ in 0..TRIES_MAX {
            let place = self.places.take()?;
            let mailbox = self.mailbox(key, at).await?.ok_or(Refusal::CustomerNotFound)?;
            let (reply, answer) = oneshot::channel();
            let settings = Arc::clone(&tenant.settings);
            let look = Look { at, settings, look_up, token, place, home: Arbiters::home(), reply };
            mailbox.deliver(AccountTurn::Look(Box::new(look)));
            match answer.await {
                Ok(LookAnswer::View(view)) => return Ok(Some(*view)),
                Ok(LookAnswer::NoSuchToken) => return Ok(None),
                Ok(LookAnswer::Failed(error)) => return Err(error),
                Ok(LookAnswer::Departed) => {}
                Ok(LookAnswer::Moved(customer)) => key = AccountKey { customer, ..key },
                Err(_) => return Err(self.lost()),
            }
        }
        Err(EngineError::Overloaded)
    }

    /// Settles one account at `at`: what is due is written off and activated, what it has to tell is told.
    pub(super) async fn settle(
        self: &Arc<Self>,
        key: AccountKey,
        at: Timestamp,
    ) -> Result<(), EngineError> {
        let errand = self.errand_of_the_house(key.tenant, at)?;
        match self.act(errand, key.customer, Action::Settle.into()).await? {
            Done::Changed(view) => {
                let from = AccountKey { customer: view.id, ..key };
                self.deliver(from, view.referral.outbox).await
            }
            Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Quoted { .. } => Ok(()),
        }
    }
}

/// What an account answered; what it wrote is noted.
fn answered(told: Told) -> Answer {
    written::note(told.proof);
    told.answer
}
