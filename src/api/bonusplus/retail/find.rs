//! `GET /retail/{id}`: a sale or a return with its positions.

use super::position::position_id;
use super::{order_url, store_number};
use crate::api::amount::Amount;
use crate::api::bonex::date_time;
use crate::api::bonusplus::call::Call;
use crate::api::bonusplus::customer_shape::digits;
use crate::api::bonusplus::respond::success;
use crate::api::error::ApiError;
use crate::engine::{FoundSale, Identifier};
use crate::ledger::{
    Extent, GiftPart, PointOfSale, RecordedLine, RecordedRedemption, RecordedReturn, RecordedSale,
    Refusal, RetailItem, ReturnedPart, SaleRecord, UsedCoupon,
};
use crate::values::{Bonus, Money, SaleId};
use axum::body::Body;
use axum::http::Response;
use serde::Serialize;

/// A sale record as this dialect shows it; of a return, all figures take away.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RetailShape {
    id: u64,
    /// Of a return: the sale that it takes back.
    parent_id: Option<u64>,
    #[serde(rename = "type")]
    kind: &'static str,
    order_uid: String,
    order_url: String,
    date: String,
    phone: Option<String>,
    external_id: Option<String>,
    store: Option<String>,
    store_id: Option<u32>,
    cashier: Option<u64>,
    tags: Vec<i64>,
    desc: Option<String>,
    certificate: bool,
    /// Money.
    sum: Amount,
    bonus_debit: Amount,
    bonus_credit: Amount,
    gift_cards: Vec<GiftPartShape>,
    coupons: Vec<String>,
    positions: Vec<PositionShape>,
}

/// What a gift card paid; of a return, what it got back.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GiftPartShape {
    id: String,
    payment_sum: Amount,
}

#[derive(Debug, Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct PositionShape {
    position_id: u64,
    ext: Option<String>,
    product: Option<String>,
    name: Option<String>,
    cat: Option<String>,
    label: Option<String>,
    qnt: Option<Amount>,
    price: Option<Amount>,
    sum: Option<Amount>,
    ds: Option<Amount>,
    first_cost: Option<Amount>,
    cost_price: Option<Amount>,
    sell_mode: Option<String>,
    /// Money.
    net: Option<Amount>,
    bonus_debit: Option<Amount>,
    bonus_credit: Option<Amount>,
}

pub(in crate::api::bonusplus) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let unknown = Refusal::SaleNotFound { field: "id" };
    let id = call.asked.segment("id")?;
    let id = SaleId(id.parse().map_err(|_| unknown.clone())?);
    let found = call.house.sale(call.tenant.id, id).await?.ok_or(unknown)?;
    // A sale stays when its customer is forgotten.
    let phone = call.phone_of(Identifier::Customer(found.customer)).await?;
    let mut shape = match &found.record {
        SaleRecord::Purchase(sale) => of_sale(call, sale)?,
        SaleRecord::Redemption(redemption) => of_redemption(call, redemption)?,
        SaleRecord::Return(returned) => of_return(call, returned).await?,
    };
    shape.phone = phone.map(digits);
    Ok(success(&shape))
}

/// What every kind has in common.
fn blank(
    call: &Call<'_>,
    id: SaleId,
    kind: &'static str,
    point: &PointOfSale,
) -> Result<RetailShape, ApiError> {
    let uid = call.house.order_uid(call.tenant.id, id)?;
    let store = point.store.as_ref();
    Ok(RetailShape {
        id: id.number(),
        parent_id: None,
        kind,
        order_uid: uid.to_string(),
        order_url: order_url(call, uid),
        date: String::new(),
        phone: None,
        external_id: None,
        store: store.map(ToString::to_string),
        store_id: store.map(|store| store_number(&call.tenant, store)),
        cashier: point.cashier.as_ref().and_then(|cashier| cashier.as_str().parse().ok()),
        tags: Vec::new(),
        desc: None,
        certificate: false,
        sum: Money::ZERO.into(),
        bonus_debit: Bonus::ZERO.into(),
        bonus_credit: Bonus::ZERO.into(),
        gift_cards: Vec::new(),
        coupons: Vec::new(),
        positions: Vec::new(),
    })
}

fn of_sale(call: &Call<'_>, sale: &RecordedSale) -> Result<RetailShape, ApiError> {
    let retail = sale.retail.as_deref();
    let positions = (0..sale.lines.len()).map(|line| position(sale, line));
    Ok(RetailShape {
        date: date_time(sale.at, call.rules()),
        external_id: sale.external_id.as_ref().map(ToString::to_string),
        tags: retail.map(|retail| retail.tags.clone()).unwrap_or_default(),
        desc: retail.and_then(|retail| retail.note.as_ref()).map(ToString::to_string),
        certificate: retail.is_some_and(|retail| retail.certificate),
        sum: sale.total.into(),
        bonus_debit: sale.redeemed.into(),
        bonus_credit: sale.accrued.into(),
        gift_cards: gift_parts(&sale.gift_cards),
        coupons: codes(&sale.coupons),
        positions: positions.collect(),
        ..blank(call, sale.id, "sale", &sale.point_of_sale)?
    })
}

