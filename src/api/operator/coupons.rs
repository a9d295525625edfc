//! Coupons of a tenant: issued one or many at once, listed, shown with their history, ended.

use super::Call;
use super::vouchers::{
    code_of, marked_order, of_another_kind, part_of, plain_order, read_instant, status_of,
    window_of,
};
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::Meaning;
use crate::api::respond::success;
use crate::api::scan::Raw;
use crate::api::vouchers::complaint;
use crate::engine::VoucherHistory;
use crate::journal::VoucherRow;
use crate::ledger::{
    Coupon, CouponEvent, CouponStatus, CouponTerms, Voucher, VoucherCode, VoucherEvent, VoucherKind,
};
use crate::values::{CustomerId, PromotionId, Timestamp};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

const FIELDS: [&str; 7] =
    ["promotion_id", "codes", "count", "uses_max", "per_customer", "starts_at", "ends_at"];
/// Most coupons that are issued in one request.
const BATCH_MAX: usize = 1_000;
const COUNT_MAX: u32 = 1_000;

/// Coupons as they are asked for.
#[derive(Debug)]
struct Asked {
    codes: Vec<VoucherCode>,
    /// How many codes are to be made, where none were chosen.
    count: u32,
    terms: CouponTerms,
}

#[derive(Debug, Serialize)]
struct CouponShape<'a> {
    id: u64,
    code: &'a str,
    status: &'static str,
    promotion_id: u32,
    uses: u32,
    uses_max: Option<u32>,
    per_customer: Option<u32>,
    issued_at: String,
    starts_at: Option<String>,
    ends_at: Option<String>,
    ended_at: Option<String>,
}

#[derive(Debug, Serialize)]
struct CouponPage<'a> {
    coupons: Vec<CouponShape<'a>>,
    next_after: Option<u64>,
}

#[derive(Debug, Serialize)]
struct HistoryShape<'a> {
    #[serde(flatten)]
    coupon: CouponShape<'a>,
    rows_total: u64,
    rows: Vec<RowShape>,
}

#[derive(Debug, Serialize)]
struct RowShape {
    #[serde(rename = "type")]
    kind: &'static str,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sale_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<u64>,
}

pub(super) async fn issue(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let asked = read(call.asked.json()?)?;
    let order = marked_order(call, tenant, || meaning(&asked))?;
    let count = usize::try_from(asked.count).unwrap_or(usize::MAX);
    let issued = call.house.issue_coupons(order, (asked.codes, count), asked.terms).await?;
    let coupons: Vec<&Coupon> = issued.vouchers.iter().filter_map(coupon_of).collect();
    let shapes: Vec<_> =
        coupons.iter().map(|coupon| CouponShape::new(coupon, call.asked.at)).collect();
    Ok(success(StatusCode::CREATED, &shapes))
}

pub(super) async fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (tenant, at) = (call.tenant()?.id, call.asked.at);
    let status = status_of(call, &CouponStatus::ALL, CouponStatus::name)?;
    let (after, limit) = part_of(call)?;
    let page = call.house.coupons((tenant, at), status, after, limit).await?;
    let shape = CouponPage {
        coupons: page.entries.iter().map(|coupon| CouponShape::new(coupon, at)).collect(),
        next_after: page.next_after.map(|after| after.number()),
    };
    Ok(success(StatusCode::OK, &shape))
}

pub(super) async fn show(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let (code, window) = (code_of(call)?, window_of(call)?);
    let asked = (VoucherKind::Coupon, &code);
    let found = call.house.voucher(plain_order(call, tenant), asked, window).await?;
    let VoucherHistory { voucher: Voucher::Coupon(coupon), rows } = &found else {
        return Err(of_another_kind(VoucherKind::Coupon, &code));
    };
    let shape = HistoryShape {
        coupon: CouponShape::new(coupon, call.asked.at),
        rows_total: rows.total,
        rows: rows.entries.iter().filter_map(RowShape::of).collect(),
    };
    Ok(success(StatusCode::OK, &shape))
}

pub(super) async fn end(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let code = code_of(call)?;
    let order = marked_order(call, tenant, || {
        let mut meaning = Meaning::default();
        meaning.field("code", code.folded());
        meaning
    })?;
    let coupon = call.house.end_coupon(order, &code).await?;
    Ok(success(StatusCode::OK, &CouponShape::new(&coupon, call.asked.at)))
}

fn coupon_of(voucher: &Voucher) -> Option<&Coupon> {
    match voucher {
        Voucher::Coupon(coupon) => Some(coupon),
        Voucher::GiftCard(_) => None,
    }
}

