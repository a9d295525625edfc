//! Returns through the whole house: what comes back, how often, and how a caller is told no.

use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use crate::parallel::together;
use serde_json::{Value, json};

const OTHER: &str = "+992907654321";

/// What is earned can be spent at once, at 10 percent.
fn quick() -> Value {
    json!({
        "redeem_hold_seconds": 0, "max_redeem_percent": "100",
        "tiers": [{"name": "Base", "color": "#8A8A8A", "from_total_spent": "0.00", "bonus_percent": "10"}],
    })
}

async fn with_customer() -> (TestHouse, Shop) {
    let house = TestHouse::new().await;
    let shop = house.shop(quick()).await;
    house.log_in(&shop, PHONE).await;
    (house, shop)
}

async fn refund(house: &TestHouse, shop: &Shop, more: Value) -> Answer {
    refund_with(house, shop, more, None).await
}

async fn refund_with(house: &TestHouse, shop: &Shop, more: Value, key: Option<&str>) -> Answer {
    let mut body = json!({"client_phone": PHONE});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let ask = Ask::post("/partner/refund", &body);
    let ask = if let Some(key) = key { ask.with("idempotency-key", key) } else { ask };
    house.ask(shop, ask).await
}

fn three_lines(external: &str) -> Value {
    json!({
        "client_phone": PHONE, "total_amount": 90, "bonus_redeem_amount": 10, "gross_amount": 100,
        "external_sale_id": external,
        "lines": [
            {"sku": "A", "quantity": 3, "line_amount": 60},
            {"sku": "B", "quantity": 1, "line_amount": 30},
            {"sku": "B", "quantity": 1, "line_amount": 10},
        ],
    })
}

#[test]
fn a_sale_comes_back_line_by_line() {
    run(async {
        let (house, shop) = with_customer().await;
        house.grant(&shop, PHONE, "50.00").await;
        let sale = house.sell(&shop, three_lines("o-1")).await.data()["id"].clone();
        let first = refund(
            &house,
            &shop,
            json!({"external_sale_id": "o-1", "external_refund_id": "r-1",
                   "lines": [{"line": 1, "quantity": 1}, {"line": 3}], "reason": "torn"}),
        )
        .await;
        assert_eq!(first.status, 201, "{first:?}");
        let data = first.data();
        assert_eq!(data["sale_id"], sale);
        let expected = json!([
            {"line": 1, "quantity": 1, "redeem_share": 2, "net": 18, "accrual": 1.8},
            {"line": 3, "redeem_share": 1, "net": 9, "accrual": 0.9},
        ]);
        assert_eq!(data["lines"], expected);
        assert_eq!((&data["money"], &data["bonus_restored"]), (&json!(27), &json!(3)));
        assert_eq!((&data["accrual_reversed"], &data["new_balance"]), (&json!(2.7), &json!(49.3)));
        assert_eq!(data["refund_date"], "2026-03-02T14:00:00+05:00");
        let rest = refund(&house, &shop, json!({"sale_id": sale})).await;
        assert_eq!(rest.data()["money"], json!(63));
        assert_eq!(rest.data()["lines"].as_array().unwrap().len(), 2);
        let client = house.client(&shop, PHONE).await;
        assert_eq!((&client["bonus_balance"], &client["total_spent"]), (&json!(50), &json!(0)));
        let path = format!("/partner/client/{}/purchases", PHONE.replace('+', "%2B"));
        let listed = house.ask(&shop, Ask::get(&path)).await;
        let newest = &listed.body["data"]["data"][0];
        assert_eq!((&newest["kind"], &newest["total_amount"]), (&json!("return"), &json!(-63)));
        assert_eq!((&newest["return_of"], &newest["bonus_redeemed"]), (&sale, &json!(-7)));
        let house = house.reopen().await;
        let again = refund(&house, &shop, json!({"sale_id": sale})).await;
        assert_eq!(again.error(), (422, "nothing_left_to_return", Some("sale_id")));
        house.close_and_verify().await;
    });
}

