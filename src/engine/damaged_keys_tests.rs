//! One damaged key harms one customer: the house goes on, and what cannot be kept is refused.

use crate::engine::clock::Clock;
use crate::engine::entropy::Entropy;
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::house_options::HouseOptions;
use crate::engine::order::{Done, Identifier, Order, Wish};
use crate::engine::phone_marks::PHONE_OWNERS_MAX;
use crate::engine::test_kit::Kit;
use crate::journal::DamagedKey;
use crate::ledger::{Actor, Change, Device, DeviceToken, LookUp, ProfileChange, Reason};
use crate::values::{CustomerId, Phone, Text};
use std::sync::Arc;

const SLOT_BYTES: usize = 64;

impl Kit {
    async fn rename(&self, customer: u64, name: &str) -> Result<(), EngineError> {
        let full_name = Change::Set(Text::parse(name).unwrap());
        let change = ProfileChange { full_name, ..ProfileChange::default() };
        let wish = Wish::ChangeProfile(Box::new(change));
        self.try_at(&self.house, Identifier::Customer(CustomerId(customer)), Actor::House, wish)
            .await
            .map(drop)
    }

    async fn try_at(
        &self,
        house: &House,
        who: Identifier,
        actor: Actor,
        wish: Wish,
    ) -> Result<Done, EngineError> {
        let order = Order { tenant: self.tenant, at: self.at, actor, mark: None, who, wish };
        house.perform(order).await
    }

    /// Damages a slot of the tenant's keys.
    fn damage(&self, slot: usize) {
        self.write_slot(slot, |bytes| bytes[30] ^= 1);
    }

    fn write_slot(&self, slot: usize, change: impl FnOnce(&mut [u8])) {
        let path = self.house.data_dir().join("vault/tenant-1.keys");
        let mut bytes = std::fs::read(&path).unwrap();
        change(&mut bytes[(slot + 1) * SLOT_BYTES..(slot + 2) * SLOT_BYTES]);
        std::fs::write(&path, bytes).unwrap();
    }

    /// Closes the house, and opens it again with tables that are made anew.
    async fn rebuilt(&self) -> House {
        self.house.clone().close().await.unwrap();
        let path = self.house.data_dir().to_path_buf();
        std::fs::remove_dir_all(path.join("tables")).unwrap();
        let options = HouseOptions {
            clock: Clock::standing(self.at),
            entropy: Entropy::seeded(2),
            checkpoint_seconds: 1_000_000,
            ..HouseOptions::new(path)
        };
        House::open(options).await.unwrap()
    }
}

#[test]
fn one_damaged_key_harms_one_customer() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        let opened = kit.opened();
        kit.rename(2, "Anna").await.unwrap();
        kit.house.checkpoint().await.unwrap();
        kit.damage(2);
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

/// The phone of a customer, by the number of the customer.
fn phone_of(customer: u64) -> Phone {
    Phone::from_number(992_901_000_000 + customer).unwrap()
}

const LOG_IN: Wish = Wish::LogIn { full_name: None, create_if_missing: true, referral_code: None };

#[test]
fn a_person_is_told_that_their_device_is_not_forgotten_and_the_courier_goes_on() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        let who = || Identifier::Customer(CustomerId(2));
        let token = DeviceToken::parse("token").unwrap();
        let device = Device { token: token.clone(), platform: None };
        kit.perform(who(), Wish::RegisterDevice(device)).await;
        kit.damage(2);
        let forget =
            |actor| kit.try_at(&kit.house, who(), actor, Wish::ForgetDevice(token.clone()));
        let refused = forget(Actor::Customer).await.unwrap_err();
        assert!(matches!(&refused, EngineError::Unavailable(why) if why.contains("customer 2")));
        forget(Actor::House).await.unwrap();
        kit.house.close().await.unwrap();
    });
}

