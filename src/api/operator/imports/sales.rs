//! A sale of an old system, as a row says it.

use super::Reader;
use crate::api::bonex::{read_sale_lines, sale_meaning};
use crate::api::complaint::Complaint;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::Meaning;
use crate::api::scan::Raw;
use crate::engine::SaleRow;
use crate::ledger::{Confirmation, ExternalIdScope, PointOfSale, RedeemMode, Sell};
use crate::values::{Bonus, Money, Precision};

const FIELDS: [&str; 10] = [
    "external_sale_id",
    "phone",
    "sale_date",
    "total_amount",
    "redeemed",
    "receipt_number",
    "payment_method",
    "store",
    "cashier",
    "lines",
];

pub(super) fn read(
    reader: &Reader<'_>,
    raw: Raw<'_>,
    meaning: &mut Meaning,
) -> Result<SaleRow, ApiError> {
    let row = Object::inner(raw, &FIELDS, "row")?;
    let phone = reader.phone(&row)?;
    let external_id = row.required("external_sale_id", row.trimmed("external_sale_id")?)?;
    let sale_date = row.required("sale_date", reader.instant(&row, "sale_date")?)?;
    let total = row.number("total_amount", |text| Money::parse(text, Precision::Exact))?;
    let total_amount = row.required("total_amount", total)?;
    if total_amount.is_zero() {
        return Err(row.complain("total_amount", Complaint::TooSmall("0.01")).into());
    }
    let redeemed = row.number("redeemed", |text| Bonus::parse(text, Precision::Exact))?;
    let redeemed = redeemed.unwrap_or(Bonus::ZERO);
    let sell = Sell {
        total_amount,
        gross_amount: None,
        redeem_mode: RedeemMode::Discount,
        redeem: Bonus::ZERO,
        external_id: Some(external_id),
        receipt_number: row.trimmed("receipt_number")?,
        payment_method: row.trimmed("payment_method")?,
        point_of_sale: PointOfSale {
            store: row.trimmed("store")?,
            cashier: row.trimmed("cashier")?,
        },
        sale_date: Some(sale_date),
        lines: read_sale_lines(&row)?,
        reserve: None,
        confirmation: Confirmation::default(),
        external_scope: ExternalIdScope::default(),
        gift_cards: Vec::new(),
        coupons: Vec::new(),
        retail: None,
    };
    *meaning = meaning.followed_by(&sale_meaning(phone, &sell));
    meaning.field("redeemed", redeemed);
    Ok(SaleRow { phone, sell: Box::new(sell), redeemed })
}
