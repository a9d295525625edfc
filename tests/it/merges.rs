//! Merges through the doors: every name of the one leads to the other, whatever was sold before, at the
//! same time or after.

use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, options, run};
use crate::parallel::together;
use kopilka::engine::HouseOptions;
use serde_json::{Value, json};
use std::future::Future;
use std::pin::Pin;

pub(crate) const OTHER: &str = "+992901234568";

pub(crate) fn path_of(shop: &Shop, customer: &str, action: &str) -> String {
    format!("/tenants/{}/customers/{}/{action}", shop.id, customer.replace('+', "%2B"))
}

pub(crate) async fn merge(house: &TestHouse, shop: &Shop, from: &str, into: &str) -> Answer {
    let body = json!({"into": into, "reason": "two cards"});
    house.operate("POST", &path_of(shop, from, "merge"), body).await
}

async fn sell(house: &TestHouse, shop: &Shop, phone: &str, id: &str) -> Answer {
    let sale = json!({"client_phone": phone, "total_amount": 100, "external_sale_id": id});
    house.sell(shop, sale).await
}

async fn balance(house: &TestHouse, shop: &Shop, phone: &str) -> String {
    house.client(shop, phone).await["bonus_balance"].to_string()
}

async fn page(house: &TestHouse, shop: &Shop, phone: &str, what: &str) -> Vec<Value> {
    let path = format!("/partner/client/{}/{what}", phone.replace('+', "%2B"));
    let answer = house.ask(shop, Ask::get(&path)).await;
    answer.data()["data"].as_array().or(answer.data().as_array()).unwrap().clone()
}

#[test]
fn every_name_of_the_one_leads_to_the_other() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let bearer = house.bearer(&shop, OTHER).await;
        house.log_in(&shop, PHONE).await;
        house.grant(&shop, OTHER, "30").await;
        house.grant(&shop, PHONE, "20").await;
        let carded =
            house.operate("PUT", &path_of(&shop, OTHER, "card"), json!({"card": "C-7"})).await;
        let ean = carded.data()["barcode_ean13"].as_str().unwrap().to_owned();
        assert_eq!(sell(&house, &shop, OTHER, "r-1").await.status, 201);
        let history = page(&house, &shop, OTHER, "transactions").await;
        let transaction = history[0]["id"].as_u64().unwrap();

        let merged = merge(&house, &shop, OTHER, PHONE).await;
        let expected = json!({"client_id": 2, "merged_client_id": 1, "moved": 35, "forfeited": 0});
        assert_eq!(merged.data(), &expected);
        for name in [OTHER, PHONE] {
            assert_eq!(balance(&house, &shop, name).await, "55", "{name}");
        }
        for name in ["C-7", ean.as_str()] {
            let shown = house.ask(&shop, Ask::get(&format!("/partner/client/{name}"))).await;
            assert_eq!(shown.data()["id"], json!(2), "{name}");
        }
        let profile = house.app(&shop, &bearer, Ask::get("/client/profile")).await;
        assert_eq!(profile.error().0, 401, "tokens of the source are revoked");
        // A sale by the old phone goes to the target; so does an old one that comes back.
        assert_eq!(sell(&house, &shop, OTHER, "r-2").await.status, 201);
        assert_eq!(balance(&house, &shop, PHONE).await, "60");
        assert_eq!(sell(&house, &shop, PHONE, "r-1").await.error().1, "duplicate_sale");
        for phone in [OTHER, PHONE] {
            let path =
                format!("/partner/client/{}/explain/{transaction}", phone.replace('+', "%2B"));
            assert_eq!(house.ask(&shop, Ask::get(&path)).await.status, 200);
        }
        let refund = json!({"client_phone": PHONE, "external_sale_id": "r-1"});
        let refunded = house.ask(&shop, Ask::post("/partner/refund", &refund)).await;
        assert_eq!(refunded.status, 201, "{refunded:?}");
        assert_eq!(balance(&house, &shop, OTHER).await, "55");
        let told = page(&house, &shop, PHONE, "transactions").await;
        let moved = told.iter().find(|row| row["type"] == json!("merge_in")).unwrap();
        let path = format!("/partner/client/{}/explain/{}", PHONE.replace('+', "%2B"), moved["id"]);
        let explained = house.ask(&shop, Ask::get(&path)).await;
        assert_eq!(explained.data()["other_client_id"], json!(1));
        // The phone is nobody else's: a login is the target's.
        assert_eq!(house.log_in(&shop, OTHER).await.data()["client"]["id"], json!(2));
        house.reopen().await.close_and_verify().await;
    });
}

