//! Forgetting through the doors: whatever a person was known by is free and leads nowhere, money still goes
//! back for what they bought, and nothing that the house says names them.

use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use crate::merges::{OTHER, merge, path_of};
use kopilka::api::{bonusplus_routes, routes};
use serde_json::{Value, json};

const NAME: &str = "Anna Karenina";
const CARD: &str = "CLUB-7";
/// The bar code of the first customer.
const EAN: &str = "2000000000015";

async fn forget(house: &TestHouse, shop: &Shop, who: &str) -> Answer {
    let body = json!({"reason": "letter of 2 March"});
    house.operate("POST", &path_of(shop, who, "forget"), body).await
}

/// Customer 1 with all there can be, and customer 2 besides.
async fn furnish(house: &TestHouse, shop: &Shop) -> String {
    let named = json!({"phone": PHONE, "full_name": NAME});
    assert_eq!(house.ask(shop, Ask::post("/partner/auth", &named)).await.status, 201);
    let bearer = house.bearer(shop, PHONE).await;
    house.log_in(shop, OTHER).await;
    let carded = house.operate("PUT", &path_of(shop, PHONE, "card"), json!({"card": CARD})).await;
    assert_eq!(carded.data()["barcode_ean13"], json!(EAN));
    house.grant(shop, PHONE, "100").await;
    let device = json!({"token": "device-of-anna", "platform": "ios"});
    let registered = house.app(shop, &bearer, Ask::post("/client/device-token", &device)).await;
    assert!(registered.status < 300, "{registered:?}");
    let reserve = json!({"client_phone": PHONE, "amount": 30});
    assert_eq!(house.ask(shop, Ask::post("/partner/reserve", &reserve)).await.status, 201);
    let sale = json!({
        "client_phone": PHONE, "total_amount": 80, "gross_amount": 100, "bonus_redeem_amount": 20,
        "external_sale_id": "r-1"
    });
    assert_eq!(house.sell(shop, sale).await.status, 201);
    bearer
}

#[test]
fn every_name_is_free_and_tokens_are_dead() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"welcome_bonus": "10.00"})).await;
        let bearer = furnish(&house, &shop).await;
        let forgotten = forget(&house, &shop, PHONE).await;
        let expected = json!({"client_id": 1, "forgotten_at": "2026-03-02T14:00:00+05:00", "merged_client_ids": []});
        assert_eq!(forgotten.data(), &expected);
        let house = house.reopen().await;
        for name in [PHONE, EAN, CARD] {
            let path = format!("/partner/client/{}", name.replace('+', "%2B"));
            let shown = house.ask(&shop, Ask::get(&path)).await;
            assert_eq!(shown.error(), (404, "customer_not_found", None), "{name}");
            let path = path_of(&shop, name, "block");
            let blocked = house.operate("POST", &path, Value::Null).await;
            assert_eq!(blocked.error().1, "customer_not_found", "{name}");
        }
        let profile = house.app(&shop, &bearer, Ask::get("/client/profile")).await;
        assert_eq!(profile.error().0, 401);
        // The same answer again, by the name that is left: the number.
        house.advance_days(1);
        assert_eq!(forget(&house, &shop, EAN).await.data(), &expected);
        assert_eq!(forget(&house, &shop, PHONE).await.error().1, "customer_not_found");
        // The phone and the card are somebody's again; a second welcome bonus there is not.
        let anew = house.log_in(&shop, PHONE).await;
        assert_eq!(anew.data()["client"]["id"], json!(3));
        assert_eq!(anew.data()["client"]["bonus_balance"], json!(0));
        let carded =
            house.operate("PUT", &path_of(&shop, PHONE, "card"), json!({"card": CARD})).await;
        assert_eq!(carded.status, 200);
        house.reopen().await.close_and_verify().await;
    });
}

#[test]
fn one_key_is_one_forgetting_and_a_merge_with_who_was_forgotten_is_refused() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        furnish(&house, &shop).await;
        let body = json!({"reason": "letter"});
        let path = path_of(&shop, PHONE, "forget");
        let key = [("idempotency-key", "letter-7")];
        let first = house.operate_with("POST", &path, body.clone(), &key).await;
        assert_eq!(first.status, 200, "{first:?}");
        assert_eq!(house.operate_with("POST", &path, body, &key).await.body, first.body);
        let other = json!({"reason": "another"});
        let reused = house.operate_with("POST", &path, other, &key).await;
        assert_eq!(reused.error().1, "idempotency_key_reused");
        assert_eq!(merge(&house, &shop, EAN, OTHER).await.error().1, "customer_not_found");
        assert_eq!(merge(&house, &shop, OTHER, EAN).await.error().1, "merge_target_not_found");
        house.close_and_verify().await;
    });
}

#[test]
fn money_goes_back_for_what_was_bought_and_late_sales_find_nobody() {
    run(async {
        for anew in [false, true] {
            let house = TestHouse::new().await;
            let shop = house.shop(json!({})).await;
            furnish(&house, &shop).await;
            assert_eq!(forget(&house, &shop, PHONE).await.status, 200);
            house.house.checkpoint().await.unwrap();
            house.advance_days(2);
            if anew {
                house.log_in(&shop, PHONE).await;
            }
            let late = json!({
                "client_phone": PHONE, "total_amount": 10, "sale_date": "2026-03-02T13:00:00+05:00"
            });
            let expected = if anew { "sale_date_before_join" } else { "customer_not_found" };
            assert_eq!(house.sell(&shop, late).await.error().1, expected);
            // By the phone on the receipt, whoever has it now.
            let refund = json!({"client_phone": PHONE, "external_sale_id": "r-1"});
            let refunded = house.ask(&shop, Ask::post("/partner/refund", &refund)).await;
            assert_eq!(refunded.status, 201, "{refunded:?}");
            let told = refunded.data();
            assert_eq!((&told["money"], &told["bonus_restored"]), (&json!(80), &json!(0)));
            assert_eq!(told["new_balance"], json!(0));
            let again = house.ask(&shop, Ask::post("/partner/refund", &refund)).await;
            assert_eq!(again.error().1, "nothing_left_to_return");
            let path = format!("/tenants/{}/sales?external_id=r-1", shop.id);
            let sale = house.operate("GET", &path, Value::Null).await;
            assert_eq!(sale.data()[0]["returns"].as_array().map(Vec::len), Some(1), "{sale:?}");
            if anew {
                assert_eq!(house.client(&shop, PHONE).await["bonus_balance"], json!(0));
            }
            house.close_and_verify().await;
        }
    });
}

