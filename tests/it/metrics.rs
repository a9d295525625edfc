//! What the house counts, and what requests are called: read as a scraper and a caller read it.

use crate::house::{Ask, OPERATOR_TOKEN, PHONE, TestHouse, options, run, send};
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use kopilka::api::{OperatorState, OperatorToken, operator_router};
use kopilka::engine::HouseOptions;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tower::ServiceExt as _;

const DOCUMENT: &str = include_str!("../../docs/monitoring.md");

impl TestHouse {
    /// What a scraper with the operator's token reads.
    pub(crate) async fn metrics(&self) -> String {
        let request = Request::builder().uri("/metrics");
        let request = request.header("authorization", format!("Bearer {OPERATOR_TOKEN}"));
        let answer = send(&self.operator, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body.as_str().unwrap().to_owned()
    }
}

/// The value of a metric, by its name with its labels as they are written.
pub(crate) fn value(metrics: &str, name: &str) -> Option<u64> {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

fn requests(dialect: &str, operation: &str, class: &str) -> String {
    format!(
        "kopilka_request_seconds_count{{dialect=\"{dialect}\",operation=\"{operation}\",status_class=\"{class}\"}}"
    )
}

#[test]
fn requests_of_every_dialect_are_counted_by_operation_and_refusals_by_code() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        for _ in 0..3 {
            let sale = json!({"client_phone": PHONE, "total_amount": 100});
            assert_eq!(house.sell(&shop, sale).await.status, 201);
        }
        let over = json!({"client_phone": PHONE, "amount": 50, "total_amount": 1000});
        assert_eq!(house.redeem(&shop, over).await.status, 422);
        house.client(&shop, PHONE).await;
        house.plus(&shop, "GET", "//customer/?phone=992901234567", Value::Null).await;
        assert_eq!(house.plus(&shop, "GET", "/nothing", Value::Null).await.status, 404);
        house.checkpoint_and_advance(0).await;
        house.fetch("/docs").await;
        let nowhere = Request::get("/992901234567").body(Body::empty()).unwrap();
        house.public.clone().oneshot(nowhere).await.unwrap();

        let metrics = house.metrics().await;
        let check = |name: &str, expected: u64| {
            assert_eq!(value(&metrics, name), Some(expected), "{name} in {metrics}");
        };
        check(&requests("bonex", "POST /api/v1/partner/sale", "2xx"), 3);
        check(&requests("bonex", "POST /api/v1/partner/redeem", "4xx"), 1);
        check(&requests("bonex", "GET /api/v1/partner/client/{identifier}", "2xx"), 1);
        check(&requests("bonusplus", "GET /api/customer", "2xx"), 1);
        check(&requests("unknown", "unknown", "4xx"), 2);
        check(&requests("page", "GET pages", "2xx"), 1);
        check(&requests("operator", "POST /operator/v1/tenants", "2xx"), 1);
        check("kopilka_refusals_total{dialect=\"bonex\",code=\"balance_too_low\"}", 1);
        check("kopilka_ready", 1);
        check("kopilka_resident_accounts", 1);
        check("kopilka_requests_under_way", 0);
        check("kopilka_journal_queue_operations", 0);
        check("kopilka_checkpoint_lag_events", 0);
        check("kopilka_checkpoint_seconds_count", 1);
        check("kopilka_reopenings_total", 0);
        check("kopilka_tenants", 1);
        check("kopilka_courier_lag_operations{channel=\"sms\"}", 0);
        check("kopilka_courier_lag_seconds{channel=\"webhook\"}", 0);
        check("kopilka_turned_away_total{reason=\"head_too_large\"}", 0);
        check("kopilka_filter_full", 0);
        for name in [
            "kopilka_disk_free_bytes",
            "kopilka_journal_events_total",
            "kopilka_journal_append_seconds_count",
            "kopilka_journal_group_operations_count",
            "kopilka_filter_bytes",
            "kopilka_filter_keys",
            "kopilka_filter_keys_max",
            "kopilka_process_resident_memory_bytes",
            "kopilka_store_bytes{store=\"journal\"}",
        ] {
            assert!(value(&metrics, name).is_some_and(|value| value > 0), "{name} in {metrics}");
        }
        assert!(!metrics.contains("992901234567"), "{metrics}");
        house.close_and_verify().await;
    });
}