fn read(json: &str) -> Result<Asked, FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let promotion = object.whole("promotion_id", u32::MAX)?;
    let promotion = PromotionId(object.required("promotion_id", promotion)?);
    let codes = object.list("codes", BATCH_MAX)?.unwrap_or_default();
    let codes: Result<Vec<VoucherCode>, FieldError> =
        codes.into_iter().enumerate().map(read_code).collect();
    let (codes, count) = (codes?, object.whole("count", COUNT_MAX)?);
    if !codes.is_empty() && count.is_some() {
        return Err(object.complain("count", Complaint::Excluded("codes")));
    }
    if count == Some(0) {
        return Err(object.complain("count", Complaint::TooSmall("1")));
    }
    let terms = CouponTerms {
        promotion,
        uses_max: object.whole("uses_max", u32::MAX)?,
        per_customer: object.whole("per_customer", u32::MAX)?,
        starts_at: read_instant(&object, "starts_at")?,
        ends_at: read_instant(&object, "ends_at")?,
    };
    Ok(Asked { codes, count: count.unwrap_or(1), terms })
}

fn read_code((index, raw): (usize, Raw<'_>)) -> Result<VoucherCode, FieldError> {
    let complain = |complaint: Complaint| FieldError::new(format!("codes[{index}]"), complaint);
    let text: String = serde_json::from_str(raw.get()).map_err(|_| complain(Complaint::NotText))?;
    VoucherCode::parse(&text).map_err(|error| complain(complaint(error)))
}

/// Every field of the request, for its Idempotency-Key.
fn meaning(asked: &Asked) -> Meaning {
    let Asked { codes, count, terms } = asked;
    let mut meaning = Meaning::default();
    meaning.field("promotion_id", terms.promotion);
    for (index, code) in codes.iter().enumerate() {
        meaning.field(format!("codes[{index}]"), code.folded());
    }
    meaning.field("count", count);
    meaning.optional("uses_max", terms.uses_max);
    meaning.optional("per_customer", terms.per_customer);
    meaning.optional("starts_at", terms.starts_at.map(Timestamp::millis));
    meaning.optional("ends_at", terms.ends_at.map(Timestamp::millis));
    meaning
}

impl<'a> CouponShape<'a> {
    fn new(coupon: &'a Coupon, at: Timestamp) -> Self {
        let instant = |at: Option<Timestamp>| at.map(|at| at.to_string());
        Self {
            id: coupon.id.number(),
            code: coupon.code.as_str(),
            status: coupon.status(at).name(),
            promotion_id: coupon.terms.promotion.number(),
            uses: coupon.uses,
            uses_max: coupon.terms.uses_max,
            per_customer: coupon.terms.per_customer,
            issued_at: coupon.issued_at.to_string(),
            starts_at: instant(coupon.terms.starts_at),
            ends_at: instant(coupon.terms.ends_at),
            ended_at: instant(coupon.ended_at),
        }
    }
}

impl RowShape {
    /// `None`: no row of a coupon.
    fn of(row: &VoucherRow) -> Option<Self> {
        let VoucherEvent::Coupon(event) = &row.event else { return None };
        let (sale, customer) = match event {
            CouponEvent::Used { sale, customer, .. }
            | CouponEvent::GivenBack { sale, customer, .. } => (Some(*sale), Some(*customer)),
            CouponEvent::Issued { .. } | CouponEvent::Ended { .. } => (None, None),
        };
        Some(Self {
            kind: event.name(),
            at: event.at().to_string(),
            sale_id: sale.map(|sale| sale.number()),
            client_id: customer.map(CustomerId::number),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, field: &str, code: &str) {
        let error = read(json).unwrap_err();
        assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{json}");
    }

    #[test]
    fn codes_are_chosen_or_counted() {
        let counted =
            |json: &str| read(json).map(|asked| (asked.codes.len(), asked.count)).unwrap();
        assert_eq!(counted(r#"{"promotion_id":1}"#), (0, 1));
        assert_eq!(counted(r#"{"promotion_id":1,"count":1000}"#), (0, 1_000));
        assert_eq!(counted(r#"{"promotion_id":1,"codes":["a","b"]}"#), (2, 1));
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        check("{}", "promotion_id", "required");
        check(r#"{"promotion_id":1,"count":0}"#, "count", "too_small");
        check(r#"{"promotion_id":1,"count":1001}"#, "count", "not_whole_number");
        check(r#"{"promotion_id":1,"codes":["a"],"count":1}"#, "count", "excluded_field");
        check(r#"{"promotion_id":1,"codes":["a",""]}"#, "codes[1]", "required");
        check(r#"{"promotion_id":1,"codes":[5]}"#, "codes[0]", "wrong_type");
        check(r#"{"promotion_id":1,"ends_at":"soon"}"#, "ends_at", "invalid_date");
    }
}
