//! One tenant's messages on one channel, in the order of the journal: reads behind the cursor, keeps a
//! bounded number of messages under way, journals how far it has got.

use crate::courier::errand::{Ended, Errand, Office};
use crate::courier::outbox::messages;
use crate::courier::progress::Progress;
use crate::courier::sources::SourceError;
use crate::courier::standings::{Carrier, Standing};
use crate::journal::Numbered;
use crate::ledger::CourierChannel;
use crate::values::{TenantId, Timestamp};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Operations read at once.
const PAGE: u64 = 64;
/// Messages of one line under way at once, those in a pause included: nothing more is read before one of
/// them is dealt with, so a dead gateway costs no memory.
const WINDOW_MAX: usize = 16;
/// How long a line waits when the ledger does not answer.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// A line at work.
pub(super) struct Line {
    tenant: TenantId,
    channel: CourierChannel,
    office: Arc<Office>,
    stop: watch::Receiver<bool>,
    progress: Progress,
    /// Read and not begun.
    backlog: VecDeque<Errand>,
    under_way: JoinSet<(u64, Ended)>,
}

/// What a line does next.
enum Turn {
    Stop,
    Ended(u64, Ended),
    Read,
    Advance,
}

/// Follows a tenant on a channel until the desk stops.
pub(super) async fn follow(
    tenant: TenantId,
    channel: CourierChannel,
    office: Arc<Office>,
    stop: watch::Receiver<bool>,
) {
    let mut stopping = stop.clone();
    let cursor = loop {
        match office.sources.tenant(tenant) {
            Ok(tenant) => break tenant.couriers.through(channel),
            Err(error) => tracing::warn!(%error, "a courier waits for the ledger"),
        }
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = office.pacing.wait(ASK_AGAIN) => {}
        }
    };
    let line = Line {
        tenant,
        channel,
        office,
        stop,
        progress: Progress::new(cursor),
        backlog: VecDeque::new(),
        under_way: JoinSet::new(),
    };
    line.work().await;
}

impl Line {
    async fn work(mut self) {
        let mut all_read = false;
        while !*self.stop.borrow() {
            self.begin();
            self.note_standing();
            if self.backlog.is_empty() && !all_read {
                all_read = self.read().await;
                continue;
            }
            match self.turn().await {
                Turn::Stop => break,
                Turn::Ended(number, ended) => self.ended(number, ended),
                Turn::Read => all_read = false,
                Turn::Advance => self.advance(self.progress.through()).await,
            }
        }
        self.leave().await;
    }

    /// Waits for what comes first.
    async fn turn(&mut self) -> Turn {
        let (office, tenant, channel) = (Arc::clone(&self.office), self.tenant, self.channel);
        let now = office.clock.now();
        let due = self.progress.due_at(now).map(|at| until(at, now));
        let last_read = self.progress.last_read();
        tokio::select! {
            biased;
            _ = self.stop.wait_for(|stopping| *stopping) => Turn::Stop,
            () = office.pacing.wait(due.unwrap_or_default()), if due.is_some() => Turn::Advance,
            Some(ended) = self.under_way.join_next() => match ended {
                Ok((number, ended)) => Turn::Ended(number, ended),
                Err(error) => {
                    // Its operation stays open, so the next start sends it again.
                    tracing::error!(%error, "a courier broke down");
                    Turn::Read
                }
            },
            () = office.sources.grows(tenant, channel, last_read), if self.backlog.is_empty() => Turn::Read,
        }
    }

    /// Tells those who watch how far the line has got.
    fn note_standing(&self) {
        let waiting = self.backlog.len().saturating_add(self.under_way.len());
        let waiting = u64::try_from(waiting).unwrap_or(u64::MAX);
        let (through, oldest) = (self.progress.through(), self.progress.oldest());
        let standing = Standing { through, oldest, waiting };
        let carrier = Carrier::Messages(self.tenant, self.channel);
        self.office.deliveries.standings().note(carrier, standing);
    }

    /// Begins as many errands as the window lets in.
    fn begin(&mut self) {
        while self.under_way.len() < WINDOW_MAX
            && let Some(errand) = self.backlog.pop_front()
        {
            let (office, stop) = (Arc::clone(&self.office), self.stop.clone());
            self.under_way.spawn(async move {
                let number = errand.number;
                (number, errand.run(&office, stop).await)
            });
        }
    }

    /// Reads a page, past what is known to tell nothing. Returns whether there is no more for now.
    async fn read(&mut self) -> bool {
        let read = self.progress.last_read();
        let after = self.office.sources.quiet_through(self.tenant, self.channel, read);
        self.progress.pass(after);
        let page = self.office.sources.operations_after(self.tenant, after, PAGE).await;
        match page.and_then(|page| self.take(&page).map(|()| count(&page) < PAGE)) {
            Ok(all_read) => all_read,
            Err(error) => {
                tracing::warn!(tenant = self.tenant.number(), %error, "a courier waits for the ledger");
                self.pause().await;
                false
            }
        }
    }

    /// Waits before the ledger is asked again; not when the desk stops.
    async fn pause(&mut self) {
        tokio::select! {
            _ = self.stop.wait_for(|stopping| *stopping) => {}
            () = self.office.pacing.wait(ASK_AGAIN) => {}
        }
    }

    fn take(&mut self, page: &[Numbered]) -> Result<(), SourceError> {
        let tenant = self.office.sources.tenant(self.tenant)?;
        let now = self.office.clock.now();
        for numbered in page {
            let codes = match self.channel {
                CourierChannel::Sms => self.office.sources.login_codes(numbered)?,
                CourierChannel::Push => Vec::new(),
            };
            let told = messages(self.channel, numbered, &codes, &tenant);
            // A text message for each code, in order; on the other channel there are none.
            let codes = codes.into_iter().map(Some).chain(std::iter::repeat(None));
            let errands = told.into_iter().zip(codes).map(|(message, code)| Errand {
                tenant: self.tenant,
                number: numbered.tenant_number,
                at: numbered.operation.at,
                message,
                code,
            });
            // What comes too late to be of use is not begun.
            let useful: Vec<Errand> = errands
                .filter(|errand| errand.message.retries().is_useful(errand.age(now)))
                .collect();
            self.progress.read(numbered.tenant_number, numbered.operation.at, count(&useful));
            self.backlog.extend(useful);
        }
        Ok(())
    }

    fn ended(&mut self, number: u64, ended: Ended) {
        match ended {
            Ended::Dealt => self.progress.dealt(number, self.office.clock.now()),
            Ended::Left => {}
        }
    }

    async fn advance(&mut self, through: u64) {
        match self.office.sources.advance(self.tenant, self.channel, through).await {
            Ok(()) => self.progress.journaled(through),
            Err(error) => {
                tracing::warn!(tenant = self.tenant.number(), %error, "a cursor was not journaled");
                self.pause().await;
            }
        }
    }

    /// Lets the attempts under way end, which their time-outs bound, and journals the last word.
    async fn leave(mut self) {
        while let Some(ended) = self.under_way.join_next().await {
            if let Ok((number, ended)) = ended {
                self.ended(number, ended);
            }
        }
        if let Some(through) = self.progress.last_word() {
            self.advance(through).await;
        }
    }
}

fn count<T>(list: &[T]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}

fn until(at: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(at.millis_since(now)).unwrap_or(0))
}
