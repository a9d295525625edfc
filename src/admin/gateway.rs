//! The one way from a command to a ledger: the operator API, over HTTP to a running server or
//! in-process over a closed data directory. Commands do not know which.

use crate::admin::exit::Failure;
use crate::courier::{http_only_client, https_client};
use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::time::Duration;
use tower::ServiceExt;

/// How long a running server may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// The same where it reads its whole journal.
const LONG_ANSWER_MAX: Duration = Duration::from_secs(86_400);
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// Who asks, for the journal; the user of this shell where it is known.
const OPERATOR_NAME: &str = "X-Operator-Name";
const OPERATOR_NAME_MAX: usize = 64;

/// What is asked of the operator API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub method: Method,
    /// Percent-encoded, from `/operator/v1` on, with the query.
    pub path: String,
    /// JSON.
    pub body: Option<String>,
    pub idempotency_key: Option<String>,
    /// How long a running server may take to answer.
    pub patience: Duration,
}

/// A request's headers, the same both ways.
type Headers = Vec<(&'static str, String)>;

/// The methods that the operator API knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub status: u16,
    pub body: String,
}

/// A ledger that answers operators.
pub(super) enum Gateway {
    /// A running server.
    Http { client: reqwest::Client, url: String, token: String },
    /// The operator API of a house of this process.
    House { router: Router, token: String },
}

#[derive(Deserialize)]
struct Envelope<'a> {
    success: bool,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<String>,
}

impl Request {
    pub(super) fn get(path: String) -> Self {
        Self { method: Method::Get, path, body: None, idempotency_key: None, patience: ANSWER_MAX }
    }

    pub(super) fn post(path: String, body: String) -> Self {
        Self { method: Method::Post, body: Some(body), ..Self::get(path) }
    }

    pub(super) fn delete(path: String) -> Self {
        Self { method: Method::Delete, ..Self::get(path) }
    }

    pub(super) fn put(path: String, body: String) -> Self {
        Self { method: Method::Put, body: Some(body), ..Self::get(path) }
    }

    /// The same for what takes long.
    pub(super) fn patient(self) -> Self {
        Self { patience: LONG_ANSWER_MAX, ..self }
    }
}

impl Method {
    fn http(self) -> axum::http::Method {
        match self {
            Self::Get => axum::http::Method::GET,
            Self::Post => axum::http::Method::POST,
            Self::Put => axum::http::Method::PUT,
            Self::Delete => axum::http::Method::DELETE,
        }
    }
}

impl Answer {
    /// The data of a success, as JSON text: figures stay as they were written.
    pub(super) fn data(&self) -> Result<&str, Failure> {
        let status = self.status;
        let envelope: Envelope<'_> = serde_json::from_str(&self.body).map_err(|_| {
            Failure::Unreachable(format!("the answer ({status}) is not one of a kopilka server"))
        })?;
        if envelope.success && (200..300).contains(&status) {
            return Ok(envelope.data.map_or("null", RawValue::get));
        }
        let reason = envelope.error.unwrap_or_else(|| format!("the server answered {status}"));
        Err(Failure::Refused(reason))
    }

    /// The data of a success, read into a type of the caller's.
    pub(super) fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Failure> {
        let data = self.data()?;
        serde_json::from_str(data).map_err(|error| {
            Failure::Unreachable(format!("the answer is not what this program expects: {error}"))
        })
    }
}

impl Gateway {
    /// A running server at `url`.
    pub(super) fn to_server(url: &str, token: String) -> Result<Self, Failure> {
        let url = url.trim_end_matches('/');
        let client = if url.starts_with("https://") {
            https_client()
        } else if url.starts_with("http://") {
            http_only_client()
        } else {
            return Err(Failure::Usage(format!(
                "--url must begin with https:// or http://, not {url:?}"
            )));
        };
        let client = client
            .map_err(|error| Failure::Unreachable(error.to_string()))?
            .build()
            .map_err(|error| Failure::Unreachable(format!("no HTTP client: {error}")))?;
        Ok(Self::Http { client, url: url.into(), token })
    }

