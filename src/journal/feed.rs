//! Reads what happened in one tenant, by its own gap-free numbers: the tables, or the memory of what
//! they lack, know where each operation begins, so a page costs the same wherever it lies.

use crate::journal::error::JournalError;
use crate::journal::operation::Numbered;
use crate::journal::positions::FeedRun;
use crate::journal::reader::JournalReader;
use crate::journal::tables::Tables;
use crate::values::EventNumber;

/// Events of others that are read over rather than looked past: finding a place costs about as much as
/// reading so many.
const READ_OVER_MAX: u64 = 512;

/// The operations of the tenant of `recent` with numbers in `after + 1 ..= through`. `recent` is what was
/// in memory of them before the tables are read; all of them must be durable.
///
/// # Errors
/// `Damaged` if one is not where it should be; if the tables or the journal cannot be read.
pub fn read_feed(
    tables: &Tables,
    journal: &JournalReader,
    (after, through): (u64, u64),
    recent: &FeedRun,
) -> Result<Vec<Numbered>, JournalError> {
    let tenant = recent.tenant;
    let stored_through = through.min(recent.first.saturating_sub(1));
    let mut begins = tables.feed(tenant, after, stored_through)?;
    begins.extend(&recent.begins);
    let mut found = Vec::with_capacity(begins.len());
    let mut rest = begins.as_slice();
    while let Some((first, last, later)) = next_stretch(rest) {
        for numbered in journal.operations(first, last) {
            let numbered = numbered?;
            if numbered.operation.tenant == tenant {
                found.push(numbered);
            }
        }
        rest = later;
    }
    let numbers = found.iter().map(|numbered| numbered.tenant_number);
    if numbers.eq(after.saturating_add(1)..=through) {
        return Ok(found);
    }
    let place = format!("table feed: operations after {after} of tenant {tenant} lie elsewhere");
    Err(tables.damaged(place))
}

/// The longest beginning that is read in one go, and what is left.
fn next_stretch(begins: &[EventNumber]) -> Option<(EventNumber, EventNumber, &[EventNumber])> {
    let first = *begins.first()?;
    let near = |pair: &&[EventNumber]| match pair {
        [before, after] => after.number().saturating_sub(before.number()) <= READ_OVER_MAX,
        _ => false,
    };
    let count = begins.windows(2).take_while(near).count();
    Some((first, *begins.get(count)?, begins.get(count.saturating_add(1)..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::recovery::recover;
    use crate::journal::scenario::{Scenario, journal_of};
    use crate::journal::tables::TablesWriter;
    use crate::values::TenantId;

    #[test]
    fn stretches_end_where_others_lie_between() {
        let check = |begins: &[u64], expected: &[(u64, u64)]| {
            let begins: Vec<EventNumber> = begins.iter().copied().map(EventNumber).collect();
            let mut rest = begins.as_slice();
            let mut found = Vec::new();
            while let Some((first, last, later)) = next_stretch(rest) {
                found.push((first.number(), last.number()));
                rest = later;
            }
            assert_eq!(found, expected, "{begins:?}");
        };
        check(&[], &[]);
        check(&[7], &[(7, 7)]);
        check(&[7, 9, 521], &[(7, 521)]);
        check(&[7, 9, 522], &[(7, 9), (522, 522)]);
        check(&[1, 1_000, 2_000, 2_001], &[(1, 1), (1_000, 1_000), (2_000, 2_001)]);
    }

    /// Everything from every place, out of the tables alone, of memory alone, and of both.
    #[test]
    fn every_page_is_what_happened() {
        let mut world = Scenario::new(21);
        let mut operations = world.play(700);
        let dir = tempfile::tempdir().unwrap();
        let mut writer = TablesWriter::open(dir.path(), 8 << 20, EventNumber(u64::MAX)).unwrap();
        writer.write_checkpoint(&world.batch()).unwrap();
        let written = world.counts.clone();
        operations.extend(world.play(400));
        let (_, journal) = journal_of(&operations);
        let tables = writer.reader();
        for (tenant, counts) in &world.counts {
            let theirs: Vec<_> =
                operations.iter().filter(|one| one.operation.tenant == *tenant).collect();
            let stored = written[tenant].operations;
            for (after, limit) in [(0, 3), (0, 5_000), (stored - 2, 5), (stored, 9), (7, 300)] {
                let through = counts.operations.min(after + limit);
                let from = stored.max(after);
                let begins = theirs
                    [usize::try_from(from).unwrap()..usize::try_from(through.max(from)).unwrap()]
                    .iter()
                    .map(|one| one.first_event)
                    .collect();
                let recent = FeedRun { tenant: *tenant, first: from + 1, begins };
                let page = read_feed(&tables, &journal, (after, through), &recent).unwrap();
                let expected =
                    &theirs[usize::try_from(after).unwrap()..usize::try_from(through).unwrap()];
                assert!(page.iter().eq(expected.iter().copied()), "{tenant} {after} {limit}");
            }
        }
        let nobody = FeedRun { tenant: TenantId(99), first: 1, begins: Vec::new() };
        assert_eq!(read_feed(&tables, &journal, (0, 0), &nobody), Ok(Vec::new()));
    }

    /// A fold that is written in pieces makes the same table.
    #[test]
    fn recovery_makes_the_feed_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut world = Scenario::new(22);
        let operations = world.play(900);
        let (_, journal) = journal_of(&operations);
        let (writer, _) = recover(dir.path(), 8 << 20, &journal).unwrap();
        let tables = writer.reader();
        for (tenant, counts) in &world.counts {
            let through = counts.operations;
            let recent = FeedRun { tenant: *tenant, first: through + 1, begins: Vec::new() };
            let page = read_feed(&tables, &journal, (0, through), &recent).unwrap();
            assert_eq!(page.len(), usize::try_from(through).unwrap());
            assert!(tables.feed(*tenant, 0, through + 1).is_err(), "there is no more");
        }
    }
}
