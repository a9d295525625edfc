//! What happened to a tenant's webhooks, as it is stored. The order of variants and fields is the
//! format; kinds are stored by their names.

use crate::journal::codec::{BorrowDecode, CodecError, Encode};
use crate::journal::record::fields::{all, instant, text};
use crate::journal::record::sealing::Envelope;
use crate::ledger::{FeedKind, WebhookEvent};
use crate::values::WebhookId;

/// Something that happened to a webhook.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) enum StoredWebhookEvent<'a> {
    WebhookSet {
        webhook: u32,
        url: &'a str,
        kinds: Vec<&'a str>,
        secret: Envelope,
        after: u64,
        at: i64,
    },
    WebhookRemoved {
        webhook: u32,
        at: i64,
    },
    WebhookAdvanced {
        webhook: u32,
        through: u64,
        at: i64,
    },
    WebhookPaused {
        webhook: u32,
        failing_since: i64,
        at: i64,
    },
    WebhookReplayed {
        webhook: u32,
        after: u64,
        at: i64,
    },
}

impl<'a> From<&'a WebhookEvent> for StoredWebhookEvent<'a> {
    fn from(event: &'a WebhookEvent) -> Self {
        match event {
            WebhookEvent::WebhookSet { webhook, url, kinds, secret, after, at } => {
                Self::WebhookSet {
                    webhook: webhook.number(),
                    url: url.as_str(),
                    kinds: kinds.iter().map(|kind| kind.name()).collect(),
                    secret: Envelope::of_secret(secret),
                    after: *after,
                    at: at.millis(),
                }
            }
            WebhookEvent::WebhookRemoved { webhook, at } => {
                Self::WebhookRemoved { webhook: webhook.number(), at: at.millis() }
            }
            WebhookEvent::WebhookAdvanced { webhook, through, at } => Self::WebhookAdvanced {
                webhook: webhook.number(),
                through: *through,
                at: at.millis(),
            },
            WebhookEvent::WebhookPaused { webhook, failing_since, at } => Self::WebhookPaused {
                webhook: webhook.number(),
                failing_since: failing_since.millis(),
                at: at.millis(),
            },
            WebhookEvent::WebhookReplayed { webhook, after, at } => {
                Self::WebhookReplayed { webhook: webhook.number(), after: *after, at: at.millis() }
            }
        }
    }
}

impl TryFrom<StoredWebhookEvent<'_>> for WebhookEvent {
    type Error = CodecError;

    fn try_from(stored: StoredWebhookEvent<'_>) -> Result<Self, CodecError> {
        Ok(match stored {
            StoredWebhookEvent::WebhookSet { webhook, url, kinds, secret, after, at } => {
                Self::WebhookSet {
                    webhook: WebhookId(webhook),
                    url: text(url)?,
                    kinds: all(kinds, feed_kind)?,
                    secret: secret.secret()?,
                    after,
                    at: instant(at)?,
                }
            }
            StoredWebhookEvent::WebhookRemoved { webhook, at } => {
                Self::WebhookRemoved { webhook: WebhookId(webhook), at: instant(at)? }
            }
            StoredWebhookEvent::WebhookAdvanced { webhook, through, at } => {
                Self::WebhookAdvanced { webhook: WebhookId(webhook), through, at: instant(at)? }
            }
            StoredWebhookEvent::WebhookPaused { webhook, failing_since, at } => {
                Self::WebhookPaused {
                    webhook: WebhookId(webhook),
                    failing_since: instant(failing_since)?,
                    at: instant(at)?,
                }
            }
            StoredWebhookEvent::WebhookReplayed { webhook, after, at } => {
                Self::WebhookReplayed { webhook: WebhookId(webhook), after, at: instant(at)? }
            }
        })
    }
}

pub(in crate::journal) fn feed_kind(name: &str) -> Result<FeedKind, CodecError> {
    FeedKind::named(name).ok_or(CodecError::OutOfRange("a kind of operation"))
}
