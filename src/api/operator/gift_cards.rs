//! Gift cards of a tenant: issued, listed, shown with their history, blocked, unblocked, their end moved,
//! voided.

use super::Call;
use super::settings_document::exact_money;
use super::vouchers::{
    code_of, marked_order, of_another_kind, part_of, plain_order, read_code, read_instant,
    status_of, window_of,
};
use crate::api::amount::Amount;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::Meaning;
use crate::api::respond::success;
use crate::engine::VoucherHistory;
use crate::journal::VoucherRow;
use crate::ledger::{
    GiftCard, GiftCardChange, GiftCardEvent, GiftCardStatus, GiftCardTerms, Voucher, VoucherCode,
    VoucherEvent, VoucherKind,
};
use crate::values::{Balance, CustomerId, Timestamp};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

const FIELDS: [&str; 5] = ["code", "nominal", "activates_at", "expires_at", "customer_id"];
const EXPIRY_FIELDS: [&str; 1] = ["expires_at"];

#[derive(Debug, Serialize)]
struct GiftCardShape<'a> {
    id: u64,
    code: &'a str,
    status: &'static str,
    nominal: Amount,
    balance: Amount,
    spent: Amount,
    lost: Amount,
    issued_at: String,
    activates_at: String,
    /// The first instant at which it can no longer be spent.
    expires_at: Option<String>,
    customer_id: Option<u64>,
}

#[derive(Debug, Serialize)]
struct GiftCardPage<'a> {
    gift_cards: Vec<GiftCardShape<'a>>,
    next_after: Option<u64>,
}

#[derive(Debug, Serialize)]
struct HistoryShape<'a> {
    #[serde(flatten)]
    card: GiftCardShape<'a>,
    rows_total: u64,
    rows: Vec<RowShape>,
}

#[derive(Debug, Serialize)]
struct RowShape {
    #[serde(rename = "type")]
    kind: &'static str,
    at: String,
    amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    sale_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<u64>,
    /// Where the row changed it; null: the card no longer expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Option<String>>,
}

pub(super) async fn issue(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let (code, terms) = read(call.asked.json()?)?;
    let order = marked_order(call, tenant, || meaning(code.as_ref(), &terms))?;
    let issued = call.house.issue_gift_card(order, code, terms).await?;
    let card = issued.vouchers.iter().find_map(|voucher| match voucher {
        Voucher::GiftCard(card) => Some(card),
        Voucher::Coupon(_) => None,
    });
    let shape = card.map(|card| GiftCardShape::new(card, call.asked.at));
    Ok(success(StatusCode::CREATED, &shape))
}

pub(super) async fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (tenant, at) = (call.tenant()?.id, call.asked.at);
    let status = status_of(call, &GiftCardStatus::ALL, GiftCardStatus::name)?;
    let (after, limit) = part_of(call)?;
    let page = call.house.gift_cards((tenant, at), status, after, limit).await?;
    let shape = GiftCardPage {
        gift_cards: page.entries.iter().map(|card| GiftCardShape::new(card, at)).collect(),
        next_after: page.next_after.map(|after| after.number()),
    };
    Ok(success(StatusCode::OK, &shape))
}

pub(super) async fn show(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let (code, window) = (code_of(call)?, window_of(call)?);
    let asked = (VoucherKind::GiftCard, &code);
    let found = call.house.voucher(plain_order(call, tenant), asked, window).await?;
    let VoucherHistory { voucher: Voucher::GiftCard(card), rows } = &found else {
        return Err(of_another_kind(VoucherKind::GiftCard, &code));
    };
    let shape = HistoryShape {
        card: GiftCardShape::new(card, call.asked.at),
        rows_total: rows.total,
        rows: rows.entries.iter().filter_map(RowShape::of).collect(),
    };
    Ok(success(StatusCode::OK, &shape))
}

pub(super) async fn block(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    change(call, GiftCardChange::Block).await
}

pub(super) async fn unblock(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    change(call, GiftCardChange::Unblock).await
}

pub(super) async fn void(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    change(call, GiftCardChange::Void).await
}

pub(super) async fn move_expiry(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let object = Object::parse(call.asked.json()?, &EXPIRY_FIELDS)?;
    if !object.mentions("expires_at") {
        return Err(object.complain("expires_at", Complaint::Required).into());
    }
    change(call, GiftCardChange::MoveExpiry(read_instant(&object, "expires_at")?)).await
}

async fn change(call: &Call<'_>, change: GiftCardChange) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let code = code_of(call)?;
    let order = marked_order(call, tenant, || change_meaning(&code, &change))?;
    let card = call.house.change_gift_card(order, &code, change).await?;
    Ok(success(StatusCode::OK, &GiftCardShape::new(&card, call.asked.at)))
}

