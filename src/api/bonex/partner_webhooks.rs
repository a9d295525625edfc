//! `/partner/webhooks`: addresses that are told of what happens: set, listed, removed, begun anew.
//! Subscriptions of the BonusPlus dialect are none of them.

use super::Call;
use super::render::date_time;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::api::web_address::is_web_address;
use crate::courier::Trouble;
use crate::engine::{EngineError, TenantDone, TenantOrder, TenantWish};
use crate::ledger::{Actor, FeedKind, Refusal, Webhook, WebhookAction, WebhookManner, WebhookUrl};
use crate::values::{Text, WebhookId};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

const SET_FIELDS: [&str; 2] = ["url", "kinds"];
const REPLAY_FIELDS: [&str; 1] = ["after"];

/// Not `Debug`: the secret is for the caller alone.
#[derive(Serialize)]
struct NewWebhookShape<'a> {
    id: u32,
    /// Shown once.
    secret: &'a str,
    after: u64,
}

#[derive(Serialize)]
struct RemovedShape {
    id: u32,
}

#[derive(Serialize)]
struct WebhookShape<'a> {
    id: u32,
    url: &'a str,
    /// Null: everything.
    kinds: Option<Vec<&'static str>>,
    created_at: String,
    /// The journaled cursor: deliveries may be a few seconds ahead of it.
    after: u64,
    state: &'static str,
    failing_since: Option<String>,
    last_error: Option<String>,
    paused_at: Option<String>,
}

pub(super) async fn set(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (url, kinds) = read_set(call.asked.json()?)?;
    let done = change(call, TenantWish::SetWebhook { tenant: call.tenant.id, url, kinds }).await?;
    let webhooks = &done.tenant.webhooks;
    let (Some(hook), Some(secret)) = (webhooks.get(webhooks.last_id), &done.secret) else {
        return Err(EngineError::Broken("a webhook was set without a secret".into()).into());
    };
    let shape = NewWebhookShape { id: hook.id.number(), secret, after: hook.cursor };
    Ok(success(StatusCode::CREATED, &shape))
}

pub(super) fn list(call: &Call<'_>) -> Response<Body> {
    let hooks = call.tenant.webhooks.hooks.iter();
    let shapes: Vec<WebhookShape<'_>> = hooks.filter_map(|hook| shape_of(call, hook)).collect();
    success(StatusCode::OK, &shapes)
}

pub(super) async fn remove(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let webhook = webhook_of(call)?;
    act(call, WebhookAction::Remove { webhook }).await?;
    Ok(success(StatusCode::OK, &RemovedShape { id: webhook.number() }))
}

pub(super) async fn replay(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let webhook = webhook_of(call)?;
    // Nobody can be told again of what has not happened.
    let last = call.house.feed(call.tenant.id, u64::MAX, 0).await?.last;
    let after = read_replay(call.asked.json()?, last)?;
    let done = act(call, WebhookAction::Replay { webhook, after }).await?;
    call.deliveries.begins_anew(call.tenant.id, webhook);
    let hook = done.tenant.webhooks.get(webhook).ok_or(Refusal::WebhookNotFound)?;
    Ok(success(StatusCode::OK, &shape_of(call, hook).ok_or(Refusal::WebhookNotFound)?))
}

async fn act(call: &Call<'_>, action: WebhookAction) -> Result<TenantDone, ApiError> {
    change(call, TenantWish::ChangeWebhook { tenant: call.tenant.id, action }).await
}

async fn change(call: &Call<'_>, wish: TenantWish) -> Result<TenantDone, ApiError> {
    let order = TenantOrder { at: call.asked.at, actor: Actor::Partner, wish };
    let done = call.house.change_tenant(order).await?;
    call.deliveries.webhooks_changed();
    Ok(done)
}

/// `None`: it is not of the feed.
fn shape_of<'a>(call: &Call<'_>, hook: &'a Webhook) -> Option<WebhookShape<'a>> {
    let WebhookManner::Feed { kinds, .. } = &hook.manner else { return None };
    let trouble = call.deliveries.trouble(call.tenant.id, hook.id);
    let rules = call.rules();
    let since = trouble.as_ref().map(|trouble| trouble.failing_since);
    let since = hook.paused.map(|pause| pause.failing_since).or(since);
    let names = kinds.iter().map(|kind| kind.name()).collect();
    Some(WebhookShape {
        id: hook.id.number(),
        url: hook.url.as_str(),
        kinds: (!kinds.is_empty()).then_some(names),
        created_at: date_time(hook.created_at, rules),
        after: hook.cursor,
        state: state_of(hook, trouble.as_ref()),
        failing_since: since.map(|since| date_time(since, rules)),
        last_error: trouble.map(|trouble| trouble.error),
        paused_at: hook.paused.map(|pause| date_time(pause.at, rules)),
    })
}

