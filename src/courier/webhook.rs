//! Delivers what happens in a tenant to one webhook: in order, signed, until the receiver says 2xx. No
//! entry is skipped; a receiver that fails for days is paused, and begins again when its owner says so.

use crate::courier::deliveries::Deliveries;
use crate::courier::feed_entry::{FeedEntry, kind_of};
use crate::courier::follower::{Handed, Sink};
use crate::courier::outbound::{Outbound, OutboundRequest, Outcome, Verb};
use crate::courier::pacing::Pacing;
use crate::courier::retry::{Next, Retries};
use crate::engine::{EngineError, House, TenantOrder, TenantWish};
use crate::journal::Numbered;
use crate::ledger::{Actor, PartnerSecret, Webhook, WebhookAction};
use crate::values::{TenantId, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;
use std::time::Duration;

/// When the request was signed, in Unix seconds: another one at every attempt.
pub const TIMESTAMP_HEADER: &str = "X-Kopilka-Timestamp";
/// HMAC-SHA256 of "{timestamp}.{body}" under the webhook's secret, in hexadecimal.
pub const SIGNATURE_HEADER: &str = "X-Kopilka-Signature";
/// What is delivered, the same at every attempt: the webhook's id and the first and last entry.
pub const DELIVERY_HEADER: &str = "X-Kopilka-Delivery";

/// A receiver may be away for a long weekend.
const PLAN: Retries = Retries {
    attempts_max: u32::MAX,
    first_pause: Duration::from_secs(1),
    longest_pause: Duration::from_secs(600),
    useful_for: Duration::from_secs(3 * 86_400),
};
/// Pause before a house that did not take a pause is asked again.
const HOUSE_PAUSE: Duration = Duration::from_secs(1);

/// What all couriers of webhooks share.
#[derive(Clone)]
pub(super) struct Office {
    pub(super) house: House,
    pub(super) outbound: Outbound,
    pub(super) pacing: Pacing,
    pub(super) deliveries: Deliveries,
}

/// The courier of one webhook, as it was set or begun anew.
pub(super) struct WebhookCourier {
    pub(super) office: Office,
    pub(super) tenant: TenantId,
    pub(super) hook: Webhook,
}

#[derive(Serialize)]
struct Body<'a> {
    tenant: u32,
    events: &'a [FeedEntry<'a>],
}

impl Sink for WebhookCourier {
    async fn take(&mut self, page: &[Numbered]) -> Handed {
        let told: Vec<&Numbered> =
            page.iter().filter(|one| self.hook.wants(kind_of(&one.operation))).collect();
        let (Some(first), Some(last)) = (told.first(), told.last()) else {
            return Handed::PassedOver;
        };
        let delivery = format!("{}-{}-{}", self.hook.id, first.tenant_number, last.tenant_number);
        let body = self.body(&told);
        loop {
            let sent_at = self.office.house.clock().now();
            let request = self.request(&delivery, &body, sent_at);
            let (error, after) = match self.office.outbound.deliver(request).await {
                Outcome::Delivered => {
                    self.office.deliveries.forget(self.tenant, self.hook.id);
                    return Handed::Acted;
                }
                Outcome::Refused(rejection) => (refused(rejection.status), None),
                Outcome::TryAgain { hitch, after } => (hitch.to_string(), after),
            };
            match self.failed(error, after) {
                Next::Pause(pause) => self.office.pacing.wait(pause).await,
                Next::GiveUp => {
                    self.pause().await;
                    return Handed::Done;
                }
            }
        }
    }

    async fn keep(&mut self, through: u64) -> Result<(), EngineError> {
        let (webhook, revision) = (self.hook.id, self.hook.revision);
        self.change(WebhookAction::Advance { webhook, revision, through }).await
    }
}

impl WebhookCourier {
    fn body(&self, told: &[&Numbered]) -> Vec<u8> {
        let events: Vec<FeedEntry<'_>> = told.iter().map(|one| FeedEntry::of(one)).collect();
        let body = Body { tenant: self.tenant.number(), events: &events };
        serde_json::to_vec(&body).expect("entries are JSON")
    }

    fn request(&self, delivery: &str, body: &[u8], at: Timestamp) -> OutboundRequest {
        let timestamp = at.millis().div_euclid(1_000).to_string();
        let signature = signature(&self.hook.secret, &timestamp, body);
        let headers = [
            ("Content-Type", "application/json".to_owned()),
            (TIMESTAMP_HEADER, timestamp),
            (SIGNATURE_HEADER, signature),
            (DELIVERY_HEADER, delivery.to_owned()),
        ];
        OutboundRequest {
            verb: Verb::Post,
            url: self.hook.url.as_str().to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            body: body.to_vec(),
        }
    }

    /// Notes a failed attempt; what follows it.
    fn failed(&self, error: String, asked: Option<Duration>) -> Next {
        let Office { house, deliveries, .. } = &self.office;
        let now = house.clock().now();
        let trouble = deliveries.failed(self.tenant, self.hook.id, now, error);
        let elapsed = u64::try_from(now.millis_since(trouble.failing_since)).unwrap_or(0);
        PLAN.next(trouble.attempts, Duration::from_millis(elapsed), asked)
    }

    /// Journals that nothing more is delivered, until the owner says otherwise.
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

/// What a receiver checks: HMAC-SHA256 of "{timestamp}.{body}", in hexadecimal.
fn signature(secret: &PartnerSecret, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_str().as_bytes())
        .expect("a key of any length is taken");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
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

    /// For whoever writes a receiver: also in docs/feed.md.
    #[test]
    fn the_signature_has_a_vector() {
        let found =
            signature(&PartnerSecret::new("s3cr3t"), "1767769016", br#"{"tenant":1,"events":[]}"#);
        assert_eq!(found, "d6362d8288a9f8692a0e48464d3b108611e529aa0636bf8e85b9cd97a1124f3c");
    }

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
