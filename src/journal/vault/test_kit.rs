//! Vaults for tests, with keys that follow from a seed.

use crate::journal::data_dir::DataDir;
use crate::journal::operation::{EntityEvents, Numbered, Operation};
use crate::journal::vault::{KEYS_AT_ONCE, MasterKey, Sealing, VaultSource};
use crate::ledger::{AccountEvent, Actor};
use crate::values::{CustomerId, Phone, SettingsVersion, TenantId, Text, Timestamp};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The master key of tests.
pub(in crate::journal) const MASTER: MasterKey = MasterKey::new([77; 32]);

/// Keys that follow from a seed, under the master key of tests.
pub(in crate::journal) fn source(seed: u64) -> VaultSource {
    let state = Mutex::new(Sha256::digest(seed.to_be_bytes()).to_vec());
    let chance = move |bytes: &mut [u8]| {
        let mut state = state.lock().unwrap();
        for chunk in bytes.chunks_mut(32) {
            *state = Sha256::digest(&*state).to_vec();
            chunk.copy_from_slice(&Sha256::digest([&state[..], b"out"].concat())[..chunk.len()]);
        }
    };
    let now = Timestamp::from_millis(1_767_769_000_000);
    VaultSource {
        master_key: Some(MASTER),
        chance: Arc::new(chance),
        now,
        keys_at_once: KEYS_AT_ONCE,
    }
}

/// What lies in a directory sealed under a vault of its own, made from a seed where it is missing.
pub(in crate::journal) fn sealing_in(directory: &Path, seed: u64) -> Sealing {
    let data_dir = DataDir::create_or_open(directory).unwrap();
    Sealing::Under(data_dir.vault(&source(seed)).unwrap())
}

/// Who comes, and is forgotten at once.
pub(in crate::journal) const PASSER_BY: CustomerId = CustomerId(500);

/// A customer of the first tenant is registered, and then forgotten.
pub(in crate::journal) fn forgetting_after(at: Timestamp) -> [Operation; 2] {
    let reason = Text::parse("letter of 2 March").unwrap();
    let forgotten = vec![AccountEvent::Forgotten { reason, at }];
    [registration(PASSER_BY, 992_977_777_777, at), happening(PASSER_BY, forgotten, at)]
}

/// A customer of the first tenant is registered.
pub(in crate::journal) fn registration(
    customer: CustomerId,
    phone: u64,
    at: Timestamp,
) -> Operation {
    let phone = Phone::from_number(phone).unwrap();
    let opened = AccountEvent::AccountOpened { customer, at };
    happening(customer, vec![opened, AccountEvent::PhoneAssigned { phone }], at)
}

fn happening(customer: CustomerId, events: Vec<AccountEvent>, at: Timestamp) -> Operation {
    Operation {
        tenant: TenantId(1),
        at,
        actor: Actor::House,
        rule_version: SettingsVersion(1),
        mark: None,
        entities: vec![EntityEvents::Account(customer, events)],
    }
}

/// Puts the same at the end of operations; returns who was forgotten.
pub(in crate::journal) fn with_forgetting(operations: &mut Vec<Numbered>) -> CustomerId {
    let at = operations.last().unwrap().operation.at;
    play(operations, forgetting_after(at));
    PASSER_BY
}

/// Puts more operations at the end, with their numbers.
pub(in crate::journal) fn play(
    operations: &mut Vec<Numbered>,
    more: impl IntoIterator<Item = Operation>,
) {
    for operation in more {
        let last = operations.last().unwrap();
        let first_event = last.first_event.plus(last.operation.count());
        let of_tenant = operations.iter().filter(|one| one.operation.tenant == operation.tenant);
        let tenant_number = of_tenant.map(|one| one.tenant_number).max().unwrap() + 1;
        operations.push(Numbered { operation, first_event, tenant_number });
    }
}
