//! The four partner operations as a partner's backend uses them, and the figures they must give.

use crate::house::{Ask, PHONE, TestHouse, run};
use serde_json::json;

/// The contract's own examples: 150 = 120 redeemable + 30 held; 1000 gross, 45 redeemed, 955 paid at
/// 5 %: 47.75 accrued, 152.75; 30 % of 200 is 60; 50 of 200 redeemed: 102.75.
#[test]
fn the_contracts_own_figures() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        assert_eq!(house.log_in(&shop, PHONE).await.status, 201);
        house.grant(&shop, PHONE, "120.00").await;
        let earned = house.sell(&shop, json!({"client_phone": PHONE, "total_amount": 600})).await;
        assert_eq!(earned.data()["bonus_accrued"], json!(30));
        let client = house.client(&shop, PHONE).await;
        assert_eq!(client["bonus_balance"], json!(150));
        assert_eq!(client["redeemable_balance"], json!(120));
        assert_eq!(client["held_balance"], json!(30));

        let sale = house
            .sell(&shop, json!({
                "client_phone": PHONE, "gross_amount": 1000.00, "total_amount": 955.00,
                "redeem_mode": "payment_type", "bonus_redeem_amount": 45.00, "external_sale_id": "order-1",
            }))
            .await;
        assert_eq!(sale.status, 201);
        assert_eq!(sale.data()["bonus_accrued"].to_string(), "47.75");
        assert_eq!(sale.data()["bonus_redeemed"].to_string(), "45");
        assert_eq!(sale.data()["new_balance"].to_string(), "152.75");

        let path = "/partner/client/%2B992901234567?check_amount=200";
        let asked = house.ask(&shop, Ask::get(path)).await;
        assert_eq!(asked.data()["loyalty"]["max_redeem_amount"].to_string(), "60");
        assert_eq!(asked.data()["loyalty"]["redeem_hold_human"], json!("24 h"));

        let redeemed = house
            .redeem(&shop, json!({"client_phone": PHONE, "amount": 50, "total_amount": 200}))
            .await;
        assert_eq!(redeemed.status, 200);
        assert_eq!(redeemed.data()["amount_redeemed"].to_string(), "50");
        assert_eq!(redeemed.data()["new_balance"].to_string(), "102.75");
        house.close_and_verify().await;
    });
}

#[test]
fn a_bearer_token_opens_the_profile_and_nothing_else() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"welcome_bonus": "25.00"})).await;
        let other = house.shop(json!({})).await;
        let first = house
            .ask(
                &shop,
                Ask::post("/partner/auth", &json!({"phone": PHONE, "full_name": "John Smith"})),
            )
            .await;
        assert_eq!((first.status, &first.data()["created"]), (201, &json!(true)));
        let again = house.log_in(&shop, "992 90 123-45-67").await;
        assert_eq!((again.status, &again.data()["created"]), (200, &json!(false)));
        assert_eq!(again.data()["client"]["id"], first.data()["client"]["id"]);

        let bearer = format!("Bearer {}", again.data()["token"].as_str().unwrap());
        let profile = Ask::get("/client/profile").with("authorization", &bearer);
        let shown = house.raw(profile.clone().with("x-tenant-token", &shop.token)).await;
        assert_eq!(shown.data()["full_name"], json!("John Smith"));
        assert_eq!(shown.data()["welcome_bonus_balance"], json!(25));
        assert_eq!(shown.data()["barcode_ean13"], json!("2000000000015"));
        assert_eq!(shown.data()["account_number"], json!("ACC-000001"));
        let foreign = house.raw(profile.with("x-tenant-token", &other.token)).await;
        assert_eq!(foreign.status, 401);

        // The eleventh token revokes the oldest.
        let oldest = format!("Bearer {}", first.data()["token"].as_str().unwrap());
        for _ in 0..9 {
            house.log_in(&shop, PHONE).await;
        }
        let ask = Ask::get("/client/profile")
            .with("authorization", &oldest)
            .with("x-tenant-token", &shop.token);
        assert_eq!(house.raw(ask.clone()).await.status, 401);
        let house = house.reopen().await;
        assert_eq!(house.raw(ask).await.status, 401);
        let newer = Ask::get("/client/profile")
            .with("authorization", &bearer)
            .with("x-tenant-token", &shop.token);
        assert_eq!(house.raw(newer).await.status, 200);
        house.close_and_verify().await;
    });
}

