//! Customers and sales of an old system through the operator's door: all of a batch or nothing of it, once,
//! and back again.

use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NEW: &str = "+992901110017";

impl TestHouse {
    async fn import(&self, shop: &Shop, what: &str, body: Value) -> Answer {
        self.operate("POST", &format!("/tenants/{}/imports/{what}", shop.id), body).await
    }
}

fn row(phone: &str, amount: &str) -> Value {
    let amount: Value = serde_json::from_str(amount).unwrap();
    json!({"phone": phone, "full_name": "Anna", "total_spent": 1500, "purchases": 12,
        "lots": [{"amount": amount, "expires": "2027-01-31"}]})
}

/// What a dry run told, as if it had been done.
fn foreseen_as_done(foreseen: &Answer) -> Value {
    let mut data = foreseen.data().clone();
    assert_eq!(data["dry_run"], json!(true), "{foreseen:?}");
    data["dry_run"] = json!(false);
    data
}

#[test]
fn a_batch_is_imported_once_and_whole() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        house.grant(&shop, PHONE, "10.00").await;
        let wrong =
            json!({"batch": "a", "rows": [row(NEW, "5.0"), {"full_name": "x"}, row("1", "5.0")]});
        let refused = house.import(&shop, "customers", wrong).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        let problems = refused.body["data"]["problems"].as_array().unwrap();
        let told: Vec<_> = problems.iter().map(|one| (&one["row"], &one["field"])).collect();
        assert_eq!(told, [(&json!(2), &json!("phone")), (&json!(3), &json!("phone"))]);

        let rows = json!([row(NEW, "120.5"), row(PHONE, "20.0")]);
        let dry = json!({"batch": "a", "dry_run": true, "rows": rows});
        let dry = house.import(&shop, "customers", dry).await;
        assert_eq!((&dry.data()["opened"], &dry.data()["joined"]), (&json!(1), &json!(1)));
        let show = format!("/tenants/{}/customers/%2B992901110017", shop.id);
        assert_eq!(house.operate("GET", &show, Value::Null).await.status, 404);

        let done = house.import(&shop, "customers", json!({"batch": "a", "rows": rows})).await;
        assert_eq!((done.status, &done.data()["balance"]), (201, &json!(140.5)));
        assert_eq!(house.client(&shop, NEW).await["bonus_balance"], json!(120.5));
        assert_eq!(house.client(&shop, PHONE).await["bonus_balance"], json!(30));
        let again = house.import(&shop, "customers", json!({"batch": "a", "rows": rows})).await;
        assert_eq!((again.status, &again.data()["repeated"]), (200, &json!(true)));
        let other =
            house.import(&shop, "customers", json!({"batch": "a", "rows": [rows[0]]})).await;
        assert_eq!(other.error().1, "import_batch_reused");
        // In a batch of another name the rows are known.
        let known = house.import(&shop, "customers", json!({"batch": "b", "rows": rows})).await;
        assert_eq!(known.data()["known"], json!([1, 2]));
        assert_eq!(house.client(&shop, NEW).await["bonus_balance"], json!(120.5));
        house.close_and_verify().await;
    });
}

