//! The figures of a snapshot, added up from its events as they are copied: they need no account in memory.

use crate::journal::operation::{EntityEvents, Numbered};
use crate::ledger::books::{Book, Posting, postings, voucher_postings};
use crate::ledger::{AccountEvent, TenantEvent};
use crate::values::TenantId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a tenant has in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantTotals {
    pub tenant_id: u32,
    pub name: String,
    /// Those who were merged into others included.
    pub customers: u64,
    pub operations: u64,
    pub events: u64,
    /// The balance of every book, in bonuses with two decimals; they add up to zero.
    pub books: BTreeMap<String, String>,
}

/// The figures of what was read so far.
#[derive(Default)]
pub(super) struct Totals(BTreeMap<TenantId, OfTenant>);

#[derive(Default)]
struct OfTenant {
    name: String,
    customers: u64,
    operations: u64,
    events: u64,
    books: BTreeMap<Book, i128>,
    /// What the books had before, by name.
    before: BTreeMap<String, i128>,
}

impl Totals {
    /// Goes on from the figures of a copy; `None`: they are no figures.
    pub(super) fn from_told(told: &[TenantTotals]) -> Option<Self> {
        let of_tenant = |told: &TenantTotals| {
            let books = told.books.iter();
            let before = books.map(|(book, sum)| Some((book.clone(), cents(sum)?)));
            let tenant = OfTenant {
                name: told.name.clone(),
                customers: told.customers,
                operations: told.operations,
                events: told.events,
                books: BTreeMap::new(),
                before: before.collect::<Option<_>>()?,
            };
            Some((TenantId(told.tenant_id), tenant))
        };
        told.iter().map(of_tenant).collect::<Option<_>>().map(Self)
    }

    pub(super) fn take(&mut self, numbered: &Numbered) {
        let operation = &numbered.operation;
        let tenant = self.0.entry(operation.tenant).or_default();
        tenant.operations = tenant.operations.saturating_add(1);
        tenant.events = tenant.events.saturating_add(operation.count());
        for entity in &operation.entities {
            match entity {
                EntityEvents::Tenant(events) => events.iter().for_each(|event| tenant.note(event)),
                EntityEvents::Account(_, events) => {
                    for event in events {
                        let opened = matches!(event, AccountEvent::AccountOpened { .. });
                        tenant.customers = tenant.customers.saturating_add(u64::from(opened));
                        tenant.post(&postings(event));
                    }
                }
                EntityEvents::Voucher(_, _, events) => {
                    events.iter().for_each(|event| tenant.post(&voucher_postings(event)));
                }
                EntityEvents::Login(..) => {}
            }
        }
    }

    /// By tenant.
    pub(super) fn finish(&self) -> Vec<TenantTotals> {
        let told = |(id, tenant): (&TenantId, &OfTenant)| TenantTotals {
            tenant_id: id.number(),
            name: tenant.name.clone(),
            customers: tenant.customers,
            operations: tenant.operations,
            events: tenant.events,
            books: tenant.sums().iter().map(|(book, sum)| (book.clone(), amount(*sum))).collect(),
        };
        self.0.iter().map(told).collect()
    }
}

impl OfTenant {
    fn sums(&self) -> BTreeMap<String, i128> {
        let mut sums = self.before.clone();
        for (book, cents) in &self.books {
            let sum = sums.entry(book.name().to_owned()).or_default();
            *sum = sum.saturating_add(*cents);
        }
        sums
    }

    fn note(&mut self, event: &TenantEvent) {
        if let TenantEvent::TenantCreated { name, .. } = event {
            self.name = name.as_str().to_owned();
        }
    }

    fn post(&mut self, postings: &[Posting]) {
        for posting in postings {
            let book = self.books.entry(posting.book).or_default();
            *book = book.saturating_add(i128::from(posting.amount.cents()));
        }
    }
}

/// Hundredths as a text with two decimals.
pub(super) fn amount(cents: i128) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let size = cents.unsigned_abs();
    format!("{sign}{}.{:02}", size.div_euclid(100), size.rem_euclid(100))
}

/// What [`amount`] wrote.
fn cents(text: &str) -> Option<i128> {
    let (whole, part) = text.split_once('.')?;
    let cents = format!("{whole}{part}").parse().ok()?;
    (amount(cents) == text).then_some(cents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::scenario::{Scenario, journal_of};
    use crate::journal::verify::verify;

    #[test]
    fn amounts_have_their_sign_and_two_decimals() {
        assert_eq!(amount(-5), "-0.05");
        assert_eq!(amount(0), "0.00");
        assert_eq!(amount(123_456), "1234.56");
        for sum in [-123_456, -100, -5, 0, 7, 123_456] {
            assert_eq!(cents(&amount(sum)), Some(sum));
        }
        for text in ["", "1", "1.5", "1.234", "-0.00", "+1.00", "01.00", "1.0x"] {
            assert_eq!(cents(text), None, "{text}");
        }
    }

    #[test]
    fn the_figures_are_those_of_verify() {
        let mut world = Scenario::new(31);
        let operations = world.play(700);
        let mut totals = Totals::default();
        operations.iter().for_each(|numbered| totals.take(numbered));
        let found = totals.finish();
        let mut continued = Totals::default();
        operations[..300].iter().for_each(|numbered| continued.take(numbered));
        let mut continued = Totals::from_told(&continued.finish()).unwrap();
        operations[300..].iter().for_each(|numbered| continued.take(numbered));
        assert_eq!(continued.finish(), found, "in two goes as in one");
        let (_, journal) = journal_of(&operations);
        let report = verify(&journal, None, &mut |_| {});
        assert_eq!(found.iter().map(|one| one.customers).sum::<u64>(), report.covered.accounts);
        assert_eq!(found.iter().map(|one| one.operations).sum::<u64>(), 700);
        assert_eq!(found.iter().map(|one| one.events).sum::<u64>(), report.covered.events);
        let books = report.trial_balance.iter();
        let expected: BTreeMap<(u32, String), String> = books
            .map(|line| ((line.tenant.number(), line.book.name().into()), amount(line.cents)))
            .collect();
        let told: BTreeMap<(u32, String), String> = found
            .iter()
            .flat_map(|one| {
                one.books.iter().map(|(book, sum)| ((one.tenant_id, book.clone()), sum.clone()))
            })
            .collect();
        assert_eq!(told, expected);
    }
}