#[test]
fn a_phone_that_cannot_be_read_gets_no_second_customer() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        kit.damage(2);
        let house = kit.rebuilt().await;
        let phone = Identifier::Phone(phone_of(2));
        let found = house.look_up(kit.tenant, kit.at, phone.clone(), LookUp::default()).await;
        assert!(found.is_err(), "nothing says whose it is");
        let refused = kit.try_at(&house, phone.clone(), Actor::House, LOG_IN).await.unwrap_err();
        assert!(
            matches!(&refused, EngineError::Unavailable(why) if why.contains("that of customer 2"))
        );
        for whole in [1, 3, 4] {
            let phone = Identifier::Phone(phone_of(whole));
            kit.try_at(&house, phone, Actor::House, LOG_IN).await.unwrap();
        }
        // Who cannot be brought back can be forgotten, and the phone is anybody's.
        let forget = Wish::Forget { reason: Reason::parse("lost").unwrap() };
        let who = Identifier::Customer(CustomerId(2));
        kit.try_at(&house, who, Actor::House, forget).await.unwrap();
        kit.try_at(&house, phone, Actor::House, LOG_IN).await.unwrap();
        house.close().await.unwrap();
    });
}

/// By a change, from its first owner, and back again.
#[test]
fn a_phone_that_changed_hands_is_that_of_its_last_owner() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        let customer = |number| Identifier::Customer(CustomerId(number));
        let change = async |number, phone| {
            let reason = Reason::parse("lost").unwrap();
            kit.perform(customer(number), Wish::ChangePhone { phone, reason }).await;
        };
        let (taken_by_change, of_two) = (phone_of(70), phone_of(3));
        change(2, taken_by_change).await;
        // The first owner of this one forgotten, it is the second one's.
        let forget = Wish::Forget { reason: Reason::parse("asked").unwrap() };
        kit.perform(customer(3), forget).await;
        kit.perform(Identifier::Phone(of_two), LOG_IN).await;
        let found =
            kit.house.look_up(kit.tenant, kit.at, Identifier::Phone(of_two), LookUp::default());
        assert_eq!(found.await.unwrap().id, CustomerId(4));
        kit.damage(2);
        kit.damage(4);
        let house = kit.rebuilt().await;
        for (phone, owner) in [(taken_by_change, 2), (of_two, 4)] {
            let phone = Identifier::Phone(phone);
            let refused = kit.try_at(&house, phone, Actor::House, LOG_IN).await.unwrap_err();
            let told = format!("that of customer {owner}");
            assert!(matches!(&refused, EngineError::Unavailable(why) if why.contains(&told)));
        }
        house.close().await.unwrap();
    });
}

#[test]
fn a_phone_may_have_more_owners_than_are_remembered() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        let phone = || Identifier::Phone(phone_of(70));
        let look_up = || kit.house.look_up(kit.tenant, kit.at, phone(), LookUp::default());
        for owner in 4..4 + u64::from(PHONE_OWNERS_MAX) + 2 {
            kit.perform(phone(), LOG_IN).await;
            assert_eq!(look_up().await.unwrap().id, CustomerId(owner));
            let reason = Reason::parse("asked").unwrap();
            kit.perform(phone(), Wish::Forget { reason }).await;
        }
        let core = Arc::clone(&kit.opened().core);
        let last = core.last_owner(kit.tenant, phone_of(70)).await.unwrap();
        assert_eq!(last, Some(CustomerId(3 + u64::from(PHONE_OWNERS_MAX))));
        kit.house.close().await.unwrap();
    });
}

/// As a restore to an earlier moment leaves it.
#[test]
fn numbers_whose_keys_were_destroyed_or_damaged_are_passed_over() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        kit.write_slot(4, |bytes| {
            bytes.fill(0xd5);
            bytes[0] = 2;
        });
        kit.damage(5);
        kit.register(4).await;
        let phone = Identifier::Phone(phone_of(4));
        let view = kit.house.look_up(kit.tenant, kit.at, phone, LookUp::default()).await.unwrap();
        assert_eq!(view.id, CustomerId(6));
        kit.rename(6, "Anna").await.unwrap();
        kit.house.close().await.unwrap();
    });
}
