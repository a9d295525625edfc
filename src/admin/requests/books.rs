//! What is asked about imports, exports and reports of the books.

use super::{TENANTS, body, not_written};
use crate::admin::exit::Failure;
use crate::admin::gateway::Request;
use crate::admin::paths::encoded;
use crate::values::TenantId;
use serde::Serialize;

#[derive(Serialize)]
struct BatchBody<'a> {
    batch: &'a str,
    dry_run: bool,
}

/// A parameter of a query where it is given.
fn given(name: &str, value: Option<impl std::fmt::Display>) -> String {
    value.map(|value| format!("{name}={}&", encoded(&value.to_string()))).unwrap_or_default()
}

pub(in crate::admin) fn report_liability(
    tenant: TenantId,
    from: Option<&str>,
    (to, to_event): (Option<&str>, Option<u64>),
) -> Request {
    let (from, to, event) = (given("from", from), given("to", to), given("to_event", to_event));
    Request::get(format!("{TENANTS}/{tenant}/reports/liability?{from}{to}{event}")).patient()
}

pub(in crate::admin) fn report_trial_balance(
    tenant: TenantId,
    (as_of, event): (Option<&str>, Option<u64>),
) -> Request {
    let (as_of, event) = (given("as_of", as_of), given("as_of_event", event));
    Request::get(format!("{TENANTS}/{tenant}/reports/trial-balance?{as_of}{event}")).patient()
}

/// Lines of `what`, as of an instant or an event.
pub(in crate::admin) fn export(
    tenant: TenantId,
    what: &str,
    format: &str,
    (as_of, event): (Option<&str>, Option<u64>),
) -> Request {
    let (as_of, event) = (given("as_of", as_of), given("as_of_event", event));
    Request::get(format!("{TENANTS}/{tenant}/exports/{what}?{as_of}{event}format={format}"))
        .patient()
}

/// `rows` are JSON objects.
pub(in crate::admin) fn import(
    tenant: TenantId,
    what: &str,
    (batch, dry_run, accrue): (&str, bool, bool),
    rows: &[&str],
) -> Result<Request, Failure> {
    let batch = serde_json::to_string(batch).map_err(not_written)?;
    let accrue = if accrue { ",\"accrue\":true" } else { "" };
    let rows = rows.join(",");
    let body = format!("{{\"batch\":{batch},\"dry_run\":{dry_run}{accrue},\"rows\":[{rows}]}}");
    Ok(Request::post(format!("{TENANTS}/{tenant}/imports/{what}"), body))
}

pub(in crate::admin) fn reverse_import(
    tenant: TenantId,
    batch: &str,
    dry_run: bool,
) -> Result<Request, Failure> {
    let body = body(&BatchBody { batch, dry_run })?;
    Ok(Request::post(format!("{TENANTS}/{tenant}/imports/reversals"), body).patient())
}
