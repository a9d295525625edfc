//! What answers came to: how many, how fast, and refusals by kind.

use crate::admin::load::wire::Answer;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Longest answer that is told apart, in microseconds: a minute.
const MICROS_MAX: u64 = 60_000_000;

/// Counted by one connection, or by all of them.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    /// Requests that were answered.
    pub answered: u64,
    /// Sales that were taken; one no-op counts as one.
    pub done: u64,
    /// By stable code, or by status where there is none.
    pub refused: BTreeMap<String, u64>,
    /// Bytes of the bodies of answers.
    pub bytes: u64,
    micros: Histogram<u64>,
}

/// Times of answers, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Latencies {
    pub p50: u64,
    pub p90: u64,
    pub p99: u64,
    pub p99_9: u64,
    pub max: u64,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    code: Option<String>,
}

impl Tally {
    pub(super) fn new() -> Self {
        let micros = Histogram::new_with_max(MICROS_MAX, 3).expect("a minute at three digits fits");
        Self { answered: 0, done: 0, refused: BTreeMap::new(), bytes: 0, micros }
    }

    /// Takes in the answer to a single request.
    pub(super) fn take(&mut self, answer: &Answer, took: Duration) {
        self.took(answer, took);
        if (200..300).contains(&answer.status) {
            self.done = self.done.saturating_add(1);
        } else {
            self.refuse(&answer.body, answer.status);
        }
    }

    /// Takes in the answer to a batch: a result on each line.
    pub(super) fn take_batch(&mut self, answer: &Answer, took: Duration) {
        if answer.status != 200 {
            self.took(answer, took);
            return self.refuse(&answer.body, answer.status);
        }
        self.took(answer, took);
        for line in answer.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            if is_taken(line) {
                self.done = self.done.saturating_add(1);
            } else {
                self.refuse(line, 0);
            }
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.answered = self.answered.saturating_add(other.answered);
        self.done = self.done.saturating_add(other.done);
        self.bytes = self.bytes.saturating_add(other.bytes);
        for (code, count) in &other.refused {
            let sum = self.refused.entry(code.clone()).or_default();
            *sum = sum.saturating_add(*count);
        }
        // Both were made with the same bounds.
        let _ = self.micros.add(&other.micros);
    }

    pub(super) fn latencies(&self) -> Latencies {
        latencies_of(&self.micros)
    }

    fn took(&mut self, answer: &Answer, took: Duration) {
        self.answered = self.answered.saturating_add(1);
        let bytes = u64::try_from(answer.body.len()).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(bytes);
        self.micros.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    fn refuse(&mut self, body: &[u8], status: u16) {
        let told = serde_json::from_slice(body).unwrap_or(Told { status: None, code: None });
        let status = told.status.unwrap_or(status);
        let kind = told.code.unwrap_or_else(|| format!("status {status}"));
        let count = self.refused.entry(kind).or_default();
        *count = count.saturating_add(1);
    }
}

/// The percentiles that are told.
pub(super) fn latencies_of(micros: &Histogram<u64>) -> Latencies {
    Latencies {
        p50: micros.value_at_quantile(0.5),
        p90: micros.value_at_quantile(0.9),
        p99: micros.value_at_quantile(0.99),
        p99_9: micros.value_at_quantile(0.999),
        max: micros.max(),
    }
}

/// Whether a line of a batch's answer says 201, without reading all of it.
fn is_taken(line: &[u8]) -> bool {
    let head = line.get(..48).unwrap_or(line);
    head.windows(13).any(|window| window == b"\"status\":201,")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn answers_are_counted_by_what_they_say() {
        let mut tally = Tally::new();
        tally.take(&answer(201, "{}"), Duration::from_micros(400));
        tally.take(&answer(422, r#"{"code":"redeem_over_cap"}"#), Duration::from_micros(500));
        tally.take(&answer(503, "busy"), Duration::from_micros(600));
        assert_eq!((tally.answered, tally.done, tally.bytes), (3, 1, 32));
        let refused: Vec<_> = tally.refused.clone().into_iter().collect();
        assert_eq!(refused, [("redeem_over_cap".to_owned(), 1), ("status 503".to_owned(), 1)]);
        assert_eq!((tally.latencies().p50, tally.latencies().max), (500, 600));
    }

    #[test]
    fn a_batch_counts_line_by_line_and_tallies_add_up() {
        let body = "{\"line\":1,\"status\":201,\"success\":true}\n\
                    {\"line\":2,\"status\":422,\"success\":false,\"code\":\"duplicate_sale\"}\n";
        let mut tally = Tally::new();
        tally.take_batch(&answer(200, body), Duration::from_millis(2));
        let mut sum = tally.clone();
        sum.add(&tally);
        assert_eq!((sum.answered, sum.done, sum.refused["duplicate_sale"]), (2, 2, 2));
        let mut refused = Tally::new();
        refused.take_batch(&answer(413, "{}"), Duration::ZERO);
        assert_eq!(refused.refused["status 413"], 1);
    }
}
