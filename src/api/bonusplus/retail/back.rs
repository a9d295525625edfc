//! `PUT /retail/back`: an item of a receipt comes back, whole or in part (rule 22).

use super::position::line_at;
use crate::api::bonusplus::call::Call;
use crate::api::bonusplus::respond::success;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::idempotency::Meaning;
use crate::engine::{Done, EngineError, Identifier, Order, SoldItem, Wish};
use crate::ledger::{
    Dialect, Extent, ItemExt, LineName, LineReturn, PointOfSale, Portion, Receipt, RecordedReturn,
    Refund, Refusal, SaleName, SaleRecord,
};
use crate::values::Money;
use axum::body::Body;
use axum::http::Response;
use serde::Serialize;

/// Beyond it JSON numbers are not exact everywhere.
const POSITION_MAX: u64 = (1 << 53) - 1;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BackShape {
    returned_purchase_id: u64,
}

/// An item that comes back.
#[derive(Debug)]
struct Back {
    ext: Option<ItemExt>,
    position: Option<u64>,
    /// In the terms of the item's own sum; absent: the rest of it.
    sum: Option<Money>,
    point_of_sale: PointOfSale,
}

pub(in crate::api::bonusplus) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let back = Back::read(call)?;
    let mark = call.mark(|| back.meaning())?;
    let item = back.item(call).await?;
    let (who, wish) = (Identifier::Customer(item.customer), Wish::Refund(back.refund(item)));
    let order = Order { mark, ..call.order(who, wish) };
    let returned = recorded(call.house.perform(order).await?)?;
    Ok(success(&BackShape { returned_purchase_id: returned.id.number() }))
}

fn recorded(done: Done) -> Result<Box<RecordedReturn>, EngineError> {
    match done {
        Done::Receipt { receipt: Receipt::Return(returned), .. } => Ok(returned),
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Changed(_) | Done::Quoted { .. } => {
            Err(EngineError::Broken("a return was answered with something else".into()))
        }
    }
}

impl Back {
    fn read(call: &Call<'_>) -> Result<Self, FieldError> {
        let fields = call.fields()?;
        let position = fields.whole("positionId", 0, POSITION_MAX)?.filter(|id| *id > 0);
        let ext = fields.text("ext")?;
        if position.is_none() {
            fields.required("ext", ext.as_ref())?;
        }
        let point_of_sale = PointOfSale { store: fields.text("store")?, cashier: None };
        Ok(Self { ext, position, sum: fields.money("sum")?, point_of_sale })
    }

    fn meaning(&self) -> Meaning {
        let mut meaning = Meaning::default();
        meaning.optional("ext", self.ext.as_ref());
        meaning.optional("positionId", self.position);
        meaning.optional("sum", self.sum);
        meaning.optional("store", self.point_of_sale.store.as_ref());
        meaning
    }

    /// The item meant: by its position, which must then have the ext that is named as well; by the ext alone.
    async fn item(&self, call: &Call<'_>) -> Result<SoldItem, ApiError> {
        let found = match (self.position, &self.ext) {
            (Some(position), _) => self.item_at(call, position).await?,
            (None, Some(ext)) => call.house.item(call.tenant.id, ext).await?,
            (None, None) => None,
        };
        Ok(found.ok_or(Refusal::PositionNotFound)?)
    }

    async fn item_at(
        &self,
        call: &Call<'_>,
        position: u64,
    ) -> Result<Option<SoldItem>, EngineError> {
        let Some((sale, line)) = line_at(position) else { return Ok(None) };
        let Some(found) = call.house.sale(call.tenant.id, sale).await? else { return Ok(None) };
        let SaleRecord::Purchase(record) = &found.record else { return Ok(None) };
        let index = usize::from(line);
        let ext = record.item(index).and_then(|item| item.ext.as_ref());
        let is_meant =
            index < record.lines.len() && (self.ext.is_none() || ext == self.ext.as_ref());
        Ok(is_meant.then_some(SoldItem { customer: found.customer, sale, line }))
    }

    fn refund(self, item: SoldItem) -> Box<Refund> {
        let line = LineReturn {
            line: LineName::Number(u32::from(item.line).saturating_add(1)),
            extent: self.sum.map_or(Extent::Rest, Extent::Amount),
        };
        Box::new(Refund {
            sale: SaleName::Id(item.sale),
            external_id: None,
            portion: Portion::Lines(vec![line]),
            refund_date: None,
            point_of_sale: self.point_of_sale,
            reason: None,
            dialect: Dialect::BonusPlus,
            takes_back_import: false,
        })
    }
}
