//! A calculation equals the sale that follows, line by line, over random receipts.

use crate::chance::Chance;
use crate::house::{PHONE, TestHouse, run};
use crate::retail::{amount, cents};
use crate::vouchers::issue;
use serde_json::{Value, json};

const RECEIPTS: u64 = 120;

fn receipt(dice: &mut Chance, number: u64, most: u64) -> Value {
    let one_in = |dice: &mut Chance, sides| dice.below(sides) == 0;
    let items: Vec<Value> = (0..=dice.below(5))
        .map(|index| {
            let sum = dice.below(20_000);
            let discount = if one_in(dice, 3) { dice.below(sum + 10) } else { 0 };
            let category = ["dairy", "tobacco", "wine", "other"];
            let category = category[usize::try_from(dice.below(4)).unwrap()];
            json!({
                "sum": amount(sum), "ds": amount(discount), "qnt": 1 + dice.below(3),
                "cat": category, "ext": format!("{number}-{index}"),
            })
        })
        .collect();
    let debit = if one_in(dice, 2) { dice.below(most + 1) } else { 0 };
    let gift = if one_in(dice, 3) { dice.below(12_000) } else { 0 };
    json!({
        "giftCards": [{"id": "Gift-1", "paymentSum": amount(gift)}],
        "phone": PHONE, "items": items, "bonusDebit": amount(debit),
        "certificate": one_in(dice, 10), "store": "Rudaki 1",
    })
}

/// Money, bonuses and gift cards pay for all of the items.
fn assert_adds_up(asked: &Value, told: &Value) {
    let positions = told["positions"].as_array().unwrap();
    let nets: u64 = positions.iter().map(|position| cents(&position["net"])).sum();
    assert_eq!(nets, cents(&told["sum"]), "{asked}");
    let given = cents(&asked["giftCards"][0]["paymentSum"]);
    let parts = told["giftCards"].as_array().unwrap();
    let paid: u64 = parts.iter().map(|part| cents(&part["paymentSum"])).sum();
    assert_eq!(given, paid, "{asked}");
}

#[test]
fn what_is_calculated_is_what_is_sold() {
    run(async {
        let house = TestHouse::new().await;
        let rules = json!([
            {"category": "tobacco", "effect": "both"}, {"category": "wine", "effect": "no_redeem"},
        ]);
        let settings = json!({"category_rules": rules, "max_redeem_percent": "70",
            "redeem_hold_seconds": 0, "min_purchase_amount": "20.00"});
        let shop = house.retail_shop(settings).await;
        issue(&house, &shop, "Gift-1", "2000.00").await;
        let mut dice = Chance::announced("what_is_calculated_is_what_is_sold");
        let (mut sold_with_bonuses, mut refused) = (0_u32, 0_u32);
        for number in 0..RECEIPTS {
            let most = [3_000, 60_000][usize::try_from(dice.below(2)).unwrap()];
            let asked = receipt(&mut dice, number, most);
            let calculated = house.plus(&shop, "PUT", "/retail/calc", asked.clone()).await;
            let sold = house.retail(&shop, asked.clone()).await;
            assert_eq!(calculated.status, sold.status, "{asked} {calculated:?} {sold:?}");
            if sold.status != 200 {
                assert_eq!(calculated.body, sold.body, "{asked}");
                refused += 1;
                continue;
            }
            let path = format!("/retail/{}", sold.body["id"]);
            let told = house.plus(&shop, "GET", &path, Value::Null).await.body;
            let lines = calculated.body["discount"].as_array().unwrap();
            let positions = told["positions"].as_array().unwrap();
            assert_eq!(lines.len(), positions.len());
            for (line, position) in lines.iter().zip(positions) {
                let figures = [&line["ext"], &line["cb"], &line["db"]];
                let expected =
                    [&position["ext"], &position["bonusCredit"], &position["bonusDebit"]];
                assert_eq!(figures, expected, "{asked}");
            }
            assert_adds_up(&asked, &told);
            let debit = cents(&asked["bonusDebit"]);
            assert!(debit <= cents(&calculated.body["maxDebitBonuses"]), "{asked}");
            sold_with_bonuses += u32::from(debit > 0);
        }
        assert!(sold_with_bonuses > 5 && refused > 5, "{sold_with_bonuses} {refused}");
        house.close_and_verify().await;
    });
}

/// The most that a calculation tells is accepted, and a cent more is not.
#[test]
fn the_most_that_is_told_can_be_spent() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({"max_redeem_percent": "100"})).await;
        for (sums, expected) in [(vec![30, 40], 7_000), (vec![300], 5_000)] {
            let items: Vec<Value> = sums.iter().map(|sum| json!({"sum": sum})).collect();
            let ask = |debit: Value| json!({"phone": PHONE, "items": items, "bonusDebit": debit});
            let calculated = house.plus(&shop, "PUT", "/retail/calc", ask(json!(0))).await;
            let most = cents(&calculated.body["maxDebitBonuses"]);
            assert_eq!(most, expected, "{calculated:?}");
            let over = house.retail(&shop, ask(amount(most + 1))).await;
            assert_eq!(over.status, 412, "{over:?}");
            let sold = house.retail(&shop, ask(amount(most))).await;
            assert_eq!(sold.status, 200, "{sold:?}");
        }
        house.close_and_verify().await;
    });
}

#[test]
fn a_calculation_tells_of_what_a_sale_refuses_for() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({"require_external_id": true})).await;
        let mut asked = json!({"phone": PHONE, "items": [{"sum": 100}], "coupons": ["SPRING"]});
        let calculated = house.plus(&shop, "PUT", "/retail/calc", asked.clone()).await;
        assert_eq!(calculated.body["discount"][0]["messages"], json!(["Купона SPRING нет."]));
        asked["bonusDebit"] = json!(0);
        let sold = house.retail(&shop, asked.clone()).await;
        assert_eq!(sold.plus_error(), (412, "EXTERNAL_ID_REQUIRED"));
        asked["externalId"] = json!("R-1");
        let sold = house.retail(&shop, asked).await;
        assert_eq!(sold.plus_error(), (412, "COUPON_NOT_FOUND"));
        house.close_and_verify().await;
    });
}
