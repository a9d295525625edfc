//! Proof: the journal read from its first record, every account folded anew, every figure added up a
//! second way, and the tables held against all of it. Changes nothing.

mod audit;
mod compare;
mod digest;
mod extras;
mod feed;
mod logins;
#[cfg(test)]
mod order_tests;
mod pinpoint;
mod report;
mod returns;
mod states;
#[cfg(test)]
mod tests;
mod trails;
mod usage;
#[cfg(test)]
mod usage_tests;
mod vouchers;

pub(in crate::journal) use compare::identifiers;
pub use report::{BookLine, Covered, Difference, Place, VerifyReport};

use crate::journal::beside_fold::fold_tenant;
use crate::journal::operation::{
    EntityEvents, LoneMark, Numbered, Operation, OperationRef, last_of,
};
use crate::journal::reader::JournalReader;
use crate::journal::tables::{Tables, TenantCounts};
use crate::journal::turn::Turn;
use crate::journal::verify::audit::Audited;
use crate::journal::verify::compare::Stored;
use crate::journal::verify::logins::Logins;
use crate::journal::verify::vouchers::Vouchers;
use crate::journal::voucher_fold::VoucherTurn;
use crate::ledger::books::{Book, Posting};
use crate::ledger::{Tenant, TenantEvent};
use crate::values::{CustomerId, EventNumber, TenantId};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

/// Verifies a journal and, where they are, its tables, up to the first difference. `progress` is told
/// after every record how much has been covered.
#[must_use]
pub fn verify(
    journal: &JournalReader,
    tables: Option<&Tables>,
    progress: &mut dyn FnMut(&Covered),
) -> VerifyReport {
    let mut verification = Verification::default();
    let mut go_on = |covered: &Covered| {
        progress(covered);
        ControlFlow::Continue(())
    };
    let outcome = verification.run(journal, tables, u64::MAX, &mut go_on);
    verification.report(outcome.err())
}

/// The same, where keys that are damaged are told apart: what they sealed counts as unreadable.
#[must_use]
pub(in crate::journal) fn verify_but_for_keys(
    journal: &JournalReader,
    tables: Option<&Tables>,
    progress: &mut dyn FnMut(&Covered),
) -> VerifyReport {
    let mut verification = Verification { keys_are_told_apart: true, ..Verification::default() };
    let mut go_on = |covered: &Covered| {
        progress(covered);
        ControlFlow::Continue(())
    };
    let outcome = verification.run(journal, tables, u64::MAX, &mut go_on);
    verification.report(outcome.err())
}

/// Verifies a journal alone, through one of its records: what is written meanwhile is not looked at.
/// `progress` is told after every record how much has been covered, and says whether to go on. `None`:
/// it said no.
#[must_use]
pub fn verify_through(
    journal: &JournalReader,
    through_record: u64,
    progress: &mut dyn FnMut(&Covered) -> ControlFlow<()>,
) -> Option<VerifyReport> {
    let mut verification = Verification::default();
    match verification.run(journal, None, through_record, progress) {
        Ok(ControlFlow::Continue(())) => Some(verification.report(None)),
        Ok(ControlFlow::Break(())) => None,
        Err(difference) => Some(verification.report(Some(difference))),
    }
}

/// What was read so far.
#[derive(Default)]
struct Verification {
    accounts: HashMap<(TenantId, CustomerId), Audited>,
    tenants: BTreeMap<TenantId, (Tenant, EventNumber)>,
    counts: BTreeMap<TenantId, TenantCounts>,
    books: BTreeMap<(TenantId, Book), i128>,
    covered: Covered,
    logins: Logins,
    vouchers: Vouchers,
    /// Whether no slot of the vault is looked at by itself.
    keys_are_told_apart: bool,
}

/// The books that are held against what accounts and gift cards hold.
const HELD: [Book; 4] =
    [Book::CustomerActive, Book::CustomerHeld, Book::CustomerDebt, Book::GiftCardsOpen];

/// The tables, where there are any.
type Against<'a> = Option<Stored<'a>>;

