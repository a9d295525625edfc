//! Limits of callers through the real doors: how often a chain may call, and how many wrong keys an
//! address may try.

use crate::documented::check_documented;
use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, request, run, send, sign};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use kopilka::api::Arrival;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::time::Duration;

const GUEST: &str = "203.0.113.5";
const ELSEWHERE: &str = "203.0.113.6";

/// Sends a request as it comes through a door from an address.
async fn from(router: &Router, client: &str, mut request: Request<Body>) -> Answer {
    let client: IpAddr = client.parse().unwrap();
    let body_time = Duration::from_secs(30);
    request.extensions_mut().insert(Arrival { client, body_time, is_encrypted: false });
    send(router, request).await
}

impl TestHouse {
    /// A signed request from an address.
    async fn till(&self, client: &str, shop: &Shop) -> Answer {
        let ask = Ask::get(&format!("/partner/client/{}", PHONE.replace('+', "%2B")));
        let at = self.clock.now().millis() / 1_000;
        let signature = sign(&shop.secret, at, &ask);
        let ask = ask
            .with("x-tenant-token", &shop.token)
            .with("x-partner-timestamp", &at.to_string())
            .with("x-partner-signature", &signature);
        from(&self.public, client, request(ask)).await
    }

    async fn plus_from(&self, client: &str, key: &str) -> Answer {
        let ask = Ask::plus("GET", "/account", &Value::Null).with_key(key);
        from(&self.public, client, request(ask)).await
    }

    async fn app_from(&self, client: &str, token: &str) -> Answer {
        let ask = Ask::get("/client/settings").with("x-tenant-token", token);
        from(&self.public, client, request(ask)).await
    }

    async fn operator_from(&self, client: &str, token: &str) -> Answer {
        let request = Request::builder()
            .uri("/operator/v1/tenants")
            .header("authorization", format!("Bearer {token}"));
        from(&self.operator, client, request.body(Body::empty()).unwrap()).await
    }
}

/// How many of `tries` were let through, and the first answer that was not.
async fn let_through(tries: usize, ask: impl AsyncFn() -> Answer) -> (usize, Option<Answer>) {
    for done in 0..tries {
        let answer = ask().await;
        if matches!(answer.status, 429 | 503) {
            return (done, Some(answer));
        }
    }
    (tries, None)
}

#[test]
fn a_chain_calls_as_often_as_its_settings_allow() {
    run(async {
        let house = TestHouse::new().await;
        let limits = json!({
            "partner_requests_per_minute_max": 6, "app_requests_per_minute_max": 3,
            "bonusplus_requests_per_hour_max": 36,
        });
        let shop = house.shop(limits).await;
        let other = house.shop(json!({})).await;

        let (done, refused) =
            let_through(9, async || house.app_from(GUEST, &shop.token).await).await;
        let refused = refused.unwrap();
        assert_eq!((done, refused.error()), (3, (503, "rate_limited", None)));
        assert_eq!(refused.retry_after.as_deref(), Some("20"));

        // The apps' flood takes nothing from the tills, nor one chain's from another's.
        let (done, refused) = let_through(9, async || house.till(GUEST, &shop).await).await;
        assert_eq!((done, refused.unwrap().retry_after.as_deref()), (6, Some("10")));
        let (done, _) = let_through(50, async || house.till(GUEST, &other).await).await;
        assert_eq!(done, 50);

        let (done, refused) =
            let_through(50, async || house.plus_from(GUEST, &shop.key).await).await;
        let refused = refused.unwrap();
        assert_eq!((done, refused.plus_error()), (36, (429, "RATE_LIMITED")));
        assert_eq!(refused.retry_after.as_deref(), Some("100"));

        house.advance_seconds(20);
        let (done, _) = let_through(9, async || house.app_from(GUEST, &shop.token).await).await;
        assert_eq!(done, 1);
        let (done, _) = let_through(9, async || house.till(GUEST, &shop).await).await;
        assert_eq!(done, 2);
        house.advance_seconds(80);
        let (done, _) = let_through(9, async || house.plus_from(GUEST, &shop.key).await).await;
        assert_eq!(done, 1);
        house.close_and_verify().await;
    });
}

