//! Bad input: each case with its status, a text that names the field, and nothing changed by any of it.

use crate::house::{Ask, PHONE, Shop, TestHouse, run, sign};
use serde_json::{Value, json};

/// What must not change: the customer as the till sees them, and how many events there are.
async fn state(house: &TestHouse, shop: &Shop) -> String {
    house.client(shop, PHONE).await.to_string()
}

async fn house_with_a_customer() -> (TestHouse, Shop) {
    let house = TestHouse::new().await;
    let shop = house.shop(json!({"redeem_step": "0.01", "min_redeem": "1.00", "redeem_max_per_receipt": "100.00"})).await;
    house.log_in(&shop, PHONE).await;
    house.grant(&shop, PHONE, "200").await;
    house
        .sell(
            &shop,
            json!({"client_phone": PHONE, "total_amount": 100, "external_sale_id": "taken"}),
        )
        .await;
    (house, shop)
}

/// A good sale with some fields changed.
fn sale(changes: &Value) -> Value {
    let mut sale = json!({"client_phone": PHONE, "total_amount": 200});
    for (name, value) in changes.as_object().unwrap() {
        sale[name] = value.clone();
    }
    sale
}

#[test]
fn a_sale_that_makes_no_sense_is_refused_by_field() {
    run(async {
        let (house, shop) = house_with_a_customer().await;
        let before = state(&house, &shop).await;
        let lines =
            |count: usize| json!({"lines": vec![json!({"sku": "a", "line_amount": 1}); count]});
        let cases = [
            (json!({"total_amount": "200"}), "total_amount"),
            (json!({"total_amount": null}), "total_amount"),
            (json!({"total_amount": true}), "total_amount"),
            (json!({"total_amount": -1}), "total_amount"),
            (json!({"total_amount": 0}), "total_amount"),
            (json!({"total_amount": 10.001}), "total_amount"),
            (json!({"total_amount": 10_000_000_000_u64}), "total_amount"),
            (json!({"gross_amount": "5"}), "gross_amount"),
            (json!({"bonus_redeem_amount": -0.01}), "bonus_redeem_amount"),
            (json!({"bonus_redeem_amount": 0.001}), "bonus_redeem_amount"),
            (json!({"bonus_redeem_amount": 0.5}), "bonus_redeem_amount"),
            (json!({"bonus_redeem_amount": 86}), "bonus_redeem_amount"),
            (json!({"bonus_redeem_amount": 101, "total_amount": 5000}), "bonus_redeem_amount"),
            (json!({"bonus_redeem_amount": 50, "redeem_mode": "payment_type"}), "gross_amount"),
            (json!({"bonus_redeem_amount": 50, "gross_amount": 240}), "gross_amount"),
            (
                json!({"bonus_redeem_amount": 50, "sale_date": "2026-03-02T08:54:59Z"}),
                "bonus_redeem_amount",
            ),
            (json!({"redeem_mode": "gift"}), "redeem_mode"),
            (json!({"client_phone": "12"}), "client_phone"),
            (json!({"client_phone": 992_901_234_567_u64}), "client_phone"),
            (json!({"external_sale_id": "x".repeat(256)}), "external_sale_id"),
            (json!({"external_sale_id": "taken"}), "external_sale_id"),
            (json!({"external_sale_id": " taken "}), "external_sale_id"),
            (json!({"receipt_number": "x".repeat(65)}), "receipt_number"),
            (json!({"payment_method": "x".repeat(51)}), "payment_method"),
            (json!({"sale_date": "yesterday"}), "sale_date"),
            (json!({"sale_date": "2026-03-02T09:05:01Z"}), "sale_date"),
            (json!({"sale_date": "2026-01-30T09:00:00Z"}), "sale_date"),
            (json!({"sale_date": "2026-03-01T08:59:59Z"}), "sale_date"),
            (json!({"lines": {}}), "lines"),
            (lines(201), "lines"),
            (json!({"lines": [{"sku": "x".repeat(65)}]}), "lines[0].sku"),
            (json!({"lines": [{}, {"quantity": -1}]}), "lines[1].quantity"),
            (json!({"lines": [{"line_amount": "1"}]}), "lines[0].line_amount"),
            (json!({"lines": [{"colour": 1}]}), "lines[0].colour"),
            (json!({"discount": 1}), "discount"),
        ];
        for (changes, field) in cases {
            let answer = house.sell(&shop, sale(&changes)).await;
            let (status, _, named) = answer.error();
            assert_eq!((status, named), (422, Some(field)), "{changes}: {answer:?}");
            assert!(!answer.body["error"].as_str().unwrap().is_empty());
        }
        assert_eq!(state(&house, &shop).await, before);
        let allowed = house.sell(&shop, sale(&lines(200))).await;
        assert_eq!(allowed.status, 201, "{allowed:?}");
        house.close_and_verify().await;
    });
}

