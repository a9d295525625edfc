//! Referral codes, and the messages by which an invitee's account tells the inviter's: delivered after
//! they are durable, taken in once under a key of their own, and sent again until that is known.

use crate::engine::claims::{Guard, Lead};
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::leads::Taken;
use crate::engine::marks::Mark;
use crate::engine::order::{Done, Identifier};
use crate::engine::perform::{Command, Errand};
use crate::journal::{EntityEvents, Operation, referral_key, referral_message_key};
use crate::ledger::{
    Account, AccountEvent, Action, Actor, LookUp, OperationMark, ReferralMessage, Refusal,
};
use crate::values::{CustomerId, REFERRAL_CODE_LENGTH, ReferralCode, TenantId, Timestamp};
use std::sync::Arc;

/// How often a code is drawn again because somebody has it: with a billion customers one in a thousand
/// codes is taken.
const DRAWS_MAX: usize = 16;

/// A code that is claimed for a customer.
pub(super) type ClaimedCode = (ReferralCode, Guard<Lead>);

impl Core {
    /// The customer a code belongs to; a customer who came without a code was invited by nobody.
    pub(super) async fn resolve_referral(
        &self,
        tenant: TenantId,
        code: Option<ReferralCode>,
    ) -> Result<Option<CustomerId>, EngineError> {
        let Some(code) = code else { return Ok(None) };
        match self.customer_of(referral_key(tenant, code), false).await? {
            Some(inviter) => Ok(Some(self.follow(tenant, inviter).await?)),
            None => Err(Refusal::ReferralCodeUnknown.into()),
        }
    }

    /// Whoever is registered came with a code then, or never will: so nobody has two inviters, and no two
    /// customers invited one another. The code they came with may be said again: the answer to a
    /// registration may have been lost.
    pub(super) async fn refuse_referral(
        self: &Arc<Self>,
        errand: &Errand,
        customer: CustomerId,
        code: Option<ReferralCode>,
    ) -> Result<(), EngineError> {
        let tenant = errand.tenant_id();
        let Some(owner) = self.resolve_referral(tenant, code).await? else { return Ok(()) };
        if owner == customer {
            return Err(Refusal::ReferralCodeOwn.into());
        }
        let key = AccountKey { tenant, customer };
        let known = self.look(key, errand.at, LookUp::default(), None).await?;
        if known.is_some_and(|known| known.referral.inviter == Some(owner)) {
            return Ok(());
        }
        Err(Refusal::ReferralTooLate.into())
    }

    /// A code that nobody has.
    pub(super) async fn claim_referral_code(
        &self,
        tenant: TenantId,
    ) -> Result<ClaimedCode, EngineError> {
        for _ in 0..DRAWS_MAX {
            let text = self.entropy.text(REFERRAL_CODE_LENGTH);
            let Ok(code) = ReferralCode::parse(&text) else { continue };
            if let Ok(guard) = self.claim_identifier(referral_key(tenant, code)).await? {
                return Ok((code, guard));
            }
        }
        Err(EngineError::Broken("no referral code is free".into()))
    }

    /// A code for a customer of an earlier release; one who has a code keeps it.
    pub(super) async fn give_referral_code(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
    ) -> Result<Done, EngineError> {
        let tenant = errand.tenant_id();
        let (code, guard) = self.claim_referral_code(tenant).await?;
        let mut command = Command::from(Action::AssignReferralCode(code));
        command.taken.identifiers.push((referral_key(tenant, code), guard));
        self.change_account(errand, who, command).await
    }

    /// Delivers what an account has just written, beside the request that made it. Whatever does not
    /// arrive is due on the account, so that the sweeper tries again.
    pub(super) fn deliver_soon(self: &Arc<Self>, from: AccountKey, messages: Vec<ReferralMessage>) {
        let core = Arc::clone(self);
        drop(tokio::spawn(async move {
            if let Err(error) = core.deliver(from, messages).await {
                tracing::debug!(tenant = %from.tenant, customer = %from.customer, %error, "a referral message waits");
            }
        }));
    }

    /// Delivers messages in their order, each until both sides know of it.
    pub(super) async fn deliver(
        self: &Arc<Self>,
        from: AccountKey,
        messages: Vec<ReferralMessage>,
    ) -> Result<(), EngineError> {
        for message in messages {
            let at = self.stamp()?;
            self.deliver_one(from, message, at).await?;
            let told = Action::ReferralTold { number: message.number };
            let errand = self.errand_of_the_house(from.tenant, at)?;
            self.act(errand, from.customer, told.into()).await?;
        }
        Ok(())
    }

    /// An account that has taken a message in already does nothing.
    async fn deliver_one(
        self: &Arc<Self>,
        from: AccountKey,
        message: ReferralMessage,
        at: Timestamp,
    ) -> Result<(), EngineError> {
        let key = referral_message_key(from.tenant, from.customer, message.number);
        let Ok(guard) = self.claim_operation(key).await? else { return Ok(()) };
        let invitee = from.customer;
        let mut command = Command::from(Action::TakeReferralMessage { invitee, message });
        command.taken = Taken { operations: vec![(key, guard)], ..Taken::default() };
        let mut errand = self.errand_of_the_house(from.tenant, at)?;
        errand.mark = Some(Mark::of_house(OperationMark { key, meaning: key }));
        self.act(errand, message.inviter, command).await.map(drop)
    }

    /// What the house does by itself.
    pub(super) fn errand_of_the_house(
        &self,
        tenant: TenantId,
        at: Timestamp,
    ) -> Result<Errand, EngineError> {
        let place = self.places.take()?;
        let tenant = self.tenant_entry(tenant)?;
        Ok(Errand { tenant, at, actor: Actor::House, mark: None, place })
    }
}

/// What the account has to tell the inviter's, if this operation added to it.
pub(super) fn untold(account: &Account, operation: &Operation) -> Vec<ReferralMessage> {
    let sends = |event: &AccountEvent| {
        if let AccountEvent::Referral(event) = event { event.sends() } else { false }
    };
    let told = operation.entities.iter().any(|entity| match entity {
        EntityEvents::Account(_, events) => events.iter().any(sends),
        EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => false,
    });
    if told { account.referral.outbox.clone() } else { Vec::new() }
}
