//! The desk over a ledger of tests: what is sent, what is journaled, and what a dead gateway costs.

use crate::courier::deliveries::Deliveries;
use crate::courier::desk::Desk;
use crate::courier::errand::Gateways;
use crate::courier::push::{PushGateway, SentPushes};
use crate::courier::sms::{SentSms, SmsGateway, SmsGatewayKind, SmsSettings};
use crate::courier::test_kit::{TestLedger, Time, settled, until};
use crate::courier::test_server::{TestServer, answer, patient};
use crate::ledger::CourierChannel;
use crate::values::{CustomerId, TenantId};
use std::sync::Arc;
use std::time::Duration;

const TENANT: TenantId = TenantId(1);
const OTHER: TenantId = TenantId(2);
const CUSTOMER: CustomerId = CustomerId(7);
const PHONE: u64 = 992_901_234_567;
const STOP_MAX: Duration = Duration::from_secs(20);

/// A ledger, its time, and the log gateways of all desks over it.
struct Case {
    time: Time,
    ledger: TestLedger,
    gateways: Gateways,
    sms: SentSms,
    pushes: SentPushes,
}

impl Case {
    fn new() -> Self {
        let time = Time::new();
        let ledger = TestLedger::new(&time);
        ledger.create(TENANT);
        let (sms, pushes) = (SentSms::default(), SentPushes::default());
        let gateways =
            Gateways { sms: SmsGateway::Log(sms.clone()), push: PushGateway::Log(pushes.clone()) };
        Self { time, ledger, gateways, sms, pushes }
    }

    fn desk(&self) -> Desk {
        let sources = Arc::new(self.ledger.clone());
        let (clock, pacing) = (self.time.clock.clone(), self.time.pacing());
        Desk::start(sources, self.gateways.clone(), clock, pacing, Deliveries::default())
    }

    fn codes(&self) -> Vec<String> {
        let messages = self.sms.messages();
        messages.into_iter().map(|sms| sms.text.chars().take(6).collect()).collect()
    }
}

