//! What happened in each tenant, by its own gap-free numbers, as far as it is durable; and the wait for
//! more of it. A call that waits holds no place.

use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::quiet::QuietRuns;
use crate::journal::{Numbered, read_feed};
use crate::ledger::CourierChannel;
use crate::values::TenantId;
use dashmap::DashMap;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// A page of a tenant's feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedPage {
    /// In the order of their numbers, without a gap.
    pub operations: Vec<Numbered>,
    /// The number of the tenant's last durable operation.
    pub last: u64,
}

/// How far the feed of each tenant has got, and who waits for more.
#[derive(Default)]
pub(super) struct Feeds {
    ends: DashMap<TenantId, End>,
    closed: AtomicBool,
    /// Which of it tells nobody anything.
    pub(super) quiet: QuietRuns,
}

/// How far the feed of a tenant has got, as those see it who wait for it.
struct End {
    any: watch::Sender<u64>,
    /// The last operation that may have something to tell on a channel, or a later one.
    sms: watch::Sender<u64>,
    push: watch::Sender<u64>,
}

impl FeedPage {
    /// Whether more is there already.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.operations.last().is_some_and(|operation| operation.tenant_number < self.last)
    }
}

impl Feeds {
    /// All that is in the journal is durable when it is opened.
    pub(super) fn new(tenant_numbers: &HashMap<TenantId, u64>) -> Self {
        let feeds = Self::default();
        for (tenant, number) in tenant_numbers {
            feeds.grew(*tenant, *number);
        }
        feeds
    }

    /// A tenant's operations through a number are durable: wakes those who wait for that.
    pub(super) fn grew(&self, tenant: TenantId, number: u64) {
        let visit = |end: &End| {
            let before = *end.any.borrow();
            raise(&end.any, number);
            for channel in CourierChannel::ALL {
                // A courier need not be woken by what it passes over: that is nearly every sale.
                if !self.quiet.have(tenant, channel, (before, number)) {
                    raise(end.on(channel), number);
                }
            }
        };
        if let Some(end) = self.ends.get(&tenant) {
            return visit(&end);
        }
        visit(&self.ends.entry(tenant).or_default());
    }

    /// The number of the last durable operation; 0: there is none.
    fn end(&self, tenant: TenantId) -> u64 {
        self.ends.get(&tenant).map_or(0, |end| *end.any.borrow())
    }

    /// All of it, or what may have something to tell on a channel. `None`: this opening is over.
    fn watch(
        &self,
        tenant: TenantId,
        channel: Option<CourierChannel>,
    ) -> Option<watch::Receiver<u64>> {
        let end = self.ends.entry(tenant).or_default();
        let end = channel.map_or(&end.any, |channel| end.on(channel)).subscribe();
        // After the entry is made: whoever closes either sees it or is seen here.
        (!self.closed.load(Ordering::SeqCst)).then_some(end)
    }

    /// Ends all waits.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.ends.clear();
    }
}

impl Default for End {
    fn default() -> Self {
        let [any, sms, push] = std::array::from_fn(|_| watch::Sender::new(0));
        Self { any, sms, push }
    }
}

impl End {
    fn on(&self, channel: CourierChannel) -> &watch::Sender<u64> {
        match channel {
            CourierChannel::Sms => &self.sms,
            CourierChannel::Push => &self.push,
        }
    }
}

fn raise(end: &watch::Sender<u64>, number: u64) {
    end.send_if_modified(|end| number > std::mem::replace(end, number.max(*end)));
}

impl Core {
    async fn feed(
        &self,
        tenant: TenantId,
        after: u64,
        limit: u64,
    ) -> Result<FeedPage, EngineError> {
        let last = self.feeds.end(tenant);
        let through = last.min(after.saturating_add(limit));
        if through <= after {
            return Ok(FeedPage { operations: Vec::new(), last });
        }
        let _place = self.places.take()?;
        // Before the tables are read: what leaves memory is in them by then.
        let recent = self.journal.recent_feed(tenant, after, through);
        let read = self.readers.read(move |sources| {
            read_feed(&sources.tables, &sources.journal, (after, through), &recent)
        });
        Ok(FeedPage { operations: read.await?, last })
    }
}