fn of_redemption(
    call: &Call<'_>,
    redemption: &RecordedRedemption,
) -> Result<RetailShape, ApiError> {
    Ok(RetailShape {
        date: date_time(redemption.at, call.rules()),
        external_id: redemption.external_id.as_ref().map(ToString::to_string),
        bonus_debit: redemption.amount.into(),
        ..blank(call, redemption.id, "redemption", &PointOfSale::default())?
    })
}

async fn of_return(call: &Call<'_>, returned: &RecordedReturn) -> Result<RetailShape, ApiError> {
    let parent = call.house.sale(call.tenant.id, returned.of).await?;
    let parent = match &parent {
        Some(FoundSale { record: SaleRecord::Purchase(sale), .. }) => Some(&**sale),
        Some(FoundSale { record: SaleRecord::Redemption(_) | SaleRecord::Return(_), .. })
        | None => None,
    };
    let positions = returned.parts.iter().filter_map(|part| part_of(parent?, part));
    Ok(RetailShape {
        parent_id: Some(returned.of.number()),
        date: date_time(returned.at, call.rules()),
        external_id: returned.external_id.as_ref().map(ToString::to_string),
        sum: returned.money.into(),
        bonus_debit: returned.restored.into(),
        bonus_credit: returned.accrual.into(),
        gift_cards: gift_parts(&returned.gift_cards),
        coupons: codes(&returned.coupons),
        positions: positions.collect(),
        ..blank(call, returned.id, "return", &returned.point_of_sale)?
    })
}

fn gift_parts(parts: &[GiftPart]) -> Vec<GiftPartShape> {
    let shape = |part: &GiftPart| GiftPartShape {
        id: part.card.to_string(),
        payment_sum: part.amount.into(),
    };
    parts.iter().map(shape).collect()
}

fn codes(coupons: &[UsedCoupon]) -> Vec<String> {
    coupons.iter().map(|coupon| coupon.code.to_string()).collect()
}

fn position(sale: &RecordedSale, line: usize) -> PositionShape {
    let Some(recorded) = sale.lines.get(line) else { return PositionShape::default() };
    let item = sale.item(line);
    PositionShape {
        qnt: recorded.input.quantity.map(Amount::from),
        price: recorded.input.unit_price.map(Amount::from),
        sum: item.map(|item| item.sum).or_else(|| recorded.input.amount()).map(Amount::from),
        ds: item.map(|item| item.discount.into()),
        first_cost: item.and_then(|item| item.first_cost).map(Amount::from),
        cost_price: item.and_then(|item| item.cost_price).map(Amount::from),
        sell_mode: item.and_then(|item| item.sell_mode.as_ref()).map(ToString::to_string),
        net: Some(recorded.split.net.into()),
        bonus_debit: Some(recorded.split.redeem_share.into()),
        bonus_credit: Some(recorded.split.accrual.into()),
        ..named(sale.id, line, recorded, item)
    }
}

/// Which article it is.
fn named(
    sale: SaleId,
    line: usize,
    recorded: &RecordedLine,
    item: Option<&RetailItem>,
) -> PositionShape {
    let input = &recorded.input;
    PositionShape {
        position_id: position_id(sale, line),
        ext: item.and_then(|item| item.ext.as_ref()).map(ToString::to_string),
        product: input.sku.as_ref().map(ToString::to_string),
        name: input.name.as_ref().map(ToString::to_string),
        cat: input.category_code.as_ref().map(ToString::to_string),
        label: item.and_then(|item| item.label.as_ref()).map(ToString::to_string),
        ..PositionShape::default()
    }
}

/// What came back of a line; its position is that of the sale.
fn part_of(sale: &RecordedSale, part: &ReturnedPart) -> Option<PositionShape> {
    let line = usize::try_from(part.line?).ok()?;
    let recorded = sale.lines.get(line)?;
    let (qnt, sum) = match part.extent {
        Extent::Quantity(quantity) => (Some(quantity.into()), None),
        Extent::Amount(amount) => (None, Some(amount.into())),
        Extent::Rest => (None, None),
    };
    Some(PositionShape {
        qnt,
        sum,
        net: Some(part.shares.money.into()),
        bonus_debit: Some(part.shares.redeem_share.into()),
        bonus_credit: Some(part.shares.accrual.into()),
        ..named(sale.id, line, recorded, sale.item(line))
    })
}
