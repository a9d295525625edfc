//! The exact row in which the tables differ from the journal: read again for one account, once it is
//! known that some row does.

use crate::journal::misfold::Misfold;
use crate::journal::operation::Capture;
use crate::journal::reader::JournalReader;
use crate::journal::recovery::for_each_turn;
use crate::journal::tables::Tables;
use crate::journal::verify::report::{Difference, Place};
use crate::values::{CustomerId, EventNumber, TenantId};
use std::fmt::Debug;

type Who = (TenantId, CustomerId);

/// The first history row of an account that differs, looking at events up to `through`.
pub(super) fn row(
    tables: &Tables,
    journal: &JournalReader,
    who: Who,
    through: EventNumber,
) -> Result<Option<Box<Difference>>, Box<Difference>> {
    let mut stored = Vec::new();
    let mut next = 0;
    while let Some((first, rows)) = tables.history_bucket(who.0, who.1, next)? {
        stored.extend((first..).zip(rows));
        next = first.saturating_add(1);
    }
    let mut expected = Vec::new();
    turns(journal, who, through, |capture, place| {
        let rows = std::mem::take(&mut capture.additions_mut().rows).into_iter();
        let first = expected.len();
        expected.extend(rows.enumerate().map(|(index, row)| {
            (place, (u64::try_from(first.saturating_add(index)).unwrap_or(u64::MAX), row))
        }));
    })?;
    Ok(first_difference("history row", &expected, &stored))
}

/// The first sale record of an account that differs, looking at events up to `through`.
pub(super) fn sale(
    tables: &Tables,
    journal: &JournalReader,
    who: Who,
    through: EventNumber,
) -> Result<Option<Box<Difference>>, Box<Difference>> {
    let mut stored = Vec::new();
    let mut next = 0;
    while let Some((first, sales)) = tables.sales_bucket(who.0, who.1, next)? {
        stored.extend(sales);
        next = first.saturating_add(1);
    }
    let mut expected = Vec::new();
    turns(journal, who, through, |capture, place| {
        expected.extend(
            std::mem::take(&mut capture.additions_mut().sales)
                .into_iter()
                .map(|sale| (place, sale)),
        );
    })?;
    Ok(first_difference("sale record", &expected, &stored))
}

fn first_difference<T: PartialEq + Debug>(
    what: &str,
    expected: &[(Place, T)],
    stored: &[T],
) -> Option<Box<Difference>> {
    for (index, (place, expected)) in expected.iter().enumerate() {
        let found = stored.get(index);
        if found != Some(expected) {
            let found = found.map_or_else(|| "none".to_owned(), |found| format!("{found:?}"));
            let what = format!("{what} {index} in the tables");
            return Some(place.differs(what, format!("{expected:?}"), found));
        }
    }
    let (place, extra) = (expected.last()?.0, stored.get(expected.len())?);
    let what = format!("{what} {} in the tables", expected.len());
    Some(place.differs(what, "none", format!("{extra:?}")))
}

/// Folds one account again, handing out each operation's additions with their place.
fn turns(
    journal: &JournalReader,
    who: Who,
    through: EventNumber,
    mut visit: impl FnMut(&mut Capture, Place),
) -> Result<(), Box<Difference>> {
    let mut known = None;
    for numbered in journal.operations(EventNumber(1), through) {
        for_each_turn(&numbered?, |turn| {
            if (turn.operation.tenant, turn.customer) == who {
                turn.extend(&mut known)?;
                if let Some(capture) = &mut known {
                    visit(capture, Place::of_account(who.0, who.1, turn.begins));
                }
            }
            Ok::<_, Misfold>(())
        })?;
    }
    Ok(())
}
