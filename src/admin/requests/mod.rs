//! What commands ask of the operator API: every path and body in one place.

mod books;
mod copies;
mod operators;
mod persons;
mod vouchers;

pub(super) use books::{export, import, report_liability, report_trial_balance, reverse_import};
pub(super) use copies::{create_snapshot, list_snapshots, prune_snapshots, show_archive};
pub(super) use operators::{
    Proposed, add_operator, audit, check_settings, find_customers, find_sales, list_operators,
    list_webhooks, replay_webhook, revoke_operator, roll_back_settings, rotate_operator, send_code,
    show_sale, show_tenant,
};
pub(super) use persons::{export_customer, forget};
pub(super) use vouchers::{
    Vouchers, change_voucher, issue_gift_card, issue_some_coupons, list_vouchers,
    set_gift_card_expiry, show_voucher,
};

use crate::admin::exit::Failure;
use crate::admin::gateway::{Method, Request};
use crate::admin::paths::encoded;
use crate::journal::Proof;
use crate::values::{Balance, Date, TenantId, Timestamp};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

const TENANTS: &str = "/operator/v1/tenants";
const VERIFICATION: &str = "/operator/v1/verification";
const RECEIPTS: &str = "/operator/v1/receipts/check";

/// Which of the secrets of a chain is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rotated {
    Token,
    Secret,
    PlusKey,
}

/// A correction of a balance, as the operator API takes it.
pub(super) struct Adjustment<'a> {
    pub amount: Balance,
    pub reason: &'a str,
    pub hold_seconds: u32,
    pub expires: Option<Date>,
    pub allow_debt: bool,
    pub key: Option<&'a str>,
}

#[derive(Serialize)]
struct ReceiptsBody {
    receipts: Vec<ReceiptBody>,
}

#[derive(Serialize)]
struct ReceiptBody {
    event: u64,
    hash: String,
}

#[derive(Serialize)]
struct CreateBody<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<&'a Value>,
}

#[derive(Serialize)]
struct SettingsBody<'a> {
    settings: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_from: Option<String>,
}

#[derive(Serialize)]
struct RotateBody {
    what: &'static str,
    grace_seconds: u32,
}

#[derive(Serialize)]
struct TelegramBody<'a> {
    bot_token: &'a str,
    bot_username: &'a str,
}

#[derive(Serialize)]
struct CouponsBody<'a> {
    promotion_id: u32,
    codes: &'a [String],
}

#[derive(Serialize)]
struct PhoneBody<'a> {
    phone: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct MergeBody<'a> {
    into: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct TierBody<'a> {
    tier: Option<&'a str>,
}

#[derive(Serialize)]
struct CardBody<'a> {
    card: Option<&'a str>,
}

#[derive(Serialize)]
struct StaffBody {
    staff: bool,
}

#[derive(Serialize)]
struct DebitBody {
    denied: bool,
}

#[derive(Serialize)]
struct AdjustBody<'a> {
    amount: &'a RawValue,
    reason: &'a str,
    hold_seconds: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    allow_debt: bool,
}

pub(super) fn create_tenant(name: &str, settings: Option<&Value>) -> Result<Request, Failure> {
    Ok(Request::post(TENANTS.into(), body(&CreateBody { name, settings })?))
}

pub(super) fn list_tenants() -> Request {
    Request::get(TENANTS.into())
}

pub(super) fn show_settings(tenant: TenantId) -> Request {
    Request::get(format!("{TENANTS}/{tenant}/settings"))
}

pub(super) fn set_settings(
    tenant: TenantId,
    settings: &Value,
    effective_from: Option<Timestamp>,
) -> Result<Request, Failure> {
    let effective_from = effective_from.map(|instant| instant.to_string());
    let body = body(&SettingsBody { settings, effective_from })?;
    Ok(Request::put(format!("{TENANTS}/{tenant}/settings"), body))
}

pub(super) fn list_promotions(tenant: TenantId) -> Request {
    Request::get(of_promotions(tenant))
}

