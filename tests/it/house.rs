//! A whole house in a box: a data directory of its own, a standing clock, seeded chance, and the real
//! routers called without a port.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use kopilka::api::{
    DoorState, OperatorState, OperatorToken, Telemetry, operator_router, public_router,
};
use kopilka::courier::Deliveries;
use kopilka::engine::{Clock, EngineError, Entropy, House, HouseOptions};
use kopilka::journal::{
    DataDir, EntityEvents, JournalOptions, Numbered, Sealing, Tables, open_read_only,
    verify as verify_journal,
};
use kopilka::values::{EventNumber, Timestamp};
use serde_json::{Value, json};
use std::future::Future;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tower::ServiceExt;

pub(crate) use crate::asking::{Answer, Ask, request, send, sign};

/// The clock of a test house begins here.
pub(crate) const START: &str = "2026-03-02T09:00:00Z";
pub(crate) const OPERATOR_TOKEN: &str = "an-operator-token-of-the-tests-0123456789";

/// A customer of the tests.
pub(crate) const PHONE: &str = "+992901234567";

/// Runs a test inside an actix system.
pub(crate) fn run(test: impl Future<Output = ()>) {
    actix::System::new().block_on(test);
}

/// A house with its routers.
pub(crate) struct TestHouse {
    pub(crate) house: House,
    pub(crate) clock: Clock,
    pub(crate) deliveries: Deliveries,
    pub(crate) public: Router,
    pub(crate) operator: Router,
    dir: TempDir,
}

/// A tenant's credentials.
#[derive(Debug, Clone)]
pub(crate) struct Shop {
    pub(crate) id: u64,
    pub(crate) token: String,
    pub(crate) secret: String,
    /// Of the BonusPlus dialect.
    pub(crate) key: String,
}

/// What tests set differently.
pub(crate) fn options(dir: &Path) -> HouseOptions {
    HouseOptions {
        clock: Clock::standing(Timestamp::parse_rfc3339(START).unwrap()),
        entropy: chance_behind(dir),
        // Tests ask for checkpoints; none comes by itself.
        checkpoint_seconds: 1_000_000,
        ..HouseOptions::new(dir.to_path_buf())
    }
}

/// The same for the same past: an opening must not draw again what an earlier one drew.
fn chance_behind(dir: &Path) -> Entropy {
    let mark = std::fs::read(dir.join("high-water")).unwrap_or_default();
    let mixed = |seed: u64, byte: &u8| seed.wrapping_mul(31).wrapping_add(u64::from(*byte));
    Entropy::seeded(mark.iter().fold(7, mixed))
}

