//! A due date that the tables are known to have is not registered again, which makes no difference.

use super::open;
use crate::journal::scenario::Scenario;
use crate::journal::tables::{Due, Tables};
use crate::values::Timestamp;

fn all_due(tables: &Tables) -> Vec<Due> {
    tables.due_until(Timestamp::from_millis(i64::MAX), usize::MAX).unwrap()
}

/// The same checkpoints, told and not told of what is registered; what is settled is sometimes still waited for.
#[test]
fn what_is_known_to_be_registered_need_not_be_looked_up() {
    let (told_dir, untold_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut told, mut untold) = (open(told_dir.path()), open(untold_dir.path()));
    let mut world = Scenario::new(21);
    let (mut known, mut left) = (0, 0);
    for round in 0..30 {
        world.play(40);
        let mut batch = world.batch();
        let before = all_due(&untold.reader());
        batch.settled_due = before.iter().copied().skip(round % 3).step_by(3).collect();
        untold.write_checkpoint(&batch).unwrap();
        let tables = told.reader();
        for capture in &mut batch.captures {
            let stored = tables.account(capture.tenant, capture.account.id).unwrap();
            capture.due_in_tables = stored.and_then(|(account, _)| account.next_due());
            let next = capture.account.next_due();
            known += usize::from(next.is_some() && capture.due_in_tables == next);
        }
        told.write_checkpoint(&batch).unwrap();
        let after = all_due(&told.reader());
        assert_eq!(after, all_due(&untold.reader()), "round {round}");
        left += before.iter().filter(|due| !after.contains(due)).count();
    }
    assert!(known > 30 && left > 30, "{known} known, {left} left");
}
