//! Guards what a page of a customer's past costs, through the real router, by how many sales the customer
//! has: the tenth sale and the ten thousandth must cost the same.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::BodyExt;
use kopilka::api::{DoorState, OperatorState, OperatorToken, operator_router, public_router};
use kopilka::engine::{Clock, House, HouseOptions};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::task::JoinSet;
use tower::ServiceExt;

const OPERATOR_TOKEN: &str = "an-operator-token-of-the-benches-0123456789";
const SALES: [u64; 3] = [10, 1_000, 10_000];
/// Sales under way at once while a history is made.
const AT_ONCE: u64 = 250;

/// A chain and its doors.
#[derive(Clone)]
struct Shop {
    router: Router,
    token: String,
    secret: String,
}

impl Shop {
    async fn open(house: &House) -> Self {
        let state = OperatorState::new(house.clone(), OperatorToken::new(OPERATOR_TOKEN));
        let request = Request::post("/operator/v1/tenants")
            .header("authorization", format!("Bearer {OPERATOR_TOKEN}"))
            .body(Body::from(json!({"name": "Bench"}).to_string()))
            .expect("a request");
        let made = send(operator_router(state), request).await;
        let text = |name: &str| made["data"][name].as_str().expect("a text").to_owned();
        let router = public_router(DoorState::new(house.clone())).into();
        Self { router, token: text("tenant_token"), secret: text("partner_secret") }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let timestamp = Clock::wall().now().millis().div_euclid(1_000);
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("any key");
        mac.update(format!("{timestamp}.POST.{path}.{body}").as_bytes());
        let request = Request::post(path)
            .header("x-tenant-token", &self.token)
            .header("x-partner-timestamp", timestamp)
            .header("x-partner-signature", hex::encode(mac.finalize().into_bytes()))
            .body(Body::from(body))
            .expect("a request");
        send(self.router.clone(), request).await
    }

    async fn sell(&self, phone: String, redeem: u8) {
        let sale = json!({
            "client_phone": phone, "total_amount": 100, "bonus_redeem_amount": redeem,
            "lines": [{"sku": "a", "name": "Milk 1L", "line_amount": 20}, {"line_amount": 80}],
        });
        let done = self.post("/api/v1/partner/sale", &sale).await;
        assert_eq!(done["success"], json!(true));
    }

    /// A customer with one sale; the Bearer token.
    async fn customer(&self, phone: &str) -> HeaderValue {
        let login = self.post("/api/v1/partner/auth", &json!({"phone": phone})).await;
        let token = login["data"]["token"].as_str().expect("a token");
        let bearer = HeaderValue::try_from(format!("Bearer {token}")).expect("plain text");
        self.sell(phone.to_owned(), 0).await;
        bearer
    }

    /// The sales of all customers, so many at once, so that everybody's are journaled in groups of one
    /// size: what is compared is the length of a history alone.
    async fn histories(&self) {
        let mut left = SALES.map(|sales| sales.saturating_sub(1));
        while left.iter().any(|left| *left > 0) {
            let mut under_way = JoinSet::new();
            for (left, sales) in left.iter_mut().zip(SALES) {
                let room = AT_ONCE.saturating_sub(u64::try_from(under_way.len()).unwrap_or(0));
                let now = (*left).min(room);
                for _ in 0..now {
                    let shop = self.clone();
                    under_way.spawn(async move { shop.sell(phone_of(sales), 1).await });
                }
                *left -= now;
            }
            while let Some(ended) = under_way.join_next().await {
                ended.expect("a sale");
            }
        }
    }

    async fn page(&self, bearer: &HeaderValue, path: &str) {
        let request = Request::get(format!("/api/v1{path}"))
            .header("x-tenant-token", &self.token)
            .header("authorization", bearer)
            .body(Body::empty())
            .expect("a request");
        let page = send(self.router.clone(), request).await;
        // A history of ten sales is one row short of a page: there was nothing to redeem at the first.
        let entries = page["data"]["data"].as_array().map_or(0, Vec::len);
        assert!([10, 19, 20].contains(&entries), "{page}");
    }
}

fn phone_of(sales: u64) -> String {
    format!("+9929{sales:08}")
}

async fn send(router: Router, request: Request<Body>) -> Value {
    let response = router.oneshot(request).await.expect("an answer");
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    serde_json::from_slice(&bytes).expect("JSON")
}

fn pages(criterion: &mut Criterion) {
    let system = actix::System::new();
    let temp = tempfile::tempdir().expect("a temporary directory");
    let house = system
        .block_on(House::open(HouseOptions::new(temp.path().join("ledger"))))
        .expect("a house");
    let shop = system.block_on(Shop::open(&house));
    let bearers = SALES.map(|sales| system.block_on(shop.customer(&phone_of(sales))));
    system.block_on(shop.histories());
    system.block_on(house.checkpoint()).expect("a checkpoint");
    for (sales, bearer) in SALES.into_iter().zip(bearers) {
        for list in ["transactions", "purchases"] {
            let mut group = criterion.benchmark_group(format!("page_of_{list}"));
            let size = if list == "purchases" { "&per_page=10" } else { "" };
            let middle = sales.div_ceil(20);
            let path = format!("/client/{list}?page={middle}{size}");
            group.bench_function(BenchmarkId::from_parameter(sales), |bencher| {
                bencher.iter(|| system.block_on(shop.page(&bearer, &path)));
            });
            group.finish();
        }
    }
    system.block_on(house.close()).expect("closed");
}

criterion_group!(benches, pages);
criterion_main!(benches);
