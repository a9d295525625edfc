//! A house in a box, for the engine's own tests.

use crate::engine::account_turn::AccountTurn;
use crate::engine::clock::Clock;
use crate::engine::core::AccountKey;
use crate::engine::entropy::Entropy;
use crate::engine::house::House;
use crate::engine::house_options::HouseOptions;
use crate::engine::opening::Opened;
use crate::engine::order::{Done, Identifier, Order, TenantOrder, TenantWish, Wish};
use crate::ledger::{Actor, Adjust, LookUp, Reason, sample_settings};
use crate::values::{Balance, CustomerId, Phone, TenantId, Text, Timestamp};
use std::sync::Arc;

pub(super) const CUSTOMERS: u64 = 3;

pub(super) struct Kit {
    pub(super) house: House,
    pub(super) tenant: TenantId,
    pub(super) at: Timestamp,
    _dir: tempfile::TempDir,
}

impl Kit {
    pub(super) async fn open() -> Self {
        Self::open_with(|_| ()).await
    }

    /// A house with what a test sets differently.
    pub(super) async fn open_with(change: impl FnOnce(&mut HouseOptions)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = Timestamp::parse_rfc3339("2026-03-02T09:00:00Z").unwrap();
        let mut options = HouseOptions {
            clock: Clock::standing(at),
            entropy: Entropy::seeded(1),
            checkpoint_seconds: 1_000_000,
            ..HouseOptions::new(dir.path().join("ledger"))
        };
        change(&mut options);
        let house = House::open(options).await.unwrap();
        let wish = TenantWish::Create {
            name: Text::parse("Chain").unwrap(),
            settings: Box::new(sample_settings()),
        };
        let order = TenantOrder { at, actor: Actor::House, wish };
        let tenant = house.change_tenant(order).await.unwrap().tenant.id;
        let kit = Self { house, tenant, at, _dir: dir };
        for customer in 1..=CUSTOMERS {
            kit.register(customer).await;
        }
        kit
    }

    pub(super) async fn register(&self, customer: u64) {
        let phone = Phone::from_number(992_901_000_000 + customer).unwrap();
        let wish = Wish::LogIn { full_name: None, create_if_missing: true, referral_code: None };
        self.perform(Identifier::Phone(phone), wish).await;
    }

    pub(super) async fn perform(&self, who: Identifier, wish: Wish) -> Done {
        let order =
            Order { tenant: self.tenant, at: self.at, actor: Actor::House, mark: None, who, wish };
        self.house.perform(order).await.unwrap()
    }

    pub(super) async fn grant(&self, customer: u64) {
        let adjust = Adjust {
            amount: Balance::from_cents(500),
            reason: Reason::parse("test").unwrap(),
            hold_seconds: 0,
            expires: None,
            allow_debt: false,
        };
        self.perform(Identifier::Customer(CustomerId(customer)), Wish::Adjust(adjust)).await;
    }

    pub(super) fn opened(&self) -> Arc<Opened> {
        self.house.opened().unwrap()
    }

    pub(super) fn key(&self, customer: u64) -> AccountKey {
        AccountKey { tenant: self.tenant, customer: CustomerId(customer) }
    }

    /// Waits until the house has thrown `failed` away and serves again.
    pub(super) async fn reopened(&self, failed: &Arc<Opened>) {
        while self.house.opened().is_ok_and(|opened| Arc::ptr_eq(&opened, failed))
            || self.house.opened().is_err()
        {
            tokio::task::yield_now().await;
        }
    }

    /// Kills an account's actor and waits until it is gone.
    pub(super) async fn kill(&self, customer: u64) {
        let core = Arc::clone(&self.opened().core);
        let key = self.key(customer);
        let turn = AccountTurn::Die;
        assert!(core.tell(key, turn));
        while core.tell(key, AccountTurn::Captured) {
            tokio::task::yield_now().await;
        }
    }

    pub(super) async fn balances(&self) -> Vec<i64> {
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
