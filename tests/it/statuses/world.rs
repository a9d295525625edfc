//! A house in which every operation finds what it asks for, and which keeps what was answered.

use super::operation::{Dialect, Door, Operation};
use super::row::Row;
use crate::bonusplus_frame::api_key;
use crate::house::{Answer, Ask, OPERATOR_TOKEN, PHONE, Shop, TestHouse, options, send, sign};
use axum::http::Request;
use kopilka::api::{Arrival, operator_permissions};
use kopilka::engine::HouseOptions;
use kopilka::ledger::Role;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

/// Customers besides the one who does most.
pub(super) const BLOCKED: &str = "+992900000001";
pub(super) const OTHER: &str = "+992900000002";
/// To them no code was sent.
pub(super) const UNTOLD: &str = "+992900000005";
/// Nobody has these.
pub(super) const NEWCOMER: &str = "+992900000003";
pub(super) const UNKNOWN: &str = "+992900000004";

pub(super) struct World {
    /// Of the operations that are asked.
    pub(super) dialect: Dialect,
    pub(super) house: TestHouse,
    pub(super) shop: Shop,
    /// A shop that an operator has suspended.
    pub(super) suspended: Shop,
    /// A shop that neither lets apps redeem nor has a Telegram bot, and in which an unknown customer of
    /// the BonusPlus dialect is 404.
    pub(super) plain: Shop,
    /// The token of a customer of the plain shop, as a header says it.
    pub(super) foreign_bearer: String,
    pub(super) made: Made,
    bearer: String,
    /// A token of each role that may not do everything.
    operators: Vec<(Role, String)>,
    observed: RefCell<BTreeSet<(&'static str, u16)>>,
    complaints: RefCell<Vec<String>>,
}

/// What there is to ask for; of what can be done once, one for each row that does it.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) reserves: Vec<String>,
    pub(super) transaction: String,
    /// Of the BonusPlus dialect.
    pub(super) subscription: String,
    /// Codes that were sent to the customer and to the newcomer.
    pub(super) code: String,
    pub(super) newcomers_code: String,
}

impl World {
    pub(super) async fn new(dialect: Dialect) -> Self {
        let house = TestHouse::new().await;
        let shop = house.telegram_shop().await;
        let suspended = house.shop(json!({})).await;
        let settings = json!({"redeem_from_app": false, "unknown_customer_status": 404});
        let plain = house.shop(settings).await;
        let foreign_bearer = format!("Bearer {}", house.bearer(&plain, PHONE).await);
        let suspend = format!("/tenants/{}/suspend", suspended.id);
        assert_eq!(house.operate("POST", &suspend, Value::Null).await.status, 200);
        let bearer = format!("Bearer {}", house.bearer(&shop, PHONE).await);
        let mut world = Self {
            dialect,
            house,
            shop,
            suspended,
            plain,
            foreign_bearer,
            made: Made::default(),
            bearer,
            operators: Vec::new(),
            observed: RefCell::default(),
            complaints: RefCell::default(),
        };
        world.make_customers().await;
        world.make_reserves_and_webhooks().await;
        world.send_codes().await;
        if dialect == Dialect::BonusPlus {
            world.use_the_dialect().await;
        }
        world.add_operators().await;
        world
    }

    async fn make_customers(&mut self) {
        let (house, shop) = (&self.house, &self.shop);
        for phone in [BLOCKED, OTHER, UNTOLD] {
            house.log_in(shop, phone).await;
        }
        house.grant(shop, PHONE, "1000").await;
        let block = format!("/tenants/{}/customers/{}/block", shop.id, encoded(BLOCKED));
        assert_eq!(house.operate("POST", &block, Value::Null).await.status, 200);
        for external in ["sold", "sold-late"] {
            let sale =
                json!({"client_phone": PHONE, "total_amount": 100, "external_sale_id": external});
            assert_eq!(house.sell(shop, sale).await.status, 201);
        }
        let path = format!("/partner/client/{}/transactions", encoded(PHONE));
        let history = house.ask(shop, Ask::get(&path)).await;
        self.made.transaction = history.data()["data"][0]["id"].to_string();
    }

