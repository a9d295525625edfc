//! How deliveries to webhooks go, as far as this process knows: shared by the couriers, who note it, and
//! the door, which shows it and says when the webhooks have changed.

use crate::courier::standings::Standings;
use crate::values::{TenantId, Timestamp, WebhookId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Why a webhook is not told of what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub failing_since: Timestamp,
    /// What went wrong last.
    pub error: String,
    /// Attempts since then.
    pub attempts: u32,
}

/// Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Deliveries {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    troubles: Mutex<HashMap<(TenantId, WebhookId), Trouble>>,
    changed: Notify,
    standings: Standings,
}

impl Deliveries {
    /// What is wrong with a webhook; `None`: nothing is known to be.
    #[must_use]
    pub fn trouble(&self, tenant: TenantId, webhook: WebhookId) -> Option<Trouble> {
        self.troubles().get(&(tenant, webhook)).cloned()
    }

    /// A webhook was set, removed, paused or begun anew.
    pub fn webhooks_changed(&self) {
        self.shared.changed.notify_one();
    }

    /// A webhook begins anew: what was wrong before counts no more.
    pub fn begins_anew(&self, tenant: TenantId, webhook: WebhookId) {
        self.forget(tenant, webhook);
        self.webhooks_changed();
    }

    /// How far each courier has got.
    pub(super) fn standings(&self) -> &Standings {
        &self.shared.standings
    }

    /// How many webhooks fail now, and for how many seconds the one that has failed longest.
    pub(super) fn failing(&self, now: Timestamp) -> (u64, u64) {
        let troubles = self.troubles();
        let longest =
            troubles.values().map(|trouble| now.millis_since(trouble.failing_since)).max();
        let seconds = longest.unwrap_or(0).div_euclid(1_000);
        let count = u64::try_from(troubles.len()).unwrap_or(u64::MAX);
        (count, u64::try_from(seconds).unwrap_or(0))
    }

    /// Waits for the next such change; one that came before is not missed.
    pub(super) async fn change(&self) {
        self.shared.changed.notified().await;
    }

    /// Notes a failed attempt.
    pub(super) fn failed(
        &self,
        tenant: TenantId,
        webhook: WebhookId,
        at: Timestamp,
        error: String,
    ) -> Trouble {
        let mut troubles = self.troubles();
        let trouble = troubles.entry((tenant, webhook)).or_insert_with(|| Trouble {
            failing_since: at,
            error: String::new(),
            attempts: 0,
        });
        trouble.error = error;
        trouble.attempts = trouble.attempts.saturating_add(1);
        trouble.clone()
    }

    /// A delivery succeeded, or the webhook begins anew or is gone.
    pub(super) fn forget(&self, tenant: TenantId, webhook: WebhookId) {
        self.troubles().remove(&(tenant, webhook));
    }

    /// Forgets webhooks that are gone.
    pub(super) fn retain(&self, is_there: impl Fn(&(TenantId, WebhookId)) -> bool) {
        self.troubles().retain(|key, _| is_there(key));
        self.standings().retain_webhooks(is_there);
    }

    fn troubles(&self) -> MutexGuard<'_, HashMap<(TenantId, WebhookId), Trouble>> {
        self.shared.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
