//! A connection whose other side takes nothing does not hold up an answer, and what the answer holds, for ever.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A stream that fails once nothing that is written to it was taken for so long. Whoever takes a little now
/// and then may go on, and no timer is set for whoever takes all at once.
pub(super) struct WriteTimeout<I> {
    inner: I,
    longest: Duration,
    /// Since the first write that had to wait.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<I> WriteTimeout<I> {
    pub(super) fn new(inner: I, longest: Duration) -> Self {
        Self { inner, longest, deadline: None }
    }

    /// What became of a write, or that it waited too long.
    fn judged<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.deadline = None;
            return written;
        }
        let longest = self.longest;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(longest)));
        let over = || io::Error::new(io::ErrorKind::TimedOut, "the other side takes no answer");
        deadline.as_mut().poll(context).map(|()| Err(over()))
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for WriteTimeout<I> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_read(context, buffer)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for WriteTimeout<I> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.inner).poll_write(context, bytes);
        this.judged(context, written)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.inner).poll_flush(context);
        this.judged(context, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let shut = Pin::new(&mut this.inner).poll_shutdown(context);
        this.judged(context, shut)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.inner).poll_write_vectored(context, parts);
        this.judged(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    const LONGEST: Duration = Duration::from_secs(7);

    #[tokio::test(start_paused = true)]
    async fn whoever_takes_nothing_is_given_up_in_time() {
        let (ours, _theirs) = duplex(16);
        let (mut stream, begun) = (WriteTimeout::new(ours, LONGEST), Instant::now());
        stream.write_all(&[0; 16]).await.unwrap();
        assert_eq!(begun.elapsed(), Duration::ZERO);
        let error = stream.write_all(&[0]).await.unwrap_err();
        assert_eq!((error.kind(), begun.elapsed()), (io::ErrorKind::TimedOut, LONGEST));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_takes_a_little_now_and_then_goes_on() {
        let (ours, mut theirs) = duplex(16);
        let (mut stream, begun) = (WriteTimeout::new(ours, LONGEST), Instant::now());
        let taken = tokio::spawn(async move {
            let mut taken = 0;
            while let Ok(1) = theirs.read(&mut [0; 1]).await {
                taken += 1;
                sleep(LONGEST - Duration::from_millis(1)).await;
            }
            taken
        });
        stream.write_all(&[0; 40]).await.unwrap();
        stream.shutdown().await.unwrap();
        assert!(begun.elapsed() > 10 * LONGEST, "{:?}", begun.elapsed());
        assert_eq!(taken.await.unwrap(), 40);
    }
}