#[test]
fn a_batch_goes_back_once_and_what_was_spent_is_owed() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let rows = json!([row(NEW, "100.0")]);
        house.import(&shop, "customers", json!({"batch": "a", "rows": rows})).await;
        let redeemed = json!({"client_phone": NEW, "amount": 30, "total_amount": 1000});
        assert_eq!(house.redeem(&shop, redeemed).await.status, 200);
        let dry = json!({"batch": "a", "dry_run": true});
        let foreseen = house.import(&shop, "reversals", dry.clone()).await;
        assert_eq!(house.client(&shop, NEW).await["bonus_balance"], json!(70));
        let back = house.import(&shop, "reversals", json!({"batch": "a"})).await;
        assert_eq!((&back.data()["taken"], &back.data()["debt"]), (&json!(100), &json!(30)));
        assert_eq!(foreseen_as_done(&foreseen), *back.data());
        let foreseen = house.import(&shop, "reversals", dry).await;
        assert_eq!(house.client(&shop, NEW).await["bonus_balance"], json!(-30));
        let again = house.import(&shop, "reversals", json!({"batch": "a"})).await;
        assert_eq!((&again.data()["customers"], &again.data()["before"]), (&json!(0), &json!(1)));
        assert_eq!(foreseen_as_done(&foreseen), *again.data());
        let refused = house.import(&shop, "customers", json!({"batch": "a", "rows": rows})).await;
        assert_eq!(refused.error().1, "import_batch_reversed");
        let anew = house.import(&shop, "customers", json!({"batch": "b", "rows": rows})).await;
        assert_eq!((anew.status, &anew.data()["joined"]), (201, &json!(1)));
        assert_eq!(house.client(&shop, NEW).await["bonus_balance"], json!(70));
        // Each answer is held against the document, which knows rows and entries of this kind.
        let path = format!("/partner/client/{}/transactions", NEW.replace('+', "%2B"));
        let history = house.ask(&shop, Ask::get(&path)).await;
        let types: BTreeSet<&str> = history.data()["data"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|row| row["type"].as_str())
            .collect();
        assert!(types.contains("import"), "{history:?}");
        assert_eq!(house.operate("GET", "/audit", Value::Null).await.status, 200);
        assert_eq!(house.ask(&shop, Ask::get("/partner/events")).await.status, 200);
        house.close_and_verify().await;
    });
}

/// Each receipt of a customer's in a batch tells the balance of its moment, and the ledger is whole.
#[test]
fn sales_of_one_customer_earn_one_after_the_other() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"expire_after_days": 30})).await;
        house.log_in(&shop, PHONE).await;
        let sale = |id: &str, date: &str| json!({"external_sale_id": id, "phone": PHONE, "sale_date": date, "total_amount": 100});
        // The first one's bonuses have expired by now.
        let rows =
            json!([sale("1", "2025-12-01"), sale("2", "2026-02-20"), sale("3", "2026-02-21")]);
        let batch = json!({"batch": "s", "rows": rows, "accrue": true});
        let done = house.import(&shop, "sales", batch).await;
        assert_eq!((done.status, &done.data()["accrued"]), (201, &json!(15)), "{done:?}");
        assert_eq!(house.client(&shop, PHONE).await["bonus_balance"], json!(10));
        house.close_and_verify().await;
    });
}

/// What was bought since counts for no earlier day, whether the tables know of it yet or not (rule 21).
#[test]
fn an_old_sale_earns_by_the_tier_of_its_day() {
    run(async {
        let house = TestHouse::new().await;
        let tiers = json!([
            {"name": "Base", "color": "#8A8A8A", "from_total_spent": "0.00", "bonus_percent": "5"},
            {"name": "Gold", "color": "#C9A227", "from_total_spent": "200.00", "bonus_percent": "10"},
        ]);
        let shop = house.shop(json!({"tiers": tiers})).await;
        house.log_in(&shop, PHONE).await;
        let sold = json!({"client_phone": PHONE, "total_amount": 500, "external_sale_id": "today"});
        assert_eq!(house.sell(&shop, sold).await.status, 201);
        let check = async |batch: &str, sales: &[(&str, u32)], accrued: u32| {
            let rows = sales.iter().map(|(date, amount)| {
                json!({"external_sale_id": format!("{batch} {date}"), "phone": PHONE, "sale_date": date,
                    "total_amount": amount})
            });
            let rows: Vec<Value> = rows.collect();
            let body = json!({"batch": batch, "rows": rows, "accrue": true});
            let done = house.import(&shop, "sales", body).await;
            assert_eq!((done.status, &done.data()["accrued"]), (201, &json!(accrued)), "{done:?}");
        };
        // The third one of these has enough before it.
        check("a", &[("2025-12-03", 100), ("2025-12-01", 100), ("2025-12-02", 100)], 5 + 5 + 10)
            .await;
        check("b", &[("2025-11-20", 100)], 5).await;
        house.checkpoint_and_advance(3_600).await;
        check("c", &[("2025-11-01", 100), ("2025-12-04", 100)], 5 + 10).await;
        let refund =
            json!({"client_phone": PHONE, "external_sale_id": "b 2025-11-20", "amount": 100});
        assert_eq!(house.ask(&shop, Ask::post("/partner/refund", &refund)).await.status, 201);
        // It was not given back yet on that day.
        check("d", &[("2025-11-21", 100)], 10).await;
        house.close_and_verify().await;
    });
}

