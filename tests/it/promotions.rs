//! Promotions over the API: set by operators, earned by sales, shown to customers, never beyond their limits.

use crate::crash::{house_on, persist};
use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use crate::parallel::together;
use crate::process::{kopilka, stderr, stdout};
use crate::stores::{FailsAt, Harm};
use serde_json::{Value, json};
use std::sync::Arc;

fn double_dairy() -> Value {
    json!({
        "name": "Double dairy", "type": "category_multiplier",
        "condition": {"categories": ["dairy"]}, "reward": {"multiplier": "2"},
    })
}

fn with(mut document: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

async fn set(house: &TestHouse, shop: &Shop, document: Value) -> u64 {
    let path = format!("/tenants/{}/promotions", shop.id);
    let answer = house.operate("POST", &path, document).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.data()["promotion_id"].as_u64().unwrap()
}

async fn uses(house: &TestHouse, shop: &Shop) -> u64 {
    let path = format!("/tenants/{}/promotions", shop.id);
    let answer = house.operate("GET", &path, json!(null)).await;
    answer.data()[0]["uses"].as_u64().unwrap()
}

/// Dairy for 60 and tea for 40.
fn groceries(phone: &str) -> Value {
    json!({"client_phone": phone, "total_amount": 100, "lines": [
        {"category_code": "dairy", "line_amount": 60}, {"category_code": "tea", "line_amount": 40},
    ]})
}

async fn shown(house: &TestHouse, shop: &Shop, bearer: Option<&str>) -> Answer {
    let mut ask = Ask::get("/client/promotions").with("x-tenant-token", &shop.token);
    if let Some(token) = bearer {
        ask = ask.with("authorization", &format!("Bearer {token}"));
    }
    house.raw(ask).await
}

#[test]
fn operators_set_change_and_end_promotions() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let id = set(&house, &shop, double_dairy()).await;
        let accrued =
            async |sale: Value| house.sell(&shop, sale).await.data()["bonus_accrued"].clone();
        let sold = house.sell(&shop, groceries(PHONE)).await;
        let lines = &sold.data()["lines"];
        assert_eq!((&lines[0]["accrual"], &lines[1]["accrual"]), (&json!(6), &json!(2)));
        assert_eq!(
            (&lines[0]["promotions"], &lines[1]["promotions"]),
            (&json!([id]), &json!(null))
        );
        let path = format!("/tenants/{}/promotions", shop.id);
        let one = format!("{path}/{id}");
        let triple = with(double_dairy(), &json!({"reward": {"multiplier": "3"}}));
        let changed = house.operate("PUT", &one, triple).await;
        assert_eq!((changed.status, &changed.data()["version"]), (200, &json!(2)));
        assert_eq!(accrued(groceries(PHONE)).await, json!(11));
        let ended = house.operate("POST", &format!("{one}/end"), json!(null)).await;
        assert_eq!((ended.status, &ended.data()["running"]), (200, &json!(false)));
        assert_eq!(ended.data()["uses"], json!(2));
        assert_eq!(accrued(groceries(PHONE)).await, json!(5));
        let refused = async |method, path: &str, body| {
            let answer = house.operate(method, path, body).await;
            let (status, code, field) = answer.error();
            (status, code.to_owned(), field.map(str::to_owned))
        };
        let told = |status, code: &str, field: Option<&str>| {
            (status, code.to_owned(), field.map(str::to_owned))
        };
        assert_eq!(refused("PUT", &one, double_dairy()).await, told(422, "promotion_over", None));
        let none = format!("{path}/9");
        assert_eq!(
            refused("PUT", &none, double_dairy()).await,
            told(404, "promotion_not_found", None)
        );
        let nowhere = format!("{path}/x/end");
        assert_eq!(
            refused("POST", &nowhere, json!(null)).await,
            told(404, "promotion_not_found", None)
        );
        let odd = with(double_dairy(), &json!({"condition": {"skus": ["M-1"]}}));
        assert_eq!(
            refused("POST", &path, odd).await,
            told(422, "promotion_invalid", Some("condition.categories"))
        );
        let inexact = with(double_dairy(), &json!({"reward": {"multiplier": 2}}));
        assert_eq!(
            refused("POST", &path, inexact).await,
            told(422, "wrong_type", Some("reward.multiplier"))
        );
        let house = house.reopen().await;
        let list = house.operate("GET", &path, json!(null)).await;
        assert_eq!(list.data()[0], *ended.data());
        house.close_and_verify().await;
    });
}

