//! What requests about gift cards and coupons have in common: their order, the code in the path, pages.

use super::Call;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::{KeyOwner, Meaning, mark_of};
use crate::api::vouchers::complaint;
use crate::engine::{VoucherOrder, Window};
use crate::ledger::{Refusal, VoucherCode, VoucherKind};
use crate::values::{TenantId, Timestamp, VoucherId};

const LIMIT_DEFAULT: u64 = 50;
const LIMIT_MAX: u64 = 200;
/// Most rows of a history in one answer.
const ROWS_MAX: u64 = 200;

/// An order without an Idempotency-Key.
pub(super) fn plain_order(call: &Call<'_>, tenant: TenantId) -> VoucherOrder {
    VoucherOrder { tenant, at: call.asked.at, actor: call.actor.clone(), mark: None }
}

/// An order with the Idempotency-Key of the request, if it has one.
pub(super) fn marked_order(
    call: &Call<'_>,
    tenant: TenantId,
    meaning: impl FnOnce() -> Meaning,
) -> Result<VoucherOrder, FieldError> {
    let mark = mark_of(&call.asked, KeyOwner::Operator, tenant, meaning)?;
    Ok(VoucherOrder { mark, ..plain_order(call, tenant) })
}

/// The code in the path; what is no code leads to nothing.
pub(super) fn code_of(call: &Call<'_>) -> Result<VoucherCode, ApiError> {
    let text = call.asked.segment("code")?;
    VoucherCode::parse(&text).map_err(|error| FieldError::new("code", complaint(error)).into())
}

/// A code in a field of the body.
pub(super) fn read_code<const N: usize>(
    object: &Object<'_, N>,
) -> Result<Option<VoucherCode>, FieldError> {
    let Some(text) = object.string("code")? else { return Ok(None) };
    let code = VoucherCode::parse(&text);
    code.map(Some).map_err(|error| object.complain("code", complaint(error)))
}

pub(super) fn read_instant<const N: usize>(
    object: &Object<'_, N>,
    name: &str,
) -> Result<Option<Timestamp>, FieldError> {
    let Some(text) = object.string(name)? else { return Ok(None) };
    let instant = Timestamp::parse_rfc3339(&text);
    instant.map(Some).ok_or_else(|| object.complain(name, Complaint::NotInstant))
}

/// Where a list begins and how long it is.
pub(super) fn part_of(call: &Call<'_>) -> Result<(VoucherId, usize), FieldError> {
    let after = call.asked.whole("after", 0, u64::MAX)?.unwrap_or(0);
    let limit = call.asked.whole("limit", 1, LIMIT_MAX)?.unwrap_or(LIMIT_DEFAULT);
    Ok((VoucherId(after), usize::try_from(limit).unwrap_or(usize::MAX)))
}

/// Which rows of a history are wanted, newest first.
pub(super) fn window_of(call: &Call<'_>) -> Result<Window, FieldError> {
    let skip = call.asked.whole("skip", 0, u64::MAX)?.unwrap_or(0);
    let limit = call.asked.whole("limit", 0, ROWS_MAX)?.unwrap_or(LIMIT_DEFAULT);
    Ok(Window { skip, limit: usize::try_from(limit).unwrap_or(usize::MAX) })
}

/// The status that a list is asked for, by its name.
pub(super) fn status_of<S: Copy>(
    call: &Call<'_>,
    all: &[S],
    name: impl Fn(S) -> &'static str,
) -> Result<Option<S>, FieldError> {
    let Some(text) = call.asked.query("status")? else { return Ok(None) };
    let found = all.iter().copied().find(|status| name(*status) == text);
    let names = || all.iter().map(|status| name(*status)).collect::<Vec<_>>().join(", ");
    found.map(Some).ok_or_else(|| FieldError::new("status", Complaint::NotOneOf(names())))
}

/// A voucher of the other kind under this code does not exist here.
pub(super) fn of_another_kind(kind: VoucherKind, code: &VoucherCode) -> ApiError {
    tracing::error!(?kind, "a voucher was found under the key of another kind");
    Refusal::VoucherNotFound { code: code.clone() }.into()
}