#[test]
fn a_customer_is_found_by_phone_bar_code_and_card() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"default_country": "TJ"})).await;
        house.log_in(&shop, PHONE).await;
        house.log_in(&shop, "+992907654321").await;
        let card = |customer: &str, card| {
            let path = format!("/tenants/{}/customers/{customer}/card", shop.id);
            let house = &house;
            async move { house.operate("PUT", &path, json!({"card": card})).await }
        };
        assert_eq!(card("901234567", Some("001-0000123")).await.status, 200);
        let taken = card("907654321", Some("001-0000123")).await;
        assert_eq!(taken.error(), (422, "card_taken", Some("card")));
        let find = |identifier: &'static str| {
            let (house, shop) = (&house, &shop);
            async move { house.ask(shop, Ask::get(&format!("/partner/client/{identifier}"))).await }
        };
        for identifier in
            ["%2B992901234567", "992901234567", "901234567", "2000000000015", "001-0000123"]
        {
            assert_eq!(find(identifier).await.data()["id"], json!(1), "{identifier}");
        }
        for identifier in
            ["%2B901234567", "2000000000014", "2000000000039", "001-0000124", "nobody"]
        {
            assert_eq!(
                find(identifier).await.error(),
                (404, "customer_not_found", None),
                "{identifier}"
            );
        }
        // A card that was taken away is free at once, before and after a restart.
        assert_eq!(card("901234567", None).await.status, 200);
        assert_eq!(find("001-0000123").await.status, 404);
        let house = house.reopen().await;
        let gone = house.ask(&shop, Ask::get("/partner/client/001-0000123")).await;
        assert_eq!(gone.status, 404);
        house.close_and_verify().await;
    });
}

#[test]
fn bonuses_mature_expire_and_are_the_same_before_and_after_the_sweep() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"expire_after_days": 10, "welcome_bonus": "5.00", "welcome_expire_after_days": 3})).await;
        house.log_in(&shop, PHONE).await;
        house.sell(&shop, json!({"client_phone": PHONE, "total_amount": 100})).await;
        let figures = async |house: &TestHouse| {
            let client = house.client(&shop, PHONE).await;
            ["bonus_balance", "redeemable_balance", "held_balance"]
                .map(|name| client[name].to_string())
        };
        assert_eq!(figures(&house).await, ["10", "5", "5"]);
        house.advance_seconds(86_399);
        assert_eq!(figures(&house).await, ["10", "5", "5"]);
        house.advance_seconds(1);
        assert_eq!(figures(&house).await, ["10", "10", "0"]);
        house.advance_days(4);
        assert_eq!(figures(&house).await, ["5", "5", "0"]);
        assert_eq!(house.house.sweep().await.unwrap(), 1);
        assert_eq!(figures(&house).await, ["5", "5", "0"]);
        house.advance_days(7);
        assert_eq!(figures(&house).await, ["0", "0", "0"]);
        let house = house.reopen().await;
        assert_eq!(house.house.sweep().await.unwrap(), 1);
        assert_eq!(house.house.sweep().await.unwrap(), 0);
        assert_eq!(figures(&house).await, ["0", "0", "0"]);
        house.close_and_verify().await;
    });
}

#[test]
fn a_redemption_is_completed_by_the_sale_of_the_same_order() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        house.log_in(&shop, "+992907654321").await;
        house.grant(&shop, PHONE, "100").await;
        let redeemed = house
            .redeem(&shop, json!({"client_phone": PHONE, "amount": 50, "total_amount": 200, "external_sale_id": "o-1"}))
            .await;
        assert_eq!(redeemed.status, 200);
        let sale = |phone: &str, total: u32| json!({"client_phone": phone, "total_amount": total, "external_sale_id": "o-1"});
        let foreign = house.sell(&shop, sale("+992907654321", 150)).await;
        assert_eq!(
            foreign.error(),
            (422, "redemption_of_another_customer", Some("external_sale_id"))
        );
        let much = house.sell(&shop, sale(PHONE, 151)).await;
        assert_eq!(much.error(), (422, "order_amount_exceeded", Some("total_amount")));
        let done = house.sell(&shop, sale(PHONE, 150)).await;
        assert_eq!(done.data()["bonus_accrued"].to_string(), "7.5");
        let twice = house.sell(&shop, sale(PHONE, 150)).await;
        assert_eq!(twice.error(), (422, "duplicate_sale", Some("external_sale_id")));
        house.close_and_verify().await;
    });
}

