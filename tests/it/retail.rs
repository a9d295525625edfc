//! Sales of the BonusPlus dialect through the router: what they leave behind, their ids, and how they go
//! together with the Bonex side.

use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use serde_json::{Value, json};

impl TestHouse {
    /// A sale of one item of the BonusPlus dialect.
    pub(crate) async fn retail(&self, shop: &Shop, sale: Value) -> Answer {
        self.plus(shop, "POST", "/retail", sale).await
    }

    /// A shop whose bonuses pay 30 %, with a customer who has 120.
    pub(crate) async fn retail_shop(&self, settings: Value) -> Shop {
        let mut all = json!({"max_redeem_percent": "30", "redeem_hold_seconds": 0});
        for (name, value) in settings.as_object().unwrap() {
            all[name] = value.clone();
        }
        let shop = self.shop(all).await;
        self.log_in(&shop, PHONE).await;
        self.grant(&shop, PHONE, "120.00").await;
        shop
    }
}

/// A sale of items, each a sum and an ext.
pub(crate) fn sale(id: &str, items: &[(&str, &str)], debit: &str) -> Value {
    let items: Vec<Value> = items
        .iter()
        .map(|(sum, ext)| json!({"sum": sum, "qnt": 1, "product": "P", "ext": ext}))
        .collect();
    json!({"phone": PHONE, "items": items, "bonusDebit": debit, "externalId": id})
}

/// Cents as an amount.
pub(crate) fn amount(cents: u64) -> Value {
    serde_json::from_str(&format!("{}.{:02}", cents / 100, cents % 100)).unwrap()
}

/// An amount in cents.
pub(crate) fn cents(amount: &Value) -> u64 {
    let text = amount.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}{part:0<2}").parse().unwrap()
}

#[test]
fn a_sale_is_kept_with_all_that_was_said_of_it() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({"redeem_hold_seconds": 86_400})).await;
        let mut asked = sale("R-1", &[("1000", "i-1")], "45");
        asked["items"][0]["label"] = json!("3c1ee58e-547f-4005-835b-b9afc9a3fd67");
        asked["items"][0]["costPrice"] = json!(700);
        asked["items"][0]["sellMode"] = json!("retail");
        asked["tags"] = json!([1, 2]);
        asked["desc"] = json!("At the till");
        asked["store"] = json!("Rudaki 1");
        asked["cashier"] = json!(7);
        let sold = house.retail(&shop, asked).await;
        assert_eq!(sold.status, 200, "{sold:?}");
        let customer = &sold.body["customer"];
        let figures = ["availableBonuses", "notActiveBonuses", "purchasesCount"];
        assert_eq!(figures.map(|name| customer[name].clone()), [json!(75), json!(47.75), json!(1)]);
        for _ in 0..2 {
            let told = house.plus(&shop, "GET", "/retail/1", Value::Null).await.body;
            assert_eq!(told["orderUid"], sold.body["orderUid"]);
            let figures = ["sum", "bonusDebit", "bonusCredit", "cashier", "desc", "tags"];
            let expected = [
                json!(955),
                json!(45),
                json!(47.75),
                json!(7),
                json!("At the till"),
                json!([1, 2]),
            ];
            assert_eq!(figures.map(|name| told[name].clone()), expected);
            let position = &told["positions"][0];
            assert_eq!(position["positionId"], json!(1_001));
            assert_eq!(
                (&position["costPrice"], &position["sellMode"]),
                (&json!(700), &json!("retail"))
            );
            assert!(told["storeId"].as_u64().unwrap() >= 1 << 30);
            house.checkpoint_and_advance(0).await;
        }
        for unknown in ["2", "0", "x", "99999999999999999999"] {
            let path = format!("/retail/{unknown}");
            let answer = house.plus(&shop, "GET", &path, Value::Null).await;
            assert_eq!(answer.plus_error(), (404, "SALE_NOT_FOUND"), "{unknown}");
        }
        house.close_and_verify().await;
    });
}

