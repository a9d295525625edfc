//! The trail of what was done, searched across tenants in the order of events: page by page, so that
//! other reads get their turn, and so many operations in one search.

use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::journal::Numbered;
use crate::values::{EventNumber, Timestamp};

/// Operations that are read in one go.
const PAGE: usize = 512;
/// Operations that one search looks at; where it stops, the next one goes on.
const LOOKED_AT_MAX: usize = 20_000;
/// How far operations may lie from the order of their instants: a batch is stamped once, when it begins.
const DISORDER_SECONDS: i64 = 3_600;

/// Which part of the trail is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrailSearch {
    /// Behind this event.
    pub after: EventNumber,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// At most so many operations are found.
    pub limit: usize,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailPage {
    pub operations: Vec<Numbered>,
    /// Where to search on; `None`: this was all.
    pub next_after: Option<EventNumber>,
}

impl TrailSearch {
    fn covers(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    /// Whether nothing that it covers can follow an operation of this instant.
    fn is_over(&self, at: Timestamp) -> bool {
        self.until.is_some_and(|until| at >= until.plus_seconds(DISORDER_SECONDS))
    }
}

impl House {
    /// The durable operations that are wanted, in the order of their events.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn search_trail(
        &self,
        search: TrailSearch,
        wanted: &(dyn Fn(&Numbered) -> bool + Sync),
    ) -> Result<TrailPage, EngineError> {
        let _place = self.core()?.places.take()?;
        let mut after = match search.from {
            Some(from) => search.after.max(self.event_before(from).await?),
            None => search.after,
        };
        let mut operations = Vec::new();
        let mut looked_at = 0_usize;
        loop {
            let page = self.operations_after(after, PAGE).await?;
            let full = page.len() == PAGE;
            for numbered in page {
                let at = numbered.operation.at;
                if search.is_over(at) {
                    return Ok(TrailPage { operations, next_after: None });
                }
                after = last_event_of(&numbered);
                looked_at = looked_at.saturating_add(1);
                if search.covers(at) && wanted(&numbered) {
                    operations.push(numbered);
                }
                if operations.len() >= search.limit || looked_at >= LOOKED_AT_MAX {
                    return Ok(TrailPage { operations, next_after: Some(after) });
                }
            }
            if !full {
                return Ok(TrailPage { operations, next_after: None });
            }
            tokio::task::yield_now().await;
        }
    }

    /// An event behind which everything from an instant on is found, with little before it.
    pub(super) async fn event_before(
        &self,
        instant: Timestamp,
    ) -> Result<EventNumber, EngineError> {
        let instant = instant.plus_seconds(DISORDER_SECONDS.saturating_neg());
        let (mut low, mut high) = (0, self.core()?.journal.durable().number());
        while low < high {
            let middle = low.midpoint(high);
            let found = self.operations_after(EventNumber(middle), 1).await?;
            match found.first().filter(|numbered| numbered.operation.at < instant) {
                Some(earlier) => {
                    low = last_event_of(earlier).number().max(middle.saturating_add(1))
                }
                None => high = middle,
            }
        }
        Ok(EventNumber(low))
    }
}

fn last_event_of(numbered: &Numbered) -> EventNumber {
    numbered.first_event.plus(numbered.operation.count().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::test_kit::Kit;

    /// A second apart, so that every instant tells its operation.
    #[test]
    fn a_search_finds_what_lies_between_and_goes_on_where_it_stopped() {
        actix::System::new().block_on(async {
            let kit = Kit::open().await;
            let everything = kit.house.operations_after(EventNumber(0), usize::MAX).await.unwrap();
            let at = |index: usize| everything[index].operation.at;
            let last = everything.len() - 1;
            for (from, until) in [(None, None), (Some(at(0)), None), (Some(at(last)), None)] {
                for limit in [1, 2, 100] {
                    let mut search = TrailSearch { after: EventNumber(0), from, until, limit };
                    let mut found = Vec::new();
                    loop {
                        let page = kit.house.search_trail(search, &|_| true).await.unwrap();
                        assert!(page.operations.len() <= limit);
                        found.extend(page.operations);
                        let Some(next) = page.next_after else { break };
                        search.after = next;
                    }
                    let wanted = everything.iter().filter(|one| search.covers(one.operation.at));
                    assert!(found.iter().eq(wanted), "{from:?} {limit}");
                }
            }
            let nothing =
                TrailSearch { after: EventNumber(0), from: None, until: Some(at(0)), limit: 9 };
            let page = kit.house.search_trail(nothing, &|_| true).await.unwrap();
            assert_eq!(page, TrailPage { operations: Vec::new(), next_after: None });
        });
    }
}
