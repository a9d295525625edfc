//! A tenant's webhooks: where what happens is told, how far each has been told, and why one was paused.

use crate::ledger::event::TenantEvent;
use crate::ledger::feed_kind::FeedKind;
use crate::ledger::refusal::Refusal;
use crate::ledger::subscription::Subscription;
use crate::ledger::tenant::PartnerSecret;
use crate::values::{Text, Timestamp, WebhookId};

/// Most webhooks of one tenant.
pub const WEBHOOKS_PER_TENANT_MAX: usize = 16;

/// An `http://` or `https://` address.
pub type WebhookUrl = Text<2_048>;

/// The webhooks of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Webhooks {
    /// By id.
    pub hooks: Vec<Webhook>,
    /// The highest id given out: an id is never used again.
    pub last_id: WebhookId,
}

/// An address that is told of what happens, in the order of the tenant's own numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub url: WebhookUrl,
    pub manner: WebhookManner,
    pub created_at: Timestamp,
    /// The last entry that it has been told of, or that does not concern it.
    pub cursor: u64,
    /// What it refused for good and so was not told of.
    pub skipped: Skipped,
    /// Goes up whenever it begins anew or stops: what a delivery of before reports counts no more.
    pub revision: u32,
    pub paused: Option<WebhookPause>,
}

/// What a webhook is told, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookManner {
    /// The entries of the feed.
    Feed {
        /// What it is told of; empty: of everything deliverable.
        kinds: Vec<FeedKind>,
        /// What deliveries are signed with.
        secret: PartnerSecret,
    },
    /// Every change of a customer's bonuses, in the BonusPlus dialect.
    BalanceChanges(Subscription),
}

/// Deliveries that were refused for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Skipped {
    pub count: u64,
    /// When the last of them were counted.
    pub last_at: Option<Timestamp>,
}

/// Since when nothing is delivered any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookPause {
    pub failing_since: Timestamp,
    pub at: Timestamp,
}

/// What is asked of a tenant's webhooks.
#[derive(Debug, Clone)]
pub enum WebhookAction {
    Set {
        url: WebhookUrl,
        kinds: Vec<FeedKind>,
        secret: PartnerSecret,
        after: u64,
    },
    /// In the BonusPlus dialect; nothing happens if the same is told already.
    Subscribe {
        url: WebhookUrl,
        subscription: Subscription,
        after: u64,
    },
    Remove {
        webhook: WebhookId,
    },
    /// Deliveries begin again behind `after`, also those of a paused webhook.
    Replay {
        webhook: WebhookId,
        after: u64,
    },
    /// Everything through an entry is delivered, but for so many deliveries that were refused for good.
    Advance {
        webhook: WebhookId,
        revision: u32,
        through: u64,
        skipped: u64,
    },
    /// It has failed for too long.
    Pause {
        webhook: WebhookId,
        revision: u32,
        failing_since: Timestamp,
    },
}

/// Something that happened to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookEvent {
    Set {
        webhook: WebhookId,
        url: WebhookUrl,
        kinds: Vec<FeedKind>,
        secret: PartnerSecret,
        after: u64,
        at: Timestamp,
    },
    Removed {
        webhook: WebhookId,
        at: Timestamp,
    },
    Advanced {
        webhook: WebhookId,
        through: u64,
        at: Timestamp,
    },
    Paused {
        webhook: WebhookId,
        failing_since: Timestamp,
        at: Timestamp,
    },
    Replayed {
        webhook: WebhookId,
        after: u64,
        at: Timestamp,
    },
    Subscribed {
        webhook: WebhookId,
        url: WebhookUrl,
        subscription: Subscription,
        after: u64,
        at: Timestamp,
    },
    /// As `Advanced`, with deliveries among them that were refused for good.
    AdvancedSkipping {
        webhook: WebhookId,
        through: u64,
        count: u64,
        at: Timestamp,
    },
}

/// Whether a webhook of the feed is told of operations of this kind; `kinds` empty: of everything
/// deliverable.
#[must_use]
pub fn wants(kinds: &[FeedKind], kind: FeedKind) -> bool {
    kind.is_deliverable() && (kinds.is_empty() || kinds.contains(&kind))
}

impl Webhook {
    fn new(
        id: WebhookId,
        url: &WebhookUrl,
        manner: WebhookManner,
        start: (u64, Timestamp),
    ) -> Self {
        let (cursor, created_at) = start;
        Self {
            id,
            url: url.clone(),
            manner,
            created_at,
            cursor,
            skipped: Skipped::default(),
            revision: 0,
            paused: None,
        }
    }

    /// How its deliveries look if it was subscribed in the BonusPlus dialect.
    #[must_use]
    pub const fn subscription(&self) -> Option<&Subscription> {
        match &self.manner {
            WebhookManner::BalanceChanges(subscription) => Some(subscription),
            WebhookManner::Feed { .. } => None,
        }
    }
}

impl Webhooks {
    #[must_use]
    pub fn get(&self, id: WebhookId) -> Option<&Webhook> {
        self.hooks.iter().find(|hook| hook.id == id)
    }