/// A new version of a promotion, or a new one.
pub(super) fn set_promotion(
    tenant: TenantId,
    promotion: Option<u32>,
    document: &Value,
) -> Result<Request, Failure> {
    let (path, body) = (of_promotions(tenant), body(document)?);
    Ok(match promotion {
        Some(promotion) => Request::put(format!("{path}/{promotion}"), body),
        None => Request::post(path, body),
    })
}

pub(super) fn end_promotion(tenant: TenantId, promotion: u32) -> Request {
    Request::post(format!("{}/{promotion}/end", of_promotions(tenant)), String::new())
}

fn of_promotions(tenant: TenantId) -> String {
    format!("{TENANTS}/{tenant}/promotions")
}

/// Coupons with codes of the chain's own, each for any number of uses.
pub(super) fn issue_coupons(
    tenant: TenantId,
    promotion: u32,
    codes: &[String],
) -> Result<Request, Failure> {
    let body = body(&CouponsBody { promotion_id: promotion, codes })?;
    Ok(Request::post(format!("{TENANTS}/{tenant}/coupons"), body))
}

pub(super) fn rotate(
    tenant: TenantId,
    what: Rotated,
    grace_seconds: u32,
) -> Result<Request, Failure> {
    let what = match what {
        Rotated::Token => "token",
        Rotated::Secret => "secret",
        Rotated::PlusKey => "bonusplus_key",
    };
    let body = body(&RotateBody { what, grace_seconds })?;
    Ok(Request::post(format!("{TENANTS}/{tenant}/rotate"), body))
}

pub(super) fn set_telegram(
    tenant: TenantId,
    bot_token: &str,
    bot_username: &str,
) -> Result<Request, Failure> {
    let body = body(&TelegramBody { bot_token, bot_username })?;
    Ok(Request::put(format!("{TENANTS}/{tenant}/telegram"), body))
}

pub(super) fn suspend(tenant: TenantId) -> Request {
    Request::post(format!("{TENANTS}/{tenant}/suspend"), String::new())
}

pub(super) fn resume(tenant: TenantId) -> Request {
    Request::post(format!("{TENANTS}/{tenant}/resume"), String::new())
}

pub(super) fn show_stores(tenant: TenantId) -> Request {
    Request::get(format!("{TENANTS}/{tenant}/stores"))
}

/// `stores` is the whole body, as a file says it.
pub(super) fn list_stores(tenant: TenantId, stores: &Value) -> Result<Request, Failure> {
    Ok(Request::put(format!("{TENANTS}/{tenant}/stores"), body(stores)?))
}

pub(super) fn list_customers(tenant: TenantId, after: u64, limit: u16) -> Request {
    Request::get(format!("{TENANTS}/{tenant}/customers?after={after}&limit={limit}"))
}

pub(super) fn show_customer(tenant: TenantId, customer: &str) -> Request {
    Request::get(of_customer(tenant, customer))
}

pub(super) fn block(tenant: TenantId, customer: &str) -> Request {
    Request::post(format!("{}/block", of_customer(tenant, customer)), String::new())
}

pub(super) fn unblock(tenant: TenantId, customer: &str) -> Request {
    Request::post(format!("{}/unblock", of_customer(tenant, customer)), String::new())
}

pub(super) fn set_card(
    tenant: TenantId,
    customer: &str,
    card: Option<&str>,
) -> Result<Request, Failure> {
    let path = format!("{}/card", of_customer(tenant, customer));
    Ok(Request::put(path, body(&CardBody { card })?))
}

pub(super) fn set_tier(
    tenant: TenantId,
    customer: &str,
    tier: Option<&str>,
) -> Result<Request, Failure> {
    let path = format!("{}/tier", of_customer(tenant, customer));
    Ok(Request::put(path, body(&TierBody { tier })?))
}

pub(super) fn set_staff(tenant: TenantId, customer: &str, staff: bool) -> Result<Request, Failure> {
    let path = format!("{}/staff", of_customer(tenant, customer));
    Ok(Request::put(path, body(&StaffBody { staff })?))
}

