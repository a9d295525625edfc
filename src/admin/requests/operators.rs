//! What is asked about operators, their trail, settings to be, sales and webhooks.

use super::{TENANTS, of_customer};
use crate::admin::cli::Audit;
use crate::admin::gateway::Request;
use crate::admin::paths::encoded;
use crate::values::{TenantId, Timestamp};
use serde_json::{Map, Value, json};

const OPERATORS: &str = "/operator/v1/operators";
const AUDIT: &str = "/operator/v1/audit";

/// Settings that might be adopted.
pub(in crate::admin) enum Proposed<'a> {
    Document(&'a Value),
    Version(u32),
}

pub(in crate::admin) fn add_operator(name: &str, role: &str) -> Request {
    Request::post(OPERATORS.into(), json!({ "name": name, "role": role }).to_string())
}

pub(in crate::admin) fn list_operators() -> Request {
    Request::get(OPERATORS.into())
}

pub(in crate::admin) fn rotate_operator(name: &str) -> Request {
    Request::post(format!("{OPERATORS}/{}/rotate", encoded(name)), String::new())
}

pub(in crate::admin) fn revoke_operator(name: &str) -> Request {
    Request::post(format!("{OPERATORS}/{}/revoke", encoded(name)), String::new())
}

/// A page behind an event, with the filters of a command.
pub(in crate::admin) fn audit(asked: &Audit, after: u64, limit: usize) -> Request {
    let filters = [
        ("tenant", asked.tenant.map(|tenant| tenant.to_string())),
        ("operator", asked.operator.clone()),
        ("kind", asked.kind.clone()),
        ("customer", asked.customer.clone()),
        ("from", asked.from.map(|from| from.to_string())),
        ("to", asked.to.map(|to| to.to_string())),
    ];
    Request::get(format!("{AUDIT}?after={after}&limit={limit}{}", query(&filters)))
}

pub(in crate::admin) fn check_settings(
    tenant: TenantId,
    proposed: &Proposed<'_>,
    (effective_from, against): (Option<Timestamp>, Option<Timestamp>),
) -> Request {
    let mut body = Map::new();
    match proposed {
        Proposed::Document(document) => body.insert("settings".into(), (*document).clone()),
        Proposed::Version(version) => body.insert("version".into(), json!(version)),
    };
    let times = [("effective_from", effective_from), ("against", against)];
    for (name, instant) in times {
        body.extend(instant.map(|instant| (name.to_owned(), json!(instant.to_string()))));
    }
    let body = Value::Object(body).to_string();
    Request::post(format!("{TENANTS}/{tenant}/settings/check"), body)
}

pub(in crate::admin) fn roll_back_settings(
    tenant: TenantId,
    version: u32,
    effective_from: Option<Timestamp>,
) -> Request {
    let effective_from = effective_from.map(|instant| instant.to_string());
    let body = json!({ "version": version, "effective_from": effective_from });
    Request::post(format!("{TENANTS}/{tenant}/settings/rollback"), body.to_string())
}

pub(in crate::admin) fn find_sales(tenant: TenantId, id: &str, store: Option<&str>) -> Request {
    let store = query(&[("store", store.map(str::to_owned))]);
    Request::get(format!("{TENANTS}/{tenant}/sales?external_id={}{store}", encoded(id)))
}

pub(in crate::admin) fn show_sale(tenant: TenantId, sale: u64) -> Request {
    Request::get(format!("{TENANTS}/{tenant}/sales/{sale}"))
}

pub(in crate::admin) fn list_webhooks(tenant: TenantId) -> Request {
    Request::get(format!("{TENANTS}/{tenant}/webhooks"))
}

pub(in crate::admin) fn replay_webhook(tenant: TenantId, webhook: u32, after: u64) -> Request {
    let body = json!({ "after": after }).to_string();
    Request::post(format!("{TENANTS}/{tenant}/webhooks/{webhook}/replay"), body)
}

pub(in crate::admin) fn show_tenant(tenant: TenantId) -> Request {
    Request::get(format!("{TENANTS}/{tenant}"))
}

pub(in crate::admin) fn find_customers(
    tenant: TenantId,
    name: &str,
    after: u64,
    limit: u16,
) -> Request {
    let name = encoded(name);
    Request::get(format!("{TENANTS}/{tenant}/customers?name={name}&after={after}&limit={limit}"))
}

pub(in crate::admin) fn send_code(tenant: TenantId, customer: &str) -> Request {
    Request::post(format!("{}/code", of_customer(tenant, customer)), String::new())
}

/// What is there, as parameters behind others.
pub(super) fn query(parameters: &[(&str, Option<String>)]) -> String {
    let there = parameters.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    there.map(|(name, value)| format!("&{name}={}", encoded(value))).collect()
}
