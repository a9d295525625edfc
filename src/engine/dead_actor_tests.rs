//! An actor that dies takes nothing along: it is folded anew, by the next request or by the checkpoint.

use crate::engine::account_turn::AccountTurn;
use crate::engine::error::EngineError;
use crate::engine::order::{Identifier, Wish};
use crate::engine::phase_gate::Phase;
use crate::engine::test_kit::{CUSTOMERS, Kit};
use crate::ledger::{LookUp, Refusal};
use crate::values::{CustomerId, TenantId};
use std::sync::Arc;

#[test]
fn a_dead_actor_is_folded_anew_and_its_neighbours_do_not_notice() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        kit.grant(1).await;
        kit.house.checkpoint().await.unwrap();
        for customer in 1..=CUSTOMERS {
            kit.grant(customer).await;
        }
        // By the next request: the table's state and what came after it.
        kit.kill(1).await;
        assert_eq!(kit.balances().await, [1_000, 500, 500]);
        kit.grant(1).await;
        // By the checkpoint, while nobody asks.
        kit.kill(2).await;
        kit.house.checkpoint().await.unwrap();
        assert_eq!(kit.balances().await, [1_500, 500, 500]);
        kit.grant(2).await;
        kit.kill(2).await;
        kit.grant(2).await;
        assert_eq!(kit.balances().await, [1_500, 1_500, 500]);
        kit.house.close().await.unwrap();
    });
}

/// What it had submitted since the checkpoint began is asked for by no other one.
#[test]
fn an_actor_that_dies_amid_a_checkpoint_takes_nothing_along() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        kit.house.checkpoint().await.unwrap();
        kit.grant(1).await;
        let opened = kit.opened();
        let (reached, go_on) = opened.core.gate.close();
        let checkpoint = tokio::spawn({
            let opened = Arc::clone(&opened);
            async move { opened.checkpointer.checkpoint(Vec::new()).await }
        });
        while reached.try_recv() != Ok(Phase::Listed) {
            tokio::task::yield_now().await;
        }
        kit.grant(1).await;
        kit.kill(1).await;
        drop((reached, go_on));
        checkpoint.await.unwrap().unwrap();
        kit.grant(2).await;
        kit.house.checkpoint().await.unwrap();
        assert_eq!(kit.balances().await, [1_000, 500, 0]);
        kit.house.close().await.unwrap();
    });
}

/// Whoever asks for a dead account may go away before it is folded anew.
#[test]
fn a_dead_account_whose_fetch_was_given_up_is_still_folded_anew() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        kit.house.checkpoint().await.unwrap();
        kit.grant(1).await;
        kit.kill(1).await;
        let who = Identifier::Customer(CustomerId(1));
        tokio::select! {
            biased;
            _ = kit.house.look_up(kit.tenant, kit.at, who, LookUp::default()) => {}
            () = std::future::ready(()) => {}
        }
        assert_eq!(kit.balances().await, [500, 0, 0]);
        kit.house.close().await.unwrap();
    });
}

/// A change that adds no row and no id to the tables is a change all the same.
#[test]
fn a_dead_account_that_was_only_blocked_reaches_the_tables() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        let who = || Identifier::Customer(CustomerId(1));
        kit.house.checkpoint().await.unwrap();
        kit.perform(who(), Wish::Block).await;
        kit.kill(1).await;
        let look = || kit.house.look_up(kit.tenant, kit.at, who(), LookUp::default());
        assert!(look().await.unwrap().blocked);
        kit.house.checkpoint().await.unwrap();
        let key = kit.key(1);
        let opened = kit.opened();
        let stored = opened
            .core
            .readers
            .read(move |sources| sources.tables.account(key.tenant, key.customer));
        let (stored, _) = stored.await.unwrap().unwrap();
        assert!(stored.blocked);
        kit.house.close().await.unwrap();
    });
}

/// A second farewell on its way to an actor that has left does not let go of the one that came after it.
#[test]
fn an_account_leaves_once() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        let core = Arc::clone(&kit.opened().core);
        let key = kit.key(CUSTOMERS + 1);
        let leave = || AccountTurn::DepartIfIdle { idle_before: kit.at };
        let first = core.newcomer(key, kit.at);
        first.deliver(leave());
        while core.accounts.contains_key(&key) {
            tokio::task::yield_now().await;
        }
        let _second = core.newcomer(key, kit.at);
        first.deliver(leave());
        let (done, told) = tokio::sync::oneshot::channel();
        first.deliver(AccountTurn::Capture(done));
        told.await.unwrap();
        assert!(core.accounts.contains_key(&key));
        kit.house.close().await.unwrap();
    });
}

/// A request may still be under way in an opening that is over.
#[test]
fn in_an_opening_that_is_over_no_tenant_is_unknown() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        let core = Arc::clone(&kit.opened().core);
        let found = |tenant| core.tenant_entry(tenant).map(|entry| entry.tenant.id);
        assert_eq!(found(kit.tenant), Ok(kit.tenant));
        assert_eq!(found(TenantId(99)), Err(Refusal::TenantNotFound.into()));
        core.dismiss();
        assert!(matches!(found(kit.tenant), Err(EngineError::Unavailable(_))));
    });
}
