//! A command reaches its account wherever that is, under whatever name, and is answered alike.

use crate::engine::account_turn::AccountTurn;
use crate::engine::claims::{Known, Lead};
use crate::engine::core::{Core, Slot};
use crate::engine::order::{Done, Identifier, Order, Wish};
use crate::engine::test_kit::{CUSTOMERS, Kit};
use crate::journal::phone_key;
use crate::ledger::{Actor, LookUp, Reason};
use crate::values::{CustomerId, Phone};
use std::sync::Arc;

const CUSTOMER: u64 = 1;
/// More merges than a request asks accounts.
const MERGED: u64 = 20;
/// Of one request, whatever it wants.
const WAITING_BYTES_MAX: usize = 2_048;

/// Where an account may be when it is asked.
#[derive(Debug, Clone, Copy)]
enum Whereabouts {
    InMemory,
    Resting,
    InTheTables,
    Dead,
}

fn phone(customer: u64) -> Phone {
    Phone::from_number(992_901_000_000 + customer).unwrap()
}

impl Kit {
    /// Waits until the account has taken all that it was sent.
    async fn until_taken(&self, core: &Core) {
        let (done, told) = tokio::sync::oneshot::channel();
        core.tell(self.key(CUSTOMER), AccountTurn::Capture(done));
        told.await.unwrap();
    }

    async fn bring(&self, core: &Core, whereabouts: Whereabouts) {
        self.house.checkpoint().await.unwrap();
        let (key, later) = (self.key(CUSTOMER), core.stamp().unwrap().plus_seconds(1));
        match whereabouts {
            Whereabouts::InMemory => {}
            Whereabouts::Resting => {
                core.tell(key, AccountTurn::RestIfIdle { idle_before: later });
                while !matches!(core.accounts.get(&key).as_deref(), Some(Slot::Resting { .. })) {
                    tokio::task::yield_now().await;
                }
            }
            Whereabouts::InTheTables => {
                core.tell(key, AccountTurn::DepartIfIdle { idle_before: later });
                while core.accounts.contains_key(&key) {
                    tokio::task::yield_now().await;
                }
            }
            Whereabouts::Dead => self.kill(CUSTOMER).await,
        }
    }
}

#[test]
fn a_command_finds_its_account_wherever_that_is() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        let core = Arc::clone(&kit.opened().core);
        let mut expected = 0;
        for whereabouts in [
            Whereabouts::InMemory,
            Whereabouts::Resting,
            Whereabouts::InTheTables,
            Whereabouts::Dead,
            Whereabouts::InMemory,
        ] {
            kit.grant(CUSTOMER).await;
            kit.bring(&core, whereabouts).await;
            kit.grant(CUSTOMER).await;
            expected += 1_000;
            assert_eq!(kit.balances().await[0], expected, "{whereabouts:?}");
        }
        kit.house.close().await.unwrap();
    });
}

#[test]
fn every_name_of_the_merged_leads_to_the_end_of_the_merges() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        for customer in CUSTOMERS + 1..=MERGED {
            kit.register(customer).await;
        }
        for customer in 1..MERGED {
            let into = Identifier::Customer(CustomerId(customer + 1));
            let reason = Reason::parse("the same person").unwrap();
            kit.perform(Identifier::Phone(phone(customer)), Wish::Merge { into, reason }).await;
        }
        let last = CustomerId(MERGED);
        for name in [Identifier::Customer(CustomerId(1)), Identifier::Phone(phone(1))] {
            let look = kit.house.look_up(kit.tenant, kit.at, name.clone(), LookUp::default());
            assert_eq!(look.await.unwrap().id, last);
            let done = kit.perform(name, Wish::Block).await;
            assert!(matches!(done, Done::Changed(view) if view.id == last && view.blocked));
        }
        kit.house.close().await.unwrap();
    });
}

/// What waits for the disk, for every request under way.
#[test]
fn a_request_that_waits_keeps_little() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        let who = Identifier::Customer(CustomerId(CUSTOMER));
        let (tenant, at, wish) = (kit.tenant, kit.at, Wish::Block);
        let order = Order { tenant, at, actor: Actor::House, mark: None, who, wish };
        let asked = size_of_val(&order);
        let kept = size_of_val(&kit.house.perform(order));
        assert!(kept < WAITING_BYTES_MAX, "{kept} bytes for an order of {asked}");
        kit.house.close().await.unwrap();
    });
}

/// A phone that the tables know by now is not looked up there as long as its account is in memory.
#[test]
fn a_phone_is_known_as_long_as_its_account_is_in_memory() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        let core = Arc::clone(&kit.opened().core);
        let known = || core.identifiers.known(phone_key(kit.tenant, phone(CUSTOMER)));
        kit.house.checkpoint().await.unwrap();
        kit.until_taken(&core).await;
        assert!(matches!(known(), Known::Taken(Lead::To(CustomerId(CUSTOMER)))));
        kit.bring(&core, Whereabouts::InTheTables).await;
        assert!(matches!(known(), Known::Nothing));
        kit.house.close().await.unwrap();
    });
}
