//! Who comes to the naive tenant from an old system, and goes back.

use super::naive::{Expected, Naive, Sale, Sold, refused};
use super::naive_returns::Part;
use super::person::{Heap, end_of_day};

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

/// What a batch brought.
#[derive(Debug, Clone)]
pub(super) enum Batch {
    Customers(Vec<Brought>),
    /// By their names, in the order in which they were made.
    Sales(Vec<String>),
}

/// What a batch brought to somebody, and until when it is good.
#[derive(Debug, Clone)]
pub(super) struct Brought {
    person: usize,
    spent: i64,
    bonuses: i64,
    until: i64,
}

/// What bonuses of a batch are known by.
fn origin_of(batch: &str) -> String {
    format!("batch {batch}")
}

impl Naive {
    /// All of them, or nobody. Whoever is here already is joined.
    pub(super) fn import(&mut self, batch: &str, rows: &[OldCustomer], now: i64) -> Expected {
        // A phone that was given up leads to its customer for a while, and opens nothing.
        let is_kept = |row: &OldCustomer| {
            self.who(row.phone, now).is_some() && self.phones[&row.phone].1 < i64::MAX
        };
        if rows.iter().any(is_kept) {
            return refused("import_rows_invalid");
        }
        let (mut opened, mut brought) = (0, Vec::new());
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
            let origin = Some(origin_of(batch));
            let heap = Heap { sale: origin, number: 0, left, from: now, until, active: true };
            self.give(person, heap, now);
            brought.push(Brought { person, spent: row.spent, bonuses: row.bonuses, until });
        }
        self.batches.insert(batch.to_owned(), Batch::Customers(brought));
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
    pub(super) fn import_sales(&mut self, batch: &str, old: &OldSales, now: i64) -> Expected {
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
        let ids = sales.iter().map(|(id, ..)| id.clone()).collect();
        self.batches.insert(batch.to_owned(), Batch::Sales(ids));
        let sum = sales.iter().map(|(_, total, _)| total).sum();
        let count = i64::try_from(sales.len()).unwrap() * ONE;
        let mut figures = vec![("sales", count), ("spent", sum)];
        figures.extend(accrued.map(|accrued| ("accrued", accrued)));
        Expected::Done(figures)
    }

    /// One of those that were not taken back.
    pub(super) fn some_batch(&self, which: u64) -> Option<String> {
        self.batches.keys().nth(usize::try_from(which).unwrap()).cloned()
    }

    /// Lots first that the batch brought; sales as returns of all that is left of them.
    pub(super) fn take_back(&mut self, batch: &str, now: i64) -> Expected {
        match self.batches.remove(batch).unwrap() {
            Batch::Sales(ids) => {
                let mut returned = 0;
                for id in ids {
                    let back = self.refund(&id, &format!("back-{id}"), Part::Whole, now);
                    returned += if let Expected::Done(_) = back { ONE } else { 0 };
                }
                Expected::Done(vec![("customers", 0), ("sales", returned), ("taken", 0)])
            }
            Batch::Customers(brought) => {
                let taken = brought.iter().map(|one| self.take_back_from(one, batch, now)).sum();
                let customers = i64::try_from(brought.len()).unwrap() * ONE;
                Expected::Done(vec![("customers", customers), ("sales", 0), ("taken", taken)])
            }
        }
    }

    /// How much of the bonuses goes back.
    fn take_back_from(&mut self, brought: &Brought, batch: &str, now: i64) -> i64 {
        let mut person = brought.person;
        while let Some(into) = self.people[person].merged_into {
            person = into;
        }
        self.pass_time(person, now);
        let one = &mut self.people[person];
        if one.is_forgotten {
            return 0;
        }
        let due = if brought.until > now { brought.bonuses } else { 0 };
        one.claw_back(&origin_of(batch), due);
        one.spendings.push((now, -brought.spent));
        one.carried_at = one.carried_at.max(Some(now));
        one.pay_debt();
        due
    }
}