impl House {
    /// A tenant's own number of its last operation; 0: it had none.
    ///
    /// # Errors
    /// `Unavailable`: nothing can be said.
    pub fn last_operation(&self, tenant: TenantId) -> Result<u64, EngineError> {
        Ok(self.core()?.journal.tenant_number(tenant))
    }

    /// Up to `limit` durable operations of a tenant behind its own number `after`.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn feed(
        &self,
        tenant: TenantId,
        after: u64,
        limit: u64,
    ) -> Result<FeedPage, EngineError> {
        let opened = self.opened()?;
        opened.core.feed(tenant, after, limit).await
    }

    /// The last number of a tenant's durable operations right behind `after` that have nothing to tell on a
    /// channel; `after` if the next one may have.
    ///
    /// # Errors
    /// `Unavailable`: nothing can be said.
    pub fn quiet_through(
        &self,
        tenant: TenantId,
        channel: CourierChannel,
        after: u64,
    ) -> Result<u64, EngineError> {
        let opened = self.opened()?;
        let feeds = &opened.core.feeds;
        // The end first: what is durable by then is noted.
        let last = feeds.end(tenant);
        Ok(feeds.quiet.through(tenant, channel, after).min(last).max(after))
    }

    /// Waits until a tenant has a durable operation behind its own number `after`. It takes no place, and
    /// any number of callers may wait.
    ///
    /// # Errors
    /// `Unavailable` as soon as the house is being opened again, closes, or ends all waits.
    pub async fn feed_grows(&self, tenant: TenantId, after: u64) -> Result<(), EngineError> {
        self.wait_for_end(tenant, None, after).await
    }

    /// The same, until one of them may have something to tell on a channel.
    ///
    /// # Errors
    /// As [`Self::feed_grows`].
    pub async fn feed_tells(
        &self,
        tenant: TenantId,
        channel: CourierChannel,
        after: u64,
    ) -> Result<(), EngineError> {
        self.wait_for_end(tenant, Some(channel), after).await
    }

    async fn wait_for_end(
        &self,
        tenant: TenantId,
        channel: Option<CourierChannel>,
        after: u64,
    ) -> Result<(), EngineError> {
        let mut leaving = self.leaving();
        let mut end = {
            let opened = self.opened()?;
            opened.core.feeds.watch(tenant, channel).ok_or_else(interrupted)?
        };
        tokio::select! {
            biased;
            _ = leaving.wait_for(|leaving| *leaving) => Err(interrupted()),
            grown = end.wait_for(|end| *end > after) => grown.map(drop).map_err(|_| interrupted()),
        }
    }
}

