//! The BonusPlus dialect: its routes, and the order in which a request can be refused. What real
//! plug-ins send is read with more tolerance than anywhere else in the house, and only here.

mod account;
mod auth;
mod balance;
mod call;
mod certificates;
mod codes;
mod complaints_ru;
mod customer_change;
mod customer_create;
mod customer_fields;
mod customer_filter;
mod customer_find;
mod customer_known;
mod customer_list;
mod customer_shape;
mod customer_tier;
mod error;
mod field_names;
#[cfg(any(test, feature = "fuzzing"))]
mod fuzzing;
mod guid;
mod language;
mod path;
mod person_shape;
mod reader;
#[cfg(test)]
mod refusal_tests;
mod refusals;
mod refusals_ru;
mod reserves;
mod respond;
mod retail;
mod texts;
mod webhooks;

#[cfg(any(test, feature = "fuzzing"))]
pub(in crate::api) use auth::key_of as plus_key_of;
#[cfg(any(test, feature = "fuzzing"))]
pub(in crate::api) use fuzzing::target as fuzz_target;
pub(in crate::api) use language::Language;
pub(in crate::api) use path::is_of_dialect;

use self::call::Call;
use self::error::Manner;
use self::respond::failure;
use crate::api::error::ApiError;
use crate::api::limits::{CallerKind, Regular};
use crate::api::proven::proven;
use crate::api::request::{Asked, BODY_BYTES_MAX};
use crate::api::router::{DoorState, Row, Verb};
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;

/// What the dialect answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Endpoint {
    Account,
    FindCustomer,
    CreateCustomer,
    ListCustomers,
    CustomerStat,
    ChangeCustomer,
    ArchiveCustomer,
    SendCode,
    SendCodeByBody,
    CheckCode,
    CheckCodeByBody,
    ChangeBalance,
    ChangeReserve,
    ShowReserve,
    RemoveReserve,
    Sell,
    Calculate,
    TakeBack,
    FindSale,
    BonusActivities,
    ImportProducts,
    Subscribe,
    Unsubscribe,
    IssueCertificate,
    FindCertificate,
    FindCertificateByNumber,
    VoidCertificate,
}

/// Of two rows that fit a path, the first one serves: words stand before `{names}`.
pub(in crate::api) const ROWS: &[Row<Endpoint>] = &[
    Row::new(Verb::Get, "/api/account", Endpoint::Account),
    Row::new(Verb::Get, "/api/customer", Endpoint::FindCustomer),
    Row::new(Verb::Post, "/api/customer", Endpoint::CreateCustomer),
    Row::new(Verb::Post, "/api/customer/list", Endpoint::ListCustomers),
    Row::new(Verb::Get, "/api/customer/stat", Endpoint::CustomerStat),
    Row::new(Verb::Put, "/api/customer/sendCode", Endpoint::SendCodeByBody),
    Row::new(Verb::Put, "/api/customer/checkCode", Endpoint::CheckCodeByBody),
    Row::new(Verb::Delete, "/api/customer/balance/reserve", Endpoint::RemoveReserve),
    Row::new(Verb::Put, "/api/customer/{phone}", Endpoint::ChangeCustomer),
    Row::new(Verb::Patch, "/api/customer/{phone}", Endpoint::ChangeCustomer),
    Row::new(Verb::Delete, "/api/customer/{phone}", Endpoint::ArchiveCustomer),
    Row::new(Verb::Put, "/api/customer/{phone}/sendCode", Endpoint::SendCode),
    Row::new(Verb::Put, "/api/customer/{phone}/checkCode/{code}", Endpoint::CheckCode),
    Row::new(Verb::Patch, "/api/customer/{phone}/balance", Endpoint::ChangeBalance),
    Row::new(Verb::Patch, "/api/customer/{phone}/balance/reserve", Endpoint::ChangeReserve),
    Row::new(Verb::Get, "/api/customer/{phone}/balance/reserve/{id}", Endpoint::ShowReserve),
    Row::new(Verb::Post, "/api/retail", Endpoint::Sell),
    Row::new(Verb::Put, "/api/retail/calc", Endpoint::Calculate),
    Row::new(Verb::Put, "/api/retail/back", Endpoint::TakeBack),
    Row::new(Verb::Post, "/api/retail/bonusActivities", Endpoint::BonusActivities),
    Row::new(Verb::Get, "/api/retail/{id}", Endpoint::FindSale),
    Row::new(Verb::Post, "/api/product/import", Endpoint::ImportProducts),
    Row::new(Verb::Post, "/api/webhook/subscription", Endpoint::Subscribe),
    Row::new(Verb::Delete, "/api/webhook/subscription/{id}", Endpoint::Unsubscribe),
    Row::new(Verb::Post, "/api/certificate", Endpoint::IssueCertificate),
    Row::new(Verb::Get, "/api/certificate/number", Endpoint::FindCertificateByNumber),
    Row::new(Verb::Get, "/api/certificate/{id}", Endpoint::FindCertificate),
    Row::new(Verb::Delete, "/api/certificate/{id}", Endpoint::VoidCertificate),
];

