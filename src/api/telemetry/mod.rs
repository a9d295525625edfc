//! What the doors tell of themselves: a request id on every answer and every log line, and figures by
//! operation. No path, no customer and no tenant is ever a label.

mod certificates;
mod metrics;
mod process;
mod request_id;
mod turned_away;

pub(in crate::api) use metrics::{Dialect, Operation, RefusalCode};
pub(in crate::api) use turned_away::TurnedAwayFor;

pub use turned_away::TurnedAway;

use self::certificates::Certificates;
use self::metrics::RequestMetrics;
use self::request_id::RequestIds;
use crate::api::door::Door;
use crate::courier::Deliveries;
use crate::engine::{House, NamedRequest, Stopwatch};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tracing::level_filters::LevelFilter;

/// Names a request, as the caller called it or as we do.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What every name of a metric begins with.
const PREFIX: &str = "kopilka";

/// Shared by the doors of a house. Clones are the same.
#[derive(Clone)]
pub struct Telemetry {
    shared: Arc<Shared>,
}

struct Shared {
    registry: Registry,
    requests: RequestMetrics,
    turned_away: TurnedAway,
    certificates: Certificates,
    ids: RequestIds,
}

impl Telemetry {
    /// Of a house and its couriers.
    #[must_use]
    pub fn new(house: &House, deliveries: &Deliveries) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        house.register(&mut registry);
        deliveries.register(house, &mut registry);
        process::register(&mut registry);
        let certificates = Certificates::default();
        certificates.register(house.clock().clone(), &mut registry);
        Self::with(registry, certificates, house.clock().now().millis())
    }

    /// Adds what the doors count; ids are made of when that began.
    fn with(mut registry: Registry, certificates: Certificates, began_at: i64) -> Self {
        let requests = RequestMetrics::new(&mut registry);
        let turned_away = TurnedAway::default();
        turned_away.register(&mut registry);
        let ids = RequestIds::new(began_at);
        Self { shared: Arc::new(Shared { registry, requests, turned_away, certificates, ids }) }
    }

    /// A door that tells of itself under the name of its listener: whom it turns away, and how long its
    /// certificate is good.
    #[must_use]
    pub fn watched(&self, listener: &'static str, door: Door) -> Door {
        if let Some(tls) = &door.tls {
            self.shared.certificates.watch(listener, tls.clone());
        }
        Door { turned_away: self.shared.turned_away.clone(), ..door }
    }

    /// Tells of nothing but what goes through the door.
    #[cfg(test)]
    pub(in crate::api) fn of_nobody() -> Self {
        Self::with(Registry::with_prefix(PREFIX), Certificates::default(), 0)
    }

    /// Everything counted so far, as text.
    pub(in crate::api) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a text does not fail, and no metric refuses to be written.
        let written = encode(&mut text, &self.shared.registry);
        debug_assert!(written.is_ok(), "metrics are text");
        text
    }

    /// Where the requests of an operation are counted.
    pub(in crate::api) fn operation(
        &self,
        dialect: Dialect,
        name: impl Into<String>,
    ) -> Arc<Operation> {
        Arc::new(Operation::new(dialect, name.into()))
    }

    /// Serves a request under its id: counted, timed, and every log line of it says which it belongs to.
    pub(in crate::api) async fn watch<F: Future<Output = Response<Body>>>(
        &self,
        operation: &Operation,
        mut request: Request,
        serve: impl FnOnce(Request) -> F,
    ) -> Response<Body> {
        let id = self.shared.ids.of(request.headers());
        let written = HeaderValue::from_str(id.as_str()).expect("a name of visible characters");
        if operation.is_audited() {
            request.headers_mut().insert(REQUEST_ID, written.clone());
        }
        let named = NamedRequest::new(id, operation.name());
        let watch = Stopwatch::start();
        let mut response = named.clone().serve(serve(request)).await;
        let took = watch.elapsed();
        let status = response.status();
        let refused = response.extensions().get::<RefusalCode>().copied();
        self.shared.requests.count(operation, status, refused, took);
        if LevelFilter::current() >= LevelFilter::DEBUG {
            named.in_scope(|| tell_answered(status, refused, took));
        }
        response.headers_mut().insert(REQUEST_ID, written);
        response
    }
}

fn tell_answered(status: StatusCode, refused: Option<RefusalCode>, took: Duration) {
    let code = refused.map(|RefusalCode(code)| code);
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(status = status.as_u16(), code, micros, "answered");
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Telemetry(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    async fn answer(telemetry: &Telemetry, id: Option<&str>, status: StatusCode) -> HeaderValue {
        let operation = telemetry.operation(Dialect::Bonex, "POST /sale");
        let mut request = Request::new(Body::empty());
        if let Some(id) = id {
            request.headers_mut().insert(REQUEST_ID, HeaderValue::from_str(id).unwrap());
        }
        let response = telemetry.watch(&operation, request, |_| async {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = status;
            response.extensions_mut().insert(RefusalCode("balance_too_low"));
            response
        });
        response.await.headers()[REQUEST_ID].clone()
    }

    #[tokio::test]
    async fn an_answer_carries_its_id_and_is_counted() {
        let telemetry = Telemetry::of_nobody();
        assert_eq!(answer(&telemetry, Some("till-7.42"), StatusCode::OK).await, "till-7.42");
        let made = answer(&telemetry, None, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert_ne!(made, answer(&telemetry, None, StatusCode::UNPROCESSABLE_ENTITY).await);
        let text = telemetry.text();
        let count = |class: &str| {
            format!(
                "kopilka_request_seconds_count{{dialect=\"bonex\",operation=\"POST /sale\",status_class=\"{class}\"}}"
            )
        };
        assert!(text.contains(&format!("{} 1", count("2xx"))), "{text}");
        assert!(text.contains(&format!("{} 2", count("4xx"))), "{text}");
        let refused = "kopilka_refusals_total{dialect=\"bonex\",code=\"balance_too_low\"} 3";
        assert!(text.contains(refused), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
    }
}
