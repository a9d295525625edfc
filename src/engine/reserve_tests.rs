//! Reserves that the caller names: an open name is one customer's, whoever asks at the same time.

use crate::engine::clock::Clock;
use crate::engine::error::EngineError;
use crate::engine::order::{Done, Identifier, Order, SetAsideWish, Wish};
use crate::engine::test_kit::Kit;
use crate::ledger::{Actor, Receipt, Refusal, ReleaseReserve, ReserveId, sample_settings};
use crate::values::{Bonus, CustomerId, Timestamp};

fn named(name: &str) -> ReserveId {
    ReserveId::parse(name).unwrap()
}

impl Kit {
    fn order(&self, who: Identifier, wish: Wish) -> Order {
        Order { tenant: self.tenant, at: self.at, actor: Actor::Partner, mark: None, who, wish }
    }

    /// Sets one bonus aside; what is then in the reserve.
    async fn set_aside(&self, customer: u64, name: &str) -> Result<u64, Refusal> {
        let wish = Wish::SetAside(SetAsideWish {
            by_plus: false,
            reserve: Some(named(name)),
            amount: Bonus::from_cents(100).unwrap(),
            order_total: None,
            external_id: None,
        });
        let order = self.order(Identifier::Customer(CustomerId(customer)), wish);
        match self.house.perform(order).await {
            Ok(Done::Receipt { receipt: Receipt::Reserve(recorded), .. }) => {
                Ok(recorded.total.cents())
            }
            Err(EngineError::Refused(refusal)) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    async fn release(&self, name: &str) -> Result<(), Refusal> {
        let wish = Wish::ReleaseReserve(ReleaseReserve { reserve: named(name), amount: None });
        match self.house.perform(self.order(Identifier::Reserve(named(name)), wish)).await {
            Ok(_) => Ok(()),
            Err(EngineError::Refused(refusal)) => Err(refusal),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn an_open_name_belongs_to_one_customer() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        for customer in [1, 2] {
            kit.grant(customer).await;
        }
        assert_eq!(kit.set_aside(1, "cart").await, Ok(100));
        assert_eq!(kit.set_aside(1, "cart").await, Ok(200));
        let taken = Refusal::ReserveOfAnotherCustomer { reserve: named("cart") };
        assert_eq!(kit.set_aside(2, "cart").await, Err(taken.clone()));
        kit.house.checkpoint().await.unwrap();
        assert_eq!(kit.set_aside(2, "cart").await, Err(taken));
        // A name that was released is free, before and after the tables know it.
        assert_eq!(kit.release("cart").await, Ok(()));
        assert_eq!(kit.release("cart").await, Err(Refusal::ReserveNotFound));
        assert_eq!(kit.set_aside(2, "cart").await, Ok(100));
        kit.house.checkpoint().await.unwrap();
        assert_eq!(kit.set_aside(2, "cart").await, Ok(200));
        assert_eq!(kit.release("cart").await, Ok(()));
        kit.house.checkpoint().await.unwrap();
        assert_eq!(kit.set_aside(1, "cart").await, Ok(100));
        assert_eq!(kit.balances().await, [500, 500, 0]);
    });
}

/// No sweep comes by between the deadline and the other customer.
#[test]
fn a_name_whose_deadline_is_over_is_free() {
    actix::System::new().block_on(async {
        for (is_in_tables, next) in [(false, 1), (true, 1), (false, 2), (true, 2)] {
            let clock = Clock::standing(Timestamp::parse_rfc3339("2026-03-02T09:00:00Z").unwrap());
            let mut kit = Kit::open_with(|options| options.clock = clock.clone()).await;
            for customer in [1, 2] {
                kit.grant(customer).await;
            }
            assert_eq!(kit.set_aside(1, "cart").await, Ok(100));
            if is_in_tables {
                kit.house.checkpoint().await.unwrap();
            }
            let deadline = i64::from(sample_settings().policy.reserve.deadline_seconds) * 1_000;
            let taken = Refusal::ReserveOfAnotherCustomer { reserve: named("cart") };
            for (later, who, expected) in [(deadline - 1, 2, Err(taken)), (1, next, Ok(100))] {
                kit.at = kit.at.plus_millis(later);
                clock.set(kit.at);
                assert_eq!(kit.set_aside(who, "cart").await, expected, "{is_in_tables} {next}");
            }
            assert_eq!(kit.release("cart").await, Ok(()));
            assert_eq!(kit.balances().await, [500, 500, 0]);
        }
    });
}

#[test]
fn of_two_customers_at_once_one_gets_the_name() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        for customer in [1, 2] {
            kit.grant(customer).await;
        }
        let (one, other) = tokio::join!(kit.set_aside(1, "cart"), kit.set_aside(2, "cart"));
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    });
}
