//! All that a shop's pages tell of its sales, gift cards, coupons and customers, held against each other and
//! against what tills were told.

use crate::house::{Ask, Shop, TestHouse};
use crate::retail::cents;
use crate::vouchers_kill::{CARDS, COUPONS, Deed, GRANTED, PHONES};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Most entries of a page.
const PAGE: u64 = 50;
const ROWS: u64 = 200;

/// What is told of a shop.
pub(crate) struct Books {
    /// Every sale, under its number.
    sales: BTreeMap<u64, Value>,
    customers: BTreeMap<&'static str, Customer>,
    /// Cards and coupons with all their rows.
    cards: BTreeMap<&'static str, Value>,
    coupons: BTreeMap<&'static str, Value>,
}

struct Customer {
    shown: Value,
    transactions: Vec<Value>,
}

impl Books {
    pub(crate) async fn of(house: &TestHouse, shop: &Shop) -> Self {
        let mut books = Self {
            sales: BTreeMap::new(),
            customers: BTreeMap::new(),
            cards: BTreeMap::new(),
            coupons: BTreeMap::new(),
        };
        for phone in PHONES {
            let shown = house.client(shop, phone).await;
            let transactions = pages(house, shop, phone, "transactions").await;
            for purchase in pages(house, shop, phone, "purchases").await {
                let path = format!("/retail/{}", purchase["id"]);
                let sale = house.plus(shop, "GET", &path, Value::Null).await;
                assert_eq!(sale.status, 200, "{sale:?}");
                books.sales.insert(purchase["id"].as_u64().unwrap(), sale.body);
            }
            books.customers.insert(phone, Customer { shown, transactions });
        }
        for (code, _) in CARDS {
            books.cards.insert(code, with_rows(house, shop, &format!("gift-cards/{code}")).await);
        }
        for (code, _) in COUPONS {
            books.coupons.insert(code, with_rows(house, shop, &format!("coupons/{code}")).await);
        }
        books
    }

    pub(crate) fn check(&self, deeds: &[Deed]) {
        let asked: BTreeMap<&str, &Deed> =
            deeds.iter().map(|deed| (deed.id.as_str(), deed)).collect();
        self.check_sales(&asked);
        self.check_cards();
        self.check_coupons();
        for (phone, customer) in &self.customers {
            self.check_customer(phone.trim_start_matches('+'), customer);
        }
    }

    /// What was acknowledged is there once, what was refused is not, and whatever is there is whole.
    fn check_sales(&self, asked: &BTreeMap<&str, &Deed>) {
        let mut found: BTreeMap<&str, u64> = BTreeMap::new();
        for (id, sale) in &self.sales {
            let external = sale["externalId"].as_str().unwrap();
            assert_eq!(found.insert(external, *id), None, "{external} is there twice");
            let deed = asked[external];
            assert_eq!(sale["phone"], json!(deed.phone.trim_start_matches('+')), "{deed:?}");
            let figures = ["sum", "bonusDebit"].map(|name| cents(&sale[name]));
            assert_eq!(figures, [deed.money, deed.bonuses], "{deed:?}");
            let [part] = &sale["giftCards"].as_array().unwrap()[..] else { panic!("{sale}") };
            let part = (&part["id"], cents(&part["paymentSum"]));
            assert_eq!(part, (&json!(deed.card), deed.gift), "{deed:?}");
            assert_eq!(sale["coupons"], json!([deed.coupon]), "{deed:?}");
        }
        for (external, deed) in asked {
            if let Some(done) = deed.told {
                assert_eq!(found.contains_key(external), done, "{deed:?}");
            }
        }
    }

    /// Every card has lost what the sales say, row by row.
    fn check_cards(&self) {
        for (code, nominal) in CARDS {
            let card = &self.cards[code];
            let paid: BTreeMap<u64, u64> = self
                .sales
                .iter()
                .filter(|(_, sale)| sale["giftCards"][0]["id"] == json!(code))
                .map(|(id, sale)| (*id, cents(&sale["giftCards"][0]["paymentSum"])))
                .collect();
            let total = paid.values().sum::<u64>();
            assert_eq!(cents(&card["balance"]), nominal - total, "{code}");
            assert_eq!(cents(&card["spent"]), total, "{code}");
            let rows = rows_of(card, "spent")
                .map(|row| (row["sale_id"].as_u64().unwrap(), unsigned_cents(&row["amount"])));
            assert_eq!(rows.collect::<BTreeMap<_, _>>(), paid, "{code}");
        }
    }

