//! A sale as most tills write it, read in one pass over its bytes. What this reader takes, the closer one of
//! [`super::partner_sale`] takes for the same; whatever is the least unusual it leaves to that one, which
//! tells every mistake.

use super::partner_sale::REDEEM_MODES;
use super::sale_date;
use crate::api::scan::{Unread, whole_object};
use crate::ledger::{
    Confirmation, ExternalIdScope, LINES_MAX, LineInput, PointOfSale, RedeemMode, Sell,
};
use crate::values::{
    Bonus, Country, DecimalError, Money, Phone, Precision, Quantity, Text, UnitPrice,
};

/// Room for the lines of an ordinary sale.
const LINES_ROOM: usize = 4;

/// What a member of a sale says.
#[derive(Clone, Copy)]
enum Field {
    Phone,
    Total,
    Gross,
    RedeemMode,
    Redeem,
    ExternalId,
    ReceiptNumber,
    PaymentMethod,
    Store,
    Cashier,
    SaleDate,
    Lines,
    Reserve,
    /// Read closely wherever it says something.
    Seldom,
}

const FIELDS: [(&str, Field); 16] = [
    ("client_phone", Field::Phone),
    ("total_amount", Field::Total),
    ("gross_amount", Field::Gross),
    ("redeem_mode", Field::RedeemMode),
    ("bonus_redeem_amount", Field::Redeem),
    ("external_sale_id", Field::ExternalId),
    ("receipt_number", Field::ReceiptNumber),
    ("payment_method", Field::PaymentMethod),
    ("store", Field::Store),
    ("cashier", Field::Cashier),
    ("sale_date", Field::SaleDate),
    ("lines", Field::Lines),
    ("reserve_id", Field::Reserve),
    ("confirmation_code", Field::Seldom),
    ("gift_cards", Field::Seldom),
    ("coupons", Field::Seldom),
];

/// What a member of a line says.
#[derive(Clone, Copy)]
enum LineField {
    Sku,
    CategoryCode,
    Name,
    Quantity,
    LineAmount,
    UnitPrice,
}

const LINE_FIELDS: [(&str, LineField); 6] = [
    ("sku", LineField::Sku),
    ("category_code", LineField::CategoryCode),
    ("name", LineField::Name),
    ("quantity", LineField::Quantity),
    ("line_amount", LineField::LineAmount),
    ("unit_price", LineField::UnitPrice),
];

/// The customer and the sale; `None`: it takes a closer look.
pub(super) fn read(json: &str, country: Option<Country>) -> Option<(Phone, Sell)> {
    let mut phone = None;
    let mut sell = empty();
    whole_object(json, &FIELDS, |text, field| {
        match field {
            Field::Phone => phone = text.string_as(|it| Phone::parse(it, country).ok())?,
            Field::Total => sell.total_amount = number(text, exact_money)??,
            Field::Gross => sell.gross_amount = number(text, exact_money)?,
            Field::RedeemMode => {
                sell.redeem_mode = text.string_as(redeem_mode)?.unwrap_or(RedeemMode::Discount);
            }
            Field::Redeem => sell.redeem = number(text, exact_bonus)?.unwrap_or(Bonus::ZERO),
            Field::ExternalId => sell.external_id = trimmed(text)?,
            Field::ReceiptNumber => sell.receipt_number = plain(text)?,
            Field::PaymentMethod => sell.payment_method = plain(text)?,
            Field::Store => sell.point_of_sale.store = trimmed(text)?,
            Field::Cashier => sell.point_of_sale.cashier = trimmed(text)?,
            Field::SaleDate => sell.sale_date = text.string_as(sale_date::parse)?,
            Field::Lines => read_lines(text, &mut sell.lines)?,
            Field::Reserve => sell.reserve = trimmed(text)?,
            Field::Seldom => text.null()?,
        }
        Some(())
    })?;
    (!sell.total_amount.is_zero()).then_some((phone?, sell))
}

