//! The frame of the BonusPlus dialect: the key, the languages, and what a path may look like.

use crate::house::{Answer, Ask, Shop, TestHouse, run};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

impl Ask {
    /// A request of the BonusPlus dialect; null: without a body.
    pub(crate) fn plus(method: &'static str, path: &str, body: &Value) -> Self {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        Self { method, path: format!("/api{path}"), body, headers: Vec::new() }
    }

    pub(crate) fn with_key(self, key: &str) -> Self {
        self.with("authorization", &api_key(key))
    }
}

/// The header that shows a key.
pub(crate) fn api_key(key: &str) -> String {
    format!("ApiKey {}", STANDARD.encode(key))
}

impl TestHouse {
    /// Sends a request of a till of the BonusPlus dialect.
    pub(crate) async fn plus(
        &self,
        shop: &Shop,
        method: &'static str,
        path: &str,
        body: Value,
    ) -> Answer {
        self.raw(Ask::plus(method, path, &body).with_key(&shop.key)).await
    }
}

impl Answer {
    /// Status and code of an error of the BonusPlus dialect.
    pub(crate) fn plus_error(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap())
    }
}

#[test]
fn a_key_opens_its_tenant_and_no_other() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let other = house.shop(json!({})).await;
        let account = house.plus(&shop, "GET", "/account", Value::Null).await;
        assert_eq!((account.status, &account.body["id"]), (200, &json!(shop.id)));
        let account = house.plus(&other, "GET", "/account", Value::Null).await;
        assert_eq!(account.body["id"], json!(other.id));
        let ask = || Ask::plus("GET", "/account", &Value::Null);
        assert_eq!(house.raw(ask()).await.plus_error(), (401, "API_KEY_INVALID"));
        for key in ["", "x", &shop.token, &shop.secret] {
            let answer = house.raw(ask().with_key(key)).await;
            assert_eq!(answer.plus_error(), (401, "API_KEY_INVALID"), "{key}");
        }
        let path = format!("/tenants/{}/suspend", shop.id);
        house.operate("POST", &path, Value::Null).await;
        let answer = house.plus(&shop, "GET", "/account", Value::Null).await;
        assert_eq!(answer.plus_error(), (403, "TENANT_SUSPENDED"));
        house.close_and_verify().await;
    });
}

#[test]
fn a_key_is_renewed_and_the_one_before_has_its_grace() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let path = format!("/tenants/{}/rotate", shop.id);
        let body = json!({"what": "bonusplus_key", "grace_seconds": 60});
        let rotated = house.operate("POST", &path, body).await;
        let key = rotated.data()["bonusplus_key"].as_str().unwrap().to_owned();
        assert_eq!(rotated.data()["partner_secret"], Value::Null);
        let newer = Shop { key, ..shop.clone() };
        let status = async |house: &TestHouse, shop: &Shop| {
            house.plus(shop, "GET", "/account", Value::Null).await.status
        };
        assert_eq!((status(&house, &shop).await, status(&house, &newer).await), (200, 200));
        let house = house.reopen().await;
        assert_eq!((status(&house, &shop).await, status(&house, &newer).await), (200, 200));
        house.advance_seconds(61);
        assert_eq!((status(&house, &shop).await, status(&house, &newer).await), (401, 200));
        house.close_and_verify().await;
    });
}

#[test]
fn needless_slashes_are_tolerated_and_unknown_paths_are_not() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        for path in ["/account", "/account/", "//account", "//account//"] {
            let answer = house.plus(&shop, "GET", path, Value::Null).await;
            assert_eq!(answer.status, 200, "{path}");
        }
        for (method, path) in [("GET", "/accounts"), ("POST", "/account"), ("GET", "/")] {
            let answer = house.plus(&shop, method, path, Value::Null).await;
            assert_eq!(answer.plus_error(), (404, "ROUTE_UNKNOWN"), "{method} {path}");
        }
    });
}

#[test]
fn messages_are_in_the_language_of_the_caller() {
    run(async {
        let house = TestHouse::new().await;
        let ask = || Ask::plus("GET", "/account", &Value::Null);
        let message = async |ask: Ask| house.raw(ask).await.body["msg"].clone();
        assert_eq!(message(ask()).await, "Ключ API не указан или неверен.");
        let english = ask().with("accept-language", "en-GB,en;q=0.9,ru;q=0.1");
        assert_eq!(message(english).await, "The API key is missing or wrong.");
    });
}
