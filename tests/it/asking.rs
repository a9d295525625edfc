//! How tests ask a router and read what it answers.

use crate::answer_body;
use crate::documented::check_documented;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sha2::Sha256;
use tower::ServiceExt;

/// A status and a body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) retry_after: Option<String>,
}

/// A request before it is signed.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) body: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Ask {
    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self {
            method: "POST",
            path: format!("/api/v1{path}"),
            body: body.to_string(),
            headers: Vec::new(),
        }
    }

    pub(crate) fn put(path: &str, body: &Value) -> Self {
        Self { method: "PUT", ..Self::post(path, body) }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self {
            method: "GET",
            path: format!("/api/v1{path}"),
            body: String::new(),
            headers: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

impl Answer {
    /// The data of a success.
    pub(crate) fn data(&self) -> &Value {
        assert_eq!(self.body["success"], json!(true), "{self:?}");
        &self.body["data"]
    }

    /// Status, code and field of an error.
    pub(crate) fn error(&self) -> (u16, &str, Option<&str>) {
        assert_eq!(self.body["success"], json!(false), "{self:?}");
        (self.status, self.body["code"].as_str().unwrap(), self.body["field"].as_str())
    }
}

pub(crate) fn sign(secret: &str, timestamp: i64, ask: &Ask) -> String {
    let path = ask.path.split('?').next().unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{timestamp}.{}.{path}.{}", ask.method, ask.body).as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

pub(crate) fn request(ask: Ask) -> Request<Body> {
    let mut request = Request::builder().method(ask.method).uri(&ask.path);
    for (name, value) in &ask.headers {
        request = request.header(*name, value);
    }
    request.body(Body::from(ask.body)).unwrap()
}

/// Sends a request; the answer is one that the document allows.
pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let retry_after =
        response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let proven = response.headers().contains_key("x-ledger-event");
    let kind = response.headers().get("content-type").cloned();
    assert!(response.headers().contains_key("x-request-id"), "{method} {path}");
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let body = answer_body::read(kind.as_ref(), &bytes);
    if !answer_body::is_csv(kind.as_ref()) {
        check_documented((method.as_str(), &path), status, &body, proven);
    }
    Answer { status, body, retry_after }
}
