//! What a customer's app reads and writes besides pages: profile, stores, branding; and who may.

use crate::house::{Ask, PHONE, Shop, TestHouse, run};
use serde_json::{Value, json};

const READS: [&str; 4] =
    ["/client/profile", "/client/transactions", "/client/purchases", "/client/stores"];

async fn put_profile(house: &TestHouse, shop: &Shop, bearer: &str, change: Value) -> (u16, Value) {
    let answer = house.app(shop, bearer, Ask::put("/client/profile", &change)).await;
    (answer.status, answer.body)
}

#[test]
fn a_bearer_is_good_in_its_own_tenant_only() {
    run(async {
        let house = TestHouse::new().await;
        let (shop, other) = (house.shop(json!({})).await, house.shop(json!({})).await);
        let bearer = house.bearer(&shop, PHONE).await;
        house.bearer(&other, PHONE).await;
        for path in READS {
            assert_eq!(house.app(&shop, &bearer, Ask::get(path)).await.status, 200, "{path}");
            let foreign = house.app(&other, &bearer, Ask::get(path)).await;
            assert_eq!(foreign.error(), (401, "bearer_invalid", None), "{path}");
            let nobody = house.raw(Ask::get(path).with("x-tenant-token", &shop.token)).await;
            assert_eq!(nobody.error(), (401, "bearer_invalid", None), "{path}");
        }
        let (status, body) = put_profile(&house, &other, &bearer, json!({"gender": "x"})).await;
        assert_eq!((status, &body["code"]), (401, &json!("bearer_invalid")));
        house.operate("POST", &format!("/tenants/{}/suspend", shop.id), Value::Null).await;
        for path in READS.into_iter().chain(["/client/settings"]) {
            let closed = house.app(&shop, &bearer, Ask::get(path)).await;
            assert_eq!(closed.error(), (403, "tenant_suspended", None), "{path}");
        }
    });
}

#[test]
fn a_blocked_customer_may_still_read() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let bearer = house.bearer(&shop, PHONE).await;
        let path = format!("/tenants/{}/customers/%2B992901234567/block", shop.id);
        house.operate("POST", &path, Value::Null).await;
        for path in READS {
            assert_eq!(house.app(&shop, &bearer, Ask::get(path)).await.status, 200, "{path}");
        }
    });
}

#[test]
fn a_profile_is_changed_field_by_field() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let bearer = house.bearer(&shop, PHONE).await;
        let check = async |change: Value, expected: [Value; 3]| {
            let (status, body) = put_profile(&house, &shop, &bearer, change.clone()).await;
            assert_eq!(status, 200, "{change} {body}");
            let shown = &body["data"];
            let found = [&shown["full_name"], &shown["birth_date"], &shown["gender"]];
            assert_eq!(found, expected.each_ref(), "{change}");
        };
        let (name, born, gender) = (json!("Anna"), json!("1990-05-01"), json!("female"));
        check(json!({}), [Value::Null, Value::Null, Value::Null]).await;
        let all = json!({"full_name": "Anna", "birth_date": "1990-05-01", "gender": "female"});
        check(all, [name.clone(), born.clone(), gender.clone()]).await;
        check(json!({"birth_date": null}), [name.clone(), Value::Null, gender.clone()]).await;
        check(json!({"full_name": " Anna K. "}), [json!("Anna K."), Value::Null, gender]).await;
        check(json!({"gender": null, "full_name": ""}), [Value::Null, Value::Null, Value::Null])
            .await;
        // Today in the tenant's zone is the last day.
        check(json!({"birth_date": "2026-03-02"}), [Value::Null, json!("2026-03-02"), Value::Null])
            .await;
        for (change, code, field) in [
            (json!({"birth_date": "2026-03-03"}), "birth_date_out_of_range", "birth_date"),
            (json!({"birth_date": "1899-12-31"}), "birth_date_out_of_range", "birth_date"),
            (json!({"birth_date": "2025-02-29"}), "invalid_date", "birth_date"),
            (json!({"birth_date": 5}), "wrong_type", "birth_date"),
            (json!({"full_name": "x".repeat(256)}), "too_long", "full_name"),
            (json!({"gender": "x".repeat(21)}), "too_long", "gender"),
            (json!({"phone": PHONE}), "unknown_field", "phone"),
            (json!([]), "wrong_type", "body"),
        ] {
            let (status, body) = put_profile(&house, &shop, &bearer, change.clone()).await;
            let found = (status, body["code"].as_str(), body["field"].as_str());
            assert_eq!(found, (422, Some(code), Some(field)), "{change}");
        }
        let house = house.reopen().await;
        let kept = house.app(&shop, &bearer, Ask::get("/client/profile")).await;
        assert_eq!(kept.data()["birth_date"], json!("2026-03-02"));
        house.close_and_verify().await;
    });
}

