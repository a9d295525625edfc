//! A tenant as an actor, and the requests that change one: settings, secrets, suspension.

use crate::engine::arbiters::{Arbiters, Finish};
use crate::engine::claims::Guard;
use crate::engine::core::{Core, Forwarded};
use crate::engine::error::EngineError;
use crate::engine::order::{TenantDone, TenantOrder, TenantWish};
use crate::engine::shell::{Entity, Mailbox};
use crate::engine::tenants::{LiveCounters, TenantActor, TenantEntry};
use crate::engine::written::{note, proof_of};
use crate::journal::{
    Counters, EntityEvents, EventNumbers, LoneMark, Operation, OperationRef, Outcome, Proof, Reply,
    Usage,
};
use crate::ledger::{
    Actor, InventorySync, OperationMark, PartnerSecret, SettingsDraft, Tenant, TenantAction,
    TenantCommand, TenantName, TokenHash, WebhookAction, step_tenant,
};
use crate::values::{EventNumber, SettingsVersion, TenantId, Timestamp};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Length of a tenant's token and of its signing secret, in characters.
const SECRET_LENGTH: usize = 64;

/// What is kept of a token.
pub(super) fn hash_of(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// What a tenant's actor is asked.
pub(super) enum TenantTurn {
    Act(Box<TenantAct>),
    /// Hand the state to the tables, behind its events.
    Capture(oneshot::Sender<()>),
    /// Panic, as a bug would.
    #[cfg(test)]
    Die,
}

pub(super) struct TenantAct {
    pub(super) at: Timestamp,
    pub(super) actor: Actor,
    pub(super) action: TenantAction,
    /// The Idempotency-Key of the request.
    pub(super) marked: Option<Marked>,
    /// The way back to this actor, for the directory.
    pub(super) mailbox: Mailbox<TenantEntity>,
    pub(super) home: usize,
    pub(super) reply: oneshot::Sender<Result<Changed, EngineError>>,
}

/// A mark with the claim on its key.
pub(super) type Marked = (OperationMark, Guard<OperationRef>);

/// A tenant after a turn, with what the turn says besides.
pub(super) struct Changed {
    tenant: Arc<Tenant>,
    synced: Option<InventorySync>,
    proof: Option<Proof>,
}

/// The actor's state: possibly ahead of what is durable.
pub(super) struct TenantEntity {
    core: Arc<Core>,
    id: TenantId,
    tenant: Option<Tenant>,
    as_of: EventNumber,
    counters: Arc<LiveCounters>,
}

impl TenantEntity {
    /// Starts the actor of a tenant; `tenant` is `None` for one about to be created.
    pub(super) fn start(
        core: &Arc<Core>,
        id: TenantId,
        tenant: Option<Tenant>,
        as_of: EventNumber,
        counters: LiveCounters,
    ) -> TenantActor {
        let counters = Arc::new(counters);
        let entity = (Arc::clone(core), Arc::clone(&counters));
        let mailbox = Mailbox::start(core.arbiters.handle(0), move || {
            let (core, counters) = entity;
            Self { core, id, tenant, as_of, counters }
        });
        let actor = TenantActor { mailbox, counters };
        core.tenants.keep(id, actor.clone());
        actor
    }

    fn act(&mut self, act: TenantAct) {
        let TenantAct { at, actor, action, marked, mailbox, home, reply } = act;
        let command = TenantCommand { now: at, action };
        let step = match step_tenant(self.tenant.as_ref(), &command) {
            Ok(step) => step,
            Err(refusal) => {
                if self.tenant.is_none() {
                    self.core.tenants.let_go(self.id);
                }
                // It rests on the tenant's last event, as any answer does.
                let core = Arc::clone(&self.core);
                let finish: Finish = Box::new(move |outcome| {
                    let _ = reply.send(match outcome {
                        Outcome::Durable(_) => Err(refusal.into()),
                        Outcome::Lost => Err(core.lost()),
                    });
                });
                self.core.journal.after(self.as_of, Reply { home, finish });
                return;
            }
        };
        let tenant = Arc::new(step.tenant.clone());
        let changed = Changed { tenant, synced: step.synced, proof: None };
        if step.events.is_empty() {
            let finish = self.finish(changed, (self.as_of, None), mailbox, reply);
            self.core.journal.after(self.as_of, Reply { home, finish });
            return;
        }
        let operation = Operation {
            tenant: step.tenant.id,
            at,
            actor,
            rule_version: SettingsVersion(0),
            mark: marked.as_ref().map(|(mark, _)| *mark),
            entities: vec![EntityEvents::Tenant(step.events)],
        };
        let mark = operation.lone_mark(EventNumber(0));
        let submitted = self.core.journal.submit(operation, |numbers| {
            let mark = mark.map(|mark| LoneMark { event: numbers.first, ..mark });
            if let Some(mark) = mark {
                self.core.lone_marks.enter(mark);
            }
            let finish = self.finish(changed, (numbers.last, Some(numbers)), mailbox, reply);
            let finish: Finish = Box::new(move |outcome| {
                if let (Outcome::Durable(_), Some(mark), Some((_, claim))) = (outcome, mark, marked)
                {
                    claim.commit(mark.reference());
                }
                finish(outcome);
            });
            Some(Reply { home, finish })
        });
        if let Ok(numbers) = submitted {
            self.as_of = numbers.last;
            self.tenant = Some(step.tenant);
        }
    }

    /// What is done when everything through `as_of` is durable; `written` are the events of this turn.
    fn finish(
        &self,
        mut changed: Changed,
        (as_of, written): (EventNumber, Option<EventNumbers>),
        mailbox: Mailbox<Self>,
        reply: oneshot::Sender<Result<Changed, EngineError>>,
    ) -> Finish {
        let (core, counters) = (Arc::clone(&self.core), Arc::clone(&self.counters));
        Box::new(move |outcome| {
            let answer = match outcome {
                Outcome::Durable(_) => {
                    changed.proof = written.and_then(|numbers| proof_of(numbers, outcome));
                    core.tenants.publish(TenantEntry {
                        tenant: Arc::clone(&changed.tenant),
                        as_of,
                        counters,
                        mailbox,
                    });
                    Ok(changed)
                }
                Outcome::Lost => Err(core.lost()),
            };
            let _ = reply.send(answer);
        })
    }
}

impl Entity for TenantEntity {
    type Turn = TenantTurn;

    fn take(&mut self, turn: TenantTurn) {
        match turn {
            TenantTurn::Act(act) => self.act(*act),
            TenantTurn::Capture(done) => {
                if let Some(tenant) = &self.tenant {
                    self.core.forward(Forwarded::Tenant(Box::new(tenant.clone()), self.as_of));
                    self.core.forward(Forwarded::Usage(self.id, self.counters.permits.usage()));
                }
                let _ = done.send(());
            }
            #[cfg(test)]
            TenantTurn::Die => unreachable!("a test asked for this panic"),
        }
    }
}

/// A wish on its way to its actor, with the secrets that were made for it.
struct Prepared {
    mailbox: Mailbox<TenantEntity>,
    action: TenantAction,
    token: Option<String>,
    secret: Option<String>,
    plus_key: Option<String>,
}

impl Core {
    /// Asks a tenant's actor for a change; the outcome is durable.
    async fn change(
        &self,
        mailbox: Mailbox<TenantEntity>,
        at: Timestamp,
        actor: Actor,
        (action, marked): (TenantAction, Option<Marked>),
    ) -> Result<Changed, EngineError> {
        let (reply, answer) = oneshot::channel();
        let home = Arbiters::home();
        let act = TenantAct { at, actor, action, marked, mailbox: mailbox.clone(), home, reply };
        mailbox.deliver(TenantTurn::Act(Box::new(act)));
        let changed = answer.await.unwrap_or_else(|_| Err(self.lost()))?;
        note(changed.proof);
        Ok(changed)
    }

    /// Shows a tenant as it was recovered, and starts its actor.
    pub(super) fn admit_tenant(
        self: &Arc<Self>,
        tenant: Tenant,
        as_of: EventNumber,
        counters: &Counters,
        usage: Usage,
    ) {
        let shown = Arc::new(tenant.clone());
        let counters = LiveCounters::from(counters, usage);
        let TenantActor { mailbox, counters } =
            TenantEntity::start(self, shown.id, Some(tenant), as_of, counters);
        self.tenants.publish(TenantEntry { tenant: shown, as_of, counters, mailbox });
    }

    /// The actor of a tenant that exists.
    fn tenant_mailbox(&self, id: TenantId) -> Result<Mailbox<TenantEntity>, EngineError> {
        Ok(self.tenant_entry(id)?.mailbox.clone())
    }

    /// Performs a request that changes a tenant; secrets are made here and shown once.
    pub(super) async fn change_tenant(
        self: &Arc<Self>,
        order: TenantOrder,
    ) -> Result<TenantDone, EngineError> {
        self.change_tenant_marked(order, None).await
    }

    /// The same, under an Idempotency-Key that was claimed for it.
    pub(super) async fn change_tenant_marked(
        self: &Arc<Self>,
        order: TenantOrder,
        marked: Option<Marked>,
    ) -> Result<TenantDone, EngineError> {
        let _place = self.places.take()?;
        let TenantOrder { at, actor, wish } = order;
        let Prepared { mailbox, action, token, secret, plus_key } = self.prepare(wish)?;
        let Changed { tenant, synced, .. } =
            self.change(mailbox, at, actor, (action, marked)).await?;
        Ok(TenantDone { tenant, token, secret, plus_key, synced })
    }

    /// What an actor is asked so that a wish comes true.
    fn prepare(self: &Arc<Self>, wish: TenantWish) -> Result<Prepared, EngineError> {
        let made = || self.entropy.text(SECRET_LENGTH);
        let of = |tenant, action| {
            let mailbox = self.tenant_mailbox(tenant)?;
            Ok(Prepared { mailbox, action, token: None, secret: None, plus_key: None })
        };
        match wish {
            TenantWish::Create { name, settings } => Ok(self.prepare_tenant(name, settings)),
            TenantWish::ChangeSettings { tenant, settings, effective_from } => {
                of(tenant, TenantAction::ChangeSettings { settings, effective_from })
            }
            TenantWish::RotateToken { tenant, grace_seconds } => {
                let token = made();
                let hash = hash_of(&token);
                let rotate = TenantAction::RotateToken { token: hash, grace_seconds };
                Ok(Prepared { token: Some(token), ..of(tenant, rotate)? })
            }
            TenantWish::RotateSecret { tenant, grace_seconds } => {
                let text = made();
                let secret = PartnerSecret::new(&text);
                let rotate = TenantAction::RotateSecret { secret, grace_seconds };
                Ok(Prepared { secret: Some(text), ..of(tenant, rotate)? })
            }
            TenantWish::Suspend { tenant } => of(tenant, TenantAction::Suspend),
            TenantWish::Resume { tenant } => of(tenant, TenantAction::Resume),
            TenantWish::SyncInventory { tenant, items, deactivate_missing } => {
                of(tenant, TenantAction::SyncInventory { items, deactivate_missing })
            }
            TenantWish::ListStores { tenant, stores } => {
                of(tenant, TenantAction::ListStores { stores })
            }
            TenantWish::SetPromotion { tenant, promotion, terms } => {
                of(tenant, TenantAction::SetPromotion { promotion, terms })
            }
            TenantWish::EndPromotion { tenant, promotion } => {
                of(tenant, TenantAction::EndPromotion { promotion })
            }
            TenantWish::AdvanceCourier { tenant, channel, through } => {
                of(tenant, TenantAction::AdvanceCourier { channel, through })
            }
            TenantWish::SetWebhook { tenant, url, kinds } => {
                let (text, after) = (made(), self.journal.tenant_number(tenant));
                let secret = PartnerSecret::new(&text);
                let set = WebhookAction::Set { url, kinds, secret, after };
                Ok(Prepared { secret: Some(text), ..of(tenant, TenantAction::Webhook(set))? })
            }
            TenantWish::Subscribe { tenant, url, subscription } => {
                let after = self.journal.tenant_number(tenant);
                let subscribe = WebhookAction::Subscribe { url, subscription, after };
                of(tenant, TenantAction::Webhook(subscribe))
            }
            TenantWish::ChangeWebhook { tenant, action } => {
                of(tenant, TenantAction::Webhook(action))
            }
            TenantWish::SetTelegramBot { tenant, bot } => {
                of(tenant, TenantAction::SetTelegramBot(bot))
            }
            TenantWish::AdvanceCampaign { tenant, sync, progress } => {
                of(tenant, TenantAction::AdvanceCampaign { sync, progress })
            }
            TenantWish::RotatePlusKey { tenant, grace_seconds } => {
                let text = made();
                let rotate = TenantAction::RotatePlusKey { key: hash_of(&text), grace_seconds };
                Ok(Prepared { plus_key: Some(text), ..of(tenant, rotate)? })
            }
        }
    }

    fn prepare_tenant(
        self: &Arc<Self>,
        name: TenantName,
        settings: Box<SettingsDraft>,
    ) -> Prepared {
        let tenant = self.tenants.next_id();
        let [token, secret, key] = [(); 3].map(|()| self.entropy.text(SECRET_LENGTH));
        let started =
            TenantEntity::start(self, tenant, None, EventNumber(0), LiveCounters::default());
        let action = TenantAction::Create {
            tenant,
            name,
            token: hash_of(&token),
            secret: PartnerSecret::new(&secret),
            settings,
            plus_key: hash_of(&key),
        };
        let (token, secret, plus_key) = (Some(token), Some(secret), Some(key));
        Prepared { mailbox: started.mailbox, action, token, secret, plus_key }
    }
}