/// When a customer bought first and last, as the BonusPlus dialect tells it.
async fn purchases(house: &TestHouse, shop: &Shop) -> [String; 2] {
    let path = format!("/customer?phone={}", PHONE.trim_start_matches('+'));
    let shown = house.plus(shop, "GET", &path, Value::Null).await.body;
    ["firstPurchaseDate", "lastPurchaseDate"].map(|name| shown[name].as_str().unwrap().to_owned())
}

#[test]
fn the_first_and_the_last_purchase_are_those_of_both() {
    run(async {
        for later in [OTHER, PHONE] {
            let house = TestHouse::new().await;
            let shop = house.shop(json!({})).await;
            for phone in [OTHER, PHONE] {
                house.log_in(&shop, phone).await;
            }
            let earlier = if later == OTHER { PHONE } else { OTHER };
            sell(&house, &shop, earlier, "r-1").await;
            house.advance_days(2);
            sell(&house, &shop, later, "r-2").await;
            house.advance_days(1);
            assert_eq!(merge(&house, &shop, OTHER, PHONE).await.status, 200);
            let expected = ["2026-03-02T14:00:00+05:00", "2026-03-04T14:00:00+05:00"];
            assert_eq!(house.client(&shop, PHONE).await["last_visit_at"], json!(expected[1]));
            assert_eq!(purchases(&house, &shop).await, expected, "{later} bought later");
            let house = house.reopen().await;
            assert_eq!(purchases(&house, &shop).await, expected, "{later} bought later");
            house.close_and_verify().await;
        }
    });
}

/// What expires of the source at the merge itself is not taken back again, whoever knows of it: memory, the
/// tables, or what is read again.
#[test]
fn what_expired_at_the_merge_is_not_taken_back_by_a_return() {
    run(async {
        for reopened in [false, true] {
            let house = TestHouse::new().await;
            let shop = house.shop(json!({"expire_after_days": 1})).await;
            for phone in [OTHER, PHONE] {
                house.log_in(&shop, phone).await;
            }
            assert_eq!(sell(&house, &shop, OTHER, "r-1").await.status, 201);
            house.advance_days(5);
            assert_eq!(merge(&house, &shop, OTHER, PHONE).await.status, 200);
            let house = if reopened { house.reopen().await } else { house };
            let refund = json!({"client_phone": PHONE, "external_sale_id": "r-1"});
            let refunded = house.ask(&shop, Ask::post("/partner/refund", &refund)).await;
            let told = refunded.data();
            assert_eq!(
                (&told["accrual_reversed"], &told["already_expired"]),
                (&json!(0), &json!(5))
            );
            assert_eq!(balance(&house, &shop, PHONE).await, "0", "reopened: {reopened}");
            house.close_and_verify().await;
        }
    });
}

