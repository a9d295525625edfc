//! Posts the year: moment by moment, all copies of a moment at once, each customer in order, and
//! the clock of the house moved along, never back.

use crate::admin::demo::client::Till;
use crate::admin::demo::figures::{Figures, plus};
use crate::admin::demo::goods_back::{self, GoodsBack};
use crate::admin::demo::sales::{Moment, Year, day_of};
use crate::admin::demo::visit::{self, Balances, Outcome, Visit};
use crate::admin::exit::Failure;
use crate::engine::House;
use crate::values::Timestamp;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};

/// How the year is posted.
pub(super) struct Posting<'a> {
    pub year: &'a Arc<Year>,
    pub copies: u16,
    pub connections: u16,
    pub till: &'a Till,
    /// Stands where the demo puts its clock, and settles what is due as the days go by.
    pub house: &'a House,
}

/// The sales of one customer in a moment, by their places in the year.
struct Turn {
    copy: u16,
    places: Vec<usize>,
    first: bool,
}

impl Posting<'_> {
    /// Posts everything; returns what the answers told.
    pub(super) async fn all(&self) -> Result<Figures, Failure> {
        let bar = self.progress_bar();
        let mut figures = Figures::new();
        let mut known: BTreeSet<u32> = BTreeSet::new();
        let mut waiting = self.year.returns.as_slice();
        for moment in self.year.moments() {
            let opening = moment.sales.first().map_or(moment.at, |sale| sale.at);
            let before = waiting.partition_point(|back| back.at < opening);
            let (now, later) = waiting.split_at(before);
            self.take_back(now, &mut figures).await?;
            waiting = later;
            self.move_to(moment.at).await?;
            let outcomes = self.one(&moment, &mut known).await?;
            for outcome in outcomes {
                figures.take(outcome)?;
            }
            let posted = moment.sales.len().saturating_mul(usize::from(self.copies));
            bar.inc(u64::try_from(posted).unwrap_or(u64::MAX));
        }
        self.take_back(waiting, &mut figures).await?;
        bar.finish_and_clear();
        Ok(figures)
    }

    /// Moves the clock on, never back; what is due is settled once a day.
    async fn move_to(&self, at: Timestamp) -> Result<(), Failure> {
        let before = self.house.clock().now();
        self.house.clock().set(at.max(before));
        if day_of(at) > day_of(before) { self.settle().await } else { Ok(()) }
    }

    /// Takes goods back one receipt after the other, each in all copies at once.
    async fn take_back(&self, backs: &[GoodsBack], figures: &mut Figures) -> Result<(), Failure> {
        for back in backs {
            self.move_to(back.at).await?;
            let gate = Arc::new(Semaphore::new(usize::from(self.connections)));
            let mut asked = JoinSet::new();
            for copy in 1..=self.copies {
                let (till, gate, back) = (self.till.clone(), Arc::clone(&gate), back.clone());
                asked.spawn(async move {
                    let _connection = gate.acquire_owned().await;
                    goods_back::serve(&till, &back, copy).await
                });
            }
            while let Some(outcome) = asked.join_next().await {
                figures.take(joined(outcome)?)?;
            }
        }
        Ok(())
    }

    /// Ends the year: the clock stands at its end, what is due by then is settled, and every customer
    /// is asked for their balance.
    pub(super) async fn close(&self) -> Result<Balances, Failure> {
        self.house.clock().set(self.year.ends());
        self.settle().await?;
        let customers: BTreeSet<u32> = self.year.sales.iter().map(|sale| sale.customer).collect();
        let gate = Arc::new(Semaphore::new(usize::from(self.connections)));
        let mut asked = JoinSet::new();
        for copy in 1..=self.copies {
            for customer in &customers {
                let (till, gate, customer) = (self.till.clone(), Arc::clone(&gate), *customer);
                asked.spawn(async move {
                    let _connection = gate.acquire_owned().await;
                    visit::balances(&till, customer, copy).await
                });
            }
        }
        let mut left = Balances::default();
        while let Some(told) = asked.join_next().await {
            let told = joined(told)?;
            left = Balances {
                redeemable: plus(left.redeemable, told.redeemable)?,
                held: plus(left.held, told.held)?,
                debt: plus(left.debt, told.debt)?,
            };
        }
        Ok(left)
    }

    async fn settle(&self) -> Result<(), Failure> {
        let settled = self.house.sweep().await;
        settled.map(|_| ()).map_err(|error| Failure::Refused(format!("the sweep failed: {error}")))
    }

    async fn one(
        &self,
        moment: &Moment<'_>,
        known: &mut BTreeSet<u32>,
    ) -> Result<Vec<Outcome>, Failure> {
        let gate = Arc::new(Semaphore::new(usize::from(self.connections)));
        let mut turns = JoinSet::new();
        for turn in turns_of(moment, self.copies, known) {
            let (till, year, gate) = (self.till.clone(), Arc::clone(self.year), Arc::clone(&gate));
            turns.spawn(async move {
                let _connection = gate.acquire_owned().await;
                take(&till, &year, &turn).await
            });
        }
        let mut outcomes = Vec::new();
        while let Some(outcome) = turns.join_next().await {
            outcomes.extend(joined(outcome)?);
        }
        Ok(outcomes)
    }

    fn progress_bar(&self) -> ProgressBar {
        let sales = self.year.sales.len().saturating_mul(usize::from(self.copies));
        let bar = ProgressBar::new(u64::try_from(sales).unwrap_or(u64::MAX));
        let template = "  {bar:40} {pos}/{len} sales  {per_sec}  {eta} left";
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar
    }
}

