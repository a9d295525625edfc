//! The fold of the journal operation by operation, for those who ask for states on the way: operations in,
//! states of accounts and tenants out, with all that the tables keep about them.

use crate::journal::beside_fold::BesideFold;
use crate::journal::error::JournalError;
use crate::journal::fetch::{AccountId, stored_capture};
use crate::journal::misfold::FoldError;
use crate::journal::operation::{Capture, Numbered};
use crate::journal::tables::{CheckpointBatch, LastBlocks, Tables, TablesWriter};
use crate::journal::turn::Turn;
use crate::ledger::{Account, Tenant};
use crate::values::{CustomerId, EventNumber, TenantId};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Accounts that the fold keeps in memory before it writes them: it is made beside a ledger that is served.
const FOLD_ACCOUNTS_MAX: usize = 10_000;
/// Rows, sales, ids and identifiers that it keeps in memory before it writes them; about a hundred bytes each.
const FOLD_ENTRIES_MAX: usize = 100_000;

/// Goes through the journal in order; between two writes everything it met is in memory.
pub struct Fold {
    beside: BesideFold,
    accounts: HashMap<AccountId, Folded>,
    accounts_max: usize,
    entries_max: usize,
}

/// An account that the fold met since the last write.
struct Folded {
    capture: Option<Capture>,
    /// Whether the tables lack something of it.
    changed: bool,
}

impl Fold {
    /// A fold that goes on where the tables end.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn resume(tables: Tables) -> Result<Self, JournalError> {
        Ok(Self {
            beside: BesideFold::resume(tables)?,
            accounts: HashMap::new(),
            accounts_max: FOLD_ACCOUNTS_MAX,
            entries_max: FOLD_ENTRIES_MAX,
        })
    }

    /// The last event taken in.
    #[must_use]
    pub fn covers(&self) -> EventNumber {
        self.beside.covers
    }

    /// All tenants by id, each with its last event.
    pub fn tenants(&self) -> impl Iterator<Item = &(Tenant, EventNumber)> {
        self.beside.tenants.values()
    }

    /// An account as what was taken in has left it.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn account_so_far(
        &self,
        tenant: TenantId,
        customer: CustomerId,
    ) -> Result<Option<Account>, JournalError> {
        if let Some(folded) = self.accounts.get(&(tenant, customer)) {
            return Ok(folded.capture.as_ref().map(|capture| capture.account.clone()));
        }
        Ok(self.beside.tables.account(tenant, customer)?.map(|(account, _)| account))
    }

    /// Whether it is time to write.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.accounts.len() >= self.accounts_max || self.beside.entries() >= self.entries_max
    }

    /// Takes the next operation in.
    ///
    /// # Errors
    /// `Misfold` if it does not fit; the fold is then of no use any more.
    pub fn take(&mut self, numbered: &Numbered) -> Result<(), FoldError> {
        let (tables, accounts) = (self.beside.tables.clone(), &mut self.accounts);
        self.beside.take(numbered, |_, turn| take_turn(&tables, accounts, turn))
    }

    /// Writes everything that was taken in, and forgets the accounts.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn flush_into(&mut self, writer: &mut TablesWriter) -> Result<(), JournalError> {
        let accounts = std::mem::take(&mut self.accounts).into_values();
        let changed = accounts.filter(|folded| folded.changed).filter_map(|folded| folded.capture);
        let captures = changed.map(|capture| self.beside.with_notice(capture)).collect();
        writer.write_checkpoint(&CheckpointBatch { captures, ..self.beside.batch() })
    }
}

fn take_turn(
    tables: &Tables,
    accounts: &mut HashMap<AccountId, Folded>,
    turn: &Turn<'_>,
) -> Result<usize, FoldError> {
    let id = (turn.operation.tenant, turn.customer);
    let folded = match accounts.entry(id) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => {
            let capture = stored_capture(tables, id, &mut LastBlocks::default())?;
            place.insert(Folded { capture, changed: false })
        }
    };
    let added = turn.extend(&mut folded.capture)?;
    folded.changed |= added > 0;
    Ok(added)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::scenario::Scenario;
    use crate::journal::tables::tests::assert_same;

    /// What is in memory stays within its bounds, and what comes out is the same.
    #[test]
    fn a_full_fold_is_written() {
        for (accounts_max, entries_max) in [(4, usize::MAX), (usize::MAX, 50)] {
            let dir = tempfile::tempdir().unwrap();
            let far = EventNumber(u64::MAX);
            let mut writer = TablesWriter::open(dir.path(), 8 << 20, far).unwrap();
            let (mut world, mut written) = (Scenario::new(5), 0);
            let mut fold = Fold::resume(writer.reader()).unwrap();
            (fold.accounts_max, fold.entries_max) = (accounts_max, entries_max);
            for numbered in world.play(300) {
                fold.take(&numbered).unwrap();
                assert!(fold.accounts.len() <= accounts_max);
                let entries = fold.beside.entries();
                assert!(entries_max > 50 || entries < 100, "{entries}");
                if fold.is_full() {
                    fold.flush_into(&mut writer).unwrap();
                    assert!(fold.accounts.is_empty() && !fold.is_full());
                    written += 1;
                }
            }
            fold.flush_into(&mut writer).unwrap();
            assert!(written > 10, "{written}");
            assert_same(&writer.reader(), &world);
        }
    }
}
