//! The year of sales that is compiled in: read exactly, moved to end yesterday, grouped into moments.

use crate::admin::demo::goods_back::{GoodsBack, HandedOver, LineBack, ReceiptBack};
use crate::values::{Money, Precision, Quantity, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

const FILE: &str = include_str!("../../../data/online-retail.small.ndjson");
const DAY_MILLIS: i64 = 86_400_000;
/// How far apart the sales of one moment may be. Less than the 300 seconds after which a sale is late,
/// so that every sale of a moment may redeem.
const MOMENT_MILLIS_MAX: i64 = 240_000;
/// When the last day ends for the demo: after every sale, before midnight in any season of London.
const LAST_HOUR_MILLIS: i64 = 22 * 3_600_000;

/// A year of sales, and what of the file is not posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Year {
    /// In order of time.
    pub sales: Vec<Sale>,
    /// In order of time.
    pub returns: Vec<GoodsBack>,
    pub left_out: LeftOut,
}

/// A receipt that is posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sale {
    pub customer: u32,
    pub receipt: String,
    pub at: Timestamp,
    pub total: Money,
    /// The lines as the partner API takes them, with the file's own figures.
    pub lines: String,
}

/// Receipts that are not posted, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LeftOut {
    pub without_customer: u64,
    /// The contract takes sales from 0.01 on.
    pub of_nothing: u64,
}

/// Sales so close to each other that they are posted under one position of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment<'a> {
    /// The time of its last sale.
    pub at: Timestamp,
    /// The place of its first sale in the year.
    pub first: usize,
    pub sales: &'a [Sale],
}

#[derive(Deserialize)]
struct Record<'a> {
    customer: Option<&'a str>,
    receipt: &'a str,
    date: &'a str,
    #[serde(borrow)]
    total: &'a RawValue,
    #[serde(borrow)]
    lines: Vec<Line<'a>>,
    #[serde(default, rename = "return")]
    is_return: bool,
}

#[derive(Deserialize, Serialize)]
struct Line<'a> {
    sku: &'a str,
    #[serde(borrow)]
    name: Option<std::borrow::Cow<'a, str>>,
    #[serde(rename(deserialize = "category", serialize = "category_code"))]
    category: Option<&'a str>,
    #[serde(borrow)]
    quantity: &'a RawValue,
    #[serde(borrow)]
    unit_price: &'a RawValue,
    #[serde(borrow)]
    line_amount: &'a RawValue,
    /// The receipt that a returned line was sold on.
    #[serde(default, skip_serializing)]
    of: Option<&'a str>,
}

impl Year {
    /// The shipped year.
    pub(super) fn shipped() -> Self {
        Self::parse(FILE).expect("the shipped file is whole: a test reads it")
    }

    /// Reads records, one per line.
    fn parse(text: &str) -> Result<Self, String> {
        let (sales, returns, left_out) = (Vec::new(), Vec::new(), LeftOut::default());
        let (mut year, mut handed) = (Self { sales, returns, left_out }, HandedOver::default());
        for (index, line) in text.lines().enumerate() {
            let number = index.saturating_add(1);
            let record: Record<'_> =
                serde_json::from_str(line).map_err(|error| format!("line {number}: {error}"))?;
            year.take(&record, &mut handed).map_err(|reason| format!("line {number}: {reason}"))?;
        }
        year.sales.sort_by_key(|sale| sale.at);
        year.returns.sort_by_key(|back| back.at);
        Ok(year)
    }

    fn take(&mut self, record: &Record<'_>, handed: &mut HandedOver) -> Result<(), String> {
        if record.is_return {
            return self.take_back(record, handed);
        }
        handed.add(record.receipt, record.quantities()?.into_iter());
        let total = money(record.total)?;
        let amounts: Vec<Money> =
            record.lines.iter().map(|line| money(line.line_amount)).collect::<Result<_, _>>()?;
        if Money::checked_sum(amounts) != Some(total) {
            return Err(format!("the lines do not add up to {total}"));
        }
        let Some(customer) = record.customer else {
            self.left_out.without_customer = self.left_out.without_customer.saturating_add(1);
            return Ok(());
        };
        if total.is_zero() {
            self.left_out.of_nothing = self.left_out.of_nothing.saturating_add(1);
            return Ok(());
        }
        self.sales.push(Sale {
            customer: number_of(customer)?,
            receipt: record.receipt.to_owned(),
            at: record.at()?,
            total,
            lines: serde_json::to_string(&record.lines).map_err(|error| error.to_string())?,
        });
        Ok(())
    }