fn read(json: &str) -> Result<(Option<VoucherCode>, GiftCardTerms), FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let nominal = object.quoted("nominal", exact_money)?;
    let customer = object.whole("customer_id", u32::MAX)?;
    let terms = GiftCardTerms {
        nominal: object.required("nominal", nominal)?,
        activates_at: read_instant(&object, "activates_at")?,
        expires_at: read_instant(&object, "expires_at")?,
        owner: customer.map(|number| CustomerId(u64::from(number))),
    };
    Ok((read_code(&object)?, terms))
}

/// Every field of the card, for its Idempotency-Key.
fn meaning(code: Option<&VoucherCode>, terms: &GiftCardTerms) -> Meaning {
    let mut meaning = Meaning::default();
    meaning.optional("code", code.map(VoucherCode::folded));
    meaning.field("nominal", terms.nominal);
    meaning.optional("activates_at", terms.activates_at.map(Timestamp::millis));
    meaning.optional("expires_at", terms.expires_at.map(Timestamp::millis));
    meaning.optional("customer_id", terms.owner);
    meaning
}

fn change_meaning(code: &VoucherCode, change: &GiftCardChange) -> Meaning {
    let mut meaning = Meaning::default();
    meaning.field("code", code.folded());
    if let GiftCardChange::MoveExpiry(end) = change {
        meaning.optional("expires_at", end.map(Timestamp::millis));
    }
    meaning
}

impl<'a> GiftCardShape<'a> {
    fn new(card: &'a GiftCard, at: Timestamp) -> Self {
        Self {
            id: card.id.number(),
            code: card.code.as_str(),
            status: card.status(at).name(),
            nominal: card.nominal.into(),
            balance: card.balance_at(at).into(),
            spent: card.spent.into(),
            lost: card
                .nominal
                .saturating_sub(card.spent)
                .saturating_sub(card.balance_at(at))
                .into(),
            issued_at: card.issued_at.to_string(),
            activates_at: card.activates_at.to_string(),
            expires_at: card.expires_at.map(|end| end.to_string()),
            customer_id: card.owner.map(CustomerId::number),
        }
    }
}

impl RowShape {
    /// `None`: no row of a gift card.
    fn of(row: &VoucherRow) -> Option<Self> {
        let VoucherEvent::GiftCard(event) = &row.event else { return None };
        let (sale, customer) = match event {
            GiftCardEvent::Spent { sale, customer, .. }
            | GiftCardEvent::Restored { sale, customer, .. } => (Some(*sale), Some(*customer)),
            GiftCardEvent::Issued { .. }
            | GiftCardEvent::Expired { .. }
            | GiftCardEvent::Blocked { .. }
            | GiftCardEvent::Unblocked { .. }
            | GiftCardEvent::ExpiryMoved { .. }
            | GiftCardEvent::Voided { .. } => (None, None),
        };
        let amount: Balance = event.amount();
        Some(Self {
            kind: event.name(),
            at: event.at().to_string(),
            amount: amount.into(),
            sale_id: sale.map(|sale| sale.number()),
            client_id: customer.map(CustomerId::number),
            expires_at: expiry_told(event),
        })
    }
}

fn expiry_told(event: &GiftCardEvent) -> Option<Option<String>> {
    if let GiftCardEvent::Issued { expires_at, .. }
    | GiftCardEvent::Restored { expires_at, .. }
    | GiftCardEvent::ExpiryMoved { expires_at, .. } = event
    {
        return Some(expires_at.map(|end| end.to_string()));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, field: &str, code: &str) {
        let error = read(json).unwrap_err();
        assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{json}");
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        check("{}", "nominal", "required");
        check(r#"{"nominal":5.5}"#, "nominal", "wrong_type");
        check(r#"{"nominal":"1.005"}"#, "nominal", "too_many_decimals");
        check(r#"{"nominal":"5","code":" "}"#, "code", "required");
        check(r#"{"nominal":"5","code":5}"#, "code", "wrong_type");
        check(r#"{"nominal":"5","expires_at":"soon"}"#, "expires_at", "invalid_date");
        check(r#"{"nominal":"5","customer_id":-1}"#, "customer_id", "not_whole_number");
        check(r#"{"nominal":"5","color":"red"}"#, "color", "unknown_field");
    }

    #[test]
    fn the_same_card_written_otherwise_means_the_same() {
        let text = |json: &str| {
            let (code, terms) = read(json).unwrap();
            meaning(code.as_ref(), &terms).as_str().to_owned()
        };
        let one = text(r#"{"nominal":"5.00","code":"a-1","expires_at":"2027-01-01T00:00:00Z"}"#);
        let other = r#"{"expires_at":"2027-01-01T05:00:00+05:00","code":" A-1 ","nominal":"5"}"#;
        assert_eq!(one, text(other));
        assert_ne!(one, text(r#"{"nominal":"5"}"#));
    }
}
