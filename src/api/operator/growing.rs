//! Answers that are written while the ledger is read; what waits to be sent is bounded.

use crate::api::respond::streamed;
use crate::engine::EngineError;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::Response;
use http_body::Frame;
use std::pin::Pin;
use std::task::{Context, Poll};
use thiserror::Error;
use tokio::sync::mpsc;

/// Pages that wait to be sent.
const WAITING_MAX: usize = 4;

/// The reading stopped before the end, and so does the answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the export broke off: {0}")]
struct BrokeOff(String);

type Page = Result<Bytes, BrokeOff>;

/// A body that grows while the ledger is read.
struct Pages(mpsc::Receiver<Page>);

/// Where the pages of such a body go.
pub(super) struct Growing(mpsc::Sender<Page>);

impl HttpBody for Pages {
    type Data = Bytes;
    type Error = BrokeOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokeOff>>> {
        self.0.poll_recv(context).map(|page| page.map(|page| page.map(Frame::data)))
    }
}

impl Growing {
    /// Sends a page as soon as there is room. Whether somebody still listens.
    pub(super) async fn send(&self, page: Bytes) -> bool {
        self.0.send(Ok(page)).await.is_ok()
    }
}

/// An answer that `write` writes bit by bit; where it fails, the answer breaks off.
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
        if let Err(error) = writing.await {
            let _ = told.send(Err(BrokeOff(error.into_reason()))).await;
        }
    }));
    streamed(Body::new(Pages(pages)), content_type)
}