#[test]
fn branding_is_shown_to_anybody_with_the_tenants_token() {
    run(async {
        let house = TestHouse::new().await;
        let plain = house.shop(json!({})).await;
        let branded = json!({
            "store_name": "Khorosho Retail", "logo_url": "https://example.com/42.png",
            "primary_color": "#0E7C66", "bonus_unit": "point",
        });
        let branded = house.shop(branded).await;
        let settings = async |shop: &Shop| {
            let ask = Ask::get("/client/settings").with("x-tenant-token", &shop.token);
            house.raw(ask).await.data().clone()
        };
        let expected = json!({
            "store_name": "Khorosho", "logo_url": null, "primary_color": null, "currency": "TJS",
            "bonus_unit": "bonus",
        });
        assert_eq!(settings(&plain).await, expected);
        let expected = json!({
            "store_name": "Khorosho Retail", "logo_url": "https://example.com/42.png",
            "primary_color": "#0E7C66", "currency": "TJS", "bonus_unit": "point",
        });
        assert_eq!(settings(&branded).await, expected);
        let nobody = house.raw(Ask::get("/client/settings")).await;
        assert_eq!(nobody.error(), (401, "tenant_token_invalid", None));
    });
}

#[test]
fn stores_are_listed_by_operators_and_read_by_customers() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let bearer = house.bearer(&shop, PHONE).await;
        let path = format!("/tenants/{}/stores", shop.id);
        let list = async |house: &TestHouse, stores: Value| {
            house.operate("PUT", &path, json!({"stores": stores})).await
        };
        let shown = async |house: &TestHouse| {
            house.app(&shop, &bearer, Ask::get("/client/stores")).await.data().clone()
        };
        assert_eq!(shown(&house).await, json!([]));
        let first = json!([{"name": "Rudaki", "address": "12 Rudaki Ave"}, {"name": "Somoni"}]);
        assert_eq!(list(&house, first).await.status, 200);
        let expected = json!([
            {"id": 1, "name": "Rudaki", "address": "12 Rudaki Ave"},
            {"id": 2, "name": "Somoni", "address": null},
        ]);
        assert_eq!(shown(&house).await, expected);
        let renamed = list(&house, json!([{"id": 2, "name": "Center"}])).await;
        let expected = json!([
            {"id": 1, "name": "Rudaki", "address": "12 Rudaki Ave", "open": false},
            {"id": 2, "name": "Center", "address": null, "open": true},
        ]);
        assert_eq!(*renamed.data(), expected);
        assert_eq!(shown(&house).await, json!([{"id": 2, "name": "Center", "address": null}]));
        let house = house.reopen().await;
        assert_eq!(*house.operate("GET", &path, Value::Null).await.data(), expected);
        for (stores, code, field) in [
            (json!([{"name": "A"}, {"name": "A"}]), "stores_invalid", "stores[1].name"),
            (json!([{"name": "A", "id": 9}]), "stores_invalid", "stores[0].id"),
            (json!([{"name": " "}]), "required", "stores[0].name"),
            (json!([{"name": "A", "city": "B"}]), "unknown_field", "stores[0].city"),
            (Value::Null, "required", "stores"),
        ] {
            let refused = list(&house, stores.clone()).await;
            assert_eq!(refused.error(), (422, code, Some(field)), "{stores}");
        }
        let nobody = house.operate("PUT", "/tenants/99/stores", json!({"stores": []})).await;
        assert_eq!(nobody.error(), (404, "tenant_not_found", None));
        house.close_and_verify().await;
    });
}

/// More than one journal record and one entry of the tables hold.
#[test]
fn ten_thousand_stores_survive_a_restart() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let path = format!("/tenants/{}/stores", shop.id);
        let store =
            |number: usize| json!({"name": format!("Store {number}"), "address": "12 Rudaki Ave"});
        let stores: Vec<Value> = (0..10_000).map(store).collect();
        let listed = house.operate("PUT", &path, json!({"stores": stores})).await;
        assert_eq!(listed.status, 200);
        house.house.checkpoint().await.unwrap();
        let house = house.reopen().await;
        let shown = house.operate("GET", &path, Value::Null).await;
        assert_eq!(shown.data(), listed.data());
        let one_more: Vec<Value> = (1..=10_000).map(store).collect();
        let refused = house.operate("PUT", &path, json!({"stores": one_more})).await;
        assert_eq!(refused.error(), (422, "stores_invalid", Some("stores[9999].name")));
        house.close_and_verify().await;
    });
}