    fn take_back(&mut self, record: &Record<'_>, handed: &mut HandedOver) -> Result<(), String> {
        let Some(customer) = record.customer else {
            self.left_out.without_customer = self.left_out.without_customer.saturating_add(1);
            return Ok(());
        };
        let quantities = record.quantities()?.into_iter().zip(&record.lines);
        let lines =
            quantities.map(|((sku, quantity), line)| LineBack { sku, quantity, of: line.of });
        let back = ReceiptBack {
            customer: number_of(customer)?,
            receipt: record.receipt,
            at: record.at()?,
            lines: lines.collect(),
        };
        self.returns.extend(handed.take_back(&back)?);
        Ok(())
    }

    /// The first so many sales, and what came back until the last of them; a whole year ends with its
    /// last return.
    pub(super) fn first(mut self, count: usize) -> Self {
        if count >= self.sales.len() {
            return self;
        }
        self.sales.truncate(count);
        let last = self.sales.last().map_or_else(Timestamp::default, |sale| sale.at);
        self.returns.retain(|back| back.at <= last);
        self
    }

    /// The same sales, moved by whole days so that the last one is on the day before `now`.
    pub(super) fn ending_before(mut self, now: Timestamp) -> Self {
        let Some(last) = self.sales.last() else { return self };
        let days = day_of(now).saturating_sub(1).saturating_sub(day_of(last.at));
        for sale in &mut self.sales {
            sale.at = sale.at.plus_millis(days.saturating_mul(DAY_MILLIS));
        }
        for back in &mut self.returns {
            back.at = back.at.plus_millis(days.saturating_mul(DAY_MILLIS));
        }
        self
    }

    /// The first instant of the first day, UTC.
    pub(super) fn begins(&self) -> Timestamp {
        self.sales.first().map_or_else(Timestamp::default, |sale| start_of_day(sale.at))
    }

    /// The instant on the last day at which the year is over.
    pub(super) fn ends(&self) -> Timestamp {
        let last = self.sales.last().map_or_else(Timestamp::default, |sale| sale.at);
        start_of_day(last).plus_millis(LAST_HOUR_MILLIS)
    }

    /// All sales in order of time, grouped into moments.
    pub(super) fn moments(&self) -> impl Iterator<Item = Moment<'_>> {
        let mut first = 0_usize;
        std::iter::from_fn(move || {
            let rest = self.sales.get(first..)?;
            let opening = rest.first()?.at;
            let near = |sale: &&Sale| sale.at.millis_since(opening) <= MOMENT_MILLIS_MAX;
            let sales = rest.get(..rest.iter().take_while(near).count())?;
            let moment = Moment { at: sales.last()?.at, first, sales };
            first = first.saturating_add(sales.len());
            Some(moment)
        })
    }
}

impl<'a> Record<'a> {
    fn at(&self) -> Result<Timestamp, String> {
        let at = Timestamp::parse_rfc3339(self.date);
        at.ok_or_else(|| format!("date {} is no time", self.date))
    }

    /// Article and quantity of every line; what came back is written with a minus sign.
    fn quantities(&self) -> Result<Vec<(&'a str, Quantity)>, String> {
        let quantity = |line: &Line<'a>| {
            let text = line.quantity.get().trim_start_matches('-');
            let quantity = Quantity::parse(text).map_err(|error| format!("{text}: {error}"))?;
            Ok((line.sku, quantity))
        };
        self.lines.iter().map(quantity).collect()
    }
}

pub(super) fn number_of(customer: &str) -> Result<u32, String> {
    customer.parse().map_err(|_| format!("customer {customer} is no number"))
}

/// The day of an instant, counted from 1970, UTC.
pub(super) fn day_of(instant: Timestamp) -> i64 {
    instant.millis().div_euclid(DAY_MILLIS)
}

fn start_of_day(instant: Timestamp) -> Timestamp {
    Timestamp::from_millis(day_of(instant).saturating_mul(DAY_MILLIS))
}

