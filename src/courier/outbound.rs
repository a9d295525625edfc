//! The one HTTP client of everything that leaves the house: TLS by rustls and ring, time-outs, no
//! redirects, an answer of bounded length. It logs nothing, and no error it returns carries an address,
//! since addresses may carry phones and codes.

use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// How long a connection may take to be made.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// How long one request may take in all.
const TOTAL_MAX: Duration = Duration::from_secs(15);
/// How much of an answer is read, in bytes; the rest is left unread.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// How much of an answer is kept as the text of a rejection, in characters.
const TEXT_MAX: usize = 200;
/// Idle connections kept for each host.
const IDLE_MAX: usize = 8;

/// How a request asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verb {
    Get,
    Post,
    Put,
}

/// A request to somewhere outside. Its `Debug` names no address, header or body: they carry secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboundRequest {
    pub verb: Verb,
    /// `http://` or `https://`.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What the other side said.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// When it wants to be asked again.
    pub retry_after: Option<Duration>,
    /// Its first 64 KiB.
    pub body: Vec<u8>,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    /// Asking again would not help.
    Refused(Rejection),
    /// It may work later; `after`: not before the receiver's own `Retry-After`.
    TryAgain {
        hitch: Hitch,
        after: Option<Duration>,
    },
}

/// A final no.
#[derive(Clone, PartialEq, Eq)]
pub struct Rejection {
    /// `None`: the request could not even be made.
    pub status: Option<u16>,
    /// The beginning of the answer. It may quote what was sent: for whoever owns that, never for a log.
    pub text: String,
}

/// Why a delivery may work later.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Hitch {
    #[error("no connection: {0}")]
    NotConnected(String),
    #[error("no answer in time")]
    TimedOut,
    #[error("the connection broke: {0}")]
    Broken(String),
    #[error("the answer was status {0}")]
    Status(u16),
}

/// Why there is no client.
#[derive(Debug, Error)]
#[error("no HTTP client: {0}")]
pub struct OutboundError(String);

/// How long requests may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboundLimits {
    pub connect: Duration,
    pub total: Duration,
}

/// The client. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Outbound {
    client: reqwest::Client,
}

impl Default for OutboundLimits {
    fn default() -> Self {
        Self { connect: CONNECT_MAX, total: TOTAL_MAX }
    }
}

impl Outbound {
    /// A client that trusts the certificate authorities of this machine.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(limits: OutboundLimits) -> Result<Self, OutboundError> {
        let client = builder(authorities_of_this_machine())?
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .pool_max_idle_per_host(IDLE_MAX)
            .build()
            .map_err(|error| OutboundError(innermost(&error)))?;
        Ok(Self { client })
    }

    /// Sends a request and reads the answer, whatever its status.
    ///
    /// # Errors
    /// [`Outcome`] says whether asking again may help: `Refused` without a status, or `TryAgain`.
    pub async fn ask(&self, request: OutboundRequest) -> Result<Answer, Outcome> {
        let OutboundRequest { verb, url, headers, body } = request;
        let mut call = self.client.request(verb.method(), url).body(body);
        for (name, value) in headers {
            call = call.header(name, value);
        }
        let mut response = call.send().await.map_err(|error| no_answer(&error))?;
        let status = response.status().as_u16();
        let retry_after =
            response.headers().get("retry-after").and_then(|value| seconds(value.to_str().ok()?));
        let mut body = Vec::new();
        while body.len() < ANSWER_BYTES_MAX {
            let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? else {
                break;
            };
            body.extend_from_slice(&chunk);
        }
        body.truncate(ANSWER_BYTES_MAX);
        Ok(Answer { status, retry_after, body })
    }

    /// Sends a request and judges the answer by its status alone.
    pub async fn deliver(&self, request: OutboundRequest) -> Outcome {
        match self.ask(request).await {
            Ok(answer) => answer.outcome(),
            Err(outcome) => outcome,
        }
    }
}

impl Answer {
    /// 2xx is delivered; 408, 425, 429 and 5xx may work later; anything else is final.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.status {
            200..=299 => Outcome::Delivered,
            408 | 425 | 429 | 500..=599 => {
                Outcome::TryAgain { hitch: Hitch::Status(self.status), after: self.retry_after }
            }
            _ => Outcome::Refused(self.rejection()),
        }
    }

    /// The answer as a final no.
    #[must_use]
    pub fn rejection(&self) -> Rejection {
        let text = String::from_utf8_lossy(&self.body);
        let shown = text.chars().map(|one| if one.is_control() { ' ' } else { one });
        Rejection { status: Some(self.status), text: shown.take(TEXT_MAX).collect() }
    }
}

impl Verb {
    fn method(self) -> reqwest::Method {
        match self {
            Self::Get => reqwest::Method::GET,
            Self::Post => reqwest::Method::POST,
            Self::Put => reqwest::Method::PUT,
        }
    }
}

impl std::fmt::Debug for OutboundRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutboundRequest").field("verb", &self.verb).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rejection").field("status", &self.status).finish_non_exhaustive()
    }
}

/// A client for servers elsewhere: it trusts the certificate authorities of this machine, or those of the
/// file that `SSL_CERT_FILE` names.
///
/// # Errors
/// TLS cannot be set up.
pub fn https_client() -> Result<reqwest::ClientBuilder, OutboundError> {
    builder(authorities_of_this_machine())
}

fn authorities_of_this_machine() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (trusted, _) = roots.add_parsable_certificates(found.certs);
    if trusted == 0 {
        tracing::warn!("this machine has no certificate authorities: https:// will be refused");
    }
    roots
}

/// A client for servers of this machine or behind a tunnel: it trusts no certificate, so it speaks
/// `http://` alone.
///
/// # Errors
/// TLS cannot be set up.
pub fn http_only_client() -> Result<reqwest::ClientBuilder, OutboundError> {
    builder(RootCertStore::empty())
}

/// Makes our cryptography that of the process, for clients that others make; a second call changes nothing.
pub fn share_cryptography() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// What all clients have in common: no proxy of the environment, no redirects, cryptography by ring.
fn builder(roots: RootCertStore) -> Result<reqwest::ClientBuilder, OutboundError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| OutboundError(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .redirect(Policy::none())
        .no_proxy())
}

/// `Retry-After` in seconds. The date form is not read: the growing pauses serve as well.
fn seconds(text: &str) -> Option<Duration> {
    text.trim().parse().ok().map(Duration::from_secs)
}

fn no_answer(error: &reqwest::Error) -> Outcome {
    if error.is_builder() {
        return Outcome::Refused(Rejection { status: None, text: innermost(error) });
    }
    let hitch = if error.is_timeout() {
        Hitch::TimedOut
    } else if error.is_connect() {
        Hitch::NotConnected(innermost(error))
    } else {
        Hitch::Broken(innermost(error))
    };
    Outcome::TryAgain { hitch, after: None }
}

/// The cause at the bottom; the outer ones of reqwest name the address.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    match cause.downcast_ref::<reqwest::Error>() {
        Some(_) => "the request is malformed".to_owned(),
        None => cause.to_string(),
    }
}
