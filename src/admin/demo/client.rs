//! A till's side of the partner API: signs every request and measures how long the answer took.

use crate::admin::demo::connections::{Answer, Connections};
use crate::admin::exit::Failure;
use crate::engine::Clock;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

pub(in crate::admin) const AUTH_PATH: &str = "/api/v1/partner/auth";
pub(in crate::admin) const SALE_PATH: &str = "/api/v1/partner/sale";
pub(super) const REFUND_PATH: &str = "/api/v1/partner/refund";
pub(super) const CLIENT_PATH: &str = "/api/v1/partner/client/";

/// What a chain was given when it was created.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::admin) struct Credentials {
    pub tenant_id: u32,
    pub tenant_token: String,
    pub partner_secret: String,
}

/// A till that posts over kept-alive connections. Clones share them.
#[derive(Clone)]
pub(super) struct Till {
    connections: Connections,
    credentials: Credentials,
    /// Whose time is signed: the server's own.
    clock: Clock,
}

impl Till {
    pub(super) const fn new(
        connections: Connections,
        credentials: Credentials,
        clock: Clock,
    ) -> Self {
        Self { connections, credentials, clock }
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
            .unsigned(method, &format!("{path}{query}"), body)
            .header("X-Partner-Timestamp", seconds)
            .header("X-Partner-Signature", signed);
        self.answer(request).await
    }

    /// A request to the same chain over the same connections, as an app makes it.
    pub(super) fn unsigned(
        &self,
        method: reqwest::Method,
        path: &str,
        body: String,
    ) -> reqwest::RequestBuilder {
        self.connections
            .request(method, path, body)
            .header("X-Tenant-Token", &self.credentials.tenant_token)
    }

    /// Sends a request and waits for its answer.
    pub(super) async fn answer(&self, request: reqwest::RequestBuilder) -> Result<Answer, Failure> {
        self.connections.answer(request).await
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
