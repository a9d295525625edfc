//! The Bonex dialect: its routes, and the order in which a request can be refused.

mod client_profile;
mod partner_auth;
mod partner_client;
mod partner_redeem;
mod partner_reserve;
mod partner_reserve_commit;
mod partner_reserve_release;
mod partner_sale;
mod render;
mod sale_date;
mod shapes;

#[cfg(test)]
pub(in crate::api) use render::tests::view;
pub(in crate::api) use render::{Rendering, date_time};
pub(in crate::api) use shapes::ClientShape;

use crate::api::auth;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::health;
use crate::api::request::Asked;
use crate::api::respond::failure;
use crate::api::router::{DoorState, Row, Verb};
use crate::engine::House;
use crate::ledger::{SettingsDraft, Tenant};
use crate::values::{Country, Phone};
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use std::sync::Arc;

/// What the public router answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Endpoint {
    PartnerAuth,
    PartnerClient,
    PartnerSale,
    PartnerRedeem,
    ClientProfile,
    Healthz,
    Readyz,
    PartnerReserve,
    PartnerReserveCommit,
    PartnerReserveRelease,
}

pub(in crate::api) const ROWS: &[Row<Endpoint>] = &[
    Row::new(Verb::Post, "/api/v1/partner/auth", Endpoint::PartnerAuth),
    Row::new(Verb::Get, "/api/v1/partner/client/{identifier}", Endpoint::PartnerClient),
    Row::new(Verb::Post, "/api/v1/partner/sale", Endpoint::PartnerSale),
    Row::new(Verb::Post, "/api/v1/partner/redeem", Endpoint::PartnerRedeem),
    Row::new(Verb::Get, "/api/v1/client/profile", Endpoint::ClientProfile),
    Row::new(Verb::Get, "/healthz", Endpoint::Healthz),
    Row::new(Verb::Get, "/readyz", Endpoint::Readyz),
    Row::new(Verb::Post, "/api/v1/partner/reserve", Endpoint::PartnerReserve),
    Row::new(Verb::Post, "/api/v1/partner/reserve/{id}/commit", Endpoint::PartnerReserveCommit),
    Row::new(Verb::Delete, "/api/v1/partner/reserve/{id}", Endpoint::PartnerReserveRelease),
];

/// A request whose tenant is known and, where that is asked for, whose partner signed it.
struct Call<'a> {
    house: &'a House,
    tenant: Arc<Tenant>,
    asked: Asked,
}

impl Call<'_> {
    /// The rules of the tenant at the instant of the request.
    fn rules(&self) -> &SettingsDraft {
        &self.tenant.settings.at(self.asked.at).rules
    }
}

/// A phone that must be there; the tenant's country completes a short one.
fn phone<const N: usize>(
    object: &Object<'_, N>,
    name: &str,
    country: Option<Country>,
) -> Result<Phone, FieldError> {
    let text = object.required(name, object.string(name)?)?;
    Phone::parse(&text, country).map_err(|error| object.complain(name, error))
}

/// Serves one request of the public router.
pub(in crate::api) async fn serve(
    state: &DoorState,
    row: &'static Row<Endpoint>,
    request: Request,
) -> Response<Body> {
    match row.endpoint {
        Endpoint::Healthz => health::healthz(),
        Endpoint::Readyz => health::readyz(&state.house),
        Endpoint::PartnerAuth
        | Endpoint::PartnerClient
        | Endpoint::PartnerSale
        | Endpoint::PartnerRedeem
        | Endpoint::ClientProfile
        | Endpoint::PartnerReserve
        | Endpoint::PartnerReserveCommit
        | Endpoint::PartnerReserveRelease => {
            answer(&state.house, row, request).await.unwrap_or_else(|error| failure(&error))
        }
    }
}

/// The order of refusals: too large, tenant, suspended, signature; then what the endpoint says.
async fn answer(
    house: &House,
    row: &'static Row<Endpoint>,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let at = house.stamp()?;
    let asked = Asked::take_in(request, row.path, at).await?;
    let tenant = auth::tenant_of(house, &asked)?;
    if row.endpoint != Endpoint::ClientProfile {
        auth::check_partner(&tenant, &asked)?;
    }
    let call = Call { house, tenant, asked };
    match row.endpoint {
        Endpoint::PartnerAuth => partner_auth::answer(&call).await,
        Endpoint::PartnerClient => partner_client::answer(&call).await,
        Endpoint::PartnerSale => partner_sale::answer(&call).await,
        Endpoint::PartnerRedeem => partner_redeem::answer(&call).await,
        Endpoint::ClientProfile => client_profile::answer(&call).await,
        Endpoint::PartnerReserve => partner_reserve::answer(&call).await,
        Endpoint::PartnerReserveCommit => partner_reserve_commit::answer(&call).await,
        Endpoint::PartnerReserveRelease => partner_reserve_release::answer(&call).await,
        Endpoint::Healthz => Ok(health::healthz()),
        Endpoint::Readyz => Ok(health::readyz(house)),
    }
}
