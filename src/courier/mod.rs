//! What leaves the house: one HTTP client with bounds, and retries that end. Knows what happened, never
//! who decided it.

mod desk;
mod errand;
mod line;
mod outbound;
mod outbox;
mod pacing;
mod progress;
mod push;
mod retry;
mod sms;
mod sources;

#[cfg(test)]
mod desk_tests;
#[cfg(test)]
mod errand_tests;
#[cfg(test)]
mod outbound_tests;
#[cfg(test)]
mod outbox_tests;
#[cfg(test)]
mod test_kit;
#[cfg(test)]
mod test_server;

pub use desk::Desk;
pub use errand::Gateways;
pub use outbound::{
    Answer, Hitch, Outbound, OutboundError, OutboundLimits, OutboundRequest, Outcome, Rejection,
    Verb, http_only_client,
};
pub use pacing::Pacing;
pub use push::{Push, PushGateway, PushOutcome, PushSettings, SentPushes};
pub use retry::{Next, RETRY_AFTER_MAX, Retries};
pub use sms::{BodyFormat, GatewayError, SentSms, Sms, SmsGateway, SmsGatewayKind, SmsSettings};
pub use sources::{AddressedCode, Asked, SourceError, Sources};
