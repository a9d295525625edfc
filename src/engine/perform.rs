//! The walk of one request through the engine: claims, customer, actor, answer; forward only.

use crate::engine::account_turn::{AccountTurn, Answer, Told};
use crate::engine::act::Act;
use crate::engine::admission::Place;
use crate::engine::beside::Beside;
use crate::engine::core::{AccountKey, Core, Slot};
use crate::engine::error::EngineError;
use crate::engine::hold::Held;
use crate::engine::leads::Taken;
use crate::engine::log_in::Vouched;
use crate::engine::marks::Mark;
use crate::engine::order::{Done, Identifier, Order, Wish};
use crate::engine::refund::NamedSale;
use crate::engine::tenants::TenantEntry;
use crate::engine::written;
use crate::ledger::{Action, Actor, RedemptionFact, Refusal};
use crate::values::{Country, CustomerId, TenantId, Timestamp};
use std::sync::Arc;
use std::sync::atomic::Ordering;
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
    pub(super) tenant: Arc<TenantEntry>,
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
            Wish::Redeem(redeem) => self.move_value(errand, who, Action::Redeem(redeem)).await,
            Wish::Refund(refund) => self.refund(errand, who, refund).await,
            Wish::Adjust(adjust) => self.move_value(errand, who, Action::Adjust(adjust)).await,
            Wish::Block => self.move_value(errand, who, Action::Block).await,
            Wish::Unblock => self.move_value(errand, who, Action::Unblock).await,
            Wish::SetCard(card) => self.set_card(errand, who, card).await,
            Wish::ChangeProfile(change) => {
                self.change_account(errand, who, Action::ChangeProfile(change).into()).await
            }
            Wish::SetAside(wish) => self.set_aside(errand, who, wish).await,
            Wish::CommitReserve(commit) => {
                self.move_value(errand, who, Action::CommitReserve(commit)).await
            }
            Wish::ReleaseReserve(release) => {
                self.move_value(errand, who, Action::ReleaseReserve(release)).await
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
            Wish::SetTier(tier) => self.move_value(errand, who, Action::SetTier(tier)).await,
            Wish::SetFlag { flag, on } => {
                self.move_value(errand, who, Action::SetFlag { flag, on }).await
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

    async fn move_value(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        action: Action,
    ) -> Result<Done, EngineError> {
        self.claim_and_send(Act::boxed(errand, action.into()), who).await
    }

    /// Idempotency-Key first, then the external id, and both before every question about the customer
    /// (rule 18).
    pub(super) async fn claim_and_send(
        self: &Arc<Self>,
        mut act: Box<Act>,
        who: Identifier,
    ) -> Result<Done, EngineError> {
        let Act { errand, command, .. } = &mut *act;
        if let Some(repeated) = self.claim_ids(errand, command).await? {
            return Ok(repeated);
        }
        self.confirm(errand, &who, command).await?;
        self.send_to(&who, act).await
    }

    pub(super) async fn change_account(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        command: Command,
    ) -> Result<Done, EngineError> {
        self.send_to(&who, Act::boxed(errand, command)).await
    }

    async fn send_to(
        self: &Arc<Self>,
        who: &Identifier,
        act: Box<Act>,
    ) -> Result<Done, EngineError> {
        let (tenant, country) = (act.errand.tenant_id(), act.errand.country());
        let customer = self.resolve_unfollowed(tenant, who, country).await?;
        let customer = customer.ok_or_else(|| who.not_found())?;
        self.send(act, customer).await
    }

    /// Sends a command to its account and waits for the durable answer.
    pub(super) async fn act(
        self: &Arc<Self>,
        errand: Errand,
        customer: CustomerId,
        command: Command,
    ) -> Result<Done, EngineError> {
        self.send(Act::boxed(errand, command), customer).await
    }

    async fn send(
        self: &Arc<Self>,
        mut act: Box<Act>,
        mut customer: CustomerId,
    ) -> Result<Done, EngineError> {
        let tenant = act.errand.tenant_id();
        let returns = act.command.returns;
        if act.names_vouchers() {
            Box::pin(self.hold_for_sale(&mut act, tenant)).await?;
        }
        for _ in 0..TRIES_MAX {
            let key = AccountKey { tenant, customer };
            let (reply, answer) = oneshot::channel();
            act.reply = Some(reply);
            if let Err(act) = self.deliver_at_once(key, act) {
                Box::pin(self.deliver_when_there(key, act)).await?;
            }
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
                    Box::pin(self.hold_for_return(&mut act, tenant, &fact.sale)).await?;
                    act.returned = Some(fact);
                }
                Ok(Answer::Departed(returned)) => act = returned,
                Ok(Answer::Moved(returned, into)) => {
                    act = returned;
                    // What was looked up is the past of the one who was asked before.
                    act.past = None;
                    // To the end, however often they were merged.
                    customer = Box::pin(self.follow(tenant, into)).await?;
                }
                Err(_) => return Err(self.lost()),
            }
        }
        Err(EngineError::Overloaded)
    }

    /// Delivers a command to an account that is in memory; else, or if it is to be opened, gives it back.
    fn deliver_at_once(&self, key: AccountKey, mut act: Box<Act>) -> Result<(), Box<Act>> {
        let Command { opens, held, beside, .. } = &act.command;
        // What holds other accounts lets go of them if it is dropped, which must not be while we are in the map.
        if *opens || !held.is_empty() || !beside.is_empty() {
            return Err(act);
        }
        let found = match self.accounts.get(&key).as_deref() {
            Some(Slot::Resident { mailbox, used_at }) if mailbox.connected() => {
                used_at.store(act.errand.at.millis(), Ordering::Relaxed);
                Some(mailbox.clone())
            }
            Some(
                Slot::Resident { .. } | Slot::Hydrating(_) | Slot::Resting { .. } | Slot::Dead,
            )
            | None => None,
        };
        // The map is let go first: what is dropped where an actor just died takes other locks.
        let Some(mailbox) = found else { return Err(act) };
        act.errand.place.approach();
        mailbox.deliver(AccountTurn::Act(act));
        Ok(())
    }

    /// The same, once the account is in memory.
    async fn deliver_when_there(
        self: &Arc<Self>,
        key: AccountKey,
        mut act: Box<Act>,
    ) -> Result<(), EngineError> {
        let mailbox = if act.command.opens {
            self.let_in(key).await?;
            self.newcomer(key, act.errand.at)
        } else {
            self.mailbox(key, act.errand.at).await?.ok_or(Refusal::CustomerNotFound)?
        };
        act.errand.place.approach();
        mailbox.deliver(AccountTurn::Act(act));
        Ok(())
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
