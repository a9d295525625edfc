//! The report against abuse through the operator's door: what it counts, where, on which day, and that it
//! says the same after a restart.

use crate::house::{Answer, PHONE, Shop, TestHouse, run};
use serde_json::{Value, json};

const OTHER: &str = "+992907654321";

impl TestHouse {
    async fn report(&self, shop: &Shop, query: &str) -> Answer {
        self.operate("GET", &format!("/tenants/{}/reports/abuse?{query}", shop.id), Value::Null)
            .await
    }
}

fn sale(phone: &str, (store, cashier): (&str, &str), more: Value) -> Value {
    let mut sale =
        json!({"client_phone": phone, "total_amount": 100, "store": store, "cashier": cashier});
    let Value::Object(more) = more else { panic!("{more} is no object") };
    for (name, value) in more {
        sale[name] = value;
    }
    sale
}

async fn sell(house: &TestHouse, shop: &Shop, sale: Value) {
    let sold = house.sell(shop, sale).await;
    assert_eq!(sold.status, 201, "{sold:?}");
}

/// The figures of a row that are not zero.
fn told(row: &Value) -> Value {
    let mut told = row.clone();
    told.as_object_mut().unwrap().retain(|_, value| *value != json!(0));
    told
}

fn rows(report: &Answer) -> Vec<Value> {
    report.data()["rows"].as_array().unwrap().iter().map(told).collect()
}

#[test]
fn what_happened_is_told_by_cashier_and_by_store() {
    run(async {
        let house = TestHouse::new().await;
        let settings = json!({"offline_debit": "accrue_only", "sales_per_day_report_from": 3});
        let shop = house.shop(settings).await;
        let other_shop = house.shop(json!({})).await;
        for shop in [&shop, &other_shop] {
            house.log_in(shop, PHONE).await;
        }
        house.grant(&shop, PHONE, "500.00").await;
        let (anna, boris) = (("Rudaki", "Anna"), ("Rudaki", "Boris"));
        sell(&house, &shop, sale(PHONE, anna, json!({"external_sale_id": "1"}))).await;
        sell(&house, &shop, sale(PHONE, anna, json!({"bonus_redeem_amount": 10.5}))).await;
        sell(&house, &shop, sale(PHONE, boris, json!({}))).await;
        sell(&house, &other_shop, sale(PHONE, anna, json!({}))).await;
        house.advance_days(1);
        house.log_in(&shop, OTHER).await;
        let late = json!({"bonus_redeem_amount": 7, "sale_date": "2026-03-02T09:00:00Z"});
        sell(&house, &shop, sale(PHONE, boris, late)).await;
        let back = json!({
            "client_phone": PHONE, "external_sale_id": "1", "store": "Rudaki", "cashier": "Boris",
        });
        let refund = crate::house::Ask::post("/partner/refund", &back);
        assert_eq!(house.ask(&shop, refund).await.status, 201);
        let redemption = json!({"client_phone": OTHER, "amount": 5, "total_amount": 100});
        house.grant(&shop, OTHER, "50.00").await;
        assert_eq!(house.redeem(&shop, redemption).await.status, 200);
        let by_cashier = house.report(&shop, "from=2026-03-02&to=2026-03-03").await;
        assert_eq!(by_cashier.status, 200, "{by_cashier:?}");
        assert_eq!(
            rows(&by_cashier),
            [
                json!({
                    "store": null, "cashier": null, "opening_day_redemptions": 1,
                    "opening_day_redeemed": 5,
                }),
                json!({
                    "store": "Rudaki", "cashier": "Anna", "sales": 2, "sales_amount": 200,
                    "opening_day_redemptions": 1, "opening_day_redeemed": 10.5,
                }),
                json!({
                    "store": "Rudaki", "cashier": "Boris", "sales": 2, "sales_amount": 200,
                    "late_sales": 1, "unfunded": 7, "returns": 1, "returned_amount": 100,
                }),
            ]
        );
        let data = by_cashier.data();
        assert_eq!(data["busy_cards"], json!([{"client_id": 1, "day": "2026-03-02", "sales": 3}]));
        assert_eq!((&data["by"], &data["busy_from"]), (&json!("cashier"), &json!(3)));
        assert_eq!(
            (&data["totals"]["sales"], &data["totals"]["busy_cards"]),
            (&json!(4), &json!(1))
        );
        let by_store = house.report(&shop, "from=2026-03-02&to=2026-03-02&by=store").await;
        assert_eq!(
            rows(&by_store),
            [json!({
                "store": "Rudaki", "cashier": null, "sales": 3, "sales_amount": 300,
                "busy_cards": 1, "opening_day_redemptions": 1, "opening_day_redeemed": 10.5,
            })]
        );
        let before = house.report(&shop, "from=2026-02-01&to=2026-03-01").await;
        assert_eq!((rows(&before).len(), &before.data()["totals"]["sales"]), (0, &json!(0)));
        // From the journal, whatever is in memory.
        house.house.checkpoint().await.unwrap();
        let house = house.reopen().await;
        let again = house.report(&shop, "from=2026-03-02&to=2026-03-03").await;
        assert_eq!(again.body, by_cashier.body);
        house.close_and_verify().await;
    });
}