#[test]
fn a_merge_is_done_once_and_answered_again() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"welcome_bonus": "10.00"})).await;
        house.log_in(&shop, OTHER).await;
        house.log_in(&shop, PHONE).await;
        let path = path_of(&shop, OTHER, "merge");
        let body = json!({"into": PHONE, "reason": "two cards"});
        let key = [("idempotency-key", "m-1")];
        let first = house.operate_with("POST", &path, body.clone(), &key).await;
        assert_eq!(first.data()["forfeited"], json!(10));
        let again = house.operate_with("POST", &path, body.clone(), &key).await;
        assert_eq!(again.body, first.body);
        let other = json!({"into": PHONE, "reason": "another"});
        let reused = house.operate_with("POST", &path, other, &key).await;
        assert_eq!(reused.error().1, "idempotency_key_reused");
        assert_eq!(house.operate("POST", &path, body).await.error().1, "already_merged");
        for (from, into, code) in [
            (PHONE, OTHER, "merge_into_itself"),
            (PHONE, PHONE, "merge_into_itself"),
            (PHONE, "+992900000000", "merge_target_not_found"),
            ("+992900000000", PHONE, "customer_not_found"),
        ] {
            assert_eq!(merge(&house, &shop, from, into).await.error().1, code, "{from} {into}");
        }
        let list =
            house.operate("GET", &format!("/tenants/{}/customers", shop.id), Value::Null).await;
        assert_eq!(list.data()["customers"].as_array().unwrap().len(), 1);
        house.close_and_verify().await;
    });
}

#[test]
fn a_referral_code_and_reserves_move_along() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"redeem_hold_seconds": 0, "max_redeem_percent": "100"})).await;
        let bearer = house.bearer(&shop, OTHER).await;
        house.log_in(&shop, PHONE).await;
        house.grant(&shop, OTHER, "30").await;
        let code = house.app(&shop, &bearer, Ask::get("/client/referral")).await;
        let code = code.data()["code"].as_str().unwrap().to_owned();
        let reserve = json!({"client_phone": OTHER, "amount": 10});
        let reserve = house.ask(&shop, Ask::post("/partner/reserve", &reserve)).await;
        let name = reserve.data()["id"].as_str().unwrap().to_owned();
        assert_eq!(merge(&house, &shop, OTHER, PHONE).await.status, 200);
        let friend = json!({"phone": "+992901234560", "referral_code": code});
        assert_eq!(house.ask(&shop, Ask::post("/partner/auth", &friend)).await.status, 201);
        house.house.sweep().await.unwrap();
        let commit = json!({"amount": 10, "total_amount": 100});
        let committed =
            house.ask(&shop, Ask::post(&format!("/partner/reserve/{name}/commit"), &commit)).await;
        assert_eq!(committed.status, 200, "{committed:?}");
        assert_eq!(balance(&house, &shop, PHONE).await, "20");
        house.reopen().await.close_and_verify().await;
    });
}

type Asked<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// Two arbiters, sales on both accounts, merges of both into each other and of a third into both.
#[test]
fn sales_at_the_same_time_are_all_there() {
    const SALES: usize = 60;
    const THIRD: &str = "+992901234569";
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let options = HouseOptions { arbiters: 2, ..options(&dir.path().join("ledger")) };
        let house = TestHouse::open(dir, options).await;
        let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
        for phone in [OTHER, PHONE, THIRD] {
            house.log_in(&shop, phone).await;
        }
        let (house_ref, shop_ref) = (&house, &shop);
        let mut asked: Vec<Asked<'_>> = Vec::new();
        for number in 0..SALES {
            let phone = [OTHER, PHONE, THIRD][number % 3];
            asked.push(Box::pin(async move {
                sell(house_ref, shop_ref, phone, &format!("r-{number}")).await
            }));
            if number == SALES / 2 {
                for (from, into) in [(OTHER, PHONE), (PHONE, OTHER), (THIRD, PHONE), (THIRD, OTHER)]
                {
                    asked.push(Box::pin(merge(house_ref, shop_ref, from, into)));
                }
            }
        }
        let answers = together(asked).await;
        let sold = answers.iter().filter(|answer| answer.status == 201).count();
        let merged = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!((sold, merged), (SALES, 2), "{answers:?}");
        for phone in [OTHER, PHONE, THIRD] {
            assert_eq!(balance(&house, &shop, phone).await, (SALES * 5).to_string());
        }
        house.checkpoint_and_advance(1).await;
        let house = house.reopen().await;
        let client = house.client(&shop, THIRD).await;
        assert_eq!(client["total_spent"], json!(SALES * 100));
        house.close_and_verify().await;
    });
}