impl Verification {
    fn run(
        &mut self,
        journal: &JournalReader,
        tables: Option<&Tables>,
        through_record: u64,
        progress: &mut dyn FnMut(&Covered) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Box<Difference>> {
        let mut stored = match tables {
            Some(tables) => Some(Stored::new(tables, journal)?),
            None => None,
        };
        self.logins = Logins::new(tables)?;
        self.vouchers = Vouchers::new(tables)?;
        if let Some(vault) = journal.sealing().vault().filter(|_| !self.keys_are_told_apart) {
            let checked = vault.check(&mut || progress(&self.covered))?;
            if checked.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        self.covered.tables_cover = stored.as_ref().map(|stored| stored.covers);
        for record in journal.records(1) {
            let number = self.covered.records.saturating_add(1);
            let here = |mut difference: Box<Difference>| {
                difference.place.record.get_or_insert(number);
                difference
            };
            let (info, operations) = record.map_err(|error| here(error.into()))?;
            for numbered in &operations {
                self.operation(numbered, &mut stored).map_err(here)?;
            }
            self.covered.records = number;
            self.covered.root = info.hash;
            if progress(&self.covered).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            if number >= through_record {
                break;
            }
        }
        self.finish(&mut stored)?;
        Ok(ControlFlow::Continue(()))
    }

    fn report(self, difference: Option<Box<Difference>>) -> VerifyReport {
        let books = self.books.into_iter();
        VerifyReport {
            covered: self.covered,
            trial_balance: books
                .map(|((tenant, book), cents)| BookLine { tenant, book, cents })
                .collect(),
            difference: difference.map(|difference| *difference),
        }
    }

    fn operation(
        &mut self,
        numbered: &Numbered,
        stored: &mut Against<'_>,
    ) -> Result<(), Box<Difference>> {
        let Numbered { operation, first_event, tenant_number } = numbered;
        let place = Place::of_tenant(operation.tenant, *first_event);
        place.same("the number of an event", self.covered.events + 1, first_event.number())?;
        let known = self.counts.get(&operation.tenant).map_or(0, |counts| counts.operations);
        place.same("the tenant's own number of an operation", known + 1, *tenant_number)?;
        if let Some(stored) = stored {
            stored.compare_counts_at(*first_event, &self.counts)?;
            stored.usage.take(operation, *first_event);
            stored.compare_feed(numbered)?;
        }
        if let Some(mark) = operation.lone_mark(*first_event) {
            self.lone_mark(&mark, place, stored)?;
        }
        let mut next = *first_event;
        for entity in &operation.entities {
            let first = next;
            next = next.plus(entity.count());
            match entity {
                EntityEvents::Tenant(events) => self.tenant(operation, events, first, stored)?,
                EntityEvents::Account(customer, events) => {
                    let (customer, begins) = (*customer, *first_event);
                    let turn = Turn { operation, begins, customer, events, first };
                    self.account(&turn, stored)?;
                }
                EntityEvents::Login(key, events) => {
                    self.logins.take(operation, *key, events, first)?;
                }
                EntityEvents::Voucher(key, id, events) => {
                    let turn = VoucherTurn { operation, key: *key, id: *id, events, first };
                    let postings = self.vouchers.take(&turn)?;
                    self.post(operation.tenant, &postings);
                }
            }
        }
        let counts = self.counts.entry(operation.tenant).or_default();
        counts.counters.take(operation);
        counts.operations = *tenant_number;
        self.covered.operations += 1;
        self.covered.events += operation.count();
        Ok(())
    }

    fn lone_mark(
        &mut self,
        mark: &LoneMark,
        place: Place,
        stored: &mut Against<'_>,
    ) -> Result<(), Box<Difference>> {
        self.covered.idempotency_keys += 1;
        let Some(stored) = stored else { return Ok(()) };
        let covers = stored.covers;
        stored.compare_operation(&mark.key, &mark.reference(), covers, place)
    }

    fn tenant(
        &mut self,
        operation: &Operation,
        events: &[TenantEvent],
        first: EventNumber,
        stored: &mut Against<'_>,
    ) -> Result<(), Box<Difference>> {
        let before = self.tenants.remove(&operation.tenant);
        if let (Some(stored), Some((tenant, as_of))) = (stored.as_mut(), &before) {
            stored.compare_tenant(tenant, *as_of, Some(first))?;
        }
        if let Some(stored) = stored {
            stored.check_tenant_not_behind(operation.tenant, last_of(first, events.len()))?;
        }
        self.covered.tenants += u64::from(before.is_none());
        let tenant = fold_tenant(before.map(|(tenant, _)| tenant), operation, events, first)?;
        self.tenants.insert(operation.tenant, (tenant, last_of(first, events.len())));
        Ok(())
    }

    fn account(
        &mut self,
        turn: &Turn<'_>,
        stored: &mut Against<'_>,
    ) -> Result<(), Box<Difference>> {
        let (tenant, who) = (turn.operation.tenant, (turn.operation.tenant, turn.customer));
        if !self.tenants.contains_key(&tenant) {
            return Err(turn.misfold(0, "there is no such tenant").into());
        }
        let audited = match self.accounts.entry(who) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                self.covered.accounts += 1;
                let stored_as_of = stored.as_ref().map(|stored| stored.as_of(who)).transpose()?;
                place.insert(Audited::new(stored_as_of.unwrap_or_default()))
            }
        };
        if let Some(stored) = stored {
            let compare = audited.stored_as_of.number() > 0 && !audited.compared;
            if compare && turn.first > audited.stored_as_of {
                stored.compare_account(who, audited, false)?;
                self.covered.accounts_compared += 1;
            }
            let place = Place::of_account(who.0, who.1, turn.first);
            stored.check_not_behind(audited, place, last_of(turn.first, turn.events.len()))?;
        }
        let taken = audited.take_turn(turn, &mut self.covered)?;
        for (key, reference) in &taken.operations {
            match reference {
                OperationRef::Sale { .. }
                | OperationRef::Redemption { .. }
                | OperationRef::Return { .. }
                | OperationRef::Reserve { .. }
                | OperationRef::Item { .. } => {
                    self.covered.external_ids += 1;
                }
                OperationRef::Marked { .. } | OperationRef::MarkedAlone { .. } => {
                    self.covered.idempotency_keys += 1;
                }
                OperationRef::PhoneMark { .. } => {}
            }
            if let Some(stored) = stored {
                let place = Place::of_account(who.0, who.1, turn.begins);
                stored.compare_operation(key, reference, audited.stored_as_of, place)?;
            }
        }
        if let Some(stored) = stored {
            let place = Place::of_account(who.0, who.1, turn.begins);
            stored.compare_trails(who.0, taken.trails, audited.stored_as_of, place)?;
        }
        self.post(tenant, &taken.postings);
        Ok(())
    }