#[test]
fn a_backdated_sale_earns_by_the_tier_of_its_time_in_any_order() {
    run(async {
        let house = TestHouse::new().await;
        let tiers = json!([
            {"name": "Base", "color": "#8A8A8A", "from_total_spent": "0.00", "bonus_percent": "5"},
            {"name": "Gold", "color": "#C9A227", "from_total_spent": "1000.00", "bonus_percent": "10"},
        ]);
        let shop = house.shop(json!({"tiers": tiers})).await;
        house.log_in(&shop, PHONE).await;
        house.advance_days(10);
        let sale = |date: &str, total: u32| json!({"client_phone": PHONE, "total_amount": total, "sale_date": date});
        let accrued = async |house: &TestHouse, date: &str, total: u32| {
            house.sell(&shop, sale(date, total)).await.data()["bonus_accrued"].to_string()
        };
        // Known later, so it cannot count for what was before it.
        assert_eq!(accrued(&house, "2026-03-08T12:00:00Z", 1000).await, "50");
        assert_eq!(accrued(&house, "2026-03-05T12:00:00Z", 100).await, "5");
        assert_eq!(accrued(&house, "2026-03-09T12:00:00Z", 100).await, "10");
        // The same from the tables, and from tables and memory together.
        let house = house.reopen().await;
        assert_eq!(accrued(&house, "2026-03-06T12:00:00Z", 900).await, "45");
        assert_eq!(accrued(&house, "2026-03-07T12:00:00Z", 100).await, "10");
        assert_eq!(accrued(&house, "2026-03-05T11:00:00Z", 100).await, "5");
        house.close_and_verify().await;
    });
}

#[test]
fn settings_change_from_their_date_on_and_every_version_is_kept() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
        house.log_in(&shop, PHONE).await;
        let path = format!("/tenants/{}/settings", shop.id);
        let doubled = json!({
            "currency": "TJS", "min_purchase_amount": "10.00",
            "tiers": [{"name": "Base", "color": "#8A8A8A", "from_total_spent": "0.00", "bonus_percent": "10"}],
        });
        let past = house
            .operate(
                "PUT",
                &path,
                json!({"settings": doubled, "effective_from": "2026-03-01T00:00:00Z"}),
            )
            .await;
        assert_eq!(past.error(), (422, "effective_from_in_the_past", Some("effective_from")));
        let planned = house
            .operate(
                "PUT",
                &path,
                json!({"settings": doubled, "effective_from": "2026-03-04T00:00:00Z"}),
            )
            .await;
        assert_eq!(planned.status, 200, "{planned:?}");
        let accrued = async |house: &TestHouse| {
            let sale = json!({"client_phone": PHONE, "total_amount": 100});
            house.sell(&shop, sale).await.data()["bonus_accrued"].to_string()
        };
        assert_eq!(accrued(&house).await, "5");
        house.advance_days(2);
        assert_eq!(accrued(&house).await, "10");
        let backdated = json!({"client_phone": PHONE, "total_amount": 100, "sale_date": "2026-03-03T10:00:00Z"});
        assert_eq!(house.sell(&shop, backdated).await.data()["bonus_accrued"].to_string(), "5");
        let house = house.reopen().await;
        assert_eq!(accrued(&house).await, "10");
        house.close_and_verify().await;
    });
}

#[test]
fn tokens_and_secrets_rotate_with_a_grace_and_a_suspended_tenant_is_told_so() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let path = |what: &str| format!("/tenants/{}/{what}", shop.id);
        let rotated = house
            .operate("POST", &path("rotate"), json!({"what": "token", "grace_seconds": 60}))
            .await;
        let token = rotated.data()["tenant_token"].as_str().unwrap().to_owned();
        let newer = crate::house::Shop { token, ..shop.clone() };
        assert_eq!(house.log_in(&shop, PHONE).await.status, 200);
        assert_eq!(house.log_in(&newer, PHONE).await.status, 200);
        house.advance_seconds(60);
        assert_eq!(house.log_in(&shop, PHONE).await.error().1, "tenant_token_invalid");
        let rotated = house
            .operate("POST", &path("rotate"), json!({"what": "secret", "grace_seconds": 0}))
            .await;
        let secret = rotated.data()["partner_secret"].as_str().unwrap().to_owned();
        assert_eq!(house.log_in(&newer, PHONE).await.error().1, "signature_invalid");
        let newest = crate::house::Shop { secret, ..newer };
        let house = house.reopen().await;
        assert_eq!(house.log_in(&newest, PHONE).await.status, 200);
        house.operate("POST", &path("suspend"), json!({})).await;
        assert_eq!(house.log_in(&newest, PHONE).await.error(), (403, "tenant_suspended", None));
        house.operate("POST", &path("resume"), json!({})).await;
        assert_eq!(house.log_in(&newest, PHONE).await.status, 200);
        house.close_and_verify().await;
    });
}
