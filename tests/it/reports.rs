//! What is owed, the books and the exports: the same question has the same answer, whatever happens later.

use crate::house::{PHONE, Shop, TestHouse, run};
use kopilka::engine::AsOf;
use kopilka::values::TenantId;
use serde_json::{Value, json};

const OTHER: &str = "+992901110018";

impl TestHouse {
    async fn ask_for(&self, shop: &Shop, what: &str) -> Value {
        let path = format!("/tenants/{}/{what}", shop.id);
        let answer = self.operate("GET", &path, Value::Null).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }
}

/// A figure in hundredths.
fn cents(figure: &Value) -> i64 {
    let text = figure.to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let rest: i64 = format!("{rest:0<2}").parse().unwrap();
    whole.parse::<i64>().unwrap() * 100 + sign * rest
}

/// Columns of the whole report, in hundredths.
fn total(report: &Value) -> Vec<i64> {
    let names =
        ["opening", "issued", "redeemed", "expired", "reversed", "adjusted", "moved", "closing"];
    names.iter().map(|name| cents(&report["data"]["total"][*name])).collect()
}

fn adds_up(report: &Value) {
    let all = total(report);
    let [opening, issued, redeemed, expired, reversed, adjusted, moved, closing] = all[..] else {
        panic!("{all:?}")
    };
    assert_eq!(opening + issued - redeemed - expired + reversed + adjusted + moved, closing);
}

#[test]
fn the_same_question_has_the_same_answer_later() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"expire_after_days": 5})).await;
        house.log_in(&shop, PHONE).await;
        house.grant(&shop, PHONE, "100.00").await;
        house.log_in(&shop, OTHER).await;
        house.grant(&shop, OTHER, "40.00").await;
        house.advance_days(2);
        let sale = json!({"client_phone": PHONE, "total_amount": 200, "external_sale_id": "1"});
        assert_eq!(house.sell(&shop, sale).await.status, 201);
        // The first lots end on the eighth, and nobody has written that yet.
        house.advance_days(8);
        let ask = "reports/liability?from=2026-03-01&to=2026-03-08";
        let first = house.ask_for(&shop, ask).await;
        adds_up(&first);
        assert_eq!(total(&first)[3], 14_000, "{first}");
        let opening = house.ask_for(&shop, "reports/liability?from=2026-03-09").await;
        assert_eq!(total(&opening)[0], total(&first)[7]);
        adds_up(&opening);

        // What was due is written, and a sale of back then arrives.
        house.house.sweep().await.unwrap();
        let late = json!({"client_phone": PHONE, "total_amount": 500, "external_sale_id": "2",
            "sale_date": "2026-03-04T10:00:00+05:00"});
        assert_eq!(house.sell(&shop, late).await.status, 201);
        house.grant(&shop, OTHER, "7.00").await;
        assert_eq!(house.ask_for(&shop, ask).await["data"], first["data"]);
        let house = house.reopen().await;
        let again = house.ask_for(&shop, ask).await;
        assert_eq!(again["data"], first["data"]);
        // And in a part of the ledger that is named by its event.
        let (event, at) = (&first["data"]["to"]["event"], &first["data"]["to"]["at"]);
        let named = format!(
            "reports/liability?from=2026-03-01&to={}&to_event={event}",
            at.as_str().unwrap()
        );
        assert_eq!(house.ask_for(&shop, &named).await["data"], first["data"]);
        // A period does not run backwards.
        let by_event = format!("from_event={event}&to_event=1");
        for period in ["from=2026-03-08&to=2026-03-01", &by_event] {
            let path = format!("/tenants/{}/reports/liability?{period}", shop.id);
            let refused = house.operate("GET", &path, Value::Null).await;
            assert_eq!(refused.error().1, "as_of_invalid", "{period}");
        }
        house.close_and_verify().await;
    });
}

#[test]
fn exports_and_books_say_the_same_as_the_report() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        house.grant(&shop, PHONE, "100.00").await;
        house.log_in(&shop, OTHER).await;
        house.grant(&shop, OTHER, "40.00").await;
        let redeemed = json!({"client_phone": PHONE, "amount": 30, "total_amount": 1000});
        assert_eq!(house.redeem(&shop, redeemed).await.status, 200);
        let books = house.ask_for(&shop, "reports/trial-balance").await;
        assert_eq!(books["data"]["total"], json!(0));
        let owed = house.ask_for(&shop, "reports/liability").await;
        assert_eq!(owed["data"]["total"]["closing"], json!(110));

        let balances = house.ask_for(&shop, "exports/balances?format=ndjson").await;
        let balances: Vec<_> =
            balances.as_array().unwrap().iter().map(|one| one["balance"].to_string()).collect();
        assert_eq!(balances, ["70.0", "40.0"]);
        let lots = house.ask_for(&shop, "exports/lots?format=ndjson").await;
        assert_eq!(lots.as_array().unwrap().len(), 2);
        let operations = house.ask_for(&shop, "exports/operations?format=ndjson").await;
        let postings = operations.as_array().unwrap();
        let sum = |book: &str| -> i64 {
            let own = postings.iter().filter(|one| one["book"] == book);
            own.map(|one| cents(&one["amount"])).sum()
        };
        assert_eq!((sum("redeemed"), sum("customer_active")), (3_000, 11_000));
        // As it was before the redemption.
        let event = postings.iter().find(|one| one["book"] == "redeemed").unwrap()["event"].clone();
        let before =
            format!("exports/balances?format=ndjson&as_of_event={}", event.as_u64().unwrap() - 1);
        let before = house.ask_for(&shop, &before).await;
        assert_eq!(before[0]["balance"].to_string(), "100.0");
        house.close().await;
    });
}

#[test]
fn exports_that_nobody_reads_on_hold_up_no_report_and_are_bounded() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let tenant = TenantId(u32::try_from(shop.id).unwrap());
        let begin = || house.house.statement(tenant, AsOf::default());
        let mut open = Vec::new();
        for _ in 0..4 {
            open.push(begin().await.unwrap());
        }
        let waiting = {
            let house = house.house.clone();
            tokio::spawn(async move { house.statement(tenant, AsOf::default()).await })
        };
        // The fifth waits for one of them to end; what is owed is told meanwhile.
        house.ask_for(&shop, "reports/trial-balance").await;
        house.ask_for(&shop, "reports/liability").await;
        assert!(!waiting.is_finished());
        assert_eq!(open[0].next().await.unwrap().len(), 1);
        drop(open.pop());
        assert_eq!(waiting.await.unwrap().unwrap().next().await.unwrap().len(), 1);
        drop(open);
        house.close_and_verify().await;
    });
}
