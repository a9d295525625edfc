//! Webhooks that are subscribed in the BonusPlus dialect.

use super::{account_operation, at, text};
use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::{
    Authorization, Subscription, SubscriptionContentType, SubscriptionMethod, TenantEvent,
    WebhookEvent,
};
use crate::values::WebhookId;

/// One operation with all of it.
pub(super) fn subscription_events() -> Operation {
    let subscribed = |webhook, subscription| WebhookEvent::Subscribed {
        webhook,
        url: text("https://shop.example/bonusplus/user/"),
        subscription,
        after: 1_000,
        at: at(20),
    };
    let json = Subscription {
        method: SubscriptionMethod::Post,
        content_type: SubscriptionContentType::Json,
        authorization: Authorization::parse("Bearer s3cr3t"),
    };
    let form = Subscription {
        method: SubscriptionMethod::Put,
        content_type: SubscriptionContentType::Form,
        authorization: None,
    };
    let webhook = WebhookId(4);
    let events = [
        subscribed(WebhookId(3), json),
        subscribed(webhook, form),
        WebhookEvent::AdvancedSkipping { webhook, through: 1_200, count: 7, at: at(21) },
    ];
    let events = events.map(TenantEvent::Webhook).to_vec();
    Operation { entities: vec![EntityEvents::Tenant(events)], ..account_operation(Vec::new()) }
}
