//! Customers of the scenario who turn out to be one, and those who get another phone.

use super::{Scenario, Who};
use crate::journal::keys;
use crate::journal::operation::{EntityEvents, Numbered};
use crate::ledger::{
    Account, AccountEvent, Action, Merge, MergedIn, PhoneChange, Reason, Step, Trailed, trail_of,
};
use crate::values::{CustomerId, EventNumber, Phone, SaleId, TenantId};
use std::collections::BTreeMap;

/// Customers up to this one stay, so that there is always somebody.
const STAY: u64 = 6;

impl Scenario {
    /// Another phone, or the first one again.
    pub(super) fn change_phone(&mut self, account: &Account) -> Action {
        let (first, new) = (account.id.number(), 20_000_000 + self.next_event.number());
        let number = if self.dice.below(3) == 0 { first } else { new };
        let mark = (u128::from(self.next_event.number()) | 1 << 100).to_be_bytes();
        Action::ChangePhone(PhoneChange {
            phone: Phone::from_number(992_900_000_000 + number).unwrap(),
            marks: (self.dice.below(2) == 0).then_some(mark).into_iter().collect(),
            reason: Reason::parse("test").unwrap(),
        })
    }

    /// One of the later customers is merged into this one.
    pub(super) fn merge_into(&mut self, tenant: TenantId, account: &Account) -> Action {
        let number = STAY + 1 + self.dice.below(super::CUSTOMERS - STAY);
        let found = self.accounts.get(&(tenant, CustomerId(number)));
        let free = found.filter(|(found, _)| found.merged_into.is_none() && found.id != account.id);
        match free {
            Some((source, _)) => Action::Merge(Box::new(Merge {
                source: Box::new(source.clone()),
                reason: Reason::parse("test").unwrap(),
            })),
            None => Action::Settle,
        }
    }

    /// What happened to the other account of a step, for the operation and for its own actor.
    pub(super) fn entities(customer: CustomerId, step: &Step) -> Vec<EntityEvents> {
        let own =
            (!step.events.is_empty()).then(|| EntityEvents::Account(customer, step.events.clone()));
        let others = std::iter::successors(step.other.as_deref(), |other| other.other.as_deref());
        let others =
            others.map(|other| EntityEvents::Account(other.account.id, other.events.clone()));
        own.into_iter().chain(others).collect()
    }

    pub(super) fn take_other(&mut self, tenant: TenantId, other: Step, numbered: &Numbered) {
        let who = (tenant, other.account.id);
        let before = self.accounts.get(&who).map(|(account, _)| account.clone());
        let mut unmarked = numbered.clone();
        unmarked.operation.mark = None;
        self.note(who, before.as_ref(), &unmarked, &other.events);
        self.happened.entry(numbered.first_event).or_default().extend(other.events);
        self.capture(who, before.as_ref(), numbered, *other.account, other.rows);
        if let Some(next) = other.other {
            self.take_other(tenant, *next, numbered);
        }
    }

    pub(super) fn note_merge(&mut self, (tenant, customer): Who, merged: &MergedIn) {
        for absorbed in merged.estate.absorbed.iter().chain([&merged.from]) {
            self.identifiers.insert(keys::merged_key(tenant, *absorbed), customer);
        }
        for reserve in &merged.estate.reserves {
            self.identifiers.insert(keys::reserve_key(tenant, &reserve.id), customer);
        }
    }
}

/// Whether both kinds of events that this file plays are met.
#[test]
fn customers_are_merged_and_change_phones() {
    let mut world = Scenario::new(1);
    let played = world.play(1_500);
    let met = |kind: fn(&AccountEvent) -> bool| {
        let entities = played.iter().flat_map(|numbered| &numbered.operation.entities);
        let mut events = entities.filter_map(|entity| match entity {
            EntityEvents::Account(_, events) => Some(events),
            EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => None,
        });
        events.any(|events| events.iter().any(kind))
    };
    assert!(met(|event| matches!(event, AccountEvent::MergedIn(_))));
    assert!(met(|event| matches!(event, AccountEvent::MergedOut(_))));
    assert!(met(|event| matches!(event, AccountEvent::PhoneRetired { .. })));
    assert!(met(|event| matches!(event, AccountEvent::PhoneMarked { .. })));
}

/// A trail lies in the tables by sale and operation, written by the account whose step it is: so an operation
/// of two accounts must not add to one trail for both of them. It cannot, since all lots of a sale are of one
/// account: a merge moves them whole, and what expires of either before it is of its own sales.
#[test]
fn no_two_accounts_of_an_operation_add_to_one_trail() {
    let (mut of_two, mut added) = (0, 0);
    for seed in 1..=6 {
        let mut world = Scenario::new(seed);
        let mut before: BTreeMap<Who, Account> = BTreeMap::new();
        for numbered in world.play(2_000) {
            let operation = &numbered.operation;
            let mut owners: BTreeMap<SaleId, CustomerId> = BTreeMap::new();
            let mut accounts = 0;
            for entity in &operation.entities {
                let EntityEvents::Account(customer, events) = entity else { continue };
                let known = before.get(&(operation.tenant, *customer));
                accounts += 1;
                let trail = trail_of(known, *customer, events, EventNumber(1));
                for Trailed { sale, step, .. } in trail {
                    let owner = *owners.entry(sale).or_insert(*customer);
                    assert_eq!(owner, *customer, "seed {seed}: {step:?} of sale {sale}");
                    added += usize::from(accounts > 1);
                }
                let after = events.iter().fold(known.cloned(), |account, event| match account {
                    None => Some(Account::open(event).unwrap()),
                    Some(mut account) => {
                        account.apply(event).unwrap();
                        Some(account)
                    }
                });
                before.extend(after.map(|account| ((operation.tenant, *customer), account)));
            }
            of_two += usize::from(accounts > 1);
        }
    }
    assert!(of_two > 50 && added > 3, "{of_two} operations of two accounts, {added} steps");
}