#[test]
fn customers_see_what_runs_and_what_is_meant_for_them() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let token = house.log_in(&shop, PHONE).await.data()["token"].as_str().unwrap().to_owned();
        assert_eq!(shown(&house, &shop, None).await.data(), &json!([]));
        set(&house, &shop, double_dairy()).await;
        let tea = json!({
            "name": "Tea", "description": "Leaves", "type": "fixed_bonus",
            "condition": {"tags": ["green"], "min_amount": "20.00"}, "reward": {"bonus": "5.50"},
            "starts_at": "2026-03-01T00:00:00Z", "ends_at": "2026-04-01T00:00:00Z",
        });
        set(&house, &shop, tea.clone()).await;
        set(&house, &shop, with(tea.clone(), &json!({"active": false}))).await;
        set(&house, &shop, with(tea, &json!({"starts_at": "2026-03-20T00:00:00Z"}))).await;
        let all = shown(&house, &shop, None).await;
        let expected = json!([
            {"id": 1, "name": "Double dairy", "description": null, "type": "category_multiplier",
             "condition": {"categories": ["dairy"]}, "reward": {"multiplier": 2}, "starts_at": null,
             "ends_at": null, "personalized": false},
            {"id": 2, "name": "Tea", "description": "Leaves", "type": "fixed_bonus",
             "condition": {"tags": ["green"], "min_amount": 20}, "reward": {"bonus": 5.5},
             "starts_at": "2026-03-01T05:00:00+05:00", "ends_at": "2026-04-01T05:00:00+05:00",
             "personalized": false},
        ]);
        assert_eq!(all.data(), &expected);
        assert_eq!(shown(&house, &shop, Some(&token)).await.data(), &expected);
        let personal = async |house: &TestHouse| {
            let answer = shown(house, &shop, Some(&token)).await;
            let list = answer.data().as_array().unwrap().clone();
            list.iter().map(|it| it["personalized"] == json!(true)).collect::<Vec<_>>()
        };
        house.sell(&shop, groceries(PHONE)).await;
        assert_eq!(personal(&house).await, [true, false]);
        assert_eq!(shown(&house, &shop, None).await.data(), &expected);
        // What the shop has too much of.
        let items = json!({"items": [{"sku": "G-1", "interest_tag": "green",
            "quantity_on_hand": 50, "overstock_threshold": 10}]});
        let synced = Ask::post("/integration/inventory/sync", &items);
        let synced = house.raw(synced.with("x-tenant-token", &shop.token)).await;
        assert_eq!(synced.status, 200, "{synced:?}");
        let house = house.reopen().await;
        assert_eq!(personal(&house).await, [true, true]);
        for bad in ["", "1|short", &format!("1|{}", "a".repeat(40)), &token[..token.len() - 1]] {
            let refused = shown(&house, &shop, Some(bad)).await;
            assert_eq!(refused.error(), (401, "bearer_invalid", None), "{bad}");
        }
        let nobody = house.raw(Ask::get("/client/promotions")).await;
        assert_eq!(nobody.error(), (401, "tenant_token_invalid", None));
        house.close_and_verify().await;
    });
}

