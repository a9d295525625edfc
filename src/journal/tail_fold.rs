//! The fold of the journal's tail, account by account: what a restart does. Operations are taken in order, and
//! what is of accounts waits; then each account is read, folded and written, and leaves the memory again.

use crate::journal::beside_fold::BesideFold;
use crate::journal::error::JournalError;
use crate::journal::event_parts::parts_of;
use crate::journal::fetch::{AccountId, stored_capture};
use crate::journal::misfold::{FoldError, Misfold};
use crate::journal::operation::{Capture, EntityEvents, Numbered};
use crate::journal::recovery::Recovered;
use crate::journal::side_by_side::side_by_side;
use crate::journal::tables::{AccountGroup, LastBlocks, Tables, TablesWriter};
use crate::journal::turn::Turn;
use crate::journal::vault::forgotten_in;
use crate::values::EventNumber;
use std::collections::BTreeSet;

/// Events, and lines of sales and the like in them, that wait in memory before their accounts are folded; some
/// six hundred bytes each with all that belongs to them.
const TAIL_PARTS_MAX: usize = 2_000_000;
/// Accounts that one thread folds in one go.
const ACCOUNTS_AT_ONCE: usize = 64;
/// Such groups of a thread that wait to be written.
const GROUPS_MAX: usize = 8;

/// Goes through the journal in order; between two writes the operations that it met are in memory, and no
/// account is.
pub(in crate::journal) struct TailFold {
    beside: BesideFold,
    operations: Vec<Numbered>,
    turns: Vec<TurnPlace>,
    /// What waits of events and their parts.
    parts: usize,
    parts_max: usize,
    /// Whose forgetting waits.
    forgotten: BTreeSet<AccountId>,
}

/// Where a turn of an account stands; turns sort by account, then as they happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct TurnPlace {
    account: AccountId,
    /// The first event of the account in the operation.
    first: EventNumber,
    /// The index of the operation among those that wait.
    operation: usize,
    /// The index of the account's events in it.
    entity: usize,
}

/// Accounts that one thread folded.
#[derive(Default)]
struct FoldedGroup {
    accounts: AccountGroup,
    /// The earliest event that does not fit.
    misfold: Option<Misfold>,
}

impl TailFold {
    /// A fold that goes on where the tables end.
    pub(in crate::journal) fn resume(tables: Tables) -> Result<Self, JournalError> {
        Ok(Self {
            beside: BesideFold::resume(tables)?,
            operations: Vec::new(),
            turns: Vec::new(),
            parts: 0,
            parts_max: TAIL_PARTS_MAX,
            forgotten: BTreeSet::new(),
        })
    }

    /// The last event taken in.
    pub(in crate::journal) fn covers(&self) -> EventNumber {
        self.beside.covers
    }

    /// Whether it is time to write.
    pub(in crate::journal) fn is_full(&self) -> bool {
        self.parts >= self.parts_max
    }

    /// Takes the next operation in.
    ///
    /// # Errors
    /// `Misfold` if it does not fit, as far as that can be told without its accounts; the fold is then of no
    /// use any more.
    pub(in crate::journal) fn take(&mut self, numbered: Numbered) -> Result<(), FoldError> {
        let (waiting, entries) = (self.turns.len(), self.beside.entries());
        let (turns, operation) = (&mut self.turns, self.operations.len());
        self.beside.take(&numbered, |entity, turn| {
            let account = (turn.operation.tenant, turn.customer);
            turns.push(TurnPlace { account, first: turn.first, operation, entity });
            Ok(turn.events.iter().map(parts_of).sum())
        })?;
        let added = self.beside.entries().saturating_sub(entries);
        self.parts = self.parts.saturating_add(added);
        self.forgotten.extend(forgotten_in(&numbered.operation));
        // What is of no account, such as an inventory, is done with.
        if self.turns.len() > waiting {
            self.operations.push(numbered);
        }
        Ok(())
    }

    /// Folds the accounts that were met, and writes everything.
    ///
    /// # Errors
    /// `Misfold`, with the earliest event that does not fit; if the tables cannot be read, or the disk fails.
    pub(in crate::journal) fn flush_into(
        &mut self,
        writer: &mut TablesWriter,
    ) -> Result<(), FoldError> {
        let (mut turns, operations) =
            (std::mem::take(&mut self.turns), std::mem::take(&mut self.operations));
        let forgotten = std::mem::take(&mut self.forgotten);
        self.parts = 0;
        let batch = self.beside.batch();
        turns.sort_unstable();
        let (groups, accounts) = groups_of(&turns);
        let work = |turns: &&[TurnPlace], folded: &mut FoldedGroup| {
            self.fold_group(&operations, turns, folded)
        };
        writer.write_folded(&batch, (accounts, &forgotten), |sink| {
            let mut misfold: Option<Misfold> = None;
            side_by_side((&groups, GROUPS_MAX), work, |folded: &mut FoldedGroup| {
                misfold = earliest(misfold.take(), folded.misfold.take());
                sink.take(&mut folded.accounts).map_err(FoldError::from)
            })?;
            misfold.map_or(Ok(()), |misfold| Err(misfold.into()))
        })
    }

    /// How things stand, where so many operations were taken in.
    pub(in crate::journal) fn recovered(self, replayed: u64) -> Recovered {
        let BesideFold { tenants, counts, usage, last_time, covers, logins, .. } = self.beside;
        Recovered {
            tenants: tenants.into_values().collect(),
            counts,
            usage,
            last_time,
            covers,
            replayed,
            logins: logins.known().cloned().collect(),
        }
    }

