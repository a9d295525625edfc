//! Kept-alive connections of the demo's tills to their server; every answer says how long it took.

use crate::admin::exit::Failure;
use crate::admin::gateway::innermost;
use crate::courier::http_only_client;
use crate::engine::Stopwatch;
use std::net::SocketAddr;
use std::time::Duration;

/// Longest wait for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// Connections to one server. Clones share them.
#[derive(Clone)]
pub(super) struct Connections {
    http: reqwest::Client,
    base: String,
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
        Ok(Self { http, base: format!("http://{server}") })
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
        let body = response.text().await.map_err(|error| self.no_answer(&error))?;
        let micros = u64::try_from(stopwatch.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok(Answer { status, body, micros })
    }

    fn no_answer(&self, error: &reqwest::Error) -> Failure {
        Failure::Unreachable(format!("no answer from {}: {}", self.base, innermost(error)))
    }
}
