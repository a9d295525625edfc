//! With several arbiters, answers leave on threads of their own: what is known in memory must follow the
//! journal all the same.

use crate::engine::error::EngineError;
use crate::engine::order::{Identifier, Order, TenantOrder, TenantWish, Wish};
use crate::engine::test_kit::{CUSTOMERS, Kit};
use crate::ledger::{Actor, CardNumber, LookUp, Refusal, sample_settings};
use crate::values::{CustomerId, Text};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::task::Poll;

/// Enough for several on each arbiter.
const MANY: u64 = 8;
const CARD: &str = "CLUB-0001";

impl Kit {
    async fn with_two_arbiters() -> Self {
        let kit = Self::open_with(|options| options.arbiters = 2).await;
        for customer in CUSTOMERS + 1..=MANY {
            kit.register(customer).await;
        }
        kit
    }

    /// Customers whose accounts live on an arbiter.
    fn customers_on(&self, arbiter: usize) -> Vec<u64> {
        let core = &self.opened().core;
        let lives_there = |customer: &u64| core.arbiter_of(self.key(*customer)) == arbiter;
        (1..=MANY).filter(lives_there).collect()
    }

    fn set_card(&self, customer: u64, card: Option<&str>) -> Order {
        let who = Identifier::Customer(CustomerId(customer));
        let wish = Wish::SetCard(card.map(|card| CardNumber::parse(card).unwrap()));
        Order { tenant: self.tenant, at: self.at, actor: Actor::House, mark: None, who, wish }
    }

    async fn holder(&self) -> Result<CustomerId, EngineError> {
        let who = Identifier::Text(CARD.into());
        let view = self.house.look_up(self.tenant, self.at, who, LookUp::default()).await?;
        Ok(view.id)
    }

    /// Lets an arbiter stand still until the sender is dropped.
    fn hold_up(&self, arbiter: usize) -> Sender<()> {
        let (go_on, told) = channel();
        let arbiters = &self.opened().core.arbiters;
        arbiters.handle(arbiter).spawn_fn(move || {
            let _ = told.recv();
        });
        go_on
    }

    /// Performs something on an arbiter and waits for it.
    async fn perform_on(&self, arbiter: usize, order: Order) {
        let house = self.house.clone();
        let (done, told) = tokio::sync::oneshot::channel();
        self.opened().core.arbiters.handle(arbiter).spawn(async move {
            let _ = done.send(house.perform(order).await);
        });
        told.await.unwrap().unwrap();
    }
}

