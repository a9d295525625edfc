//! The two routers, built from tables of rows: what is not in a table is not there.

use crate::api::auth::OperatorToken;
use crate::api::documents::with_documents;
use crate::api::door::{Arrival, arrival_of};
use crate::api::error::ApiError;
use crate::api::limits::CallerLimits;
use crate::api::receipt::with_receipts;
use crate::api::respond::failure;
use crate::api::routes::{FixedRoutes, Routes};
use crate::api::telemetry::{Dialect, Operation, Telemetry};
use crate::api::{bonex, bonusplus, operator};
use crate::courier::Deliveries;
use crate::engine::House;
use crate::ledger::Role;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, Response};
use axum::middleware::{Next, from_fn};
use axum::routing::{MethodFilter, on};
use std::sync::Arc;

/// How pages for people are counted, and what is not there.
const PAGES: &str = "GET pages";
const UNKNOWN: &str = "unknown";

/// What the public router works with.
#[derive(Clone)]
pub struct DoorState {
    pub(in crate::api) house: House,
    pub(in crate::api) deliveries: Deliveries,
    pub(in crate::api) limits: CallerLimits,
    telemetry: Telemetry,
}

/// What the operator's router works with.
#[derive(Clone)]
pub struct OperatorState {
    pub(in crate::api) house: House,
    pub(in crate::api) token: OperatorToken,
    pub(in crate::api) deliveries: Deliveries,
    pub(in crate::api) limits: CallerLimits,
    pub(in crate::api) telemetry: Telemetry,
    /// Whether metrics are shown to everybody who reaches the door.
    pub(in crate::api) metrics_open: bool,
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

    /// How it is counted and logged.
    fn name(&self) -> String {
        format!("{} {}", self.verb.name(), self.path)
    }
}

impl DoorState {
    #[must_use]
    pub fn new(house: House) -> Self {
        let deliveries = Deliveries::default();
        let telemetry = Telemetry::new(&house, &deliveries);
        Self { house, deliveries, limits: CallerLimits::default(), telemetry }
    }

    /// Bounds its callers by these limits.
    #[must_use]
    pub fn with_limits(self, limits: CallerLimits) -> Self {
        Self { limits, ..self }
    }

    /// Shows how these deliveries go, and tells their couriers when webhooks change.
    #[must_use]
    pub fn with_deliveries(self, deliveries: Deliveries) -> Self {
        Self { deliveries, ..self }
    }

    /// Counts where the other doors count.
    #[must_use]
    pub fn with_telemetry(self, telemetry: Telemetry) -> Self {
        Self { telemetry, ..self }
    }
}

impl OperatorState {
    #[must_use]
    pub fn new(house: House, token: OperatorToken) -> Self {
        let deliveries = Deliveries::default();
        let telemetry = Telemetry::new(&house, &deliveries);
        let limits = CallerLimits::default();
        Self { house, token, deliveries, limits, telemetry, metrics_open: false }
    }

    /// Bounds its callers by these limits.
    #[must_use]
    pub fn with_limits(self, limits: CallerLimits) -> Self {
        Self { limits, ..self }
    }

    /// Shows what was counted here, also what the other doors did.
    #[must_use]
    pub fn with_telemetry(self, telemetry: Telemetry) -> Self {
        Self { telemetry, ..self }
    }

    /// Shows metrics to who has no token, too: for a door that nobody but the scraper reaches.
    #[must_use]
    pub fn with_open_metrics(self, metrics_open: bool) -> Self {
        Self { metrics_open, ..self }
    }

    /// Shows how these deliveries go, and tells their couriers when a webhook begins anew.
    #[must_use]
    pub fn with_deliveries(self, deliveries: Deliveries) -> Self {
        Self { deliveries, ..self }
    }
}

