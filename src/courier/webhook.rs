//! Delivers what happens in a tenant to one webhook: in order, signed, until the receiver says 2xx. No
//! entry is skipped; a receiver that fails for days is paused, and begins again when its owner says so.

use crate::courier::feed_entry::{FeedEntry, kind_of};
use crate::courier::follower::{Handed, Sink};
use crate::courier::outbound::{OutboundRequest, Verb};
use crate::courier::rounds::{DELIVERY_HEADER, Ended, FinalNo, Rounds};
use crate::engine::EngineError;
use crate::journal::Numbered;
use crate::ledger::{FeedKind, PartnerSecret, wants};
use crate::values::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

/// When the request was signed, in Unix seconds: another one at every attempt.
pub const TIMESTAMP_HEADER: &str = "X-Kopilka-Timestamp";
/// HMAC-SHA256 of "{timestamp}.{body}" under the webhook's secret, in hexadecimal.
pub const SIGNATURE_HEADER: &str = "X-Kopilka-Signature";

/// The courier of one webhook of the feed.
pub(super) struct WebhookCourier {
    pub(super) rounds: Rounds,
    pub(super) kinds: Vec<FeedKind>,
    pub(super) secret: PartnerSecret,
}

#[derive(Serialize)]
struct Body<'a> {
    tenant: u32,
    events: &'a [FeedEntry<'a>],
}

impl Sink for WebhookCourier {
    async fn take(&mut self, page: &[Numbered]) -> Handed {
        let wanted = |one: &&Numbered| wants(&self.kinds, kind_of(&one.operation));
        let told: Vec<&Numbered> = page.iter().filter(wanted).collect();
        let (Some(first), Some(last)) = (told.first(), told.last()) else {
            return Handed::PassedOver(page.len());
        };
        let hook = self.rounds.hook.id;
        let delivery = format!("{hook}-{}-{}", first.tenant_number, last.tenant_number);
        let body = self.body(&told);
        let request = |at| self.request(&delivery, &body, at);
        match self.rounds.deliver(FinalNo::IsTriedAgain, request).await {
            Ended::Delivered | Ended::Skipped(_) => Handed::Acted(page.len()),
            Ended::Paused => Handed::Done,
        }
    }

    fn note(&self, through: u64, oldest: Option<Timestamp>) {
        self.rounds.note(through, oldest);
    }

    async fn keep(&mut self, through: u64) -> Result<(), EngineError> {
        self.rounds.advance(through, 0).await
    }
}

impl WebhookCourier {
    fn body(&self, told: &[&Numbered]) -> Vec<u8> {
        let events: Vec<FeedEntry<'_>> = told.iter().map(|one| FeedEntry::of(one)).collect();
        let body = Body { tenant: self.rounds.tenant.number(), events: &events };
        serde_json::to_vec(&body).expect("entries are JSON")
    }

    fn request(&self, delivery: &str, body: &[u8], at: Timestamp) -> OutboundRequest {
        let timestamp = at.millis().div_euclid(1_000).to_string();
        let signature = signature(&self.secret, &timestamp, body);
        let headers = [
            ("Content-Type", "application/json".to_owned()),
            (TIMESTAMP_HEADER, timestamp),
            (SIGNATURE_HEADER, signature),
            (DELIVERY_HEADER, delivery.to_owned()),
        ];
        OutboundRequest {
            verb: Verb::Post,
            url: self.rounds.hook.url.as_str().to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            body: body.to_vec(),
        }
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
}
