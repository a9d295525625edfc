//! Turns that the tables' thread gives to many accounts: some at a time, so that a sale never waits behind
//! all of them.

use crate::engine::account_turn::AccountTurn;
use crate::engine::core::{AccountKey, Core};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use tokio::sync::oneshot;

/// How many accounts are given a turn at once: a few microseconds each, for which what a till asks waits.
const TURNS_AT_ONCE: usize = 64;
/// How long the next ones wait for these at most. An arbiter that is so far behind is not helped by that.
const PATIENCE: Duration = Duration::from_secs(1);

/// Travels with a turn; when all of a group are gone, the next group is given theirs.
pub(super) struct Pace {
    _last_of_them: Sender<()>,
}

impl Core {
    /// Gives each of these accounts its turn, if it is in memory.
    pub(super) fn give_turns(&self, turns: impl IntoIterator<Item = (AccountKey, AccountTurn)>) {
        let mut turns = turns.into_iter().peekable();
        while turns.peek().is_some() {
            let (last_of_them, taken) = channel();
            for (key, turn) in turns.by_ref().take(TURNS_AT_ONCE) {
                let pace = Pace { _last_of_them: last_of_them.clone() };
                self.tell(key, AccountTurn::Paced(Box::new(turn), pace));
            }
            drop(last_of_them);
            // Nothing is ever sent: it ends with the last of them.
            let _ = taken.recv_timeout(PATIENCE);
        }
    }

    /// Asks accounts to hand over their state; returns those whose actor did not answer.
    pub(super) fn ask_for_states(&self, accounts: &[AccountKey]) -> Vec<AccountKey> {
        let mut missing = Vec::new();
        for group in accounts.chunks(TURNS_AT_ONCE) {
            let mut asked = Vec::with_capacity(group.len());
            for key in group {
                let (done, captured) = oneshot::channel();
                self.tell(*key, AccountTurn::Capture(done));
                asked.push((*key, captured));
            }
            for (key, captured) in asked {
                if captured.blocking_recv().is_err() {
                    missing.push(key);
                }
            }
        }
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::test_kit::{CUSTOMERS, Kit};
    use crate::journal::MemoryLog;
    use std::sync::Arc;

    fn assert_taken(captured: &mut oneshot::Receiver<()>) {
        captured.try_recv().unwrap();
    }

    #[test]
    fn a_group_has_taken_its_turns_before_the_next_one_is_given_any() {
        actix::System::new().block_on(async {
            let log = MemoryLog::default();
            let kit = Kit::open_with(|options| options.log = Some(log.factory())).await;
            let customers = u64::try_from(2 * TURNS_AT_ONCE + 5).unwrap();
            for customer in CUSTOMERS + 1..=customers {
                kit.register(customer).await;
            }
            let core = Arc::clone(&kit.opened().core);
            // The last one is a stranger.
            let keys: Vec<_> = (1..=customers + 1).map(|customer| kit.key(customer)).collect();
            let round = std::thread::spawn(move || {
                let mut told = Vec::new();
                core.give_turns(keys.into_iter().enumerate().map(|(index, key)| {
                    if index.is_multiple_of(TURNS_AT_ONCE) {
                        told.iter_mut().for_each(assert_taken);
                        told.clear();
                    }
                    let (done, captured) = oneshot::channel();
                    told.push(captured);
                    (key, AccountTurn::Capture(done))
                }));
                told.pop().unwrap().try_recv().unwrap_err();
                told.iter_mut().for_each(assert_taken);
            });
            while !round.is_finished() {
                tokio::task::yield_now().await;
            }
            round.join().unwrap();
            kit.house.close().await.unwrap();
        });
    }
}
