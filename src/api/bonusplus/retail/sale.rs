//! `POST /retail`: a sale with its redemption and accrual.

use super::order_url;
use super::request::{Purpose, Request};
use crate::api::bonusplus::call::Call;
use crate::api::bonusplus::customer_shape::CustomerShape;
use crate::api::bonusplus::respond::success;
use crate::api::error::ApiError;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{Receipt, RecordedSale};
use crate::values::CustomerId;
use axum::body::Body;
use axum::http::Response;
use serde::Serialize;
use std::sync::Arc;

/// `RetailResult`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultShape<'v> {
    id: u64,
    order_uid: String,
    order_url: String,
    /// After the sale; of a sale that was sent again, as of now.
    customer: CustomerShape<'v>,
}

pub(in crate::api::bonusplus) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let request = Request::read(call, Purpose::Sale)?;
    let mark = call.mark(|| request.whole_meaning())?;
    let (who, wish) = (Identifier::Phone(request.phone), Wish::Sell(Box::new(request.sell)));
    let order = Order { mark, ..call.order(who, wish) };
    let (customer, sale) = recorded(call.house.perform(order).await?)?;
    let view = call.customer(Identifier::Customer(customer)).await?;
    let uid = call.house.order_uid(call.tenant.id, sale.id)?;
    Ok(success(&ResultShape {
        id: sale.id.number(),
        order_uid: uid.to_string(),
        order_url: order_url(call, uid),
        customer: call.shape(&view).await?,
    }))
}

fn recorded(done: Done) -> Result<(CustomerId, Arc<RecordedSale>), EngineError> {
    match done {
        Done::Receipt { customer, receipt: Receipt::Sale(sale), .. } => Ok((customer, sale)),
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Changed(_) | Done::Quoted { .. } => {
            Err(EngineError::Broken("a sale was answered with something else".into()))
        }
    }
}
