//! Gift cards and coupons in sales of the BonusPlus dialect: what they pay and give, what is refused, what
//! comes back.

use crate::house::{Shop, TestHouse, run};
use crate::retail::sale;
use crate::vouchers::{card, coupon, coupons, issue};
use serde_json::{Value, json};

/// A sale paid with gift cards, each a code and an amount.
fn paid_with(mut sale: Value, cards: &[(&str, &str)]) -> Value {
    let cards: Vec<Value> =
        cards.iter().map(|(code, sum)| json!({"id": code, "paymentSum": sum})).collect();
    sale["giftCards"] = json!(cards);
    sale
}

fn taking(mut sale: Value, coupons: &[&str]) -> Value {
    sale["coupons"] = json!(coupons);
    sale
}

async fn told(house: &TestHouse, shop: &Shop, id: u64) -> Value {
    house.plus(shop, "GET", &format!("/retail/{id}"), Value::Null).await.body
}

#[test]
fn several_cards_and_bonuses_pay_a_whole_receipt_and_get_it_back() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        issue(&house, &shop, "Gift-1", "50.00").await;
        issue(&house, &shop, "Gift-2", "50.00").await;
        let asked = sale("R-1", &[("70", "a"), ("30", "b")], "30");
        let asked = paid_with(asked, &[("GIFT-1", "45"), ("gift-2", "20"), ("Gift-1", "5")]);
        let calculated = house.plus(&shop, "PUT", "/retail/calc", asked.clone()).await;
        assert_eq!(calculated.status, 200, "{calculated:?}");
        assert_eq!(calculated.body["maxDebitBonuses"], json!(30));
        let sold = house.retail(&shop, asked).await;
        assert_eq!(sold.status, 200, "{sold:?}");
        let record = told(&house, &shop, 1).await;
        let figures = ["sum", "bonusDebit", "bonusCredit"].map(|name| record[name].clone());
        assert_eq!(figures, [json!(0), json!(30), json!(0)]);
        let parts = json!([{"id": "GIFT-1", "paymentSum": 50}, {"id": "gift-2", "paymentSum": 20}]);
        assert_eq!(record["giftCards"], parts);
        let nets = [0, 1].map(|line| record["positions"][line]["net"].clone());
        assert_eq!(nets, [json!(0), json!(0)]);
        let (_, _, page) =
            house.page(&format!("/r/{}", record["orderUid"].as_str().unwrap())).await;
        assert!(page.contains("−70.00") && !page.to_lowercase().contains("gift-"), "{page}");
        // An item gives back its own part, to the card that was named last first.
        let back = json!({"ext": "b"});
        let back = house.plus(&shop, "PUT", "/retail/back", back).await;
        assert_eq!(back.status, 200, "{back:?}");
        let back = told(&house, &shop, 2).await;
        assert_eq!((&back["bonusDebit"], &back["sum"]), (&json!(9), &json!(0)));
        let parts = json!([{"id": "gift-2", "paymentSum": 20}, {"id": "GIFT-1", "paymentSum": 1}]);
        assert_eq!(back["giftCards"], parts);
        let balances = [card(&house, &shop, "Gift-1").await, card(&house, &shop, "Gift-2").await];
        assert_eq!(balances.map(|card| card["balance"].clone()), [json!(1), json!(50)]);
        house.close_and_verify().await;
    });
}

#[test]
fn what_gift_cards_pay_earns_nothing() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({"redeem_hold_seconds": 86_400})).await;
        issue(&house, &shop, "Gift-1", "500.00").await;
        let asked = paid_with(sale("R-1", &[("1000", "a")], "45"), &[("Gift-1", "155")]);
        let sold = house.retail(&shop, asked).await;
        assert_eq!(sold.status, 200, "{sold:?}");
        let record = told(&house, &shop, 1).await;
        let figures = ["sum", "bonusDebit", "bonusCredit"].map(|name| record[name].clone());
        assert_eq!(figures, [json!(800), json!(45), json!(40)]);
        house.close_and_verify().await;
    });
}

#[test]
fn a_card_that_cannot_pay_refuses_the_sale_and_nothing_happens() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        issue(&house, &shop, "a", "10.00").await;
        issue(&house, &shop, "b", "200.00").await;
        let refused = async |cards: &[(&str, &str)]| {
            let asked = paid_with(sale("R-1", &[("100", "i")], "10"), cards);
            let calculated = house.plus(&shop, "PUT", "/retail/calc", asked.clone()).await;
            let sold = house.retail(&shop, asked).await;
            assert_eq!(calculated.plus_error(), sold.plus_error());
            let (status, code) = sold.plus_error();
            assert_eq!(status, 412);
            code.to_owned()
        };
        assert_eq!(refused(&[("a", "1"), ("x", "1")]).await, "GIFT_CARD_NOT_FOUND");
        assert_eq!(refused(&[("b", "1"), ("a", "10.01")]).await, "GIFT_CARD_BALANCE_TOO_LOW");
        assert_eq!(refused(&[("b", "90.01")]).await, "GIFT_CARDS_OVER_RECEIPT");
        let path = format!("/tenants/{}/gift-cards/b/block", shop.id);
        house.operate("POST", &path, json!(null)).await;
        assert_eq!(refused(&[("a", "1"), ("b", "1")]).await, "GIFT_CARD_BLOCKED");
        let over = paid_with(sale("R-1", &[("100", "i")], "0"), &[("a", "1"); 11]);
        assert_eq!(house.retail(&shop, over).await.status, 412);
        let nameless = json!([{"id": "", "paymentSum": 1}]);
        let mut asked = sale("R-1", &[("100", "i")], "0");
        asked["giftCards"] = nameless;
        assert_eq!(house.retail(&shop, asked).await.status, 412);
        assert_eq!(card(&house, &shop, "a").await["rows_total"], json!(1));
        house.close_and_verify().await;
    });
}