    async fn make_reserves_and_webhooks(&mut self) {
        for amount in [10, 20, 30] {
            let body = json!({"client_phone": PHONE, "amount": amount});
            let made = self.house.ask(&self.shop, Ask::post("/partner/reserve", &body)).await;
            self.made.reserves.push(made.data()["id"].as_str().unwrap().to_owned());
        }
        for _ in 0..2 {
            let body = json!({"url": "http://erp.example/kopilka"});
            let made = self.house.ask(&self.shop, Ask::post("/partner/webhooks", &body)).await;
            assert_eq!(made.status, 201, "{made:?}");
        }
        let promotion = json!({"name": "Gift", "type": "fixed_bonus", "reward": {"bonus": "1.00"}});
        let path = format!("/tenants/{}/promotions", self.shop.id);
        assert_eq!(self.house.operate("POST", &path, promotion.clone()).await.status, 201);
        let mut by_coupon = promotion;
        by_coupon["condition"] = json!({"coupon": true});
        assert_eq!(self.house.operate("POST", &path, by_coupon).await.status, 201);
    }

    /// What tills of the BonusPlus dialect have done before: the examples of the document.
    async fn use_the_dialect(&mut self) {
        let body = |id| {
            let example = Operation::named(Dialect::BonusPlus, id).example_body().unwrap();
            serde_json::from_str::<Value>(&example).unwrap()
        };
        let (house, shop) = (&self.house, &self.shop);
        let phone = PHONE.trim_start_matches('+');
        let reserve = format!("/customer/{phone}/balance/reserve");
        let made = [
            house.plus(shop, "POST", "/retail", body("doRetail")).await,
            house.plus(shop, "PATCH", &reserve, body("changeReserve")).await,
            house.plus(shop, "POST", "/webhook/subscription", body("subscribe")).await,
        ];
        assert_eq!([200, 204, 200], [0, 1, 2].map(|index| made[index].status), "{made:?}");
        self.made.subscription = made[2].body["id"].to_string();
    }

    async fn send_codes(&mut self) {
        for phone in [PHONE, NEWCOMER, OTHER] {
            let body = json!({ "phone": phone });
            let ask = Ask::post("/auth/send-otp", &body).with("x-tenant-token", &self.shop.token);
            assert_eq!(self.house.raw(ask).await.status, 200);
        }
        self.made.code = self.house.last_code(PHONE).await;
        self.made.newcomers_code = self.house.last_code(NEWCOMER).await;
    }

    async fn add_operators(&mut self) {
        for role in [Role::Auditor, Role::Support, Role::Operator] {
            let body = json!({"name": format!("a-{role}"), "role": role.name()});
            let added = self.house.operate("POST", "/operators", body).await;
            let token = added.data()["token"].as_str().unwrap().to_owned();
            self.operators.push((role, token));
        }
    }

    /// The token of an operator whose role may not call an operation; `None`: all roles may.
    pub(super) fn token_that_may_not(&self, operation: &Operation) -> Option<&str> {
        let permissions = operator_permissions();
        let of_this = |verb: &str, path: &str| (verb, path) == (operation.method, operation.path);
        let (.., roles) = permissions.iter().find(|(verb, path, _)| of_this(verb, path)).unwrap();
        let found = self.operators.iter().find(|(role, _)| !roles.contains(role));
        found.map(|(_, token)| token.as_str())
    }

    /// The same house after a restart, with so many places.
    pub(super) async fn with_places(self, places_max: usize) -> Self {
        let clock = self.house.clock.clone();
        let dir = self.house.close().await;
        let options = HouseOptions { clock, places_max, ..options(&dir.path().join("ledger")) };
        Self { house: TestHouse::open(dir, options).await, ..self }
    }

