//! A tenant's webhooks: where what happens is told, how far each has been told, and why one was paused.

use crate::ledger::event::TenantEvent;
use crate::ledger::feed_kind::FeedKind;
use crate::ledger::refusal::Refusal;
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

/// An address that is told of what happens, entry by entry in the tenant's own numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub url: WebhookUrl,
    /// What it is told of; empty: of everything deliverable.
    pub kinds: Vec<FeedKind>,
    /// What deliveries are signed with.
    pub secret: PartnerSecret,
    pub created_at: Timestamp,
    /// The last entry that it has been told of, or that does not concern it.
    pub cursor: u64,
    /// Goes up whenever it begins anew or stops: what a delivery of before reports counts no more.
    pub revision: u32,
    pub paused: Option<WebhookPause>,
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
    Remove {
        webhook: WebhookId,
    },
    /// Deliveries begin again behind `after`, also those of a paused webhook.
    Replay {
        webhook: WebhookId,
        after: u64,
    },
    /// Everything through an entry is delivered.
    Advance {
        webhook: WebhookId,
        revision: u32,
        through: u64,
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
}

impl Webhook {
    /// Whether it is told of operations of this kind.
    #[must_use]
    pub fn wants(&self, kind: FeedKind) -> bool {
        kind.is_deliverable() && (self.kinds.is_empty() || self.kinds.contains(&kind))
    }
}

impl Webhooks {
    #[must_use]
    pub fn get(&self, id: WebhookId) -> Option<&Webhook> {
        self.hooks.iter().find(|hook| hook.id == id)
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
            WebhookAction::Set { .. } if self.hooks.len() >= WEBHOOKS_PER_TENANT_MAX => {
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
            WebhookAction::Remove { webhook } => {
                Some(WebhookEvent::Removed { webhook: known(*webhook)?.id, at })
            }
            WebhookAction::Replay { webhook, after } => {
                Some(WebhookEvent::Replayed { webhook: known(*webhook)?.id, after: *after, at })
            }
            WebhookAction::Advance { webhook, revision, through } => current(*webhook, *revision)
                .filter(|hook| hook.cursor < *through)
                .map(|hook| WebhookEvent::Advanced { webhook: hook.id, through: *through, at }),
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
                self.last_id = *webhook;
                self.hooks.push(Webhook {
                    id: *webhook,
                    url: url.clone(),
                    kinds: kinds.clone(),
                    secret: secret.clone(),
                    created_at: *at,
                    cursor: *after,
                    revision: 0,
                    paused: None,
                });
            }
            WebhookEvent::Removed { webhook, .. } => {
                self.hooks.retain(|hook| hook.id != *webhook);
            }
            WebhookEvent::Advanced { webhook, through, .. } => {
                self.change(*webhook, |hook| hook.cursor = *through);
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

    fn change(&mut self, id: WebhookId, change: impl FnOnce(&mut Webhook)) {
        if let Some(hook) = self.hooks.iter_mut().find(|hook| hook.id == id) {
            change(hook);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        WebhookAction::Advance { webhook: WebhookId(1), revision, through }
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
        let late = WebhookAction::Advance { webhook: WebhookId(16), revision: 0, through: 9 };
        assert_eq!(desk.perform(&late), Ok(0));
    }

    #[test]
    fn a_webhook_wants_what_it_asked_for_and_no_bookkeeping() {
        let mut desk = Desk::default();
        desk.perform(&set(&[])).unwrap();
        desk.perform(&set(&[FeedKind::Sale, FeedKind::CourierAdvanced])).unwrap();
        let check = |id: u32, kind: FeedKind, expected: bool| {
            assert_eq!(desk.0.get(WebhookId(id)).unwrap().wants(kind), expected, "{id} {kind:?}");
        };
        check(1, FeedKind::Sale, true);
        check(1, FeedKind::Settlement, true);
        check(1, FeedKind::CourierAdvanced, false);
        check(2, FeedKind::Sale, true);
        check(2, FeedKind::Settlement, false);
        check(2, FeedKind::CourierAdvanced, false);
    }
}
