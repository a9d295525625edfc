//! `POST /partner/refund`: portion or a redemption come back, whole or in part.

use super::{Call, phone, refund_answer, sale_date};
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::{KeyOwner, Meaning, mark_of};
use crate::api::respond::success;
use crate::api::scan::Raw;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{
    Actor, BusinessTime, Dialect, Extent, LINES_MAX, LineName, LineReturn, OperationMark,
    PointOfSale, Portion, Receipt, RecordedReturn, Refund, SaleName,
};
use crate::values::{Country, Money, Phone, Precision, Quantity, SaleId, TenantId, Timestamp};
use axum::body::Body;
use axum::http::{Response, StatusCode};

const FIELDS: [&str; 10] = [
    "client_phone",
    "sale_id",
    "external_sale_id",
    "external_refund_id",
    "lines",
    "amount",
    "refund_date",
    "store",
    "cashier",
    "reason",
];
const LINE_FIELDS: [&str; 4] = ["line", "sku", "quantity", "amount"];
/// The largest sale number that a JSON reader with floats still reads exactly.
const SALE_ID_MAX: u64 = (1 << 53) - 1;

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (phone, refund) = read(call.asked.json()?, call.rules().default_country)?;
    let mark = mark_of(&call.asked, KeyOwner::Partner, call.tenant.id, || meaning(phone, &refund))?;
    let order = order(call.tenant.id, call.asked.at, (phone, refund), mark);
    let returned = recorded(call.house.perform(order).await?)?;
    Ok(success(StatusCode::CREATED, &refund_answer::shape(&returned, call.rules())))
}

/// A return that was read, as the engine is asked for it.
pub(super) fn order(
    tenant: TenantId,
    at: Timestamp,
    (phone, refund): (Phone, Refund),
    mark: Option<OperationMark>,
) -> Order {
    let (who, wish) = (Identifier::Phone(phone), Wish::Refund(Box::new(refund)));
    Order { tenant, at, actor: Actor::Partner, mark, who, wish }
}

/// What became of such an order.
pub(super) fn recorded(done: Done) -> Result<Box<RecordedReturn>, EngineError> {
    match done {
        Done::Receipt { receipt: Receipt::Return(returned), .. } => Ok(returned),
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Changed(_) | Done::Quoted { .. } => {
            Err(EngineError::Broken("a return was answered with something else".into()))
        }
    }
}

pub(super) fn read(json: &str, country: Option<Country>) -> Result<(Phone, Refund), FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let phone = phone(&object, "client_phone", country)?;
    let refund = Refund {
        sale: read_sale_name(&object)?,
        external_id: object.trimmed("external_refund_id")?,
        portion: read_goods(&object)?,
        refund_date: read_refund_date(&object)?,
        point_of_sale: PointOfSale {
            store: object.trimmed("store")?,
            cashier: object.trimmed("cashier")?,
        },
        reason: object.trimmed("reason")?,
        dialect: Dialect::Bonex,
        takes_back_import: false,
    };
    Ok((phone, refund))
}

fn read_sale_name<const N: usize>(object: &Object<'_, N>) -> Result<SaleName, FieldError> {
    let id = whole(object, "sale_id", SALE_ID_MAX)?.map(SaleId);
    match (id, object.trimmed("external_sale_id")?) {
        (Some(_), Some(_)) => {
            Err(object.complain("sale_id", Complaint::Excluded("external_sale_id")))
        }
        (Some(id), None) => Ok(SaleName::Id(id)),
        (None, external) => object.required("external_sale_id", external).map(SaleName::External),
    }
}

fn read_goods<const N: usize>(object: &Object<'_, N>) -> Result<Portion, FieldError> {
    let lines = object.list("lines", LINES_MAX)?;
    match (lines, amount(object, Precision::Exact)?) {
        (Some(_), Some(_)) => Err(object.complain("amount", Complaint::Excluded("lines"))),
        (Some(lines), None) => read_lines(object, &lines).map(Portion::Lines),
        (None, Some(amount)) => Ok(Portion::Amount(amount)),
        (None, None) => Ok(Portion::Whole),
    }
}

