//! What is asked of a tenant's webhooks, as tables.

use crate::ledger::event::TenantEvent;
use crate::ledger::feed_kind::FeedKind;
use crate::ledger::subscription::{Subscription, SubscriptionContentType, SubscriptionMethod};
use crate::ledger::tenant::PartnerSecret;
use crate::ledger::webhook::{WEBHOOKS_PER_TENANT_MAX, WebhookAction, Webhooks, wants};
use crate::values::{Text, Timestamp, WebhookId};

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