/// Who comes to the till in this moment; those not known yet are from now on.
fn turns_of(moment: &Moment<'_>, copies: u16, known: &mut BTreeSet<u32>) -> Vec<Turn> {
    let mut places: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (index, sale) in moment.sales.iter().enumerate() {
        places.entry(sale.customer).or_default().push(moment.first.saturating_add(index));
    }
    let mut turns = Vec::new();
    for (customer, places) in places {
        let first = known.insert(customer);
        let of_copy = |copy| Turn { copy, places: places.clone(), first };
        turns.extend((1..=copies).map(of_copy));
    }
    turns
}

impl Turn {
    /// The visits in order: the place of the sale, and whether the customer registers before it.
    fn visits(&self) -> impl Iterator<Item = (usize, bool)> {
        let first = self.first;
        self.places.iter().enumerate().map(move |(index, place)| (*place, first && index == 0))
    }
}

async fn take(till: &Till, year: &Year, turn: &Turn) -> Result<Vec<Outcome>, Failure> {
    let mut outcomes = Vec::with_capacity(turn.places.len());
    for (place, first) in turn.visits() {
        let Some(sale) = year.sales.get(place) else { continue };
        outcomes.push(visit::serve(till, Visit { sale, copy: turn.copy, place, first }).await?);
    }
    Ok(outcomes)
}

fn joined<T>(outcome: Result<Result<T, Failure>, JoinError>) -> Result<T, Failure> {
    outcome
        .unwrap_or_else(|error| Err(Failure::Differs(format!("a till of the demo broke: {error}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sale_of_every_copy_is_posted_once_and_customers_register_first() {
        let year = Year::shipped();
        let (copies, mut known) = (3, BTreeSet::new());
        let (mut posted, mut registered) = (BTreeSet::new(), BTreeSet::new());
        for moment in year.moments() {
            for turn in turns_of(&moment, copies, &mut known) {
                assert!(turn.places.is_sorted());
                for (place, first) in turn.visits() {
                    let customer = (year.sales[place].customer, turn.copy);
                    assert_eq!(registered.insert(customer), first);
                    assert!(posted.insert((turn.copy, place)));
                }
            }
        }
        assert_eq!(posted.len(), year.sales.len() * usize::from(copies));
        assert_eq!(registered.len(), known.len() * usize::from(copies));
    }
}
