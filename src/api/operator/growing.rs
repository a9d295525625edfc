//! Answers that are written while the ledger is read; what waits to be sent is bounded, and an answer that
//! breaks off is cut before its end, so that nobody takes it for whole.

use crate::api::respond::streamed;
use crate::engine::EngineError;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::Response;
use http_body::Frame;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use thiserror::Error;
use tokio::sync::mpsc;

/// Pages that wait to be sent.
const WAITING_MAX: usize = 4;

/// The reading stopped before the end, and so does the answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the export broke off: {0}")]
struct BrokeOff(String);

/// What comes next of an answer.
enum Part {
    Page(Bytes),
    /// There is no more of it.
    End,
    BrokeOff(BrokeOff),
}

/// A body that grows while the ledger is read; `None` after its end.
struct Pages(Option<mpsc::Receiver<Part>>);

/// Where the pages of such a body go.
pub(super) struct Growing(mpsc::Sender<Part>);

impl HttpBody for Pages {
    type Data = Bytes;
    type Error = BrokeOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokeOff>>> {
        let Some(parts) = &mut self.0 else { return Poll::Ready(None) };
        let part = ready!(parts.poll_recv(context));
        // Whoever wrote may be gone without a word that it was done.
        let part =
            part.unwrap_or_else(|| Part::BrokeOff(BrokeOff("its writer is gone".to_owned())));
        let last = match part {
            Part::Page(page) => return Poll::Ready(Some(Ok(Frame::data(page)))),
            Part::End => None,
            Part::BrokeOff(reason) => Some(Err(reason)),
        };
        self.0 = None;
        Poll::Ready(last)
    }
}

impl Growing {
    /// Sends a page as soon as there is room. Whether somebody still listens.
    pub(super) async fn send(&self, page: Bytes) -> bool {
        self.0.send(Part::Page(page)).await.is_ok()
    }
}

/// An answer that `write` writes bit by bit; where it fails or panics, the answer breaks off.
pub(super) fn growing<W>(
    content_type: &'static str,
    write: impl FnOnce(Growing) -> W,
) -> Response<Body>
where
    W: Future<Output = Result<(), EngineError>> + Send + 'static,
{
    let (sender, pages) = mpsc::channel(WAITING_MAX);
    let told = sender.clone();
    let writing = write(Growing(sender));
    drop(tokio::spawn(async move {
        let last = match writing.await {
            Ok(()) => Part::End,
            Err(error) => Part::BrokeOff(BrokeOff(error.into_reason())),
        };
        // Not sent where nobody listens any more.
        let _ = told.send(last).await;
    }));
    streamed(Body::new(Pages(Some(pages))), content_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::door::{Connections, Door};
    use axum::Router;
    use axum::routing::get;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::watch;
    use tokio::task::LocalSet;

    /// What the last chunk of an answer looks like on the wire.
    const LAST_CHUNK: &[u8] = b"\r\n0\r\n\r\n";

    async fn whole(pages: Growing) -> Result<(), EngineError> {
        pages.send("one\n".into()).await;
        pages.send("two\n".into()).await;
        Ok(())
    }

    async fn failing(pages: Growing) -> Result<(), EngineError> {
        pages.send("one\n".into()).await;
        Err(EngineError::Unavailable("it is being opened again".to_owned()))
    }

    async fn panicking(pages: Growing) -> Result<(), EngineError> {
        pages.send("one\n".into()).await;
        panic!("a bug amid the rows")
    }

    fn exports() -> Router {
        Router::new()
            .route("/whole", get(async || growing("text/csv", whole)))
            .route("/failing", get(async || growing("text/csv", failing)))
            .route("/panicking", get(async || growing("text/csv", panicking)))
    }

    /// A port of this machine where these routes answer.
    struct Listening {
        listener: TcpListener,
        connections: Connections,
        address: String,
        /// Dropped, it stops them.
        _stop: watch::Sender<bool>,
    }

    impl Listening {
        async fn new(router: Router, door: Door) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap().to_string();
            let (stop, stopped) = watch::channel(false);
            let connections = Connections::new(router.into(), door, stopped, watch::channel(0).0);
            Self { listener, connections, address, _stop: stop }
        }

        async fn take_one(&self) {
            let (stream, peer) = self.listener.accept().await.unwrap();
            self.connections.take(stream, peer);
        }
    }

    async fn asked(address: &str, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// What comes through a real socket, and what a common client makes of it.
    async fn fetched(path: &str) -> (Vec<u8>, Option<String>) {
        let port = Listening::new(exports(), Door::default()).await;
        let serving = async {
            loop {
                port.take_one().await;
            }
        };
        let address = &port.address;
        let asking = async {
            let mut bytes = Vec::new();
            // A reset after the bytes says the same as a cut.
            let _ = asked(address, path).await.read_to_end(&mut bytes).await;
            let client = crate::courier::http_only_client().unwrap().build().unwrap();
            let text = async {
                let answer = client.get(format!("http://{address}{path}")).send().await?;
                answer.text().await
            };
            (bytes, text.await.ok())
        };
        LocalSet::new()
            .run_until(async {
                tokio::select! {
                    () = serving => unreachable!("it serves on"),
                    fetched = asking => fetched,
                }
            })
            .await
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_is_not_taken_for_whole() {
        let (bytes, text) = fetched("/whole").await;
        assert!(bytes.ends_with(LAST_CHUNK), "{}", String::from_utf8_lossy(&bytes));
        assert_eq!(text.as_deref(), Some("one\ntwo\n"));
        for path in ["/failing", "/panicking"] {
            let (bytes, text) = fetched(path).await;
            assert!(!bytes.ends_with(LAST_CHUNK), "{path}");
            assert_eq!(text, None, "{path}");
        }
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_lets_go_of_what_it_holds() {
        // More than the buffers of any socket hold.
        const PAGE: usize = 1 << 20;
        const PAGES: usize = 64;
        let (told, mut heard) = watch::channel(None);
        let endless = move || {
            let told = told.clone();
            let write = async move |pages: Growing| {
                let mut sent = 0;
                while sent < PAGES && pages.send(Bytes::from(vec![b'x'; PAGE])).await {
                    sent += 1;
                }
                told.send_replace(Some(sent));
                Ok(())
            };
            std::future::ready(growing("text/csv", write))
        };
        let router = Router::new().route("/", get(endless));
        let door = Door { write_time: Duration::from_millis(1), ..Door::default() };
        let port = Listening::new(router, door).await;
        LocalSet::new()
            .run_until(async {
                let unread = asked(&port.address, "/").await;
                port.take_one().await;
                let sent = *heard.wait_for(Option::is_some).await.unwrap();
                assert!(sent.unwrap() < PAGES, "{sent:?} pages found room");
                drop(unread);
            })
            .await;
    }
}
