//! Goes through what happened, in the order in which it did, and makes the report of it. What it holds is
//! bounded: the rows, and the customers of the days that may still go on.

use crate::ledger::abuse::{
    AbuseFigures, AbuseQuestion, AbuseReport, BUSY_CARDS_MAX, BusyCard, REPORT_ROWS_MAX, ReportBy,
};
use crate::ledger::calendar::date_of;
use crate::ledger::command::PointOfSale;
use crate::ledger::event::AccountEvent;
use crate::ledger::sale::RecordedSale;
use crate::values::{Balance, Bonus, CustomerId, Date, Money, Timestamp};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Most customers of a day that are told apart.
const CARDS_A_DAY_MAX: usize = 500_000;
/// Most places at which the sales of a customer are counted apart on one day.
const PLACES_A_CARD_MAX: usize = 16;

/// A report that grows.
#[derive(Debug)]
pub struct AbuseFold {
    question: AbuseQuestion,
    places: BTreeMap<PointOfSale, usize>,
    rows: Vec<AbuseFigures>,
    others: AbuseFigures,
    totals: AbuseFigures,
    /// Days of which more may come: the latest and the one before.
    days: BTreeMap<Date, BTreeMap<CustomerId, CardDay>>,
    busiest: BTreeSet<(Reverse<u32>, Date, CustomerId)>,
    cards_not_told_apart: u64,
}

/// What a customer did on one day.
#[derive(Debug, Default)]
struct CardDay {
    opened: bool,
    sales: u32,
    /// By row.
    at_places: Vec<(usize, u32)>,
}

/// Something that happened at a place.
struct Deed<'a> {
    place: &'a PointOfSale,
    figures: AbuseFigures,
}

impl AbuseFold {
    #[must_use]
    pub const fn new(question: AbuseQuestion) -> Self {
        Self {
            question,
            places: BTreeMap::new(),
            rows: Vec::new(),
            others: AbuseFigures::NOTHING,
            totals: AbuseFigures::NOTHING,
            days: BTreeMap::new(),
            busiest: BTreeSet::new(),
            cards_not_told_apart: 0,
        }
    }

    /// Takes in what an operation at `at` did to a customer.
    pub fn take(&mut self, at: Timestamp, customer: CustomerId, events: &[AccountEvent]) {
        let day = date_of(at, self.question.zone);
        if !(self.question.from..=self.question.to).contains(&day) {
            return;
        }
        let nowhere = PointOfSale::default();
        for event in events {
            if let AccountEvent::AccountOpened { .. } = event {
                self.card(day, customer, |card| card.opened = true);
            } else if let AccountEvent::SaleRecorded(sale) = event {
                let opened = self.card(day, customer, |card| card.opened) == Some(true);
                let row = self.count(&of_sale(sale, opened));
                self.card(day, customer, |card| card.sell(row));
            } else if let AccountEvent::RedemptionRecorded(redemption) = event {
                let opened = self.card(day, customer, |card| card.opened) == Some(true);
                let mut figures = AbuseFigures::NOTHING;
                figures.redeem_on_opening_day(redemption.amount, opened);
                if figures != AbuseFigures::NOTHING {
                    self.count(&Deed { place: &nowhere, figures });
                }
            } else if let AccountEvent::ReturnRecorded(returned) = event {
                let figures = AbuseFigures {
                    returns: 1,
                    returned_amount: amount(returned.money),
                    ..AbuseFigures::NOTHING
                };
                self.count(&Deed { place: &returned.point_of_sale, figures });
            }
        }
        self.close_days_before(day);
    }

    /// The report.
    #[must_use]
    pub fn finish(mut self) -> AbuseReport {
        while let Some((day, cards)) = self.days.pop_first() {
            self.close(day, cards);
        }
        let rows = self.places.into_iter();
        let busy = |(Reverse(sales), day, customer)| BusyCard { customer, day, sales };
        AbuseReport {
            question: self.question,
            rows: rows.map(|(place, row)| (place, self.rows[row])).collect(),
            others: self.others,
            totals: self.totals,
            busy_cards: self.busiest.into_iter().map(busy).collect(),
            cards_not_told_apart: self.cards_not_told_apart,
        }
    }

    /// Does something with a customer's day; `None`: there are too many to tell this one apart.
    fn card<T>(
        &mut self,
        day: Date,
        customer: CustomerId,
        act: impl FnOnce(&mut CardDay) -> T,
    ) -> Option<T> {
        let cards = self.days.entry(day).or_default();
        if cards.len() >= CARDS_A_DAY_MAX && !cards.contains_key(&customer) {
            self.cards_not_told_apart = self.cards_not_told_apart.saturating_add(1);
            return None;
        }
        Some(act(cards.entry(customer).or_default()))
    }

