//! `POST /partner/sale`: a sale with its redemption and accrual.

use super::render::Rendering;
use super::{Call, confirmation, phone, quick_sale, sale_date};
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::{KeyOwner, Meaning, mark_of};
use crate::api::json_text::JsonText;
use crate::api::respond::success_text;
use crate::api::scan::Listed;
use crate::api::vouchers;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{
    Actor, BusinessTime, ExternalIdScope, LINES_MAX, LineInput, OperationMark, PointOfSale,
    Receipt, RecordedSale, RedeemMode, Sell,
};
use crate::values::{
    Bonus, Country, CustomerId, Money, Phone, Precision, Quantity, TenantId, Timestamp, UnitPrice,
};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use std::sync::Arc;

const FIELDS: [&str; 16] = [
    "client_phone",
    "total_amount",
    "gross_amount",
    "redeem_mode",
    "bonus_redeem_amount",
    "external_sale_id",
    "receipt_number",
    "payment_method",
    "store",
    "cashier",
    "sale_date",
    "lines",
    "reserve_id",
    confirmation::FIELD,
    "gift_cards",
    "coupons",
];
const LINE_FIELDS: [&str; 6] =
    ["sku", "category_code", "name", "quantity", "line_amount", "unit_price"];
pub(super) const REDEEM_MODES: [(&str, RedeemMode); 2] =
    [("payment_type", RedeemMode::PaymentType), ("discount", RedeemMode::Discount)];

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (phone, sell) = read(call.asked.json()?, call.rules().default_country)?;
    let mark = mark_of(&call.asked, KeyOwner::Partner, call.tenant.id, || meaning(phone, &sell))?;
    let order = order(call.tenant.id, call.asked.at, (phone, sell), mark);
    let (customer, sale) = recorded(call.house.perform(order).await?)?;
    let shape = Rendering::new(call.rules()).sale(customer, &sale);
    let text = JsonText::with_room(shape.bytes());
    Ok(success_text(StatusCode::CREATED, text, |text| shape.write(text)))
}

/// A sale that was read, as the engine is asked for it.
pub(super) fn order(
    tenant: TenantId,
    at: Timestamp,
    (phone, sell): (Phone, Sell),
    mark: Option<OperationMark>,
) -> Order {
    let (who, wish) = (Identifier::Phone(phone), Wish::Sell(Box::new(sell)));
    Order { tenant, at, actor: Actor::Partner, mark, who, wish }
}

/// What became of such an order.
pub(super) fn recorded(done: Done) -> Result<(CustomerId, Arc<RecordedSale>), EngineError> {
    match done {
        Done::Receipt { customer, receipt: Receipt::Sale(sale), .. } => Ok((customer, sale)),
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Changed(_) | Done::Quoted { .. } => {
            Err(EngineError::Broken("a sale was answered with something else".into()))
        }
    }
}

/// The customer and the sale.
pub(super) fn read(json: &str, country: Option<Country>) -> Result<(Phone, Sell), FieldError> {
    quick_sale::read(json, country).map_or_else(|| read_closely(json, country), Ok)
}

/// Takes everything that can be taken, and tells every mistake.
pub(super) fn read_closely(
    json: &str,
    country: Option<Country>,
) -> Result<(Phone, Sell), FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let money = |name| object.number(name, |text| Money::parse(text, Precision::Exact));
    let phone = phone(&object, "client_phone", country)?;
    let total = object.required("total_amount", money("total_amount")?)?;
    if total.is_zero() {
        return Err(object.complain("total_amount", Complaint::TooSmall("0.01")));
    }
    let redeem = object.number("bonus_redeem_amount", |text| Bonus::parse(text, Precision::Exact));
    let sell = Sell {
        total_amount: total,
        gross_amount: money("gross_amount")?,
        redeem_mode: object.word("redeem_mode", &REDEEM_MODES)?.unwrap_or(RedeemMode::Discount),
        redeem: redeem?.unwrap_or(Bonus::ZERO),
        external_id: object.trimmed("external_sale_id")?,
        receipt_number: object.text("receipt_number")?,
        payment_method: object.text("payment_method")?,
        point_of_sale: PointOfSale {
            store: object.trimmed("store")?,
            cashier: object.trimmed("cashier")?,
        },
        sale_date: read_sale_date(&object)?,
        lines: read_lines(&object)?,
        reserve: object.trimmed("reserve_id")?,
        confirmation: confirmation::read(&object)?,
        external_scope: ExternalIdScope::default(),
        gift_cards: vouchers::read_gift_cards(&object)?,
        coupons: vouchers::read_coupons(&object)?,
        retail: None,
    };
    Ok((phone, sell))
}