fn interrupted() -> EngineError {
    EngineError::Unavailable("the wait was interrupted; ask again".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::quiet::Quiet;
    use crate::engine::test_kit::Kit;

    const TENANT: TenantId = TenantId(1);

    fn run(test: impl Future<Output = ()>) {
        actix::System::new().block_on(test);
    }

    #[test]
    fn an_end_never_goes_back() {
        let feeds = Feeds::new(&HashMap::from([(TENANT, 5)]));
        assert_eq!((feeds.end(TENANT), feeds.end(TenantId(2))), (5, 0));
        let mut end = feeds.watch(TENANT, None).unwrap();
        feeds.grew(TENANT, 4);
        assert!(!end.has_changed().unwrap());
        feeds.grew(TENANT, 7);
        assert_eq!((*end.borrow_and_update(), feeds.end(TENANT)), (7, 7));
        feeds.close();
        assert!(end.has_changed().is_err() && feeds.watch(TENANT, None).is_none());
    }

    #[test]
    fn a_courier_is_woken_by_what_may_concern_it_alone() {
        let feeds = Feeds::new(&HashMap::from([(TENANT, 5)]));
        let watch = |channel| feeds.watch(TENANT, channel).unwrap();
        let (mut any, mut push) = (watch(None), watch(Some(CourierChannel::Push)));
        let mut check = |number, expected: [bool; 2]| {
            feeds.grew(TENANT, number);
            let told = [&mut any, &mut push].map(|end| {
                let told = end.has_changed().unwrap();
                assert!(!told || *end.borrow_and_update() == number);
                told
            });
            assert_eq!(told, expected, "{number}");
        };
        check(6, [true, true]);
        let note = |number, quiet| feeds.quiet.note(TENANT, number, quiet);
        (7..=10).for_each(|number| note(number, Quiet::EVERYWHERE));
        check(8, [true, false]);
        check(8, [false, false]);
        check(10, [true, false]);
        check(11, [true, true]);
        note(12, Quiet::EVERYWHERE);
        note(14, Quiet::EVERYWHERE);
        check(14, [true, true]);
        note(15, Quiet::EVERYWHERE);
        check(15, [true, false]);
    }

    #[test]
    fn a_page_is_gap_free_whatever_the_tables_have() {
        run(async {
            let kit = Kit::open().await;
            let expect = async |first: u64, count: usize, limit: u64, last: u64| {
                let page = kit.house.feed(kit.tenant, first - 1, limit).await.unwrap();
                let numbers: Vec<u64> =
                    page.operations.iter().map(|one| one.tenant_number).collect();
                let wanted: Vec<u64> = (first..).take(count).collect();
                assert_eq!((numbers, page.last), (wanted, last));
                assert_eq!(page.has_more(), count > 0 && first + count as u64 <= last);
            };
            // The tenant's creation and three customers.
            expect(1, 4, 100, 4).await;
            kit.house.checkpoint().await.unwrap();
            expect(1, 4, 100, 4).await;
            for _ in 0..3 {
                kit.grant(1).await;
            }
            expect(2, 5, 5, 7).await;
            expect(7, 1, 5, 7).await;
            expect(8, 0, 5, 7).await;
            expect(900, 0, 5, 7).await;
            assert_eq!(kit.house.feed(TenantId(77), 0, 5).await.unwrap().last, 0);
        });
    }

    #[test]
    fn a_wait_ends_with_the_next_operation_and_holds_no_place() {
        run(async {
            let kit = Kit::open_with(|options| options.places_max = 1).await;
            kit.house.feed_grows(kit.tenant, 3).await.unwrap();
            let waiting: Vec<_> = (0..100)
                .map(|_| {
                    let (house, tenant) = (kit.house.clone(), kit.tenant);
                    tokio::spawn(async move { house.feed_grows(tenant, 4).await })
                })
                .collect();
            tokio::task::yield_now().await;
            assert!(waiting.iter().all(|wait| !wait.is_finished()));
            kit.grant(1).await;
            for wait in waiting {
                assert_eq!(wait.await.unwrap(), Ok(()));
            }
        });
    }

    #[test]
    fn waits_end_when_the_house_leaves_or_is_opened_again() {
        run(async {
            let kit = Kit::open().await;
            let wait = || {
                let (house, tenant) = (kit.house.clone(), kit.tenant);
                tokio::spawn(async move { house.feed_grows(tenant, 4).await })
            };
            let waiting = wait();
            tokio::task::yield_now().await;
            let failed = kit.opened();
            failed.core.failure.notify_one();
            assert_eq!(waiting.await.unwrap(), Err(interrupted()));
            kit.reopened(&failed).await;
            assert_eq!(kit.house.feed(kit.tenant, 0, 9).await.unwrap().last, 4);
            let waiting = wait();
            tokio::task::yield_now().await;
            kit.house.end_waits();
            assert_eq!(waiting.await.unwrap(), Err(interrupted()));
            assert_eq!(wait().await.unwrap(), Err(interrupted()));
            // What is there is still told.
            assert_eq!(kit.house.feed(kit.tenant, 0, 9).await.unwrap().operations.len(), 4);
        });
    }
}
