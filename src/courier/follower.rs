//! Follows what happens in one tenant, from a cursor on: reads pages of the feed, waits for more, hands
//! each page to a sink, and has the cursor journaled now and then. What was handed over since then is
//! handed over again after a crash.

use crate::courier::pacing::Pacing;
use crate::engine::{EngineError, House};
use crate::journal::Numbered;
use crate::values::{TenantId, Timestamp};
use std::future::Future;
use std::ops::ControlFlow;
use std::time::Duration;
use tokio::sync::watch;

/// Operations handed over at once.
pub(super) const PAGE: u64 = 100;
/// How long a sink may work before the cursor is journaled: a busy tenant must not write a note for every
/// page, and after a crash what came in this time is repeated.
pub(super) const KEEP_EVERY: Duration = Duration::from_secs(10);
/// Operations of no interest to the sink after which the cursor is journaled all the same.
const PASSED_OVER_MAX: u64 = 10_000;
/// Pause before a house that did not answer is asked again.
const HOUSE_PAUSE: Duration = Duration::from_secs(1);
/// How long journaling the last cursor may take when a follower is stopped.
const LAST_KEEP_MAX: Duration = Duration::from_secs(5);

/// What a sink has dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Handed {
    /// With so many operations, at least one; something left the house.
    Acted(usize),
    /// With so many operations; they do not concern the sink.
    PassedOver(usize),
    /// The sink wants no more; the cursor stays where it was.
    Done,
}

/// What operations are handed to.
pub(super) trait Sink: Send {
    /// Deals with the first operations of a page, in order; returns when the cursor may move behind them.
    fn take(&mut self, page: &[Numbered]) -> impl Future<Output = Handed> + Send;

    /// Notes how far it has got, for those who watch, and when what comes next happened, if that is known.
    fn note(&self, through: u64, oldest: Option<Timestamp>);

    /// Journals the cursor.
    fn keep(&mut self, through: u64) -> impl Future<Output = Result<(), EngineError>> + Send;
}

/// A tenant's operations on their way to a sink.
pub(super) struct Follower<S> {
    house: House,
    pacing: Pacing,
    tenant: TenantId,
    sink: S,
    /// The last operation that was handed over.
    cursor: u64,
    /// Whether something left since the cursor was journaled.
    acted: bool,
    kept: u64,
    kept_at: Timestamp,
}

impl<S: Sink> Follower<S> {
    pub(super) fn new(
        house: House,
        pacing: Pacing,
        tenant: TenantId,
        cursor: u64,
        sink: S,
    ) -> Self {
        let kept_at = house.clock().now();
        Self { house, pacing, tenant, sink, cursor, acted: false, kept: cursor, kept_at }
    }

    /// Follows until it is told to stop, or the sink is done. Stopped, it drops what the sink is doing and
    /// journals the cursor.
    pub(super) async fn follow(mut self, mut stop: watch::Receiver<bool>) {
        self.sink.note(self.cursor, None);
        loop {
            let step = tokio::select! {
                biased;
                // A sender that is gone stops it as well.
                _ = stop.wait_for(|stop| *stop) => break,
                step = self.step() => step,
            };
            if step.is_break() {
                return;
            }
        }
        if self.acted && tokio::time::timeout(LAST_KEEP_MAX, self.keep()).await.is_err() {
            tracing::warn!(tenant = %self.tenant, "a courier's last cursor was not journaled");
        }
    }

    async fn step(&mut self) -> ControlFlow<()> {
        let Ok(page) = self.house.feed(self.tenant, self.cursor, PAGE).await else {
            self.pacing.wait(HOUSE_PAUSE).await;
            return ControlFlow::Continue(());
        };
        if page.operations.is_empty() {
            self.wait_for_more().await;
            return ControlFlow::Continue(());
        }
        let mut rest = page.operations.as_slice();
        self.note_before(rest);
        while !rest.is_empty() {
            let count = match self.sink.take(rest).await {
                Handed::Done => return ControlFlow::Break(()),
                Handed::Acted(count) => {
                    self.acted = true;
                    count
                }
                Handed::PassedOver(count) => count,
            };
            let (dealt_with, left) = rest.split_at(count.min(rest.len()));
            rest = left;
            self.moved_behind(dealt_with, rest).await;
        }
        ControlFlow::Continue(())
    }

    /// Moves the cursor, and journals it when it is time.
    async fn moved_behind(&mut self, dealt_with: &[Numbered], left: &[Numbered]) {
        self.cursor = dealt_with.last().map_or(self.cursor, |last| last.tenant_number);
        self.note_before(left);
        let passed_over = self.cursor.saturating_sub(self.kept) >= PASSED_OVER_MAX;
        if passed_over || (self.acted && self.left_to_keep().is_zero()) {
            self.keep().await;
        }
    }

    /// Notes that `rest` comes next.
    fn note_before(&self, rest: &[Numbered]) {
        let oldest = rest.first().map(|next| next.operation.at);
        self.sink.note(self.cursor, oldest);
    }

    /// Waits for the next operation, and journals the cursor meanwhile when it is time.
    async fn wait_for_more(&mut self) {
        let grown = if self.acted {
            let keep_in = self.left_to_keep();
            tokio::select! {
                biased;
                grown = self.house.feed_grows(self.tenant, self.cursor) => grown,
                () = self.pacing.wait(keep_in) => {
                    self.keep().await;
                    return;
                }
            }
        } else {
            self.house.feed_grows(self.tenant, self.cursor).await
        };
        if grown.is_err() {
            self.pacing.wait(HOUSE_PAUSE).await;
        }
    }

    fn left_to_keep(&self) -> Duration {
        let since = self.house.clock().now().millis_since(self.kept_at);
        KEEP_EVERY.saturating_sub(Duration::from_millis(u64::try_from(since).unwrap_or(0)))
    }

    async fn keep(&mut self) {
        match self.sink.keep(self.cursor).await {
            Ok(()) => {
                self.kept = self.cursor;
                self.acted = false;
            }
            Err(error) => {
                tracing::warn!(tenant = %self.tenant, %error, "a courier's cursor was not journaled");
                self.pacing.wait(HOUSE_PAUSE).await;
            }
        }
        self.kept_at = self.house.clock().now();
    }
}
