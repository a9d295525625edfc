//! Guards the whole house in-process: signed, durable sales with three lines through the real router,
//! without a port, by how many are under way at once, and in a batch; what they lose beside snapshots that
//! are made without a pause; and how many bytes of records a second a snapshot takes of a closed ledger.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::BodyExt;
use kopilka::api::{DoorState, OperatorState, OperatorToken, operator_router, public_router};
use kopilka::engine::{Clock, Entropy, House, HouseOptions};
use kopilka::journal::{
    DataDir, JournalOptions, SnapshotKind, SnapshotPlace, SnapshotSource, create_snapshot,
    open_read_only,
};
use serde_json::{Value, json};
use sha2::Sha256;
use std::ops::{ControlFlow, Range};
use std::path::Path;
use tokio::task::JoinSet;
use tower::ServiceExt;

const CUSTOMERS: u64 = 1_000;
const BATCH: u64 = 1_000;
/// Sales in the ledger before snapshots are measured, and under way at once then.
const SALES_BEFORE: u64 = 20_000;
const AT_ONCE: u64 = 64;
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

    async fn sell_at_once(&self, numbers: Range<u64>) {
        let mut under_way = JoinSet::new();
        for number in numbers {
            let till = self.clone();
            under_way.spawn(async move { till.sell(number).await });
        }
        while let Some(ended) = under_way.join_next().await {
            ended.expect("a sale");
        }
    }

    /// Late sales of as many customers as there are, in one batch.
    async fn sell_batch(&self, numbers: Range<u64>) {
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
    let router = public_router(DoorState::new(house.clone())).into();
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
                system.block_on(till.sell_at_once(first..next));
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

fn snapshots(criterion: &mut Criterion) {
    let system = actix::System::new();
    let temp = tempfile::tempdir().expect("a temporary directory");
    let ledger = temp.path().join("ledger");
    let house = system.block_on(House::open(HouseOptions::new(ledger.clone()))).expect("a house");
    let till = system.block_on(till(&house));
    let mut next = 0_u64;
    while next < SALES_BEFORE {
        system.block_on(till.sell_at_once(next..next + BATCH));
        next += BATCH;
    }
    let mut group = criterion.benchmark_group("snapshot");
    group.throughput(Throughput::Elements(AT_ONCE));
    for name in ["sales_alone", "sales_beside_snapshots", "sales_alone_again"] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let first = next;
                next += AT_ONCE;
                system.block_on(async {
                    if name == "sales_beside_snapshots" {
                        // As soon as one is whole, the next one begins.
                        let _ = house.begin_snapshot(Clock::wall().now(), SnapshotKind::Full).await;
                    }
                    till.sell_at_once(first..next).await;
                });
            });
        });
    }
    system.block_on(house.close()).expect("closed");
    copies(&mut group, &ledger, temp.path());
    group.finish();
}

/// Copies of the closed ledger, with nothing that holds them back.
fn copies(group: &mut BenchmarkGroup<'_, WallTime>, ledger: &Path, folder: &Path) {
    let data_dir = DataDir::open_existing(ledger).expect("a closed ledger");
    let source = Entropy::seeded(0).vault_source(None, Clock::wall().now());
    let sealing = data_dir.sealing(&source).expect("its vault");
    let options = JournalOptions::new(64 << 20, Clock::wall().now()).under(sealing);
    let journal = open_read_only(&data_dir, &options).expect("a journal");
    let bytes: usize = journal.records(1).map(|record| record.expect("sound").0.bytes).sum();
    group.throughput(Throughput::Bytes(u64::try_from(bytes).unwrap_or(u64::MAX)));
    let through = journal.cut_at_end().expect("records");
    let mut number = 0;
    group.bench_function("copy", |bencher| {
        bencher.iter(|| {
            number += 1;
            let place = SnapshotPlace::claim(&folder.join(number.to_string()), 0).expect("free");
            let (journal, created_at) = (journal.clone(), Clock::wall().now());
            let source = SnapshotSource {
                journal,
                through,
                house_key: None,
                created_at,
                kind: SnapshotKind::Full,
            };
            create_snapshot(&source, &place, &mut |_| ControlFlow::Continue(())).expect("whole");
        });
    });
}

criterion_group!(benches, sales, snapshots);
criterion_main!(benches);
