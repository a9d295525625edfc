//! The answer of a batch while it grows: one result for each line, in the order of the lines, each
//! written as soon as it and all before it are known.

use axum::body::{Bytes, HttpBody};
use http_body::Frame;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use thiserror::Error;
use tokio::sync::mpsc;

/// How much is written at once, in bytes, where more is known; one longer result is not divided.
const FRAME_BYTES_MAX: usize = 64 << 10;

/// The result of a line.
pub(super) struct LineResult {
    pub(super) index: usize,
    /// With the end of the line.
    pub(super) text: Vec<u8>,
}

/// Whoever had a line to do ended without telling its result: the answer breaks off there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the result of line {0} was lost")]
pub(super) struct ResultLost(usize);

/// A body of results. Dropped with its connection, and then those who tell results notice.
pub(super) struct Results {
    known: mpsc::Receiver<LineResult>,
    /// By line; those that are known, but whose turn it is not yet.
    waiting: Vec<Option<Vec<u8>>>,
    next: usize,
}

impl Results {
    /// `told` is known already, the rest comes from `known`.
    pub(super) fn new(
        count: usize,
        told: BTreeMap<usize, Vec<u8>>,
        known: mpsc::Receiver<LineResult>,
    ) -> Self {
        let mut results = Self { known, waiting: vec![None; count], next: 0 };
        told.into_iter().for_each(|(index, text)| results.take(index, text));
        results
    }

    fn take(&mut self, index: usize, text: Vec<u8>) {
        if let Some(place) = self.waiting.get_mut(index) {
            *place = Some(text);
        }
    }

    /// The results whose turn it is, as far as they are known.
    fn take_ready(&mut self) -> Vec<u8> {
        let mut bytes = 0_usize;
        let ready = self.waiting.iter().skip(self.next).map_while(Option::as_ref);
        let count = ready
            .take_while(|text| {
                let fits = bytes < FRAME_BYTES_MAX;
                bytes = bytes.saturating_add(if fits { text.len() } else { 0 });
                fits
            })
            .count();
        let mut frame = Vec::with_capacity(bytes);
        let results = self.waiting.iter_mut().skip(self.next).take(count);
        results.filter_map(Option::take).for_each(|text| frame.extend_from_slice(&text));
        self.next = self.next.saturating_add(count);
        frame
    }
}

impl HttpBody for Results {
    type Data = Bytes;
    type Error = ResultLost;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ResultLost>>> {
        loop {
            let text = self.take_ready();
            if !text.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(text.into()))));
            }
            if self.next == self.waiting.len() {
                return Poll::Ready(None);
            }
            let Some(result) = ready!(self.known.poll_recv(context)) else {
                return Poll::Ready(Some(Err(ResultLost(super::number_of(self.next)))));
            };
            self.take(result.index, result.text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    fn result(index: usize) -> LineResult {
        LineResult { index, text: format!("{index}\n").into_bytes() }
    }

    fn results(count: usize, refused: &[usize]) -> (mpsc::Sender<LineResult>, Results) {
        let (told, known) = mpsc::channel(8);
        let refused = refused.iter().map(|index| (*index, result(*index).text)).collect();
        (told, Results::new(count, refused, known))
    }

    /// What can be written now: `None` if it is nothing.
    async fn now(results: &mut Results) -> Option<Result<String, ResultLost>> {
        let frame = std::future::poll_fn(|context| {
            Poll::Ready(match Pin::new(&mut *results).poll_frame(context) {
                Poll::Ready(frame) => frame,
                Poll::Pending => None,
            })
        });
        let frame = frame.await?;
        Some(frame.map(|frame| String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()))
    }

    #[tokio::test]
    async fn a_result_is_written_when_it_and_all_before_it_are_known() {
        let (told, mut results) = results(5, &[1, 4]);
        let tell = async |index| told.send(result(index)).await.unwrap();
        assert_eq!(now(&mut results).await, None);
        tell(2).await;
        assert_eq!(now(&mut results).await, None);
        tell(0).await;
        assert_eq!(now(&mut results).await, Some(Ok("0\n1\n2\n".to_owned())));
        tell(3).await;
        drop(told);
        assert_eq!(results.collect().await.unwrap().to_bytes(), "3\n4\n");
    }

    #[tokio::test]
    async fn a_lost_result_breaks_the_answer_off() {
        let (told, mut results) = results(3, &[]);
        told.send(result(0)).await.unwrap();
        told.send(result(2)).await.unwrap();
        drop(told);
        assert_eq!(now(&mut results).await, Some(Ok("0\n".to_owned())));
        assert_eq!(now(&mut results).await, Some(Err(ResultLost(2))));
    }

    #[tokio::test]
    async fn much_is_written_in_parts_and_nothing_is_left_out() {
        let (told, known) = mpsc::channel(1);
        let text = |index: usize| format!("{index}{}\n", "x".repeat(FRAME_BYTES_MAX.div_ceil(3)));
        let all: Vec<String> = (0..10).map(text).collect();
        let waiting = all.iter().map(|text| text.clone().into_bytes()).enumerate().collect();
        let mut results = Results::new(10, waiting, known);
        let first = now(&mut results).await.unwrap().unwrap();
        assert_eq!(first.len(), all[..3].iter().map(String::len).sum::<usize>());
        drop(told);
        let rest = results.collect().await.unwrap().to_bytes();
        assert_eq!(first + std::str::from_utf8(&rest).unwrap(), all.concat());
    }
}