    /// The subscription that tells the same to the same address, unless it is paused.
    #[must_use]
    pub fn subscribed(&self, url: &WebhookUrl, subscription: &Subscription) -> Option<&Webhook> {
        let is_same = |hook: &&Webhook| {
            hook.url == *url && hook.subscription() == Some(subscription) && hook.paused.is_none()
        };
        self.hooks.iter().find(is_same)
    }

    /// Decides what an action does; no events: there is nothing to do.
    pub(super) fn decide(
        &self,
        action: &WebhookAction,
        at: Timestamp,
    ) -> Result<Vec<TenantEvent>, Refusal> {
        let known = |webhook: WebhookId| self.get(webhook).ok_or(Refusal::WebhookNotFound);
        // A report of a delivery may come after the webhook was removed, paused or begun anew.
        let current = |webhook, revision| {
            self.get(webhook).filter(|hook| hook.revision == revision && hook.paused.is_none())
        };
        let event = match action {
            WebhookAction::Subscribe { url, subscription, .. }
                if self.subscribed(url, subscription).is_some() =>
            {
                None
            }
            WebhookAction::Set { .. } | WebhookAction::Subscribe { .. }
                if self.hooks.len() >= WEBHOOKS_PER_TENANT_MAX =>
            {
                return Err(Refusal::TooManyWebhooks);
            }
            WebhookAction::Set { url, kinds, secret, after } => Some(WebhookEvent::Set {
                webhook: self.last_id.plus(1),
                url: url.clone(),
                kinds: kinds.clone(),
                secret: secret.clone(),
                after: *after,
                at,
            }),
            WebhookAction::Subscribe { url, subscription, after } => {
                Some(WebhookEvent::Subscribed {
                    webhook: self.last_id.plus(1),
                    url: url.clone(),
                    subscription: subscription.clone(),
                    after: *after,
                    at,
                })
            }
            WebhookAction::Remove { webhook } => {
                Some(WebhookEvent::Removed { webhook: known(*webhook)?.id, at })
            }
            WebhookAction::Replay { webhook, after } => {
                Some(WebhookEvent::Replayed { webhook: known(*webhook)?.id, after: *after, at })
            }
            WebhookAction::Advance { webhook, revision, through, skipped } => {
                current(*webhook, *revision)
                    .filter(|hook| hook.cursor < *through)
                    .map(|hook| advanced(hook.id, *through, *skipped, at))
            }
            WebhookAction::Pause { webhook, revision, failing_since } => {
                current(*webhook, *revision).map(|hook| WebhookEvent::Paused {
                    webhook: hook.id,
                    failing_since: *failing_since,
                    at,
                })
            }
        };
        Ok(event.map(TenantEvent::Webhook).into_iter().collect())
    }

    /// Takes an event in.
    pub(super) fn apply(&mut self, event: &WebhookEvent) {
        match event {
            WebhookEvent::Set { webhook, url, kinds, secret, after, at } => {
                let manner = WebhookManner::Feed { kinds: kinds.clone(), secret: secret.clone() };
                self.add(Webhook::new(*webhook, url, manner, (*after, *at)));
            }
            WebhookEvent::Subscribed { webhook, url, subscription, after, at } => {
                let manner = WebhookManner::BalanceChanges(subscription.clone());
                self.add(Webhook::new(*webhook, url, manner, (*after, *at)));
            }
            WebhookEvent::Removed { webhook, .. } => {
                self.hooks.retain(|hook| hook.id != *webhook);
            }
            WebhookEvent::Advanced { webhook, through, .. } => {
                self.change(*webhook, |hook| hook.cursor = *through);
            }
            WebhookEvent::AdvancedSkipping { webhook, through, count, at } => {
                self.change(*webhook, |hook| {
                    hook.cursor = *through;
                    hook.skipped = Skipped {
                        count: hook.skipped.count.saturating_add(*count),
                        last_at: Some(*at),
                    };
                });
            }
            WebhookEvent::Paused { webhook, failing_since, at } => {
                self.change(*webhook, |hook| {
                    hook.paused = Some(WebhookPause { failing_since: *failing_since, at: *at });
                    hook.revision = hook.revision.saturating_add(1);
                });
            }
            WebhookEvent::Replayed { webhook, after, .. } => {
                self.change(*webhook, |hook| {
                    hook.cursor = *after;
                    hook.paused = None;
                    hook.revision = hook.revision.saturating_add(1);
                });
            }
        }
    }

    fn add(&mut self, hook: Webhook) {
        self.last_id = hook.id;
        self.hooks.push(hook);
    }

    fn change(&mut self, id: WebhookId, change: impl FnOnce(&mut Webhook)) {
        if let Some(hook) = self.hooks.iter_mut().find(|hook| hook.id == id) {
            change(hook);
        }
    }
}

const fn advanced(webhook: WebhookId, through: u64, skipped: u64, at: Timestamp) -> WebhookEvent {
    match skipped {
        0 => WebhookEvent::Advanced { webhook, through, at },
        count => WebhookEvent::AdvancedSkipping { webhook, through, count, at },
    }
}
