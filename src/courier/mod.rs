//! What leaves the house: one HTTP client with bounds, and retries that end. Knows what happened, never
//! who decided it.

mod outbound;
mod pacing;
mod push;
mod retry;
mod sms;

#[cfg(test)]
mod outbound_tests;
#[cfg(test)]
mod test_server;

pub use outbound::{
    Answer, Hitch, Outbound, OutboundError, OutboundLimits, OutboundRequest, Outcome, Rejection,
    Verb, http_only_client,
};
pub use pacing::Pacing;
pub use push::{Push, PushGateway, PushOutcome, PushSettings, SentPushes};
pub use retry::{Next, RETRY_AFTER_MAX, Retries};
pub use sms::{BodyFormat, GatewayError, SentSms, Sms, SmsGateway, SmsGatewayKind, SmsSettings};
