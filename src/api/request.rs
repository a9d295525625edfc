//! A request taken in whole: stamped once, its body bounded, its headers, path and query at hand.

use crate::api::complaint::{Complaint, FieldError};
use crate::api::door::{Arrival, arrival_of, holding_back};
use crate::api::error::ApiError;
use crate::api::path;
use crate::values::{Text, Timestamp};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::AsHeaderName;
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use http_body::Frame;
use http_body_util::BodyExt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

/// The largest body that is read, in bytes; a larger one is answered with 413.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// The largest inventory that is read, in bytes: 5,000 items with every field filled.
pub const INVENTORY_BYTES_MAX: usize = 8 << 20;

/// The largest batch of late sales that is read, in bytes: 10,000 lines of ordinary receipts.
pub const BATCH_BYTES_MAX: usize = 16 << 20;

/// How much of a body that is too large is read away, in bytes, before it is answered.
const DRAINED_BYTES_MAX: usize = 16 << 20;

/// How routes call the text that names a customer, and how long it may be.
const IDENTIFIER: &str = "identifier";
const IDENTIFIER_LENGTH_MAX: usize = 64;

/// How long a body may take to arrive where no door says it.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);

/// A request as the endpoints see it. Not `Debug`: its headers and its body hold secrets.
pub(in crate::api) struct Asked {
    /// The instant of the request; everything about it is decided at this instant.
    pub(in crate::api) at: Timestamp,
    pub(in crate::api) method: Method,
    pub(in crate::api) uri: Uri,
    pub(in crate::api) headers: HeaderMap,
    /// The body exactly as it was sent: what a partner signs.
    pub(in crate::api) body: Bytes,
    /// The path of the route, with `{name}` where texts vary.
    pub(in crate::api) template: &'static str,
    /// How it came in, if it came through a door.
    pub(in crate::api) arrival: Option<Arrival>,
}

impl Asked {
    /// Reads the body to its end, if that comes within `bytes_max`.
    pub(in crate::api) async fn take_in(
        request: Request,
        template: &'static str,
        at: Timestamp,
        bytes_max: usize,
    ) -> Result<Self, ApiError> {
        let arrival = arrival_of(request.extensions());
        Self::take_in_from(arrival, request, template, (at, bytes_max)).await
    }

    /// The same where it is known how the request came in.
    pub(in crate::api) async fn take_in_from(
        arrival: Option<Arrival>,
        request: Request,
        template: &'static str,
        (at, bytes_max): (Timestamp, usize),
    ) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let time_max = arrival.map_or(BODY_TIME_MAX, |arrival| arrival.body_time);
        let body = read_body(body, bytes_max, time_max).await?;
        let (method, uri, headers) = (parts.method, parts.uri, parts.headers);
        Ok(Self { at, method, uri, headers, body, template, arrival })
    }

    /// A header that occurs exactly once.
    pub(in crate::api) fn header(&self, name: impl AsHeaderName) -> Option<&HeaderValue> {
        let mut values = self.headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none())
    }

    /// A header that occurs exactly once and is plain text.
    pub(in crate::api) fn header_text(&self, name: impl AsHeaderName) -> Option<&str> {
        self.header(name).and_then(|value| value.to_str().ok())
    }

    /// The body as text.
    pub(in crate::api) fn json(&self) -> Result<&str, FieldError> {
        json_text(&self.body)
    }

    /// What the path says for `{name}`, decoded.
    pub(in crate::api) fn segment(&self, name: &str) -> Result<String, FieldError> {
        path::segment(self.template, self.uri.path(), name)
    }

    /// The customer that the path names: 1 to 64 characters, without the spaces around them.
    pub(in crate::api) fn identifier(&self) -> Result<String, FieldError> {
        let text = self.segment(IDENTIFIER)?;
        let text = Text::<IDENTIFIER_LENGTH_MAX>::parse(text.trim())
            .map_err(|error| FieldError::new(IDENTIFIER, error))?;
        if text.as_str().is_empty() {
            return Err(FieldError::new(IDENTIFIER, Complaint::Required));
        }
        Ok(text.as_str().to_owned())
    }

    /// A parameter of the query, decoded; twice is once too often.
    pub(in crate::api) fn query(&self, name: &str) -> Result<Option<String>, FieldError> {
        path::parameter(self.uri.query().unwrap_or_default(), name)
    }

    /// A parameter of the query that is a whole number within bounds.
    pub(in crate::api) fn whole(
        &self,
        name: &str,
        least: u64,
        most: u64,
    ) -> Result<Option<u64>, FieldError> {
        let Some(text) = self.query(name)? else { return Ok(None) };
        let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits_only);
        let number = number.filter(|number| (least..=most).contains(number));
        let complaint = || Complaint::NotWhole { least, most };
        number.map(Some).ok_or_else(|| FieldError::new(name, complaint()))
    }
}

/// What claims to be JSON, as text.
pub(in crate::api) fn json_text(bytes: &[u8]) -> Result<&str, FieldError> {
    let malformed = |_| FieldError::new("body", Complaint::MalformedJson { line: 1, column: 1 });
    std::str::from_utf8(bytes).map_err(malformed)
}

async fn read_body(body: Body, bytes_max: usize, time_max: Duration) -> Result<Bytes, ApiError> {
    let mut gathering = pin!(gather(body, bytes_max));
    // Most bodies came with their heads: no timer is set for them.
    let at_once = poll_fn(|context| Poll::Ready(gathering.as_mut().poll(context))).await;
    if let Poll::Ready(gathered) = at_once {
        return gathered;
    }
    let arrived = tokio::time::timeout(time_max, gathering).await;
    arrived.unwrap_or_else(|_| Err(not_received()))
}