#[test]
fn twenty_sales_at_once_use_the_last_five_uses_and_no_more() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let phones: Vec<String> = (0..20).map(|n| format!("+9929000000{n:02}")).collect();
        for phone in &phones {
            house.log_in(&shop, phone).await;
        }
        set(&house, &shop, with(double_dairy(), &json!({"limit_total": 5}))).await;
        let sales = phones.iter().map(|phone| house.sell(&shop, groceries(phone)));
        let answers = together(sales).await;
        let promoted = |answers: &[Answer]| {
            answers.iter().filter(|answer| answer.data()["bonus_accrued"] == json!(8)).count()
        };
        assert_eq!(promoted(&answers), 5);
        assert_eq!(uses(&house, &shop).await, 5);
        // Neither a restart nor a checkpoint nor what was refused gives one back or takes one.
        let house = house.reopen().await;
        assert_eq!(uses(&house, &shop).await, 5);
        let six = with(double_dairy(), &json!({"limit_total": 7}));
        let path = format!("/tenants/{}/promotions/1", shop.id);
        house.operate("PUT", &path, six).await;
        let too_early = with(groceries(&phones[0]), &json!({"sale_date": "2025-01-01T00:00:00Z"}));
        assert_eq!(house.sell(&shop, too_early).await.error().1, "sale_date_too_old");
        house.house.checkpoint().await.unwrap();
        let answers =
            together(phones.iter().map(|phone| house.sell(&shop, groceries(phone)))).await;
        assert_eq!(promoted(&answers), 2);
        let house = house.reopen().await;
        assert_eq!(uses(&house, &shop).await, 7);
        house.close_and_verify().await;
    });
}

/// Five sales on the last two uses, each asked again until it is answered.
async fn sell_out(count: usize, harm: Harm) {
    let house = house_on(Arc::new(FailsAt { count, harm })).await;
    let shop = house.shop(json!({})).await;
    house.log_in(&shop, PHONE).await;
    set(&house, &shop, with(double_dairy(), &json!({"limit_total": 2}))).await;
    let (mut failures, mut accrued) = (0, Vec::new());
    for number in 0..5 {
        let key = format!("k-{number}");
        let ask = Ask::post("/partner/sale", &groceries(PHONE)).with("idempotency-key", &key);
        let (answer, failed) = persist(&house, &shop, &ask).await;
        failures += usize::from(failed);
        accrued.push(answer.data()["bonus_accrued"].as_u64().unwrap());
    }
    assert_eq!(accrued, [8, 8, 5, 5, 5], "{harm:?} at append {count}");
    assert_eq!(failures, 1, "{harm:?} at append {count}");
    assert_eq!(uses(&house, &shop).await, 2);
    house.close_and_verify().await;
}

#[test]
fn whichever_write_fails_no_use_is_lost_and_none_is_there_twice() {
    // The tenant, the customer and the promotion come before the sales.
    run(async {
        for harm in [Harm::BeforeTheWrite, Harm::AfterTheWrite] {
            for count in 4..=8 {
                sell_out(count, harm).await;
            }
        }
    });
}

#[test]
fn goods_are_treated_by_their_rules() {
    run(async {
        let house = TestHouse::new().await;
        let rules = json!([
            {"category": "tobacco", "effect": "both"},
            {"sku": "vodka", "effect": "min_price", "min_price": "18.00"},
        ]);
        let shop = house.shop(json!({"category_rules": rules, "max_redeem_percent": "50"})).await;
        house.log_in(&shop, PHONE).await;
        house.grant(&shop, PHONE, "100.00").await;
        let sale = |total: Value, redeem: Value, lines: Value| json!({"client_phone": PHONE, "total_amount": total, "bonus_redeem_amount": redeem, "lines": lines});
        let lines = json!([{"category_code": "tobacco", "line_amount": 60}, {"line_amount": 40}]);
        // Half of 40.00 and no more: tobacco leaves what the percent is taken of.
        let over = house.sell(&shop, sale(json!(79.99), json!(20.01), lines.clone())).await;
        assert_eq!(over.error(), (422, "redeem_over_cap", Some("bonus_redeem_amount")));
        let sold = house.sell(&shop, sale(json!(80), json!(20), lines)).await;
        let expected = json!([
            {"redeem_share": 0, "net": 60, "accrual": 0}, {"redeem_share": 20, "net": 20, "accrual": 1},
        ]);
        assert_eq!(sold.data()["lines"], expected);
        let vodka = json!([{"sku": "vodka", "quantity": 2, "unit_price": 20}]);
        let over = house.sell(&shop, sale(json!(35), json!(5), vodka.clone())).await;
        assert_eq!(over.error(), (422, "redeem_over_cap", Some("bonus_redeem_amount")));
        assert!(over.body["error"].as_str().unwrap().contains("limit of 4.00"), "{over:?}");
        let sold = house.sell(&shop, sale(json!(36), json!(4), vodka)).await;
        assert_eq!(sold.status, 201, "{sold:?}");
        house.close_and_verify().await;
    });
}

