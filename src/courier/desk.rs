//! The desk of the couriers: one line for each tenant and channel, begun with the house and ended with
//! it. The journal is the outbox, so the desk keeps nothing that a crash could lose.

use crate::courier::deliveries::Deliveries;
use crate::courier::errand::{Gateways, Office};
use crate::courier::line::follow;
use crate::courier::pacing::Pacing;
use crate::courier::sources::Sources;
use crate::engine::Clock;
use crate::ledger::CourierChannel;
use crate::values::TenantId;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// The couriers at work.
#[derive(Debug)]
pub struct Desk {
    stop: watch::Sender<bool>,
    work: JoinHandle<()>,
}

impl Desk {
    /// Begins to send what operations imply, behind the journaled cursors, and notes in `deliveries` how far
    /// each line has got.
    #[must_use]
    pub fn start(
        sources: Arc<dyn Sources>,
        gateways: Gateways,
        clock: Clock,
        pacing: Pacing,
        deliveries: Deliveries,
    ) -> Self {
        let (stop, stopping) = watch::channel(false);
        let office = Office::new(sources, gateways, clock, pacing).noting_in(deliveries);
        let office = Arc::new(office);
        let work = tokio::spawn(serve(office, stopping));
        Self { stop, work }
    }

    /// Begins no attempt any more, lets those under way end (at most `within`) and journals the cursors;
    /// what is not sent yet is for the next start. Whether all ended in time.
    pub async fn stop(mut self, within: Duration) -> bool {
        self.stop.send_replace(true);
        if let Ok(ended) = tokio::time::timeout(within, &mut self.work).await {
            return ended.is_ok();
        }
        self.work.abort();
        false
    }
}

#[cfg(test)]
impl Desk {
    /// Ends at once, as a crash does.
    pub(super) async fn abandon(self) {
        self.work.abort();
        let _ = self.work.await;
    }
}

async fn serve(office: Arc<Office>, mut stop: watch::Receiver<bool>) {
    let mut known: Vec<TenantId> = Vec::new();
    let mut lines = JoinSet::new();
    loop {
        let new = tokio::select! {
            biased;
            _ = stop.wait_for(|stopping| *stopping) => break,
            new = office.sources.new_tenants(&known) => new,
        };
        for tenant in new {
            known.push(tenant);
            for channel in CourierChannel::ALL {
                lines.spawn(follow(tenant, channel, Arc::clone(&office), stop.clone()));
            }
        }
    }
    while lines.join_next().await.is_some() {}
}
