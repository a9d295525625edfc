//! Pages of a customer's past: put together they are exactly the history, wherever its parts are at the
//! moment, and their figures follow one another.

use crate::house::{Ask, PHONE, Shop, TestHouse, run};
use kopilka::values::Timestamp;
use serde_json::{Value, json};

/// After so long without a request an account may leave memory.
const IDLE_SECONDS: i64 = 600;

/// A customer's app in front of a house.
struct App {
    house: TestHouse,
    shop: Shop,
    bearer: String,
    /// The ids of all sale records, oldest first.
    sold: Vec<u64>,
}

impl App {
    async fn new(changes: Value) -> Self {
        let house = TestHouse::new().await;
        let shop = house.shop(changes).await;
        let bearer = house.bearer(&shop, PHONE).await;
        Self { house, shop, bearer, sold: Vec::new() }
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.house.app(&self.shop, &self.bearer, Ask::get(path)).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.data().clone()
    }

    /// Every tenth record is a redemption.
    async fn visit(&mut self) {
        let number = self.sold.len();
        let id = if number % 10 == 9 {
            let redemption = json!({"client_phone": PHONE, "amount": 1, "total_amount": 10});
            self.house.redeem(&self.shop, redemption).await.data()["sale_id"].clone()
        } else {
            let sale = json!({
                "client_phone": PHONE, "total_amount": 100 + number, "receipt_number": number.to_string(),
                "lines": [{"sku": "a", "line_amount": 60}, {"name": "Milk", "quantity": 2, "unit_price": 20}],
            });
            self.house.sell(&self.shop, sale).await.data()["id"].clone()
        };
        self.sold.push(id.as_u64().unwrap());
    }

    /// All pages of a list, put together, newest first.
    async fn all(&self, path: &str, per_page: u64) -> Vec<Value> {
        let mut entries = Vec::new();
        for page in 1.. {
            let mark = if path.contains('?') { '&' } else { '?' };
            let shown = self.get(&format!("{path}{mark}page={page}")).await;
            let total = shown["total"].as_u64().unwrap();
            assert_eq!(shown["current_page"], json!(page));
            assert_eq!(shown["last_page"], json!(total.div_ceil(per_page).max(1)));
            let data = shown["data"].as_array().unwrap();
            entries.extend(data.iter().cloned());
            if shown["last_page"] == json!(page) {
                assert_eq!(entries.len() as u64, total);
                return entries;
            }
            assert_eq!(data.len() as u64, per_page);
        }
        unreachable!("there is a last page")
    }

    /// Holds all pages against what was sold and against the balance.
    async fn check(&self) {
        let mut rows = self.all("/client/transactions", 20).await;
        rows.reverse();
        let mut balance = 0;
        for pair in rows.windows(2) {
            assert!(pair[0]["id"].as_u64() < pair[1]["id"].as_u64(), "{pair:?}");
            assert!(instant(&pair[0]["created_at"]) <= instant(&pair[1]["created_at"]));
        }
        for row in &rows {
            balance += cents(&row["amount"]);
            assert_eq!(cents(&row["balance_after"]), balance, "{row}");
        }
        let profile = self.get("/client/profile").await;
        assert_eq!(cents(&profile["bonus_balance"]), balance);
        let of_sale = |row: &&Value| !row["sale_id"].is_null();
        let mut sales: Vec<u64> =
            rows.iter().filter(of_sale).map(|row| row["sale_id"].as_u64().unwrap()).collect();
        sales.dedup();
        assert_eq!(sales, self.sold);

        let per_page = if self.sold.len() > 100 { 50 } else { 7 };
        let path = format!("/client/purchases?per_page={per_page}");
        let purchases = self.all(&path, per_page).await;
        let ids: Vec<u64> = purchases.iter().map(|one| one["id"].as_u64().unwrap()).collect();
        assert!(ids.iter().rev().eq(&self.sold));
        for (number, purchase) in purchases.iter().rev().enumerate() {
            let receipt = purchase["receipt_number"].as_str().map(str::to_owned);
            assert_eq!(receipt, (number % 10 != 9).then(|| number.to_string()));
        }
    }

    /// Every account leaves memory.
    async fn leave(&self) {
        self.house.advance_seconds(IDLE_SECONDS + 1);
        self.house.house.checkpoint().await.unwrap();
        while self.house.house.residents().unwrap() > 0 {
            tokio::task::yield_now().await;
        }
    }
}

fn cents(amount: &Value) -> i64 {
    let text = amount.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let part: i64 = format!("{part:0<2}").parse().unwrap();
    whole.parse::<i64>().unwrap() * 100 + sign * part
}