impl TestHouse {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = options(&dir.path().join("ledger"));
        Self::open(dir, options).await
    }

    pub(crate) async fn open(dir: TempDir, options: HouseOptions) -> Self {
        Self::try_open(dir, options).await.unwrap()
    }

    /// The same where the directory may be damaged.
    pub(crate) async fn try_open(dir: TempDir, options: HouseOptions) -> Result<Self, EngineError> {
        let clock = options.clock.clone();
        let house = House::open(options).await?;
        let deliveries = Deliveries::default();
        let telemetry = Telemetry::new(&house, &deliveries);
        let state = DoorState::new(house.clone()).with_deliveries(deliveries.clone());
        let public = public_router(state.with_telemetry(telemetry.clone())).into();
        let token = OperatorToken::new(OPERATOR_TOKEN);
        let state = OperatorState::new(house.clone(), token).with_deliveries(deliveries.clone());
        let operator = operator_router(state.with_telemetry(telemetry));
        Ok(Self { house, clock, deliveries, public, operator, dir })
    }

    /// The data directory.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.dir.path().join("ledger")
    }

    /// Closes the house and hands its folder back.
    pub(crate) async fn close(self) -> TempDir {
        self.house.close().await.unwrap();
        self.dir
    }

    /// Lets go of a house whose disk is gone: whatever cannot be written any more is not missed.
    pub(crate) async fn abandon(self) {
        let _ = self.house.close().await;
    }

    /// Closes and opens again, as a restart does; the clock goes on.
    pub(crate) async fn reopen(self) -> Self {
        let clock = self.clock.clone();
        let dir = self.close().await;
        let options = HouseOptions { clock, ..options(&dir.path().join("ledger")) };
        Self::open(dir, options).await
    }

    pub(crate) fn advance_seconds(&self, seconds: i64) {
        self.clock.set(self.clock.now().plus_seconds(seconds));
    }

    pub(crate) fn advance_days(&self, days: i64) {
        self.advance_seconds(days * 86_400);
    }

    /// A tenant with the settings of the contract's examples, changed by `changes`.
    pub(crate) async fn shop(&self, changes: Value) -> Shop {
        self.try_shop(changes).await.unwrap()
    }

    /// The same where the house may fail: `None` if it did.
    pub(crate) async fn try_shop(&self, changes: Value) -> Option<Shop> {
        let mut settings = json!({
            "currency": "TJS", "time_zone": "Asia/Dushanbe", "redeem_hold_seconds": 86_400,
            "min_purchase_amount": "10.00", "max_redeem_percent": "30", "expire_after_days": 365,
            "tiers": [{"name": "Base", "color": "#8A8A8A", "from_total_spent": "0.00", "bonus_percent": "5"}],
        });
        for (name, value) in changes.as_object().unwrap() {
            settings[name] = value.clone();
        }
        let created = self
            .operate("POST", "/tenants", json!({"name": "Khorosho", "settings": settings}))
            .await;
        if created.status == 503 {
            return None;
        }
        assert_eq!(created.status, 201, "{created:?}");
        let data = created.data();
        Some(Shop {
            id: data["tenant_id"].as_u64().unwrap(),
            token: data["tenant_token"].as_str().unwrap().to_owned(),
            secret: data["partner_secret"].as_str().unwrap().to_owned(),
            key: data["bonusplus_key"].as_str().unwrap().to_owned(),
        })
    }

    /// Calls the operator API.
    pub(crate) async fn operate(&self, method: &str, path: &str, body: Value) -> Answer {
        self.operate_with(method, path, body, &[]).await
    }

    pub(crate) async fn operate_with(
        &self,
        method: &str,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        self.operate_as(OPERATOR_TOKEN, (method, path), body, headers).await
    }

    /// The same with the token of an operator's own.
    pub(crate) async fn operate_as(
        &self,
        token: &str,
        (method, path): (&str, &str),
        body: Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/operator/v1{path}"))
            .header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        send(&self.operator, request.body(body).unwrap()).await
    }

    /// Signs and sends a request of a partner.
    pub(crate) async fn ask(&self, shop: &Shop, ask: Ask) -> Answer {
        self.raw(self.signed(shop, ask)).await
    }

    pub(crate) fn signed(&self, shop: &Shop, ask: Ask) -> Ask {
        let timestamp = self.clock.now().millis() / 1_000;
        let signature = sign(&shop.secret, timestamp, &ask);
        ask.with("x-tenant-token", &shop.token)
            .with("x-partner-timestamp", &timestamp.to_string())
            .with("x-partner-signature", &signature)
    }

    /// Signs and sends a request of a partner; the answer may still be growing.
    pub(crate) async fn respond(&self, shop: &Shop, ask: Ask) -> Response<Body> {
        self.public.clone().oneshot(request(self.signed(shop, ask))).await.unwrap()
    }

    /// Fetches what is no JSON.
    pub(crate) async fn fetch(&self, path: &str) -> Response<Body> {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        self.public.clone().oneshot(request).await.unwrap()
    }

    /// Sends a request as it is.
    pub(crate) async fn raw(&self, ask: Ask) -> Answer {
        send(&self.public, request(ask)).await
    }

    pub(crate) async fn log_in(&self, shop: &Shop, phone: &str) -> Answer {
        self.ask(shop, Ask::post("/partner/auth", &json!({"phone": phone}))).await
    }

    /// Logs a customer in; the Bearer token.
    pub(crate) async fn bearer(&self, shop: &Shop, phone: &str) -> String {
        self.log_in(shop, phone).await.data()["token"].as_str().unwrap().to_owned()
    }

    /// Sends a request of a customer's app.
    pub(crate) async fn app(&self, shop: &Shop, bearer: &str, ask: Ask) -> Answer {
        let bearer = format!("Bearer {bearer}");
        self.raw(ask.with("x-tenant-token", &shop.token).with("authorization", &bearer)).await
    }

    pub(crate) async fn sell(&self, shop: &Shop, sale: Value) -> Answer {
        self.ask(shop, Ask::post("/partner/sale", &sale)).await
    }

    pub(crate) async fn redeem(&self, shop: &Shop, redemption: Value) -> Answer {
        self.ask(shop, Ask::post("/partner/redeem", &redemption)).await
    }

    /// A customer as the till sees them.
    pub(crate) async fn client(&self, shop: &Shop, phone: &str) -> Value {
        let path = format!("/partner/client/{}", phone.replace('+', "%2B"));
        let answer = self.ask(shop, Ask::get(&path)).await;
        answer.data().clone()
    }

    /// Gives a customer so many spendable bonuses, without expiry.
    pub(crate) async fn grant(&self, shop: &Shop, phone: &str, amount: &str) {
        let path =
            format!("/tenants/{}/customers/{}/adjustments", shop.id, phone.replace('+', "%2B"));
        let answer = self.operate("POST", &path, json!({"amount": amount, "reason": "test"})).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }

    /// Every durable operation.
    pub(crate) async fn operations(&self) -> Vec<Numbered> {
        self.house.operations_after(EventNumber::default(), usize::MAX).await.unwrap()
    }

    /// The code that was sent to a phone last, as a courier would read it.
    pub(crate) async fn last_code(&self, phone: &str) -> String {
        let operations = self.operations().await;
        let mut sent = operations.iter().rev().filter_map(|numbered| {
            let operation = &numbered.operation;
            operation.entities.iter().find_map(|entity| match entity {
                EntityEvents::Login(_, events) => events
                    .iter()
                    .find_map(|event| self.house.login_code(operation.tenant, event).unwrap()),
                EntityEvents::Tenant(_) | EntityEvents::Account(..) | EntityEvents::Voucher(..) => {
                    None
                }
            })
        });
        let found = sent.find(|(to, _)| to.to_string() == phone);
        found.map(|(_, code)| code.to_string()).unwrap()
    }

    pub(crate) async fn checkpoint_and_advance(&self, seconds: i64) {
        self.house.checkpoint().await.unwrap();
        self.advance_seconds(seconds);
    }

    /// The same where the ledger lies elsewhere than in this house's own folder.
    pub(crate) async fn close_and_verify_at(self, ledger: &Path) {
        self.close().await;
        verify(ledger);
    }

    /// What `kopilka verify` says of the closed data directory.
    pub(crate) async fn close_and_verify(self) -> TempDir {
        let dir = self.close().await;
        verify(&dir.path().join("ledger"));
        dir
    }
}

