//! Who is forgotten by the naive tenant, and who comes to it from an old system.

use super::naive::{Expected, Naive, Sale, Sold, refused};
use super::person::{Heap, Person, end_of_day};

/// A customer of an old system: what they had spent there, and their bonuses, good for so many days after now.
#[derive(Debug, Clone)]
pub(super) struct OldCustomer {
    pub(super) phone: usize,
    pub(super) spent: i64,
    pub(super) bonuses: i64,
    /// `None`: as long as the rules say.
    pub(super) days: Option<i64>,
}

/// Sales of one customer in an old system: how much, how long ago.
#[derive(Debug, Clone)]
pub(super) struct OldSales {
    pub(super) phone: usize,
    /// By their names.
    pub(super) sales: Vec<(String, i64, i64)>,
    /// Whether they earn by the rules of their day.
    pub(super) accrue: bool,
}

/// How a figure that counts something stands among amounts.
const ONE: i64 = 100;

impl Naive {
    /// Nothing leads to them any more, and they have nothing; what they bought can still be brought back.
    pub(super) fn forget(&mut self, phone: usize, now: i64) -> Expected {
        let Some(person) = self.who(phone, now) else { return Expected::Refused(404, None) };
        self.phones.retain(|_, (other, _)| *other != person);
        let one = &mut self.people[person];
        let (parent, brought) = (one.parent, one.brought.take());
        *one = Person {
            phone: one.phone,
            opened: one.opened,
            parent,
            brought,
            is_forgotten: true,
            ..Person::default()
        };
        Expected::Done(vec![])
    }

    /// Whether somebody was forgotten, under whatever name.
    pub(super) fn is_forgotten(&self, person: usize) -> bool {
        let one = &self.people[person];
        one.is_forgotten || one.merged_into.is_some_and(|into| self.is_forgotten(into))
    }

    /// All of them, or nobody. Whoever is here already is joined.
    pub(super) fn import(&mut self, rows: &[OldCustomer], now: i64) -> Expected {
        // A phone that was given up leads to its customer for a while, and opens nothing.
        let is_kept = |row: &OldCustomer| {
            self.who(row.phone, now).is_some() && self.phones[&row.phone].1 < i64::MAX
        };
        if rows.iter().any(is_kept) {
            return refused("import_rows_invalid");
        }
        let mut opened = 0;
        for row in rows {
            let person = self.who(row.phone, now).unwrap_or_else(|| {
                opened += ONE;
                self.welcomed.insert(row.phone);
                self.open(row.phone, now)
            });
            self.pass_time(person, now);
            let days = row.days.unwrap_or(self.rules_at(now).expire_days);
            let (left, until) = (row.bonuses, end_of_day(now, days));
            let one = &mut self.people[person];
            one.spendings.push((now, row.spent));
            one.carried_at = one.carried_at.max(Some(now));
            let heap = Heap { sale: None, number: 0, left, from: now, until, active: true };
            self.give(person, heap, now);
        }
        let sum = |of: fn(&OldCustomer) -> i64| rows.iter().map(of).sum();
        let all = i64::try_from(rows.len()).unwrap() * ONE;
        Expected::Done(vec![
            ("opened", opened),
            ("joined", all - opened),
            ("balance", sum(|row| row.bonuses)),
            ("spent", sum(|row| row.spent)),
        ])
    }

    /// Sales as history: they count, and earn if they are to, without promotions.
    pub(super) fn import_sales(&mut self, old: &OldSales, now: i64) -> Expected {
        let own = self.who(old.phone, now).filter(|_| self.phones[&old.phone].1 == i64::MAX);
        let Some(person) = own else { return refused("import_rows_invalid") };
        self.pass_time(person, now);
        let mut sales = old.sales.clone();
        sales.sort_by_key(|(_, _, ago)| -ago);
        let mut accrued = Some(0);
        for (id, total, ago) in &sales {
            let (total, at) = (*total, now - ago);
            let sale = Sale::plain(old.phone, id, total);
            let earned = match old.accrue {
                false => Some(0),
                true => self.earned(person, &sale, at),
            };
            self.people[person].is_exact &= earned.is_some();
            accrued = accrued.zip(earned).map(|(all, one)| all + one);
            let earned = earned.unwrap_or(0);
            let sold =
                Sold { person, total, accrued: earned, is_sale: true, at, ..Sold::default() };
            self.sales.insert(id.clone(), sold);
            self.people[person].spendings.push((at, total));
            self.earn(person, (id, earned), at, now);
        }
        let sum = sales.iter().map(|(_, total, _)| total).sum();
        let count = i64::try_from(sales.len()).unwrap() * ONE;
        let mut figures = vec![("sales", count), ("spent", sum)];
        figures.extend(accrued.map(|accrued| ("accrued", accrued)));
        Expected::Done(figures)
    }
}
