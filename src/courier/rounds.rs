//! What the couriers of all webhooks have in common: attempts until the receiver answers, notes of how
//! they go, the journaled cursor, and the pause of a receiver that has failed for days.

use crate::courier::deliveries::Deliveries;
use crate::courier::outbound::{Outbound, OutboundRequest, Outcome};
use crate::courier::pacing::Pacing;
use crate::courier::retry::{Next, Retries};
use crate::courier::standings::{Carrier, Standing};
use crate::engine::{EngineError, House, TenantOrder, TenantWish};
use crate::ledger::{Actor, Webhook, WebhookAction};
use crate::values::{TenantId, Timestamp};
use std::time::Duration;

/// What is delivered, the same at every attempt: the webhook's id and what of the feed it is.
pub const DELIVERY_HEADER: &str = "X-Kopilka-Delivery";

/// A receiver may be away for a long weekend.
const PLAN: Retries = Retries {
    attempts_max: u32::MAX,
    first_pause: Duration::from_secs(1),
    longest_pause: Duration::from_secs(600),
    useful_for: Duration::from_secs(3 * 86_400),
};
/// Pause before a house that did not answer is asked again.
pub(super) const HOUSE_PAUSE: Duration = Duration::from_secs(1);

/// What all couriers of webhooks share.
#[derive(Clone)]
pub(super) struct Office {
    pub(super) house: House,
    pub(super) outbound: Outbound,
    pub(super) pacing: Pacing,
    pub(super) deliveries: Deliveries,
}

/// The rounds of one webhook, as it was set or begun anew.
pub(super) struct Rounds {
    pub(super) office: Office,
    pub(super) tenant: TenantId,
    pub(super) hook: Webhook,
}

/// What a receiver's final no means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FinalNo {
    /// It is asked again all the same.
    IsTriedAgain,
    /// The delivery is skipped.
    Skips,
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Delivered,
    /// With this status; `None`: the request could not be made.
    Skipped(Option<u16>),
    /// The webhook is paused.
    Paused,
}

impl Rounds {
    /// Makes attempts until one of them ends it; `request` is made anew for each.
    pub(super) async fn deliver(
        &self,
        final_no: FinalNo,
        request: impl Fn(Timestamp) -> OutboundRequest + Send,
    ) -> Ended {
        let Office { house, outbound, pacing, deliveries } = &self.office;
        loop {
            let attempt = request(house.clock().now());
            let (error, after) = match (outbound.deliver(attempt).await, final_no) {
                (Outcome::Delivered, _) => {
                    deliveries.forget(self.tenant, self.hook.id);
                    return Ended::Delivered;
                }
                (Outcome::Refused(rejection), FinalNo::Skips) => {
                    deliveries.forget(self.tenant, self.hook.id);
                    return Ended::Skipped(rejection.status);
                }
                (Outcome::Refused(rejection), FinalNo::IsTriedAgain) => {
                    (refused(rejection.status), None)
                }
                (Outcome::TryAgain { hitch, after }, _) => (hitch.to_string(), after),
            };
            match self.failed(error, after) {
                Next::Pause(pause) => pacing.wait(pause).await,
                Next::GiveUp => {
                    self.pause().await;
                    return Ended::Paused;
                }
            }
        }
    }

    /// Notes how far the webhook has got, and when what comes next happened.
    pub(super) fn note(&self, through: u64, oldest: Option<Timestamp>) {
        let carrier = Carrier::Webhook(self.tenant, self.hook.id);
        let standing = Standing { through, oldest, waiting: 0 };
        self.office.deliveries.standings().note(carrier, standing);
    }

    /// Journals that all is dealt with through an entry, and how much of it was skipped.
    pub(super) async fn advance(&self, through: u64, skipped: u64) -> Result<(), EngineError> {
        let (webhook, revision) = (self.hook.id, self.hook.revision);
        self.change(WebhookAction::Advance { webhook, revision, through, skipped }).await
    }

    /// Notes a failed attempt; what follows it.
    fn failed(&self, error: String, asked: Option<Duration>) -> Next {
        let Office { house, deliveries, .. } = &self.office;
        let now = house.clock().now();
        let trouble = deliveries.failed(self.tenant, self.hook.id, now, error);
        let elapsed = u64::try_from(now.millis_since(trouble.failing_since)).unwrap_or(0);
        PLAN.next(trouble.attempts, Duration::from_millis(elapsed), asked)
    }

    /// Journals that nothing more is delivered, until somebody says otherwise.
    async fn pause(&self) {
        let trouble = self.office.deliveries.trouble(self.tenant, self.hook.id);
        let since = trouble.map(|trouble| trouble.failing_since);
        let failing_since = since.unwrap_or_else(|| self.office.house.clock().now());
        let (webhook, revision) = (self.hook.id, self.hook.revision);
        tracing::warn!(tenant = %self.tenant, %webhook, %failing_since, "a webhook is paused");
        let action = WebhookAction::Pause { webhook, revision, failing_since };
        while self.change(action.clone()).await.is_err() {
            self.office.pacing.wait(HOUSE_PAUSE).await;
        }
        self.office.deliveries.webhooks_changed();
    }

    async fn change(&self, action: WebhookAction) -> Result<(), EngineError> {
        let house = &self.office.house;
        let wish = TenantWish::ChangeWebhook { tenant: self.tenant, action };
        let order = TenantOrder { at: house.stamp()?, actor: Actor::House, wish };
        house.change_tenant(order).await.map(drop)
    }
}

/// The text of an answer may quote what was sent, so it is not kept.
fn refused(status: Option<u16>) -> String {
    status.map_or_else(
        || "the request could not be made".to_owned(),
        |status| format!("the answer was status {status}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_ten_minutes_and_end_after_three_days() {
        let (mut elapsed, mut attempt) = (Duration::ZERO, 1);
        while let Next::Pause(pause) = PLAN.next(attempt, elapsed, None) {
            elapsed += pause;
            attempt += 1;
        }
        assert!(elapsed > PLAN.useful_for - PLAN.longest_pause, "{elapsed:?}");
        assert_eq!(PLAN.next(4, Duration::ZERO, None), Next::Pause(Duration::from_secs(8)));
        assert_eq!(PLAN.next(400, Duration::ZERO, None), Next::Pause(PLAN.longest_pause));
    }
}
