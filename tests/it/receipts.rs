//! What proves an answer: every family of operations carries it, what is answered again carries that of
//! the first answer, and what wrote nothing carries none.

use crate::batch::{ask as batch_of, post};
use crate::house::{Ask, OPERATOR_TOKEN, PHONE, Shop, TestHouse, request, run};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

const OTHER: &str = "+992907654321";

/// The event and the hash that an answer carries.
pub(crate) type Receipt = (u64, String);

/// An answer as far as it is told here.
#[derive(Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) receipt: Option<Receipt>,
}

async fn told(response: Response<Body>) -> Told {
    let status = response.status().as_u16();
    let text = |name: &str| Some(response.headers().get(name)?.to_str().unwrap().to_owned());
    let (event, hash) = (text("x-ledger-event"), text("x-ledger-hash"));
    assert_eq!(event.is_some(), hash.is_some());
    let receipt = event.map(|event| event.parse().unwrap()).zip(hash);
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
    Told { status, body, receipt }
}

async fn send(router: &Router, request: Request<Body>) -> Told {
    told(router.clone().oneshot(request).await.unwrap()).await
}

impl TestHouse {
    /// A signed request of a partner, with what proves its answer.
    pub(crate) async fn prove(&self, shop: &Shop, ask: Ask) -> Told {
        told(self.respond(shop, ask).await).await
    }

    async fn prove_plus(
        &self,
        shop: &Shop,
        method: &'static str,
        path: &str,
        body: &Value,
    ) -> Told {
        send(&self.public, request(Ask::plus(method, path, body).with_key(&shop.key))).await
    }

    async fn prove_app(&self, shop: &Shop, bearer: &str, ask: Ask) -> Told {
        let ask = ask.with("x-tenant-token", &shop.token);
        let ask = if bearer.is_empty() {
            ask
        } else {
            ask.with("authorization", &format!("Bearer {bearer}"))
        };
        send(&self.public, request(ask)).await
    }

    pub(crate) async fn prove_operator(&self, method: &str, path: &str, body: Value) -> Told {
        let request = Request::builder()
            .method(method)
            .uri(format!("/operator/v1{path}"))
            .header("authorization", format!("Bearer {OPERATOR_TOKEN}"));
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        send(&self.operator, request.body(body).unwrap()).await
    }

    /// What the ledger says of receipts.
    pub(crate) async fn check_receipts(&self, receipts: &[Receipt]) -> Value {
        let receipt = |(event, hash): &Receipt| json!({"event": event, "hash": hash});
        let receipts: Vec<Value> = receipts.iter().map(receipt).collect();
        let checked = self.operate("POST", "/receipts/check", json!({"receipts": receipts})).await;
        checked.data().clone()
    }
}

fn sale(id: &str) -> Value {
    json!({"client_phone": PHONE, "total_amount": 100, "external_sale_id": id})
}

#[test]
fn every_family_of_operations_carries_its_proof() {
    run(async {
        let house = TestHouse::new().await;
        let mut receipts: Vec<(String, Receipt)> = Vec::new();
        let mut keep = |what: &str, told: Told| {
            assert!((200..300).contains(&told.status), "{what}: {told:?}");
            let receipt = told.receipt.clone();
            receipts.push((what.to_owned(), receipt.unwrap_or_else(|| panic!("{what}: none"))));
            told.body
        };
        let made = house.prove_operator("POST", "/tenants", json!({"name": "Other"})).await;
        keep("a tenant", made);
        let settings = json!({"max_redeem_percent": "50", "redeem_hold_seconds": 0});
        let shop = house.shop(settings).await;
        let tenant = format!("/tenants/{}", shop.id);
        let auth = Ask::post("/partner/auth", &json!({"phone": PHONE}));
        keep("a registration", house.prove(&shop, auth.clone()).await);
        keep("a login", house.prove(&shop, auth).await);
        let of_customer = format!("{tenant}/customers/%2B992901234567");
        let adjustment = json!({"amount": 300, "reason": "x"});
        let adjust = format!("{of_customer}/adjustments");
        keep("an adjustment", house.prove_operator("POST", &adjust, adjustment).await);
        keep("a sale", house.prove(&shop, Ask::post("/partner/sale", &sale("s-1"))).await);
        let redemption = json!({"client_phone": PHONE, "amount": 5, "total_amount": 100});
        keep("a redemption", house.prove(&shop, Ask::post("/partner/redeem", &redemption)).await);
        let refund =
            json!({"client_phone": PHONE, "external_sale_id": "s-1", "external_refund_id": "b-1"});
        keep("a return", house.prove(&shop, Ask::post("/partner/refund", &refund)).await);
        let reserve = json!({"client_phone": PHONE, "amount": 10});
        keep("a reserve", house.prove(&shop, Ask::post("/partner/reserve", &reserve)).await);
        let phone = PHONE.trim_start_matches('+');
        let retail = json!({"phone": phone, "items": [{"sum": 50, "qnt": 1, "product": "P", "ext": "1"}],
            "bonusDebit": 5, "externalId": "R-1"});
        keep("a retail sale", house.prove_plus(&shop, "POST", "/retail", &retail).await);
        let person = json!({"phone": OTHER.trim_start_matches('+'), "fn": "Boris"});
        keep("a customer", house.prove_plus(&shop, "POST", "/customer", &person).await);
        let card = json!({"code": "PROOF-1", "nominal": "500.00"});
        let cards = format!("{tenant}/gift-cards");
        keep("a gift card", house.prove_operator("POST", &cards, card).await);
        let block = format!("{cards}/PROOF-1/block");
        keep("its block", house.prove_operator("POST", &block, Value::Null).await);
        let rules = json!({"settings": {"max_redeem_percent": "40"}});
        let settings = format!("{tenant}/settings");
        keep("settings", house.prove_operator("PUT", &settings, rules).await);
        let merge = json!({"into": PHONE, "reason": "x"});
        let merged = format!("{tenant}/customers/%2B992907654321/merge");
        keep("a merge", house.prove_operator("POST", &merged, merge).await);
        let webhook = json!({"url": "http://erp.example/kopilka"});
        keep("a webhook", house.prove(&shop, Ask::post("/partner/webhooks", &webhook)).await);
        let send = Ask::post("/auth/send-otp", &json!({"phone": PHONE}));
        keep("a login code", house.prove_app(&shop, "", send).await);
        let events: Vec<u64> = receipts.iter().map(|(_, (event, _))| *event).collect();
        assert!(events.is_sorted() && events.windows(2).all(|two| two[0] < two[1]), "{events:?}");
        let all: Vec<Receipt> = receipts.into_iter().map(|(_, receipt)| receipt).collect();
        let found = house.check_receipts(&all).await;
        assert_eq!((&found["present"], &found["holes"]), (&json!(all.len()), &json!([])));
        house.close_and_verify().await;
    });
}

