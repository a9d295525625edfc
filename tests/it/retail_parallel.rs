//! Sales of both dialects at the same time that want the same thing: an id of a receipt, the ids of items, a
//! gift card, a coupon. Whoever comes second is told so, and nothing happens twice.

use crate::house::{Answer, PHONE, Shop, TestHouse, options, run};
use crate::parallel::together;
use crate::retail::sale;
use crate::vouchers::{card, coupon, coupons, issue};
use kopilka::engine::HouseOptions;
use serde_json::{Value, json};
use std::pin::Pin;

const OTHER: &str = "+992907654321";

type Asked<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// A shop with two customers, whose accounts two arbiters may serve.
async fn opened(settings: Value) -> (TestHouse, Shop) {
    let dir = tempfile::tempdir().unwrap();
    let options = HouseOptions { arbiters: 2, ..options(&dir.path().join("ledger")) };
    let house = TestHouse::open(dir, options).await;
    let shop = house.retail_shop(settings).await;
    house.log_in(&shop, OTHER).await;
    (house, shop)
}

fn by(phone: &str, mut sale: Value) -> Value {
    sale["phone"] = json!(phone);
    sale
}

fn done(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status < 300).count()
}

/// Each answer is a success or this refusal.
fn assert_refused_with(answers: &[Answer], codes: &[&str]) {
    for answer in answers.iter().filter(|answer| answer.status >= 300) {
        let code = answer.body["code"].as_str().unwrap();
        assert!(codes.contains(&code), "{answer:?}");
    }
}

#[test]
fn of_receipts_whose_items_cross_one_is_sold_where_an_ext_is_unique() {
    const PAIRS: usize = 16;
    run(async {
        let (house, shop) = opened(json!({"ext_unique": "strict"})).await;
        for pair in 0..PAIRS {
            let (a, b) = (format!("a-{pair}"), format!("b-{pair}"));
            let sales = [
                by(PHONE, sale(&format!("R-{pair}-1"), &[("10", &a), ("20", &b)], "0")),
                by(OTHER, sale(&format!("R-{pair}-2"), &[("20", &b), ("10", &a)], "0")),
            ];
            let answers = together(sales.map(|sale| house.retail(&shop, sale))).await;
            assert_eq!(done(&answers), 1, "{answers:?}");
            assert_refused_with(&answers, &["DUPLICATE_EXT"]);
            // Each item is that of the receipt that was sold.
            for ext in [&a, &b] {
                let back = house.plus(&shop, "PUT", "/retail/back", json!({"ext": ext})).await;
                assert_eq!(back.status, 200, "{back:?}");
            }
        }
        house.close_and_verify().await;
    });
}

#[test]
fn crossing_receipts_are_both_sold_otherwise_and_their_items_need_positions() {
    run(async {
        let (house, shop) = opened(json!({})).await;
        let sales = [
            by(PHONE, sale("R-1", &[("10", "a"), ("20", "b")], "0")),
            by(OTHER, sale("R-2", &[("20", "b"), ("10", "a")], "0")),
        ];
        let answers = together(sales.map(|sale| house.retail(&shop, sale))).await;
        assert_eq!(done(&answers), 2, "{answers:?}");
        let back = async |body: Value| house.plus(&shop, "PUT", "/retail/back", body).await;
        for ext in ["a", "b"] {
            assert_eq!(back(json!({"ext": ext})).await.plus_error(), (412, "AMBIGUOUS_EXT"));
        }
        for sold in &answers {
            let position = sold.body["id"].as_u64().unwrap() * 1_000 + 2;
            assert_eq!(back(json!({"positionId": position})).await.status, 200);
        }
        house.close_and_verify().await;
    });
}

#[test]
fn one_id_is_one_sale_in_each_dialect_however_many_tills_post_it_at_once() {
    const TILLS: usize = 6;
    run(async {
        let (house, shop) = opened(json!({})).await;
        let (house, shop) = (&house, &shop);
        for id in ["X-1", "X-2", "X-3"] {
            let bonex = json!({"client_phone": PHONE, "total_amount": 100, "external_sale_id": id});
            let mut asked: Vec<Asked<'_>> = Vec::new();
            for _ in 0..TILLS {
                asked.push(Box::pin(house.retail(shop, sale(id, &[("100", id)], "0"))));
                asked.push(Box::pin(house.sell(shop, bonex.clone())));
            }
            let answers = together(asked).await;
            let (plus, bonex): (Vec<_>, Vec<_>) =
                answers.into_iter().enumerate().partition(|(index, _)| index % 2 == 0);
            // Twins are answered again in the one dialect and refused in the other.
            let sold = &plus[0].1.body["id"];
            for (_, twin) in &plus {
                assert_eq!((twin.status, &twin.body["id"]), (200, sold), "{twin:?}");
            }
            let bonex: Vec<Answer> = bonex.into_iter().map(|(_, answer)| answer).collect();
            assert_eq!(done(&bonex), 1, "{bonex:?}");
            assert_refused_with(&bonex, &["duplicate_sale"]);
        }
        let shown = house.client(shop, PHONE).await;
        assert_eq!((&shown["total_spent"], &shown["bonus_balance"]), (&json!(600), &json!(150)));
    });
}

#[test]
fn an_id_that_two_customers_want_at_once_is_that_of_one() {
    run(async {
        let (house, shop) = opened(json!({})).await;
        for number in 0..16 {
            let id = format!("R-{number}");
            let sales = [PHONE, OTHER].map(|phone| by(phone, sale(&id, &[("10", &id)], "0")));
            let answers = together(sales.map(|sale| house.retail(&shop, sale))).await;
            assert_eq!(done(&answers), 1, "{answers:?}");
            assert_refused_with(&answers, &["DUPLICATE_EXTERNAL_ID"]);
        }
        house.close_and_verify().await;
    });
}

#[test]
fn sales_of_both_dialects_at_once_spend_no_more_than_a_card_holds_and_a_coupon_allows() {
    const SENT: usize = 24;
    run(async {
        let (house, shop) = opened(json!({})).await;
        issue(&house, &shop, "one", "100.00").await;
        coupons(&house, &shop, json!({"codes": ["few"], "uses_max": 7})).await;
        let mut asked: Vec<Asked<'_>> = Vec::new();
        let (house_of, shop_of) = (&house, &shop);
        for number in 0..SENT {
            let id = format!("R-{number}");
            let mut retail = by(PHONE, sale(&id, &[("20", &id)], "0"));
            retail["giftCards"] = json!([{"id": "one", "paymentSum": 9}]);
            let bonex = json!({"client_phone": OTHER, "total_amount": 1, "coupons": ["few"],
                "gift_cards": [{"code": "ONE", "amount": 2}]});
            asked.push(Box::pin(house_of.retail(shop_of, retail)));
            asked.push(Box::pin(house_of.sell(shop_of, bonex)));
        }
        let answers = together(asked).await;
        let short = ["GIFT_CARD_BALANCE_TOO_LOW", "gift_card_balance_too_low", "coupon_used_up"];
        assert_refused_with(&answers, &short);
        let sold = |status| answers.iter().filter(|answer| answer.status == status).count() as u64;
        let (retail, bonex) = (sold(200), sold(201));
        let (card, coupon) = (card(&house, &shop, "one").await, coupon(&house, &shop, "few").await);
        assert_eq!(card["balance"], json!(100 - 9 * retail - 2 * bonex));
        assert!(card["balance"].as_u64().unwrap() < 9, "whoever could pay with it did: {card}");
        assert_eq!((&coupon["uses"], bonex <= 7), (&json!(bonex), true));
        house.close_and_verify().await;
    });
}