#[test]
fn what_cannot_come_back_is_refused_and_uses_up_no_id() {
    run(async {
        let (house, shop) = with_customer().await;
        house.log_in(&shop, OTHER).await;
        let unknown = json!({"external_sale_id": "o-1", "external_refund_id": "r-1"});
        let answer = refund(&house, &shop, unknown.clone()).await;
        assert_eq!(answer.error(), (404, "sale_not_found", Some("external_sale_id")));
        assert!(answer.body["error"].as_str().unwrap().contains("retry after the sale"));
        let answer = refund(&house, &shop, json!({"sale_id": 77})).await;
        assert_eq!(answer.error(), (404, "sale_not_found", Some("sale_id")));
        let sale = house.sell(&shop, three_lines("o-0")).await;
        assert_eq!(sale.error().1, "balance_too_low");
        house.grant(&shop, PHONE, "10.00").await;
        let sale = house.sell(&shop, three_lines("o-1")).await.data()["id"].clone();
        let check = async |more: Value, status: u16, code: &str, field: Option<&str>| {
            let answer = refund(&house, &shop, more).await;
            assert_eq!(answer.error(), (status, code, field), "{answer:?}");
        };
        let of_sale = |more: Value| {
            let mut body = json!({"sale_id": sale});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        check(of_sale(json!({"amount": 1})), 422, "return_needs_lines", Some("amount")).await;
        check(of_sale(json!({"lines": [{"sku": "B"}]})), 422, "sku_not_unique", Some("lines"))
            .await;
        check(of_sale(json!({"lines": [{"sku": "C"}]})), 422, "line_unknown", Some("lines")).await;
        check(
            of_sale(json!({"lines": [{"sku": "A", "quantity": 3.5}]})),
            422,
            "over_return",
            Some("lines"),
        )
        .await;
        check(
            of_sale(json!({"refund_date": "2026-03-02T09:10:00Z"})),
            422,
            "refund_date_ahead",
            Some("refund_date"),
        )
        .await;
        check(
            of_sale(json!({"refund_date": "2026-03-02T08:59:59Z"})),
            422,
            "refund_before_sale",
            Some("refund_date"),
        )
        .await;
        for more in [json!({"sale_id": sale}), json!({"external_sale_id": "o-1"})] {
            let mut foreign = more;
            foreign["client_phone"] = json!(OTHER);
            let field = if foreign["sale_id"].is_null() { "external_sale_id" } else { "sale_id" };
            check(foreign, 422, "sale_of_another_customer", Some(field)).await;
        }
        check(
            json!({"client_phone": "+992900000000", "sale_id": 1}),
            404,
            "customer_not_found",
            None,
        )
        .await;
        let done = refund(&house, &shop, unknown.clone()).await;
        assert_eq!(done.status, 201, "the id is free still: {done:?}");
        let id = done.data()["id"].clone();
        let again = refund(&house, &shop, unknown).await;
        assert_eq!(again.error(), (422, "duplicate_refund", Some("external_refund_id")));
        assert!(again.body["error"].as_str().unwrap().contains(&id.to_string()));
        check(json!({"sale_id": id}), 422, "return_of_return", Some("sale_id")).await;
        house.close_and_verify().await;
    });
}

#[test]
fn twenty_returns_at_once_return_a_sale_once() {
    run(async {
        let (house, shop) = with_customer().await;
        for round in 0..3 {
            house.grant(&shop, PHONE, "10.00").await;
            let external = format!("o-{round}");
            house.sell(&shop, three_lines(&external)).await;
            let whole = || refund(&house, &shop, json!({"external_sale_id": external}));
            let answers = together((0..20).map(|_| whole())).await;
            let done = answers.iter().filter(|answer| answer.status == 201).count();
            let refused = answers
                .iter()
                .filter(|answer| answer.body["code"] == json!("nothing_left_to_return"))
                .count();
            assert_eq!((done, refused), (1, 19), "{answers:?}");
        }
        assert_eq!(house.client(&shop, PHONE).await["bonus_balance"], json!(30));
        // Piece by piece at once: as many as there were.
        let lines = json!([{"sku": "A", "quantity": 20, "line_amount": 100}]);
        let sale = json!({"client_phone": PHONE, "total_amount": 100, "external_sale_id": "many",
                          "lines": lines});
        house.sell(&shop, sale).await;
        let piece = || {
            let lines = json!([{"line": 1, "quantity": 1}]);
            refund(&house, &shop, json!({"external_sale_id": "many", "lines": lines}))
        };
        let answers = together((0..25).map(|_| piece())).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 20);
        assert_eq!(house.client(&shop, PHONE).await["bonus_balance"], json!(30));
        house.close_and_verify().await;
    });
}

