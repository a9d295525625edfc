//! What leaves the house: one HTTP client with bounds, and retries that end. Knows what happened, never
//! who decided it.

mod outbound;
mod pacing;
mod retry;

pub use outbound::{
    Answer, Hitch, Outbound, OutboundError, OutboundLimits, OutboundRequest, Outcome, Rejection,
    Verb, http_only_client,
};
pub use pacing::Pacing;
pub use retry::{Next, RETRY_AFTER_MAX, Retries};
