//! The year of grocery sales that is compiled in: read exactly, each line as an item of the BonusPlus
//! dialect, with what the customer card and coupons took off it.

use crate::admin::demo::sales::{LeftOut, Sale, Year, money, number_of};
use crate::values::{Money, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeSet;

const FILE: &str = include_str!("../../../../data/complete-journey.small.ndjson");
/// The coupon of a receipt that had one whose code is not in the data.
const NAMELESS_COUPON: &str = "PAPER";

/// A year of grocery sales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::admin::demo) struct Groceries {
    /// Its sales have items of the dialect as their lines.
    pub(in crate::admin::demo) year: Year,
    /// Where each sale was made and with which coupons, in the order of the sales.
    pub(super) baskets: Vec<Basket>,
}

/// What a sale has beyond its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Basket {
    pub(super) store: String,
    /// No code occurs twice.
    pub(super) coupons: Vec<String>,
    /// What it came to at the shelf, and what the customer card and coupons took off that.
    pub(super) shelf: Money,
    pub(super) card_discount: Money,
    pub(super) coupon_discount: Money,
}

#[derive(Deserialize)]
struct Record<'a> {
    customer: &'a str,
    store: &'a str,
    receipt: &'a str,
    date: &'a str,
    #[serde(borrow)]
    total: &'a RawValue,
    #[serde(borrow)]
    coupons: Vec<Coupon<'a>>,
    #[serde(borrow)]
    lines: Vec<Line<'a>>,
}

#[derive(Deserialize)]
struct Coupon<'a> {
    code: Option<&'a str>,
    /// What it was used on; `None`: the whole receipt.
    sku: Option<&'a str>,
    #[serde(borrow)]
    amount: &'a RawValue,
    /// What the chain added to it.
    #[serde(borrow)]
    match_amount: &'a RawValue,
}

#[derive(Deserialize)]
struct Line<'a> {
    sku: &'a str,
    #[serde(borrow)]
    category: Option<Cow<'a, str>>,
    #[serde(borrow)]
    quantity: &'a RawValue,
    #[serde(borrow)]
    unit_price: &'a RawValue,
    #[serde(borrow)]
    line_amount: &'a RawValue,
    #[serde(borrow, default)]
    card_discount: Option<&'a RawValue>,
}

/// A line as the dialect takes it: `sum` is the shelf price, `ds` all that was taken off it.
#[derive(Serialize)]
struct Item<'a> {
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'a str>,
    qnt: &'a RawValue,
    price: &'a RawValue,
    sum: Box<RawValue>,
    ds: Box<RawValue>,
}

/// What a line cost, and what was taken off.
#[derive(Clone, Copy)]
struct Priced {
    net: Money,
    card: Money,
    coupons: Money,
}

impl Groceries {
    /// The shipped year.
    pub(in crate::admin::demo) fn shipped() -> Self {
        Self::parse(FILE).expect("the shipped file is whole: a test reads it")
    }

    /// Reads records, one per line, in order of time.
    fn parse(text: &str) -> Result<Self, String> {
        let (sales, returns, left_out) = (Vec::new(), Vec::new(), LeftOut::default());
        let year = Year { sales, returns, left_out };
        let mut groceries = Self { year, baskets: Vec::new() };
        for (index, line) in text.lines().enumerate() {
            let number = index.saturating_add(1);
            let record: Record<'_> =
                serde_json::from_str(line).map_err(|error| format!("line {number}: {error}"))?;
            groceries.take(&record).map_err(|reason| format!("line {number}: {reason}"))?;
        }
        Ok(groceries)
    }

    fn take(&mut self, record: &Record<'_>) -> Result<(), String> {
        let prices = record.prices()?;
        let total = money(record.total)?;
        if Money::checked_sum(prices.iter().map(|priced| priced.net)) != Some(total) {
            return Err(format!("the lines less the coupons do not add up to {total}"));
        }
        let at = Timestamp::parse_rfc3339(record.date);
        self.year.sales.push(Sale {
            customer: number_of(record.customer)?,
            receipt: record.receipt.to_owned(),
            at: at.ok_or_else(|| format!("date {} is no time", record.date))?,
            total,
            lines: record.items(&prices)?,
        });
        self.baskets.push(record.basket(&prices)?);
        Ok(())
    }

    /// The first so many sales.
    pub(in crate::admin::demo) fn first(mut self, count: usize) -> Self {
        self.baskets.truncate(count);
        Self { year: self.year.first(count), ..self }
    }