const fn state_of(hook: &Webhook, trouble: Option<&Trouble>) -> &'static str {
    match (hook.paused, trouble) {
        (Some(_), _) => "paused",
        (None, Some(_)) => "failing",
        (None, None) => "active",
    }
}

/// The webhook of the feed that the path names.
fn webhook_of(call: &Call<'_>) -> Result<WebhookId, ApiError> {
    let text = call.asked.segment("id")?;
    let digits_only = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let id = text.parse().ok().filter(|_| digits_only);
    let complaint = || Complaint::NotWhole { least: 0, most: u64::from(u32::MAX) };
    let id = id.map(WebhookId).ok_or_else(|| FieldError::new("id", complaint()))?;
    let hook = call.tenant.webhooks.get(id).filter(|hook| hook.subscription().is_none());
    Ok(hook.ok_or(Refusal::WebhookNotFound)?.id)
}

fn read_set(json: &str) -> Result<(WebhookUrl, Vec<FeedKind>), FieldError> {
    let object = Object::parse(json, &SET_FIELDS)?;
    let text = object.required("url", object.string("url")?)?;
    let url = Text::parse(&text).map_err(|error| object.complain("url", error))?;
    if !is_web_address(&text) {
        return Err(object.complain("url", Complaint::NotAUrl));
    }
    let deliverable = FeedKind::ALL.into_iter().filter(|kind| kind.is_deliverable());
    let words: Vec<(&str, FeedKind)> = deliverable.map(|kind| (kind.name(), kind)).collect();
    let mut kinds = object.words("kinds", &words)?.unwrap_or_default();
    kinds.sort_unstable();
    kinds.dedup();
    Ok((url, kinds))
}

fn read_replay(json: &str, last: u64) -> Result<u64, FieldError> {
    let object = Object::parse(json, &REPLAY_FIELDS)?;
    let raw = object.required("after", object.raw("after"))?;
    let after = raw.get().parse().ok().filter(|after| *after <= last);
    after.ok_or_else(|| object.complain("after", Complaint::NotWhole { least: 0, most: last }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_an_address_and_what_it_wants() {
        let (url, kinds) = read_set(r#"{"url":"https://erp.example/hook?x=1"}"#).unwrap();
        assert_eq!((url.as_str(), kinds), ("https://erp.example/hook?x=1", vec![]));
        let some = r#"{"url":"http://10.0.0.7:8080","kinds":["sale","adjustment","sale"]}"#;
        let (_, kinds) = read_set(some).unwrap();
        assert_eq!(kinds, [FeedKind::Adjustment, FeedKind::Sale]);
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        let check = |json: &str, field: &str, code: &str| {
            let error = read_set(json).unwrap_err();
            assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{json}");
        };
        check("{}", "url", "required");
        check(r#"{"url":5}"#, "url", "wrong_type");
        for wrong in [
            "",
            "erp.example",
            "/hook",
            "ftp://erp.example",
            "http://",
            "https://a b",
            "http://anna:secret@erp.example",
            "http://erp.example/#top",
            "http://хорошо.tj/",
        ] {
            check(&format!(r#"{{"url":"{wrong}"}}"#), "url", "invalid_url");
        }
        check(&format!(r#"{{"url":"http://a/{}"}}"#, "x".repeat(2_040)), "url", "too_long");
        let kinds = |kinds: &str| format!(r#"{{"url":"http://a","kinds":{kinds}}}"#);
        check(&kinds(r#""sale""#), "kinds", "wrong_type");
        check(&kinds("[1]"), "kinds[0]", "wrong_type");
        check(&kinds(r#"["sale","sales"]"#), "kinds[1]", "unknown_value");
        check(&kinds(r#"["courier_advanced"]"#), "kinds[0]", "unknown_value");
        check(r#"{"url":"http://a","secret":"x"}"#, "secret", "unknown_field");
    }

    #[test]
    fn a_replay_begins_behind_something_that_happened() {
        let read = |json: &str| {
            let after = read_replay(json, 7);
            after.map_err(|error| (error.field.clone(), error.complaint.code()))
        };
        assert_eq!((read(r#"{"after":0}"#), read(r#"{"after":7}"#)), (Ok(0), Ok(7)));
        for wrong in ["8", "-1", "1.5", "\"3\""] {
            let found = read(&format!(r#"{{"after":{wrong}}}"#));
            assert_eq!(found, Err(("after".to_owned(), "not_whole_number")), "{wrong}");
        }
        assert_eq!(read("{}"), Err(("after".to_owned(), "required")));
    }
}
