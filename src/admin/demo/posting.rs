//! Posts the year: moment by moment, all copies of a moment at once, each customer in order, and
//! the clock of the house moved along, never back.

use crate::admin::demo::at_once::at_once;
use crate::admin::demo::client::Till;
use crate::admin::demo::figures::Figures;
use crate::admin::demo::goods_back::{self, GoodsBack};
use crate::admin::demo::inbox::Inbox;
use crate::admin::demo::registration::Registration;
use crate::admin::demo::sales::{Moment, Year, day_of};
use crate::admin::demo::visit::{self, Balances, Outcome, Visit};
use crate::admin::exit::Failure;
use crate::engine::House;
use crate::values::Timestamp;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How the year is posted.
pub(super) struct Posting<'a> {
    pub year: &'a Arc<Year>,
    pub copies: u16,
    pub connections: u16,
    pub till: &'a Till,
    /// Where customers who register in an app read their codes.
    pub inbox: &'a Inbox,
    /// Stands where the demo puts its clock, and settles what is due as the days go by.
    pub house: &'a House,
}

/// The sales of one customer in a moment, by their places in the year.
pub(super) struct Turn {
    pub copy: u16,
    places: Vec<usize>,
    /// How a customer registers who was not seen before.
    registers: Option<Registration>,
}

impl Posting<'_> {
    /// Posts everything; returns what the answers told.
    pub(super) async fn all(&self) -> Result<Figures, Failure> {
        let bar = progress_bar(self.year, self.copies);
        let mut figures = Figures::new();
        let mut known: BTreeSet<u32> = BTreeSet::new();
        let mut waiting = self.year.returns.as_slice();
        for moment in self.year.moments() {
            let opening = moment.sales.first().map_or(moment.at, |sale| sale.at);
            let before = waiting.partition_point(|back| back.at < opening);
            let (now, later) = waiting.split_at(before);
            self.take_back(now, &mut figures).await?;
            waiting = later;
            move_to(self.house, moment.at).await?;
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

    /// Takes goods back one receipt after the other, each in all copies at once.
    async fn take_back(&self, backs: &[GoodsBack], figures: &mut Figures) -> Result<(), Failure> {
        for back in backs {
            move_to(self.house, back.at).await?;
            let task = |copy| {
                let (till, back) = (self.till.clone(), back.clone());
                async move { goods_back::serve(&till, &back, copy).await }
            };
            for outcome in at_once(self.connections, (1..=self.copies).map(task)).await? {
                figures.take(outcome)?;
            }
        }
        Ok(())
    }

    /// Ends the year: the clock stands at its end, what is due by then is settled, and every customer
    /// is asked for their balance.
    pub(super) async fn close(&self) -> Result<Balances, Failure> {
        end_year(self.house, self.year).await?;
        let customers: BTreeSet<u32> = self.year.sales.iter().map(|sale| sale.customer).collect();
        let asked = (1..=self.copies)
            .flat_map(|copy| customers.iter().map(move |customer| (*customer, copy)));
        let task = |(customer, copy)| {
            let till = self.till.clone();
            async move { visit::balances(&till, customer, copy).await }
        };
        Balances::sum(at_once(self.connections, asked.map(task)).await?)
    }

    async fn one(
        &self,
        moment: &Moment<'_>,
        known: &mut BTreeSet<u32>,
    ) -> Result<Vec<Outcome>, Failure> {
        let task = |turn: Turn| {
            let (till, year) = (self.till.clone(), Arc::clone(self.year));
            let inbox = self.inbox.clone();
            async move { take(&till, &inbox, &year, &turn).await }
        };
        let turns = turns_of(moment, self.copies, known).into_iter();
        let outcomes = at_once(self.connections, turns.map(task)).await?;
        Ok(outcomes.into_iter().flatten().collect())
    }
}

/// How far along the year is, for whoever watches.
pub(super) fn progress_bar(year: &Year, copies: u16) -> ProgressBar {
    let sales = year.sales.len().saturating_mul(usize::from(copies));
    let bar = ProgressBar::new(u64::try_from(sales).unwrap_or(u64::MAX));
    let template = "  {bar:40} {pos}/{len} sales  {per_sec}  {eta} left";
    bar.set_style(
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar
}

/// Moves the clock of a house on, never back; what is due is settled once a day.
pub(super) async fn move_to(house: &House, at: Timestamp) -> Result<(), Failure> {
    let before = house.clock().now();
    house.clock().set(at.max(before));
    if day_of(at) > day_of(before) { settle(house).await } else { Ok(()) }
}

/// Puts the clock at the end of the year and settles what is due by then.
pub(super) async fn end_year(house: &House, year: &Year) -> Result<(), Failure> {
    house.clock().set(year.ends());
    settle(house).await
}

async fn settle(house: &House) -> Result<(), Failure> {
    let settled = house.sweep().await;
    settled.map(|_| ()).map_err(|error| Failure::Refused(format!("the sweep failed: {error}")))
}

/// Who comes to the till in this moment; those not known yet are from now on.
pub(super) fn turns_of(moment: &Moment<'_>, copies: u16, known: &mut BTreeSet<u32>) -> Vec<Turn> {
    let mut places: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (index, sale) in moment.sales.iter().enumerate() {
        places.entry(sale.customer).or_default().push(moment.first.saturating_add(index));
    }
    let mut turns = Vec::new();
    for (customer, places) in places {
        let number = known.insert(customer).then_some(known.len());
        let of_copy = |copy| Turn {
            copy,
            places: places.clone(),
            registers: number.map(|number| Registration::of(number, copy)),
        };
        turns.extend((1..=copies).map(of_copy));
    }
    turns
}

impl Turn {
    /// The visits in order: the place of the sale, and how the customer registers before it.
    pub(super) fn visits(&self) -> impl Iterator<Item = (usize, Option<Registration>)> {
        let registers = self.registers;
        let of = move |index| registers.filter(|_| index == 0);
        self.places.iter().enumerate().map(move |(index, place)| (*place, of(index)))
    }
}

async fn take(
    till: &Till,
    inbox: &Inbox,
    year: &Year,
    turn: &Turn,
) -> Result<Vec<Outcome>, Failure> {
    let mut outcomes = Vec::with_capacity(turn.places.len());
    for (place, registers) in turn.visits() {
        let Some(sale) = year.sales.get(place) else { continue };
        let visit = Visit { sale, copy: turn.copy, place, registers };
        outcomes.push(visit::serve(till, inbox, visit).await?);
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::demo::registration::BY_CODE;

    #[test]
    fn every_sale_of_every_copy_is_posted_once_and_customers_register_first() {
        let year = Year::shipped();
        let (copies, mut known) = (3, BTreeSet::new());
        let (mut posted, mut registered) = (BTreeSet::new(), BTreeSet::new());
        let mut by_code = 0;
        for moment in year.moments() {
            for turn in turns_of(&moment, copies, &mut known) {
                assert!(turn.places.is_sorted());
                for (place, registers) in turn.visits() {
                    let customer = (year.sales[place].customer, turn.copy);
                    assert_eq!(registered.insert(customer), registers.is_some());
                    by_code += usize::from(registers == Some(Registration::ByCode));
                    assert!(posted.insert((turn.copy, place)));
                }
            }
        }
        assert_eq!(posted.len(), year.sales.len() * usize::from(copies));
        assert_eq!(registered.len(), known.len() * usize::from(copies));
        assert_eq!(by_code, BY_CODE);
    }
}