    /// Counts what happened; the row it went into, if it has one of its own.
    fn count(&mut self, deed: &Deed<'_>) -> Option<usize> {
        self.totals.add(&deed.figures);
        let row = self.row_of(deed.place);
        let figures = row.map_or(&mut self.others, |row| &mut self.rows[row]);
        figures.add(&deed.figures);
        row
    }

    fn row_of(&mut self, place: &PointOfSale) -> Option<usize> {
        let place = match self.question.by {
            ReportBy::Cashier => place.clone(),
            ReportBy::Store => PointOfSale { store: place.store.clone(), cashier: None },
        };
        if let Some(row) = self.places.get(&place) {
            return Some(*row);
        }
        let row = self.rows.len();
        if row >= REPORT_ROWS_MAX {
            return None;
        }
        self.places.insert(place, row);
        self.rows.push(AbuseFigures::NOTHING);
        Some(row)
    }

    /// Commands are stamped before they take their turn, so the day before may go on for a while; those
    /// before it are over.
    fn close_days_before(&mut self, day: Date) {
        let going_on = day.pred_opt().unwrap_or(day);
        while let Some(first) = self.days.first_entry().filter(|first| *first.key() < going_on) {
            let (day, cards) = first.remove_entry();
            self.close(day, cards);
        }
    }

    fn close(&mut self, day: Date, cards: BTreeMap<CustomerId, CardDay>) {
        let busy_from = self.question.busy_from;
        for (customer, card) in cards {
            for (row, sales) in card.at_places {
                if sales >= busy_from {
                    self.rows[row].busy_cards = self.rows[row].busy_cards.saturating_add(1);
                }
            }
            if card.sales >= busy_from {
                self.totals.busy_cards = self.totals.busy_cards.saturating_add(1);
                self.busiest.insert((Reverse(card.sales), day, customer));
                if self.busiest.len() > BUSY_CARDS_MAX {
                    self.busiest.pop_last();
                }
            }
        }
    }
}

fn of_sale(sale: &RecordedSale, opened: bool) -> Deed<'_> {
    let mut figures = AbuseFigures {
        sales: 1,
        sales_amount: amount(sale.total),
        late_sales: u64::from(sale.late),
        unfunded: sale.unfunded.as_balance(),
        ..AbuseFigures::NOTHING
    };
    if sale.late && !sale.redeemed.is_zero() {
        figures.late_redemptions = 1;
        figures.late_redeemed = sale.redeemed.as_balance();
    }
    figures.redeem_on_opening_day(sale.redeemed, opened);
    Deed { place: &sale.point_of_sale, figures }
}

fn amount(money: Money) -> Balance {
    money.as_bonus().as_balance()
}

impl CardDay {
    fn sell(&mut self, row: Option<usize>) {
        self.sales = self.sales.saturating_add(1);
        let Some(row) = row else { return };
        if let Some((_, sales)) = self.at_places.iter_mut().find(|(known, _)| *known == row) {
            *sales = sales.saturating_add(1);
        } else if self.at_places.len() < PLACES_A_CARD_MAX {
            self.at_places.push((row, 1));
        }
    }
}

impl AbuseFigures {
    const NOTHING: Self = Self {
        sales: 0,
        sales_amount: Balance::ZERO,
        late_sales: 0,
        late_redemptions: 0,
        late_redeemed: Balance::ZERO,
        unfunded: Balance::ZERO,
        busy_cards: 0,
        opening_day_redemptions: 0,
        opening_day_redeemed: Balance::ZERO,
        returns: 0,
        returned_amount: Balance::ZERO,
    };

    fn redeem_on_opening_day(&mut self, redeemed: Bonus, opened: bool) {
        if opened && !redeemed.is_zero() {
            self.opening_day_redemptions = 1;
            self.opening_day_redeemed = redeemed.as_balance();
        }
    }

    /// Sums of fewer sales than there are numbers for stay far within their range.
    fn add(&mut self, other: &Self) {
        let add = |sum: &mut Balance, more: Balance| {
            *sum = Balance::from_cents(sum.cents().saturating_add(more.cents()));
        };
        let count = |sum: &mut u64, more: u64| *sum = sum.saturating_add(more);
        count(&mut self.sales, other.sales);
        add(&mut self.sales_amount, other.sales_amount);
        count(&mut self.late_sales, other.late_sales);
        count(&mut self.late_redemptions, other.late_redemptions);
        add(&mut self.late_redeemed, other.late_redeemed);
        add(&mut self.unfunded, other.unfunded);
        count(&mut self.busy_cards, other.busy_cards);
        count(&mut self.opening_day_redemptions, other.opening_day_redemptions);
        add(&mut self.opening_day_redeemed, other.opening_day_redeemed);
        count(&mut self.returns, other.returns);
        add(&mut self.returned_amount, other.returned_amount);
    }
}