#[test]
fn a_day_has_its_limits() {
    run(async {
        let house = TestHouse::new().await;
        let limits = json!({"earn_max_per_day": "7.00", "redeem_max_per_day": "30.00"});
        let shop = house.shop(limits).await;
        house.log_in(&shop, PHONE).await;
        house.grant(&shop, PHONE, "100.00").await;
        let redeem = async |amount: Value| {
            let asked = json!({"client_phone": PHONE, "amount": amount, "total_amount": 200});
            house.redeem(&shop, asked).await
        };
        assert_eq!(redeem(json!(20)).await.status, 200);
        let over = redeem(json!(10.01)).await;
        assert_eq!(over.error(), (422, "redeem_over_day_max", Some("amount")));
        for expected in [5, 2, 0] {
            let sold = house.sell(&shop, json!({"client_phone": PHONE, "total_amount": 100})).await;
            assert_eq!(sold.data()["bonus_accrued"], json!(expected));
        }
        house.advance_days(1);
        assert_eq!(redeem(json!(30)).await.status, 200);
        house.close_and_verify().await;
    });
}

#[test]
fn the_command_sets_lists_and_ends_promotions() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger").to_str().unwrap().to_owned();
    let ask = |line: &str, more: &[&str]| {
        let mut words: Vec<&str> = line.split(' ').collect();
        words.extend(more);
        words.extend(["--data-dir", &ledger]);
        let output = kopilka(&words);
        (output.status.code(), stdout(&output), stderr(&output))
    };
    assert_eq!(ask("tenant create --name Khorosho", &[]).0, Some(0));
    let file = dir.path().join("dairy.toml");
    let text = |multiplier: &str| {
        format!(
            "name = \"Dairy\"\ntype = \"category_multiplier\"\n[condition]\n\
             categories = [\"dairy\"]\n[reward]\nmultiplier = {multiplier}\n"
        )
    };
    let path = file.to_str().unwrap().to_owned();
    std::fs::write(&file, text("\"2\"")).unwrap();
    let shown = |(status, out, err): (Option<i32>, String, String)| {
        assert_eq!(status, Some(0), "{err}");
        let value: Value = serde_json::from_str(&out).unwrap();
        value
    };
    let all = "tenant promotions --tenant 1 --json";
    assert_eq!(shown(ask(all, &["--set", &path]))["promotion_id"], json!(1));
    std::fs::write(&file, text("\"3\"")).unwrap();
    let changed = shown(ask(all, &["--set", &path, "--promotion", "1"]));
    assert_eq!(changed["promotion"]["reward"], json!({"multiplier": "3"}));
    let ended = shown(ask(all, &["--end", "1"]));
    assert_eq!(ended["running"], json!(false));
    assert_eq!(shown(ask(all, &[])), json!([ended]));
    let (_, sheet, _) = ask("tenant promotions --tenant 1", &[]);
    assert!(sheet.contains("Dairy"), "{sheet}");
    std::fs::write(&file, text("2.5")).unwrap();
    let (status, _, err) = ask(all, &["--set", &path]);
    assert_ne!(status, Some(0));
    assert!(err.contains("reward.multiplier is not exact"), "{err}");
}