#[test]
fn the_same_sale_takes_from_a_card_once() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        issue(&house, &shop, "Gift-1", "50.00").await;
        coupons(&house, &shop, json!({"codes": ["Summer"]})).await;
        let plain = || sale("R-1", &[("100", "a")], "0");
        let asked = taking(paid_with(plain(), &[("Gift-1", "20")]), &["Summer"]);
        let first = house.retail(&shop, asked).await;
        assert_eq!(first.status, 200, "{first:?}");
        let again = taking(paid_with(plain(), &[("GIFT-1", "20.00")]), &["SUMMER"]);
        let again = house.retail(&shop, again).await;
        assert_eq!((again.status, &again.body["id"]), (200, &first.body["id"]));
        let others = [
            taking(paid_with(plain(), &[("Gift-1", "21")]), &["Summer"]),
            taking(plain(), &["Summer"]),
            paid_with(plain(), &[("Gift-1", "20")]),
        ];
        for other in others {
            let refused = house.retail(&shop, other).await;
            assert_eq!(refused.plus_error(), (412, "DUPLICATE_EXTERNAL_ID"));
        }
        assert_eq!(card(&house, &shop, "Gift-1").await["balance"], json!(30));
        assert_eq!(coupon(&house, &shop, "Summer").await["uses"], json!(1));
        house.close_and_verify().await;
    });
}

#[test]
fn a_coupon_gives_its_promotion_and_a_calculation_tells_what_is_wrong_with_it() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        coupons(&house, &shop, json!({"codes": ["Summer"], "uses_max": 1})).await;
        let asked = |id| taking(sale(id, &[("100", id)], "0"), &["summer", "SUMMER", ""]);
        let calculated = house.plus(&shop, "PUT", "/retail/calc", asked("R-1")).await;
        let line = &calculated.body["discount"][0];
        assert_eq!(line["cb"], json!(12), "{calculated:?}");
        let sold = house.retail(&shop, asked("R-1")).await;
        assert_eq!(sold.status, 200, "{sold:?}");
        let record = told(&house, &shop, 1).await;
        assert_eq!((&record["bonusCredit"], &record["coupons"]), (&json!(12), &json!(["Summer"])));
        let calculated = house.plus(&shop, "PUT", "/retail/calc", asked("R-2")).await;
        let line = &calculated.body["discount"][0];
        let messages = json!(["Купон Summer уже использован."]);
        assert_eq!((&line["cb"], &line["messages"]), (&json!(5), &messages));
        let refused = house.retail(&shop, asked("R-2")).await;
        assert_eq!(refused.plus_error(), (412, "COUPON_USED_UP"));
        let back = house.plus(&shop, "PUT", "/retail/back", json!({"ext": "R-1"})).await;
        assert_eq!(back.status, 200, "{back:?}");
        assert_eq!(told(&house, &shop, 2).await["coupons"], json!(["Summer"]));
        assert_eq!(coupon(&house, &shop, "Summer").await["uses"], json!(0));
        house.close_and_verify().await;
    });
}

#[test]
fn a_coupon_comes_back_with_the_last_item_of_its_sale() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        coupons(&house, &shop, json!({"codes": ["Summer"], "uses_max": 1})).await;
        let asked = taking(sale("R-1", &[("70", "a"), ("30", "b")], "0"), &["Summer"]);
        assert_eq!(house.retail(&shop, asked).await.status, 200);
        let other = || taking(sale("R-2", &[("100", "c")], "0"), &["Summer"]);
        let parts = [(json!({"ext": "a", "sum": 20}), 2), (json!({"ext": "b"}), 3)];
        for (part, id) in parts {
            let back = house.plus(&shop, "PUT", "/retail/back", part).await;
            assert_eq!(back.body["returnedPurchaseId"], json!(id), "{back:?}");
            assert_eq!(told(&house, &shop, id).await["coupons"], json!([]));
            assert_eq!(coupon(&house, &shop, "Summer").await["uses"], json!(1));
            let refused = house.retail(&shop, other()).await;
            assert_eq!(refused.plus_error(), (412, "COUPON_USED_UP"));
        }
        let rest = house.plus(&shop, "PUT", "/retail/back", json!({"ext": "a"})).await;
        assert_eq!(rest.status, 200, "{rest:?}");
        assert_eq!(told(&house, &shop, 4).await["coupons"], json!(["Summer"]));
        let shown = coupon(&house, &shop, "Summer").await;
        assert_eq!((&shown["uses"], &shown["rows_total"]), (&json!(0), &json!(3)));
        assert_eq!(house.retail(&shop, other()).await.status, 200);
        house.close_and_verify().await;
    });
}