    /// What was answered, if all rows were right.
    pub(super) fn observed(self) -> BTreeSet<(&'static str, u16)> {
        let complaints = self.complaints.into_inner();
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
        self.observed.into_inner()
    }

    /// Asks as a row says and notes how the answer differs from it.
    pub(super) async fn check(&self, row: &Row) {
        let answer = self.ask(row).await;
        let code = answer.body["code"].as_str().map(str::to_owned);
        let expected = row.code.map(|code| row.operation.dialect.spelled(code));
        let told_when = answer.retry_after.as_deref();
        if (answer.status, code) != (row.status, expected)
            || (row.status == 503 && told_when != Some("1"))
        {
            self.complaints.borrow_mut().push(format!("{row}\n  got {answer:?}"));
        }
        self.observed.borrow_mut().insert((row.operation.id, answer.status));
    }

    pub(super) async fn check_all(&self, rows: &[Row]) {
        for row in rows {
            self.check(row).await;
        }
    }

    async fn ask(&self, row: &Row) -> Answer {
        let operation = &row.operation;
        let path = self.path(row);
        let bytes = row.bytes();
        let mut headers = self.headers(row, &path, &bytes);
        for (name, text) in &row.headers {
            headers.retain(|(known, _)| known != name);
            headers.extend(text.iter().map(|text| (*name, text.clone())));
        }
        let mut request = Request::builder().method(operation.method).uri(path + row.query);
        for (name, text) in headers {
            request = request.header(name, text);
        }
        let is_operators = operation.door() == Door::Operator;
        let router = if is_operators { &self.house.operator } else { &self.house.public };
        let mut request = request.body(row.http_body(bytes)).unwrap();
        if let Some(client) = row.client {
            let body_time = Duration::from_secs(30);
            request.extensions_mut().insert(Arrival { client, body_time, is_encrypted: false });
        }
        send(router, request).await
    }

    /// The path with its parts: those of the row, then those of the world, then the document's examples.
    fn path(&self, row: &Row) -> String {
        let part = |part: &'static str| {
            let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
                return part.to_owned();
            };
            let own = row.path.iter().find(|(known, _)| *known == name);
            encoded(&own.map_or_else(|| self.part(&row.operation, name), |(_, text)| text.clone()))
        };
        row.operation.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    fn part(&self, operation: &Operation, name: &str) -> String {
        match name {
            "tenant" => self.shop.id.to_string(),
            "identifier" => PHONE.to_owned(),
            "phone" => PHONE.trim_start_matches('+').to_owned(),
            "promotion" => "1".to_owned(),
            "transaction_id" => self.made.transaction.clone(),
            "id" if operation.path.contains("/webhooks/") => "1".to_owned(),
            "id" if operation.door() == Door::Partner => self.made.reserves[0].clone(),
            _ => operation.example_of(name),
        }
    }

    /// What the caller of the operation shows.
    fn headers(&self, row: &Row, path: &str, body: &[u8]) -> Vec<(&'static str, String)> {
        let shop = row.shop.as_ref().unwrap_or(&self.shop);
        let token = ("x-tenant-token", shop.token.clone());
        let bearer = |text: &str| ("authorization", text.to_owned());
        match row.operation.door() {
            Door::Open => Vec::new(),
            Door::Tenant => vec![token],
            Door::Customer { .. } => vec![token, bearer(&self.bearer)],
            Door::Operator => vec![bearer(&format!("Bearer {OPERATOR_TOKEN}"))],
            Door::Till => vec![bearer(&api_key(&shop.key))],
            Door::Partner => {
                let time = self.house.clock.now().millis() / 1_000;
                let body = String::from_utf8(body.to_vec()).unwrap();
                let method = row.operation.method;
                let ask = Ask { method, path: path.to_owned(), body, headers: Vec::new() };
                let signature = ("x-partner-signature", sign(&shop.secret, time, &ask));
                vec![token, ("x-partner-timestamp", time.to_string()), signature]
            }
        }
    }
}

/// A text as a part of a path: its letters, digits and dashes as they are.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'-' | b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
