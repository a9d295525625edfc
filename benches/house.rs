//! The whole house in-process: signed, durable sales with three lines through the real router, without a
//! port, by how many are under way at once; and in a batch.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::BodyExt;
use kopilka::api::{DoorState, OperatorState, OperatorToken, operator_router, public_router};
use kopilka::engine::{Clock, House, HouseOptions};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::task::JoinSet;
use tower::ServiceExt;

const CUSTOMERS: u64 = 1_000;
const BATCH: u64 = 1_000;
const OPERATOR_TOKEN: &str = "an-operator-token-of-the-benches-0123456789";

#[derive(Clone)]
struct Till {
    router: Router,
    token: String,
    secret: String,
}

impl Till {
    async fn post(&self, path: &str, body: String) -> u16 {
        let timestamp = Clock::wall().now().millis().div_euclid(1_000);
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("any key");
        mac.update(format!("{timestamp}.POST.{path}.{body}").as_bytes());
        let request = Request::post(path)
            .header("x-tenant-token", &self.token)
            .header("x-partner-timestamp", timestamp)
            .header("x-partner-signature", hex::encode(mac.finalize().into_bytes()))
            .body(Body::from(body))
            .expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let status = response.status().as_u16();
        response.into_body().collect().await.expect("a body");
        status
    }

    async fn sell(&self, number: u64) {
        let body = format!(
            r#"{{"client_phone":"{}","total_amount":100,"external_sale_id":"b-{number}","lines":[{{"sku":"a","name":"Milk 1L","line_amount":20}},{{"sku":"b","quantity":2,"unit_price":15}},{{"sku":"c","line_amount":50}}]}}"#,
            phone(number)
        );
        assert_eq!(self.post("/api/v1/partner/sale", body).await, 201);
    }

    /// Late sales of as many customers as there are, in one batch.
    async fn sell_batch(&self, numbers: std::ops::Range<u64>) {
        let line = |number| {
            format!(
                r#"{{"client_phone":"{}","total_amount":100,"external_sale_id":"l-{number}"}}"#,
                phone(number)
            )
        };
        let lines: Vec<String> = numbers.map(line).collect();
        assert_eq!(self.post("/api/v1/partner/sales/batch", lines.join("\n")).await, 200);
    }
}

fn phone(number: u64) -> String {
    format!("+9929{:08}", number.rem_euclid(CUSTOMERS))
}

async fn till(house: &House) -> Till {
    let state = OperatorState::new(house.clone(), OperatorToken::new(OPERATOR_TOKEN));
    let request = Request::post("/operator/v1/tenants")
        .header("authorization", format!("Bearer {OPERATOR_TOKEN}"))
        .body(Body::from(json!({"name": "Bench"}).to_string()))
        .expect("a request");
    let response = operator_router(state).oneshot(request).await.expect("an answer");
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    let made: Value = serde_json::from_slice(&bytes).expect("JSON");
    let text = |name: &str| made["data"][name].as_str().expect("a text").to_owned();
    let router = public_router(DoorState::new(house.clone()));
    let till = Till { router, token: text("tenant_token"), secret: text("partner_secret") };
    for number in 0..CUSTOMERS {
        let body = json!({"phone": phone(number)}).to_string();
        assert_eq!(till.post("/api/v1/partner/auth", body).await, 201);
    }
    till
}

fn sales(criterion: &mut Criterion) {
    let system = actix::System::new();
    let temp = tempfile::tempdir().expect("a temporary directory");
    let house = system
        .block_on(House::open(HouseOptions::new(temp.path().join("ledger"))))
        .expect("a house");
    let till = system.block_on(till(&house));
    let mut next = 0_u64;
    let mut group = criterion.benchmark_group("durable_sales_in_process");
    for at_once in [1_u64, 16, 64, 256] {
        group.throughput(Throughput::Elements(at_once));
        group.bench_function(BenchmarkId::from_parameter(at_once), |bencher| {
            bencher.iter(|| {
                let first = next;
                next += at_once;
                system.block_on(async {
                    let mut under_way = JoinSet::new();
                    for number in first..next {
                        let till = till.clone();
                        under_way.spawn(async move { till.sell(number).await });
                    }
                    while let Some(ended) = under_way.join_next().await {
                        ended.expect("a sale");
                    }
                });
            });
        });
    }
    group.throughput(Throughput::Elements(BATCH));
    group.bench_function("batch_of_1000", |bencher| {
        bencher.iter(|| {
            let first = next;
            next += BATCH;
            system.block_on(till.sell_batch(first..next));
        });
    });
    group.finish();
    system.block_on(house.close()).expect("closed");
}

criterion_group!(benches, sales);
criterion_main!(benches);
