//! The doors of a house in a simulation, and what comes through them; without the look into the documents that
//! other tests take.

use super::deed::Deed;
use super::requests::{Request, phone_of};
use super::world::World;
use crate::asking::{Answer, Ask, request};
use crate::house::OPERATOR_TOKEN;
use axum::Router;
use axum::body::Body;
use axum::http::Request as HttpRequest;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

impl World {
    /// Asks; `None` if it is about something that this house never named.
    pub(super) async fn ask(&self, deed: &Deed, key: &str, now: i64) -> Option<Answer> {
        let answer = match deed.request(&self.shop, now, &self.names)? {
            Request::Till(ask) => self.till(keyed(ask, key)).await,
            Request::Plus(ask) => {
                let ask = keyed(ask, key).with_key(&self.shop.key);
                send(&self.house().public, request(ask)).await
            }
            Request::Operator { method, path, body } => {
                self.operate((method, &path), body, key).await
            }
        };
        Some(answer)
    }

    /// As a till.
    pub(super) async fn till(&self, ask: Ask) -> Answer {
        send(&self.house().public, request(self.house().signed(&self.shop, ask))).await
    }

    pub(super) async fn operate(
        &self,
        (method, path): (&str, &str),
        body: Value,
        key: &str,
    ) -> Answer {
        let mut asked = HttpRequest::builder()
            .method(method)
            .uri(format!("/operator/v1{path}"))
            .header("authorization", format!("Bearer {OPERATOR_TOKEN}"));
        if !key.is_empty() && method != "GET" {
            asked = asked.header("idempotency-key", key);
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        send(&self.house().operator, asked.body(body).unwrap()).await
    }

    /// What the till sees of a customer.
    pub(super) async fn shown(&self, phone: usize) -> Result<Value, String> {
        let path = format!("/partner/client/{}", phone_of(phone).replace('+', "%2B"));
        let answer = self.till(Ask::get(&path)).await;
        match answer.status {
            200 => Ok(answer.body["data"].clone()),
            status => Err(format!("look-up of {phone}: {status} {}", answer.body)),
        }
    }
}

/// Under an idempotency key, if there is one.
fn keyed(ask: Ask, key: &str) -> Ask {
    if key.is_empty() { ask } else { ask.with("idempotency-key", key) }
}

async fn send(router: &Router, request: HttpRequest<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Answer { status, body, retry_after: None }
}
