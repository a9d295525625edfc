//! What the demo counts from the answers it gets, and how it is shown.

use crate::admin::demo::sales::LeftOut;
use crate::admin::demo::visit::{Balances, Outcome, Refused};
use crate::admin::exit::Failure;
use crate::ledger::Pool;
use crate::ledger::books::Book;
use crate::values::{Balance, Bonus};
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// How many unexpected answers are told in full.
const TOLD_MAX: usize = 5;
/// Longest answer that is told apart, in microseconds: a minute.
const MICROS_MAX: u64 = 60_000_000;

/// Counted while the year is posted.
pub(super) struct Figures {
    pub customers: u64,
    pub welcomed: Bonus,
    pub sales: u64,
    pub accrued: Bonus,
    pub redeemed: Bonus,
    pub returns: u64,
    /// Given back by returns, and taken back.
    pub restored: Bonus,
    pub reversed: Bonus,
    /// Refusals that the demo meant to provoke, by code.
    pub refused: BTreeMap<String, u64>,
    pub unexpected: u64,
    /// The first few of them.
    pub told: Vec<Refused>,
    /// Of sales answered with 201, which are durable.
    micros: Histogram<u64>,
}

/// The books of the chain, once from the answers and once from the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Books {
    pub welcomed: Bonus,
    pub accrued: Bonus,
    /// Less what returns gave back.
    pub redeemed: Bonus,
    pub reversed: Bonus,
    pub expired: Bonus,
    /// What the customers have and can spend.
    pub redeemable: Bonus,
    /// What they have and cannot spend yet.
    pub held: Bonus,
    /// What they owe.
    pub debt: Bonus,
}

impl Figures {
    pub(super) fn new() -> Self {
        let micros = Histogram::new_with_max(MICROS_MAX, 3).expect("a minute at three digits fits");
        Self {
            customers: 0,
            welcomed: Bonus::ZERO,
            sales: 0,
            accrued: Bonus::ZERO,
            redeemed: Bonus::ZERO,
            returns: 0,
            restored: Bonus::ZERO,
            reversed: Bonus::ZERO,
            refused: BTreeMap::new(),
            unexpected: 0,
            told: Vec::new(),
            micros,
        }
    }

    /// Takes in what a visit came to.
    pub(super) fn take(&mut self, outcome: Outcome) -> Result<(), Failure> {
        if let Some(welcome) = outcome.registered {
            self.customers = self.customers.saturating_add(1);
            self.welcomed = plus(self.welcomed, welcome)?;
        }
        if let Some(sold) = outcome.sold {
            self.sales = self.sales.saturating_add(1);
            self.accrued = plus(self.accrued, sold.accrued)?;
            self.redeemed = plus(self.redeemed, sold.redeemed)?;
            self.micros.saturating_record(sold.micros);
        }
        if let Some(returned) = outcome.returned {
            self.returns = self.returns.saturating_add(1);
            self.restored = plus(self.restored, returned.restored)?;
            self.reversed = plus(self.reversed, returned.reversed)?;
        }
        for refused in outcome.refusals {
            if refused.expected {
                let count = self.refused.entry(refused.code).or_default();
                *count = count.saturating_add(1);
            } else {
                self.unexpected = self.unexpected.saturating_add(1);
                if self.told.len() < TOLD_MAX {
                    self.told.push(refused);
                }
            }
        }
        Ok(())
    }

    /// The books as the answers tell them: what came in and neither went out nor is left has expired.
    pub(super) fn books(&self, left: Balances) -> Result<Books, Failure> {
        let impossible = || {
            Failure::Differs(
                "the customers are told more bonuses than they ever got and kept".into(),
            )
        };
        let came = plus(plus(self.welcomed, self.accrued)?, plus(self.restored, left.debt)?)?;
        let kept = plus(left.redeemable, left.held)?;
        let gone = plus(plus(self.redeemed, self.reversed)?, kept)?;
        Ok(Books {
            welcomed: self.welcomed,
            accrued: self.accrued,
            redeemed: self.redeemed.checked_sub(self.restored).ok_or_else(impossible)?,
            reversed: self.reversed,
            expired: came.checked_sub(gone).ok_or_else(impossible)?,
            redeemable: left.redeemable,
            held: left.held,
            debt: left.debt,
        })
    }

    /// The summary as it is printed.
    pub(super) fn summary(
        &self,
        books: &Books,
        left_out: LeftOut,
        copies: u16,
        took: Duration,
    ) -> String {
        let mut text = String::new();
        let mut line = |name: &str, figure: String| {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "  {name:<32}{figure:>16}");
        };
        line("customers", self.customers.to_string());
        line("sales", self.sales.to_string());
        line("welcome bonuses", books.welcomed.to_string());
        line("accrued", books.accrued.to_string());
        line("redeemed", self.redeemed.to_string());
        line("returns", self.returns.to_string());
        line("restored by returns", self.restored.to_string());
        line("reversed by returns", self.reversed.to_string());
        line("expired", books.expired.to_string());
        line("held", books.held.to_string());
        line("redeemable", books.redeemable.to_string());
        line("owed", books.debt.to_string());
        for (code, count) in &self.refused {
            line(&format!("refused: {code}"), count.to_string());
        }
        line("refused, not expected", self.unexpected.to_string());
        let times = |count: u64| count.saturating_mul(u64::from(copies)).to_string();
        line("left out: total below 0.01", times(left_out.of_nothing));
        line("left out: no customer", times(left_out.without_customer));
        line("sales/s", per_second(self.sales, took).to_string());
        line("p50 of durable answers", milliseconds(self.micros.value_at_quantile(0.5)));
        line("p99 of durable answers", milliseconds(self.micros.value_at_quantile(0.99)));
        text
    }
}