/// More operations than are read in one go, over more days than are asked about, beside those of another
/// tenant.
#[test]
fn a_report_finds_its_days_in_a_long_journal() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let other_shop = house.shop(json!({})).await;
        for shop in [&shop, &other_shop] {
            house.log_in(shop, PHONE).await;
        }
        // The n-th day has 40 n sales.
        for day in 1..=5 {
            for number in 0..40 * day {
                let place = if number % 2 == 0 { ("A", "Anna") } else { ("B", "Boris") };
                sell(&house, &shop, sale(PHONE, place, json!({}))).await;
            }
            sell(&house, &other_shop, sale(PHONE, ("A", "Anna"), json!({}))).await;
            house.advance_days(1);
        }
        let sales = async |from: u32, to: u32| {
            let query = format!("from=2026-03-{from:02}&to=2026-03-{to:02}&by=store");
            let report = house.report(&shop, &query).await;
            let rows = rows(&report);
            assert!(rows.iter().all(|row| row["sales"] == rows[0]["sales"]));
            report.data()["totals"]["sales"].as_u64().unwrap()
        };
        for (from, to, days) in
            [(2, 2, 1..=1), (3, 3, 2..=2), (4, 6, 3..=5), (2, 6, 1..=5), (6, 9, 5..=5)]
        {
            assert_eq!(sales(from, to).await, days.map(|day| 40 * day).sum::<u64>(), "{from} {to}");
        }
        assert_eq!(sales(7, 9).await, 0);
        house.close().await;
    });
}

#[test]
fn what_is_no_question_is_refused_by_name() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        for (query, code, field) in [
            ("to=2026-03-02", "required", "from"),
            ("from=2026-03-02", "required", "to"),
            ("from=2026-3-2&to=2026-03-02", "invalid_date", "from"),
            ("from=2026-02-30&to=2026-03-02", "invalid_date", "from"),
            ("from=2026-03-02&to=2026-03-02&by=till", "unknown_value", "by"),
            ("from=2026-03-02&to=2026-03-01", "report_period_invalid", "to"),
            ("from=2026-01-01&to=2026-04-03", "report_period_invalid", "to"),
        ] {
            let refused = house.report(&shop, query).await;
            assert_eq!(refused.error(), (422, code, Some(field)), "{query}");
        }
        let longest = house.report(&shop, "from=2026-01-01&to=2026-04-02").await;
        assert_eq!(longest.status, 200, "{longest:?}");
        let nobody = house.operate("GET", "/tenants/9/reports/abuse", Value::Null).await;
        assert_eq!(nobody.error(), (404, "tenant_not_found", None));
        house.close().await;
    });
}
