//! Writing a checkpoint of accounts that are folded while it is written: none of them stays in memory.

use crate::journal::error::JournalError;
use crate::journal::misfold::FoldError;
use crate::journal::quiet::quietly;
use crate::journal::tables::account_entries::{AccountGroup, Scattered};
use crate::journal::tables::checkpoint::CheckpointBatch;
use crate::journal::tables::runs::RunWriter;
use crate::journal::tables::{Tables, TablesWriter};
use crate::values::{CustomerId, TenantId};
use std::collections::BTreeSet;

/// Takes groups of accounts in the order of their numbers, tenant by tenant.
pub(in crate::journal) struct GroupSink<'a> {
    tables: &'a Tables,
    /// So many accounts at most.
    accounts_max: usize,
    /// The states of all: no list names the file before all else is durable.
    states: Option<RunWriter>,
    scattered: Scattered,
}

impl GroupSink<'_> {
    /// Takes a group in, and gives it back empty.
    pub(in crate::journal) fn take(
        &mut self,
        group: &mut AccountGroup,
    ) -> Result<(), JournalError> {
        let shelf = &self.tables.shelf;
        for (key, state) in group.states.entries() {
            let states = match &mut self.states {
                Some(states) => states,
                none => none.insert(shelf.rack.begin_run_of_fold(self.accounts_max)?),
            };
            states.push(key, state)?;
        }
        shelf.write_pieces(&mut group.pieces)?;
        shelf.rack.history.staged().extend_from(&mut group.history);
        shelf.rack.sales.staged().extend_from(&mut group.sales);
        self.scattered.append(&mut group.scattered);
        group.clear();
        Ok(())
    }
}

impl TablesWriter {
    /// Writes a batch without captures, and at most so many accounts, which `fold` hands in; when this returns,
    /// it is durable. The keys of who was forgotten are destroyed once all is folded and before it is covered,
    /// for what is covered is not folded again.
    ///
    /// The order is that of every checkpoint. Only the states of the accounts are written before what adds to
    /// them is durable, to a file that is nothing until then.
    ///
    /// # Errors
    /// What `fold` says; if the disk fails. The tables are not to be written any more.
    pub(in crate::journal) fn write_folded(
        &mut self,
        batch: &CheckpointBatch,
        (accounts_max, forgotten): (usize, &BTreeSet<(TenantId, CustomerId)>),
        fold: impl FnOnce(&mut GroupSink<'_>) -> Result<(), FoldError>,
    ) -> Result<(), FoldError> {
        let written = quietly(|| {
            let reach = self.begin(batch)?;
            let tables = self.reader();
            tables.shelf.put_reach(reach)?;
            let scattered = Scattered::default();
            let mut sink = GroupSink { tables: &tables, accounts_max, states: None, scattered };
            fold(&mut sink)?;
            let GroupSink { states: new_states, scattered, .. } = sink;
            self.forget(forgotten)?;
            let states = self.write_scattered(batch, scattered)?;
            tables.shelf.make_durable()?;
            if let Some(new_states) = new_states {
                tables.shelf.rack.accounts.take_run(new_states)?;
            }
            Ok(self.complete(batch, &[], (&states, reach))?)
        });
        let written = written.unwrap_or_else(|panic| Err(self.broken_by(panic).into()));
        if let Err(FoldError::Journal(error)) = &written {
            self.note_damage(error);
        }
        written
    }
}
