//! Where each tenant's operations begin, by the tenant's own numbers, a fixed range of numbers to a
//! bucket: any number is found at once, however many there are.

use crate::journal::codec::encode;
use crate::journal::error::JournalError;
use crate::journal::positions::FeedRun;
use crate::journal::tables::Tables;
use crate::journal::tables::layout;
use crate::journal::tables::shelf::Shelf;
use crate::values::{EventNumber, TenantId};

/// Operations in one bucket: two to a power, about two bytes each. A tenant with one operation between
/// two checkpoints writes its last bucket anew for it, so they are small.
const BUCKET_BITS: u32 = 8;
const BUCKET_SIZE: u64 = 1 << BUCKET_BITS;

impl Tables {
    /// The events that the operations of a tenant with numbers in `after + 1 ..= through` begin with.
    ///
    /// # Errors
    /// `Damaged`, also if one is missing; `Io`.
    pub fn feed(
        &self,
        tenant: TenantId,
        after: u64,
        through: u64,
    ) -> Result<Vec<EventNumber>, JournalError> {
        self.carefully(|shelf| {
            let mut begins = Vec::new();
            let mut next = after;
            while next < through {
                let (bucket, index) = place_of(next);
                let all = shelf.feed_bucket(tenant, bucket)?;
                let count = usize::try_from(through.saturating_sub(next)).unwrap_or(usize::MAX);
                let found = all.get(index..).unwrap_or_default();
                let found = found.get(..count).unwrap_or(found);
                if found.is_empty() {
                    return Err(shelf.lacks_operation(tenant, next.saturating_add(1)));
                }
                begins.extend(found);
                next = next.saturating_add(length(found.len()));
            }
            Ok(begins)
        })
    }

    /// What is in the bucket of the operation behind number `after`, from that one on.
    pub(in crate::journal) fn feed_bucket_after(
        &self,
        tenant: TenantId,
        after: u64,
    ) -> Result<Vec<EventNumber>, JournalError> {
        let (bucket, index) = place_of(after);
        let all = self.carefully(|shelf| shelf.feed_bucket(tenant, bucket))?;
        Ok(all.get(index..).unwrap_or_default().to_vec())
    }
}

impl Shelf {
    /// Writes the operations of a tenant where their numbers say, over whatever an unfinished checkpoint
    /// left there.
    pub(super) fn write_feed(&self, run: &FeedRun) -> Result<(), JournalError> {
        let mut before = run.first.saturating_sub(1);
        let mut rest = run.begins.as_slice();
        while !rest.is_empty() {
            let (bucket, index) = place_of(before);
            let mut all =
                if index == 0 { Vec::new() } else { self.feed_bucket(run.tenant, bucket)? };
            if all.len() < index {
                return Err(self.lacks_operation(run.tenant, before));
            }
            all.truncate(index);
            let room = usize::try_from(BUCKET_SIZE).unwrap_or(usize::MAX).saturating_sub(index);
            let (here, later) = rest.split_at(room.min(rest.len()));
            all.extend(here);
            let key = layout::feed_key(run.tenant, bucket);
            self.put(&self.feed, &key, encode(&steps_of(&all)))?;
            before = before.saturating_add(length(here.len()));
            rest = later;
        }
        Ok(())
    }

    fn feed_bucket(&self, tenant: TenantId, bucket: u64) -> Result<Vec<EventNumber>, JournalError> {
        match self.get(&self.feed, &layout::feed_key(tenant, bucket))? {
            Some(bytes) => Ok(events_of(&self.decode::<Vec<u64>>(layout::FEED, &bytes)?)),
            None => Ok(Vec::new()),
        }
    }

    fn lacks_operation(&self, tenant: TenantId, number: u64) -> JournalError {
        let place = format!("table feed: operation {number} of tenant {tenant} is missing");
        JournalError::damaged(self.store.path(), place)
    }
}

/// The bucket of the operation behind number `before`, and its index there.
fn place_of(before: u64) -> (u64, usize) {
    let index = before & BUCKET_SIZE.saturating_sub(1);
    (before >> BUCKET_BITS, usize::try_from(index).unwrap_or(usize::MAX))
}

/// Each event as its distance from the one before: small numbers take few bytes.
fn steps_of(events: &[EventNumber]) -> Vec<u64> {
    let mut before = 0;
    let step = |event: &EventNumber| {
        event.number().saturating_sub(std::mem::replace(&mut before, event.number()))
    };
    events.iter().map(step).collect()
}

fn events_of(steps: &[u64]) -> Vec<EventNumber> {
    let mut event = EventNumber::default();
    let next = |step: &u64| {
        event = event.plus(*step);
        event
    };
    steps.iter().map(next).collect()
}

fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tables::{CheckpointBatch, TablesWriter};

    const TENANT: TenantId = TenantId(3);
    const FAR: EventNumber = EventNumber(u64::MAX);

    fn run(first: u64, count: u64) -> FeedRun {
        let begins = (first..first + count).map(|number| EventNumber(number * 3)).collect();
        FeedRun { tenant: TENANT, first, begins }
    }

    #[test]
    fn runs_of_any_length_lie_behind_one_another() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = TablesWriter::open(dir.path(), 8 << 20, FAR).unwrap();
        let mut last = 0;
        for count in [1, 2, 252, 1, 1, 255, 256, 257, 600, 1] {
            let (feed, covers) = (vec![run(last + 1, count)], EventNumber(3 * (last + count)));
            let batch = CheckpointBatch { covers, feed, ..CheckpointBatch::default() };
            writer.write_checkpoint(&batch).unwrap();
            last += count;
            let tables = writer.reader();
            for (after, through) in
                [(0, last), (last - 1, last), (last, last), (last.midpoint(0), last)]
            {
                let found = tables.feed(TENANT, after, through).unwrap();
                assert_eq!(found, run(after + 1, through - after).begins, "{after} {through}");
            }
            assert_eq!(tables.feed_bucket_after(TENANT, last), Ok(Vec::new()));
        }
        // A second time, as after an unfinished checkpoint, in other pieces.
        for again in [run(500, 300), run(800, last - 799)] {
            writer.reader().shelf.write_feed(&again).unwrap();
        }
        assert_eq!(writer.reader().feed(TENANT, 0, last).unwrap(), run(1, last).begins);
    }

    #[test]
    fn what_is_missing_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let writer = TablesWriter::open(dir.path(), 8 << 20, FAR).unwrap();
        let tables = writer.reader();
        tables.shelf.write_feed(&run(1, 10)).unwrap();
        let lacking = tables.feed(TENANT, 5, 12).unwrap_err();
        assert!(lacking.to_string().contains("operation 11 of tenant 3"), "{lacking}");
        assert!(tables.shelf.write_feed(&run(12, 1)).is_err());
        assert!(tables.shelf.write_feed(&run(11, 1)).is_ok());
    }
}
