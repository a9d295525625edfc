//! What apps do: phones log in, customers link Telegram and register devices, as the rules allow.

use super::Scenario;
use crate::journal::keys::{self, LookUpKey};
use crate::journal::operation::{EntityEvents, LoginCapture, Numbered};
use crate::ledger::{
    Account, Action, Attempt, Device, DeviceToken, Login, Platform, TelegramName, TelegramUser,
};
use crate::values::{Phone, TelegramId, TenantId};
use std::collections::{BTreeMap, BTreeSet};

const PHONES: u64 = 2;
const DEVICES: u64 = 14;

/// The logins of a world, and which of them the next checkpoint must have.
#[derive(Default)]
pub(in crate::journal) struct Logins {
    known: BTreeMap<LookUpKey, LoginCapture>,
    dirty: BTreeSet<LookUpKey>,
}

impl Scenario {
    /// What the tables must have: all that is not over.
    pub(in crate::journal) fn logins(&self) -> Vec<LoginCapture> {
        let now = self.now;
        self.logins.known.values().filter(|known| !known.login.is_over(now)).cloned().collect()
    }

    pub(super) fn changed_logins(&mut self) -> Vec<LoginCapture> {
        let dirty = std::mem::take(&mut self.logins.dirty);
        dirty.iter().map(|key| self.logins.known[key].clone()).collect()
    }

    pub(super) fn ended_logins(&self) -> Vec<LookUpKey> {
        let over = self.logins.known.values().filter(|known| known.login.is_over(self.now));
        over.map(|known| known.key).collect()
    }

    /// A code, or an attempt at one; `None` if the rules allow nothing.
    pub(super) fn try_log_in(&mut self, tenant: TenantId) -> Option<Numbered> {
        let phone = Phone::from_number(992_911_000_000 + self.dice.below(PHONES)).unwrap();
        let key = keys::phone_key(tenant, phone);
        let login = self.logins.known.get(&key).map_or_else(Login::default, |it| it.login.clone());
        let nonce = u128::from(self.dice.below(1 << 40)).to_be_bytes();
        let step = match (login.attempt(self.dice.below(2) == 0, self.now), self.dice.below(4)) {
            (Attempt::Right(step) | Attempt::Wrong(Some(step), _), 1..) => step,
            (Attempt::Right(_) | Attempt::Wrong(..), _) => {
                login.send(phone, nonce, self.now).ok()?
            }
        };
        let numbered = self.number(tenant, None, vec![EntityEvents::Login(key, step.events)]);
        let (login, as_of) = (step.login, self.tail());
        self.logins.known.insert(key, LoginCapture { key, tenant, login, as_of });
        self.logins.dirty.insert(key);
        Some(numbered)
    }

    /// Something that a customer's app may ask for.
    pub(super) fn app_action(&mut self, tenant: TenantId, account: &Account) -> Action {
        let token = DeviceToken::parse(&format!("device-{}", self.dice.below(DEVICES))).unwrap();
        let holder = self.identifiers.get(&keys::device_key(tenant, &token)).copied();
        match self.dice.below(6) {
            4 | 5 => self.offer(tenant),
            0 => {
                let username = (self.dice.below(2) == 0).then(|| TelegramName::parse("j").unwrap());
                let id = TelegramId(account.id.number());
                Action::LinkTelegram(TelegramUser { id, username })
            }
            1 | 2 if holder.is_none_or(|holder| holder == account.id) => {
                let platform = (self.dice.below(2) == 0).then_some(Platform::Android);
                Action::RegisterDevice(Device { token, platform })
            }
            _ => Action::ForgetDevice(token),
        }
    }
}