#[test]
fn who_gets_no_place_is_counted() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let options = HouseOptions { places_max: 0, ..options(&dir.path().join("ledger")) };
        let house = TestHouse::open(dir, options).await;
        assert!(house.try_shop(json!({})).await.is_none());
        let metrics = house.metrics().await;
        assert_eq!(value(&metrics, "kopilka_admission_refusals_total"), Some(1), "{metrics}");
        house.close_and_verify().await;
    });
}

#[test]
fn metrics_ask_for_the_token_unless_the_configuration_says_otherwise() {
    run(async {
        let house = TestHouse::new().await;
        let ask = || Request::get("/metrics").body(Body::empty()).unwrap();
        let shut = house.operator.clone().oneshot(ask()).await.unwrap();
        assert_eq!(shut.status(), 401);
        let state = OperatorState::new(house.house.clone(), OperatorToken::new(OPERATOR_TOKEN));
        let open = operator_router(state.with_open_metrics(true));
        let told = open.clone().oneshot(ask()).await.unwrap();
        assert_eq!(told.status(), 200);
        let kind = told.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
        let text = told.into_body().collect().await.unwrap().to_bytes();
        assert!(text.ends_with(b"# EOF\n"));
        let other = Request::get("/operator/v1/tenants").body(Body::empty()).unwrap();
        assert_eq!(open.oneshot(other).await.unwrap().status(), 401, "metrics alone are open");
        house.close_and_verify().await;
    });
}

#[test]
fn every_answer_carries_the_id_of_its_request() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let doors = [
            (&house.public, "POST", "/api/v1/partner/sale"),
            (&house.public, "GET", "/healthz"),
            (&house.public, "GET", "/docs"),
            (&house.public, "GET", "/r/nothing"),
            (&house.public, "GET", "/nothing"),
            (&house.public, "PATCH", "/healthz"),
            (&house.public, "GET", "/api/customer"),
            (&house.public, "GET", "/api/nothing"),
            (&house.operator, "GET", "/operator/v1/tenants"),
            (&house.operator, "GET", "/metrics"),
            (&house.operator, "GET", "/nothing"),
        ];
        let mut made = Vec::new();
        for (router, method, path) in doors {
            let ask = |id: &str| {
                let request =
                    Request::builder().method(method).uri(path).header("x-request-id", id);
                router.clone().oneshot(request.body(Body::empty()).unwrap())
            };
            let answer = ask("till-7.42").await.unwrap();
            assert_eq!(answer.headers()["x-request-id"], "till-7.42", "{method} {path}");
            let answer = ask(PHONE).await.unwrap();
            made.push(answer.headers()["x-request-id"].to_str().unwrap().to_owned());
        }
        let count = made.len();
        made.sort();
        made.dedup();
        assert_eq!(made.len(), count, "{made:?}");
        assert!(made.iter().all(|id| !id.contains("992901234567")));
        // Also where the answer is written line by line.
        let batch = json!({"client_phone": PHONE, "total_amount": 100, "external_sale_id": "r-1"});
        let ask = Ask { body: batch.to_string(), ..Ask::post("/partner/sales/batch", &json!({})) };
        let answer = house.respond(&shop, ask.with("x-request-id", "batch-1")).await;
        assert_eq!(answer.headers()["x-request-id"], "batch-1");
        answer.into_body().collect().await.unwrap();
        house.close_and_verify().await;
    });
}

/// A metric that nobody explains, or an explanation of one that is gone, helps nobody.
#[test]
fn the_document_has_the_metrics_that_there_are_and_no_others() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let archive_dir = Some(dir.path().join("archive"));
        let options = HouseOptions { archive_dir, ..options(&dir.path().join("ledger")) };
        let house = TestHouse::open(dir, options).await;
        // What was never counted is not there.
        assert_eq!(house.operate("GET", "/tenants/7", Value::Null).await.status, 404);
        let metrics = house.metrics().await;
        let types = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let told: BTreeSet<String> = types
            .map(|rest| match rest.split_once(' ').unwrap() {
                (name, "counter") => format!("{name}_total"),
                (name, _) => name.to_owned(),
            })
            .collect();
        let rows = DOCUMENT.lines().filter(|line| line.starts_with("| `kopilka_"));
        let names = rows.flat_map(|row| {
            let first = row.split('|').nth(1).unwrap();
            first
                .split('`')
                .filter(|part| part.starts_with("kopilka_"))
                .map(|part| part.split('{').next().unwrap().to_owned())
        });
        assert_eq!(names.collect::<BTreeSet<String>>(), told);
        house.close_and_verify().await;
    });
}
