//! One connection: encrypted or not, HTTP/1.1, with a limit to its head and to the time it takes.

use super::doorbell::Ringer;
use super::write_timeout::WriteTimeout;
use super::{Arrival, Door};
use crate::api::error::ApiError;
use crate::api::respond::failure;
use crate::api::routes::Routes;
use crate::api::telemetry::TurnedAwayFor;
use axum::body::Body;
use axum::http::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};

/// The largest head of a request, in bytes, and so what is read of a connection at once; a larger one is
/// answered with 431.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// The longest address of a request, in bytes; a longer one is answered with 414.
const URI_BYTES_MAX: usize = 8 << 10;
/// How long a TLS handshake may take.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);

/// The connections of a listener, on all its arbiters.
#[derive(Clone)]
pub(in crate::api) struct Connections {
    routes: Routes,
    door: Arc<Door>,
    free: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
    open: Arc<watch::Sender<usize>>,
}

/// Something that a server that leaves waits for.
pub(in crate::api) struct Held(Arc<watch::Sender<usize>>);

impl Connections {
    pub(in crate::api) fn new(
        routes: Routes,
        door: Door,
        stop: watch::Receiver<bool>,
        open: watch::Sender<usize>,
    ) -> Self {
        let free = Arc::new(Semaphore::new(door.connections_max));
        Self { routes, door: Arc::new(door), free, stop, open: Arc::new(open) }
    }

    /// Until this is dropped the server has not left.
    pub(in crate::api) fn hold(&self) -> Held {
        self.open.send_modify(|open| *open = open.saturating_add(1));
        Held(Arc::clone(&self.open))
    }

    /// Resolves when nothing more is to be taken. A sender that is gone stops the server as well.
    pub(in crate::api) async fn stopped(&self) {
        let _ = self.stop.clone().wait_for(|stop| *stop).await;
    }

    /// Serves a connection beside the others, or closes it at once if there are too many. Among the tasks of
    /// the arbiter's actors: a turn of theirs then wakes it without a system call.
    pub(in crate::api) fn take(&self, stream: TcpStream, peer: SocketAddr) {
        let Ok(place) = Arc::clone(&self.free).try_acquire_owned() else {
            let most = self.door.connections_max;
            tracing::warn!(%peer, most, "a connection too many was closed");
            self.door.turned_away.count(TurnedAwayFor::ConnectionsMax);
            return;
        };
        // Answers are small and complete: waiting to fill a packet only delays them.
        if let Err(reason) = stream.set_nodelay(true) {
            tracing::debug!(%reason, "TCP_NODELAY was not set");
        }
        let until_the_end = (place, self.hold());
        let connections = self.clone();
        tokio::task::spawn_local(async move {
            connections.serve(stream, peer.ip()).await;
            drop(until_the_end);
        });
    }