/// A sale of which nothing was said.
fn empty() -> Sell {
    Sell {
        total_amount: Money::ZERO,
        gross_amount: None,
        redeem_mode: RedeemMode::Discount,
        redeem: Bonus::ZERO,
        external_id: None,
        receipt_number: None,
        payment_method: None,
        point_of_sale: PointOfSale::default(),
        sale_date: None,
        lines: Vec::new(),
        reserve: None,
        confirmation: Confirmation::Missing,
        external_scope: ExternalIdScope::default(),
        gift_cards: Vec::new(),
        coupons: Vec::new(),
        retail: None,
    }
}

fn read_lines(text: &mut Unread<'_>, lines: &mut Vec<LineInput>) -> Option<()> {
    text.entries(|text| {
        let line = read_line(text)?;
        if lines.is_empty() {
            lines.reserve(LINES_ROOM);
        }
        lines.push(line);
        (lines.len() <= LINES_MAX).then_some(())
    })
}

fn read_line(text: &mut Unread<'_>) -> Option<LineInput> {
    let (mut sku, mut category_code, mut name) = (None, None, None);
    let (mut quantity, mut unit_price, mut line_amount) = (None, None, None);
    text.members(&LINE_FIELDS, |text, field| {
        match field {
            LineField::Sku => sku = plain(text)?,
            LineField::CategoryCode => category_code = plain(text)?,
            LineField::Name => name = plain(text)?,
            LineField::Quantity => quantity = number(text, Quantity::parse)?,
            LineField::LineAmount => line_amount = number(text, rounded_money)?,
            LineField::UnitPrice => unit_price = number(text, UnitPrice::parse)?,
        }
        Some(())
    })?;
    Some(LineInput { sku, category_code, name, quantity, unit_price, line_amount })
}

fn number<T>(
    text: &mut Unread<'_>,
    parse: impl FnOnce(&str) -> Result<T, DecimalError>,
) -> Option<Option<T>> {
    text.number_as(|it| parse(it).ok())
}

fn exact_money(text: &str) -> Result<Money, DecimalError> {
    Money::parse(text, Precision::Exact)
}

fn rounded_money(text: &str) -> Result<Money, DecimalError> {
    Money::parse(text, Precision::HalfUp)
}

fn exact_bonus(text: &str) -> Result<Bonus, DecimalError> {
    Bonus::parse(text, Precision::Exact)
}

/// A text as it stands.
fn plain<const MAX: usize>(text: &mut Unread<'_>) -> Option<Option<Text<MAX>>> {
    text.string_as(|it| Text::parse(it).ok())
}

/// A text without the spaces around it; nothing but spaces says nothing.
fn trimmed<const MAX: usize>(text: &mut Unread<'_>) -> Option<Option<Text<MAX>>> {
    let read = |it: &str| match it.trim() {
        "" => Some(None),
        it => Text::parse(it).ok().map(Some),
    };
    text.string_as(read).map(Option::flatten)
}

