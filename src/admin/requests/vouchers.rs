//! What is asked about gift cards and coupons.

use super::TENANTS;
use super::operators::query;
use crate::admin::cli::{CouponIssue, GiftCardIssue, VoucherList, VoucherNamed};
use crate::admin::gateway::Request;
use crate::admin::paths::encoded;
use crate::values::{TenantId, Timestamp};
use serde_json::{Map, Value, json};

/// The two kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::admin) enum Vouchers {
    GiftCards,
    Coupons,
}

impl Vouchers {
    fn of(self, tenant: TenantId) -> String {
        let kind = match self {
            Self::GiftCards => "gift-cards",
            Self::Coupons => "coupons",
        };
        format!("{TENANTS}/{tenant}/{kind}")
    }

    fn named(self, asked: &VoucherNamed) -> String {
        format!("{}/{}", self.of(asked.of.tenant), encoded(&asked.code))
    }
}

pub(in crate::admin) fn list_vouchers(asked: &VoucherList, of: Vouchers) -> Request {
    let (path, VoucherList { after, limit, .. }) = (of.of(asked.of.tenant), asked);
    let status = query(&[("status", asked.status.clone())]);
    Request::get(format!("{path}?after={after}&limit={limit}{status}"))
}

pub(in crate::admin) fn show_voucher(asked: &VoucherNamed, of: Vouchers) -> Request {
    Request::get(of.named(asked))
}

/// `what` is the last part of the path.
pub(in crate::admin) fn change_voucher(asked: &VoucherNamed, of: Vouchers, what: &str) -> Request {
    Request::post(format!("{}/{what}", of.named(asked)), String::new())
}

pub(in crate::admin) fn set_gift_card_expiry(
    card: &VoucherNamed,
    expires_at: Option<Timestamp>,
) -> Request {
    let body = json!({ "expires_at": expires_at.map(|at| at.to_string()) });
    Request::put(format!("{}/expiry", Vouchers::GiftCards.named(card)), body.to_string())
}

pub(in crate::admin) fn issue_gift_card(asked: &GiftCardIssue) -> Request {
    let body = json!({
        "nominal": asked.nominal.to_string(),
        "code": asked.code,
        "activates_at": asked.activates_at.map(|at| at.to_string()),
        "expires_at": asked.expires_at.map(|at| at.to_string()),
        "customer_id": asked.customer_id,
    });
    marked(Vouchers::GiftCards.of(asked.of.tenant), &body, asked.id.as_deref())
}

/// Codes of the chain's own, or a number of codes to be made.
pub(in crate::admin) fn issue_some_coupons(asked: &CouponIssue) -> Request {
    let mut body = Map::new();
    let mut say = |name: &str, value: Value| {
        if !value.is_null() {
            body.insert(name.to_owned(), value);
        }
    };
    say("promotion_id", json!(asked.promotion));
    match asked.count {
        Some(count) => say("count", json!(count)),
        None => say("codes", json!(asked.codes)),
    }
    say("uses_max", json!(asked.uses_max));
    say("per_customer", json!(asked.per_customer));
    say("starts_at", json!(asked.starts_at.map(|at| at.to_string())));
    say("ends_at", json!(asked.ends_at.map(|at| at.to_string())));
    marked(Vouchers::Coupons.of(asked.of.tenant), &Value::Object(body), asked.id.as_deref())
}

fn marked(path: String, body: &Value, key: Option<&str>) -> Request {
    Request { idempotency_key: key.map(str::to_owned), ..Request::post(path, body.to_string()) }
}