    /// The same sales, moved by whole days so that the last one is on the day before `now`.
    pub(in crate::admin::demo) fn ending_before(self, now: Timestamp) -> Self {
        Self { year: self.year.ending_before(now), ..self }
    }

    /// The stores of all sales, each once.
    pub(super) fn stores(&self) -> BTreeSet<&str> {
        self.baskets.iter().map(|basket| &*basket.store).collect()
    }

    /// The codes of all coupons, each once.
    pub(super) fn coupon_codes(&self) -> BTreeSet<&str> {
        self.baskets.iter().flat_map(|basket| &basket.coupons).map(|code| &**code).collect()
    }
}

impl Record<'_> {
    /// What each line cost. A coupon for an article falls on the first line of it, one for the whole
    /// receipt on the first lines that something is left of.
    fn prices(&self) -> Result<Vec<Priced>, String> {
        let price = |line: &Line<'_>| {
            let card = line.card_discount.map_or(Ok(Money::ZERO), money)?;
            Ok(Priced { net: money(line.line_amount)?, card, coupons: Money::ZERO })
        };
        let mut prices: Vec<Priced> =
            self.lines.iter().map(price).collect::<Result<_, String>>()?;
        for coupon in &self.coupons {
            let worth = plus(money(coupon.amount)?, money(coupon.match_amount)?)?;
            match coupon.sku {
                Some(sku) => {
                    // The amount of the line is what was left after it.
                    let place = self.lines.iter().position(|line| line.sku == sku);
                    let priced = place.and_then(|place| prices.get_mut(place));
                    let priced = priced.ok_or_else(|| format!("no line has article {sku}"))?;
                    priced.coupons = plus(priced.coupons, worth)?;
                }
                None => take_off(&mut prices, worth)?,
            }
        }
        Ok(prices)
    }

    fn items(&self, prices: &[Priced]) -> Result<String, String> {
        let lines = self.lines.iter().zip(prices);
        let items: Vec<Item<'_>> =
            lines.map(|(line, priced)| line.item(priced)).collect::<Result<_, _>>()?;
        serde_json::to_string(&items).map_err(|error| error.to_string())
    }

    fn basket(&self, prices: &[Priced]) -> Result<Basket, String> {
        let shelf: Vec<Money> = prices.iter().map(Priced::shelf).collect::<Result<_, _>>()?;
        Ok(Basket {
            store: self.store.to_owned(),
            coupons: self.codes(),
            shelf: sum(shelf)?,
            card_discount: sum(prices.iter().map(|priced| priced.card))?,
            coupon_discount: sum(prices.iter().map(|priced| priced.coupons))?,
        })
    }

    fn codes(&self) -> Vec<String> {
        let codes = self.coupons.iter().map(|coupon| coupon.code.unwrap_or(NAMELESS_COUPON));
        codes.map(str::to_owned).collect::<BTreeSet<String>>().into_iter().collect()
    }
}

impl Line<'_> {
    fn item(&self, priced: &Priced) -> Result<Item<'_>, String> {
        let raw = |amount: Money| {
            RawValue::from_string(amount.to_string()).map_err(|error| error.to_string())
        };
        Ok(Item {
            product: self.sku,
            cat: self.category.as_deref(),
            qnt: self.quantity,
            price: self.unit_price,
            sum: raw(priced.shelf()?)?,
            ds: raw(plus(priced.card, priced.coupons)?)?,
        })
    }
}

impl Priced {
    fn shelf(&self) -> Result<Money, String> {
        plus(self.net, plus(self.card, self.coupons)?)
    }
}

/// Takes a coupon for the whole receipt off its lines.
fn take_off(prices: &mut [Priced], worth: Money) -> Result<(), String> {
    let mut left = worth;
    for priced in prices {
        let part = left.min(priced.net);
        priced.net = priced.net.saturating_sub(part);
        priced.coupons = plus(priced.coupons, part)?;
        left = left.saturating_sub(part);
    }
    if left.is_zero() { Ok(()) } else { Err(format!("a coupon is {left} more than the receipt")) }
}

fn plus(one: Money, other: Money) -> Result<Money, String> {
    sum([one, other])
}