#[test]
fn whoever_was_merged_into_a_customer_is_forgotten_in_the_same_operation() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        furnish(&house, &shop).await;
        assert_eq!(merge(&house, &shop, PHONE, OTHER).await.status, 200);
        house.house.checkpoint().await.unwrap();
        let forgotten = forget(&house, &shop, PHONE).await;
        assert_eq!(forgotten.data()["client_id"], json!(2));
        assert_eq!(forgotten.data()["merged_client_ids"], json!([1]));
        let house = house.reopen().await;
        for name in [PHONE, OTHER, EAN, CARD] {
            let shown = house
                .operate("GET", path_of(&shop, name, "").trim_end_matches('/'), Value::Null)
                .await;
            assert_eq!(shown.status, 404, "{name}: {shown:?}");
        }
        assert_eq!(forget(&house, &shop, EAN).await.data(), forgotten.data());
        assert_eq!(house.log_in(&shop, PHONE).await.data()["client"]["id"], json!(3));
        house.reopen().await.close_and_verify().await;
    });
}

/// A code that was sent before is good for nothing afterwards, and is not sent if it was not yet.
#[test]
fn a_code_that_was_sent_is_no_good() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        furnish(&house, &shop).await;
        let send = Ask::post("/auth/send-otp", &json!({"phone": PHONE}));
        let send = send.with("x-tenant-token", &shop.token);
        assert_eq!(house.raw(send).await.status, 200);
        let code = house.last_code(PHONE).await;
        assert_eq!(forget(&house, &shop, PHONE).await.status, 200);
        let verify = Ask::post("/auth/register", &json!({"phone": PHONE, "code": code}));
        let refused = house.raw(verify.with("x-tenant-token", &shop.token)).await;
        assert_eq!(refused.error().1, "code_invalid");
        house.close_and_verify().await;
    });
}

/// Every address that can be read, with every name that the customer had.
#[test]
fn nothing_that_the_house_says_names_who_was_forgotten() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let bearer = furnish(&house, &shop).await;
        assert_eq!(merge(&house, &shop, PHONE, OTHER).await.status, 200);
        assert_eq!(forget(&house, &shop, PHONE).await.status, 200);
        house.log_in(&shop, "+992907777777").await;
        for checkpointed in [false, true] {
            if checkpointed {
                house.house.checkpoint().await.unwrap();
            }
            let mut walked = 0;
            for (verb, path) in routes().into_iter().filter(|(verb, _)| *verb == "GET") {
                for name in [PHONE, OTHER, EAN, CARD, "+992907777777"] {
                    let path = filled(path, &shop, name);
                    let answer = if let Some(path) = path.strip_prefix("/operator/v1") {
                        house.operate("GET", path, Value::Null).await
                    } else if !path.starts_with("/api/v1") {
                        continue;
                    } else if path.contains("/client/") && !path.contains("/partner/") {
                        house
                            .app(&shop, &bearer, Ask::get(path.trim_start_matches("/api/v1")))
                            .await
                    } else {
                        house.ask(&shop, Ask::get(path.trim_start_matches("/api/v1"))).await
                    };
                    says_nothing(&format!("{verb} {path}"), &answer);
                    walked += 1;
                }
            }
            for (verb, path) in bonusplus_routes().into_iter().filter(|(verb, _)| *verb == "GET") {
                let path = filled(path, &shop, PHONE.trim_start_matches('+'));
                let path = path.trim_start_matches("/api").to_owned();
                for path in [path.clone(), format!("{path}?phone={}", &PHONE[1..])] {
                    let answer = house.plus(&shop, "GET", &path, Value::Null).await;
                    says_nothing(&format!("{verb} {path}"), &answer);
                    walked += 1;
                }
            }
            assert!(walked > 150, "{walked}");
        }
        let listed = json!({"rowCount": 100, "startRow": 1});
        let list = house.plus(&shop, "POST", "/customer/list", listed).await;
        says_nothing("POST /customer/list", &list);
        assert_eq!(list.body.as_array().map(Vec::len), Some(1));
        house.close_and_verify().await;
    });
}

/// An address with something in each of its gaps.
fn filled(path: &str, shop: &Shop, name: &str) -> String {
    let name = name.replace('+', "%2B");
    let words = path.split('/').map(|word| match word {
        "{tenant}" => shop.id.to_string(),
        "{identifier}" | "{phone}" => name.clone(),
        word if word.starts_with('{') => "1".to_owned(),
        word => word.to_owned(),
    });
    words.collect::<Vec<_>>().join("/")
}

fn says_nothing(what: &str, answer: &Answer) {
    let said = answer.body.to_string();
    for secret in [&PHONE[1..], &OTHER[1..], "901234567", NAME, "Karenina", CARD, "device-of-anna"]
    {
        assert!(!said.contains(secret), "{what} says {secret}: {said}");
    }
}
