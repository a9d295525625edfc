//! An actor that dies takes nothing along: it is folded anew, by the next request or by the checkpoint.

use crate::engine::account_turn::AccountTurn;
use crate::engine::clock::Clock;
use crate::engine::core::AccountKey;
use crate::engine::entropy::Entropy;
use crate::engine::house::{House, HouseOptions};
use crate::engine::order::{Done, Identifier, Order, TenantOrder, TenantWish, Wish};
use crate::ledger::{Actor, Adjust, LookUp, Reason, SettingsDraft};
use crate::values::{Balance, CustomerId, Phone, TenantId, Text, Timestamp};

const CUSTOMERS: u64 = 3;

struct Kit {
    house: House,
    tenant: TenantId,
    at: Timestamp,
    _dir: tempfile::TempDir,
}

impl Kit {
    async fn open(settings: SettingsDraft) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = Timestamp::parse_rfc3339("2026-03-02T09:00:00Z").unwrap();
        let options = HouseOptions {
            clock: Clock::standing(at),
            entropy: Entropy::seeded(1),
            checkpoint_seconds: 1_000_000,
            ..HouseOptions::new(dir.path().join("ledger"))
        };
        let house = House::open(options).await.unwrap();
        let wish = TenantWish::Create {
            name: Text::parse("Chain").unwrap(),
            settings: Box::new(settings),
        };
        let order = TenantOrder { at, actor: Actor::House, wish };
        let tenant = house.change_tenant(order).await.unwrap().tenant.id;
        let kit = Self { house, tenant, at, _dir: dir };
        for customer in 1..=CUSTOMERS {
            let phone = Phone::from_number(992_901_000_000 + customer).unwrap();
            let wish = Wish::LogIn { full_name: None, create_if_missing: true };
            kit.perform(Identifier::Phone(phone), wish).await;
        }
        kit
    }

    async fn perform(&self, who: Identifier, wish: Wish) -> Done {
        let order =
            Order { tenant: self.tenant, at: self.at, actor: Actor::House, mark: None, who, wish };
        self.house.perform(order).await.unwrap()
    }

    async fn grant(&self, customer: u64) {
        let adjust = Adjust {
            amount: Balance::from_cents(500),
            reason: Reason::parse("test").unwrap(),
            hold_seconds: 0,
            expires: None,
            allow_debt: false,
        };
        self.perform(Identifier::Customer(CustomerId(customer)), Wish::Adjust(adjust)).await;
    }

    /// Kills an account's actor and waits until it is gone.
    async fn kill(&self, customer: u64) {
        let core = self.house.opened().unwrap().core.clone();
        let key = AccountKey { tenant: self.tenant, customer: CustomerId(customer) };
        let turn = AccountTurn::Die;
        assert!(core.tell(key, turn));
        while core.tell(key, AccountTurn::Captured) {
            tokio::task::yield_now().await;
        }
    }

    async fn balances(&self) -> Vec<i64> {
        let mut balances = Vec::new();
        for customer in 1..=CUSTOMERS {
            let who = Identifier::Customer(CustomerId(customer));
            let view =
                self.house.look_up(self.tenant, self.at, who, LookUp::default()).await.unwrap();
            balances.push(view.balance.cents());
        }
        balances
    }
}

#[test]
fn a_dead_actor_is_folded_anew_and_its_neighbours_do_not_notice() {
    actix::System::new().block_on(async {
        let kit = Kit::open(crate::ledger::sample_settings()).await;
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
