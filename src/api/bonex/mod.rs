//! The Bonex dialect: its routes, and the order in which a request can be refused.

mod client_profile;
mod client_referral;
mod partner_auth;
mod partner_client;
mod partner_redeem;
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
use crate::ledger::{Refusal, SettingsDraft, Tenant};
use crate::values::{Country, Phone, ReferralCode};
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use std::sync::Arc;

/// Longest text of a referral code (contract).
const REFERRAL_TEXT_MAX: usize = 32;

/// What the public router answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Endpoint {
    PartnerAuth,
    PartnerClient,
    PartnerSale,
    PartnerRedeem,
    ClientProfile,
    ClientReferral,
    Healthz,
    Readyz,
}

pub(in crate::api) const ROWS: &[Row<Endpoint>] = &[
    Row::new(Verb::Post, "/api/v1/partner/auth", Endpoint::PartnerAuth),
    Row::new(Verb::Get, "/api/v1/partner/client/{identifier}", Endpoint::PartnerClient),
    Row::new(Verb::Post, "/api/v1/partner/sale", Endpoint::PartnerSale),
    Row::new(Verb::Post, "/api/v1/partner/redeem", Endpoint::PartnerRedeem),
    Row::new(Verb::Get, "/api/v1/client/profile", Endpoint::ClientProfile),
    Row::new(Verb::Get, "/api/v1/client/referral", Endpoint::ClientReferral),
    Row::new(Verb::Get, "/healthz", Endpoint::Healthz),
    Row::new(Verb::Get, "/readyz", Endpoint::Readyz),
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

/// A referral code; what is none leads to nobody.
fn referral_code<const N: usize>(
    object: &Object<'_, N>,
    name: &str,
) -> Result<Option<ReferralCode>, ApiError> {
    let Some(text) = object.trimmed::<REFERRAL_TEXT_MAX>(name)? else { return Ok(None) };
    ReferralCode::parse(text.as_str()).map(Some).map_err(|_| Refusal::ReferralCodeUnknown.into())
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
        | Endpoint::ClientReferral => {
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
    if !matches!(row.endpoint, Endpoint::ClientProfile | Endpoint::ClientReferral) {
        auth::check_partner(&tenant, &asked)?;
    }
    let call = Call { house, tenant, asked };
    match row.endpoint {
        Endpoint::PartnerAuth => partner_auth::answer(&call).await,
        Endpoint::PartnerClient => partner_client::answer(&call).await,
        Endpoint::PartnerSale => partner_sale::answer(&call).await,
        Endpoint::PartnerRedeem => partner_redeem::answer(&call).await,
        Endpoint::ClientProfile => client_profile::answer(&call).await,
        Endpoint::ClientReferral => client_referral::answer(&call).await,
        Endpoint::Healthz => Ok(health::healthz()),
        Endpoint::Readyz => Ok(health::readyz(house)),
    }
}