fn sum(amounts: impl IntoIterator<Item = Money>) -> Result<Money, String> {
    Money::checked_sum(amounts).ok_or_else(|| "a sum is above the largest amount".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_year_is_whole() {
        let groceries = Groceries::shipped();
        let year = &groceries.year;
        assert_eq!((year.sales.len(), groceries.baskets.len()), (1_999, 1_999));
        assert!(year.sales.is_sorted_by_key(|sale| sale.at));
        let paid = Money::checked_sum(year.sales.iter().map(|sale| sale.total)).unwrap();
        let of = |figure: fn(&Basket) -> Money| sum(groceries.baskets.iter().map(figure)).unwrap();
        let shelf = of(|basket| basket.shelf);
        let card = of(|basket| basket.card_discount);
        let coupons = of(|basket| basket.coupon_discount);
        assert_eq!(paid.to_string(), "9204.93");
        assert_eq!(shelf, plus(paid, plus(card, coupons).unwrap()).unwrap());
        let with_coupons = groceries.baskets.iter().filter(|basket| !basket.coupons.is_empty());
        assert_eq!(with_coupons.count(), 40);
        assert_eq!(
            groceries.coupon_codes().into_iter().collect::<Vec<_>>(),
            ["51111074175", "PAPER"]
        );
        let receipts: BTreeSet<&str> = year.sales.iter().map(|sale| &*sale.receipt).collect();
        assert_eq!(receipts.len(), year.sales.len());
        assert!(year.sales.iter().all(|sale| (1..1_000_000).contains(&sale.customer)));
    }

    #[test]
    fn the_first_sales_keep_their_baskets() {
        let (whole, first) = (Groceries::shipped(), Groceries::shipped().first(7));
        assert_eq!((first.year.sales.len(), first.baskets.len()), (7, 7));
        assert_eq!(first.year.sales[..], whole.year.sales[..7]);
        assert_eq!(first.baskets[..], whole.baskets[..7]);
        assert_eq!(whole.clone().first(5_000), whole);
    }

    fn record(coupons: &str, total: &str) -> String {
        format!(
            "{{\"customer\":\"1\",\"store\":\"388\",\"receipt\":\"r\",\
             \"date\":\"2017-01-01T10:00:00-05:00\",\"total\":{total},\"coupons\":[{coupons}],\
             \"lines\":[{{\"sku\":\"a\",\"category\":\"SOUP\",\"quantity\":2,\"unit_price\":1.50,\
             \"line_amount\":1.75,\"card_discount\":0.25}},\
             {{\"sku\":\"b\",\"category\":null,\"quantity\":1,\"unit_price\":1.00,\
             \"line_amount\":1.00}}]}}"
        )
    }

    #[test]
    fn what_was_taken_off_goes_out_as_the_discount_of_its_line() {
        let check = |coupons: &str, total: &str, expected: [&str; 2]| {
            let groceries = Groceries::parse(&record(coupons, total)).unwrap();
            let (first, second) = expected.into();
            let items = format!(
                "[{{\"product\":\"a\",\"cat\":\"SOUP\",\"qnt\":2,\"price\":1.50,{first}}},\
                 {{\"product\":\"b\",\"qnt\":1,\"price\":1.00,{second}}}]"
            );
            assert_eq!(groceries.year.sales[0].lines, items, "{coupons}");
        };
        let coupon = |sku: &str| {
            format!("{{\"code\":null,\"sku\":{sku},\"amount\":0.75,\"match_amount\":0.25}}")
        };
        check("", "2.75", ["\"sum\":2.00,\"ds\":0.25", "\"sum\":1.00,\"ds\":0.00"]);
        check(&coupon("\"a\""), "2.75", ["\"sum\":3.00,\"ds\":1.25", "\"sum\":1.00,\"ds\":0.00"]);
        check(&coupon("null"), "1.75", ["\"sum\":2.00,\"ds\":1.25", "\"sum\":1.00,\"ds\":0.00"]);
        let two = [coupon("null"), coupon("null")].join(",");
        check(&two, "0.75", ["\"sum\":2.00,\"ds\":2.00", "\"sum\":1.00,\"ds\":0.25"]);
    }

    #[test]
    fn a_receipt_that_does_not_add_up_is_refused() {
        let refused =
            |coupons: &str, total: &str| Groceries::parse(&record(coupons, total)).unwrap_err();
        assert!(refused("", "2.74").starts_with("line 1: the lines less the coupons do not add"));
        let coupon = "{\"code\":null,\"sku\":\"c\",\"amount\":0.75,\"match_amount\":0.25}";
        assert_eq!(refused(coupon, "2.75"), "line 1: no line has article c");
        let large = "{\"code\":null,\"sku\":null,\"amount\":2.75,\"match_amount\":0.25}";
        assert_eq!(refused(large, "0.00"), "line 1: a coupon is 0.25 more than the receipt");
    }
}
