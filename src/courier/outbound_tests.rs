//! The HTTP client against a server that misbehaves.

use crate::courier::outbound::{
    Hitch, Outbound, OutboundRequest, Outcome, Rejection, Verb, http_only_client,
};
use crate::courier::test_server::{Act, TestServer, answer, hasty, patient};
use std::time::Duration;

fn post(url: &str) -> OutboundRequest {
    OutboundRequest {
        verb: Verb::Post,
        url: format!("{url}/path?phone=992901234567"),
        headers: vec![("X-Key".into(), "secret".into())],
        body: b"{\"code\":123456}".to_vec(),
    }
}

async fn deliver(outbound: &Outbound, act: Act) -> (Outcome, usize) {
    let server = TestServer::new(vec![act]).await;
    let outcome = outbound.deliver(post(&server.url)).await;
    (outcome, server.arrived().len())
}

fn again(hitch: Hitch, after: Option<u64>) -> Outcome {
    Outcome::TryAgain { hitch, after: after.map(Duration::from_secs) }
}

fn refused(status: u16, text: &str) -> Outcome {
    Outcome::Refused(Rejection { status: Some(status), text: text.into() })
}

#[tokio::test]
async fn every_answer_has_its_outcome_after_one_request() {
    let outbound = patient();
    let cases = [
        (answer(200, "ok"), Outcome::Delivered),
        (answer(204, ""), Outcome::Delivered),
        (answer(400, "no\nsuch phone"), refused(400, "no such phone")),
        (answer(403, &"x".repeat(300)), refused(403, &"x".repeat(200))),
        (answer(408, ""), again(Hitch::Status(408), None)),
        (answer(500, "oops"), again(Hitch::Status(500), None)),
        (Act::Answer(503, "Retry-After: 7\r\n", String::new()), again(Hitch::Status(503), Some(7))),
        (
            Act::Answer(429, "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", String::new()),
            again(Hitch::Status(429), None),
        ),
        // Redirects are not followed: they would carry what was meant for one host to another.
        (Act::Answer(302, "Location: /elsewhere\r\n", String::new()), refused(302, "")),
    ];
    for (act, expected) in cases {
        let shown = format!("{act:?}");
        assert_eq!(deliver(&outbound, act).await, (expected, 1), "{shown}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_or_hangs_up_may_work_later() {
    assert_eq!(deliver(&hasty(), Act::Hang).await, (again(Hitch::TimedOut, None), 1));
    let (outcome, arrived) = deliver(&patient(), Act::Close).await;
    assert!(matches!(outcome, Outcome::TryAgain { hitch: Hitch::Broken(_), after: None }));
    assert_eq!(arrived, 1);
    let url = TestServer::new(Vec::new()).await.url.clone();
    let outcome = patient().deliver(post(&url)).await;
    assert!(
        matches!(outcome, Outcome::TryAgain { hitch: Hitch::NotConnected(_), after: None }),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn an_answer_without_end_is_read_to_its_bound() {
    let server = TestServer::new(vec![Act::Flood]).await;
    let answer = patient().ask(post(&server.url)).await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, 64 << 10));
}

#[tokio::test]
async fn what_was_asked_arrives_and_nothing_of_it_is_shown() {
    let server = TestServer::new(Vec::new()).await;
    let request = post(&server.url);
    assert_eq!(format!("{request:?}"), "OutboundRequest { verb: Post, .. }");
    assert_eq!(patient().deliver(request).await, Outcome::Delivered);
    let arrived = server.arrived().remove(0);
    assert_eq!(arrived.line, "POST /path?phone=992901234567 HTTP/1.1");
    assert_eq!(arrived.header("x-key"), Some("secret"));
    assert_eq!(arrived.body, "{\"code\":123456}");
    for url in ["http://", "no address", "http://127.0.0.1:1/?phone=992901234567"] {
        let shown = format!("{:?}", patient().deliver(post(url)).await);
        assert!(!shown.contains("992901234567"), "{shown}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_final() {
    let malformed = OutboundRequest { url: "no address".into(), ..post("") };
    let Outcome::Refused(rejection) = patient().deliver(malformed).await else { panic!() };
    assert_eq!(rejection.status, None);
    let mut header = post("http://127.0.0.1:1");
    header.headers = vec![("X".into(), "a\nb".into())];
    let Outcome::Refused(rejection) = patient().deliver(header).await else { panic!() };
    assert_eq!(rejection.status, None);
}

#[test]
fn a_client_without_authorities_is_made_on_any_machine() {
    assert!(http_only_client().unwrap().build().is_ok());
}
