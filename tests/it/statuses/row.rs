//! A row of the table: how an operation is asked, and what it answers.

use super::operation::{Dialect, Operation};
use crate::house::Shop;
use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame};
use serde_json::Value;
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{fmt, io};

/// How an operation is asked, and what it answers.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) operation: Operation,
    pub(super) status: u16,
    /// Of a refusal, as its dialect spells it or as the house does.
    pub(super) code: Option<&'static str>,
    /// Parts of the path other than those of the world.
    pub(super) path: Vec<(&'static str, String)>,
    pub(super) query: &'static str,
    pub(super) sent: Sent,
    /// Another shop than that of the world.
    pub(super) shop: Option<Shop>,
    /// Headers that are different; without a text they are left out.
    pub(super) headers: Vec<(&'static str, Option<String>)>,
    /// Where the caller is; `None`: nobody looks.
    pub(super) client: Option<IpAddr>,
}

/// What is sent as the body.
#[derive(Debug, Clone)]
pub(super) enum Sent {
    /// The example of the document, if it has one.
    Example,
    Text(String),
    /// So many spaces.
    Spaces(usize),
    /// The connection ends before the body does.
    BreaksOff,
}

/// An operation that is done.
pub(super) fn done(operation: &str, status: u16) -> Row {
    Row::done(&Operation::named(Dialect::Bonex, operation), status)
}

/// An operation that is refused.
pub(super) fn refused(operation: &str, status: u16, code: &'static str) -> Row {
    Row { code: Some(code), ..done(operation, status) }
}

/// An operation of the BonusPlus dialect that is done.
pub(super) fn plus_done(operation: &str, status: u16) -> Row {
    Row::done(&Operation::named(Dialect::BonusPlus, operation), status)
}

/// An operation of the BonusPlus dialect that is refused.
pub(super) fn plus_refused(operation: &str, status: u16, code: &'static str) -> Row {
    Row { code: Some(code), ..plus_done(operation, status) }
}

impl Row {
    pub(super) fn done(operation: &Operation, status: u16) -> Self {
        Self {
            operation: operation.clone(),
            status,
            code: None,
            path: Vec::new(),
            query: "",
            sent: Sent::Example,
            shop: None,
            headers: Vec::new(),
            client: None,
        }
    }

    pub(super) fn refused(operation: &Operation, status: u16, code: &'static str) -> Self {
        Self { code: Some(code), ..Self::done(operation, status) }
    }

    pub(super) fn at(mut self, name: &'static str, text: &str) -> Self {
        self.path.push((name, text.to_owned()));
        self
    }

    pub(super) fn query(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    pub(super) fn body(self, body: &Value) -> Self {
        self.sent(Sent::Text(body.to_string()))
    }

    pub(super) fn sent(self, sent: Sent) -> Self {
        Self { sent, ..self }
    }

    pub(super) fn of(self, shop: &Shop) -> Self {
        Self { shop: Some(shop.clone()), ..self }
    }

    pub(super) fn header(mut self, name: &'static str, text: &str) -> Self {
        self.headers.push((name, Some(text.to_owned())));
        self
    }

    pub(super) fn without(mut self, name: &'static str) -> Self {
        self.headers.push((name, None));
        self
    }

    pub(super) fn from(self, client: &str) -> Self {
        Self { client: Some(client.parse().unwrap()), ..self }
    }

    /// The body as far as it is known before it is sent.
    pub(super) fn bytes(&self) -> Bytes {
        match &self.sent {
            Sent::Example => self.operation.example_body().unwrap_or_default().into(),
            Sent::Text(text) => text.clone().into(),
            Sent::Spaces(count) => vec![b' '; *count].into(),
            Sent::BreaksOff => Bytes::new(),
        }
    }

    pub(super) fn http_body(&self, bytes: Bytes) -> Body {
        match self.sent {
            Sent::BreaksOff => Body::new(BrokenOff),
            Sent::Example | Sent::Text(_) | Sent::Spaces(_) => Body::from(bytes),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, status, code, path, query, sent, headers, .. } = self;
        let code = code.unwrap_or("done");
        let told =
            format!("{} -> {status} {code} {path:?} {query} {sent:?} {headers:?}", operation.id);
        f.write_str(&told.chars().take(400).collect::<String>())
    }
}

/// The body of a caller whose connection is gone.
struct BrokenOff;

impl HttpBody for BrokenOff {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }
}
