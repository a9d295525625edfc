//! A till's side of the partner API: signs every request and measures how long the answer took.

use crate::admin::exit::Failure;
use crate::admin::gateway::innermost;
use crate::courier::http_only_client;
use crate::engine::{Clock, Stopwatch};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use std::net::SocketAddr;
use std::time::Duration;

/// Longest wait for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(60);
pub(super) const AUTH_PATH: &str = "/api/v1/partner/auth";
pub(super) const SALE_PATH: &str = "/api/v1/partner/sale";
pub(super) const REFUND_PATH: &str = "/api/v1/partner/refund";
pub(super) const CLIENT_PATH: &str = "/api/v1/partner/client/";

/// What a chain was given when it was created.
#[derive(Clone, Deserialize)]
pub(super) struct Credentials {
    pub tenant_id: u32,
    pub tenant_token: String,
    pub partner_secret: String,
}

/// A till that posts over kept-alive connections. Clones share them.
#[derive(Clone)]
pub(super) struct Till {
    http: reqwest::Client,
    base: String,
    credentials: Credentials,
    /// Whose time is signed: the server's own.
    clock: Clock,
}

/// An answer of the partner API.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub status: u16,
    pub body: String,
    pub micros: u64,
}

impl Till {
    pub(super) fn new(
        server: SocketAddr,
        credentials: Credentials,
        clock: Clock,
        connections: u16,
    ) -> Result<Self, Failure> {
        let http = http_only_client()
            .map_err(|error| Failure::Unreachable(error.to_string()))?
            .pool_max_idle_per_host(usize::from(connections))
            .tcp_nodelay(true)
            .timeout(ANSWER_MAX)
            .build()
            .map_err(|error| Failure::Unreachable(format!("no HTTP client: {error}")))?;
        Ok(Self { http, base: format!("http://{server}"), credentials, clock })
    }

    pub(super) async fn post(&self, path: &str, body: String) -> Result<Answer, Failure> {
        self.send(reqwest::Method::POST, path, "", body).await
    }

    /// `query` begins with "?" or is empty; it is not signed.
    pub(super) async fn get(&self, path: &str, query: &str) -> Result<Answer, Failure> {
        self.send(reqwest::Method::GET, path, query, String::new()).await
    }

    async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        query: &str,
        body: String,
    ) -> Result<Answer, Failure> {
        let seconds = self.clock.now().millis().div_euclid(1_000);
        let signed = sign(&self.credentials.partner_secret, seconds, method.as_str(), path, &body);
        let request = self
            .http
            .request(method, format!("{}{path}{query}", self.base))
            .header("X-Tenant-Token", &self.credentials.tenant_token)
            .header("X-Partner-Timestamp", seconds)
            .header("X-Partner-Signature", signed)
            .header("Content-Type", "application/json")
            .body(body);
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

/// HMAC-SHA256 over "{timestamp}.{METHOD}.{path}.{rawBody}", in hex.
pub(super) fn sign(secret: &str, seconds: i64, method: &str, path: &str, body: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("{seconds}.{method}.{path}.").as_bytes());
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_published_vectors() {
        let check = |method: &str, path: &str, body: &str, expected: &str| {
            assert_eq!(sign("s3cr3t", 1_767_769_016, method, path, body), expected);
        };
        check(
            "GET",
            "/api/v1/partner/client/%2B992901234567",
            "",
            "8eadaf5995949f333de591eeed858efb3aece01fe61965f3bd74cd30e172a0b1",
        );
        check(
            "POST",
            SALE_PATH,
            "{\"client_phone\":\"+992901234567\",\"total_amount\":955.00}",
            "e89b9fce53f15d67dba970db06b0ef0f47633c7832b67f4589b35acd54687397",
        );
    }
}
