//! FCM against a server that is token server and FCM at once.

use crate::courier::outbound::{Hitch, Outcome};
use crate::courier::push::assertion::tests::ACCOUNT;
use crate::courier::push::fcm::Fcm;
use crate::courier::push::service_account::ServiceAccount;
use crate::courier::push::{Push, PushOutcome};
use crate::courier::test_server::{Act, TestServer, answer, hasty, patient};
use crate::engine::Clock;
use crate::values::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// An FCM that talks to a test server, and its clock.
struct Case {
    server: TestServer,
    fcm: Arc<Fcm>,
    clock: Clock,
}

impl Case {
    async fn new(script: Vec<Act>) -> Self {
        Self::with(script, patient()).await
    }

    async fn with(script: Vec<Act>, outbound: crate::courier::outbound::Outbound) -> Self {
        let server = TestServer::new(script).await;
        let account = ACCOUNT.replace("https://oauth2.example", &server.url);
        let account = ServiceAccount::parse(&account).unwrap();
        let clock = Clock::standing(Timestamp::from_millis(1_767_769_016_000));
        let fcm = Arc::new(Fcm::new(account, &server.url, outbound, clock.clone()));
        Self { server, fcm, clock }
    }

    async fn send(&self) -> PushOutcome {
        self.fcm.send(&push()).await
    }

    /// What was asked: "token", or the access token that a notice came with.
    fn asked(&self) -> Vec<String> {
        let arrived = self.server.arrived();
        let asked = arrived.iter().map(|one| match one.line.as_str() {
            "POST /token HTTP/1.1" => "token".to_owned(),
            "POST /v1/projects/kopilka-tests/messages:send HTTP/1.1" => {
                one.header("authorization").unwrap_or_default().to_owned()
            }
            other => panic!("{other}"),
        });
        asked.collect()
    }

    fn pass(&self, seconds: i64) {
        self.clock.set(self.clock.now().plus_seconds(seconds));
    }
}

fn push() -> Push {
    Push {
        token: "device".into(),
        title: "Bonuses".into(),
        body: "+5.00".into(),
        data: vec![("kind", "sale".into())],
    }
}

fn token(text: &str) -> Act {
    answer(200, &format!(r#"{{"access_token":"{text}","expires_in":3600,"token_type":"Bearer"}}"#))
}

fn delivered() -> PushOutcome {
    PushOutcome::Sent(Outcome::Delivered)
}

#[tokio::test]
async fn a_notice_leaves_with_an_access_token() {
    let case = Case::new(vec![token("t1")]).await;
    assert_eq!(case.send().await, delivered());
    let arrived = case.server.arrived();
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey";
    assert!(arrived[0].body.starts_with(grant));
    let body: serde_json::Value = serde_json::from_str(&arrived[1].body).unwrap();
    let expected = serde_json::json!({"message": {
        "token": "device",
        "notification": {"title": "Bonuses", "body": "+5.00"},
        "data": {"kind": "sale"},
    }});
    assert_eq!(body, expected);
}

#[tokio::test]
async fn an_access_token_is_kept_until_shortly_before_it_ends() {
    let ok = || answer(200, "{}");
    let case = Case::new(vec![token("t1"), ok(), ok(), token("t2"), ok()]).await;
    assert_eq!(case.send().await, delivered());
    case.pass(3_539);
    assert_eq!(case.send().await, delivered());
    case.pass(1);
    assert_eq!(case.send().await, delivered());
    assert_eq!(case.asked(), ["token", "Bearer t1", "Bearer t1", "token", "Bearer t2"]);
}

#[tokio::test]
async fn a_crowd_asks_for_one_access_token() {
    let case = Case::new(vec![token("t1")]).await;
    let senders: Vec<_> = (0..8)
        .map(|_| {
            let fcm = Arc::clone(&case.fcm);
            tokio::spawn(async move { fcm.send(&push()).await })
        })
        .collect();
    for sender in senders {
        assert_eq!(sender.await.unwrap(), delivered());
    }
    let asked = case.asked();
    assert_eq!((asked.len(), asked.iter().filter(|one| *one == "token").count()), (9, 1));
}

#[tokio::test]
async fn an_access_token_that_is_not_taken_is_replaced_once() {
    let script = vec![token("t1"), answer(401, ""), token("t2"), answer(200, "{}")];
    let case = Case::new(script).await;
    assert_eq!(case.send().await, delivered());
    assert_eq!(case.asked(), ["token", "Bearer t1", "token", "Bearer t2"]);
    let script = vec![token("t1"), answer(401, ""), token("t2"), answer(401, "")];
    let case = Case::new(script).await;
    assert!(matches!(case.send().await, PushOutcome::Sent(Outcome::Refused(_))));
    assert_eq!(case.asked().len(), 4);
}

#[tokio::test]
async fn a_device_without_the_app_is_told() {
    let gone = r#"{"error":{"message":"x","details":[{"errorCode":"UNREGISTERED"}]}}"#;
    let case = Case::new(vec![token("t1"), answer(404, gone)]).await;
    assert_eq!(case.send().await, PushOutcome::Unregistered);
}

#[tokio::test]
async fn trouble_of_either_server_is_told_apart() {
    let again = |hitch, after: Option<u64>| {
        PushOutcome::Sent(Outcome::TryAgain { hitch, after: after.map(Duration::from_secs) })
    };
    let busy = Act::Answer(429, "Retry-After: 60\r\n", String::new());
    let case = Case::new(vec![token("t1"), busy]).await;
    assert_eq!(case.send().await, again(Hitch::Status(429), Some(60)));
    let case = Case::new(vec![answer(503, "")]).await;
    assert_eq!(case.send().await, again(Hitch::Status(503), None));
    let case = Case::new(vec![answer(400, r#"{"error":"invalid_grant"}"#)]).await;
    assert!(matches!(case.send().await, PushOutcome::Sent(Outcome::Refused(_))));
    let case = Case::new(vec![answer(200, "{}")]).await;
    assert!(matches!(case.send().await, PushOutcome::Sent(Outcome::Refused(_))));
    assert_eq!(case.asked(), ["token"]);
}

#[tokio::test]
async fn those_who_wait_for_a_dead_token_server_are_told_together() {
    let case = Case::with(vec![Act::Hang, token("t1")], hasty()).await;
    let timed_out = PushOutcome::Sent(Outcome::TryAgain { hitch: Hitch::TimedOut, after: None });
    assert_eq!(case.send().await, timed_out);
    assert_eq!(case.send().await, timed_out);
    assert_eq!(case.asked(), ["token"]);
    case.pass(1);
    assert_eq!(case.send().await, delivered());
    assert_eq!(case.asked(), ["token", "token", "Bearer t1"]);
}
