//! A checkpoint that fails, or comes when the journal is closed, loses nothing and holds nobody up.

use crate::engine::order::{TenantOrder, TenantWish};
use crate::engine::tenant_actor::TenantTurn;
use crate::engine::test_kit::{CUSTOMERS, Kit};
use crate::journal::MemoryLog;
use crate::ledger::{Actor, sample_settings};
use crate::values::{CustomerId, Timestamp};

/// What a failed checkpoint had asked the accounts for would be missing in the next one.
#[test]
fn after_a_failed_checkpoint_there_is_no_other_before_the_tables_are_complete() {
    actix::System::new().block_on(async {
        let log = MemoryLog::default();
        let kit = Kit::open_with(|options| options.log = Some(log.factory())).await;
        kit.grant(1).await;
        kit.grant(2).await;
        kit.kill(2).await;
        let failed = kit.opened();
        log.fail_a_read();
        let (first, second) = tokio::join!(
            failed.checkpointer.checkpoint(Vec::new()),
            failed.checkpointer.checkpoint(Vec::new()),
        );
        first.unwrap_err();
        second.unwrap_err();
        kit.reopened(&failed).await;
        assert_eq!(kit.balances().await, [500, 500, 0]);
        kit.house.close().await.unwrap();
    });
}

#[test]
fn a_checkpoint_without_the_state_of_a_tenant_is_none() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        kit.house.checkpoint().await.unwrap();
        let suspend = TenantWish::Suspend { tenant: kit.tenant };
        let order = TenantOrder { at: kit.at, actor: Actor::House, wish: suspend };
        assert!(kit.house.change_tenant(order).await.unwrap().tenant.suspended);
        let failed = kit.opened();
        for (_, actor) in failed.core.tenants.actors() {
            actor.mailbox.deliver(TenantTurn::Die);
        }
        failed.checkpointer.checkpoint(Vec::new()).await.unwrap_err();
        kit.reopened(&failed).await;
        assert!(kit.house.tenant(kit.tenant).unwrap().unwrap().suspended);
        kit.house.close().await.unwrap();
    });
}

/// Its account is folded anew, from the journal, which does not say when anybody is to be told.
#[test]
fn whose_actor_died_is_told_of_what_expires() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        let mut settings = sample_settings();
        settings.policy.notice.expiry_days = Some(3);
        let wish = TenantWish::ChangeSettings {
            tenant: kit.tenant,
            settings: Box::new(settings),
            effective_from: None,
        };
        let order = TenantOrder { at: kit.at, actor: Actor::House, wish };
        kit.house.change_tenant(order).await.unwrap();
        for customer in 1..=2 {
            kit.grant(customer).await;
        }
        kit.kill(2).await;
        kit.house.checkpoint().await.unwrap();
        let (opened, far) = (kit.opened(), Timestamp::from_millis(i64::MAX));
        let due = opened.core.readers.read(move |sources| sources.tables.due_until(far, 100));
        let due = due.await.unwrap();
        let of = |customer| -> Vec<Timestamp> {
            let own = due.iter().filter(|due| due.customer == CustomerId(customer));
            own.map(|due| due.at).collect()
        };
        assert_eq!(of(1).len(), 2, "its expiry, and three days before it");
        assert_eq!(of(2), of(1));
        kit.house.close().await.unwrap();
    });
}

/// One that the clock or the sweeper asks for may come while the house is closing.
#[test]
fn a_checkpoint_of_a_closed_journal_ends() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        kit.grant(1).await;
        let opened = kit.opened();
        opened.core.journal.close().unwrap();
        opened.checkpointer.checkpoint(Vec::new()).await.unwrap_err();
    });
}

/// The sweeper asks for more places than a small house has; customers are served before it.
#[test]
fn a_sweep_does_with_the_places_there_are() {
    actix::System::new().block_on(async {
        let kit = Kit::open_with(|options| options.places_max = 2).await;
        for customer in 1..=CUSTOMERS {
            kit.grant(customer).await;
        }
        kit.house.clock().set(kit.at.plus_seconds(1_000 * 86_400));
        assert_eq!(kit.house.sweep().await, Ok(CUSTOMERS));
        kit.house.close().await.unwrap();
    });
}