#[test]
fn a_key_gives_the_first_answer_again() {
    run(async {
        let (house, shop) = with_customer().await;
        house.sell(&shop, json!({"client_phone": PHONE, "total_amount": 100})).await;
        let half = json!({"sale_id": 1, "amount": 50, "external_refund_id": "r-1"});
        let first = refund_with(&house, &shop, half.clone(), Some("k-1")).await;
        assert_eq!(first.status, 201, "{first:?}");
        let again = refund_with(&house, &shop, half.clone(), Some("k-1")).await;
        assert_eq!((again.status, &again.body), (201, &first.body));
        let house = house.reopen().await;
        let again = refund_with(&house, &shop, half, Some("k-1")).await;
        assert_eq!((again.status, &again.body), (201, &first.body));
        let other = json!({"sale_id": 1, "amount": 49});
        let other = refund_with(&house, &shop, other, Some("k-1")).await;
        assert_eq!(other.error(), (422, "idempotency_key_reused", Some("Idempotency-Key")));
        house.close_and_verify().await;
    });
}

/// The engine finds the trail of a sale in memory, in the tables, and partly in both.
#[test]
fn a_return_finds_its_sale_wherever_it_is() {
    run(async {
        let (house, shop) = with_customer().await;
        house.grant(&shop, PHONE, "30.00").await;
        let redeem = json!({"client_phone": PHONE, "amount": 20, "total_amount": 100,
                            "external_sale_id": "o-1"});
        house.redeem(&shop, redeem).await;
        let part = refund(&house, &shop, json!({"external_sale_id": "o-1", "amount": 5})).await;
        assert_eq!(part.data()["bonus_restored"], json!(5));
        let house = house.reopen().await;
        let part = refund(&house, &shop, json!({"external_sale_id": "o-1", "amount": 5})).await;
        assert_eq!(part.data()["bonus_restored"], json!(5));
        let over = refund(&house, &shop, json!({"external_sale_id": "o-1", "amount": 10.01})).await;
        assert_eq!(over.error(), (422, "over_return", Some("amount")));
        let sale = json!({"client_phone": PHONE, "total_amount": 80, "external_sale_id": "o-1"});
        assert_eq!(house.sell(&shop, sale).await.status, 201);
        let redemption = refund(&house, &shop, json!({"sale_id": 1})).await;
        assert_eq!(redemption.error(), (422, "redemption_completed", Some("sale_id")));
        let whole = refund(&house, &shop, json!({"external_sale_id": "o-1"})).await;
        assert_eq!(
            whole.data()["bonus_restored"],
            json!(10),
            "what came back before is not minted"
        );
        assert_eq!(house.client(&shop, PHONE).await["bonus_balance"], json!(30));
        house.close_and_verify().await;
    });
}

#[test]
fn a_blocked_customer_may_return_and_the_days_count_by_the_date_that_is_said() {
    run(async {
        let (house, shop) = with_customer().await;
        house.sell(&shop, json!({"client_phone": PHONE, "total_amount": 100})).await;
        house.advance_days(360);
        house.sell(&shop, json!({"client_phone": PHONE, "total_amount": 50})).await;
        house.advance_days(5);
        let path = format!("/tenants/{}/customers/{}/block", shop.id, PHONE.replace('+', "%2B"));
        assert_eq!(house.operate("POST", &path, Value::Null).await.status, 200);
        let early = refund(&house, &shop, json!({"sale_id": 2, "amount": 25})).await;
        assert_eq!(early.data()["accrual_reversed"], json!(2.5));
        house.advance_seconds(1);
        let late = refund(&house, &shop, json!({"sale_id": 1})).await;
        assert_eq!(late.error(), (422, "return_too_old", Some("refund_date")));
        let (said, yesterday) = ("refund_date", "2027-03-01T09:00:00Z");
        let whole = refund(&house, &shop, json!({"sale_id": 1, said: yesterday})).await;
        assert_eq!(whole.data()["accrual_reversed"], json!(10), "it had not expired yet");
        assert_eq!(whole.data()["new_balance"], json!(2.5));
        house.close_and_verify().await;
    });
}