fn sms_gateway(server: &TestServer) -> SmsGateway {
    let settings = SmsSettings {
        gateway: SmsGatewayKind::Http,
        url: Some(format!("{}/send", server.url)),
        body: Some(r#"{"to":"{phone}","text":"{text}"}"#.into()),
        ..SmsSettings::default()
    };
    SmsGateway::new(&settings, &patient()).unwrap()
}

#[tokio::test]
async fn a_code_is_sent_and_its_cursor_journaled_after_the_interval() {
    let case = Case::new();
    let desk = case.desk();
    case.ledger.send_code(TENANT, PHONE, "100001");
    until(|| case.sms.messages().len() == 1).await;
    let sent = case.sms.messages().remove(0);
    assert_eq!(sent.phone.number(), PHONE);
    assert_eq!(sent.text, "100001 is your code for Khorosho. Do not tell it to anyone.");
    case.time.pass(10);
    let last = case.ledger.send_code(TENANT, PHONE, "100002");
    until(|| case.sms.messages().len() == 2).await;
    settled().await;
    assert_eq!(case.ledger.advances(), []);
    case.time.pass(20);
    until(|| !case.ledger.advances().is_empty()).await;
    settled().await;
    assert_eq!(case.ledger.advances(), [(TENANT, CourierChannel::Sms, last)]);
    // The journaled cursor is an operation itself, and calls for no other.
    case.time.pass(1_000);
    settled().await;
    assert_eq!(case.ledger.advances().len(), 1);
    assert!(desk.stop(STOP_MAX).await);
    assert_eq!((case.ledger.advances().len(), case.codes().len()), (1, 2));
}

#[tokio::test]
async fn a_stop_journals_the_last_word_and_the_next_start_repeats_nothing() {
    let case = Case::new();
    let desk = case.desk();
    let number = case.ledger.send_code(TENANT, PHONE, "100001");
    until(|| case.sms.messages().len() == 1).await;
    assert!(desk.stop(STOP_MAX).await);
    assert_eq!(case.ledger.advances(), [(TENANT, CourierChannel::Sms, number)]);
    let desk = case.desk();
    case.ledger.send_code(TENANT, PHONE, "100002");
    until(|| case.sms.messages().len() == 2).await;
    assert!(desk.stop(STOP_MAX).await);
    assert_eq!(case.codes(), ["100001", "100002"]);
}

#[tokio::test]
async fn a_crash_repeats_at_most_what_no_cursor_covers() {
    let case = Case::new();
    let desk = case.desk();
    case.ledger.send_code(TENANT, PHONE, "100001");
    until(|| case.sms.messages().len() == 1).await;
    case.time.pass(30);
    until(|| case.ledger.advances().len() == 1).await;
    case.ledger.send_code(TENANT, PHONE, "100002");
    until(|| case.sms.messages().len() == 2).await;
    desk.abandon().await;
    let desk = case.desk();
    until(|| case.sms.messages().len() == 3).await;
    assert!(desk.stop(STOP_MAX).await);
    assert_eq!(case.codes(), ["100001", "100002", "100002"]);
}

#[tokio::test]
async fn what_comes_too_late_is_not_sent() {
    let case = Case::new();
    case.ledger.register(TENANT, CUSTOMER, "device");
    case.ledger.give(TENANT, CUSTOMER);
    case.time.pass(86_101);
    case.ledger.give(TENANT, CUSTOMER);
    case.ledger.send_code(TENANT, PHONE, "100001");
    case.time.pass(1);
    case.ledger.send_code(TENANT, PHONE, "100002");
    case.time.pass(300);
    let desk = case.desk();
    until(|| case.sms.messages().len() == 1 && case.pushes.notices().len() == 1).await;
    settled().await;
    assert!(desk.stop(STOP_MAX).await);
    assert_eq!((case.codes(), case.pushes.notices().len()), (vec!["100002".into()], 1));
}

#[tokio::test]
async fn a_notice_goes_to_the_devices_of_its_customer_alone() {
    let case = Case::new();
    case.ledger.register(TENANT, CUSTOMER, "first");
    case.ledger.register(TENANT, CUSTOMER, "second");
    case.ledger.register(TENANT, CustomerId(8), "of another");
    let desk = case.desk();
    let number = case.ledger.give(TENANT, CUSTOMER);
    until(|| case.pushes.notices().len() == 2).await;
    assert!(desk.stop(STOP_MAX).await);
    let notices = case.pushes.notices();
    let tokens: Vec<&str> = notices.iter().map(|push| push.token.as_str()).collect();
    assert_eq!(tokens, ["first", "second"]);
    assert_eq!(notices[0].body, "You were given 5.00 bonus. Balance: 7.00 bonus.");
    assert_eq!(case.ledger.advances(), [(TENANT, CourierChannel::Push, number)]);
}

#[tokio::test]
async fn a_ledger_that_does_not_answer_is_asked_again() {
    let case = Case::new();
    case.ledger.send_code(TENANT, PHONE, "100001");
    case.ledger.fail(4);
    let desk = case.desk();
    for _ in 0..4 {
        settled().await;
        case.time.pass(1);
    }
    until(|| case.sms.messages().len() == 1).await;
    assert!(desk.stop(STOP_MAX).await);
    assert_eq!(case.ledger.advances().len(), 1);
}

#[tokio::test]
async fn what_a_stop_finds_in_a_pause_is_sent_after_the_next_start() {
    let server = TestServer::new(vec![answer(500, "")]).await;
    let mut case = Case::new();
    case.gateways.sms = sms_gateway(&server);
    let desk = case.desk();
    case.ledger.send_code(TENANT, PHONE, "100001");
    until(|| server.arrived().len() == 1).await;
    assert!(desk.stop(STOP_MAX).await);
    assert_eq!(case.ledger.advances(), []);
    let desk = case.desk();
    until(|| server.arrived().len() == 2).await;
    assert!(desk.stop(STOP_MAX).await);
    assert_eq!(case.ledger.advances().len(), 1);
}

#[tokio::test]
async fn a_dead_gateway_costs_no_memory_and_holds_back_no_other_tenant() {
    let server = TestServer::new(vec![answer(500, ""); 17]).await;
    let mut case = Case::new();
    case.ledger.create(OTHER);
    case.gateways.sms = sms_gateway(&server);
    case.ledger.register(TENANT, CUSTOMER, "device");
    for _ in 0..500 {
        case.ledger.send_code(TENANT, PHONE, "100001");
    }
    case.ledger.give(TENANT, CUSTOMER);
    let desk = case.desk();
    until(|| server.arrived().len() == 16).await;
    // The other channel and the other tenant go on; the line itself reads no further.
    until(|| case.pushes.notices().len() == 1).await;
    case.ledger.send_code(OTHER, PHONE + 1, "100002");
    until(|| server.arrived().len() == 17).await;
    assert!(server.arrived()[16].body.contains("+992901234568"));
    settled().await;
    assert_eq!(server.arrived().len(), 17);
    // Push has read all 8 pages of the tenant, and SMS, whose window is full, one.
    assert_eq!(case.ledger.pages(TENANT), 9);
    // The gateway is back: nothing is lost and nothing that was acknowledged is sent twice.
    case.time.pass(1);
    until(|| server.arrived().len() == 17 + 501).await;
    settled().await;
    assert!(desk.stop(STOP_MAX).await);
    assert_eq!(server.arrived().len(), 17 + 501);
    let (_, _, through) = case.ledger.advances().pop().unwrap();
    assert!(through >= 2, "{through}");
}
