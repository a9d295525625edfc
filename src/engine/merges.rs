//! Merges: one customer is held while another takes over all they have. Every name of the first leads to
//! the second from then on.

use crate::engine::claim_ids::Marked;
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::order::{Done, Identifier};
use crate::engine::perform::{Command, Errand};
use crate::journal::merged_key;
use crate::ledger::{Action, LookUp, Merge, Reason, Refusal};
use crate::values::{CustomerId, TenantId, Timestamp};
use std::sync::Arc;

impl Core {
    /// The customer whom a number means now: its own, or the one that it was merged into.
    pub(super) async fn follow(
        &self,
        tenant: TenantId,
        customer: CustomerId,
    ) -> Result<CustomerId, EngineError> {
        let mut found = customer;
        while let Some(next) = self.customer_of(merged_key(tenant, found), false).await? {
            found = next;
        }
        Ok(found)
    }

    /// Merges `who` into another customer. Whoever takes part in a merge waits for its turn, the lower
    /// number first, so that no two merges wait for each other.
    pub(super) async fn merge(
        self: &Arc<Self>,
        mut errand: Errand,
        who: Identifier,
        into: Identifier,
        reason: Reason,
    ) -> Result<Done, EngineError> {
        let claim = match self.claim_mark(&errand).await? {
            Marked::Repeated(done) => return Ok(done),
            Marked::Fresh(claim) => claim,
        };
        let (source, target) = self.two_customers(&errand, &who, &into).await?;
        let tenant = errand.tenant_id();
        self.tell_all(AccountKey { tenant, customer: source }, errand.at).await?;
        self.tell_all(AccountKey { tenant, customer: target }, errand.at).await?;
        let mut turns = Vec::with_capacity(2);
        for customer in [source.min(target), source.max(target)] {
            turns.push(self.turns.turn(merged_key(tenant, customer)).await);
        }
        let held = self.hold(AccountKey { tenant, customer: source }, errand.at).await?;
        errand.at = errand.at.max(held.not_before);
        let merge = Merge { source: Box::new(held.account.clone()), reason };
        let mut command = Command::from(Action::Merge(Box::new(merge)));
        command.taken.operations.extend(claim);
        command.taken.turns.extend(turns);
        command.held = vec![*held];
        self.act(errand, target, command).await
    }

    /// The one that is merged, which must not be so already, and the one that stays.
    async fn two_customers(
        self: &Arc<Self>,
        errand: &Errand,
        who: &Identifier,
        into: &Identifier,
    ) -> Result<(CustomerId, CustomerId), EngineError> {
        let (tenant, country) = (errand.tenant_id(), errand.country());
        let named = self.resolve_unfollowed(tenant, who, country).await?;
        let source = named.ok_or(Refusal::CustomerNotFound)?;
        let known = self.follow(tenant, source).await?;
        if known != source {
            return Err(Refusal::AlreadyMerged { into: known }.into());
        }
        let target = self.resolve(tenant, into, country).await?;
        let target = target.ok_or(Refusal::MergeTargetNotFound)?;
        if source == target {
            return Err(Refusal::MergeIntoItself.into());
        }
        for (customer, missing) in
            [(source, Refusal::CustomerNotFound), (target, Refusal::MergeTargetNotFound)]
        {
            let key = AccountKey { tenant, customer };
            match self.look(key, errand.at, LookUp::default(), None).await {
                Ok(_) => {}
                Err(EngineError::Refused(Refusal::CustomerNotFound)) => return Err(missing.into()),
                Err(error) => return Err(error),
            }
        }
        Ok((source, target))
    }

    /// What an account has to tell about referrals is told before it is merged: afterwards it would speak
    /// under another name.
    async fn tell_all(self: &Arc<Self>, key: AccountKey, at: Timestamp) -> Result<(), EngineError> {
        let view = self.look(key, at, LookUp::default(), None).await?;
        let untold = view.map(|view| view.referral.outbox).unwrap_or_default();
        self.deliver(key, untold).await
    }
}
