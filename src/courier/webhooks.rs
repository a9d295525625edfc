//! The couriers of all webhooks of a house: one each, so that a slow receiver holds back nobody else;
//! begun, ended and begun anew as tenants change their webhooks.

use crate::courier::deliveries::Deliveries;
use crate::courier::follower::{Follower, Sink};
use crate::courier::outbound::Outbound;
use crate::courier::pacing::Pacing;
use crate::courier::rounds::{Office, Rounds};
use crate::courier::standings::{Carrier, Standing};
use crate::courier::subscription::SubscriptionCourier;
use crate::courier::webhook::WebhookCourier;
use crate::engine::House;
use crate::ledger::{Webhook, WebhookManner};
use crate::values::{TenantId, WebhookId};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

/// Pause before a house that did not tell its tenants is asked again.
const HOUSE_PAUSE: Duration = Duration::from_secs(1);

type Key = (TenantId, WebhookId);

/// All couriers of a house, at work.
pub struct WebhookCouriers {
    stop: watch::Sender<bool>,
    work: JoinHandle<()>,
}

/// Who is on the way.
struct Crew {
    office: Office,
    stop: watch::Receiver<bool>,
    /// Each with the revision of its webhook that it serves.
    couriers: HashMap<Key, (u32, AbortHandle)>,
    tasks: JoinSet<()>,
}

impl WebhookCouriers {
    /// Begins to deliver; must be called inside a runtime, which does the work.
    #[must_use]
    pub fn start(house: House, outbound: Outbound, pacing: Pacing, deliveries: Deliveries) -> Self {
        let (stop, stopped) = watch::channel(false);
        let office = Office { house, outbound, pacing, deliveries };
        let crew = Crew { office, stop: stopped, couriers: HashMap::new(), tasks: JoinSet::new() };
        Self { stop, work: tokio::spawn(crew.work()) }
    }

    /// Drops what is on its way, which is delivered again later, and journals how far each webhook has
    /// got; returns when nobody uses the house any more.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.work.await {
            tracing::error!(%error, "the couriers of webhooks ended with a panic");
        }
    }
}

impl Crew {
    async fn work(mut self) {
        let mut stop = self.stop.clone();
        let deliveries = self.office.deliveries.clone();
        loop {
            let reconciled = self.reconcile();
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                () = deliveries.change(), if reconciled => {}
                () = self.office.pacing.wait(HOUSE_PAUSE), if !reconciled => {}
            }
        }
        while let Some(ended) = self.tasks.join_next().await {
            if ended.is_err_and(|error| error.is_panic()) {
                tracing::error!("the courier of a webhook ended with a panic");
            }
        }
    }

    /// Ends the couriers of webhooks that are gone, paused or begun anew, and begins those that are
    /// missing. False: the house does not say now.
    fn reconcile(&mut self) -> bool {
        let Ok(tenants) = self.office.house.tenants() else { return false };
        let mut hooks: HashMap<Key, &Webhook> = tenants
            .iter()
            .flat_map(|tenant| {
                let hooks = tenant.webhooks.hooks.iter();
                hooks.map(|hook| ((tenant.id, hook.id), hook))
            })
            .collect();
        self.office.deliveries.retain(|key| hooks.contains_key(key));
        hooks.iter().for_each(|(key, hook)| self.note_paused(*key, hook));
        hooks.retain(|_, hook| hook.paused.is_none());
        self.couriers.retain(|key, (revision, courier)| {
            let served = hooks.get(key).is_some_and(|hook| hook.revision == *revision);
            let stays = served && !courier.is_finished();
            if !stays {
                courier.abort();
            }
            stays
        });
        for (key, hook) in hooks {
            if !self.couriers.contains_key(&key) {
                self.begin(key.0, hook);
            }
        }
        while self.tasks.try_join_next().is_some() {}
        true
    }

    /// A webhook that was paused before this process began is behind as well.
    fn note_paused(&self, (tenant, webhook): Key, hook: &Webhook) {
        if let Some(pause) = &hook.paused {
            let oldest = Some(pause.failing_since);
            let standing = Standing { through: hook.cursor, oldest, waiting: 0 };
            let standings = self.office.deliveries.standings();
            standings.note_first(Carrier::Webhook(tenant, webhook), standing);
        }
    }

    fn begin(&mut self, tenant: TenantId, hook: &Webhook) {
        self.office.deliveries.forget(tenant, hook.id);
        let rounds = Rounds { office: self.office.clone(), tenant, hook: hook.clone() };
        let task = match &hook.manner {
            WebhookManner::Feed { kinds, secret } => {
                let (kinds, secret) = (kinds.clone(), secret.clone());
                self.send_out(tenant, hook.cursor, WebhookCourier { rounds, kinds, secret })
            }
            WebhookManner::BalanceChanges(subscription) => {
                let courier = SubscriptionCourier::new(rounds, subscription.clone());
                self.send_out(tenant, hook.cursor, courier)
            }
        };
        self.couriers.insert((tenant, hook.id), (hook.revision, task));
    }

    fn send_out<S: Sink + 'static>(
        &mut self,
        tenant: TenantId,
        cursor: u64,
        courier: S,
    ) -> AbortHandle {
        let Office { house, pacing, .. } = &self.office;
        let follower = Follower::new(house.clone(), pacing.clone(), tenant, cursor, courier);
        self.tasks.spawn(follower.follow(self.stop.clone()))
    }
}
