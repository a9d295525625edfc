//! Quotes of a checkout that began before: with a reserve, after a redemption, or posted late.

use crate::house::{Ask, PHONE, Shop, TestHouse, run};
use crate::quote::{quote, quote_and_sell, shop_with};
use serde_json::{Value, json};

/// A sale of the customer with more fields.
fn sale(total: u32, more: Value) -> Value {
    let mut sale = json!({"client_phone": PHONE, "total_amount": total});
    let Value::Object(fields) = more else { panic!("no fields: {more}") };
    sale.as_object_mut().unwrap().extend(fields);
    sale
}

/// The figures of the limit, in this order.
fn limit(quoted: &Value) -> Value {
    let limit = &quoted["redeem_limit"];
    json!([limit["reason"], limit["by_percent"], limit["redeemed_before"], limit["redeemable"]])
}

async fn balances(house: &TestHouse, shop: &Shop) -> [String; 3] {
    let client = house.client(shop, PHONE).await;
    ["bonus_balance", "redeemable_balance", "reserved_balance"].map(|name| client[name].to_string())
}

#[test]
fn a_quote_counts_what_the_reserve_holds_and_leaves_it_there() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with(&house, json!({}), "100.00").await;
        let reserve = json!({"client_phone": PHONE, "amount": 80});
        let made = house.ask(&shop, Ask::post("/partner/reserve", &reserve)).await;
        let id = made.data()["id"].clone();
        // Without the reserve there are 20; with it all 100 are there for this checkout.
        let alone = quote(&house, &shop, &sale(900, json!({"bonus_redeem_amount": 21}))).await;
        assert_eq!(alone.error(), (422, "balance_too_low", Some("bonus_redeem_amount")));
        let named = sale(905, json!({"bonus_redeem_amount": 95, "reserve_id": id}));
        for _ in 0..2 {
            let quoted = quote(&house, &shop, &named).await;
            assert_eq!(limit(quoted.data()), json!(["redeemable_balance", 300, 0, 100]));
            assert_eq!(quoted.data()["max_redeem_amount"], json!(100));
            assert_eq!(balances(&house, &shop).await, ["100", "20", "80"]);
        }
        let told = quote_and_sell(&house, &shop, named.clone()).await;
        assert_eq!(told["new_balance"], json!(50.25));
        assert_eq!(balances(&house, &shop).await, ["50.25", "5", "0"]);
        let gone = quote(&house, &shop, &named).await;
        assert_eq!(gone.error(), (422, "reserve_not_open", Some("reserve_id")));
        assert_eq!(gone.body, house.sell(&shop, named).await.body);
        house.close_and_verify().await;
    });
}

#[test]
fn a_quote_of_a_sale_that_completes_a_redemption_counts_it() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with(&house, json!({}), "100.00").await;
        let order = json!({"client_phone": PHONE, "amount": 50, "total_amount": 200, "external_sale_id": "o-1"});
        assert_eq!(house.redeem(&shop, order).await.status, 200);
        let of_order = |total, redeem| {
            sale(total, json!({"external_sale_id": "o-1", "bonus_redeem_amount": redeem}))
        };
        // 30 % of the order are 60, of which 50 are redeemed.
        let over = quote(&house, &shop, &of_order(139, 11)).await;
        assert_eq!(over.error(), (422, "redeem_over_cap", Some("bonus_redeem_amount")));
        let above = quote(&house, &shop, &of_order(151, 0)).await;
        assert_eq!(above.error().1, "order_amount_exceeded");
        let told = quote_and_sell(&house, &shop, of_order(140, 10)).await;
        assert_eq!(limit(&told), json!(["max_redeem_percent", 60, 50, 50]));
        assert_eq!((&told["max_redeem_amount"], &told["bonus_accrued"]), (&json!(10), &json!(7)));
        // It is completed once.
        let again = quote(&house, &shop, &of_order(140, 0)).await;
        assert_eq!(again.error(), (422, "duplicate_sale", Some("external_sale_id")));
        house.close_and_verify().await;
    });
}

#[test]
fn a_quote_of_a_late_sale_may_leave_debt() {
    run(async {
        let house = TestHouse::new().await;
        let settings = json!({"offline_debit": "allow_debt", "offline_debt_max": "30.00"});
        let shop = shop_with(&house, settings, "40.00").await;
        house.advance_days(1);
        let late = |redeem: u32| {
            sale(
                1_000,
                json!({"bonus_redeem_amount": redeem, "sale_date": "2026-03-02T15:00:00+05:00"}),
            )
        };
        let over = quote(&house, &shop, &late(71)).await;
        assert_eq!(over.error(), (422, "balance_too_low", Some("bonus_redeem_amount")));
        let told = quote_and_sell(&house, &shop, late(70)).await;
        assert_eq!(limit(&told), json!(["redeemable_balance", 321, 0, 70]));
        assert_eq!(told["max_redeem_amount"], json!(70));
        // 30 are owed, and the accrual of 50 pays them at once.
        assert_eq!(told["new_balance"], json!(20));
        house.close_and_verify().await;
    });
}

#[test]
fn a_quote_of_a_late_sale_that_only_earns_redeems_nothing() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with(&house, json!({"offline_debit": "accrue_only"}), "40.00").await;
        house.advance_days(1);
        let late = json!({"bonus_redeem_amount": 35, "sale_date": "2026-03-02T15:00:00+05:00"});
        let told = quote_and_sell(&house, &shop, sale(900, late)).await;
        assert_eq!((&told["bonus_redeemed"], &told["max_redeem_amount"]), (&json!(0), &json!(0)));
        assert_eq!(limit(&told)[0], json!("late_sale"));
        assert_eq!(told["new_balance"], json!(85));
        house.close_and_verify().await;
    });
}