#[test]
fn a_redemption_over_cap_balance_or_hold_is_refused_with_the_figures() {
    run(async {
        let (house, shop) = house_with_a_customer().await;
        let before = state(&house, &shop).await;
        let check = async |amount: Value, total: Value, code: &str, field: &str| {
            let answer = house
                .redeem(
                    &shop,
                    json!({"client_phone": PHONE, "amount": amount, "total_amount": total}),
                )
                .await;
            assert_eq!(answer.error(), (422, code, Some(field)), "{answer:?}");
            answer.body["error"].as_str().unwrap().to_owned()
        };
        let text = check(json!(61), json!(200), "redeem_over_cap", "amount").await;
        assert!(text.contains("61.00") && text.contains("60.00"), "{text}");
        check(json!(0.99), json!(200), "redeem_too_small", "amount").await;
        check(json!(100.01), json!(5000), "redeem_over_receipt_max", "amount").await;
        check(json!(0), json!(200), "too_small", "amount").await;
        check(json!(1), json!(0), "too_small", "total_amount").await;
        assert_eq!(state(&house, &shop).await, before);
        // 200 granted, 5 held: what is held cannot be spent, and the cashier is told.
        for _ in 0..2 {
            house
                .redeem(&shop, json!({"client_phone": PHONE, "amount": 100, "total_amount": 1000}))
                .await;
        }
        let text = check(json!(5), json!(200), "balance_too_low", "amount").await;
        assert!(text.contains("5.00 more is held"), "{text}");
        house.close_and_verify().await;
    });
}

#[test]
fn blocked_unknown_and_foreign_customers_are_told_apart() {
    run(async {
        let (house, shop) = house_with_a_customer().await;
        let other = house.shop(json!({})).await;
        let unknown = "+992900000000";
        let foreign = house.sell(&other, sale(&json!({}))).await;
        assert_eq!(foreign.error(), (404, "customer_not_found", None));
        let nobody = house.sell(&shop, sale(&json!({"client_phone": unknown}))).await;
        assert_eq!(nobody.error(), (404, "customer_not_found", None));
        let not_made =
            Ask::post("/partner/auth", &json!({"phone": unknown, "create_if_missing": false}));
        assert_eq!(house.ask(&shop, not_made).await.error(), (404, "customer_not_found", None));
        // A duplicate id comes before the question who it is for.
        let duplicate = house
            .sell(&shop, sale(&json!({"client_phone": unknown, "external_sale_id": "taken"})))
            .await;
        assert_eq!(duplicate.error(), (422, "duplicate_sale", Some("external_sale_id")));

        let path = |what: &str| format!("/tenants/{}/customers/%2B992901234567/{what}", shop.id);
        assert_eq!(house.operate("POST", &path("block"), json!({})).await.status, 200);
        let blocked = house.sell(&shop, sale(&json!({}))).await;
        assert_eq!(blocked.error(), (403, "customer_blocked", None));
        let redemption = json!({"client_phone": PHONE, "amount": 50, "total_amount": 200});
        assert_eq!(
            house.redeem(&shop, redemption.clone()).await.error(),
            (403, "customer_blocked", None)
        );
        assert_eq!(house.client(&shop, PHONE).await["is_blocked"], json!(true));
        assert_eq!(house.log_in(&shop, PHONE).await.status, 200);
        assert_eq!(house.operate("POST", &path("unblock"), json!({})).await.status, 200);
        assert_eq!(house.redeem(&shop, redemption).await.status, 200);
        house.close_and_verify().await;
    });
}

#[test]
fn redeeming_from_the_app_can_be_switched_off() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"redeem_from_app": false})).await;
        house.log_in(&shop, PHONE).await;
        house.grant(&shop, PHONE, "200").await;
        let redemption = json!({"client_phone": PHONE, "amount": 50, "total_amount": 200});
        assert_eq!(
            house.redeem(&shop, redemption).await.error(),
            (403, "redeem_from_app_disabled", None)
        );
        let at_the_till = house.sell(&shop, sale(&json!({"bonus_redeem_amount": 50}))).await;
        assert_eq!(at_the_till.status, 201);
        house.close_and_verify().await;
    });
}

