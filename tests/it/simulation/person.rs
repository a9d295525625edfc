//! One person of the naive tenant: heaps of bonuses, debt, what is set aside; everything looked at one by one.

use chrono::{Datelike, Days, NaiveDate};
use std::collections::BTreeMap;

pub(super) const DAY: i64 = 86_400_000;
/// Dushanbe has been five hours ahead of UTC since 1991.
const OFFSET: i64 = 18_000_000;

/// Bonuses that were given together.
#[derive(Debug, Clone)]
pub(super) struct Heap {
    pub(super) sale: Option<String>,
    pub(super) number: u64,
    pub(super) left: i64,
    pub(super) from: i64,
    pub(super) until: i64,
    pub(super) active: bool,
}

/// A date that was told, since when it is known, and when it comes next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Birthday {
    pub(super) born: NaiveDate,
    pub(super) known: i64,
    pub(super) next: i64,
}

/// The sale by which somebody was paid for being brought, and until when what was paid is good.
#[derive(Debug, Clone)]
pub(super) struct Brought {
    pub(super) sale: String,
    pub(super) until: i64,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    pub(super) phone: usize,
    pub(super) opened: i64,
    pub(super) heaps: Vec<Heap>,
    pub(super) debt: i64,
    /// When, and how much money; returns are negative.
    pub(super) spendings: Vec<(i64, i64)>,
    pub(super) blocked: bool,
    pub(super) welcomed: bool,
    /// By name: what is set aside, until when.
    pub(super) reserves: BTreeMap<String, (i64, i64)>,
    pub(super) birthday: Option<Birthday>,
    /// When a birthday was paid last.
    pub(super) congratulated: Option<i64>,
    /// Who brought them.
    pub(super) parent: Option<usize>,
    pub(super) brought: Option<Brought>,
    /// When money that they had spent elsewhere was counted, as far as that is known.
    pub(super) carried_at: Option<i64>,
    pub(super) is_forgotten: bool,
    pub(super) merged_into: Option<usize>,
    /// Whether the heaps are known to the cent; money always is.
    pub(super) is_exact: bool,
}

impl Person {
    pub(super) fn active(&self) -> i64 {
        self.sum(true)
    }

    pub(super) fn sum(&self, active: bool) -> i64 {
        self.heaps.iter().filter(|heap| heap.active == active).map(|heap| heap.left).sum()
    }

    pub(super) fn reserved(&self) -> i64 {
        self.reserves.values().map(|(amount, _)| amount).sum()
    }

    pub(super) fn spent(&self, through: i64) -> i64 {
        self.spendings.iter().filter(|(at, _)| *at <= through).map(|(_, money)| money).sum()
    }

    /// Of what is active and not set aside, what expires first; the rest is debt.
    pub(super) fn take(&mut self, amount: i64) {
        self.heaps.sort_by_key(|heap| (heap.until, heap.from, heap.number));
        let mut wanted = amount.min((self.active() - self.reserved()).max(0));
        self.debt += amount - wanted;
        for heap in self.heaps.iter_mut().filter(|heap| heap.active) {
            let part = heap.left.min(wanted);
            heap.left -= part;
            wanted -= part;
        }
        self.heaps.retain(|heap| heap.left > 0);
    }

    /// From what no reserve covers.
    pub(super) fn pay_debt(&mut self) {
        let pays = self.debt.min((self.active() - self.reserved()).max(0));
        self.debt -= pays;
        self.take(pays);
    }

    /// Of the sale's own, of what is active, of what is held; the rest is debt.
    pub(super) fn claw_back(&mut self, sale: &str, amount: i64) {
        let own = |heap: &Heap| heap.sale.as_deref() == Some(sale);
        self.heaps.sort_by_key(|heap| match (own(heap), heap.active) {
            (true, _) => (0, heap.until, heap.from, heap.number),
            (false, true) => (1, heap.until, heap.from, heap.number),
            (false, false) => (2, heap.from, 0, heap.number),
        });
        // Never of what reserves cover.
        let mut free = self.active() - self.reserved();
        let mut wanted = amount;
        for heap in &mut self.heaps {
            let most = if heap.active { heap.left.min(free) } else { heap.left };
            let part = most.min(wanted);
            heap.left -= part;
            wanted -= part;
            free -= if heap.active { part } else { 0 };
        }
        self.debt += wanted;
        self.heaps.retain(|heap| heap.left > 0);
    }
}

impl Birthday {
    pub(super) fn told(born: NaiveDate, now: i64) -> Self {
        Self { born, known: now, next: next_birthday(born, now) }
    }

    /// The one after that which comes next.
    pub(super) fn passed(self) -> Self {
        Self { next: next_birthday(self.born, self.next), ..self }
    }

    /// Whether it was known for thirty days, and the last one was three hundred days ago.
    pub(super) fn pays(&self, last: Option<i64>) -> bool {
        let days_since = |instant| local_day(self.next) - local_day(instant);
        days_since(self.known) >= 30 && last.is_none_or(|last| days_since(last) >= 300)
    }
}

fn local_day(instant: i64) -> i64 {
    (instant + OFFSET).div_euclid(DAY)
}

/// The local date so many days later.
pub(super) fn date_after(instant: i64, days: i64) -> NaiveDate {
    let day = local_day(instant) + days;
    NaiveDate::default().checked_add_days(Days::new(day.unsigned_abs())).unwrap()
}

/// The beginning of the first one after an instant; who was born on 29 February has it on the 28th.
fn next_birthday(born: NaiveDate, after: i64) -> i64 {
    let year = date_after(after, 0).year();
    let beginning = |year: i32| {
        let date = NaiveDate::from_ymd_opt(year, born.month(), born.day())
            .or_else(|| NaiveDate::from_ymd_opt(year, 2, 28))
            .unwrap();
        date.signed_duration_since(NaiveDate::default()).num_days() * DAY - OFFSET
    };
    (year..).map(beginning).find(|beginning| *beginning > after).unwrap()
}

/// The end of the local day, `days` after that of `instant`.
pub(super) fn end_of_day(instant: i64, days: i64) -> i64 {
    (local_day(instant) + days + 1) * DAY - OFFSET
}
