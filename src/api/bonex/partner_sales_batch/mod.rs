//! `POST /partner/sales/batch`: late sales and returns, one JSON object a line, told one result a line.
//!
//! All lines are read once, to find their order. Of a large batch only the first lines are kept as they were
//! read, the others are read again when their turn comes: so what is held meanwhile is bounded, however much its
//! receipts contain.

mod line;
mod plan;
mod results;
mod sale_line;

use super::Call;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::idempotency::key_of;
use crate::api::request::Asked;
use crate::api::respond;
use crate::engine::{House, one_after_another};
use crate::ledger::{SettingsDraft, Tenant};
use axum::body::Body;
use axum::http::Response;
use plan::{Plan, Task};
use results::{LineResult, Results};
use std::collections::VecDeque;
use std::io::BufRead as _;
use std::ops::Range;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tracing::Instrument as _;

/// Lines of one batch.
const BATCH_LINES_MAX: usize = 10_000;
/// Customers of one batch that are served at once: far below the places of the house, so that tills
/// find theirs.
const CUSTOMERS_AT_ONCE_MAX: usize = 64;
/// Results that wait for a caller who reads slowly, before no further line is begun.
const RESULTS_WAITING_MAX: usize = 256;

/// A batch that was taken in. Not `Debug`: its request holds secrets.
struct Batch {
    house: House,
    tenant: Arc<Tenant>,
    asked: Asked,
    /// Where each line stands in the body.
    lines: Vec<Range<usize>>,
    /// A line was told 503 after all its tries: those after it do not wait any more.
    waited_in_vain: AtomicBool,
}

pub(super) async fn answer(call: Call<'_>) -> Result<Response<Body>, ApiError> {
    key_of(&call.asked)?;
    let lines = split(&call.asked.body)?;
    let batch = Arc::new(Batch {
        house: call.house.clone(),
        tenant: call.tenant,
        asked: call.asked,
        lines,
        waited_in_vain: AtomicBool::new(false),
    });
    let Plan { customers, refused } = plan::of(&batch).await?;
    let (told, known) = mpsc::channel(RESULTS_WAITING_MAX);
    let results = Results::new(batch.lines.len(), refused, known);
    let at_once = customers.len().min(CUSTOMERS_AT_ONCE_MAX);
    let customers = Arc::new(Mutex::new(customers));
    for _ in 0..at_once {
        // Boxed, for a task is moved more than once before it begins and when it ends.
        let work = Box::pin(work(Arc::clone(&batch), Arc::clone(&customers), told.clone()));
        tokio::spawn(one_after_another(work).in_current_span());
    }
    Ok(respond::lines(Body::new(results)))
}

/// Serves one customer after the other, each line by line, until none is left or the caller is gone.
async fn work(
    batch: Arc<Batch>,
    customers: Arc<Mutex<VecDeque<Vec<Task>>>>,
    told: mpsc::Sender<LineResult>,
) {
    let next = || customers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    while let Some(tasks) = next() {
        for task in tasks {
            let index = task.index;
            let text = batch.result_of(task).await;
            if told.send(LineResult { index, text }).await.is_err() {
                return;
            }
        }
    }
}

/// The lines of a body; nothing but space after the last one counts as no line.
fn split(body: &[u8]) -> Result<Vec<Range<usize>>, FieldError> {
    let complain = |complaint| Err(FieldError::new("body", complaint));
    let body = body.trim_ascii_end();
    if body.is_empty() {
        return complain(Complaint::Required);
    }
    let mut lines = Vec::new();
    let mut rest = body;
    while !rest.is_empty() {
        if lines.len() == BATCH_LINES_MAX {
            return complain(Complaint::TooManyEntries(BATCH_LINES_MAX));
        }
        let start = body.len().saturating_sub(rest.len());
        // Looks at many bytes at once, unlike whatever asks about each of them.
        let line = rest.skip_until(b'\n').expect("what is in memory can be read");
        let is_last = rest.is_empty();
        let end = start.saturating_add(line).saturating_sub(usize::from(!is_last));
        lines.push(start..end);
    }
    Ok(lines)
}

impl Batch {
    /// The rules of the tenant at the instant of the request.
    fn rules(&self) -> &SettingsDraft {
        &self.tenant.settings.at(self.asked.at).rules
    }

    fn text_of(&self, index: usize) -> &[u8] {
        &self.asked.body[self.lines[index].clone()]
    }
}

/// How lines are called outside: from 1.
const fn number_of(index: usize) -> usize {
    index.saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: Result<&[&str], &str>) {
        let lines = split(body.as_bytes()).map_err(|error| error.complaint.code());
        let lines = lines
            .map(|lines| lines.into_iter().map(|line| body[line].to_owned()).collect::<Vec<_>>());
        let expected = expected.map(|lines| lines.iter().map(|line| (*line).to_owned()).collect());
        assert_eq!(lines, expected, "{body:?}");
    }

    #[test]
    fn a_body_is_split_into_lines() {
        check("{}", Ok(&["{}"]));
        check("{}\n", Ok(&["{}"]));
        check("{}\n[]\r\n5\n \n\r\n\n", Ok(&["{}", "[]\r", "5"]));
        check("\n{}\n\n5", Ok(&["", "{}", "", "5"]));
        check("", Err("required"));
        check(" \n\n", Err("required"));
        let lines = |count: usize| split("{}\n".repeat(count).as_bytes()).map(|lines| lines.len());
        assert_eq!(lines(BATCH_LINES_MAX), Ok(BATCH_LINES_MAX));
        assert!(lines(BATCH_LINES_MAX + 1).is_err());
    }
}