    /// Every coupon was used by the sales that say so, and no more often than it may be.
    fn check_coupons(&self) {
        for (code, uses_max) in COUPONS {
            let coupon = &self.coupons[code];
            let with_it = self.sales.iter().filter(|(_, sale)| sale["coupons"] == json!([code]));
            let sales: Vec<u64> = with_it.map(|(id, _)| *id).collect();
            let mut rows: Vec<u64> =
                rows_of(coupon, "used").map(|row| row["sale_id"].as_u64().unwrap()).collect();
            rows.sort_unstable();
            assert_eq!(rows, sales, "{code}");
            assert_eq!(coupon["uses"], json!(sales.len()), "{code}");
            assert!(sales.len() as u64 <= uses_max, "{code}");
        }
    }

    /// The history has the rows of the customer's sales and of no others, and adds up to the balance.
    fn check_customer(&self, phone: &str, customer: &Customer) {
        let own = self.sales.iter().filter(|(_, sale)| sale["phone"] == json!(phone));
        let mut expected: BTreeMap<(u64, &str), u64> = BTreeMap::new();
        let mut spent = 0;
        for (id, sale) in own {
            let (earned, redeemed) = (cents(&sale["bonusCredit"]), cents(&sale["bonusDebit"]));
            assert!(earned > 0, "the coupon gives bonuses: {sale}");
            expected.insert((*id, "accrual"), earned);
            if redeemed > 0 {
                expected.insert((*id, "redeem"), redeemed);
            }
            spent += cents(&sale["sum"]);
        }
        let rows = customer.transactions.iter().filter(|row| !row["sale_id"].is_null());
        let rows = rows.map(|row| {
            let id = row["sale_id"].as_u64().unwrap();
            ((id, row["type"].as_str().unwrap()), unsigned_cents(&row["amount"]))
        });
        assert_eq!(rows.collect::<BTreeMap<_, _>>(), expected, "{phone}");
        let sum = |kind: &str| {
            let of_kind = expected.iter().filter(|((_, its), _)| *its == kind);
            of_kind.map(|(_, cents)| cents).sum::<u64>()
        };
        let balance = GRANTED + sum("accrual") - sum("redeem");
        assert_eq!(cents(&customer.shown["bonus_balance"]), balance, "{phone}");
        assert_eq!(cents(&customer.shown["total_spent"]), spent, "{phone}");
    }
}

/// An amount in cents, without its sign.
fn unsigned_cents(amount: &Value) -> u64 {
    cents(&serde_json::from_str(amount.to_string().trim_start_matches('-')).unwrap())
}

/// All of a paged list of a customer.
async fn pages(house: &TestHouse, shop: &Shop, phone: &str, what: &str) -> Vec<Value> {
    let phone = phone.replace('+', "%2B");
    let mut all: Vec<Value> = Vec::new();
    for page in 1.. {
        let path = format!("/partner/client/{phone}/{what}?page={page}&per_page={PAGE}");
        let answer = house.ask(shop, Ask::get(&path)).await;
        all.extend(answer.data()["data"].as_array().unwrap().iter().cloned());
        if answer.data()["last_page"].as_u64().unwrap() <= page {
            break;
        }
    }
    all
}

/// A card or a coupon with all of its rows.
async fn with_rows(house: &TestHouse, shop: &Shop, what: &str) -> Value {
    let mut rows: Vec<Value> = Vec::new();
    loop {
        let path = format!("/tenants/{}/{what}?skip={}&limit={ROWS}", shop.id, rows.len());
        let mut shown = house.operate("GET", &path, Value::Null).await.data().clone();
        rows.extend(shown["rows"].as_array().unwrap().iter().cloned());
        if rows.len() as u64 >= shown["rows_total"].as_u64().unwrap() {
            shown["rows"] = json!(rows);
            return shown;
        }
    }
}

fn rows_of<'s>(shown: &'s Value, kind: &'s str) -> impl Iterator<Item = &'s Value> {
    let rows = shown["rows"].as_array().unwrap().iter();
    rows.filter(move |row| row["type"] == json!(kind))
}
