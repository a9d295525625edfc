//! One message against a server that misbehaves: how often it is tried, and after which pauses.

use crate::courier::errand::{Ended, Errand, Gateways, Office};
use crate::courier::outbound::Outbound;
use crate::courier::outbox::{Message, Notice};
use crate::courier::pacing::Pacing;
use crate::courier::push::{PushGateway, PushSettings};
use crate::courier::sms::{Sms, SmsGateway, SmsGatewayKind, SmsSettings};
use crate::courier::sources::AddressedCode;
use crate::courier::test_kit::{TestLedger, Time, hurried, start};
use crate::courier::test_server::{Act, TestServer, answer, hasty, patient};
use crate::values::{CustomerId, Phone, TenantId};
use std::io::Write;
use std::sync::Arc;
use tokio::sync::watch;

const TENANT: TenantId = TenantId(1);
const CUSTOMER: CustomerId = CustomerId(7);

fn sms_gateway(server: &TestServer, outbound: &Outbound) -> SmsGateway {
    let settings = SmsSettings {
        gateway: SmsGatewayKind::Http,
        url: Some(format!("{}/send", server.url)),
        body: Some(r#"{"to":"{phone}","text":"{text}"}"#.into()),
        ..SmsSettings::default()
    };
    SmsGateway::new(&settings, outbound).unwrap()
}

fn no_push(outbound: &Outbound, time: &Time) -> PushGateway {
    PushGateway::new(&PushSettings::default(), outbound, &time.clock).unwrap()
}

fn errand(message: Message) -> Errand {
    Errand { tenant: TENANT, number: 5, at: start(), message, code: None }
}

fn code() -> Message {
    let phone = Phone::from_number(992_901_234_567).unwrap();
    Message::Sms(Sms { phone, text: "123456".into() })
}

/// Sends a code; says how it ended, how often it was tried, and the pauses in seconds.
async fn send_code(script: Vec<Act>, outbound: Outbound) -> (Ended, usize, Vec<u64>) {
    let (server, time) = (TestServer::new(script).await, Time::new());
    let gateways =
        Gateways { sms: sms_gateway(&server, &outbound), push: no_push(&outbound, &time) };
    let (pacing, pauses) = hurried(&time.clock);
    let ledger = Arc::new(TestLedger::new(&time));
    let office = Office::new(ledger, gateways, time.clock.clone(), pacing);
    let (_stop, stopping) = watch::channel(false);
    let ended = errand(code()).run(&office, stopping).await;
    let pauses = pauses.lock().unwrap().clone();
    (ended, server.arrived().len(), pauses)
}

#[tokio::test]
async fn a_code_is_tried_as_often_as_it_may_help() {
    let check = async |script: Vec<Act>, attempts, pauses: &[u64]| {
        let shown = format!("{script:?}");
        let found = send_code(script, patient()).await;
        assert_eq!(found, (Ended::Dealt, attempts, pauses.to_vec()), "{shown}");
    };
    check(vec![answer(200, "")], 1, &[]).await;
    check(vec![answer(500, ""), answer(200, "")], 2, &[1]).await;
    check(vec![Act::Close, Act::Close, answer(200, "")], 3, &[1, 2]).await;
    check(vec![answer(400, "no such phone")], 1, &[]).await;
    check(vec![answer(500, ""), answer(400, "")], 2, &[1]).await;
    let busy = Act::Answer(429, "Retry-After: 30\r\n", String::new());
    check(vec![busy, answer(200, "")], 2, &[30]).await;
    // A wish to come back when the code is void: there is no point.
    let closed = Act::Answer(503, "Retry-After: 301\r\n", String::new());
    check(vec![closed], 1, &[]).await;
    check(vec![answer(500, ""); 20], 8, &[1, 2, 4, 8, 16, 32, 60]).await;
}

#[tokio::test]
async fn a_gateway_that_does_not_answer_in_time_is_tried_again() {
    let found = send_code(vec![Act::Hang, answer(200, "")], hasty()).await;
    assert_eq!(found, (Ended::Dealt, 2, vec![1]));
}

#[tokio::test]
async fn a_stopping_desk_leaves_what_is_in_a_pause() {
    let (server, time) = (TestServer::new(vec![answer(500, "")]).await, Time::new());
    let outbound = patient();
    let gateways =
        Gateways { sms: sms_gateway(&server, &outbound), push: no_push(&outbound, &time) };
    let ledger = Arc::new(TestLedger::new(&time));
    let office = Office::new(ledger, gateways, time.clock.clone(), time.pacing());
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(async move { errand(code()).run(&office, stopping).await });
    crate::courier::test_kit::until(|| server.arrived().len() == 1).await;
    stop.send_replace(true);
    assert_eq!(running.await.unwrap(), Ended::Left);
    assert_eq!(server.arrived().len(), 1);
}

#[tokio::test]
async fn a_code_that_waits_is_withdrawn_when_a_newer_one_is_sent() {
    const PHONE: u64 = 992_901_234_567;
    let (server, time) = (TestServer::new(vec![answer(500, ""); 3]).await, Time::new());
    let outbound = patient();
    let gateways =
        Gateways { sms: sms_gateway(&server, &outbound), push: no_push(&outbound, &time) };
    let ledger = TestLedger::new(&time);
    ledger.create(TENANT);
    ledger.send_code(TENANT, PHONE, "123456");
    // In the first pause a code is sent to another phone, in the second to this one.
    let (sender, pauses) = (ledger.clone(), std::sync::atomic::AtomicU64::new(0));
    let pacing = Pacing::new(move |_| {
        let paused = pauses.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        sender.send_code(TENANT, if paused == 0 { PHONE + 1 } else { PHONE }, "222222");
        std::future::ready(())
    });
    let office = Office::new(Arc::new(ledger), gateways, time.clock.clone(), pacing);
    let (_stop, stopping) = watch::channel(false);
    let phone = Phone::from_number(PHONE).unwrap();
    let first = AddressedCode { phone, code: "123456".into() };
    let errand = Errand { code: Some(first), ..errand(code()) };
    assert_eq!(errand.run(&office, stopping).await, Ended::Dealt);
    assert_eq!(server.arrived().len(), 2);
}

/// FCM at a test server that is the token server too.
fn fcm(server: &TestServer, time: &Time) -> PushGateway {
    let account = include_str!("../../data/couriers/service-account.json")
        .replace("https://oauth2.example", &server.url);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(account.as_bytes()).unwrap();
    let settings = PushSettings {
        service_account: Some(file.path().to_path_buf()),
        fcm_url: Some(format!("{}/", server.url)),
    };
    PushGateway::new(&settings, &patient(), &time.clock).unwrap()
}

#[tokio::test]
async fn a_notice_reaches_each_device_once_and_a_void_token_is_forgotten() {
    let token = answer(200, r#"{"access_token":"t","expires_in":3600}"#);
    let gone = r#"{"error":{"details":[{"errorCode":"UNREGISTERED"}]}}"#;
    // Devices a, b, c: gone, not now, delivered; then b again.
    let script = vec![token, answer(404, gone), answer(503, ""), answer(200, "{}")];
    let (server, time) = (TestServer::new(script).await, Time::new());
    let ledger = TestLedger::new(&time);
    for device in ["a", "b", "c"] {
        ledger.register(TENANT, CUSTOMER, device);
    }
    let sms = SmsGateway::new(&SmsSettings::default(), &patient()).unwrap();
    let gateways = Gateways { sms, push: fcm(&server, &time) };
    let (pacing, pauses) = hurried(&time.clock);
    let office = Office::new(Arc::new(ledger.clone()), gateways, time.clock.clone(), pacing);
    let notice = Notice {
        customer: CUSTOMER,
        title: "A gift".into(),
        body: "5.00".into(),
        data: Vec::new(),
    };
    let (_stop, stopping) = watch::channel(false);
    ledger.fail(1);
    let ended = errand(Message::Push(notice)).run(&office, stopping).await;
    assert_eq!((ended, ledger.device_count()), (Ended::Dealt, 2));
    assert_eq!(*pauses.lock().unwrap(), [2, 4], "the ledger did not answer, then FCM");
    let tokens: Vec<String> = server.arrived()[1..]
        .iter()
        .map(|one| {
            let body: serde_json::Value = serde_json::from_str(&one.body).unwrap();
            body["message"]["token"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(tokens, ["a", "b", "c", "b"]);
}