    fn fold_group(
        &self,
        operations: &[Numbered],
        turns: &[TurnPlace],
        folded: &mut FoldedGroup,
    ) -> Result<(), FoldError> {
        let mut last = LastBlocks::default();
        for turns in turns.chunk_by(|one, other| one.account == other.account) {
            match self.fold_account(operations, turns, &mut last) {
                Ok(Some(capture)) => folded.accounts.take(&self.beside.tables, &capture)?,
                Ok(None) => {}
                Err(FoldError::Misfold(misfold)) => {
                    folded.misfold = earliest(folded.misfold.take(), Some(misfold));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The account of turns after them; `None`: the tables lack nothing of it.
    fn fold_account(
        &self,
        operations: &[Numbered],
        turns: &[TurnPlace],
        last: &mut LastBlocks,
    ) -> Result<Option<Capture>, FoldError> {
        let Some(TurnPlace { account: (tenant, customer), .. }) = turns.first() else {
            return Ok(None);
        };
        let mut known = stored_capture(&self.beside.tables, (*tenant, *customer), last)?;
        let mut added = 0_usize;
        for place in turns {
            let numbered = &operations[place.operation];
            let operation = &numbered.operation;
            let EntityEvents::Account(customer, events) = &operation.entities[place.entity] else {
                continue;
            };
            let (customer, begins, first) = (*customer, numbered.first_event, place.first);
            let turn = Turn { operation, begins, customer, events, first };
            added = added.saturating_add(turn.extend(&mut known)?);
        }
        let changed = known.filter(|_| added > 0);
        Ok(changed.map(|capture| self.beside.with_notice(capture)))
    }
}

/// Turns of some accounts each, none of which is divided; and how many accounts there are in all.
fn groups_of(turns: &[TurnPlace]) -> (Vec<&[TurnPlace]>, usize) {
    let of_accounts = turns.chunk_by(|one, other| one.account == other.account);
    let lengths: Vec<usize> = of_accounts.map(<[TurnPlace]>::len).collect();
    let (mut groups, mut rest) = (Vec::new(), turns);
    for lengths in lengths.chunks(ACCOUNTS_AT_ONCE) {
        let (group, behind) = rest.split_at(lengths.iter().sum());
        groups.push(group);
        rest = behind;
    }
    (groups, lengths.len())
}

fn earliest(one: Option<Misfold>, other: Option<Misfold>) -> Option<Misfold> {
    one.into_iter().chain(other).min_by_key(|misfold| misfold.event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::scenario::Scenario;
    use crate::journal::tables::tests::assert_same;
    use crate::values::{CustomerId, TenantId};

    /// What waits in memory stays within its bounds, and what comes out is the same.
    #[test]
    fn a_full_fold_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let far = EventNumber(u64::MAX);
        let mut writer = TablesWriter::open(dir.path(), 8 << 20, far).unwrap();
        let (mut world, mut written) = (Scenario::new(5), 0);
        let mut fold = TailFold::resume(writer.reader()).unwrap();
        assert_eq!(fold.parts_max, TAIL_PARTS_MAX);
        fold.parts_max = 50;
        for numbered in world.play(300) {
            let before = fold.parts;
            assert!(before < 50);
            let of_accounts =
                numbered.operation.entities.iter().filter_map(|entity| match entity {
                    EntityEvents::Account(_, events) => Some(events.len()),
                    EntityEvents::Tenant(_)
                    | EntityEvents::Login(..)
                    | EntityEvents::Voucher(..) => None,
                });
            let (events, operations) = (of_accounts.sum::<usize>(), fold.operations.len());
            fold.take(numbered).unwrap();
            assert!(fold.parts > before + events);
            assert_eq!(fold.operations.len(), operations + usize::from(events > 0));
            if fold.is_full() {
                fold.flush_into(&mut writer).unwrap();
                assert!(fold.operations.is_empty() && fold.turns.is_empty() && !fold.is_full());
                written += 1;
            }
        }
        fold.flush_into(&mut writer).unwrap();
        assert!(written > 10, "{written}");
        assert_same(&writer.reader(), &world);
    }

    #[test]
    fn a_group_has_so_many_accounts_and_all_of_their_turns() {
        for accounts in [0, 1, ACCOUNTS_AT_ONCE, ACCOUNTS_AT_ONCE + 1, 5 * ACCOUNTS_AT_ONCE] {
            let turn = |account: usize, operation| TurnPlace {
                account: (TenantId(1), CustomerId(u64::try_from(account).unwrap())),
                first: EventNumber(1),
                operation,
                entity: 0,
            };
            let turns: Vec<_> = (0..accounts)
                .flat_map(|account| (0..=account % 3).map(move |number| turn(account, number)))
                .collect();
            let (groups, found) = groups_of(&turns);
            assert_eq!((found, groups.len()), (accounts, accounts.div_ceil(ACCOUNTS_AT_ONCE)));
            assert_eq!(groups.concat(), turns);
            for group in &groups {
                let own: BTreeSet<_> = group.iter().map(|turn| turn.account).collect();
                assert!(own.len() <= ACCOUNTS_AT_ONCE);
            }
            let all = groups.iter().flat_map(|group| group.chunk_by(|a, b| a.account == b.account));
            assert_eq!(all.count(), accounts, "no account is divided");
        }
    }
}
