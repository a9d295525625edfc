//! What of a snapshot goes into a restored journal: its records as they are, up to where they end, or the
//! operations of one tenant in records of their own.

use crate::journal::error::JournalError;
use crate::journal::operation::Numbered;
use crate::journal::queue::GROUP_OPERATIONS_MAX;
use crate::journal::reader::JournalReader;
use crate::journal::record::{Framed, Tail};
use crate::journal::records::Records;
use crate::journal::snapshot::builder::JournalBuilder;
use crate::journal::snapshot::restore::RestoreEnd;
use crate::journal::snapshot::totals::Totals;
use crate::values::{EventNumber, TenantId};

impl RestoreEnd {
    /// Whether an operation comes before the end. The first one that does not is the end.
    fn holds(self, numbered: &Numbered) -> bool {
        match self {
            Self::Whole => true,
            Self::Event(event) => last_event_of(numbered) <= event,
            Self::Time(time) => numbered.operation.at <= time,
        }
    }
}

/// Copies records as they are. The group in which the end lies is written anew with the operations before
/// it: the only record that differs from that of the snapshot. Returns the last event that was copied.
pub(super) fn copy_records(
    journal: &JournalReader,
    end: RestoreEnd,
    builder: &mut JournalBuilder,
    totals: &mut Totals,
    told: &mut dyn FnMut(u64),
) -> Result<EventNumber, JournalError> {
    let mut records = Records::new(journal, 1, false);
    // The parts of a group, until it is known whether it comes before the end.
    let mut parts: Vec<(Vec<u8>, Tail)> = Vec::new();
    while let Some(next) = records.next_link() {
        let (link, operations) = next?;
        let (tail, complete) = (link.tail(), link.header.is_last_part());
        let wanted = operations.iter().take_while(|numbered| end.holds(numbered)).count();
        operations.iter().take(wanted).for_each(|numbered| totals.take(numbered));
        if wanted < operations.len() {
            push_beginning(builder, operations.get(..wanted).unwrap_or_default())?;
            break;
        }
        parts.push((link.stored, tail));
        if complete {
            parts.drain(..).try_for_each(|(record, tail)| builder.push(record, tail))?;
        }
        told(tail.record);
    }
    Ok(builder.tail().last_event)
}

/// Writes the first operations of a group as a group of their own.
fn push_beginning(
    builder: &mut JournalBuilder,
    operations: &[Numbered],
) -> Result<(), JournalError> {
    if operations.is_empty() {
        return Ok(());
    }
    for numbered in operations {
        let fit = builder.gather(numbered)?;
        debug_assert!(fit, "what fits a group fits it without its end");
    }
    builder.push_group()
}

/// Copies the operations of one tenant with their own numbers into new groups, with events numbered from 1.
/// Returns the last event of the snapshot that was copied.
pub(super) fn copy_one_tenant(
    journal: &JournalReader,
    (tenant, end): (TenantId, RestoreEnd),
    builder: &mut JournalBuilder,
    told: &mut dyn FnMut(u64),
) -> Result<EventNumber, JournalError> {
    let mut through = EventNumber::default();
    let mut next_event = EventNumber(1);
    let mut gathered = 0;
    for next in Records::new(journal, 1, false) {
        let (record, operations) = next?;
        if record.number == 1 {
            let Framed { bytes, tail } = Framed::opening(&Tail::nothing(), record.time);
            builder.push(bytes, tail)?;
        }
        let wanted = operations.iter().take_while(|numbered| end.holds(numbered)).count();
        let theirs = operations.iter().take(wanted).filter(|one| one.operation.tenant == tenant);
        for numbered in theirs {
            through = last_event_of(numbered);
            let renumbered = Numbered { first_event: next_event, ..numbered.clone() };
            next_event = next_event.plus(numbered.operation.count());
            if gathered >= GROUP_OPERATIONS_MAX || !builder.gather(&renumbered)? {
                builder.push_group()?;
                gathered = 0;
                // The first one of a group is always taken.
                let _ = builder.gather(&renumbered)?;
            }
            gathered = gathered.saturating_add(1);
        }
        told(record.number);
        if wanted < operations.len() {
            break;
        }
    }
    if gathered > 0 {
        builder.push_group()?;
    }
    Ok(through)
}

fn last_event_of(numbered: &Numbered) -> EventNumber {
    let after = numbered.first_event.plus(numbered.operation.count());
    EventNumber(after.number().saturating_sub(1))
}