#[test]
fn a_sale_that_is_sent_again_is_answered_again_with_the_customer_as_of_now() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        let first = house.retail(&shop, sale("R-1", &[("100", "i-1")], "10")).await;
        house.grant(&shop, PHONE, "5.00").await;
        let mut again = sale("R-1", &[("100.00", "i-1")], "10.00");
        again["date"] = json!("2026-03-02 09:00:00");
        again["store"] = json!("Another");
        let again = house.retail(&shop, again).await;
        assert_eq!((again.status, &again.body["id"]), (200, &first.body["id"]));
        assert_eq!(again.body["orderUid"], first.body["orderUid"]);
        // 120 - 10 + 4.5, and the grant.
        assert_eq!(first.body["customer"]["availableBonuses"], json!(114.5));
        assert_eq!(again.body["customer"]["availableBonuses"], json!(119.5));
        for other in [
            sale("R-1", &[("100.01", "i-1")], "10"),
            sale("R-1", &[("100", "i-2")], "10"),
            sale("R-1", &[("100", "i-1")], "10.01"),
            sale("R-1", &[("100", "i-1"), ("1", "i-3")], "10"),
        ] {
            let answer = house.retail(&shop, other).await;
            assert_eq!(answer.plus_error(), (412, "DUPLICATE_EXTERNAL_ID"));
        }
        let house = house.reopen().await;
        let after = house.retail(&shop, sale("R-1", &[("100", "i-1")], "10")).await;
        assert_eq!((after.status, &after.body["id"]), (200, &first.body["id"]));
        house.close_and_verify().await;
    });
}

#[test]
fn a_key_is_kept_beside_the_external_id() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        let ask = |sale: &Value| {
            Ask::plus("POST", "/retail", sale).with_key(&shop.key).with("idempotency-key", "k")
        };
        let mut anonymous = sale("", &[("100", "")], "0");
        let first = house.raw(ask(&anonymous)).await;
        let again = house.raw(ask(&anonymous)).await;
        assert_eq!((first.status, &first.body), (200, &again.body));
        anonymous["store"] = json!("Another");
        let other = house.raw(ask(&anonymous)).await;
        assert_eq!(other.plus_error(), (412, "IDEMPOTENCY_KEY_REUSED"));
        house.close_and_verify().await;
    });
}

#[test]
fn the_dialects_share_customers_and_bonuses_but_no_ids() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        // Earned here, spent there, and the other way round, under one id.
        let sold = house.retail(&shop, sale("X", &[("1000", "i-1")], "0")).await;
        assert_eq!(sold.body["customer"]["availableBonuses"], json!(170));
        let sold = house
            .sell(
                &shop,
                json!({"client_phone": PHONE, "total_amount": 440, "gross_amount": 500,
                "bonus_redeem_amount": 60, "external_sale_id": "X"}),
            )
            .await;
        assert_eq!(sold.status, 201, "{sold:?}");
        assert_eq!(house.client(&shop, PHONE).await["redeemable_balance"], json!(132));
        let again = house.retail(&shop, sale("X", &[("1000", "i-1")], "0")).await;
        assert_eq!((again.status, &again.body["id"]), (200, &json!(1)));
        assert_eq!(again.body["customer"]["availableBonuses"], json!(132));
        let twice = house
            .sell(
                &shop,
                json!({"client_phone": PHONE, "total_amount": 440, "external_sale_id": "X"}),
            )
            .await;
        assert_eq!(twice.status, 422);
        let spent = house.retail(&shop, sale("Y", &[("400", "i-2")], "120")).await;
        assert_eq!(spent.body["customer"]["availableBonuses"], json!(26));
        // A redemption of one dialect is completed in that dialect alone.
        let redeemed = house
            .redeem(
                &shop,
                json!({"client_phone": PHONE, "amount": 10, "order_total": 100,
                "external_sale_id": "Z"}),
            )
            .await;
        assert!(redeemed.status < 300 || redeemed.status == 422, "{redeemed:?}");
        let told = house.plus(&shop, "GET", "/retail/2", Value::Null).await;
        assert_eq!((&told.body["type"], &told.body["externalId"]), (&json!("sale"), &json!("X")));
        house.close_and_verify().await;
    });
}

