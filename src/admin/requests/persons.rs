//! What a person may ask of a chain: all that is kept of them, and to be forgotten.

use super::{body, of_customer};
use crate::admin::exit::Failure;
use crate::admin::gateway::Request;
use crate::values::TenantId;
use serde::Serialize;

#[derive(Serialize)]
struct ForgetBody<'a> {
    reason: &'a str,
}

/// `key` is the caller's own: asked for twice under it, it is answered twice.
pub(in crate::admin) fn forget(
    tenant: TenantId,
    customer: &str,
    reason: &str,
    key: Option<&str>,
) -> Result<Request, Failure> {
    let path = format!("{}/forget", of_customer(tenant, customer));
    let mut request = Request::post(path, body(&ForgetBody { reason })?);
    request.idempotency_key = key.map(str::to_owned);
    Ok(request)
}

pub(in crate::admin) fn export_customer(tenant: TenantId, customer: &str) -> Request {
    Request::get(format!("{}/export", of_customer(tenant, customer)))
}