impl Books {
    /// The books as the journal's postings add up to them.
    pub(super) fn of_journal(trial_balance: &BTreeMap<Book, Balance>) -> Result<Self, Failure> {
        let sum = |book: Book| trial_balance.get(&book).copied().unwrap_or_default();
        let figure = |book: Book| {
            let amount = sum(book).magnitude().filter(|_| !sum(book).is_negative());
            amount.ok_or_else(|| Failure::Differs(format!("book {book:?} stands at {}", sum(book))))
        };
        // What is issued or owed leaves its book, so that the book stands below zero.
        let owed = |book: Book| {
            let amount = sum(book).checked_neg().filter(|amount| !amount.is_negative());
            amount
                .and_then(Balance::magnitude)
                .ok_or_else(|| Failure::Differs(format!("book {book:?} stands at {}", sum(book))))
        };
        Ok(Self {
            welcomed: owed(Book::Issued(Pool::Welcome))?,
            accrued: owed(Book::Issued(Pool::Main))?,
            redeemed: figure(Book::Redeemed)?,
            reversed: figure(Book::ClawedBack)?,
            expired: figure(Book::Expired)?,
            redeemable: figure(Book::CustomerActive)?,
            held: figure(Book::CustomerHeld)?,
            debt: owed(Book::CustomerDebt)?,
        })
    }

    /// What differs from `other`, a sentence each.
    pub(super) fn differences(&self, other: &Self) -> Vec<String> {
        let figures = [
            ("welcome bonuses", self.welcomed, other.welcomed),
            ("accrued", self.accrued, other.accrued),
            ("redeemed", self.redeemed, other.redeemed),
            ("reversed", self.reversed, other.reversed),
            ("expired", self.expired, other.expired),
            ("redeemable", self.redeemable, other.redeemable),
            ("held", self.held, other.held),
            ("owed", self.debt, other.debt),
        ];
        figures
            .into_iter()
            .filter(|(_, answered, journaled)| answered != journaled)
            .map(|(name, answered, journaled)| {
                format!("{name}: the answers say {answered}, the journal {journaled}")
            })
            .collect()
    }
}

/// A sum that stays within what an amount can be.
pub(super) fn plus(sum: Bonus, more: Bonus) -> Result<Bonus, Failure> {
    sum.checked_add(more)
        .ok_or_else(|| Failure::Differs("a sum of bonuses is above the largest amount".into()))
}

fn per_second(count: u64, took: Duration) -> u128 {
    u128::from(count).saturating_mul(1_000).checked_div(took.as_millis()).unwrap_or_default()
}

fn milliseconds(micros: u64) -> String {
    format!("{}.{:02} ms", micros.div_euclid(1_000), micros.rem_euclid(1_000).div_euclid(10))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::demo::visit::{Returned, Sold};

    fn bonus(cents: u64) -> Bonus {
        Bonus::from_cents(cents).unwrap()
    }

    fn figures() -> Figures {
        let mut figures = Figures::new();
        let refused =
            |code: &str, expected| Refused { code: code.into(), reason: "No.".into(), expected };
        let outcome = Outcome {
            registered: Some(bonus(500)),
            sold: Some(Sold { accrued: bonus(4_775), redeemed: bonus(1_000), micros: 1_500 }),
            returned: Some(Returned { restored: bonus(300), reversed: bonus(700) }),
            refusals: vec![refused("duplicate_sale", true), refused("status 503", false)],
        };
        figures.take(outcome).unwrap();
        figures
    }

    #[test]
    fn what_came_in_is_out_left_or_expired() {
        let left = Balances { redeemable: bonus(1_000), held: bonus(3_000), debt: bonus(200) };
        let books = figures().books(left).unwrap();
        assert_eq!(
            (books.expired, books.redeemable, books.held, books.redeemed),
            (bonus(75), bonus(1_000), bonus(3_000), bonus(700))
        );
        assert_eq!(books.differences(&books), Vec::<String>::new());
        let other = Books { expired: bonus(76), ..books };
        assert_eq!(books.differences(&other), ["expired: the answers say 0.75, the journal 0.76"]);
        assert!(figures().books(Balances { redeemable: bonus(1_076), ..left }).is_err());
    }

    #[test]
    fn refusals_are_told_apart() {
        let figures = figures();
        assert_eq!(figures.refused.get("duplicate_sale"), Some(&1));
        assert_eq!((figures.unexpected, figures.told.len()), (1, 1));
    }

    #[test]
    fn the_summary_has_every_figure() {
        let left = Balances { redeemable: bonus(1_000), held: bonus(3_000), debt: bonus(200) };
        let figures = figures();
        let left_out = LeftOut { without_customer: 0, of_nothing: 1 };
        let books = figures.books(left).unwrap();
        let text = figures.summary(&books, left_out, 20, Duration::from_millis(500));
        for part in [
            "47.75",
            "10.00",
            "0.75",
            "30.00",
            "7.00",
            "3.00",
            "2.00",
            "duplicate_sale",
            "20",
            "1.50 ms",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert_eq!(per_second(30, Duration::from_millis(500)), 60);
    }
}
