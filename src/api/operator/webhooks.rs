//! Webhooks of a tenant, of the feed and of the BonusPlus dialect: how their deliveries go, and one that
//! begins anew, paused or not. No secret is shown.

use super::Call;
use super::tenants::order;
use crate::api::complaint::Complaint;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::engine::TenantWish;
use crate::ledger::{Refusal, Webhook, WebhookAction, WebhookManner};
use crate::values::{TenantId, Timestamp, WebhookId};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

const REPLAY_FIELDS: [&str; 1] = ["after"];

#[derive(Debug, Serialize)]
struct WebhookShape<'a> {
    webhook_id: u32,
    kind: &'static str,
    url: &'a str,
    created_at: String,
    /// The journaled cursor: deliveries may be a few seconds ahead of it.
    after: u64,
    state: &'static str,
    failing_since: Option<String>,
    last_error: Option<String>,
    paused_at: Option<String>,
    /// Deliveries that the receiver refused for good.
    skipped: u64,
    last_skipped_at: Option<String>,
}

pub(super) fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let hooks = tenant.webhooks.hooks.iter();
    let shapes: Vec<WebhookShape<'_>> = hooks.map(|hook| shape_of(call, tenant.id, hook)).collect();
    Ok(success(StatusCode::OK, &shapes))
}

pub(super) async fn replay(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let webhook = webhook_of(call)?;
    // Nobody can be told again of what has not happened.
    let last = call.house.feed(tenant, u64::MAX, 0).await?.last;
    let object = Object::parse(call.asked.json()?, &REPLAY_FIELDS)?;
    let raw = object.required("after", object.raw("after"))?;
    let after = raw.get().parse().ok().filter(|after| *after <= last);
    let complaint = || object.complain("after", Complaint::NotWhole { least: 0, most: last });
    let action = WebhookAction::Replay { webhook, after: after.ok_or_else(complaint)? };
    let done = order(call, TenantWish::ChangeWebhook { tenant, action }).await?;
    call.deliveries.begins_anew(tenant, webhook);
    let hook = done.tenant.webhooks.get(webhook).ok_or(Refusal::WebhookNotFound)?;
    Ok(success(StatusCode::OK, &shape_of(call, tenant, hook)))
}

fn shape_of<'a>(call: &Call<'_>, tenant: TenantId, hook: &'a Webhook) -> WebhookShape<'a> {
    let trouble = call.deliveries.trouble(tenant, hook.id);
    let since = trouble.as_ref().map(|trouble| trouble.failing_since);
    let since = hook.paused.map(|pause| pause.failing_since).or(since);
    let shown = |at: Timestamp| at.to_string();
    WebhookShape {
        webhook_id: hook.id.number(),
        kind: match &hook.manner {
            WebhookManner::Feed { .. } => "feed",
            WebhookManner::BalanceChanges(_) => "balance_changes",
        },
        url: hook.url.as_str(),
        created_at: shown(hook.created_at),
        after: hook.cursor,
        state: match (hook.paused, &trouble) {
            (Some(_), _) => "paused",
            (None, Some(_)) => "failing",
            (None, None) => "active",
        },
        failing_since: since.map(shown),
        last_error: trouble.map(|trouble| trouble.error),
        paused_at: hook.paused.map(|pause| shown(pause.at)),
        skipped: hook.skipped.count,
        last_skipped_at: hook.skipped.last_at.map(shown),
    }
}

/// The webhook that the path names.
fn webhook_of(call: &Call<'_>) -> Result<WebhookId, ApiError> {
    let text = call.asked.segment("webhook")?;
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    let id = text.parse().ok().filter(|_| digits_only).map(WebhookId);
    Ok(id.ok_or(Refusal::WebhookNotFound)?)
}
