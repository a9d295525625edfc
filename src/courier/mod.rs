//! What leaves the house: the feed of what happened and webhooks on it, one HTTP client with bounds, and
//! retries that end. Knows what happened, never who decided it.

mod amount;
mod deliveries;
mod feed_entry;
mod follower;
mod movement;
mod outbound;
mod pacing;
mod retry;
mod webhook;
mod webhooks;

pub use amount::Amount;
pub use deliveries::{Deliveries, Trouble};
pub use feed_entry::FeedEntry;
pub use outbound::{
    Answer, Hitch, Outbound, OutboundError, OutboundLimits, OutboundRequest, Outcome, Rejection,
    Verb, http_only_client,
};
pub use pacing::Pacing;
pub use retry::{Next, RETRY_AFTER_MAX, Retries};
pub use webhook::{DELIVERY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
pub use webhooks::WebhookCouriers;