/// A list without a line would not mean the whole sale.
fn read_lines<const N: usize>(
    object: &Object<'_, N>,
    lines: &[Raw<'_>],
) -> Result<Vec<LineReturn>, FieldError> {
    if lines.is_empty() {
        return Err(object.complain("lines[0]", Complaint::Required));
    }
    lines.iter().enumerate().map(|(index, line)| read_line(*line, index)).collect()
}

fn read_line(raw: Raw<'_>, index: usize) -> Result<LineReturn, FieldError> {
    let line = Object::entry(raw, &LINE_FIELDS, "lines", index)?;
    let number = whole(&line, "line", u64::from(u32::MAX))?;
    let name = match (number.and_then(|number| u32::try_from(number).ok()), line.text("sku")?) {
        (Some(_), Some(_)) => return Err(line.complain("sku", Complaint::Excluded("line"))),
        (Some(number), None) => LineName::Number(number),
        (None, sku) => LineName::Sku(line.required("line", sku)?),
    };
    let extent = match (quantity(&line)?, amount(&line, Precision::HalfUp)?) {
        (Some(_), Some(_)) => return Err(line.complain("amount", Complaint::Excluded("quantity"))),
        (Some(quantity), None) => Extent::Quantity(quantity),
        (None, Some(amount)) => Extent::Amount(amount),
        (None, None) => Extent::Rest,
    };
    Ok(LineReturn { line: name, extent })
}

fn amount<const N: usize>(
    object: &Object<'_, N>,
    precision: Precision,
) -> Result<Option<Money>, FieldError> {
    let amount = object.number("amount", |text| Money::parse(text, precision))?;
    match amount {
        Some(Money::ZERO) => Err(object.complain("amount", Complaint::TooSmall("0.01"))),
        other => Ok(other),
    }
}

fn quantity<const N: usize>(object: &Object<'_, N>) -> Result<Option<Quantity>, FieldError> {
    let quantity = object.number("quantity", Quantity::parse)?;
    match quantity {
        Some(quantity) if quantity.millionths() == 0 => {
            Err(object.complain("quantity", Complaint::TooSmall("0.000001")))
        }
        other => Ok(other),
    }
}

/// A whole number from 1.
fn whole<const N: usize>(
    object: &Object<'_, N>,
    name: &'static str,
    most: u64,
) -> Result<Option<u64>, FieldError> {
    let Some(raw) = object.raw(name) else { return Ok(None) };
    let number = raw.get().parse().ok().filter(|number| (1..=most).contains(number));
    let complaint = || object.complain(name, Complaint::NotWhole { least: 1, most });
    number.map(Some).ok_or_else(complaint)
}

fn read_refund_date<const N: usize>(
    object: &Object<'_, N>,
) -> Result<Option<BusinessTime>, FieldError> {
    let Some(text) = object.string("refund_date")? else { return Ok(None) };
    let time = sale_date::parse(&text);
    time.map(Some).ok_or_else(|| object.complain("refund_date", Complaint::NotInstant))
}

/// Every field of the return, for its Idempotency-Key.
pub(super) fn meaning(phone: Phone, refund: &Refund) -> Meaning {
    let mut meaning = Meaning::default();
    meaning.field("client_phone", phone);
    match &refund.sale {
        SaleName::Id(id) => meaning.field("sale_id", id),
        SaleName::External(external) => meaning.field("external_sale_id", external),
    }
    meaning.optional("external_refund_id", refund.external_id.as_ref());
    match &refund.portion {
        Portion::Whole => {}
        Portion::Amount(amount) => meaning.field("amount", amount),
        Portion::Lines(lines) => {
            for (index, line) in lines.iter().enumerate() {
                line_meaning(&mut meaning, index, line);
            }
        }
    }
    let date = refund.refund_date.map(|date| match date {
        BusinessTime::Instant(instant) => format!("instant {}", instant.millis()),
        BusinessTime::Local(local) => format!("local {local}"),
    });
    meaning.optional("refund_date", date);
    meaning.optional("store", refund.point_of_sale.store.as_ref());
    meaning.optional("cashier", refund.point_of_sale.cashier.as_ref());
    meaning.optional("reason", refund.reason.as_ref());
    meaning
}

fn line_meaning(meaning: &mut Meaning, index: usize, line: &LineReturn) {
    let name = |field: &str| format!("lines[{index}].{field}");
    match &line.line {
        LineName::Number(number) => meaning.field(name("line"), number),
        LineName::Sku(sku) => meaning.field(name("sku"), sku),
    }
    match line.extent {
        Extent::Quantity(quantity) => meaning.field(name("quantity"), quantity),
        Extent::Amount(amount) => meaning.field(name("amount"), amount),
        Extent::Rest => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A return with more fields than it needs.
    fn refund(more: &str) -> String {
        format!(r#"{{"client_phone":"+992901234567"{more}}}"#)
    }

    fn check(more: &str, field: &str, code: &str) {
        let error = read(&refund(more), None).unwrap_err();
        assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{more}");
    }

    fn text(more: &str) -> String {
        let (phone, refund) = read(&refund(more), None).unwrap();
        meaning(phone, &refund).as_str().to_owned()
    }

    #[test]
    fn a_return_is_read_whole() {
        let lines = r#","sale_id":7,"external_refund_id":" r-1 ","lines":[{"line":1,"quantity":2.50},
            {"sku":"S","amount":3.005},{"line":3}],"refund_date":"2026-01-10T14:00:00Z",
            "store":"Rudaki","cashier":"Anna","reason":"torn""#;
        assert_eq!(
            text(lines),
            "client_phone=+992901234567\nsale_id=7\nexternal_refund_id=r-1\nlines[0].line=1\n\
             lines[0].quantity=2.5\nlines[1].sku=S\nlines[1].amount=3.01\nlines[2].line=3\n\
             refund_date=instant 1768053600000\nstore=Rudaki\ncashier=Anna\nreason=torn\n"
        );
        assert_eq!(
            text(r#","external_sale_id":"o-1","amount":5.5,"lines":null"#),
            "client_phone=+992901234567\nexternal_sale_id=o-1\namount=5.50\n"
        );
        assert_eq!(text(r#","sale_id":7"#), "client_phone=+992901234567\nsale_id=7\n");
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        check("", "external_sale_id", "required");
        check(r#","external_sale_id":" ""#, "external_sale_id", "required");
        check(r#","sale_id":1,"external_sale_id":"a""#, "sale_id", "excluded_field");
        check(r#","sale_id":0"#, "sale_id", "not_whole_number");
        check(r#","sale_id":"7""#, "sale_id", "not_whole_number");
        check(r#","sale_id":7.5"#, "sale_id", "not_whole_number");
        check(r#","sale_id":9007199254740992"#, "sale_id", "not_whole_number");
        let of_sale =
            |more: &str, field, code| check(&format!(r#","sale_id":7{more}"#), field, code);
        of_sale(r#","amount":0"#, "amount", "too_small");
        of_sale(r#","amount":1.005"#, "amount", "too_many_decimals");
        of_sale(r#","amount":"1""#, "amount", "wrong_type");
        of_sale(r#","amount":1,"lines":[{"line":1}]"#, "amount", "excluded_field");
        of_sale(r#","lines":[]"#, "lines[0]", "required");
        of_sale(r#","lines":[{}]"#, "lines[0].line", "required");
        of_sale(r#","lines":[{"line":0}]"#, "lines[0].line", "not_whole_number");
        of_sale(r#","lines":[{"line":1,"sku":"a"}]"#, "lines[0].sku", "excluded_field");
        of_sale(r#","lines":[{"line":1,"quantity":0}]"#, "lines[0].quantity", "too_small");
        of_sale(r#","lines":[{"line":1,"quantity":-1}]"#, "lines[0].quantity", "too_small");
        of_sale(r#","lines":[{"line":1,"amount":0.001}]"#, "lines[0].amount", "too_small");
        of_sale(
            r#","lines":[{"line":1,"quantity":1,"amount":1}]"#,
            "lines[0].amount",
            "excluded_field",
        );
        of_sale(r#","refund_date":"yesterday""#, "refund_date", "invalid_date");
        of_sale(r#","total_amount":1"#, "total_amount", "unknown_field");
        let many = vec![r#"{"line":1}"#; 201].join(",");
        of_sale(&format!(r#","lines":[{many}]"#), "lines", "too_many_entries");
    }
}