/// A request without needless slashes in its path, and which row serves it.
pub(in crate::api) fn routed(request: Request) -> (Option<usize>, Request) {
    let request = path::normalized(request);
    (path::row_of(request.method(), request.uri().path()), request)
}

/// Serves one request of the dialect, by a row if there is one.
pub(in crate::api) async fn serve(
    state: &DoorState,
    row: Option<usize>,
    request: Request,
) -> Response<Body> {
    proven(Box::pin(async {
        let mut manner = Manner::of(request.headers());
        match answer(state, row, request, &mut manner).await {
            Ok(response) => response,
            Err(error) => failure(&error, manner),
        }
    }))
    .await
}

/// The order of refusals: unknown route, too large, key, suspended, too often; then what the endpoint says.
async fn answer(
    state: &DoorState,
    row: Option<usize>,
    request: Request,
    manner: &mut Manner,
) -> Result<Response<Body>, ApiError> {
    let row = row.and_then(|row| ROWS.get(row)).ok_or(ApiError::RouteUnknown)?;
    let house = &state.house;
    let at = house.stamp()?;
    let asked = Asked::take_in(request, row.path, at, BODY_BYTES_MAX).await?;
    let verdict = auth::tenant_of(house, &asked);
    let tenant = state.limits.told(&asked, verdict, |tenant| Some(Regular::Plus(tenant.id)))?;
    state.limits.count(&tenant, CallerKind::Plus, &asked)?;
    manner.adopt(&tenant.settings.at(at).rules);
    let call = Call { house, deliveries: &state.deliveries, tenant, asked };
    match row.endpoint {
        Endpoint::Account => Ok(account::answer(&call)),
        Endpoint::FindCustomer => customer_find::answer(&call).await,
        Endpoint::CreateCustomer => customer_create::answer(&call).await,
        Endpoint::ListCustomers => customer_list::list(&call).await,
        Endpoint::CustomerStat => customer_list::stat(&call).await,
        Endpoint::ChangeCustomer => customer_change::change(&call).await,
        Endpoint::ArchiveCustomer => customer_change::archive(&call).await,
        Endpoint::SendCode => codes::send(&call).await,
        Endpoint::SendCodeByBody => codes::send_by_body(&call).await,
        Endpoint::CheckCode => codes::check(&call).await,
        Endpoint::CheckCodeByBody => codes::check_by_body(&call).await,
        Endpoint::ChangeBalance => balance::answer(&call).await,
        Endpoint::ChangeReserve => reserves::change(&call).await,
        Endpoint::ShowReserve => reserves::show(&call).await,
        Endpoint::RemoveReserve => reserves::remove(&call).await,
        Endpoint::Sell => retail::sale::answer(&call).await,
        Endpoint::Calculate => retail::calc::answer(&call).await,
        Endpoint::TakeBack => retail::back::answer(&call).await,
        Endpoint::FindSale => retail::find::answer(&call).await,
        Endpoint::BonusActivities => retail::bonus_activities::answer(&call).await,
        Endpoint::ImportProducts => retail::product_import::answer(&call).await,
        Endpoint::Subscribe => webhooks::subscribe(&call).await,
        Endpoint::Unsubscribe => webhooks::unsubscribe(&call).await,
        Endpoint::IssueCertificate => certificates::issue(&call).await,
        Endpoint::FindCertificate => certificates::find(&call).await,
        Endpoint::FindCertificateByNumber => certificates::find_by_number(&call).await,
        Endpoint::VoidCertificate => certificates::void(&call).await,
    }
}
