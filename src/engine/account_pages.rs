//! An account's part in reading a list of its past: what is still in memory, and where the tables go on.

use crate::engine::account_actor::AccountEntity;
use crate::engine::admission::Place;
use crate::engine::arbiters::Finish;
use crate::engine::error::EngineError;
use crate::engine::order::Window;
use crate::journal::Outcome;
use crate::ledger::{Row, SaleRow};
use crate::values::Timestamp;
use std::sync::Arc;
use tokio::sync::oneshot;

/// A read of a part of one of the account's lists.
pub(super) struct Leaf {
    pub(super) at: Timestamp,
    pub(super) list: List,
    pub(super) window: Window,
    /// Whether what was due has just been settled for this read.
    pub(super) settled: bool,
    pub(super) place: Place,
    pub(super) home: usize,
    pub(super) reply: oneshot::Sender<LeafAnswer>,
}

/// The lists of an account's past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    History,
    Sales,
}

/// What becomes of such a read.
pub(super) enum LeafAnswer {
    History(Cut<Row>),
    Sales(Cut<SaleRow>),
    /// Something is due: settle it first, then ask again.
    Due,
    Departed,
    Failed(EngineError),
}

/// The part of a list that was asked for, as far as it is in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cut<T> {
    /// How long the whole list is.
    pub(super) total: u64,
    /// Newest first.
    pub(super) fresh: Vec<T>,
    /// The older rest is in the tables: so many entries, all with an index below this one.
    pub(super) below: u64,
    pub(super) missing: usize,
}

impl<T: Clone> Cut<T> {
    /// Cuts a window out of a list of `total` entries, of which memory holds the last ones, in two
    /// parts, oldest first.
    fn of(total: u64, (captured, fresh): (&[T], &[T]), window: Window) -> Self {
        let in_memory = captured.len().saturating_add(fresh.len());
        let oldest = total.saturating_sub(u64::try_from(in_memory).unwrap_or(u64::MAX));
        let end = total.saturating_sub(window.skip);
        let begin = end.saturating_sub(u64::try_from(window.limit).unwrap_or(u64::MAX));
        let (from, below) = (begin.max(oldest), end.min(oldest));
        let kept = captured.iter().chain(fresh).skip(length(from.saturating_sub(oldest)));
        let mut kept: Vec<T> = kept.take(length(end.saturating_sub(from))).cloned().collect();
        kept.reverse();
        Self { total, fresh: kept, below, missing: length(below.saturating_sub(begin)) }
    }
}

impl AccountEntity {
    /// Answers when what the list rests on is durable.
    pub(super) fn leaf(&mut self, leaf: Leaf) {
        let Leaf { at, list, window, settled, place, home, reply } = leaf;
        let account = match &self.account {
            Some(account) if !self.departed => account,
            Some(_) | None => {
                let _ = reply.send(LeafAnswer::Departed);
                return self.leave_unless_opened();
            }
        };
        self.last_turn_at = self.last_turn_at.max(at);
        let due = account.next_due().is_some_and(|due| due <= self.last_turn_at);
        let (captured, fresh) = (self.captured.additions(), &self.fresh.additions);
        let answer = match list {
            List::History | List::Sales if due && !settled => LeafAnswer::Due,
            List::History => {
                let rows = (&*captured.rows, &*fresh.rows);
                LeafAnswer::History(Cut::of(account.rows, rows, window))
            }
            List::Sales => {
                let sales = (&*captured.sales, &*fresh.sales);
                LeafAnswer::Sales(Cut::of(account.sale_records, sales, window))
            }
        };
        let core = Arc::clone(&self.core);
        let finish: Finish = Box::new(move |outcome| {
            drop(place);
            let _ = reply.send(match outcome {
                Outcome::Durable(_) => answer,
                Outcome::Lost => LeafAnswer::Failed(core.lost()),
            });
        });
        self.when_durable(self.as_of, home, finish);
    }
}

fn length(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_cut_out_of_memory_and_tables_without_gap_or_double() {
        // Ten entries: 0 to 4 in the tables, 5 to 7 captured, 8 and 9 fresh.
        let check = |skip: u64, limit: usize, fresh: &[u64], below: u64, missing: usize| {
            let cut = Cut::of(10, (&[5, 6, 7], &[8, 9]), Window { skip, limit });
            let expected = Cut { total: 10, fresh: fresh.to_vec(), below, missing };
            assert_eq!(cut, expected, "{skip} {limit}");
        };
        check(0, 2, &[9, 8], 5, 0);
        check(1, 3, &[8, 7, 6], 5, 0);
        check(0, 5, &[9, 8, 7, 6, 5], 5, 0);
        check(0, 6, &[9, 8, 7, 6, 5], 5, 1);
        check(3, 4, &[6, 5], 5, 2);
        check(5, 2, &[], 5, 2);
        check(7, 2, &[], 3, 2);
        check(8, 5, &[], 2, 2);
        check(0, 100, &[9, 8, 7, 6, 5], 5, 5);
        check(10, 5, &[], 0, 0);
        check(u64::MAX, usize::MAX, &[], 0, 0);
        let nothing = Cut::of(0, (&[0_u64; 0], &[]), Window { skip: 0, limit: 20 });
        assert_eq!(nothing, Cut { total: 0, fresh: vec![], below: 0, missing: 0 });
    }
}
