//! One kept-alive connection that writes ready-made requests and reads answers, with as little work of
//! its own as possible: what it costs is taken from the server that is measured.

use crate::admin::exit::Failure;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest wait for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// Most headers of an answer.
const HEADERS_MAX: usize = 32;
/// Largest answer, in bytes: a batch of 10,000 results.
const ANSWER_BYTES_MAX: usize = 16 << 20;

const LEDGER_EVENT: &str = "x-ledger-event";

/// A connection to the server.
pub(super) struct Wire {
    stream: TcpStream,
    /// What has arrived of the answer under way.
    arrived: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// What the head of an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Where the body begins.
    bytes: usize,
    /// `None`: it comes in chunks.
    body_bytes: Option<usize>,
}

impl Wire {
    pub(super) async fn open(server: SocketAddr) -> Result<Self, Failure> {
        let failed = |error| Failure::Unreachable(format!("cannot connect to {server}: {error}"));
        let stream = TcpStream::connect(server).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        Ok(Self { stream, arrived: Vec::with_capacity(4_096) })
    }

    /// Sends a request and waits for its whole answer.
    pub(super) async fn ask(&mut self, request: &[u8]) -> Result<Answer, Failure> {
        let answer = tokio::time::timeout(ANSWER_MAX, self.exchange(request)).await;
        answer.map_err(|_| broken("no answer came within a minute"))?
    }

    /// The number of the last event that the last answer tells of.
    pub(super) fn ledger_event(&self) -> Option<u64> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut response = httparse::Response::new(&mut headers);
        response.parse(&self.arrived).ok()?;
        let mut headers = response.headers.iter();
        let event = headers.find(|header| header.name.eq_ignore_ascii_case(LEDGER_EVENT))?;
        std::str::from_utf8(event.value).ok()?.parse().ok()
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<Answer, Failure> {
        let failed = |error: std::io::Error| broken(&error.to_string());
        self.stream.write_all(request).await.map_err(failed)?;
        self.arrived.clear();
        loop {
            if self.stream.read_buf(&mut self.arrived).await.map_err(failed)? == 0 {
                return Err(broken("the connection was closed in the middle of an answer"));
            }
            if let Some(answer) = whole(&self.arrived)? {
                return Ok(answer);
            }
            if self.arrived.len() > ANSWER_BYTES_MAX {
                return Err(broken("the answer is larger than any answer of this API"));
            }
        }
    }
}

/// The answer, if all of it has arrived.
fn whole(arrived: &[u8]) -> Result<Option<Answer>, Failure> {
    let Some(head) = head_of(arrived)? else { return Ok(None) };
    let rest = arrived.get(head.bytes..).unwrap_or_default();
    let body = match head.body_bytes {
        Some(length) => rest.get(..length).map(<[u8]>::to_vec),
        // Chunks end with an empty one; only then is it worth reading them.
        None if rest.ends_with(b"0\r\n\r\n") => Some(unchunked(rest)?),
        None => None,
    };
    Ok(body.map(|body| Answer { status: head.status, body }))
}

fn head_of(arrived: &[u8]) -> Result<Option<Head>, Failure> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(arrived).map_err(|error| broken(&error.to_string()))?;
    let httparse::Status::Complete(bytes) = parsed else { return Ok(None) };
    let length =
        response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|header| std::str::from_utf8(header.value).ok());
    let body_bytes = length.and_then(|text| text.parse().ok());
    Ok(Some(Head { status: response.code.unwrap_or_default(), bytes, body_bytes }))
}

fn unchunked(mut rest: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::with_capacity(rest.len());
    loop {
        let parsed = httparse::parse_chunk_size(rest);
        let Ok(httparse::Status::Complete((begins, size))) = parsed else {
            return Err(broken("a chunk of the answer has no size"));
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let ends = begins.saturating_add(size);
        let Some(chunk) = rest.get(begins..ends) else {
            return Err(broken("a chunk of the answer is cut off"));
        };
        if chunk.is_empty() {
            return Ok(body);
        }
        body.extend_from_slice(chunk);
        rest = rest.get(ends.saturating_add(2)..).unwrap_or_default();
    }
}

fn broken(reason: &str) -> Failure {
    Failure::Unreachable(format!("a connection of the load broke: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arrived: &str, expected: Option<(u16, &str)>) {
        let found = whole(arrived.as_bytes()).unwrap();
        let expected =
            expected.map(|(status, body)| Answer { status, body: body.as_bytes().to_vec() });
        assert_eq!(found, expected, "{arrived:?}");
    }

    #[test]
    fn an_answer_is_read_when_all_of_it_is_there() {
        check("HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n", None);
        check("HTTP/1.1 201 Created\r\ncontent-", None);
        check("HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}", Some((201, "{}")));
        check("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", Some((503, "")));
    }

    #[test]
    fn chunks_are_put_together() {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        check(&format!("{head}3\r\nabc\r\n"), None);
        check(&format!("{head}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), Some((200, "abcde")));
        assert!(whole(format!("{head}zz\r\nabc\r\n0\r\n\r\n").as_bytes()).is_err());
    }

    #[test]
    fn what_is_not_http_is_a_failure() {
        assert!(whole(b"SSH-2.0-OpenSSH\r\n\r\n").is_err());
    }
}