/// Verifies a closed data directory.
pub(crate) fn verify(data_dir: &Path) {
    let data_dir = DataDir::open_existing(data_dir).unwrap();
    let sealing = sealing_of(&data_dir);
    let options = JournalOptions::new(1 << 20, Timestamp::default()).under(sealing.clone());
    let journal = open_read_only(&data_dir, &options).unwrap();
    let tables = Tables::open_as_they_lie(&data_dir.tables_path(), 1 << 20, &sealing).unwrap();
    let report = verify_journal(&journal, tables.as_ref(), &mut |_| {});
    assert!(report.is_clean(), "{report:?}");
    let covers = report.covered.tables_cover.map(|covers| covers.number());
    assert_eq!(covers, Some(report.covered.events), "a closed house has complete tables");
}

/// How what is personal or secret lies in a data directory that has its own master key.
pub(crate) fn sealing_of(data_dir: &DataDir) -> Sealing {
    let source = Entropy::seeded(0).vault_source(None, Timestamp::default());
    data_dir.sealing(&source).unwrap()
}

/// How many phones the tables of a closed data directory have logins of.
pub(crate) fn logins_in_tables(data_dir: &Path) -> usize {
    let data_dir = DataDir::open_existing(data_dir).unwrap();
    let (path, sealing) = (data_dir.tables_path(), sealing_of(&data_dir));
    let tables = Tables::open_as_they_lie(&path, 1 << 20, &sealing).unwrap().unwrap();
    tables.logins().unwrap().len()
}
