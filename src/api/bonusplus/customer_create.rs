//! `POST /customer`: a new customer on the word of a shop, or one who was archived and comes back.

use super::call::Call;
use super::customer_fields::{customer_change, origin};
use super::respond::success;
use crate::api::error::ApiError;
use crate::engine::{Done, Identifier, NewCustomer, Wish};
use crate::ledger::AccountView;
use axum::body::Body;
use axum::http::Response;

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let body = call.fields()?;
    let country = call.rules().default_country;
    let phone = body.required("phone", body.phone("phone", country)?)?;
    let mut change = customer_change(&body, call.tiers())?;
    origin(&body, &mut change)?;
    let new = NewCustomer {
        change,
        welcome: body.flag("regBonus")?.unwrap_or(true),
        parent: body.phone("parentphone", country)?,
    };
    let wish = Wish::RegisterCustomer(Box::new(new));
    let view = call.changed(Identifier::Phone(phone), wish).await?;
    Ok(success(&call.shape(&view).await?))
}

impl Call<'_> {
    /// The customer after a change.
    pub(super) async fn changed(
        &self,
        who: Identifier,
        wish: Wish,
    ) -> Result<AccountView, ApiError> {
        match self.house.perform(self.order(who, wish)).await? {
            Done::Changed(view) | Done::LoggedIn { view, .. } => Ok(*view),
            Done::Receipt { customer, .. } | Done::Quoted { customer, .. } => {
                self.customer(Identifier::Customer(customer)).await
            }
        }
    }
}