#[test]
fn a_reserve_pays_first_and_its_rest_is_released() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        let reserve = house
            .ask(
                &shop,
                Ask::post("/partner/reserve", &json!({"client_phone": PHONE, "amount": 50})),
            )
            .await;
        let id = reserve.data()["id"].clone();
        let with = |reserve: &Value, id: &str, debit: &str| {
            let mut asked = sale(id, &[("200", "")], debit);
            asked["reserveId"] = reserve.clone();
            asked
        };
        let unknown = house.retail(&shop, with(&json!("nobody's"), "R-0", "20")).await;
        assert_eq!(unknown.plus_error(), (412, "RESERVE_NOT_OPEN"));
        let sold = house.retail(&shop, with(&id, "R-1", "60")).await;
        assert_eq!(sold.body["customer"]["availableBonuses"], json!(67), "{sold:?}");
        let again = house.retail(&shop, with(&id, "R-2", "20")).await;
        assert_eq!(again.plus_error(), (412, "RESERVE_NOT_OPEN"));
        house.close_and_verify().await;
    });
}

#[test]
fn the_catalog_tells_what_a_product_is() {
    run(async {
        let house = TestHouse::new().await;
        let rules = json!({"category_rules": [{"category": "Tobacco", "effect": "no_earn"}]});
        let shop = house.retail_shop(rules).await;
        let products = json!({"products": [
            {"id": "g", "n": "Tobacco", "g": true}, {"id": "P", "pid": "g", "n": "Cigarettes"},
        ]});
        let imported = house.plus(&shop, "POST", "/product/import", products).await;
        assert_eq!((imported.status, imported.body), (204, Value::Null));
        let mut asked = sale("R-1", &[("100", "a"), ("100", "b")], "0");
        asked["items"][1]["product"] = json!("Q");
        house.retail(&shop, asked).await;
        let told = house.plus(&shop, "GET", "/retail/1", Value::Null).await.body;
        assert_eq!(told["positions"][0]["name"], json!("Cigarettes"));
        assert_eq!(told["positions"][0]["bonusCredit"], json!(0));
        assert_eq!(told["positions"][1]["bonusCredit"], json!(5));
        house.close_and_verify().await;
    });
}

#[test]
fn history_is_paged_from_either_end() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.retail_shop(json!({})).await;
        for number in 0..5 {
            house.retail(&shop, sale(&format!("R-{number}"), &[("100", "")], "10")).await;
        }
        let page = async |body: Value| {
            let answer = house.plus(&shop, "POST", "/retail/bonusActivities", body).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let rows = answer.body["bonusActivities"].as_array().unwrap().clone();
            rows.iter().map(|row| cents(&row["remainAmount"])).collect::<Vec<_>>()
        };
        let all = page(json!({"phone": PHONE, "sort": "asc"})).await;
        assert_eq!((all.len(), all[0], all[1]), (11, 12_000, 11_000));
        let mut newest = page(json!({"phone": PHONE})).await;
        newest.reverse();
        assert_eq!(all, newest);
        let some = json!({"phone": PHONE, "sort": "asc", "startRow": "3", "rowCount": "2"});
        assert_eq!(page(some).await, all[2..4]);
        let beyond = json!({"phone": PHONE, "sort": "asc", "startRow": 11, "rowCount": 5});
        assert_eq!(page(beyond).await, all[10..]);
        assert!(page(json!({"phone": PHONE, "startRow": 12})).await.is_empty());
        let wrong = json!({"phone": PHONE, "sort": "sideways"});
        let answer = house.plus(&shop, "POST", "/retail/bonusActivities", wrong).await;
        assert_eq!(answer.status, 412);
        house.close_and_verify().await;
    });
}