#[test]
fn callers_who_are_not_who_they_say_are_refused_before_anything_is_read() {
    run(async {
        let (house, shop) = house_with_a_customer().await;
        let before = state(&house, &shop).await;
        let now = house.clock.now().millis() / 1_000;
        let ask = Ask::post("/partner/sale", &sale(&json!({})));
        let send = async |token: &str, timestamp: &str, signature: &str| {
            let ask = ask
                .clone()
                .with("x-tenant-token", token)
                .with("x-partner-timestamp", timestamp)
                .with("x-partner-signature", signature);
            let answer = house.raw(ask).await;
            (answer.status, answer.body["code"].as_str().unwrap_or("none").to_owned())
        };
        let refused = |code: &str| (401, code.to_owned());
        let signature = sign(&shop.secret, now, &ask);
        let time = now.to_string();
        assert_eq!(send(&"x".repeat(64), &time, &signature).await, refused("tenant_token_invalid"));
        assert_eq!(send("short", &time, &signature).await, refused("tenant_token_invalid"));
        for skew in [-301, 301] {
            let stale = now + skew;
            let signed = sign(&shop.secret, stale, &ask);
            assert_eq!(
                send(&shop.token, &stale.to_string(), &signed).await,
                refused("timestamp_out_of_range")
            );
        }
        assert_eq!(send(&shop.token, "now", &signature).await.0, 401);
        assert_eq!(send(&shop.token, &time, &"0".repeat(64)).await, refused("signature_invalid"));
        let other_body = Ask::post("/partner/sale", &sale(&json!({"total_amount": 1})));
        let of_another = sign(&shop.secret, now, &other_body);
        assert_eq!(send(&shop.token, &time, &of_another).await, refused("signature_invalid"));
        assert_eq!(
            house.raw(ask.clone().with("x-tenant-token", &shop.token)).await.error().1,
            "signature_missing"
        );
        assert_eq!(state(&house, &shop).await, before);
        for skew in [-300, 300] {
            let edge = now + skew;
            let signed = sign(&shop.secret, edge, &ask).to_uppercase();
            assert_eq!(send(&shop.token, &edge.to_string(), &signed).await.0, 201);
        }
        house.close_and_verify().await;
    });
}

#[test]
fn a_body_that_is_no_json_or_too_large_is_refused() {
    run(async {
        let (house, shop) = house_with_a_customer().await;
        let before = state(&house, &shop).await;
        for body in [
            "",
            "{",
            "[]",
            "null",
            "{\"client_phone\": \"+992901234567\", \"total_amount\": 01}",
            "{\"a\":1}{",
        ] {
            let ask = Ask { body: body.to_owned(), ..Ask::post("/partner/sale", &json!({})) };
            let answer = house.ask(&shop, ask).await;
            assert_eq!(
                (answer.error().0, answer.error().2),
                (422, Some("body")),
                "{body}: {answer:?}"
            );
        }
        let repeated =
            "{\"client_phone\": \"+992901234567\", \"total_amount\": 1, \"total_amount\": 2}";
        let ask = Ask { body: repeated.to_owned(), ..Ask::post("/partner/sale", &json!({})) };
        assert_eq!(house.ask(&shop, ask).await.error().0, 422);
        let large =
            Ask { body: " ".repeat((1 << 20) + 1), ..Ask::post("/partner/sale", &json!({})) };
        assert_eq!(house.ask(&shop, large).await.error(), (413, "body_too_large", None));
        assert_eq!(state(&house, &shop).await, before);
        house.close_and_verify().await;
    });
}

#[test]
fn an_adjustment_needs_an_amount_a_reason_and_the_balance() {
    run(async {
        let (house, shop) = house_with_a_customer().await;
        let before = state(&house, &shop).await;
        let path = format!("/tenants/{}/customers/%2B992901234567/adjustments", shop.id);
        let check = async |body: Value, code: &str, field: &str| {
            let answer = house.operate("POST", &path, body).await;
            assert_eq!(answer.error(), (422, code, Some(field)), "{answer:?}");
        };
        check(json!({"amount": "0", "reason": "x"}), "adjustment_of_nothing", "amount").await;
        check(json!({"amount": "-200.01", "reason": "x"}), "adjustment_below_balance", "amount")
            .await;
        check(
            json!({"amount": "1", "reason": "x", "expires": "2026-03-01"}),
            "expires_too_early",
            "expires",
        )
        .await;
        assert_eq!(state(&house, &shop).await, before);
        let debt = json!({"amount": "-300", "reason": "fraud", "allow_debt": true});
        assert_eq!(house.operate("POST", &path, debt).await.status, 201);
        let client = house.client(&shop, PHONE).await;
        // 200 and 5 held, less 300: the held lot still matures, and pays debt then.
        assert_eq!(client["bonus_balance"].to_string(), "-95");
        assert_eq!(client["redeemable_balance"].to_string(), "0");
        house.advance_days(1);
        assert_eq!(house.client(&shop, PHONE).await["held_balance"].to_string(), "0");
        house.grant(&shop, PHONE, "100").await;
        let client = house.client(&shop, PHONE).await;
        assert_eq!(client["redeemable_balance"].to_string(), "5");
        house.close_and_verify().await;
    });
}