#[test]
fn old_sales_are_history_and_go_back_as_returns() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        house.grant(&shop, PHONE, "10.00").await;
        let sale = |id: &str, phone: &str| {
            json!({"external_sale_id": id, "phone": phone, "sale_date": "2024-06-01",
                "total_amount": 250.5, "redeemed": 10,
                "lines": [{"name": "Tea", "line_amount": 200}]})
        };
        let unknown = json!({"batch": "s", "rows": [sale("1", PHONE), sale("2", NEW)]});
        let refused = house.import(&shop, "sales", unknown).await;
        assert_eq!(refused.body["data"]["problems"][0]["code"], json!("customer_not_found"));
        let rows = json!([sale("1", PHONE), sale("2", PHONE)]);
        let done = house.import(&shop, "sales", json!({"batch": "s", "rows": rows})).await;
        assert_eq!((done.status, &done.data()["sales"]), (201, &json!(2)));
        let shown = house.client(&shop, PHONE).await;
        assert_eq!((&shown["total_spent"], &shown["bonus_balance"]), (&json!(501), &json!(10)));
        let dry = json!({"batch": "s", "dry_run": true});
        let foreseen = house.import(&shop, "reversals", dry.clone()).await;
        assert_eq!(house.client(&shop, PHONE).await["total_spent"], json!(501));
        let back = house.import(&shop, "reversals", json!({"batch": "s"})).await;
        assert_eq!(back.data()["sales"], json!(2), "{back:?}");
        assert_eq!(foreseen_as_done(&foreseen), *back.data());
        let foreseen = house.import(&shop, "reversals", dry).await;
        let again = house.import(&shop, "reversals", json!({"batch": "s"})).await;
        assert_eq!(foreseen_as_done(&foreseen), *again.data());
        assert_eq!(house.client(&shop, PHONE).await["total_spent"], json!(0));
        house.close_and_verify().await;
    });
}

#[test]
fn what_is_imported_is_there_after_a_restart_and_across_checkpoints() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let many: Vec<Value> = (0..300).map(|n| row(&format!("+9929011{n:05}"), "1.0")).collect();
        let done = house.import(&shop, "customers", json!({"batch": "m", "rows": many})).await;
        assert_eq!((done.status, &done.data()["opened"]), (201, &json!(300)));
        house.checkpoint_and_advance(3_600).await;
        let house = house.reopen().await;
        assert_eq!(house.client(&shop, "+992901100299").await["bonus_balance"], json!(1));
        let again = house.import(&shop, "customers", json!({"batch": "m", "rows": many})).await;
        assert_eq!(again.data()["repeated"], json!(true));
        house.close_and_verify().await;
    });
}

#[test]
fn a_batch_is_taken_back_from_customers_who_became_one() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let rows = json!([row(NEW, "100.0"), row(PHONE, "40.0")]);
        house.import(&shop, "customers", json!({"batch": "a", "rows": rows})).await;
        let merge = format!("/tenants/{}/customers/%2B992901110017/merge", shop.id);
        let merged = house.operate("POST", &merge, json!({"into": PHONE, "reason": "same"})).await;
        assert_eq!(merged.status, 200, "{merged:?}");
        let dry = json!({"batch": "a", "dry_run": true});
        let foreseen = house.import(&shop, "reversals", dry).await;
        let back = house.import(&shop, "reversals", json!({"batch": "a"})).await;
        assert_eq!((&back.data()["taken"], &back.data()["debt"]), (&json!(140), &json!(0)));
        assert_eq!(foreseen_as_done(&foreseen), *back.data());
        assert_eq!(house.client(&shop, PHONE).await["bonus_balance"], json!(0));
        // The row of the one who is gone stays known; the other's comes again.
        let anew = house.import(&shop, "customers", json!({"batch": "b", "rows": rows})).await;
        assert_eq!((anew.status, &anew.data()["known"]), (201, &json!([1])));
        assert_eq!(house.client(&shop, PHONE).await["bonus_balance"], json!(40));
        house.close_and_verify().await;
    });
}