    /// Asks, and hands the answer on while it arrives; a refusal is not.
    pub(super) async fn stream(
        &self,
        request: Request,
        mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let refused = |status: u16, body: String| {
            let refusal = Answer { status, body };
            refusal.data().map(drop).and(Err(Failure::Refused(format!("status {status}"))))
        };
        match self {
            Self::Http { client, url, token } => {
                let mut response = send(client, url, token, request).await?;
                let status = response.status().as_u16();
                if status != 200 {
                    let body = response.text().await.map_err(|error| unreachable(url, &error))?;
                    return refused(status, body);
                }
                let lost = |error: reqwest::Error| unreachable(url, &error);
                while let Some(chunk) = response.chunk().await.map_err(lost)? {
                    take(&chunk)?;
                }
            }
            Self::House { router, token } => {
                let response = route(router.clone(), token, request).await?;
                let status = response.status().as_u16();
                let mut body = response.into_body();
                if status != 200 {
                    let bytes = body.collect().await.map_err(broken_off)?.to_bytes();
                    return refused(status, String::from_utf8_lossy(&bytes).into_owned());
                }
                while let Some(frame) = body.frame().await {
                    if let Ok(chunk) = frame.map_err(broken_off)?.into_data() {
                        take(&chunk)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Asks, and waits for the answer.
    pub(super) async fn call(&self, request: Request) -> Result<Answer, Failure> {
        match self {
            Self::Http { client, url, token } => over_http(client, url, token, request).await,
            Self::House { router, token } => in_process(router.clone(), token, request).await,
        }
    }
}

/// Everything that a request says beside its path and body.
fn headers_of(request: &Request, token: &str, user: Option<String>) -> Headers {
    let mut headers = vec![("Authorization", format!("Bearer {token}"))];
    let fit = |name: &String| {
        name.len() <= OPERATOR_NAME_MAX && name.bytes().all(|byte| byte.is_ascii_graphic())
    };
    headers.extend(user.filter(fit).map(|name| (OPERATOR_NAME, name)));
    headers.extend(request.idempotency_key.clone().map(|key| (IDEMPOTENCY_KEY, key)));
    if request.body.is_some() {
        headers.push(("Content-Type", "application/json".to_owned()));
    }
    headers
}

fn user_of_this_shell() -> Option<String> {
    std::env::var("USER").ok().filter(|name| !name.is_empty())
}

fn unreachable(url: &str, error: &reqwest::Error) -> Failure {
    Failure::Unreachable(format!("no answer from {url}: {}", innermost(error)))
}

async fn send(
    client: &reqwest::Client,
    url: &str,
    token: &str,
    request: Request,
) -> Result<reqwest::Response, Failure> {
    let mut call = client.request(request.method.http(), format!("{url}{}", request.path));
    for (name, value) in headers_of(&request, token, user_of_this_shell()) {
        call = call.header(name, value);
    }
    let call = call.timeout(request.patience).body(request.body.unwrap_or_default());
    call.send().await.map_err(|error| unreachable(url, &error))
}

async fn over_http(
    client: &reqwest::Client,
    url: &str,
    token: &str,
    request: Request,
) -> Result<Answer, Failure> {
    let response = send(client, url, token, request).await?;
    let status = response.status().as_u16();
    let body = response.text().await.map_err(|error| unreachable(url, &error))?;
    Ok(Answer { status, body })
}

async fn in_process(router: Router, token: &str, request: Request) -> Result<Answer, Failure> {
    let response = route(router, token, request).await?;
    let status = response.status().as_u16();
    let collected = response.into_body().collect().await.map_err(broken_off)?;
    Ok(Answer { status, body: String::from_utf8_lossy(&collected.to_bytes()).into_owned() })
}

fn broken_off(error: impl std::fmt::Display) -> Failure {
    Failure::Unreachable(format!("the answer broke off: {error}"))
}

async fn route(
    router: Router,
    token: &str,
    request: Request,
) -> Result<axum::http::Response<Body>, Failure> {
    let mut call = axum::http::Request::builder().method(request.method.http()).uri(&request.path);
    for (name, value) in headers_of(&request, token, user_of_this_shell()) {
        call = call.header(name, value);
    }
    let call = call
        .body(Body::from(request.body.unwrap_or_default()))
        .map_err(|error| Failure::Usage(format!("cannot ask: {error}")))?;
    match router.oneshot(call).await {
        Ok(response) => Ok(response),
        Err(never) => match never {},
    }
}

/// The cause that a person can act on: "connection refused" rather than "error sending request".
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderMap;
    use axum::routing::post;

    fn check(status: u16, body: &str, expected: &Result<&str, Failure>) {
        let answer = Answer { status, body: body.into() };
        assert_eq!(&answer.data(), expected, "{status} {body}");
    }

    #[test]
    fn figures_of_an_answer_stay_as_they_were_written() {
        check(200, r#"{"success":true,"data":{"a":152.750}}"#, &Ok(r#"{"a":152.750}"#));
        check(200, r#"{"success":true}"#, &Ok("null"));
        let refused = |reason: &str| Err(Failure::Refused(reason.into()));
        check(422, r#"{"success":false,"error":"No.","code":"no"}"#, &refused("No."));
        check(503, r#"{"success":false}"#, &refused("the server answered 503"));
        let stranger = "the answer (404) is not one of a kopilka server";
        check(404, "<html>", &Err(Failure::Unreachable(stranger.into())));
    }

    #[tokio::test]
    async fn a_call_in_process_carries_token_key_and_body() {
        let router = Router::new().route(
            "/operator/v1/echo",
            post(|headers: HeaderMap, body: String| async move {
                let told = |name: &str| headers[name].to_str().unwrap().to_owned();
                let (token, key) = (told("authorization"), told("idempotency-key"));
                format!(r#"{{"success":true,"data":["{token}","{key}",{body}]}}"#)
            }),
        );
        let gateway = Gateway::House { router, token: "t".into() };
        let mut request = Request::post("/operator/v1/echo".into(), "1.50".into());
        request.idempotency_key = Some("k".into());
        let answer = gateway.call(request).await.unwrap();
        assert_eq!(answer.data(), Ok(r#"["Bearer t","k",1.50]"#));
    }

    #[test]
    fn the_journal_learns_who_asked_where_the_name_fits_a_header() {
        let named = |user: &str| {
            let headers = headers_of(&Request::get("/".into()), "t", Some(user.into()));
            headers.into_iter().find(|(name, _)| *name == OPERATOR_NAME).map(|(_, user)| user)
        };
        assert_eq!(named("anna").as_deref(), Some("anna"));
        assert_eq!(named("a b"), None);
        assert_eq!(named(&"x".repeat(65)), None);
    }

    #[test]
    fn http_is_spoken_with_and_without_encryption_and_nothing_else() {
        assert!(Gateway::to_server("http://h:1", "t".into()).is_ok());
        assert!(Gateway::to_server("https://h:1", "t".into()).is_ok());
        let failure = Gateway::to_server("ftp://h:1", "t".into()).err().unwrap();
        assert!(failure.to_string().contains("https:// or http://"), "{failure}");
    }
}