    async fn serve<I>(&self, stream: I, peer: IpAddr)
    where
        I: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let Some(tls) = &self.door.tls else {
            return self.serve_bytes(stream, peer).await;
        };
        match tokio::time::timeout(HANDSHAKE_TIME_MAX, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => return self.serve_bytes(stream, peer).await,
            Ok(Err(reason)) => tracing::debug!(%peer, %reason, "no TLS was agreed on"),
            Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
        }
        self.door.turned_away.count(TurnedAwayFor::Handshake);
    }

    /// Serves requests until the other side leaves, is too slow, or the server leaves.
    async fn serve_bytes<I>(&self, bytes: I, peer: IpAddr)
    where
        I: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let answer = service_fn(|request| self.answer(request, peer));
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.door.header_time)
            .max_buf_size(HEAD_BYTES_MAX);
        let bytes = WriteTimeout::new(bytes, self.door.write_time);
        let mut connection = pin!(http.serve_connection(TokioIo::new(bytes), answer));
        let ringer = Ringer::new();
        let served = match self.unless_stopped(&ringer, connection.as_mut()).await {
            Some(served) => served,
            None => {
                connection.as_mut().graceful_shutdown();
                poll_fn(|context| ringer.poll(context, |inner| connection.as_mut().poll(inner)))
                    .await
            }
        };
        if let Err(reason) = served {
            if reason.is_parse_too_large() {
                self.door.turned_away.count(TurnedAwayFor::HeadTooLarge);
            }
            tracing::debug!(%peer, %reason, "a connection ended early");
        }
    }

    /// What became of a connection; `None`: the server leaves before it has ended.
    async fn unless_stopped<F: Future>(
        &self,
        ringer: &Ringer,
        mut connection: Pin<&mut F>,
    ) -> Option<F::Output> {
        let (mut stopped, mut is_awaited) = (pin!(self.stopped()), false);
        let mut poll = |context: &mut Context<'_>| {
            if let Poll::Ready(served) = connection.as_mut().poll(context) {
                return Poll::Ready(Some(served));
            }
            // Once it is awaited it wakes the task: it is looked at again only when something was said.
            if !is_awaited || self.stop.has_changed().unwrap_or(true) {
                is_awaited = true;
                return stopped.as_mut().poll(context).map(|()| None);
            }
            Poll::Pending
        };
        poll_fn(|context| ringer.poll(context, &mut poll)).await
    }

    async fn answer(
        &self,
        request: hyper::Request<Incoming>,
        peer: IpAddr,
    ) -> Result<Response<Body>, Infallible> {
        let uri = request.uri();
        let length = uri.path().len().saturating_add(uri.query().map_or(0, str::len));
        if length > URI_BYTES_MAX {
            self.door.turned_away.count(TurnedAwayFor::UriTooLong);
            return Ok(failure(&ApiError::UriTooLong));
        }
        let arrival = Arrival::new(&self.door, peer, request.headers());
        Ok(self.routes.answer(request, Some(arrival)).await)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open = open.saturating_sub(1));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::api::door::{ForwardedHeader, TrustedProxies, arrival_of};
    use crate::api::request::{Asked, BODY_BYTES_MAX};
    use crate::values::Timestamp;
    use axum::Router;
    use axum::extract::Request;
    use axum::routing::{get, post};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::sync::Notify;

    /// Tells who called, and whether encrypted; `POST` takes a body in.
    fn echo() -> Router {
        let who = async |request: Request| match arrival_of(request.extensions()) {
            Some(arrival) => format!("from {}, {}", arrival.client, arrival.is_encrypted),
            None => "from nowhere".to_owned(),
        };
        let take = async |request: Request| {
            let taken = Asked::take_in(request, "/", Timestamp::default(), BODY_BYTES_MAX).await;
            taken.map_or_else(|error| failure(&error), |_| Response::new(Body::empty()))
        };
        Router::new().route("/", get(who)).route("/", post(take))
    }

    /// A connection of `peer` to this door, and the sender that stops it.
    pub(in crate::api::door) fn connect(
        door: Door,
        peer: &str,
    ) -> (DuplexStream, watch::Sender<bool>) {
        connect_to(echo(), door, peer)
    }

    fn connect_to(router: Router, door: Door, peer: &str) -> (DuplexStream, watch::Sender<bool>) {
        let (ours, theirs) = duplex(1 << 20);
        let (stop, stopped) = watch::channel(false);
        let connections = Connections::new(router.into(), door, stopped, watch::channel(0).0);
        let peer = peer.parse().unwrap();
        tokio::spawn(async move { connections.serve(ours, peer).await });
        (theirs, stop)
    }

    /// Everything that comes back for these bytes until the other side closes.
    async fn answer(door: Door, peer: &str, bytes: &str) -> String {
        let (mut stream, _stop) = connect(door, peer);
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    fn get_with(headers: &str) -> String {
        format!("GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n{headers}\r\n")
    }

    #[tokio::test]
    async fn only_a_trusted_proxy_says_for_whom_it_asks() {
        let trusted = ["10.0.0.0/8".to_owned()];
        let proxies = TrustedProxies::new(&trusted, ForwardedHeader::XForwardedFor).unwrap();
        let door = Door { proxies, ..Door::default() };
        let spoofed = get_with("x-forwarded-for: 198.51.100.1\r\n");
        let told = answer(door.clone(), "10.0.0.1", &spoofed).await;
        assert!(told.ends_with("from 198.51.100.1, false"), "{told}");
        let told = answer(door.clone(), "203.0.113.9", &spoofed).await;
        assert!(told.ends_with("from 203.0.113.9, false"), "{told}");
        let told = answer(Door::default(), "10.0.0.1", &spoofed).await;
        assert!(told.ends_with("from 10.0.0.1, false"), "{told}");
    }

    #[tokio::test]
    async fn what_is_longer_than_it_may_be_is_refused_before_it_is_looked_at() {
        let check = async |request: String, expected: &str| {
            let told = answer(Door::default(), "203.0.113.9", &request).await;
            assert!(told.starts_with(expected), "{} bytes: {told:.200}", request.len());
        };
        let long_uri = |bytes: usize| {
            let path = "/".repeat(bytes);
            format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
        };
        check(get_with(""), "HTTP/1.1 200").await;
        check(long_uri(URI_BYTES_MAX), "HTTP/1.1 404").await;
        check(long_uri(URI_BYTES_MAX + 1), "HTTP/1.1 414").await;
        check(get_with(&format!("a: {}\r\n", "x".repeat(60 << 10))), "HTTP/1.1 200").await;
        check(get_with(&format!("a: {}\r\n", "x".repeat(2 * HEAD_BYTES_MAX))), "HTTP/1.1 431")
            .await;
        check(get_with(&"a: b\r\n".repeat(98)), "HTTP/1.1 200").await;
        check(get_with(&"a: b\r\n".repeat(99)), "HTTP/1.1 431").await;
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_turned_away_is_counted() {
        let door = Door::default();
        let long_uri = format!("GET {} HTTP/1.1\r\nhost: h\r\n\r\n", "/".repeat(URI_BYTES_MAX + 1));
        let large_head = get_with(&format!("a: {}\r\n", "x".repeat(2 * HEAD_BYTES_MAX)));
        let many_headers = get_with(&"a: b\r\n".repeat(99));
        for request in [get_with(""), long_uri, large_head, many_headers] {
            answer(door.clone(), "203.0.113.9", &request.replace("keep-alive", "close")).await;
        }
        assert_eq!(door.turned_away.counted(TurnedAwayFor::UriTooLong), 1);
        assert_eq!(door.turned_away.counted(TurnedAwayFor::HeadTooLarge), 2);
        assert_eq!(door.turned_away.counted(TurnedAwayFor::Handshake), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_come_ends_the_connection() {
        let door = || Door { header_time: Duration::from_secs(7), ..Door::default() };
        let begun = tokio::time::Instant::now();
        // What was read of it is answered by closing, and so is nothing at all.
        for bytes in ["GET / HTTP/1.1\r\nhost: h\r\n", ""] {
            let told = answer(door(), "203.0.113.9", bytes).await;
            assert!(!told.contains("200"), "{told}");
        }
        assert_eq!(begun.elapsed().as_secs(), 14);
        // A connection that was used may wait as long for its next request.
        let used = get_with("").replace("close", "keep-alive");
        let told = answer(door(), "203.0.113.9", &used).await;
        assert!(told.contains("200"), "{told}");
        assert_eq!(begun.elapsed().as_secs(), 21);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_answered() {
        let door = Door { body_time: Duration::from_secs(3), ..Door::default() };
        let begun = tokio::time::Instant::now();
        let half = "POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: 9\r\n\r\n{";
        let told = answer(door, "203.0.113.9", half).await;
        assert!(told.starts_with("HTTP/1.1 422"), "{told}");
        assert_eq!(begun.elapsed().as_secs(), 3);
    }

    /// Takes a body in, and then waits to be let go; how often it is asked meanwhile.
    fn patient(go: &Arc<Notify>, asked: &Arc<AtomicUsize>) -> Router {
        let (go, asked) = (Arc::clone(go), Arc::clone(asked));
        let wait = async move |request: Request| {
            let taken = Asked::take_in(request, "/", Timestamp::default(), BODY_BYTES_MAX).await;
            let mut let_go = pin!(go.notified());
            poll_fn(|context| {
                asked.fetch_add(1, Ordering::Relaxed);
                let_go.as_mut().poll(context)
            })
            .await;
            taken.map_or_else(|error| failure(&error), |asked| Response::new(asked.body.into()))
        };
        Router::new().route("/", post(wait))
    }

    #[tokio::test]
    async fn a_request_is_looked_at_when_it_came_and_when_it_is_done() {
        let head = "POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n";
        let (known, chunked) = ("content-length: 5\r\n\r\n", "transfer-encoding: chunked\r\n\r\n");
        for (pieces, most) in [
            (vec![format!("{head}{known}hello")], 1),
            (vec![format!("{head}{known}"), "hel".to_owned(), "lo".to_owned()], 2),
            (vec![format!("{head}{chunked}5\r\nhello\r\n0\r\n\r\n")], 2),
            (vec![format!("{head}{chunked}2\r\nhe\r\n"), "3\r\nllo\r\n0\r\n\r\n".to_owned()], 2),
        ] {
            let (go, asked) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
            let router = patient(&go, &asked);
            let (mut stream, _stop) = connect_to(router, Door::default(), "203.0.113.9");
            for piece in &pieces {
                stream.write_all(piece.as_bytes()).await.unwrap();
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
            }
            let asked = asked.load(Ordering::Relaxed);
            assert!((1..=most).contains(&asked), "{asked} times: {pieces:?}");
            go.notify_one();
            let mut told = String::new();
            stream.read_to_string(&mut told).await.unwrap();
            assert!(told.starts_with("HTTP/1.1 200") && told.ends_with("hello"), "{told}");
        }
    }

    #[tokio::test]
    async fn an_idle_connection_is_closed_when_the_server_leaves() {
        let (mut stream, stop) = connect(Door::default(), "203.0.113.9");
        stream.write_all(get_with("").replace("close", "keep-alive").as_bytes()).await.unwrap();
        let mut first = [0; 15];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200 OK");
        stop.send_replace(true);
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
    }
}
