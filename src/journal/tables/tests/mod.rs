//! The tables against the scenario: what was written is what is read, whatever crash or restart lay
//! between.

pub(in crate::journal) mod broken_off;
mod checkpoint;
mod due;
mod opening;

use crate::journal::scenario::Scenario;
use crate::journal::tables::{Checkpoint, CheckpointBatch, Due, Tables, TablesWriter, layout};
use crate::values::{CustomerId, EventNumber, TenantId, Timestamp};
use std::path::Path;

const CACHE_BYTES: u64 = 8 << 20;
const FAR: EventNumber = EventNumber(u64::MAX);

/// What can only go wrong by damage.
impl TablesWriter {
    pub(in crate::journal) fn lose_due(&self, due: &Due) {
        let shelf = &self.tables.shelf;
        shelf.remove(&shelf.due, &layout::due_key(due)).unwrap();
    }

    pub(in crate::journal) fn damage_account(&self, tenant: TenantId, customer: CustomerId) {
        let (shelf, key) = (&self.tables.shelf, layout::account_key(tenant, customer));
        shelf.rack.accounts.put(&key, &[255_u8; 3]);
        shelf.make_durable().unwrap();
    }

    /// As earlier releases left the tables: they did not keep which runs are those of a whole checkpoint.
    pub(in crate::journal) fn lose_whole_runs(&self) {
        let shelf = &self.tables.shelf;
        shelf.remove(&shelf.meta, layout::META_WHOLE_RUNS).unwrap();
    }

    /// Writes a checkpoint as far as a crash in the middle lets it: so many of its accounts get what is
    /// added for them, and, only once all did, so many of them their new state; its number is never
    /// written.
    pub(in crate::journal) fn interrupt_checkpoint(
        &mut self,
        batch: &CheckpointBatch,
        additions: usize,
        states: usize,
    ) {
        let captures: Vec<_> = batch.captures.iter().collect();
        let begun = &captures[..additions.min(captures.len())];
        self.tables.shelf.store.note_nothing().unwrap();
        self.write_additions(batch, begun, batch.covers).unwrap();
        self.tables.shelf.make_durable().unwrap();
        if begun.len() == captures.len() && states > 0 {
            let states = &captures[..states.min(captures.len())];
            self.tables.shelf.write_account_states(states).unwrap();
            self.tables.shelf.make_durable().unwrap();
        }
    }
}

fn open(path: &Path) -> TablesWriter {
    TablesWriter::open(path, CACHE_BYTES, FAR).unwrap()
}

/// The tables say of everything in the scenario what it says itself.
pub(in crate::journal) fn assert_same(tables: &Tables, world: &Scenario) {
    assert_same_accounts(tables, world);
    assert_same_beside_accounts(tables, world);
}

/// The same of accounts, with their histories, sales and trails.
pub(in crate::journal) fn assert_same_accounts(tables: &Tables, world: &Scenario) {
    for (who, (account, as_of)) in &world.accounts {
        let found = tables.account(who.0, who.1).unwrap();
        assert_eq!(found.as_ref(), Some(&(account.clone(), *as_of)), "{who:?}");
        let mut history = tables.history(who.0, who.1, u64::MAX, usize::MAX).unwrap();
        history.reverse();
        let rows: Vec<_> = (0..).zip(world.rows[who].iter().cloned()).collect();
        assert_eq!(history, rows, "{who:?}");
        let mut sales = tables.sales(who.0, who.1, u64::MAX, usize::MAX).unwrap();
        sales.reverse();
        let expected = world.sales.get(who).cloned().unwrap_or_default();
        let expected: Vec<_> = (0..).zip(expected).collect();
        assert_eq!(sales, expected, "{who:?}");
        for row in &expected {
            let all = world.trails[&who.0].iter();
            let trail: Vec<_> = all.filter(|step| step.sale == row.1.id).cloned().collect();
            assert_eq!(tables.trail(who.0, row.1.id).unwrap(), trail, "{who:?} {}", row.1.id);
        }
        if let Some(at) = account.next_due() {
            let due = tables.due_until(at, usize::MAX).unwrap();
            let here = |due: &&Due| (due.tenant, due.customer, due.at) == (who.0, who.1, at);
            assert!(due.iter().any(|due| here(&due)), "{who:?}");
        }
    }
}

fn assert_same_beside_accounts(tables: &Tables, world: &Scenario) {
    let operations = tables.operations_after(None, usize::MAX).unwrap();
    assert_eq!(operations, world.operations.clone().into_iter().collect::<Vec<_>>());
    let leads = tables.identifiers_after(None, usize::MAX).unwrap();
    assert!(leads.iter().map(|(key, _)| key).eq(world.identifiers.keys()));
    for (key, customer) in &world.identifiers {
        assert_eq!(tables.identifier(key).unwrap(), Some(*customer));
        assert!(tables.seen().maybe(key));
    }
    assert!(world.operations.keys().all(|key| tables.seen().maybe(key)));
    assert_eq!(tables.logins().unwrap(), world.logins());
    for expected in world.vouchers() {
        let mut found = tables.voucher(&expected.key).unwrap().unwrap();
        found.rows = tables.voucher_rows(&expected.key, 0, usize::MAX).unwrap();
        assert_eq!(&found, expected);
    }
    let vouchers = u64::try_from(world.vouchers().count()).unwrap();
    assert_eq!(tables.vouchers_count().unwrap(), vouchers);
    assert_eq!(tables.tenants().unwrap(), world.tenants.values().cloned().collect::<Vec<_>>());
    let counts: Vec<_> = world.counts.iter().map(|(id, counts)| (*id, *counts)).collect();
    assert_eq!(tables.counts().unwrap(), counts);
    let usage: Vec<_> = world.usage.clone().into_iter().collect();
    assert_eq!(tables.usage().unwrap(), usage);
    let checkpoint = Checkpoint { covers: world.tail(), last_time: world.now() };
    assert_eq!(tables.checkpoint().unwrap(), checkpoint);
    assert!(!tables.interrupted().unwrap());
}

#[test]
fn nothing_is_in_new_tables() {
    let dir = tempfile::tempdir().unwrap();
    let tables = open(&dir.path().join("tables")).reader();
    assert_same_as_nothing(&tables);
}

fn assert_same_as_nothing(tables: &Tables) {
    assert_eq!(tables.checkpoint().unwrap(), Checkpoint::default());
    assert!(tables.operations_after(None, 1).unwrap().is_empty());
    assert!(tables.identifiers_after(None, 1).unwrap().is_empty());
    assert!(tables.customers_after(TenantId(1), CustomerId(0), 1).unwrap().is_empty());
    assert!(tables.tenants().unwrap().is_empty());
    assert!(tables.due_until(Timestamp::from_millis(i64::MAX), 10).unwrap().is_empty());
    assert!(!tables.seen().maybe(&[0; 16]));
}