/// Goes with a future as far as it comes at once.
async fn begin<T>(future: &mut Pin<&mut impl Future<Output = T>>) {
    poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

fn nobody() -> Result<CustomerId, EngineError> {
    Err(Refusal::CustomerNotFound.into())
}

/// The test's own thread is at home on arbiter 0, which stands still: the answer to the first change
/// leaves after the answer to the second.
#[test]
fn answers_that_overtake_each_other_do_not_bring_a_freed_card_back() {
    actix::System::new().block_on(async {
        let kit = Kit::with_two_arbiters().await;
        let customer = kit.customers_on(1)[0];
        let go_on = kit.hold_up(0);
        let house = kit.house.clone();
        let mut given = pin!(house.perform(kit.set_card(customer, Some(CARD))));
        begin(&mut given).await;
        kit.perform_on(1, kit.set_card(customer, None)).await;
        drop(go_on);
        given.await.unwrap();
        assert_eq!(kit.holder().await, nobody());
        kit.house.close().await.unwrap();
    });
}

/// While a checkpoint is made, another account takes what was freed before it.
#[test]
fn a_checkpoint_forgets_only_what_its_accounts_did() {
    actix::System::new().block_on(async {
        let kit = Kit::with_two_arbiters().await;
        let customers = kit.customers_on(1);
        kit.perform_on(1, kit.set_card(customers[0], Some(CARD))).await;
        kit.perform_on(1, kit.set_card(customers[0], None)).await;
        let opened = kit.opened();
        // The tenant's actor is at home on arbiter 0, and the checkpoint waits for it.
        let go_on = kit.hold_up(0);
        let mut checkpoint = pin!(opened.checkpointer.checkpoint(Vec::new()));
        begin(&mut checkpoint).await;
        while opened.core.dirty.has_any() {
            tokio::task::yield_now().await;
        }
        kit.perform_on(1, kit.set_card(customers[1], Some(CARD))).await;
        drop(go_on);
        checkpoint.await.unwrap();
        assert_eq!(kit.balances().await, [0; 3]);
        assert_eq!(kit.holder().await, Ok(CustomerId(customers[1])));
        kit.house.close().await.unwrap();
    });
}

/// Suspended and resumed; the answer to the first leaves last.
#[test]
fn answers_that_overtake_each_other_do_not_show_a_tenant_as_it_was() {
    actix::System::new().block_on(async {
        let kit = Kit::with_two_arbiters().await;
        let (tenant, at) = (kit.tenant, kit.at);
        let order = move |wish| TenantOrder { at, actor: Actor::House, wish };
        let (house, (begun, told), (go_on, wait)) = (kit.house.clone(), channel(), channel());
        let (done, ended) = tokio::sync::oneshot::channel();
        kit.opened().core.arbiters.handle(1).spawn(async move {
            let mut suspend = pin!(house.change_tenant(order(TenantWish::Suspend { tenant })));
            begin(&mut suspend).await;
            begun.send(()).unwrap();
            wait.recv().unwrap();
            let _ = done.send(suspend.await);
        });
        told.recv().unwrap();
        let resumed = kit.house.change_tenant(order(TenantWish::Resume { tenant })).await;
        assert!(!resumed.unwrap().tenant.suspended);
        go_on.send(()).unwrap();
        assert!(ended.await.unwrap().unwrap().tenant.suspended);
        assert!(!kit.house.tenant(tenant).unwrap().unwrap().suspended);
        kit.house.close().await.unwrap();
    });
}

#[test]
fn a_tenant_that_does_not_come_to_be_leaves_nothing() {
    actix::System::new().block_on(async {
        let kit = Kit::open_with(|_| ()).await;
        let mut settings = sample_settings();
        settings.tiers.clear();
        let wish = TenantWish::Create {
            name: Text::parse("Other").unwrap(),
            settings: Box::new(settings),
        };
        let order = TenantOrder { at: kit.at, actor: Actor::House, wish };
        let refused = kit.house.change_tenant(order).await;
        assert!(matches!(refused, Err(EngineError::Refused(_))));
        assert_eq!(kit.opened().core.tenants.actors().len(), 1);
        kit.house.close().await.unwrap();
    });
}

/// A read of a number that is just being given out may come back from the tables late.
#[test]
fn a_late_read_of_the_tables_does_not_replace_who_is_there() {
    actix::System::new().block_on(async {
        let kit = Kit::open_with(|_| ()).await;
        let core = Arc::clone(&kit.opened().core);
        let customer = CUSTOMERS + 1;
        let ((go_first, first), (go_second, second)) = (channel::<()>(), channel::<()>());
        let mut busy = pin!(core.readers.read(move |_| Ok::<_, EngineError>(first.recv().is_ok())));
        begin(&mut busy).await;
        let mut busier =
            pin!(core.readers.read(move |_| Ok::<_, EngineError>(second.recv().is_ok())));
        begin(&mut busier).await;
        let look = core.look(kit.key(customer), kit.at, LookUp::default(), None);
        let mut look = pin!(look);
        begin(&mut look).await;
        kit.register(customer).await;
        kit.house.checkpoint().await.unwrap();
        kit.grant(customer).await;
        drop((go_first, go_second));
        assert_eq!(look.await.unwrap().unwrap().balance.cents(), 500);
        kit.house.close().await.unwrap();
    });
}
