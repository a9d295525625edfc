//! The two routers, built from tables of rows: what is not in a table is not there.

use crate::api::auth::OperatorToken;
use crate::api::documents::with_documents;
use crate::api::error::ApiError;
use crate::api::receipt::with_receipts;
use crate::api::respond::failure;
use crate::api::{bonex, bonusplus, operator};
use crate::courier::Deliveries;
use crate::engine::House;
use crate::ledger::Role;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use axum::routing::{MethodFilter, on};

/// What the public router works with.
#[derive(Clone)]
pub struct DoorState {
    pub(in crate::api) house: House,
    pub(in crate::api) deliveries: Deliveries,
}

/// What the operator's router works with.
#[derive(Clone)]
pub struct OperatorState {
    pub(in crate::api) house: House,
    pub(in crate::api) token: OperatorToken,
    pub(in crate::api) deliveries: Deliveries,
}

/// A method that a path answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Verb {
    Get,
    Post,
    Put,
    Delete,
    Patch,
}

/// A row of a route table.
#[derive(Debug)]
pub(in crate::api) struct Row<E> {
    pub(in crate::api) verb: Verb,
    /// With `{name}` where texts vary.
    pub(in crate::api) path: &'static str,
    pub(in crate::api) endpoint: E,
}

impl<E> Row<E> {
    pub(in crate::api) const fn new(verb: Verb, path: &'static str, endpoint: E) -> Self
    where
        E: Copy,
    {
        Self { verb, path, endpoint }
    }
}

impl DoorState {
    #[must_use]
    pub fn new(house: House) -> Self {
        Self { house, deliveries: Deliveries::default() }
    }

    /// Shows how these deliveries go, and tells their couriers when webhooks change.
    #[must_use]
    pub fn with_deliveries(self, deliveries: Deliveries) -> Self {
        Self { deliveries, ..self }
    }
}

impl OperatorState {
    #[must_use]
    pub fn new(house: House, token: OperatorToken) -> Self {
        Self { house, token, deliveries: Deliveries::default() }
    }

    /// Shows how these deliveries go, and tells their couriers when a webhook begins anew.
    #[must_use]
    pub fn with_deliveries(self, deliveries: Deliveries) -> Self {
        Self { deliveries, ..self }
    }
}

/// What partners, apps and probes call.
pub fn public_router(state: DoorState) -> Router {
    let mut router = Router::new();
    for row in bonex::ROWS {
        let serve = move |State(state): State<DoorState>, request: Request| async move {
            bonex::serve(&state, row, request).await
        };
        router = router.route(row.path, on(row.verb.filter(), serve));
    }
    closed(with_receipts(with_documents(router))).fallback(elsewhere).with_state(state)
}

/// What operators call; it belongs on a listener of its own.
pub fn operator_router(state: OperatorState) -> Router {
    let mut router = Router::new();
    for row in operator::ROWS {
        let serve = move |State(state): State<OperatorState>, request: Request| async move {
            operator::serve(&state, row, request).await
        };
        router = router.route(row.path, on(row.verb.filter(), serve));
    }
    closed(router).with_state(state)
}

/// What no row of the table serves: the BonusPlus dialect, which tolerates more in a path than a table
/// could list, or nothing.
async fn elsewhere(State(state): State<DoorState>, request: Request) -> Response<Body> {
    if bonusplus::is_of_dialect(request.uri().path()) {
        bonusplus::serve(&state, request).await
    } else {
        unknown_route().await
    }
}

/// Method and path of every route of the BonusPlus dialect.
#[must_use]
pub fn bonusplus_routes() -> Vec<(&'static str, &'static str)> {
    bonusplus::ROWS.iter().map(|row| (row.verb.name(), row.path)).collect()
}

/// Method and path of every route of the operator's router, and the roles that may call it.
#[must_use]
pub fn operator_permissions() -> Vec<(&'static str, &'static str, Vec<Role>)> {
    operator::permissions()
}

/// Method and path of every route of both routers.
#[must_use]
pub fn routes() -> Vec<(&'static str, &'static str)> {
    let public = bonex::ROWS.iter().map(|row| (row.verb.name(), row.path));
    let operator = operator::ROWS.iter().map(|row| (row.verb.name(), row.path));
    public.chain(operator).collect()
}

fn closed<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.fallback(unknown_route).method_not_allowed_fallback(wrong_method)
}

async fn unknown_route() -> Response<Body> {
    failure(&ApiError::RouteUnknown)
}

async fn wrong_method() -> Response<Body> {
    failure(&ApiError::MethodNotAllowed)
}

impl Verb {
    const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Delete => MethodFilter::DELETE,
            Self::Patch => MethodFilter::PATCH,
        }
    }

    pub(in crate::api) const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Patch => "PATCH",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{StatusCode, header};
    use axum::routing::post;
    use std::collections::BTreeSet;
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn what_is_not_in_a_table_is_answered_with_an_envelope() {
        let router = closed::<()>(Router::new().route("/sale", post(unknown_route)));
        let answer = async |method: &str, path: &str| {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap()
        };
        let unknown = answer("POST", "/sales").await;
        assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
        assert_eq!(unknown.headers()[header::CONTENT_TYPE], "application/json");
        let wrong = answer("GET", "/sale").await;
        assert_eq!(wrong.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(wrong.headers()[header::CONTENT_TYPE], "application/json");
        assert_eq!(wrong.headers()[header::ALLOW], "POST");
    }

    #[test]
    fn no_row_occurs_twice() {
        let rows = routes();
        assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len());
    }
}