async fn gather(mut body: Body, bytes_max: usize) -> Result<Bytes, ApiError> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced <= bytes_max
        && let Some(whole) = gather_within(&mut body, bytes_max).await?
    {
        return Ok(whole);
    }
    drain(body).await;
    Err(ApiError::BodyTooLarge)
}

/// A body, if it ends within `bytes_max`. Most come in one piece, which is not copied.
async fn gather_within(body: &mut Body, bytes_max: usize) -> Result<Option<Bytes>, ApiError> {
    let Some(first) = piece(body).await? else { return Ok(Some(Bytes::new())) };
    if first.len() > bytes_max || body.is_end_stream() {
        return Ok((first.len() <= bytes_max).then_some(first));
    }
    let mut whole = Vec::from(first);
    while let Some(more) = piece(body).await? {
        if whole.len().saturating_add(more.len()) > bytes_max {
            return Ok(None);
        }
        whole.extend_from_slice(&more);
    }
    Ok(Some(whole.into()))
}

/// The next piece of a body; what follows a body beside it is left out.
async fn piece(body: &mut Body) -> Result<Option<Bytes>, ApiError> {
    while let Some(frame) = poll_fn(|context| poll_frame(body, context)).await {
        if let Ok(data) = frame.map_err(|_| not_received())?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// The next frame of a body. Whoever sends it is told that it was taken only if another one may follow.
fn poll_frame(
    body: &mut Body,
    context: &mut Context<'_>,
) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
    let (polled, held) = holding_back(|| Pin::new(&mut *body).poll_frame(context));
    let is_the_last = matches!(polled, Poll::Ready(Some(Ok(_)))) && body.is_end_stream();
    if let Some(held) = held.filter(|_| !is_the_last) {
        held.ring();
    }
    polled
}

/// Takes in what is still coming: a connection that is closed on a caller who is still writing may
/// take the answer with it.
async fn drain(mut body: Body) {
    let mut drained = 0_usize;
    while let Some(Ok(frame)) = body.frame().await {
        drained = drained.saturating_add(frame.data_ref().map_or(0, Bytes::len));
        if drained > DRAINED_BYTES_MAX {
            return;
        }
    }
}

fn not_received() -> ApiError {
    FieldError::new("body", Complaint::NotReceived).into()
}

#[cfg(test)]
pub(in crate::api) mod tests {
    use super::*;

    /// A request as a test writes it: method, route, address, headers, body.
    pub(in crate::api) fn asked(
        at: Timestamp,
        (method, template, uri): (&str, &'static str, &str),
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> Asked {
        let headers = headers.iter().map(|(name, value)| {
            (name.parse().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        });
        Asked {
            at,
            method: method.parse().unwrap(),
            uri: uri.parse().unwrap(),
            headers: headers.collect(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            template,
            arrival: None,
        }
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit_and_no_further() {
        let read = async |bytes: usize| {
            let body = Body::from(vec![b' '; bytes]);
            read_body(body, BODY_BYTES_MAX, BODY_TIME_MAX).await.map(|body| body.len())
        };
        assert_eq!(read(BODY_BYTES_MAX).await, Ok(BODY_BYTES_MAX));
        assert_eq!(read(BODY_BYTES_MAX + 1).await, Err(ApiError::BodyTooLarge));
        assert_eq!(read(2 * DRAINED_BYTES_MAX).await, Err(ApiError::BodyTooLarge));
    }

    #[test]
    fn an_identifier_is_1_to_64_characters() {
        let check = |raw: &str, expected: Result<&str, &str>| {
            let line = ("GET", "/customers/{identifier}", &*format!("/customers/{raw}"));
            let found = asked(Timestamp::default(), line, &[], "").identifier();
            let found = found.map_err(|error| error.complaint.code());
            assert_eq!(found, expected.map(str::to_owned), "{raw}");
        };
        check("%2B992901234567", Ok("+992901234567"));
        check("%20001-0000123%20", Ok("001-0000123"));
        check("%20", Err("required"));
        check("%ff", Err("invalid_encoding"));
        check("a%0Ab", Err("control_character"));
        check(&"%D0%A9".repeat(64), Ok(&"Щ".repeat(64)));
        check(&"x".repeat(65), Err("too_long"));
    }

    #[test]
    fn parameters_are_whole_numbers_within_bounds() {
        let check = |query: &str, expected: Result<Option<u64>, &str>| {
            let line = ("GET", "/c", &*format!("/c{query}"));
            let found = asked(Timestamp::default(), line, &[], "").whole("limit", 1, 200);
            assert_eq!(found.map_err(|error| error.complaint.code()), expected, "{query}");
        };
        check("", Ok(None));
        check("?limit=200", Ok(Some(200)));
        for wrong in ["?limit=0", "?limit=201", "?limit=", "?limit=-1", "?limit=%2B5", "?limit=1.0"]
        {
            check(wrong, Err("not_whole_number"));
        }
    }

    #[test]
    fn a_header_counts_only_when_it_stands_alone() {
        let asked = asked(
            Timestamp::default(),
            ("GET", "/", "/"),
            &[("a", "1"), ("b", "1"), ("b", "2")],
            "",
        );
        assert_eq!(asked.header_text("a"), Some("1"));
        assert_eq!(asked.header_text("b"), None);
        assert_eq!(asked.header_text("c"), None);
    }
}
