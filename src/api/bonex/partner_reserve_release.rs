//! `DELETE /partner/reserve/{id}`: what was set aside is released.

use super::render::Rendering;
use super::{Call, partner_reserve};
use crate::api::error::ApiError;
use crate::api::idempotency::{KeyOwner, Meaning, mark_of};
use crate::api::respond::success;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{Actor, Receipt, ReleaseReserve, ReserveId};
use axum::body::Body;
use axum::http::{Response, StatusCode};

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let reserve = partner_reserve::named(&call.asked)?;
    let mark = mark_of(&call.asked, KeyOwner::Partner, call.tenant.id, || meaning(&reserve))?;
    let order = Order {
        tenant: call.tenant.id,
        at: call.asked.at,
        actor: Actor::Partner,
        mark,
        who: Identifier::Reserve(reserve.clone()),
        wish: Wish::ReleaseReserve(ReleaseReserve { reserve, amount: None }),
    };
    match call.house.perform(order).await? {
        Done::Receipt { receipt: Receipt::Release(release), .. } => {
            Ok(success(StatusCode::OK, &Rendering::release(&release)))
        }
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Changed(_) | Done::Quoted { .. } => {
            Err(EngineError::Broken("a release was answered with something else".into()).into())
        }
    }
}

fn meaning(reserve: &ReserveId) -> Meaning {
    let mut meaning = Meaning::default();
    meaning.field("id", reserve);
    meaning
}
