//! Kept-alive connections of the demo's tills to their server; every answer says how long it took, and
//! what proves it is kept.

use crate::admin::exit::Failure;
use crate::admin::gateway::innermost;
use crate::api::{EVENT_HEADER, HASH_HEADER};
use crate::courier::http_only_client;
use crate::engine::Stopwatch;
use crate::journal::Proof;
use crate::values::EventNumber;
use reqwest::header::HeaderMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Longest wait for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// Connections to one server. Clones share them.
#[derive(Clone)]
pub(super) struct Connections {
    http: reqwest::Client,
    base: String,
    receipts: Arc<Mutex<Vec<Proof>>>,
}

/// An answer of the server.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub status: u16,
    pub body: String,
    pub micros: u64,
}

impl Connections {
    pub(super) fn new(server: SocketAddr, most: u16) -> Result<Self, Failure> {
        let http = http_only_client()
            .map_err(|error| Failure::Unreachable(error.to_string()))?
            .pool_max_idle_per_host(usize::from(most))
            .tcp_nodelay(true)
            .timeout(ANSWER_MAX)
            .build()
            .map_err(|error| Failure::Unreachable(format!("no HTTP client: {error}")))?;
        Ok(Self { http, base: format!("http://{server}"), receipts: Arc::default() })
    }

    /// What proves the answers so far that wrote something.
    pub(super) fn receipts(&self) -> Vec<Proof> {
        self.kept().clone()
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Proof>> {
        self.receipts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request with a body of JSON.
    pub(super) fn request(
        &self,
        method: reqwest::Method,
        path: &str,
        body: String,
    ) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .header("Content-Type", "application/json")
            .body(body)
    }

    /// Sends a request and waits for its answer.
    pub(super) async fn answer(&self, request: reqwest::RequestBuilder) -> Result<Answer, Failure> {
        let stopwatch = Stopwatch::start();
        let response = request.send().await.map_err(|error| self.no_answer(&error))?;
        let status = response.status().as_u16();
        self.kept().extend(proof_on(response.headers()));
        let body = response.text().await.map_err(|error| self.no_answer(&error))?;
        let micros = u64::try_from(stopwatch.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok(Answer { status, body, micros })
    }

    fn no_answer(&self, error: &reqwest::Error) -> Failure {
        Failure::Unreachable(format!("no answer from {}: {}", self.base, innermost(error)))
    }
}

/// What an answer says to keep of what it wrote; nothing, if it wrote nothing.
fn proof_on(headers: &HeaderMap) -> Option<Proof> {
    let event = headers.get(EVENT_HEADER)?.to_str().ok()?.parse().ok()?;
    let hash = Proof::parse_hash(headers.get(HASH_HEADER)?.to_str().ok()?)?;
    Some(Proof { event: EventNumber(event), hash })
}
