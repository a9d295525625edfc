//! What leaves the house: the feed of what happened and webhooks on it, text messages and pushes; one
//! HTTP client with bounds, and retries that end. Knows what happened, never who decided it.

mod amount;
mod balance_change;
mod deliveries;
mod desk;
mod errand;
mod feed_entry;
mod figures;
mod follower;
mod house_sources;
mod line;
mod movement;
mod outbound;
mod outbox;
mod pacing;
mod progress;
mod push;
mod retry;
mod rounds;
mod sms;
mod sources;
mod standings;
mod subscription;
mod voucher_movement;
mod webhook;
mod webhooks;

#[cfg(test)]
mod desk_tests;
#[cfg(test)]
mod errand_tests;
#[cfg(test)]
mod house_sources_tests;
#[cfg(test)]
mod outbound_tests;
#[cfg(test)]
mod outbox_tests;
#[cfg(test)]
mod test_kit;
#[cfg(test)]
mod test_server;

pub use amount::Amount;
pub use deliveries::{Deliveries, Trouble};
pub use desk::Desk;
pub use errand::Gateways;
pub use feed_entry::{FeedEntry, kind_of};
pub use house_sources::HouseSources;
pub use outbound::{
    Answer, Hitch, Outbound, OutboundError, OutboundLimits, OutboundRequest, Outcome, Rejection,
    Verb, http_only_client, https_client, share_cryptography,
};
pub use outbox::{ScreenText, screen_texts};
pub use pacing::Pacing;
pub use push::{Push, PushGateway, PushOutcome, PushSettings, SentPushes};
pub use retry::{Next, RETRY_AFTER_MAX, Retries};
pub use rounds::DELIVERY_HEADER;
pub use sms::{BodyFormat, GatewayError, SentSms, Sms, SmsGateway, SmsGatewayKind, SmsSettings};
pub use sources::{AddressedCode, Asked, SourceError, Sources};
pub use webhook::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
pub use webhooks::WebhookCouriers;