    fn post(&mut self, tenant: TenantId, postings: &[Posting]) {
        for posting in postings {
            let book = self.books.entry((tenant, posting.book)).or_default();
            *book += i128::from(posting.amount.cents());
        }
    }

    fn finish(&mut self, stored: &mut Against<'_>) -> Result<(), Box<Difference>> {
        self.count_entities();
        if let Some(stored) = stored {
            let end = EventNumber(self.covered.events);
            if stored.covers > end {
                let what = "the last event that the tables cover";
                return Err(Place::default().differs(
                    what,
                    format!("at most {end}"),
                    stored.covers,
                ));
            }
            stored.compare_counts_at(EventNumber(u64::MAX), &self.counts)?;
            for (tenant, as_of) in self.tenants.values() {
                stored.compare_tenant(tenant, *as_of, None)?;
            }
            self.compare_rest(stored)?;
            stored.usage.finish()?;
            stored.finish(&self.accounts)?;
            self.logins.finish()?;
            self.vouchers.finish()?;
        }
        self.check_books()
    }

    /// How many there are of what the books hold value for.
    fn count_entities(&mut self) {
        let own = |audited: &&Audited| {
            audited.state().is_some_and(|(account, _)| account.merged_into.is_none())
        };
        let customers = self.accounts.values().filter(own).count();
        self.covered.customers = u64::try_from(customers).unwrap_or(u64::MAX);
        (self.covered.gift_cards, self.covered.coupons) = self.vouchers.counts();
    }

    /// The accounts that have no event after the one at which the tables have them.
    fn compare_rest(&mut self, stored: &mut Stored<'_>) -> Result<(), Box<Difference>> {
        let mut rest: Vec<_> = self
            .accounts
            .iter_mut()
            .filter(|(_, audited)| audited.stored_as_of.number() > 0 && !audited.compared)
            .collect();
        rest.sort_by_key(|(who, _)| **who);
        for (who, audited) in rest {
            stored.compare_account(*who, audited, true)?;
            self.covered.accounts_compared += 1;
        }
        Ok(())
    }

    /// Every tenant's books add up to zero, those of its customers and gift cards to what these hold.
    fn check_books(&self) -> Result<(), Box<Difference>> {
        let mut held: BTreeMap<(TenantId, Book), i128> = BTreeMap::new();
        for ((tenant, _), audited) in &self.accounts {
            let Some((account, _)) = audited.state() else { continue };
            let mut hold = |book, cents: i64| {
                *held.entry((*tenant, book)).or_default() += i128::from(cents);
            };
            hold(Book::CustomerActive, account.redeemable().as_balance().cents());
            hold(Book::CustomerHeld, account.held().as_balance().cents());
            hold(Book::CustomerDebt, account.debt.as_balance().cents().saturating_neg());
        }
        for (tenant, cents) in self.vouchers.open() {
            *held.entry((tenant, Book::GiftCardsOpen)).or_default() += i128::from(cents);
        }
        for (tenant, (_, as_of)) in &self.tenants {
            let place = Place::of_tenant(*tenant, *as_of);
            let lines = self.books.iter().filter(|((of, _), _)| of == tenant);
            place.same("the trial balance", 0, lines.map(|(_, cents)| cents).sum())?;
            for book in HELD {
                let figure = |books: &BTreeMap<_, i128>| books.get(&(*tenant, book)).copied();
                let (expected, found) = (figure(&held), figure(&self.books));
                let what = format!("the book {book:?} against the accounts");
                place.same(&what, expected.unwrap_or(0), found.unwrap_or(0))?;
            }
        }
        Ok(())
    }
}