fn read_sale_date<const N: usize>(
    object: &Object<'_, N>,
) -> Result<Option<BusinessTime>, FieldError> {
    let Some(text) = object.string("sale_date")? else { return Ok(None) };
    let time = sale_date::parse(&text);
    time.map(Some).ok_or_else(|| object.complain("sale_date", Complaint::NotInstant))
}

pub(in crate::api) fn read_lines<const N: usize>(
    object: &Object<'_, N>,
) -> Result<Vec<LineInput>, FieldError> {
    let entries = object.objects("lines", LINES_MAX)?.unwrap_or_default();
    let mut lines = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        lines.push(read_line(entry, index)?);
    }
    Ok(lines)
}

fn read_line(entry: Listed<'_, '_>, index: usize) -> Result<LineInput, FieldError> {
    let line = Object::listed(entry, &LINE_FIELDS, "lines", index)?;
    Ok(LineInput {
        sku: line.text("sku")?,
        category_code: line.text("category_code")?,
        name: line.text("name")?,
        quantity: line.number("quantity", Quantity::parse)?,
        unit_price: line.number("unit_price", UnitPrice::parse)?,
        line_amount: line.number("line_amount", |text| Money::parse(text, Precision::HalfUp))?,
    })
}

/// Every field of the sale, for its Idempotency-Key.
pub(in crate::api) fn meaning(phone: Phone, sell: &Sell) -> Meaning {
    let mode = match sell.redeem_mode {
        RedeemMode::PaymentType => "payment_type",
        RedeemMode::Discount => "discount",
    };
    let date = sell.sale_date.map(|date| match date {
        BusinessTime::Instant(instant) => format!("instant {}", instant.millis()),
        BusinessTime::Local(local) => format!("local {local}"),
    });
    let mut meaning = Meaning::default();
    meaning.field("client_phone", phone);
    meaning.field("total_amount", sell.total_amount);
    meaning.optional("gross_amount", sell.gross_amount);
    meaning.field("redeem_mode", mode);
    meaning.field("bonus_redeem_amount", sell.redeem);
    meaning.optional("external_sale_id", sell.external_id.as_ref());
    meaning.optional("receipt_number", sell.receipt_number.as_ref());
    meaning.optional("payment_method", sell.payment_method.as_ref());
    meaning.optional("store", sell.point_of_sale.store.as_ref());
    meaning.optional("cashier", sell.point_of_sale.cashier.as_ref());
    meaning.optional("sale_date", date);
    for (index, line) in sell.lines.iter().enumerate() {
        line_meaning(&mut meaning, index, line);
    }
    meaning.optional("reserve_id", sell.reserve.as_ref());
    vouchers::add_meaning(&mut meaning, sell);
    meaning
}