fn instant(text: &Value) -> Timestamp {
    Timestamp::parse_rfc3339(text.as_str().unwrap()).unwrap()
}

#[test]
fn pages_put_together_are_the_history_wherever_its_parts_are() {
    run(async {
        for (count, rest) in [(10, 3), (60, 7), (1_000, 97)] {
            let mut app = App::new(json!({"redeem_hold_seconds": 0})).await;
            for number in 1..=count {
                app.visit().await;
                app.house.advance_seconds(1);
                if number % rest == 0 {
                    match number / rest % 4 {
                        0 => {}
                        1 => app.house.house.checkpoint().await.unwrap(),
                        2 => app.leave().await,
                        _ => app.house = app.house.reopen().await,
                    }
                    app.check().await;
                }
            }
            app.check().await;
            app.house.close_and_verify().await;
        }
    });
}

#[test]
fn pages_are_whole_while_a_checkpoint_is_under_way() {
    run(async {
        let mut app = App::new(json!({"redeem_hold_seconds": 0})).await;
        for _ in 0..30 {
            for _ in 0..3 {
                app.visit().await;
            }
            let (written, ()) = tokio::join!(app.house.house.checkpoint(), app.check());
            written.unwrap();
        }
        app.house.close_and_verify().await;
    });
}

#[test]
fn what_is_due_is_in_the_history_before_it_is_shown() {
    run(async {
        let mut app = App::new(json!({"redeem_hold_seconds": 0, "expire_after_days": 10})).await;
        app.visit().await;
        app.house.advance_days(1);
        app.visit().await;
        app.house.advance_days(10);
        // The first sale's bonuses are gone, the second's are not.
        let shown = app.get("/client/transactions").await;
        let told =
            |row: &Value| format!("{} {} {}", row["type"], row["amount"], row["balance_after"]);
        let rows: Vec<String> = shown["data"].as_array().unwrap().iter().map(told).collect();
        assert_eq!(rows, [r#""expire" -5 5.05"#, r#""accrual" 5.05 10.05"#, r#""accrual" 5 5"#]);
        let expired = &shown["data"][0];
        assert_eq!(expired["exact_at"], json!("2026-03-13T00:00:00+05:00"));
        assert_eq!(expired["created_at"], expired["exact_at"]);
        assert_eq!((&expired["sale_id"], &expired["sale_amount"]), (&Value::Null, &Value::Null));
        assert_eq!(app.get("/client/transactions").await, shown);
        // It is journaled, so it is there again after a restart at the same instant.
        let app = App { house: app.house.reopen().await, ..app };
        assert_eq!(app.get("/client/transactions").await, shown);
        app.check().await;
        app.house.close_and_verify().await;
    });
}

#[test]
fn a_page_beyond_the_end_is_empty_and_a_wrong_one_is_refused() {
    run(async {
        let mut app = App::new(json!({})).await;
        let nothing = json!({"data": [], "current_page": 1, "last_page": 1, "total": 0});
        assert_eq!(app.get("/client/transactions").await, nothing);
        assert_eq!(app.get("/client/purchases").await, nothing);
        app.visit().await;
        let beyond = json!({"data": [], "current_page": 2, "last_page": 1, "total": 1});
        assert_eq!(app.get("/client/transactions?page=2").await, beyond);
        assert_eq!(app.get("/client/purchases?page=2&per_page=1").await, beyond);
        for (path, field) in [
            ("/client/transactions?page=0", "page"),
            ("/client/transactions?page=x", "page"),
            ("/client/purchases?page=-1", "page"),
            ("/client/purchases?per_page=0", "per_page"),
            ("/client/purchases?per_page=51", "per_page"),
        ] {
            let refused = app.house.app(&app.shop, &app.bearer, Ask::get(path)).await;
            assert_eq!(refused.error(), (422, "not_whole_number", Some(field)), "{path}");
        }
    });
}

#[test]
fn a_late_sale_tells_three_instants() {
    run(async {
        let app = App::new(json!({"redeem_hold_seconds": 0})).await;
        let house = &app.house;
        house.sell(&app.shop, json!({"client_phone": PHONE, "total_amount": 100})).await;
        house
            .sell(&app.shop, json!({
                "client_phone": PHONE, "total_amount": 200, "sale_date": "2026-03-02T08:00:00+05:00",
            }))
            .await;
        let rows = app.get("/client/transactions").await["data"].clone();
        assert_eq!(rows[0]["sale_amount"], json!(200));
        assert_eq!(rows[0]["purchase_currency"], json!("TJS"));
        assert_eq!(rows[0]["business_at"], json!("2026-03-02T08:00:00+05:00"));
        assert_eq!(rows[0]["created_at"], json!("2026-03-02T14:00:00+05:00"));
        assert_eq!(rows[0]["exact_at"], rows[0]["created_at"]);
        let purchases = app.get("/client/purchases").await["data"].clone();
        assert_eq!(purchases[0]["total_amount"], json!(200), "in the order in which they came");
        assert_eq!(purchases[0]["sale_date"], json!("2026-03-02T08:00:00+05:00"));
    });
}

#[test]
fn purchases_tell_what_the_till_told() {
    run(async {
        let app = App::new(json!({"redeem_hold_seconds": 0})).await;
        let stores = json!({"stores": [{"name": "Rudaki", "address": "12 Rudaki Ave"}]});
        app.house.operate("PUT", &format!("/tenants/{}/stores", app.shop.id), stores).await;
        app.house.grant(&app.shop, PHONE, "100").await;
        app.house
            .sell(&app.shop, json!({
                "client_phone": PHONE, "total_amount": 90, "gross_amount": 100, "bonus_redeem_amount": 10,
                "external_sale_id": "order-1", "receipt_number": "7", "store": "Rudaki",
                "lines": [
                    {"sku": "a", "name": "Milk", "quantity": 2, "unit_price": 20, "line_amount": 40},
                    {"sku": "b", "quantity": 3, "line_amount": 50},
                    {"line_amount": 10},
                ],
            }))
            .await;
        app.house
            .redeem(&app.shop, json!({
                "client_phone": PHONE, "amount": 20, "total_amount": 200, "external_sale_id": "order-2",
            }))
            .await;
        let shown = app.get("/client/purchases").await["data"].clone();
        let mut redemption = shown[0].clone();
        let mut purchase = shown[1].clone();
        for one in [&mut redemption, &mut purchase] {
            let fields = one.as_object_mut().unwrap();
            assert!(fields.remove("id").is_some());
            assert_eq!(fields.remove("sale_date"), Some(json!("2026-03-02T14:00:00+05:00")));
        }
        assert_eq!(
            purchase,
            json!({
                "kind": "purchase", "title": "Purchase", "receipt_number": "7", "total_amount": 90,
                "currency": "TJS", "bonus_accrued": 4.5, "bonus_redeemed": 10, "store_name": "Rudaki",
                "store_address": "12 Rudaki Ave", "external_sale_id": "order-1",
                "lines": [
                    {"sku": "a", "name": "Milk", "quantity": 2, "unit_price": 20, "line_amount": 40},
                    {"sku": "b", "name": null, "quantity": 3, "unit_price": 16.666667, "line_amount": 50},
                    {"sku": null, "name": null, "quantity": 1, "unit_price": 10, "line_amount": 10},
                ],
            })
        );
        assert_eq!(
            redemption,
            json!({
                "kind": "redemption", "title": "Redemption", "receipt_number": null, "total_amount": 0,
                "currency": "TJS", "bonus_accrued": 0, "bonus_redeemed": 20, "store_name": null,
                "store_address": null, "external_sale_id": "order-2", "lines": [], "order_total": 200,
            })
        );
    });
}

#[test]
fn a_partner_reads_the_same_pages() {
    run(async {
        let mut app = App::new(json!({"redeem_hold_seconds": 0})).await;
        for _ in 0..25 {
            app.visit().await;
        }
        let partner = "/partner/client/%2B992901234567";
        for (theirs, ours) in [
            ("/client/transactions?page=2", format!("{partner}/transactions?page=2")),
            ("/client/purchases?per_page=9", format!("{partner}/purchases?per_page=9")),
        ] {
            let asked = app.house.ask(&app.shop, Ask::get(&ours)).await;
            assert_eq!(*asked.data(), app.get(theirs).await);
            let bearer = app.house.app(&app.shop, &app.bearer, Ask::get(&ours)).await;
            assert_eq!(bearer.error().0, 401);
        }
        let unknown = Ask::get("/partner/client/%2B992900000000/transactions");
        let unknown = app.house.ask(&app.shop, unknown).await;
        assert_eq!(unknown.error(), (404, "customer_not_found", None));
        // The shape of the request comes before the question who that is.
        let wrong = Ask::get("/partner/client/%2B992900000000/purchases?per_page=99");
        assert_eq!(app.house.ask(&app.shop, wrong).await.error().0, 422);
    });
}
