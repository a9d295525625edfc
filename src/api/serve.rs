//! Listeners that share one port, one on every arbiter, and the way they leave: no new connection, an
//! answer for everything taken, within a bounded time.

use crate::api::door::{Connections, Door};
use crate::api::routes::Routes;
use crate::engine::House;
use axum::serve::Listener;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
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

/// Routes that are served on every arbiter of a house.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    is_encrypted: bool,
    stop: watch::Sender<bool>,
    /// Arbiters and connections that are still served.
    open: watch::Receiver<usize>,
    /// Bound without listening: keeps the port ours until the server is dropped.
    _anchor: Socket,
}

/// What an arbiter needs to serve.
struct Post {
    address: SocketAddr,
    connections: Connections,
}

impl Server {
    /// Listens on `address` (port 0: any free one) from every arbiter, and treats connections as `door`
    /// says.
    ///
    /// # Errors
    /// The address is taken, or not ours to take.
    pub fn start(
        house: &House,
        address: SocketAddr,
        routes: impl Into<Routes>,
        door: Door,
    ) -> Result<Self, ServeError> {
        let (server, post) = Self::prepare(address, routes.into(), door)?;
        house.on_each_arbiter(move |arbiter| post.serve(arbiter));
        Ok(server)
    }

    /// Takes the port; nothing is served yet.
    fn prepare(
        address: SocketAddr,
        routes: Routes,
        door: Door,
    ) -> Result<(Self, Post), ServeError> {
        let failed = |reason| ServeError { address, reason };
        let anchor = anchor(address).map_err(failed)?;
        let address = address_of(&anchor).map_err(failed)?;
        let (stop, stopped) = watch::channel(false);
        let (open, still_open) = watch::channel(0);
        let is_encrypted = door.tls.is_some();
        let connections = Connections::new(routes, door, stopped, open);
        let post = Post { address, connections };
        Ok((Self { address, is_encrypted, stop, open: still_open, _anchor: anchor }, post))
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as others call it.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.is_encrypted { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
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
        let connections = self.connections.clone();
        let held = connections.hold();
        tokio::task::spawn_local(async move {
            let _until_here = held;
            accept(listener, &connections).await;
        });
    }

    fn listen(&self) -> io::Result<TcpListener> {
        let socket = bound(self.address, Sharing::Shared)?;
        socket.listen(BACKLOG_MAX)?;
        socket.set_nonblocking(true)?;
        TcpListener::from_std(socket.into())
    }
}

/// Takes connections until the server leaves.
async fn accept(mut listener: TcpListener, connections: &Connections) {
    let mut stopped = pin!(connections.stopped());
    loop {
        tokio::select! {
            (stream, peer) = Listener::accept(&mut listener) => connections.take(stream, peer),
            () = stopped.as_mut() => return,
        }
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
    use crate::api::telemetry::TurnedAwayFor;
    use axum::Router;
    use axum::routing::get;
    use std::sync::Arc;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::sync::Notify;
    use tokio::task::LocalSet;

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
        let test = async {
            let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
            let (server, post) =
                Server::prepare(any_port(), slow(&arrived, &go).into(), Door::default()).unwrap();
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
        };
        LocalSet::new().run_until(test).await;
    }

    #[tokio::test]
    async fn leaving_takes_no_longer_than_it_may() {
        let test = async {
            let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
            let (server, post) =
                Server::prepare(any_port(), slow(&arrived, &go).into(), Door::default()).unwrap();
            post.serve(0);
            let _stream = ask(server.address()).await;
            arrived.notified().await;
            assert!(!server.stop(Duration::ZERO).await);
        };
        LocalSet::new().run_until(test).await;
    }

    #[tokio::test]
    async fn a_taken_port_is_refused_even_where_it_could_be_shared() {
        let test = async {
            let (server, post) =
                Server::prepare(any_port(), Router::new().into(), Door::default()).unwrap();
            post.serve(0);
            let second = Server::prepare(server.address(), Router::new().into(), Door::default());
            let error = second.map(|_| ()).unwrap_err();
            assert_eq!(error.reason.kind(), io::ErrorKind::AddrInUse);
            assert!(error.to_string().contains(&server.address().to_string()));
        };
        LocalSet::new().run_until(test).await;
    }

    #[tokio::test]
    async fn a_connection_too_many_is_closed_and_the_next_one_has_its_place() {
        let test = async {
            let router = Router::new().route("/", get(|| async { "done" }));
            let door = Door { connections_max: 1, ..Door::default() };
            let turned_away = door.turned_away.clone();
            let (server, post) = Server::prepare(any_port(), router.into(), door).unwrap();
            post.serve(0);
            let mut first = ask(server.address()).await;
            let mut answer = [0; 15];
            first.read_exact(&mut answer).await.unwrap();
            assert_eq!(&answer, b"HTTP/1.1 200 OK");
            let mut second = TcpStream::connect(server.address()).await.unwrap();
            assert!(matches!(second.read(&mut answer).await, Ok(0) | Err(_)));
            assert_eq!(turned_away.counted(TurnedAwayFor::ConnectionsMax), 1);
            drop(first);
            // The server notices by itself that the first one left.
            loop {
                let mut third = ask(server.address()).await;
                if third.read_exact(&mut answer).await.is_ok() {
                    break;
                }
            }
            assert_eq!(&answer, b"HTTP/1.1 200 OK");
        };
        LocalSet::new().run_until(test).await;
    }
}