fn redeem_mode(word: &str) -> Option<RedeemMode> {
    REDEEM_MODES.iter().find(|(known, _)| *known == word).map(|(_, mode)| *mode)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::bonex::partner_sale;
    use proptest::prelude::*;
    use proptest::sample::Index;

    /// Whether the quick reader takes a text; what it takes, the closer one takes for the same.
    fn takes(json: &str) -> bool {
        for country in [None, Some(Country::Tj), Some(Country::Ru)] {
            let quick = read(json, country);
            let closer = partner_sale::read_closely(json, country);
            if let Some(quick) = &quick {
                assert_eq!(format!("{quick:?}"), format!("{:?}", closer.expect(json)), "{json}");
            }
        }
        read(json, None).is_some()
    }

    fn sale(more: &str) -> String {
        format!(r#"{{"client_phone":"+992901234567","total_amount":955.00{more}}}"#)
    }

    #[test]
    fn a_sale_as_tills_write_it_is_taken() {
        for more in [
            "",
            r#","gross_amount":1000,"redeem_mode":"payment_type","bonus_redeem_amount":45"#,
            r#","redeem_mode":"discount","bonus_redeem_amount":0.0"#,
            r#","external_sale_id":" order-7 ","receipt_number":" 7 ","payment_method":"card""#,
            r#","store":" Чай ","cashier":"  ","reserve_id":"r-1""#,
            r#","sale_date":"2026-01-10T14:00:00+05:00""#,
            r#","sale_date":"2026-01-10 14:00:00""#,
            r#","lines":[]"#,
            r#" , "lines" : [ { } , { "sku" : "A" , "quantity" : 2 } ] "#,
            r#","lines":[{"unit_price":1.5e1,"line_amount":40.005,"name":"Хлеб","category_code":""}]"#,
            r#","gross_amount":null,"redeem_mode":null,"bonus_redeem_amount":null,"store":null"#,
            r#","external_sale_id":null,"receipt_number":null,"sale_date":null,"lines":null"#,
            r#","reserve_id":null,"confirmation_code":null,"gift_cards":null,"coupons":null"#,
            r#","lines":[{"sku":null,"name":null,"quantity":null,"line_amount":null}]"#,
        ] {
            assert!(takes(&sale(more)), "{more}");
        }
        let many = |count: usize| sale(&format!(r#","lines":[{}]"#, vec!["{}"; count].join(",")));
        assert!(takes(&many(LINES_MAX)) && !takes(&many(LINES_MAX + 1)));
        let behind =
            r#"{"lines":[{"name":"a","sku":"b"}],"total_amount":1,"client_phone":"99290123"}"#;
        assert!(takes(behind));
    }

    #[test]
    fn whatever_is_unusual_is_left_to_the_closer_reader() {
        for more in [
            r#","total_amount":1"#,
            r#","store":null,"store":"a""#,
            r#","other":1"#,
            r#","gross_amount":"1""#,
            r#","gross_amount":1.005"#,
            r#","gross_amount":01"#,
            r#","gross_amount":-1"#,
            r#","bonus_redeem_amount":true"#,
            r#","redeem_mode":"cash""#,
            r#","receipt_number":5"#,
            r#","receipt_number":"a\nb""#,
            r#","receipt_number":"caf\u00e9""#,
            r#","sale_date":"yesterday""#,
            r#","confirmation_code":"123456""#,
            r#","gift_cards":[]"#,
            r#","coupons":["A"]"#,
            r#","lines":{}"#,
            r#","lines":[null]"#,
            r#","lines":[{"sku":"a","sku":"a"}]"#,
            r#","lines":[{"price":5}]"#,
            r#","lines":[{"quantity":-1}]"#,
            r#","lines":[{}"#,
            r#","lines":[{},]"#,
            ",",
            "} x",
        ] {
            assert!(!takes(&sale(more)), "{more}");
        }
        for json in ["", "{}", "[]", "null", r#"{"client_phone":"+992901234567"}"#] {
            assert!(!takes(json), "{json}");
        }
        for long in ["receipt_number", "store", "external_sale_id"] {
            assert!(!takes(&sale(&format!(r#","{long}":"{}""#, "x".repeat(256)))), "{long}");
        }
        for total in ["0", "0.00", "null", "1e30", "0.001", "10000000000"] {
            let json = format!(r#"{{"client_phone":"+992901234567","total_amount":{total}}}"#);
            assert!(!takes(&json), "{json}");
        }
        assert!(!takes(r#"{"client_phone":"x","total_amount":1}"#));
        assert!(!takes(r#"{"client_phone":null,"total_amount":1}"#));
    }

    /// Bytes that change what JSON means.
    const TELLING: &[u8] = b"\"\\{}[]:,.-+eE0159nultrfs \t\n\x00\x1f\x7f";

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4_000, ..ProptestConfig::default() })]

        #[test]
        fn a_sale_with_a_few_other_bytes_is_read_alike(
            changes in prop::collection::vec((any::<Index>(), any::<Index>(), 0..3_u8), 1..4),
        ) {
            let mut bytes = sale(
                r#","external_sale_id":"o-1","store":null,"lines":[{"sku":"A","quantity":2,"unit_price":1.50},{}]"#,
            ).into_bytes();
            for (place, byte, way) in changes {
                let (place, byte) = (place.index(bytes.len()), TELLING[byte.index(TELLING.len())]);
                match way {
                    0 => bytes[place] = byte,
                    1 => bytes.insert(place, byte),
                    _ => { bytes.remove(place); }
                }
            }
            takes(&String::from_utf8(bytes).unwrap());
        }
    }
}