fn line_meaning(meaning: &mut Meaning, index: usize, line: &LineInput) {
    let name = |field: &str| format!("lines[{index}].{field}");
    // A line without a field is a line all the same.
    meaning.field(name("line"), "");
    meaning.optional(name("sku"), line.sku.as_ref());
    meaning.optional(name("category_code"), line.category_code.as_ref());
    meaning.optional(name("name"), line.name.as_ref());
    meaning.optional(name("quantity"), line.quantity);
    meaning.optional(name("unit_price"), line.unit_price);
    meaning.optional(name("line_amount"), line.line_amount);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sale with more fields than it needs.
    fn sale(more: &str) -> String {
        format!(r#"{{"client_phone":"+992901234567","total_amount":955.00{more}}}"#)
    }

    fn check(json: &str, field: &str, code: &str) {
        let error = read(json, None).unwrap_err();
        assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{json}");
        assert!(error.to_string().starts_with(field), "{error}");
    }

    #[test]
    fn a_sale_is_read_whole() {
        let json = sale(
            r#","gross_amount":1000.0,"redeem_mode":"payment_type","bonus_redeem_amount":45,
            "external_sale_id":" order-2026-000123 ","receipt_number":"000123","payment_method":"card",
            "sale_date":"2026-01-10T14:00:00+05:00",
            "lines":[{"sku":"SKU-001","quantity":2,"unit_price":20.0,"line_amount":40.005},{}]"#,
        );
        let (phone, sell) = read(&json, None).unwrap();
        assert_eq!(phone.to_string(), "+992901234567");
        assert_eq!(sell.total_amount.cents(), 95_500);
        assert_eq!(sell.gross_amount.map(Money::cents), Some(100_000));
        assert_eq!(sell.redeem_mode, RedeemMode::PaymentType);
        assert_eq!(sell.redeem.cents(), 4_500);
        assert_eq!(sell.external_id.unwrap().as_str(), "order-2026-000123");
        assert_eq!(sell.lines.len(), 2);
        assert_eq!(sell.lines[0].line_amount.map(Money::cents), Some(4_001));
        assert_eq!(sell.lines[1].line_amount, None);
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let nulls = r#","gross_amount":null,"redeem_mode":null,"bonus_redeem_amount":null,
            "external_sale_id":"  ","receipt_number":null,"payment_method":null,"sale_date":null,
            "lines":null"#;
        for json in [sale(""), sale(nulls)] {
            let (_, sell) = read(&json, None).unwrap();
            assert_eq!(sell.redeem_mode, RedeemMode::Discount);
            assert_eq!((sell.redeem, sell.gross_amount), (Bonus::ZERO, None));
            assert_eq!((sell.external_id, sell.sale_date), (None, None));
            assert!(sell.lines.is_empty());
        }
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        check("", "body", "malformed_json");
        check("{\"client_phone\":", "body", "malformed_json");
        check("[]", "body", "wrong_type");
        check("{}", "client_phone", "required");
        check(r#"{"client_phone":null,"total_amount":1}"#, "client_phone", "required");
        check(r#"{"client_phone":"x","total_amount":1}"#, "client_phone", "invalid_phone");
        check(r#"{"client_phone":"+992901234567"}"#, "total_amount", "required");
        let total =
            |text: &str| format!(r#"{{"client_phone":"+992901234567","total_amount":{text}}}"#);
        check(&total("null"), "total_amount", "required");
        check(&total("\"955.00\""), "total_amount", "wrong_type");
        check(&total("true"), "total_amount", "wrong_type");
        check(&total("0"), "total_amount", "too_small");
        check(&total("0.004"), "total_amount", "too_many_decimals");
        check(&total("-1"), "total_amount", "too_small");
        check(&total("1.005"), "total_amount", "too_many_decimals");
        check(&total("10000000000"), "total_amount", "too_large");
        check(&total("1e400"), "total_amount", "too_large");
        check(&sale(r#","gross_amount":"1""#), "gross_amount", "wrong_type");
        check(&sale(r#","bonus_redeem_amount":-0.01"#), "bonus_redeem_amount", "too_small");
        check(&sale(r#","bonus_redeem_amount":0.001"#), "bonus_redeem_amount", "too_many_decimals");
        check(&sale(r#","redeem_mode":"cash""#), "redeem_mode", "unknown_value");
        check(&sale(r#","redeem_mode":1"#), "redeem_mode", "wrong_type");
        check(&sale(r#","sale_date":"yesterday""#), "sale_date", "invalid_date");
        check(&sale(r#","sale_date":1767769016"#), "sale_date", "wrong_type");
        check(&sale(r#","total_amount":1"#), "total_amount", "duplicate_field");
        check(&sale(r#","totalAmount":1"#), "totalAmount", "unknown_field");
        check(&sale(r#","external_sale_id":5"#), "external_sale_id", "wrong_type");
        let long =
            |field: &str, length: usize| sale(&format!(r#","{field}":"{}""#, "x".repeat(length)));
        check(&long("external_sale_id", 256), "external_sale_id", "too_long");
        check(&long("receipt_number", 65), "receipt_number", "too_long");
        check(&long("payment_method", 51), "payment_method", "too_long");
    }

    #[test]
    fn bad_lines_are_refused_by_place_and_name() {
        let lines = |entries: &str| sale(&format!(r#","lines":{entries}"#));
        check(&lines("{}"), "lines", "wrong_type");
        check(&lines("[{},null]"), "lines[1]", "wrong_type");
        check(&lines("[5]"), "lines[0]", "wrong_type");
        check(&lines(r#"[{},{},{},{"sku":5}]"#), "lines[3].sku", "wrong_type");
        check(&lines(r#"[{"price":5}]"#), "lines[0].price", "unknown_field");
        check(&lines(r#"[{"sku":"a","sku":"a"}]"#), "lines[0].sku", "duplicate_field");
        check(&lines(r#"[{"quantity":-1}]"#), "lines[0].quantity", "too_small");
        check(&lines(r#"[{"quantity":"2"}]"#), "lines[0].quantity", "wrong_type");
        check(&lines(r#"[{"unit_price":1e30}]"#), "lines[0].unit_price", "too_large");
        check(&lines(r#"[{"line_amount":10000000000}]"#), "lines[0].line_amount", "too_large");
        let long = format!(r#"[{{"name":"{}"}}]"#, "x".repeat(256));
        check(&lines(&long), "lines[0].name", "too_long");
        let many = |count: usize| lines(&format!("[{}]", vec!["{}"; count].join(",")));
        assert_eq!(read(&many(200), None).unwrap().1.lines.len(), 200);
        check(&many(201), "lines", "too_many_entries");
    }

    #[test]
    fn the_same_sale_written_otherwise_means_the_same() {
        let text = |more: &str| {
            let (phone, sell) = read(&sale(more), None).unwrap();
            meaning(phone, &sell).as_str().to_owned()
        };
        let first = text(r#","gross_amount":1000,"lines":[{"quantity":2}]"#);
        let same = r#","lines":[{"sku":null,"quantity":2.000}],"redeem_mode":"discount",
            "bonus_redeem_amount":0,"gross_amount":1e3"#;
        assert_eq!(first, text(same));
        let full = r#","external_sale_id":"a","receipt_number":"b","payment_method":"c",
            "sale_date":"2026-01-10 14:00:00","lines":[{"sku":"s","category_code":"c","name":"n",
            "quantity":1,"unit_price":2,"line_amount":3},{}]"#;
        assert_eq!(
            text(full),
            "client_phone=+992901234567\ntotal_amount=955.00\nredeem_mode=discount\n\
             bonus_redeem_amount=0.00\nexternal_sale_id=a\nreceipt_number=b\npayment_method=c\n\
             sale_date=local 2026-01-10 14:00:00\nlines[0].line=\nlines[0].sku=s\n\
             lines[0].category_code=c\nlines[0].name=n\nlines[0].quantity=1\n\
             lines[0].unit_price=2\nlines[0].line_amount=3.00\nlines[1].line=\n"
        );
        let instant = text(r#","sale_date":"2026-01-10T14:00:00Z""#);
        assert_eq!(instant, text(r#","sale_date":"2026-01-10T19:00:00.000+05:00""#));
        for other in [r#","gross_amount":1000.01"#, r#","lines":[{}]"#, r#","receipt_number":"b""#]
        {
            assert_ne!(text(""), text(other), "{other}");
        }
    }
}
