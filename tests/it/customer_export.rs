//! All that is kept of a customer: complete, consistent at the event that it names, and about nobody else.

use crate::house::{Ask, PHONE, Shop, TestHouse, run};
use crate::merges::{OTHER, merge, path_of};
use serde_json::{Value, json};

const INVITER: &str = "+992901234569";

async fn export(house: &TestHouse, shop: &Shop, who: &str) -> Value {
    let answer = house.operate("GET", &path_of(shop, who, "export"), Value::Null).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.data().clone()
}

/// In cents; figures of JSON are read from their text.
fn cents(value: &Value) -> i64 {
    let text = value.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, "0"));
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let part: i64 = format!("{part:0<2}").parse().unwrap();
    whole.parse::<i64>().unwrap() * 100 + sign * part
}

#[test]
fn a_person_gets_all_that_is_kept_of_them_and_of_nobody_else() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"welcome_bonus": "10.00"})).await;
        let inviter = house.bearer(&shop, INVITER).await;
        let code = house.app(&shop, &inviter, Ask::get("/client/referral")).await;
        let code = code.data()["code"].as_str().unwrap().to_owned();
        let named = json!({"phone": PHONE, "full_name": "Anna Karenina", "referral_code": code});
        let opened = house.ask(&shop, Ask::post("/partner/auth", &named)).await;
        let bearer = opened.data()["token"].as_str().unwrap().to_owned();
        let birth = json!({"birth_date": "1990-05-01"});
        assert_eq!(
            house.app(&shop, &bearer, Ask::put("/client/profile", &birth)).await.status,
            200
        );
        house.log_in(&shop, OTHER).await;
        house.grant(&shop, OTHER, "30").await;
        assert_eq!(merge(&house, &shop, OTHER, PHONE).await.status, 200);
        let sale = json!({
            "client_phone": PHONE, "total_amount": 80, "gross_amount": 100, "bonus_redeem_amount": 20,
            "external_sale_id": "r-1", "cashier": "Boris Godunov", "store": "Rudaki",
            "lines": [{"sku": "tea", "name": "Green tea", "line_amount": 100}]
        });
        assert_eq!(house.sell(&shop, sale).await.status, 201);
        house.house.checkpoint().await.unwrap();
        let refund = json!({"client_phone": PHONE, "external_sale_id": "r-1", "lines": [{"line": 1, "quantity": 1}]});
        let refunded = house.ask(&shop, Ask::post("/partner/refund", &refund)).await;
        assert_eq!(refunded.status, 201, "{refunded:?}");
        let durable = house.house.durable().unwrap().number();

        let told = export(&house, &shop, PHONE).await;
        assert_eq!(told["as_of_event"], json!(durable));
        assert_eq!(told["person"]["phone"], json!(PHONE));
        assert_eq!(told["person"]["full_name"], json!("Anna Karenina"));
        assert_eq!(told["person"]["birth_date"], json!("1990-05-01"));
        assert_eq!(
            (&told["person"]["logins"], &told["standing"]["invited"]),
            (&json!(1), &json!(true))
        );
        assert_eq!(told["merged"][0]["phone"], json!(OTHER));
        let operations = told["operations"].as_array().unwrap();
        let rows: i64 = operations
            .iter()
            .flat_map(|operation| operation["rows"].as_array().unwrap())
            .map(|row| cents(&row["amount"]))
            .sum();
        assert_eq!(rows, cents(&told["standing"]["balance"]), "rows of both add up");
        let kinds: Vec<&str> =
            operations.iter().map(|operation| operation["kind"].as_str().unwrap()).collect();
        for kind in ["customer_registered", "adjustment", "customer_merged", "sale", "return"] {
            assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
        }
        let sale = operations.iter().find(|operation| operation["kind"] == json!("sale")).unwrap();
        assert_eq!(sale["sales"][0]["record"]["lines"][0]["name"], json!("Green tea"));
        assert_eq!(sale["sales"][0]["figures"].as_array().map(Vec::len), Some(1));
        assert_eq!(sale["messages"][0]["waiting"], json!(true));
        let said = told.to_string();
        let secret = bearer.split_once('|').unwrap().1;
        for hidden in [&INVITER[1..], "Boris Godunov", secret, &code] {
            assert!(!said.contains(hidden), "{hidden}: {said}");
        }
        // The same again, from what a restart finds; of who was forgotten, nothing.
        let house = house.reopen().await;
        let again = export(&house, &shop, OTHER).await;
        assert_eq!(again["operations"], told["operations"]);
        let reason = json!({"reason": "letter"});
        let forgotten = house.operate("POST", &path_of(&shop, PHONE, "forget"), reason).await;
        assert_eq!(forgotten.status, 200);
        let gone =
            house.operate("GET", &path_of(&shop, "2000000000022", "export"), Value::Null).await;
        assert_eq!(gone.error(), (404, "customer_not_found", None));
        house.close_and_verify().await;
    });
}

#[test]
fn only_owners_and_operators_answer_letters() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        for (role, expected) in [("auditor", 403), ("support", 403), ("operator", 200)] {
            let body = json!({"name": format!("a-{role}"), "role": role});
            let added = house.operate("POST", "/operators", body).await;
            let token = added.data()["token"].as_str().unwrap().to_owned();
            let path = path_of(&shop, PHONE, "export");
            let told = house.operate_as(&token, ("GET", &path), Value::Null, &[]).await;
            assert_eq!(told.status, expected, "{role}");
            if role == "operator" {
                assert_eq!(told.data()["operations"][0]["kind"], json!("customer_registered"));
            }
        }
        house.close_and_verify().await;
    });
}
