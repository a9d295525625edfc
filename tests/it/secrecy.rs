//! What those who guess learn: nothing. Codes and tokens are throttled or too long to guess, and neither
//! status, nor headers, nor body tell whether a phone or a token is known.

use crate::house::{Ask, PHONE, Shop, TestHouse, request, run};
use axum::http::HeaderMap;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

const STRANGER: &str = "+992907654321";

/// All that a caller can see of an answer.
#[derive(Debug, PartialEq)]
struct Seen {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

async fn see(house: &TestHouse, ask: Ask) -> Seen {
    // The name of a request tells nothing of what it asks; the same one for all is easy to compare.
    let ask = ask.with("x-request-id", "guess");
    let response = house.public.clone().oneshot(request(ask)).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Seen { status: parts.status.as_u16(), headers: parts.headers, body }
}

fn ask(shop: &Shop, path: &str, body: &Value) -> Ask {
    Ask::post(path, body).with("x-tenant-token", &shop.token)
}

async fn profile(house: &TestHouse, shop: &Shop, bearer: &str) -> Seen {
    let bearer = format!("Bearer {bearer}");
    let ask = Ask::get("/client/profile").with("authorization", &bearer);
    see(house, ask.with("x-tenant-token", &shop.token)).await
}

/// Every call of the login, with the phone of a customer and with that of nobody.
#[test]
fn nothing_of_an_answer_tells_whether_a_phone_is_known() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let mut seen = Vec::new();
        for phone in [PHONE, STRANGER] {
            let send = ask(&shop, "/auth/send-otp", &json!({ "phone": phone }));
            let guess =
                |path: &str, code: &str| ask(&shop, path, &json!({"phone": phone, "code": code}));
            let mut answers = vec![
                see(&house, guess("/auth/verify-otp", "123456")).await,
                see(&house, guess("/auth/register", "123456")).await,
                see(&house, send.clone()).await,
                see(&house, send.clone()).await,
            ];
            // No code begins with a zero.
            for path in ["/auth/verify-otp", "/auth/register"].repeat(4) {
                answers.push(see(&house, guess(path, "000000")).await);
            }
            seen.push(answers);
        }
        let statuses: Vec<u16> = seen[0].iter().map(|answer| answer.status).collect();
        assert_eq!(statuses[..4], [422, 422, 200, 422]);
        assert_eq!(statuses[4..], [422; 8]);
        assert_eq!(seen[0], seen[1]);
        house.close_and_verify().await;
    });
}

/// Five guesses at a code, ten codes a day: fifty guesses of 900,000 possible codes, however hard one tries.
#[test]
fn a_code_cannot_be_guessed_by_trying() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let (mut codes, mut guesses) = (0, 0);
        for _ in 0..24 * 60 {
            let send = house.raw(ask(&shop, "/auth/send-otp", &json!({ "phone": PHONE }))).await;
            if send.status == 200 {
                codes += 1;
                for _ in 0..7 {
                    let body = json!({"phone": PHONE, "code": "000000"});
                    let tried = house.raw(ask(&shop, "/auth/verify-otp", &body)).await;
                    guesses += usize::from(tried.error().1 == "code_invalid");
                }
            }
            house.advance_seconds(60);
        }
        assert_eq!((codes, guesses), (10, 50));
        house.close_and_verify().await;
    });
}

/// The number of a token is no secret: who has it learns nothing from wrong secrets, and locks nobody out.
#[test]
fn a_wrong_secret_tells_nothing_about_a_token() {
    run(async {
        let house = TestHouse::new().await;
        let (shop, other) = (house.shop(json!({})).await, house.shop(json!({})).await);
        let good = house.bearer(&shop, PHONE).await;
        let (id, secret) = good.split_once('|').unwrap();
        let wrong = "x".repeat(40);
        let near = {
            let last = if secret.ends_with('a') { 'b' } else { 'a' };
            format!("{}{last}", &secret[..39])
        };
        let nobodys = profile(&house, &shop, &format!("999999|{wrong}")).await;
        assert_eq!(nobodys.status, 401);
        let mut guesses = vec![
            format!("{id}|{wrong}"),
            format!("{id}|{near}"),
            format!("{id}|{}", secret.to_uppercase()),
            format!("999999|{secret}"),
            format!("{id}|{}", &secret[..39]),
            format!("{id}|{secret}a"),
            secret.to_owned(),
        ];
        guesses.extend((0..100).map(|number| format!("{id}|{number:040}")));
        for guess in guesses {
            assert_eq!(profile(&house, &shop, &guess).await, nobodys, "{guess}");
        }
        // A good token of one shop is no better in another.
        assert_eq!(profile(&house, &other, &good).await, nobodys);
        assert_eq!(profile(&house, &shop, &good).await.status, 200);
        house.close_and_verify().await;
    });
}

/// Nor does a revoked token differ from one that never was.
#[test]
fn a_revoked_token_is_one_that_never_was() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let oldest = house.bearer(&shop, PHONE).await;
        for _ in 0..10 {
            house.bearer(&shop, PHONE).await;
        }
        let never = profile(&house, &shop, &format!("999999|{}", "x".repeat(40))).await;
        assert_eq!(profile(&house, &shop, &oldest).await, never);
        house.close_and_verify().await;
    });
}

/// Who has only the token of the shop's app cannot ask who is a customer.
#[test]
fn who_is_a_customer_is_told_to_those_who_sign_only() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let mut seen = Vec::new();
        for phone in [PHONE, STRANGER] {
            let look = Ask::get(&format!("/partner/client/{}", phone.replace('+', "%2B")));
            let sale = json!({"client_phone": phone, "total_amount": 100});
            let vouch = json!({"phone": phone, "create_if_missing": false});
            let mut answers = Vec::new();
            for unsigned in [
                look,
                Ask::post("/partner/sale", &sale),
                Ask::post("/partner/quote", &sale),
                Ask::post("/partner/auth", &vouch),
            ] {
                answers.push(see(&house, unsigned.with("x-tenant-token", &shop.token)).await);
            }
            assert!(answers.iter().all(|answer| answer.status == 401));
            seen.push(answers);
        }
        assert_eq!(seen[0], seen[1]);
        house.close_and_verify().await;
    });
}
