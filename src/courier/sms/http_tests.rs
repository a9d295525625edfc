//! The HTTP gateway against a server, and the settings it refuses.

use crate::courier::outbound::{Hitch, Outcome, Rejection, Verb};
use crate::courier::sms::{BodyFormat, Sms, SmsGateway, SmsGatewayKind, SmsSettings};
use crate::courier::test_server::{Arrived, TestServer, answer, patient};
use crate::values::Phone;

fn settings(url: &str) -> SmsSettings {
    SmsSettings {
        gateway: SmsGatewayKind::Http,
        url: Some(format!("{url}/send")),
        body: Some(r#"{"to":"{phone}","text":"{text}","from":"{sender}"}"#.into()),
        sender: Some("Khorosho".into()),
        ..SmsSettings::default()
    }
}

fn sms() -> Sms {
    let phone = Phone::from_number(992_901_234_567).unwrap();
    Sms { phone, text: "Your code: \"123456\" & more".into() }
}

async fn send(change: impl Fn(&mut SmsSettings)) -> Arrived {
    let server = TestServer::new(Vec::new()).await;
    let mut settings = settings(&server.url);
    change(&mut settings);
    let gateway = SmsGateway::new(&settings, &patient()).unwrap();
    assert_eq!(gateway.send(&sms()).await, Outcome::Delivered);
    server.arrived().remove(0)
}

#[tokio::test]
async fn a_message_leaves_as_json_as_a_form_or_in_the_address() {
    let json = send(|settings| {
        settings.headers.insert("Authorization".into(), "Bearer key".into());
    })
    .await;
    assert_eq!(json.line, "POST /send HTTP/1.1");
    assert_eq!(json.header("authorization"), Some("Bearer key"));
    assert_eq!(json.header("content-type"), Some("application/json"));
    let text = r#""text":"Your code: \"123456\" & more""#;
    assert_eq!(json.body, format!(r#"{{"to":"+992901234567",{text},"from":"Khorosho"}}"#));
    let form = send(|settings| {
        settings.method = Some(Verb::Put);
        settings.body_format = Some(BodyFormat::Form);
        settings.body = Some("to={phone_digits}&text={text}".into());
        settings.headers.insert("content-type".into(), "text/x-form".into());
    })
    .await;
    assert_eq!(form.line, "PUT /send HTTP/1.1");
    assert_eq!(form.header("content-type"), Some("text/x-form"));
    assert_eq!(form.body, "to=992901234567&text=Your%20code%3A%20%22123456%22%20%26%20more");
    let address = send(|settings| {
        settings.method = Some(Verb::Get);
        settings.body = None;
        let url = settings.url.take().unwrap_or_default();
        settings.url = Some(format!("{url}?to={{phone}}&text={{text}}"));
    })
    .await;
    let query = "to=%2B992901234567&text=Your%20code%3A%20%22123456%22%20%26%20more";
    assert_eq!(address.line, format!("GET /send?{query} HTTP/1.1"));
    assert_eq!((address.body.as_str(), address.header("content-type")), ("", None));
}

#[tokio::test]
async fn a_sign_of_success_is_wanted_beside_the_status() {
    let script = vec![
        answer(200, r#"{"status":"ok"}"#),
        answer(200, r#"{"status":"no funds"}"#),
        answer(500, r#"{"status":"ok"}"#),
        answer(200, ""),
    ];
    let server = TestServer::new(script).await;
    let mut settings = settings(&server.url);
    settings.success_contains = Some(r#""status":"ok""#.into());
    let gateway = SmsGateway::new(&settings, &patient()).unwrap();
    let refused = |text: &str| Outcome::Refused(Rejection { status: Some(200), text: text.into() });
    assert_eq!(gateway.send(&sms()).await, Outcome::Delivered);
    assert_eq!(gateway.send(&sms()).await, refused(r#"{"status":"no funds"}"#));
    let again = Outcome::TryAgain { hitch: Hitch::Status(500), after: None };
    assert_eq!(gateway.send(&sms()).await, again);
    assert_eq!(gateway.send(&sms()).await, refused(""));
}

#[test]
fn settings_that_cannot_be_meant_are_refused_by_name() {
    let outbound = patient();
    let check = |change: fn(&mut SmsSettings), expected: &str| {
        let mut settings = settings("https://sms.example");
        change(&mut settings);
        let told = SmsGateway::new(&settings, &outbound).unwrap_err().to_string();
        assert!(told.starts_with(expected), "{told}");
    };
    check(|one| one.url = None, "sms.url is no address");
    check(|one| one.url = Some("ftp://sms.example".into()), "sms.url must begin with http");
    check(|one| one.url = Some("https://{phon}".into()), "sms.url has an unknown place: {phon}");
    check(|one| one.body = Some("{\"to\":\"{phone}\"".into()), "sms.body is not JSON");
    check(
        |one| one.body = Some("{\"to\":{phone_digits},\"t\":{text}}".into()),
        "sms.body is not JSON",
    );
    check(
        |one| one.body = Some("{\"t\":\"{text}\"}".into()),
        "sms.body or sms.url must say {phone}",
    );
    check(|one| one.body = Some("\"{phone}\"".into()), "sms.body or sms.url must say {text}");
    check(|one| one.body = None, "sms.body or sms.url must say {phone}");
    check(|one| one.method = Some(Verb::Get), "sms.body does not go with GET");
    check(|one| one.sender = None, "sms.sender is wanted");
    check(|one| drop(one.headers.insert("a b".into(), String::new())), "sms.headers has no header");
    check(|one| drop(one.headers.insert("a".into(), "\n".into())), "sms.headers cannot send");
    check(|one| one.gateway = SmsGatewayKind::Log, "sms.url needs sms.gateway");
    assert!(SmsGateway::new(&SmsSettings::default(), &outbound).is_ok());
    let mut without_body = settings("https://sms.example");
    without_body.url = Some("https://sms.example/{phone}/{text}".into());
    without_body.body = None;
    assert!(SmsGateway::new(&without_body, &outbound).is_ok());
    without_body.body_format = Some(BodyFormat::Form);
    assert!(SmsGateway::new(&without_body, &outbound).is_err());
}
