//! Listeners that share one port, one on every arbiter, and the way they leave: no new connection, an
//! answer for everything taken, within a bounded time.

use crate::engine::House;
use axum::Router;
use axum::serve::ListenerExt as _;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Connections that wait to be accepted.
const BACKLOG_MAX: i32 = 4_096;

/// Why nothing listens.
#[derive(Debug, Error)]
#[error("cannot listen on {address}: {reason}")]
pub struct ServeError {
    pub address: SocketAddr,
    #[source]
    pub reason: io::Error,
}

/// A router that is served on every arbiter of a house.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    /// Arbiters that still serve.
    open: watch::Receiver<usize>,
    /// Bound without listening: keeps the port ours until the server is dropped.
    _anchor: Socket,
}

/// What an arbiter needs to serve.
struct Post {
    address: SocketAddr,
    router: Router,
    stop: watch::Receiver<bool>,
    open: Arc<watch::Sender<usize>>,
}

impl Server {
    /// Listens on `address` (port 0: any free one) from every arbiter.
    ///
    /// # Errors
    /// The address is taken, or not ours to take.
    pub fn start(house: &House, address: SocketAddr, router: Router) -> Result<Self, ServeError> {
        let (server, post) = Self::prepare(address, router)?;
        house.on_each_arbiter(move |arbiter| post.serve(arbiter));
        Ok(server)
    }

    /// Takes the port; nothing is served yet.
    fn prepare(address: SocketAddr, router: Router) -> Result<(Self, Post), ServeError> {
        let failed = |reason| ServeError { address, reason };
        let anchor = anchor(address).map_err(failed)?;
        let address = address_of(&anchor).map_err(failed)?;
        let (stop, stopped) = watch::channel(false);
        let (open, still_open) = watch::channel(0);
        let post = Post { address, router, stop: stopped, open: Arc::new(open) };
        Ok((Self { address, stop, open: still_open, _anchor: anchor }, post))
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts no more and waits until everything taken is answered, at most `within`. Returns
    /// whether it was.
    pub async fn stop(mut self, within: Duration) -> bool {
        self.stop.send_replace(true);
        let all_left = self.open.wait_for(|open| *open == 0);
        tokio::time::timeout(within, all_left).await.is_ok()
    }
}

impl Post {
    /// Runs on an arbiter's own thread.
    fn serve(&self, arbiter: usize) {
        let listener = match self.listen() {
            Ok(listener) => listener,
            Err(reason) => {
                tracing::error!(arbiter, %reason, "an arbiter cannot listen");
                return;
            }
        };
        let (router, mut stop) = (self.router.clone(), self.stop.clone());
        let open = Arc::clone(&self.open);
        open.send_modify(|open| *open = open.saturating_add(1));
        tokio::spawn(async move {
            let stopped = async move {
                // A sender that is gone stops the server as well.
                let _ = stop.wait_for(|stop| *stop).await;
            };
            let served = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
            if let Err(reason) = served {
                tracing::error!(arbiter, %reason, "an arbiter stopped listening");
            }
            open.send_modify(|open| *open = open.saturating_sub(1));
        });
    }

    fn listen(
        &self,
    ) -> io::Result<impl axum::serve::Listener<Io = tokio::net::TcpStream, Addr = SocketAddr>> {
        let socket = bound(self.address, Sharing::Shared)?;
        socket.listen(BACKLOG_MAX)?;
        socket.set_nonblocking(true)?;
        let listener = TcpListener::from_std(socket.into())?;
        // Answers are small and complete: waiting to fill a packet only delays them.
        Ok(listener.tap_io(|stream| {
            if let Err(reason) = stream.set_nodelay(true) {
                tracing::debug!(%reason, "TCP_NODELAY was not set");
            }
        }))
    }
}

/// Whether other sockets may be bound to the same port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Alone,
    Shared,
}

/// Takes the port. A shared bind alone would succeed beside another process that shares the port too,
/// and halve its connections: so the port is first bound alone.
fn anchor(address: SocketAddr) -> io::Result<Socket> {
    if address.port() != 0 {
        drop(bound(address, Sharing::Alone)?);
    }
    bound(address, Sharing::Shared)
}

fn bound(address: SocketAddr, sharing: Sharing) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(sharing == Sharing::Shared)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn address_of(socket: &Socket) -> io::Result<SocketAddr> {
    let no_address = || io::Error::other("the socket has no address");
    socket.local_addr()?.as_socket().ok_or_else(no_address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::sync::Notify;

    /// A router whose one answer waits for `go`, after it has said `arrived`.
    fn slow(arrived: &Arc<Notify>, go: &Arc<Notify>) -> Router {
        let (arrived, go) = (Arc::clone(arrived), Arc::clone(go));
        Router::new().route(
            "/",
            get(async move || {
                arrived.notify_one();
                go.notified().await;
                "done"
            }),
        )
    }

    fn any_port() -> SocketAddr {
        "127.0.0.1:0".parse().unwrap()
    }

    async fn ask(address: SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
        stream
    }

    #[tokio::test]
    async fn what_was_taken_is_answered_before_the_server_leaves() {
        let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (server, post) = Server::prepare(any_port(), slow(&arrived, &go)).unwrap();
        post.serve(0);
        post.serve(1);
        let address = server.address();
        let mut stream = ask(address).await;
        arrived.notified().await;
        let stopping = tokio::spawn(server.stop(Duration::from_secs(30)));
        go.notify_one();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
        assert!(stopping.await.unwrap());
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn leaving_takes_no_longer_than_it_may() {
        let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (server, post) = Server::prepare(any_port(), slow(&arrived, &go)).unwrap();
        post.serve(0);
        let _stream = ask(server.address()).await;
        arrived.notified().await;
        assert!(!server.stop(Duration::ZERO).await);
    }

    #[tokio::test]
    async fn a_taken_port_is_refused_even_where_it_could_be_shared() {
        let (server, post) = Server::prepare(any_port(), Router::new()).unwrap();
        post.serve(0);
        let second = Server::prepare(server.address(), Router::new());
        let error = second.map(|_| ()).unwrap_err();
        assert_eq!(error.reason.kind(), io::ErrorKind::AddrInUse);
        assert!(error.to_string().contains(&server.address().to_string()));
    }
}