pub(super) fn money(number: &RawValue) -> Result<Money, String> {
    Money::parse(number.get(), Precision::Exact).map_err(|error| format!("{number}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_shipped_year_is_whole() {
        let year = Year::shipped();
        assert_eq!(year.sales.len(), 1_520);
        assert_eq!(year.left_out, LeftOut { without_customer: 0, of_nothing: 1 });
        // Some of the 240 receipts name more than one sale.
        assert_eq!(year.returns.len(), 251);
        assert_eq!(year.returns.iter().filter(|back| back.of.is_none()).count(), 73);
        assert!(year.returns.is_sorted_by_key(|back| back.at));
        let last = year.sales.last().unwrap().at;
        assert!(year.returns.iter().all(|back| day_of(back.at) <= day_of(last)));
        let sum = Money::checked_sum(year.sales.iter().map(|sale| sale.total)).unwrap();
        assert_eq!(sum.to_string(), "940103.25");
        let receipts: BTreeSet<&str> = year.sales.iter().map(|sale| &*sale.receipt).collect();
        assert_eq!(receipts.len(), year.sales.len());
        assert!(year.sales.is_sorted_by_key(|sale| sale.at));
        assert!(year.sales.iter().all(|sale| (1..1_000_000).contains(&sale.customer)));
    }

    #[test]
    fn the_first_sales_end_with_the_last_of_them() {
        let first = Year::shipped().first(500);
        let last = first.sales.last().unwrap().at;
        assert_eq!(first.sales.len(), 500);
        assert!(!first.returns.is_empty() && first.returns.iter().all(|back| back.at <= last));
        assert!(Year::shipped().first(0).returns.is_empty());
        // The year ends with a return.
        assert_eq!(Year::shipped().first(usize::MAX), Year::shipped());
    }

    #[test]
    fn lines_go_out_with_the_figures_of_the_file() {
        let first = Year::shipped().sales.remove(0);
        assert_eq!(
            first.lines,
            "[{\"sku\":\"21258\",\"name\":\"VICTORIAN SEWING BOX LARGE\",\"category_code\":null,\
             \"quantity\":32,\"unit_price\":10.95,\"line_amount\":350.40}]"
        );
    }

    #[test]
    fn a_receipt_that_does_not_add_up_is_refused() {
        let line = |total: &str| {
            format!(
                "{{\"customer\":\"1\",\"receipt\":\"r\",\"date\":\"2011-01-01T10:00:00Z\",\
                 \"total\":{total},\"lines\":[{{\"sku\":\"s\",\"name\":null,\"category\":null,\
                 \"quantity\":1,\"unit_price\":2.00,\"line_amount\":2.00}}]}}"
            )
        };
        assert!(Year::parse(&line("2.00")).is_ok());
        let refused = Year::parse(&line("2.01")).unwrap_err();
        assert!(refused.starts_with("line 1: the lines do not add up"), "{refused}");
        assert!(Year::parse(&line("2.001")).is_err());
    }

    #[test]
    fn the_last_sale_is_yesterday_and_nothing_else_moves() {
        let before = Year::shipped();
        let now = Timestamp::parse_rfc3339("2027-03-05T00:00:01Z").unwrap();
        let after = before.clone().ending_before(now);
        let last = after.sales.last().unwrap().at;
        assert_eq!(last.to_string(), "2027-03-04T09:15:00.000Z");
        assert_eq!(after.ends().to_string(), "2027-03-04T22:00:00.000Z");
        let moved = |index: usize| after.sales[index].at.millis_since(before.sales[index].at);
        assert!((0..before.sales.len()).all(|index| moved(index) == moved(0)));
        assert_eq!(moved(0).rem_euclid(DAY_MILLIS), 0);
        assert!(after.begins() <= after.sales[0].at && after.ends() < now);
    }

    /// Local midnight of London is 23:00 or 00:00 UTC. No sale and no end of the demo lies between the
    /// two, so it does not matter to any figure in which season the year begins.
    #[test]
    fn no_sale_is_near_midnight() {
        let of_day = |sale: &Sale| sale.at.millis().rem_euclid(DAY_MILLIS);
        let hours = 6 * 3_600_000..LAST_HOUR_MILLIS;
        assert!(Year::shipped().sales.iter().all(|sale| hours.contains(&of_day(sale))));
    }

    #[test]
    fn moments_cover_the_year_and_none_is_long() {
        let year = Year::shipped();
        let mut next = 0;
        for moment in year.moments() {
            assert_eq!(moment.first, next);
            next += moment.sales.len();
            let opening = moment.sales[0].at;
            assert!(moment.at.millis_since(opening) <= MOMENT_MILLIS_MAX);
            assert_eq!(moment.sales.last().map(|sale| sale.at), Some(moment.at));
        }
        assert_eq!(next, year.sales.len());
    }
}
