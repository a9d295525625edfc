//! What a listener answers with: routes whose path is fixed are found by comparing texts, all others by the
//! router.

use crate::api::bench;
use crate::api::bonex;
use crate::api::door::{Arrival, arrival_of};
use crate::api::router::{DoorState, Row, serve_bonex};
use crate::api::telemetry::Operation;
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::Response;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::Service;

/// A router with a way past it for most requests: to walk through it costs as much as to read the head of a
/// request. Either way leads to the same function, so the answers are the same. Clones are the same.
#[derive(Clone)]
pub struct Routes {
    router: Router,
    fixed: Option<Arc<FixedRoutes>>,
    /// Whether the yardstick is served; it takes the way that what it measures takes.
    has_no_op: bool,
}

/// The routes of fixed paths, and what they work with.
pub(in crate::api) struct FixedRoutes {
    state: DoorState,
    routes: Vec<FixedRoute>,
}

struct FixedRoute {
    row: &'static Row<bonex::Endpoint>,
    operation: Arc<Operation>,
}

impl FixedRoutes {
    pub(in crate::api) const fn new(state: DoorState) -> Self {
        Self { state, routes: Vec::new() }
    }

    /// Adds a route that the router has too, unless its path varies.
    pub(in crate::api) fn add(
        &mut self,
        row: &'static Row<bonex::Endpoint>,
        operation: &Arc<Operation>,
    ) {
        if !row.path.contains('{') {
            self.routes.push(FixedRoute { row, operation: Arc::clone(operation) });
        }
    }

    fn find<B>(&self, request: &axum::http::Request<B>) -> Option<&FixedRoute> {
        let (method, path) = (request.method(), request.uri().path());
        self.routes.iter().find(|route| route.row.path == path && route.row.verb.is(method))
    }
}

impl Routes {
    /// With a way past the router to these routes of it.
    pub(in crate::api) fn new(router: Router, fixed: FixedRoutes) -> Self {
        Self { router, fixed: Some(Arc::new(fixed)), has_no_op: false }
    }

    /// Adds the no-op route: it reads a body in full and answers as many bytes as `bytes` says, at most
    /// 64 KiB.
    #[must_use]
    pub fn with_no_op(self) -> Self {
        Self { router: bench::with_no_op(self.router), has_no_op: true, ..self }
    }

    /// All of it through the router.
    pub fn without_shortcut(self) -> Router {
        self.router
    }

    /// `arrival`: how the request came in.
    pub(in crate::api) async fn answer<B>(
        &self,
        mut request: axum::http::Request<B>,
        arrival: Option<Arrival>,
    ) -> Response<Body>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        if let Some(fixed) = &self.fixed
            && let Some(FixedRoute { row, operation }) = fixed.find(&request)
        {
            let request = request.map(Body::new);
            return serve_bonex(&fixed.state, (row, operation), arrival, request).await;
        }
        if self.has_no_op && bench::is_no_op(&request) {
            return bench::no_op(request.map(Body::new)).await;
        }
        if let Some(arrival) = arrival {
            request.extensions_mut().insert(arrival);
        }
        let Ok(response) = self.router.clone().call(request).await;
        response
    }
}

impl From<Router> for Routes {
    fn from(router: Router) -> Self {
        Self { router, fixed: None, has_no_op: false }
    }
}

/// For whoever wants a router of all routes; the way past the router is behind it.
impl From<Routes> for Router {
    fn from(routes: Routes) -> Self {
        Self::new().fallback_service(routes)
    }
}

impl Service<Request> for Routes {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (routes, arrival) = (self.clone(), arrival_of(request.extensions()));
        Box::pin(async move { Ok(routes.answer(request, arrival).await) })
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Routes(..)")
    }
}
