//! `/webhook/subscription`: addresses that are told of every change of a customer's balance.

use super::call::Call;
use super::respond::{done, success};
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::web_address::is_web_address;
use crate::engine::{EngineError, TenantDone, TenantOrder, TenantWish};
use crate::ledger::{
    Actor, Authorization, Refusal, Subscription, SubscriptionContentType, SubscriptionMethod,
    WebhookAction, WebhookUrl,
};
use crate::values::WebhookId;
use axum::body::Body;
use axum::http::Response;
use serde::Serialize;

/// The one event there is, by its name and by its number.
const EVENT: &str = "ChangeCustomerBonusBalanceEvent";
const EVENT_NUMBER: &str = "1";
const METHODS: [(&str, SubscriptionMethod); 2] =
    [("POST", SubscriptionMethod::Post), ("PUT", SubscriptionMethod::Put)];
const CONTENT_TYPES: [SubscriptionContentType; 2] =
    [SubscriptionContentType::Json, SubscriptionContentType::Form];

/// What a subscriber is told by: never what it authorizes with.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SubscriptionShape {
    id: u32,
    event_id: &'static str,
}

pub(super) async fn subscribe(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (url, subscription) = read(call)?;
    let tenant = call.tenant.id;
    let wish =
        TenantWish::Subscribe { tenant, url: url.clone(), subscription: subscription.clone() };
    let done = change(call, wish).await?;
    let hook = done.tenant.webhooks.subscribed(&url, &subscription).map(|hook| hook.id.number());
    let id = hook.ok_or_else(|| EngineError::Broken("a subscription is not there".into()))?;
    Ok(success(&SubscriptionShape { id, event_id: EVENT }))
}

pub(super) async fn unsubscribe(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let webhook = subscription_of(call)?;
    let action = WebhookAction::Remove { webhook };
    change(call, TenantWish::ChangeWebhook { tenant: call.tenant.id, action }).await?;
    Ok(done())
}

async fn change(call: &Call<'_>, wish: TenantWish) -> Result<TenantDone, ApiError> {
    let order = TenantOrder { at: call.asked.at, actor: Actor::Partner, wish };
    let done = call.house.change_tenant(order).await?;
    call.deliveries.webhooks_changed();
    Ok(done)
}

/// The subscription that the path names; a webhook of the feed is none.
fn subscription_of(call: &Call<'_>) -> Result<WebhookId, ApiError> {
    let text = call.asked.segment("id")?;
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    let id = text.parse().ok().filter(|_| digits_only).map(WebhookId);
    let hook = id.and_then(|id| call.tenant.webhooks.get(id));
    let hook = hook.filter(|hook| hook.subscription().is_some());
    Ok(hook.ok_or(Refusal::WebhookNotFound)?.id)
}

fn read(call: &Call<'_>) -> Result<(WebhookUrl, Subscription), FieldError> {
    let fields = call.fields()?;
    let word = |name: &str| Ok::<_, FieldError>(fields.string(name)?.filter(|it| !it.is_empty()));
    let event = fields.required("eventId", word("eventId")?)?;
    if !event.eq_ignore_ascii_case(EVENT) && event != EVENT_NUMBER {
        return Err(fields.complain("eventId", Complaint::NotOneOf(EVENT.to_owned())));
    }
    let url: WebhookUrl = fields.required("url", fields.text("url")?)?;
    if !is_web_address(url.as_str()) {
        return Err(fields.complain("url", Complaint::NotAUrl));
    }
    let method = word("httpMethod")?.map_or(Ok(SubscriptionMethod::Post), |text| method_of(&text));
    let form = word("contentType")?;
    let form = form.map_or(Ok(SubscriptionContentType::Json), |text| content_type_of(&text));
    let authorization = word("authorization")?.map(|text| Authorization::parse(&text));
    let subscription = Subscription {
        method: method.map_err(|complaint| fields.complain("httpMethod", complaint))?,
        content_type: form.map_err(|complaint| fields.complain("contentType", complaint))?,
        authorization: match authorization {
            Some(None) => return Err(fields.complain("authorization", Complaint::NotAHeader)),
            Some(Some(authorization)) => Some(authorization),
            None => None,
        },
    };
    Ok((url, subscription))
}

fn method_of(text: &str) -> Result<SubscriptionMethod, Complaint> {
    let found = METHODS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    let names = || METHODS.map(|(name, _)| name).join(", ");
    found.map(|(_, method)| method).ok_or_else(|| Complaint::NotOneOf(names()))
}

/// What stands behind a semicolon, such as the character set, is always UTF-8.
fn content_type_of(text: &str) -> Result<SubscriptionContentType, Complaint> {
    let essence = text.split(';').next().unwrap_or_default().trim();
    let found = CONTENT_TYPES.into_iter().find(|form| form.name().eq_ignore_ascii_case(essence));
    let names = || CONTENT_TYPES.map(SubscriptionContentType::name).join(", ");
    found.ok_or_else(|| Complaint::NotOneOf(names()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_and_content_types_are_read_as_they_are_meant() {
        assert_eq!(method_of("post"), Ok(SubscriptionMethod::Post));
        assert_eq!(method_of("PUT"), Ok(SubscriptionMethod::Put));
        for wrong in ["GET", "DELETE", "1"] {
            assert_eq!(method_of(wrong), Err(Complaint::NotOneOf("POST, PUT".into())), "{wrong}");
        }
        let check = |text: &str, expected: Option<SubscriptionContentType>| {
            assert_eq!(content_type_of(text).ok(), expected, "{text}");
        };
        check("application/json", Some(SubscriptionContentType::Json));
        check("Application/JSON; charset=utf-8", Some(SubscriptionContentType::Json));
        check("application/x-www-form-urlencoded", Some(SubscriptionContentType::Form));
        check("text/xml", None);
        check("json", None);
    }
}
