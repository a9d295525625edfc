//! The public page of a receipt: what was bought, earned, redeemed and returned. Whoever has its address may see
//! it; nobody can guess one, and nothing on it says whose it is beyond the end of a phone.

mod page;
mod returns;

use self::page::{Receipt, not_found, render};
use crate::api::bonusplus::Language;
use crate::api::error::ApiError;
use crate::api::respond::log;
use crate::api::router::DoorState;
use crate::engine::{FoundSale, House, Identifier, OrderUid};
use crate::ledger::{LookUp, SaleRecord};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::routing::get;

const ROUTE: &str = "/r/{uid}";
/// What every page carries: no script, nothing from elsewhere, in no index, in no cache, and no word of its
/// address to others.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::CACHE_CONTROL, "private, no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
];

/// The path of a receipt.
pub(in crate::api) fn path_of(uid: OrderUid) -> String {
    ROUTE.replace("{uid}", &uid.to_string())
}

/// Adds the page.
pub(in crate::api) fn with_receipts(router: Router<DoorState>) -> Router<DoorState> {
    let serve =
        async |State(state): State<DoorState>, Path(uid): Path<String>, headers: HeaderMap| {
            let language = Language::of(&headers);
            match receipt_of(&state.house, &uid).await {
                Ok(Some(receipt)) => page(StatusCode::OK, render(&receipt, language)),
                Ok(None) => page(StatusCode::NOT_FOUND, not_found(language)),
                Err(error) => {
                    log(&error);
                    page(error.row().status, not_found(language))
                }
            }
        };
    router.route(ROUTE, get(serve))
}

/// What stands on a receipt; `None`: there is no such purchase.
async fn receipt_of(house: &House, uid: &str) -> Result<Option<Receipt>, ApiError> {
    let Some(uid) = OrderUid::parse(uid) else { return Ok(None) };
    let Some((tenant, FoundSale { customer, record })) = house.sale_of_uid(uid).await? else {
        return Ok(None);
    };
    let SaleRecord::Purchase(sale) = record else { return Ok(None) };
    let at = house.stamp()?;
    let who = Identifier::Customer(customer);
    let view = house.look_up(tenant, at, who, LookUp::default()).await?;
    let returns = house.returns_of(tenant, at, (customer, sale.id)).await?;
    let Some(tenant) = house.tenant(tenant)? else { return Ok(None) };
    let receipt = Receipt::new(&sale, &tenant, at, view.phone);
    Ok(Some(receipt.with_returns(&returns, &tenant, at)))
}

fn page(status: StatusCode, html: String) -> Response<Body> {
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
