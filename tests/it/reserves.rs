//! Reserves over the API: set aside, spend at most that, release; many at once, the same request again,
//! and a restart in between.

use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use crate::parallel::together;
use serde_json::{Value, json};

const OTHER: &str = "+992907654321";

async fn shop_with(changes: Value) -> (TestHouse, Shop) {
    let house = TestHouse::new().await;
    let shop = house.shop(changes).await;
    for phone in [PHONE, OTHER] {
        house.log_in(&shop, phone).await;
        house.grant(&shop, phone, "100").await;
    }
    (house, shop)
}

async fn reserve(house: &TestHouse, shop: &Shop, body: Value) -> Answer {
    house.ask(shop, Ask::post("/partner/reserve", &body)).await
}

/// The id of a new reserve of the customer.
async fn reserved(house: &TestHouse, shop: &Shop, amount: u32) -> String {
    let answer = reserve(house, shop, json!({"client_phone": PHONE, "amount": amount})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.data()["id"].as_str().unwrap().to_owned()
}

fn commit(id: &str, body: &Value) -> Ask {
    Ask::post(&format!("/partner/reserve/{id}/commit"), body)
}

fn release(id: &str) -> Ask {
    Ask { method: "DELETE", ..Ask::get(&format!("/partner/reserve/{id}")) }
}

/// Balance, redeemable, reserved.
async fn figures(house: &TestHouse, shop: &Shop) -> [String; 3] {
    let client = house.client(shop, PHONE).await;
    ["bonus_balance", "redeemable_balance", "reserved_balance"].map(|name| client[name].to_string())
}

#[test]
fn a_reserve_is_set_aside_spent_and_released() {
    run(async {
        let (house, shop) = shop_with(json!({})).await;
        let body = json!({"client_phone": PHONE, "amount": 50, "total_amount": 200, "external_reserve_id": " c-1 "});
        let answer = reserve(&house, &shop, body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let mut data = answer.data().clone();
        let id = data["id"].take();
        let expected = json!({
            "id": null, "amount": 50, "expires_at": "2026-03-09T14:00:00+05:00",
            "redeemable_balance": 50, "new_balance": 100, "external_reserve_id": "c-1"
        });
        assert_eq!(data, expected);
        assert_eq!(figures(&house, &shop).await, ["100", "50", "50"]);
        let id = id.as_str().unwrap();
        let over = house.ask(&shop, commit(id, &json!({"amount": 51, "total_amount": 900}))).await;
        assert_eq!(over.error(), (422, "redeem_over_reserve", Some("amount")));
        let order = json!({"amount": 40, "total_amount": 200, "external_sale_id": "o-1"});
        let done = house.ask(&shop, commit(id, &order)).await;
        assert_eq!(done.status, 200);
        assert_eq!(done.data()["released"], json!(10));
        assert_eq!(done.data()["amount_redeemed"], json!(40));
        assert_eq!(done.data()["new_balance"], json!(60));
        assert_eq!(figures(&house, &shop).await, ["60", "60", "0"]);
        let again = house.ask(&shop, commit(id, &json!({"amount": 1, "total_amount": 100}))).await;
        assert_eq!(again.error(), (404, "reserve_not_found", None));
        // The sale that follows completes the redemption.
        let sale = json!({"client_phone": PHONE, "total_amount": 160, "external_sale_id": "o-1"});
        assert_eq!(house.sell(&shop, sale).await.status, 201);

        let id = reserved(&house, &shop, 30).await;
        let released = house.ask(&shop, release(&id)).await;
        assert_eq!(released.data(), &json!({"id": id, "released": 30}));
        assert_eq!(house.ask(&shop, release(&id)).await.error().0, 404);
        assert_eq!(house.ask(&shop, release("unknown")).await.error().1, "reserve_not_found");
        house.close_and_verify().await;
    });
}

#[test]
fn a_sale_names_its_reserve() {
    run(async {
        let (house, shop) = shop_with(json!({})).await;
        let id = reserved(&house, &shop, 90).await;
        let sale = |phone: &str, asked: u32| json!({"client_phone": phone, "total_amount": 1000, "bonus_redeem_amount": asked, "reserve_id": id});
        let others = house.sell(&shop, sale(OTHER, 20)).await;
        assert_eq!(others.error(), (422, "reserve_not_open", Some("reserve_id")));
        assert_eq!(house.sell(&shop, sale(PHONE, 101)).await.error().1, "balance_too_low");
        let sold = house.sell(&shop, sale(PHONE, 95)).await;
        assert_eq!((sold.status, &sold.data()["bonus_redeemed"]), (201, &json!(95)));
        assert_eq!(figures(&house, &shop).await, ["55", "5", "0"]);
        assert_eq!(house.sell(&shop, sale(PHONE, 5)).await.error().1, "reserve_not_open");
        house.close_and_verify().await;
    });
}

#[test]
fn an_external_reserve_id_is_taken_once() {
    run(async {
        let (house, shop) = shop_with(json!({})).await;
        let body = |phone: &str, amount: u32| json!({"client_phone": phone, "amount": amount, "external_reserve_id": "c-1"});
        // A refused one does not burn it.
        assert_eq!(reserve(&house, &shop, body(PHONE, 101)).await.error().1, "balance_too_low");
        let first = reserve(&house, &shop, body(PHONE, 10)).await;
        let id = first.data()["id"].as_str().unwrap().to_owned();
        let check = async |house: &TestHouse| {
            for phone in [PHONE, OTHER] {
                let again = reserve(house, &shop, body(phone, 10)).await;
                let expected = (422, "duplicate_reserve", Some("external_reserve_id"));
                assert_eq!(again.error(), expected);
                assert!(again.body["error"].as_str().unwrap().contains(&id));
            }
        };
        check(&house).await;
        let house = house.reopen().await;
        check(&house).await;
        assert_eq!(house.ask(&shop, release(&id)).await.status, 200);
        check(&house).await;
        house.close_and_verify().await;
    });
}

#[test]
fn twenty_at_once_never_set_aside_more_than_there_is() {
    run(async {
        let (house, shop) = shop_with(json!({})).await;
        let asked =
            (0..20).map(|_| reserve(&house, &shop, json!({"client_phone": PHONE, "amount": 7})));
        let answers = together(asked).await;
        let created: Vec<&Answer> = answers.iter().filter(|one| one.status == 201).collect();
        let refused = answers.iter().filter(|one| one.body["code"] == json!("balance_too_low"));
        assert_eq!((created.len(), refused.count()), (14, 6));
        assert_eq!(figures(&house, &shop).await, ["100", "2", "98"]);

        // All are committed, released and redeemed past at once: each reserve ends once.
        let ids: Vec<&str> = created.iter().map(|one| one.data()["id"].as_str().unwrap()).collect();
        let asks = ids.iter().flat_map(|id| {
            let order = json!({"amount": 7, "total_amount": 100});
            [commit(id, &order), release(id), commit(id, &order)]
        });
        let ends = together(asks.map(|ask| house.ask(&shop, ask))).await;
        for three in ends.chunks(3) {
            assert_eq!(three.iter().filter(|one| one.status == 200).count(), 1, "{three:?}");
            assert_eq!(three.iter().filter(|one| one.status == 404).count(), 2, "{three:?}");
        }
        let spent = ends.iter().filter(|one| one.body["data"].get("sale_id").is_some()).count();
        let left = (100 - 7 * spent).to_string();
        assert_eq!(figures(&house, &shop).await, [left.clone(), left, "0".to_owned()]);
        house.close_and_verify().await;
    });
}

#[test]
fn a_key_gives_the_original_answer_again() {
    run(async {
        let (house, shop) = shop_with(json!({})).await;
        let keyed = async |house: &TestHouse, ask: Ask, key: &str| {
            house.ask(&shop, ask.with("idempotency-key", key)).await
        };
        let body = json!({"client_phone": PHONE, "amount": 30});
        let asked = || Ask::post("/partner/reserve", &body);
        let first = keyed(&house, asked(), "k-1").await;
        let id = first.data()["id"].as_str().unwrap().to_owned();
        let other = reserved(&house, &shop, 20).await;
        let order = json!({"amount": 10, "total_amount": 100});
        let spent = keyed(&house, commit(&id, &order), "k-2").await;
        let freed = keyed(&house, release(&other), "k-3").await;
        assert_eq!((spent.status, freed.status), (200, 200));
        let check = async |house: &TestHouse| {
            let again = keyed(house, asked(), "k-1").await;
            assert_eq!((again.status, &again.body), (201, &first.body));
            let again = keyed(house, commit(&id, &order), "k-2").await;
            assert_eq!((again.status, &again.body), (200, &spent.body));
            let again = keyed(house, release(&other), "k-3").await;
            assert_eq!((again.status, &again.body), (200, &freed.body));
            let reused = keyed(house, release(&id), "k-3").await;
            assert_eq!(reused.error(), (422, "idempotency_key_reused", Some("Idempotency-Key")));
            assert_eq!(figures(house, &shop).await, ["90", "90", "0"]);
        };
        check(&house).await;
        house.house.checkpoint().await.unwrap();
        let house = house.reopen().await;
        check(&house).await;
        house.close_and_verify().await;
    });
}

#[test]
fn what_expires_meanwhile_is_kept_over_a_restart_and_lapses_by_itself() {
    run(async {
        let (house, shop) = shop_with(json!({"reserve_deadline_seconds": 864_000})).await;
        let path = format!("/tenants/{}/customers/%2B992901234567/adjustments", shop.id);
        let gift = json!({"amount": "40.00", "reason": "gift", "expires": "2026-03-03"});
        assert_eq!(house.operate("POST", &path, gift).await.status, 201);
        let id = reserved(&house, &shop, 30).await;
        assert_eq!(figures(&house, &shop).await, ["140", "110", "30"]);
        house.advance_days(3);
        // Before any sweep, after it, and as read back from the tables.
        assert_eq!(figures(&house, &shop).await, ["130", "100", "30"]);
        house.house.sweep().await.unwrap();
        assert_eq!(figures(&house, &shop).await, ["130", "100", "30"]);
        let house = house.reopen().await;
        assert_eq!(figures(&house, &shop).await, ["130", "100", "30"]);
        let order = json!({"amount": 100, "total_amount": 1000, "client_phone": PHONE});
        assert_eq!(house.redeem(&shop, order).await.status, 200);
        assert_eq!(figures(&house, &shop).await, ["30", "0", "30"]);
        house.advance_days(7);
        assert_eq!(figures(&house, &shop).await, ["0", "0", "0"]);
        let late = house.ask(&shop, commit(&id, &json!({"amount": 1, "total_amount": 100}))).await;
        assert_eq!(late.error().1, "reserve_not_found");
        house.house.sweep().await.unwrap();
        assert_eq!(house.ask(&shop, release(&id)).await.error().1, "reserve_not_found");
        house.close_and_verify().await;
    });
}

#[test]
fn a_reserve_waits_for_its_order_of_refusals() {
    run(async {
        let (house, shop) = shop_with(json!({})).await;
        let id = reserved(&house, &shop, 30).await;
        let block = format!("/tenants/{}/customers/%2B992901234567/block", shop.id);
        assert_eq!(house.operate("POST", &block, Value::Null).await.status, 200);
        let blocked = reserve(&house, &shop, json!({"client_phone": PHONE, "amount": 1})).await;
        assert_eq!(blocked.error(), (403, "customer_blocked", None));
        let order = json!({"amount": 1, "total_amount": 100});
        assert_eq!(house.ask(&shop, commit(&id, &order)).await.error().0, 403);
        assert_eq!(house.ask(&shop, release(&id)).await.status, 200);
        let unknown = json!({"client_phone": "+992900000000", "amount": 1});
        assert_eq!(reserve(&house, &shop, unknown).await.error().1, "customer_not_found");
        let shape = reserve(&house, &shop, json!({"client_phone": PHONE, "amount": 0})).await;
        assert_eq!(shape.error(), (422, "too_small", Some("amount")));
        let bad = house.ask(&shop, commit("x", &json!({"amount": "1"}))).await;
        assert_eq!(bad.error(), (422, "wrong_type", Some("amount")));
        let long = release(&"x".repeat(129));
        assert_eq!(house.ask(&shop, long).await.error(), (422, "too_long", Some("id")));
        assert_eq!(house.raw(release("x")).await.status, 401);
        house.close_and_verify().await;
    });
}

#[test]
fn a_late_sale_may_be_unfunded_or_leave_debt() {
    run(async {
        let (house, shop) = shop_with(json!({"offline_debit": "accrue_only"})).await;
        house.advance_days(3);
        let sale = json!({"client_phone": PHONE, "total_amount": 900, "bonus_redeem_amount": 110, "sale_date": "2026-03-03T14:00:00+05:00"});
        let keyed = || Ask::post("/partner/sale", &sale).with("idempotency-key", "k");
        let sold = house.ask(&shop, keyed()).await;
        assert_eq!((sold.status, &sold.data()["bonus_redeemed"]), (201, &json!(0)));
        assert_eq!(sold.data()["unfunded_discount"], json!(110));
        let house = house.reopen().await;
        assert_eq!(house.ask(&shop, keyed()).await.body, sold.body);
        house.close_and_verify().await;

        let (house, shop) = shop_with(json!({
            "offline_debit": "allow_debt", "offline_debt_max": "50.00",
            "redeem_hold_seconds": 8_640_000, "debt_write_off_days": 30,
        }))
        .await;
        house.advance_days(3);
        let sold = house.sell(&shop, sale.clone()).await;
        assert_eq!((sold.status, &sold.data()["bonus_redeemed"]), (201, &json!(110)));
        // 10 are owed; the accrual of 45 pays them at once.
        assert_eq!(figures(&house, &shop).await, ["35", "0", "0"]);
        assert_eq!(house.sell(&shop, sale.clone()).await.error().1, "balance_too_low");
        house.close_and_verify().await;
    });
}

#[test]
fn debt_is_written_off_by_the_sweeper() {
    run(async {
        let (house, shop) = shop_with(json!({"debt_write_off_days": 30})).await;
        let path = format!("/tenants/{}/customers/%2B992901234567/adjustments", shop.id);
        let taken = json!({"amount": "-120.00", "reason": "fraud", "allow_debt": true});
        assert_eq!(house.operate("POST", &path, taken).await.status, 201);
        house.advance_days(30);
        assert_eq!(figures(&house, &shop).await, ["-20", "0", "0"]);
        house.advance_days(1);
        assert_eq!(figures(&house, &shop).await, ["0", "0", "0"]);
        let house = house.reopen().await;
        house.house.sweep().await.unwrap();
        assert_eq!(figures(&house, &shop).await, ["0", "0", "0"]);
        house.close_and_verify().await;
    });
}