pub(super) fn set_debit(
    tenant: TenantId,
    customer: &str,
    denied: bool,
) -> Result<Request, Failure> {
    let path = format!("{}/debit", of_customer(tenant, customer));
    Ok(Request::put(path, body(&DebitBody { denied })?))
}

pub(super) fn report_abuse(tenant: TenantId, (from, to): (Date, Date), by: &str) -> Request {
    Request::get(format!("{TENANTS}/{tenant}/reports/abuse?from={from}&to={to}&by={by}"))
}

pub(super) fn start_verification() -> Request {
    Request { method: Method::Post, ..show_verification() }
}

pub(super) fn show_verification() -> Request {
    Request::get(VERIFICATION.into())
}

pub(super) fn check_receipts(proofs: &[Proof]) -> Result<Request, Failure> {
    let receipt =
        |proof: &Proof| ReceiptBody { event: proof.event.number(), hash: proof.hash_text() };
    let receipts = proofs.iter().map(receipt).collect();
    Ok(Request::post(RECEIPTS.into(), body(&ReceiptsBody { receipts })?))
}

pub(super) fn set_phone(
    tenant: TenantId,
    customer: &str,
    phone: &str,
    reason: &str,
) -> Result<Request, Failure> {
    let path = format!("{}/phone", of_customer(tenant, customer));
    Ok(Request::put(path, body(&PhoneBody { phone, reason })?))
}

/// `key` is the caller's own: the same merge asked for twice under it is answered twice.
pub(super) fn merge(
    tenant: TenantId,
    customer: &str,
    (into, reason): (&str, &str),
    key: Option<&str>,
) -> Result<Request, Failure> {
    let path = format!("{}/merge", of_customer(tenant, customer));
    let mut request = Request::post(path, body(&MergeBody { into, reason })?);
    request.idempotency_key = key.map(str::to_owned);
    Ok(request)
}

pub(super) fn adjust(
    tenant: TenantId,
    customer: &str,
    adjustment: &Adjustment<'_>,
) -> Result<Request, Failure> {
    let amount = RawValue::from_string(adjustment.amount.to_string()).map_err(not_written)?;
    let body = body(&AdjustBody {
        amount: &amount,
        reason: adjustment.reason,
        hold_seconds: adjustment.hold_seconds,
        expires: adjustment.expires.map(|date| date.to_string()),
        allow_debt: adjustment.allow_debt,
    })?;
    let mut request = Request::post(format!("{}/adjustments", of_customer(tenant, customer)), body);
    request.idempotency_key = adjustment.key.map(str::to_owned);
    Ok(request)
}

fn of_customer(tenant: TenantId, customer: &str) -> String {
    format!("{TENANTS}/{tenant}/customers/{}", encoded(customer))
}

fn body(fields: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(fields).map_err(not_written)
}

#[expect(clippy::needless_pass_by_value, reason = "this is how map_err hands it over")]
fn not_written(error: serde_json::Error) -> Failure {
    Failure::Usage(format!("the request cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_goes_out_to_the_cent_and_a_phone_in_one_segment() {
        let adjustment = Adjustment {
            amount: Balance::from_cents(-12_000),
            reason: "x",
            hold_seconds: 0,
            expires: Date::from_ymd_opt(2027, 12, 31),
            allow_debt: true,
            key: Some("k"),
        };
        let request = adjust(TenantId(3), "+99290", &adjustment).unwrap();
        assert_eq!(request.path, "/operator/v1/tenants/3/customers/%2B99290/adjustments");
        assert_eq!(
            request.body.as_deref(),
            Some(
                "{\"amount\":-120.00,\"reason\":\"x\",\"hold_seconds\":0,\
                 \"expires\":\"2027-12-31\",\"allow_debt\":true}"
            )
        );
        assert_eq!(request.idempotency_key.as_deref(), Some("k"));
    }
}
