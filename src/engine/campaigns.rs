//! Campaigns under way: finds customers in the tables a bounded number at a time, has each account decide
//! whether its customer is told, and journals how far the campaign has got.
//!
//! A cursor is journaled behind the accounts it passes, so after a crash some are asked again: an account
//! that was told by this synchronisation remembers it and says nothing more.

use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::opening::Opened;
use crate::engine::order::{TenantOrder, TenantWish};
use crate::journal::Scan;
use crate::ledger::{
    Action, Actor, Campaign, CampaignProgress, CampaignTarget, OverstockOffer, Refusal, Tenant,
    is_concerned, is_time_to_tell,
};
use crate::values::{CustomerId, TenantId, Timestamp};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Accounts looked at between two cursors.
const SCAN_CHUNK: usize = 1_000;
/// Chunks of one tenant in one run: the next run goes on behind them.
const CHUNKS_MAX: usize = 50;
/// Accounts asked at once, as far as there are places: one group of the journal.
const AT_ONCE: usize = 64;

/// Lets every tenant's campaign get on, where it is time to tell customers. Returns how many accounts were
/// asked.
pub(super) async fn advance(opened: &Opened) -> Result<u64, EngineError> {
    let mut asked = 0_u64;
    for entry in opened.core.tenants.all() {
        let id = entry.tenant.id;
        for chunk in 0..CHUNKS_MAX {
            // The tables know who came before a checkpoint; one is enough for a run.
            let Some(done) = one_chunk(opened, id, chunk == 0).await? else { break };
            asked = asked.saturating_add(done.asked);
            if done.last {
                break;
            }
        }
    }
    Ok(asked)
}

/// A part of a campaign that is done.
struct Chunk {
    /// How many accounts were asked.
    asked: u64,
    /// Whether there are no more.
    last: bool,
}

/// Gets one chunk further; `None`: there is nothing to do now.
async fn one_chunk(
    opened: &Opened,
    id: TenantId,
    checkpoint: bool,
) -> Result<Option<Chunk>, EngineError> {
    let core = &opened.core;
    let Some(tenant) = core.tenants.tenant(id) else { return Ok(None) };
    let Some(campaign) = tenant.campaign.clone() else { return Ok(None) };
    let at = core.stamp()?;
    let rules = &tenant.settings.at(at).rules;
    if !rules.policy.overstock.push {
        core.get_on(&tenant, &campaign, CampaignProgress::Over, at).await?;
        return Ok(None);
    }
    if !is_time_to_tell(at, rules) {
        return Ok(None);
    }
    if checkpoint {
        opened.checkpointer.checkpoint(Vec::new()).await?;
    }
    let targets = core.open_targets(&tenant, &campaign, at);
    let Scan { found, through } = core.concerned(&campaign, id, &targets).await?;
    let offer = OverstockOffer { sync: campaign.sync, targets };
    for some in found.chunks(AT_ONCE) {
        core.offer(id, some, &offer, at).await?;
    }
    let progress = through.map_or(CampaignProgress::Over, CampaignProgress::Through);
    core.get_on(&tenant, &campaign, progress, at).await?;
    let asked = u64::try_from(found.len()).unwrap_or(u64::MAX);
    Ok(Some(Chunk { asked, last: through.is_none() }))
}

impl Core {
    /// The targets whose promotion still runs and is not used up by all customers together.
    fn open_targets(
        &self,
        tenant: &Tenant,
        campaign: &Campaign,
        at: Timestamp,
    ) -> Arc<Vec<CampaignTarget>> {
        let usage = self.tenants.entry(tenant.id).map(|entry| entry.counters.permits.usage());
        let is_open = |target: &&CampaignTarget| {
            let course = tenant.promotions.course(target.promotion);
            course.and_then(|course| course.running_at(at)).is_some_and(|running| {
                let uses = usage.as_ref().map_or(0, |usage| usage.of(running.id));
                running.terms.limits.total.is_none_or(|most| uses < u64::from(most))
            })
        };
        Arc::new(campaign.targets.iter().filter(is_open).cloned().collect())
    }

    async fn concerned(
        &self,
        campaign: &Campaign,
        tenant: TenantId,
        targets: &Arc<Vec<CampaignTarget>>,
    ) -> Result<Scan, EngineError> {
        if targets.is_empty() {
            return Ok(Scan::default());
        }
        let (after, targets) = (campaign.through, Arc::clone(targets));
        let read = self.readers.read(move |sources| {
            let wanted = |account: &_| is_concerned(account, &targets);
            sources.tables.scan_accounts(tenant, after, SCAN_CHUNK, &wanted)
        });
        read.await
    }

    /// Has some accounts decide whether their customers are told. Places are for customers first: without
    /// one the run ends, and the next one asks again.
    async fn offer(
        self: &Arc<Self>,
        tenant: TenantId,
        customers: &[CustomerId],
        offer: &OverstockOffer,
        at: Timestamp,
    ) -> Result<(), EngineError> {
        let mut asking = JoinSet::new();
        for customer in customers.iter().copied() {
            let (core, offer) = (Arc::clone(self), offer.clone());
            let key = AccountKey { tenant, customer };
            asking.spawn(async move { core.offer_one(key, offer, at).await });
        }
        let mut outcome = Ok(());
        while let Some(ended) = asking.join_next().await {
            let told = ended.map_err(|error| EngineError::Broken(error.to_string()))?;
            match told {
                // Who is gone is told nothing, and one account that fails its check, which is logged
                // there, must not keep the others waiting.
                Ok(())
                | Err(EngineError::Refused(Refusal::CustomerNotFound) | EngineError::Broken(_)) => {
                }
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    }

    async fn offer_one(
        self: &Arc<Self>,
        key: AccountKey,
        offer: OverstockOffer,
        at: Timestamp,
    ) -> Result<(), EngineError> {
        let errand = self.errand_of_the_house(key.tenant, at)?;
        self.act(errand, key.customer, Action::NoticeOverstock(offer).into()).await.map(drop)
    }

    async fn get_on(
        self: &Arc<Self>,
        tenant: &Tenant,
        campaign: &Campaign,
        progress: CampaignProgress,
        at: Timestamp,
    ) -> Result<(), EngineError> {
        let wish = TenantWish::AdvanceCampaign { tenant: tenant.id, sync: campaign.sync, progress };
        self.change_tenant(TenantOrder { at, actor: Actor::House, wish }).await.map(drop)
    }
}