/// What partners, apps and probes call.
pub fn public_router(state: DoorState) -> Routes {
    let telemetry = state.telemetry.clone();
    let mut router = Router::new();
    let mut fixed = FixedRoutes::new(state.clone());
    for row in bonex::ROWS {
        let operation = telemetry.operation(Dialect::Bonex, row.name());
        fixed.add(row, &operation);
        let serve = move |State(state): State<DoorState>, request: Request| async move {
            let arrival = arrival_of(request.extensions());
            serve_bonex(&state, (row, &operation), arrival, request).await
        };
        router = router.route(row.path, on(row.verb.filter(), serve));
    }
    let pages = watched_pages(with_receipts(with_documents(Router::new())), &telemetry);
    let plus: Arc<[_]> = bonusplus::ROWS
        .iter()
        .map(|row| telemetry.operation(Dialect::BonusPlus, row.name()))
        .collect();
    let unknown = telemetry.operation(Dialect::Unknown, UNKNOWN);
    let elsewhere = move |State(state): State<DoorState>, request: Request| async move {
        elsewhere(&state, (&plus, &unknown), request).await
    };
    let router = closed(router.merge(pages), &telemetry).fallback(elsewhere).with_state(state);
    Routes::new(router, fixed)
}

/// A request of a row of the Bonex dialect, counted and timed.
pub(in crate::api) async fn serve_bonex(
    state: &DoorState,
    (row, operation): (&'static Row<bonex::Endpoint>, &Operation),
    arrival: Option<Arrival>,
    request: Request,
) -> Response<Body> {
    let serve = |request| bonex::serve(state, row, arrival, request);
    state.telemetry.watch(operation, request, serve).await
}

/// What operators call; it belongs on a listener of its own.
pub fn operator_router(state: OperatorState) -> Router {
    let telemetry = state.telemetry.clone();
    let mut router = Router::new();
    for row in operator::ROWS {
        let operation = telemetry.operation(Dialect::Operator, row.name());
        let serve = move |State(state): State<OperatorState>, request: Request| async move {
            let serve = |request| operator::serve(&state, row, request);
            state.telemetry.watch(&operation, request, serve).await
        };
        router = router.route(row.path, on(row.verb.filter(), serve));
    }
    closed(router, &telemetry).with_state(state)
}

/// What no row of the table serves: the BonusPlus dialect, which tolerates more in a path than a table
/// could list, or nothing.
async fn elsewhere(
    state: &DoorState,
    (plus, unknown): (&[Arc<Operation>], &Operation),
    request: Request,
) -> Response<Body> {
    if !bonusplus::is_of_dialect(request.uri().path()) {
        return state.telemetry.watch(unknown, request, |_| unknown_route()).await;
    }
    let (row, request) = bonusplus::routed(request);
    let operation = row.and_then(|row| plus.get(row)).map_or(unknown, |operation| &**operation);
    state.telemetry.watch(operation, request, |request| bonusplus::serve(state, row, request)).await
}

/// Pages for people, counted together.
fn watched_pages(pages: Router<DoorState>, telemetry: &Telemetry) -> Router<DoorState> {
    let telemetry = telemetry.clone();
    let operation = telemetry.operation(Dialect::Page, PAGES);
    pages.layer(from_fn(move |request: Request, next: Next| {
        let (telemetry, operation) = (telemetry.clone(), Arc::clone(&operation));
        async move { telemetry.watch(&operation, request, |request| next.run(request)).await }
    }))
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

fn closed<S: Clone + Send + Sync + 'static>(router: Router<S>, telemetry: &Telemetry) -> Router<S> {
    let operation = telemetry.operation(Dialect::Unknown, UNKNOWN);
    let (counted, telemetry) = (Arc::clone(&operation), telemetry.clone());
    let counting = telemetry.clone();
    let unknown = move |request: Request| async move {
        telemetry.watch(&operation, request, |_| unknown_route()).await
    };
    let wrong = move |request: Request| async move {
        counting.watch(&counted, request, |_| wrong_method()).await
    };
    router.fallback(unknown).method_not_allowed_fallback(wrong)
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

    /// Whether this is the method, and no other that is served like it.
    pub(in crate::api) fn is(self, method: &Method) -> bool {
        match self {
            Self::Get => *method == Method::GET,
            Self::Post => *method == Method::POST,
            Self::Put => *method == Method::PUT,
            Self::Delete => *method == Method::DELETE,
            Self::Patch => *method == Method::PATCH,
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
        let routes = Router::new().route("/sale", post(unknown_route));
        let router = closed::<()>(routes, &Telemetry::of_nobody());
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
