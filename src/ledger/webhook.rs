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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::subscription::{SubscriptionContentType, SubscriptionMethod};

    fn set(kinds: &[FeedKind]) -> WebhookAction {
        WebhookAction::Set {
            url: Text::parse("https://erp.example/hook").unwrap(),
            kinds: kinds.to_vec(),
            secret: PartnerSecret::new("s3cr3t"),
            after: 7,
        }
    }

    /// Webhooks and what is asked of them, one after the other.
    #[derive(Default)]
    struct Desk(Webhooks);

    impl Desk {
        /// How many events an action made, or the refusal.
        fn perform(&mut self, action: &WebhookAction) -> Result<usize, &'static str> {
            let at = Timestamp::from_millis(5);
            let events = self.0.decide(action, at).map_err(|refusal| refusal.code())?;
            for event in &events {
                if let TenantEvent::Webhook(event) = event {
                    self.0.apply(event);
                }
            }
            Ok(events.len())
        }

        fn state(&self, id: u32) -> Option<(u64, u32, bool)> {
            let hook = self.0.get(WebhookId(id))?;
            Some((hook.cursor, hook.revision, hook.paused.is_some()))
        }
    }

    fn advance(revision: u32, through: u64) -> WebhookAction {
        WebhookAction::Advance { webhook: WebhookId(1), revision, through, skipped: 0 }
    }

    #[test]
    fn a_webhook_advances_pauses_and_begins_anew() {
        let mut desk = Desk::default();
        let pause = |revision| WebhookAction::Pause {
            webhook: WebhookId(1),
            revision,
            failing_since: Timestamp::default(),
        };
        let replay = |after| WebhookAction::Replay { webhook: WebhookId(1), after };
        let mut check = |action: WebhookAction, events: usize, state: (u64, u32, bool)| {
            assert_eq!(desk.perform(&action), Ok(events), "{action:?}");
            assert_eq!(desk.state(1), Some(state), "{action:?}");
        };
        check(set(&[]), 1, (7, 0, false));
        check(advance(0, 9), 1, (9, 0, false));
        // Nothing new, or from before: nothing is written.
        check(advance(0, 9), 0, (9, 0, false));
        check(advance(1, 12), 0, (9, 0, false));
        check(pause(1), 0, (9, 0, false));
        check(pause(0), 1, (9, 1, true));
        check(advance(1, 12), 0, (9, 1, true));
        check(pause(1), 0, (9, 1, true));
        check(replay(3), 1, (3, 2, false));
        check(advance(0, 12), 0, (3, 2, false));
        check(advance(2, 4), 1, (4, 2, false));
        check(replay(0), 1, (0, 3, false));
    }

    #[test]
    fn an_id_is_never_used_again_and_there_are_only_so_many() {
        let mut desk = Desk::default();
        let remove = |id| WebhookAction::Remove { webhook: WebhookId(id) };
        for _ in 0..WEBHOOKS_PER_TENANT_MAX {
            assert_eq!(desk.perform(&set(&[])), Ok(1));
        }
        assert_eq!(desk.perform(&set(&[])), Err("too_many_webhooks"));
        assert_eq!(desk.perform(&remove(16)), Ok(1));
        assert_eq!(desk.perform(&set(&[])), Ok(1));
        assert_eq!(desk.state(16), None);
        assert_eq!(desk.state(17), Some((7, 0, false)));
        assert_eq!(desk.perform(&remove(16)), Err("webhook_not_found"));
        let replay = WebhookAction::Replay { webhook: WebhookId(16), after: 0 };
        assert_eq!(desk.perform(&replay), Err("webhook_not_found"));
        let late =
            WebhookAction::Advance { webhook: WebhookId(16), revision: 0, through: 9, skipped: 0 };
        assert_eq!(desk.perform(&late), Ok(0));
    }

    #[test]
    fn a_webhook_wants_what_it_asked_for_and_no_bookkeeping() {
        let check = |kinds: &[FeedKind], kind: FeedKind, expected: bool| {
            assert_eq!(wants(kinds, kind), expected, "{kinds:?} {kind:?}");
        };
        let some = [FeedKind::Sale, FeedKind::CourierAdvanced];
        check(&[], FeedKind::Sale, true);
        check(&[], FeedKind::Settlement, true);
        check(&[], FeedKind::CourierAdvanced, false);
        check(&some, FeedKind::Sale, true);
        check(&some, FeedKind::Settlement, false);
        check(&some, FeedKind::CourierAdvanced, false);
    }

    fn subscribe(content_type: SubscriptionContentType) -> WebhookAction {
        WebhookAction::Subscribe {
            url: Text::parse("https://shop.example/bonus").unwrap(),
            subscription: Subscription {
                method: SubscriptionMethod::Post,
                content_type,
                authorization: None,
            },
            after: 7,
        }
    }

    #[test]
    fn the_same_subscription_is_one_unless_it_is_paused() {
        let mut desk = Desk::default();
        assert_eq!(desk.perform(&subscribe(SubscriptionContentType::Json)), Ok(1));
        assert_eq!(desk.perform(&subscribe(SubscriptionContentType::Json)), Ok(0));
        assert_eq!(desk.perform(&subscribe(SubscriptionContentType::Form)), Ok(1));
        let pause = WebhookAction::Pause {
            webhook: WebhookId(1),
            revision: 0,
            failing_since: Timestamp::default(),
        };
        assert_eq!(desk.perform(&pause), Ok(1));
        assert_eq!(desk.perform(&subscribe(SubscriptionContentType::Json)), Ok(1));
        assert_eq!(desk.0.last_id, WebhookId(3));
        while desk.0.hooks.len() < WEBHOOKS_PER_TENANT_MAX {
            desk.perform(&set(&[])).unwrap();
        }
        // The same is no other one, however many there are.
        assert_eq!(desk.perform(&subscribe(SubscriptionContentType::Form)), Ok(0));
        assert_eq!(desk.perform(&WebhookAction::Remove { webhook: WebhookId(3) }), Ok(1));
        desk.perform(&set(&[])).unwrap();
        let one_more = desk.perform(&subscribe(SubscriptionContentType::Json));
        assert_eq!(one_more, Err("too_many_webhooks"));
    }

    #[test]
    fn what_is_refused_for_good_is_counted_where_the_cursor_moves() {
        let mut desk = Desk::default();
        desk.perform(&subscribe(SubscriptionContentType::Json)).unwrap();
        let advance = |through, skipped| WebhookAction::Advance {
            webhook: WebhookId(1),
            revision: 0,
            through,
            skipped,
        };
        let mut check = |through: u64, skipped: u64, events: usize, count: u64| {
            assert_eq!(desk.perform(&advance(through, skipped)), Ok(events), "{through}");
            let found = desk.0.get(WebhookId(1)).unwrap().skipped;
            assert_eq!((found.count, found.last_at.is_some()), (count, count > 0), "{through}");
        };
        check(8, 0, 1, 0);
        check(9, 2, 1, 2);
        check(9, 2, 0, 2);
        check(12, 0, 1, 2);
        check(13, 3, 1, 5);
    }
}
