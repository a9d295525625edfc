//! Who may call the Bonex dialect, and how often: what every endpoint is behind.

use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::limits::{CallerKind, Regular};
use crate::api::request::Asked;
use crate::api::router::DoorState;
use crate::ledger::Tenant;
use std::sync::Arc;

/// The tenant that calls, signed where that is asked for, unless it calls too often. Signed calls have a
/// limit of their own: a chain's token is in its app for everybody to read, its secret is not.
pub(super) fn tenant_of(
    state: &DoorState,
    asked: &Asked,
    is_signed: bool,
) -> Result<Arc<Tenant>, ApiError> {
    let verdict = auth::tenant_of(&state.house, asked).and_then(|tenant| {
        if is_signed {
            auth::check_partner(&tenant, asked)?;
        }
        Ok(tenant)
    });
    let regular = |tenant: &Arc<Tenant>| is_signed.then_some(Regular::Partner(tenant.id));
    let tenant = state.limits.told(asked, verdict, regular)?;
    let kind = if is_signed { CallerKind::Partner } else { CallerKind::App };
    state.limits.count(&tenant, kind, asked)?;
    Ok(tenant)
}
