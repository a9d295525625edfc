//! Posts the year of groceries: moment by moment, all copies of a moment at once, each customer in order.

use super::groceries::Groceries;
use super::till::PlusTill;
use super::visit::{self, Visit};
use crate::admin::demo::at_once::at_once;
use crate::admin::demo::figures::Figures;
use crate::admin::demo::inbox::Inbox;
use crate::admin::demo::posting::{Turn, end_year, move_to, progress_bar, turns_of};
use crate::admin::demo::visit::{Balances, Outcome};
use crate::admin::exit::Failure;
use crate::engine::House;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How the year is posted.
pub(super) struct Posting<'a> {
    pub(super) groceries: &'a Arc<Groceries>,
    pub(super) copies: u16,
    pub(super) connections: u16,
    pub(super) till: &'a PlusTill,
    /// Where customers who register with a code read it.
    pub(super) inbox: &'a Inbox,
    /// Stands where the demo puts its clock, and settles what is due as the days go by.
    pub(super) house: &'a House,
}

impl Posting<'_> {
    /// Posts everything; returns what the answers told.
    pub(super) async fn all(&self) -> Result<Figures, Failure> {
        let year = &self.groceries.year;
        let bar = progress_bar(year, self.copies);
        let mut figures = Figures::new();
        let mut known: BTreeSet<u32> = BTreeSet::new();
        for moment in year.moments() {
            move_to(self.house, moment.at).await?;
            let turns = turns_of(&moment, self.copies, &mut known).into_iter();
            let task = |turn: Turn| {
                let (till, inbox) = (self.till.clone(), self.inbox.clone());
                let groceries = Arc::clone(self.groceries);
                async move { take(&till, &inbox, &groceries, &turn).await }
            };
            let outcomes = at_once(self.connections, turns.map(task)).await?;
            for outcome in outcomes.into_iter().flatten() {
                figures.take(outcome)?;
            }
            let posted = moment.sales.len().saturating_mul(usize::from(self.copies));
            bar.inc(u64::try_from(posted).unwrap_or(u64::MAX));
        }
        bar.finish_and_clear();
        Ok(figures)
    }

    /// Ends the year: what is due by then is settled, and every customer is asked for their balance.
    pub(super) async fn close(&self) -> Result<Balances, Failure> {
        let year = &self.groceries.year;
        end_year(self.house, year).await?;
        let customers: BTreeSet<u32> = year.sales.iter().map(|sale| sale.customer).collect();
        let asked = (1..=self.copies)
            .flat_map(|copy| customers.iter().map(move |customer| (*customer, copy)));
        let task = |(customer, copy)| {
            let till = self.till.clone();
            async move { visit::balances(&till, customer, copy).await }
        };
        Balances::sum(at_once(self.connections, asked.map(task)).await?)
    }
}

async fn take(
    till: &PlusTill,
    inbox: &Inbox,
    groceries: &Groceries,
    turn: &Turn,
) -> Result<Vec<Outcome>, Failure> {
    let mut outcomes = Vec::new();
    for (place, registers) in turn.visits() {
        let Some(visit) = Visit::at(groceries, place, turn.copy, registers) else { continue };
        outcomes.push(visit::serve(till, inbox, visit).await?);
    }
    Ok(outcomes)
}