#[test]
fn what_wrote_nothing_carries_nothing() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let bearer = house.bearer(&shop, PHONE).await;
        let none = |what: &str, status: u16, told: Told| {
            assert_eq!((told.status, &told.receipt), (status, &None), "{what}: {told:?}");
        };
        let path = "/partner/client/%2B992901234567";
        none("a read", 200, house.prove(&shop, Ask::get(path)).await);
        none("a profile", 200, house.prove_app(&shop, &bearer, Ask::get("/client/profile")).await);
        let quote = Ask::post("/partner/quote", &sale("s-1"));
        none("a quote", 200, house.prove(&shop, quote).await);
        let unknown = json!({"client_phone": OTHER, "total_amount": 100});
        let unknown = Ask::post("/partner/sale", &unknown);
        none("a refusal", 404, house.prove(&shop, unknown).await);
        none("a list", 200, house.prove_operator("GET", "/tenants", Value::Null).await);
        house.sell(&shop, sale("s-1")).await;
        let again = Ask::post("/partner/sale", &sale("s-1"));
        none("a duplicate", 422, house.prove(&shop, again).await);
    });
}

/// A wrong login code is a refusal that counts an attempt: that was written.
#[test]
fn a_refusal_that_counts_an_attempt_is_proven_as_well() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let send = Ask::post("/auth/send-otp", &json!({"phone": PHONE}));
        house.prove_app(&shop, "", send).await;
        let code = house.last_code(PHONE).await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let verify = Ask::post("/auth/verify-otp", &json!({"phone": PHONE, "code": wrong}));
        let refused = house.prove_app(&shop, "", verify).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        let found = house.check_receipts(&[refused.receipt.unwrap()]).await;
        assert_eq!(found["present"], 1);
    });
}

#[test]
fn what_is_answered_again_carries_the_first_proof() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
        house.log_in(&shop, PHONE).await;
        let keyed = |id: &str| Ask::post("/partner/sale", &sale(id)).with("idempotency-key", "k-1");
        let phone = PHONE.trim_start_matches('+');
        let retail = json!({"phone": phone, "items": [{"sum": 50, "qnt": 1, "product": "P"}],
            "bonusDebit": 0, "externalId": "R-1"});
        let first = house.prove(&shop, keyed("s-1")).await;
        let sold = house.prove_plus(&shop, "POST", "/retail", &retail).await;
        assert!(first.receipt.is_some() && sold.receipt.is_some() && first.receipt != sold.receipt);
        house.sell(&shop, sale("s-2")).await;
        let mut house = house;
        for _ in 0..3 {
            assert_eq!(house.prove(&shop, keyed("s-1")).await, first);
            let again = house.prove_plus(&shop, "POST", "/retail", &retail).await;
            assert_eq!((again.status, again.receipt), (200, sold.receipt.clone()));
            house.house.checkpoint().await.unwrap();
            house = house.reopen().await;
        }
    });
}

#[test]
fn every_line_of_a_batch_carries_its_own_proof() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let lines: Vec<String> = (0..5).map(|id| sale(&format!("s-{id}")).to_string()).collect();
        let lines = [lines, vec!["{}".to_owned()]].concat();
        let results = post(&house, &shop, batch_of(&lines)).await;
        let receipt = |result: &Value| {
            Some((result["ledger_event"].as_u64()?, result["ledger_hash"].as_str()?.to_owned()))
        };
        let receipts: Vec<Receipt> = results.iter().filter_map(receipt).collect();
        assert_eq!(receipts.len(), 5, "{results:?}");
        let found = house.check_receipts(&receipts).await;
        assert_eq!((&found["present"], &found["holes"]), (&json!(5), &json!([])));
    });
}

#[test]
fn a_receipt_of_something_else_is_a_hole() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let (event, hash) =
            house.prove(&shop, Ask::post("/partner/sale", &sale("s-1"))).await.receipt.unwrap();
        let digit = if hash.starts_with('0') { "1" } else { "0" };
        let flipped = format!("{digit}{}", &hash[1..]);
        let asked = [(event, flipped), (event + 1, hash.clone()), (event, hash.to_uppercase())];
        let found = house.check_receipts(&asked).await;
        let kinds: Vec<&Value> =
            found["holes"].as_array().unwrap().iter().map(|hole| &hole["hole"]).collect();
        assert_eq!(kinds, [&json!("other_hash"), &json!("beyond_end")]);
        assert_eq!((&found["present"], &found["last_event"]), (&json!(1), &json!(event)));
        assert_eq!(found["holes"][1]["index"], 1);
    });
}
