//! One damaged key harms one customer: the house goes on, and what cannot be kept is refused.

use crate::engine::error::EngineError;
use crate::engine::order::{Identifier, Order, Wish};
use crate::engine::test_kit::Kit;
use crate::journal::DamagedKey;
use crate::ledger::{Actor, Change, ProfileChange};
use crate::values::{CustomerId, Text};
use std::sync::Arc;

const SLOT_BYTES: usize = 64;

impl Kit {
    async fn rename(&self, customer: u64, name: &str) -> Result<(), EngineError> {
        let full_name = Change::Set(Text::parse(name).unwrap());
        let change = ProfileChange { full_name, ..ProfileChange::default() };
        let order = Order {
            tenant: self.tenant,
            at: self.at,
            actor: Actor::House,
            mark: None,
            who: Identifier::Customer(CustomerId(customer)),
            wish: Wish::ChangeProfile(Box::new(change)),
        };
        self.house.perform(order).await.map(drop)
    }
}

#[test]
fn one_damaged_key_harms_one_customer() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        let opened = kit.opened();
        kit.rename(2, "Anna").await.unwrap();
        kit.house.checkpoint().await.unwrap();
        let path = kit.house.data_dir().join("vault/tenant-1.keys");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[3 * SLOT_BYTES + 30] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        // Their actor has all of it in memory; it is asked for what it has, and for a sale's worth of events.
        for customer in 1..=3 {
            kit.grant(customer).await;
        }
        kit.house.checkpoint().await.unwrap();
        let refused = kit.rename(2, "Vera").await.unwrap_err();
        assert!(matches!(&refused, EngineError::Unavailable(why) if why.contains("customer 2")));
        kit.rename(1, "Vera").await.unwrap();
        kit.house.checkpoint().await.unwrap();
        // Read back from the tables, they are who they were but for what cannot be read.
        kit.kill(2).await;
        kit.grant(2).await;
        assert_eq!(kit.balances().await, [500, 1_000, 500]);
        kit.house.checkpoint().await.unwrap();
        assert!(Arc::ptr_eq(&opened, &kit.opened()), "the house never failed");
        let damaged = DamagedKey { tenant: kit.tenant, customer: Some(CustomerId(2)) };
        assert_eq!(opened.core.vault.damaged_keys(), Ok(vec![damaged]));
        kit.house.close().await.unwrap();
    });
}