#[test]
fn limits_are_settings_like_others() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"partner_requests_per_minute_max": 6})).await;
        let house = house.reopen().await;
        let (done, _) = let_through(9, async || house.till(GUEST, &shop).await).await;
        assert_eq!(done, 6);
        let path = format!("/tenants/{}/settings", shop.id);
        let shown = house.operate("GET", &path, Value::Null).await;
        let settings = &shown.data()[0]["settings"];
        assert_eq!(settings["partner_requests_per_minute_max"], json!(6), "{shown:?}");
        assert_eq!(settings["app_requests_per_minute_max"], Value::Null);
    });
}

#[test]
fn whoever_tries_many_keys_is_told_nothing_any_more() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let forged = Shop { secret: "guessed".into(), ..shop.clone() };
        let (done, refused) = let_through(99, async || house.till(GUEST, &forged).await).await;
        let refused = refused.unwrap();
        assert_eq!((done, refused.error()), (60, (503, "too_many_wrong_keys", None)));
        assert_eq!(refused.retry_after.as_deref(), Some("1"));

        // Not even that a key is right; in no dialect, with no kind of key.
        assert_eq!(house.till(GUEST, &shop).await.error().1, "too_many_wrong_keys");
        assert_eq!(house.app_from(GUEST, &shop.token).await.status, 503);
        assert_eq!(house.operator_from(GUEST, "x").await.error().1, "operator_token_invalid");
        let plus = house.plus_from(GUEST, &shop.key).await;
        assert_eq!(plus.plus_error(), (429, "TOO_MANY_WRONG_KEYS"));
        assert_eq!(plus.retry_after.as_deref(), Some("1"));
        assert_eq!(house.till(ELSEWHERE, &shop).await.status, 404);

        house.advance_seconds(1);
        assert_eq!(house.till(GUEST, &shop).await.status, 404, "and is regular from now on");
        let (done, _) = let_through(99, async || house.till(GUEST, &forged).await).await;
        assert_eq!(done, 1);
        assert_eq!(house.till(GUEST, &shop).await.status, 404);
        assert_eq!(house.plus_from(GUEST, &shop.key).await.status, 429);
    });
}

#[test]
fn every_kind_of_key_is_counted() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let bearer = async |client: &str| {
            let ask = Ask::get("/client/profile")
                .with("x-tenant-token", &shop.token)
                .with("authorization", &format!("Bearer 1|{}", "x".repeat(40)));
            from(&house.public, client, request(ask)).await
        };
        let telegram = async |client: &str| {
            let body = json!({"init_data": format!("auth_date=1&user=1&hash={}", "0".repeat(64))});
            let ask = Ask::post("/auth/telegram", &body).with("x-tenant-token", &shop.token);
            from(&house.public, client, request(ask)).await
        };
        let unknown = "x".repeat(64);
        let tried = [
            let_through(99, async || house.app_from("203.0.113.1", &unknown).await).await,
            let_through(99, async || house.plus_from("203.0.113.2", "wrong").await).await,
            let_through(99, async || house.operator_from("203.0.113.3", "wrong").await).await,
            let_through(99, async || bearer("203.0.113.4").await).await,
        ];
        for (done, refused) in tried {
            assert_eq!(done, 60, "{refused:?}");
        }
        // A store without a bot forbids: nothing was guessed.
        assert_eq!(let_through(99, async || telegram("203.0.113.7").await).await.0, 99);
        // What came through no door is counted nowhere.
        for _ in 0..99 {
            let answer = house.raw(Ask::get("/client/settings")).await;
            assert_eq!(answer.status, 401);
        }
        let error = json!({"code": "A", "msg": "", "devMsg": ""});
        check_documented(("GET", "/api/account"), 429, &error, false);
    });
}
