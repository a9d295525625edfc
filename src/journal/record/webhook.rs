//! What happened to a tenant's webhooks, as it is stored. The order of variants and fields is the
//! format; kinds are stored by their names.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode};
use crate::journal::record::fields::{all, instant, text};
use crate::journal::record::sealing::Envelope;
use crate::ledger::{
    FeedKind, Subscription, SubscriptionContentType, SubscriptionMethod, WebhookEvent,
};
use crate::values::WebhookId;

/// Something that happened to a webhook.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) enum StoredWebhookEvent<'a> {
    Set { webhook: u32, url: &'a str, kinds: Vec<&'a str>, secret: Envelope, after: u64, at: i64 },
    Removed { webhook: u32, at: i64 },
    Advanced { webhook: u32, through: u64, at: i64 },
    Paused { webhook: u32, failing_since: i64, at: i64 },
    Replayed { webhook: u32, after: u64, at: i64 },
    Subscribed { webhook: u32, url: &'a str, subscription: StoredSubscription, after: u64, at: i64 },
    AdvancedSkipping { webhook: u32, through: u64, count: u64, at: i64 },
}

/// How deliveries to a subscriber look.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredSubscription {
    method: StoredMethod,
    content_type: StoredContentType,
    authorization: Option<Envelope>,
}

#[derive(Debug, Encode, Decode)]
enum StoredMethod {
    Post,
    Put,
}

#[derive(Debug, Encode, Decode)]
enum StoredContentType {
    Json,
    Form,
}

impl StoredWebhookEvent<'_> {
    /// What of it is secret.
    pub(super) fn envelope(&mut self) -> Option<&mut Envelope> {
        match self {
            Self::Set { secret, .. } => Some(secret),
            Self::Subscribed { subscription, .. } => subscription.envelope(),
            Self::Removed { .. }
            | Self::Advanced { .. }
            | Self::Paused { .. }
            | Self::Replayed { .. }
            | Self::AdvancedSkipping { .. } => None,
        }
    }
}

impl StoredSubscription {
    /// What of it is secret.
    pub(in crate::journal) fn envelope(&mut self) -> Option<&mut Envelope> {
        self.authorization.as_mut()
    }

    pub(in crate::journal) fn of(subscription: &Subscription) -> Self {
        Self {
            method: match subscription.method {
                SubscriptionMethod::Post => StoredMethod::Post,
                SubscriptionMethod::Put => StoredMethod::Put,
            },
            content_type: match subscription.content_type {
                SubscriptionContentType::Json => StoredContentType::Json,
                SubscriptionContentType::Form => StoredContentType::Form,
            },
            authorization: subscription.authorization.as_ref().map(Envelope::of_authorization),
        }
    }

    pub(in crate::journal) fn restore(self) -> Result<Subscription, CodecError> {
        Ok(Subscription {
            method: match self.method {
                StoredMethod::Post => SubscriptionMethod::Post,
                StoredMethod::Put => SubscriptionMethod::Put,
            },
            content_type: match self.content_type {
                StoredContentType::Json => SubscriptionContentType::Json,
                StoredContentType::Form => SubscriptionContentType::Form,
            },
            authorization: self.authorization.map(|it| it.authorization()).transpose()?,
        })
    }
}

impl<'a> From<&'a WebhookEvent> for StoredWebhookEvent<'a> {
    fn from(event: &'a WebhookEvent) -> Self {
        match event {
            WebhookEvent::Set { webhook, url, kinds, secret, after, at } => Self::Set {
                webhook: webhook.number(),
                url: url.as_str(),
                kinds: kinds.iter().map(|kind| kind.name()).collect(),
                secret: Envelope::of_secret(secret),
                after: *after,
                at: at.millis(),
            },
            WebhookEvent::Removed { webhook, at } => {
                Self::Removed { webhook: webhook.number(), at: at.millis() }
            }
            WebhookEvent::Advanced { webhook, through, at } => {
                Self::Advanced { webhook: webhook.number(), through: *through, at: at.millis() }
            }
            WebhookEvent::Paused { webhook, failing_since, at } => Self::Paused {
                webhook: webhook.number(),
                failing_since: failing_since.millis(),
                at: at.millis(),
            },
            WebhookEvent::Replayed { webhook, after, at } => {
                Self::Replayed { webhook: webhook.number(), after: *after, at: at.millis() }
            }
            WebhookEvent::Subscribed { webhook, url, subscription, after, at } => {
                Self::Subscribed {
                    webhook: webhook.number(),
                    url: url.as_str(),
                    subscription: StoredSubscription::of(subscription),
                    after: *after,
                    at: at.millis(),
                }
            }
            WebhookEvent::AdvancedSkipping { webhook, through, count, at } => {
                Self::AdvancedSkipping {
                    webhook: webhook.number(),
                    through: *through,
                    count: *count,
                    at: at.millis(),
                }
            }
        }
    }
}

impl TryFrom<StoredWebhookEvent<'_>> for WebhookEvent {
    type Error = CodecError;

    fn try_from(stored: StoredWebhookEvent<'_>) -> Result<Self, CodecError> {
        Ok(match stored {
            StoredWebhookEvent::Set { webhook, url, kinds, secret, after, at } => Self::Set {
                webhook: WebhookId(webhook),
                url: text(url)?,
                kinds: all(kinds, feed_kind)?,
                secret: secret.secret()?,
                after,
                at: instant(at)?,
            },
            StoredWebhookEvent::Removed { webhook, at } => {
                Self::Removed { webhook: WebhookId(webhook), at: instant(at)? }
            }
            StoredWebhookEvent::Advanced { webhook, through, at } => {
                Self::Advanced { webhook: WebhookId(webhook), through, at: instant(at)? }
            }
            StoredWebhookEvent::Paused { webhook, failing_since, at } => Self::Paused {
                webhook: WebhookId(webhook),
                failing_since: instant(failing_since)?,
                at: instant(at)?,
            },
            StoredWebhookEvent::Replayed { webhook, after, at } => {
                Self::Replayed { webhook: WebhookId(webhook), after, at: instant(at)? }
            }
            StoredWebhookEvent::Subscribed { webhook, url, subscription, after, at } => {
                Self::Subscribed {
                    webhook: WebhookId(webhook),
                    url: text(url)?,
                    subscription: subscription.restore()?,
                    after,
                    at: instant(at)?,
                }
            }
            StoredWebhookEvent::AdvancedSkipping { webhook, through, count, at } => {
                Self::AdvancedSkipping {
                    webhook: WebhookId(webhook),
                    through,
                    count,
                    at: instant(at)?,
                }
            }
        })
    }
}

pub(in crate::journal) fn feed_kind(name: &str) -> Result<FeedKind, CodecError> {
    FeedKind::named(name).ok_or(CodecError::OutOfRange("a kind of operation"))
}
