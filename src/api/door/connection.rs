//! One connection: encrypted or not, HTTP/1.1, with a limit to its head and to the time it takes.

use super::{Arrival, Door};
use crate::api::error::ApiError;
use crate::api::respond::failure;
use axum::Router;
use axum::body::Body;
use axum::http::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::Service;

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
    router: Router,
    door: Arc<Door>,
    free: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
    open: Arc<watch::Sender<usize>>,
}

/// Something that a server that leaves waits for.
pub(in crate::api) struct Held(Arc<watch::Sender<usize>>);

impl Connections {
    pub(in crate::api) fn new(
        router: Router,
        door: Door,
        stop: watch::Receiver<bool>,
        open: watch::Sender<usize>,
    ) -> Self {
        let free = Arc::new(Semaphore::new(door.connections_max));
        Self { router, door: Arc::new(door), free, stop, open: Arc::new(open) }
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

    /// Serves a connection beside the others, or closes it at once if there are too many.
    pub(in crate::api) fn take(&self, stream: TcpStream, peer: SocketAddr) {
        let Ok(place) = Arc::clone(&self.free).try_acquire_owned() else {
            let most = self.door.connections_max;
            tracing::warn!(%peer, most, "a connection too many was closed");
            return;
        };
        let held = self.hold();
        let connections = self.clone();
        tokio::spawn(async move { connections.serve(stream, peer.ip(), (place, held)).await });
    }

    async fn serve(
        &self,
        stream: TcpStream,
        peer: IpAddr,
        _until_here: (OwnedSemaphorePermit, Held),
    ) {
        // Answers are small and complete: waiting to fill a packet only delays them.
        if let Err(reason) = stream.set_nodelay(true) {
            tracing::debug!(%reason, "TCP_NODELAY was not set");
        }
        let Some(tls) = &self.door.tls else {
            return self.serve_bytes(stream, peer).await;
        };
        match tokio::time::timeout(HANDSHAKE_TIME_MAX, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => self.serve_bytes(stream, peer).await,
            Ok(Err(reason)) => tracing::debug!(%peer, %reason, "no TLS was agreed on"),
            Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
        }
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
        let mut connection = pin!(http.serve_connection(TokioIo::new(bytes), answer));
        let served = tokio::select! {
            served = connection.as_mut() => served,
            () = self.stopped() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(reason) = served {
            tracing::debug!(%peer, %reason, "a connection ended early");
        }
    }

    async fn answer(
        &self,
        mut request: hyper::Request<Incoming>,
        peer: IpAddr,
    ) -> Result<Response<Body>, Infallible> {
        let uri = request.uri();
        let length = uri.path().len().saturating_add(uri.query().map_or(0, str::len));
        if length > URI_BYTES_MAX {
            return Ok(failure(&ApiError::UriTooLong));
        }
        let arrival = Arrival::new(&self.door, peer, request.headers());
        request.extensions_mut().insert(arrival);
        self.router.clone().call(request).await
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open = open.saturating_sub(1));
    }
}
