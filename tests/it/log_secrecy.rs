//! What the log tells at its most talkative: nothing that could identify a customer or open a door. Every
//! operation of every dialect is asked of the real program, well and badly, and its log is read.

use crate::contract::{bonusplus_document, document};
use crate::house::{Ask, PHONE, Shop, run, sign};
use crate::process::{Server, http_client};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kopilka::api::{bonusplus_routes, routes};
use kopilka::engine::Clock;
use serde_json::{Value, json};
use std::fs::{File, read_to_string};
use std::path::Path;

/// The phone without the code of its country: also in part it is nobody's business.
const LOCAL_PHONE: &str = "901234567";
const BOT_TOKEN: &str = "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8";
/// Fields of answers and requests that are for the caller alone.
const SECRET_FIELDS: [&str; 5] =
    ["tenant_token", "partner_secret", "bonusplus_key", "token", "secret"];

/// The program under questioning.
struct Questioned {
    server: Server,
    client: reqwest::Client,
    operator_token: String,
    shop: Shop,
    /// A customer's Bearer token.
    bearer: String,
    /// What must not be in the log.
    secrets: Vec<String>,
}

/// How a request is made to fail, or not.
#[derive(Debug, Clone, Copy)]
enum Manner {
    Well,
    WrongCredentials,
    BrokenJson,
}

fn collect_secrets(answer: &Value, secrets: &mut Vec<String>) {
    match answer {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let (true, Some(text)) = (SECRET_FIELDS.contains(&name.as_str()), value.as_str())
                {
                    // Of a Bearer token the number before the bar is no secret.
                    secrets.push(text.rsplit('|').next().unwrap().to_owned());
                }
                collect_secrets(value, secrets);
            }
        }
        Value::Array(entries) => {
            entries.iter().for_each(|entry| collect_secrets(entry, secrets));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl Questioned {
    async fn begin(dir: &Path) -> Self {
        let data_dir = dir.join("ledger");
        let log = File::create(dir.join("log")).unwrap();
        let server = Server::start_logging(&data_dir, "trace", log, &["--print-codes"]);
        let operator_token = read_to_string(data_dir.join("operator.token")).unwrap();
        let operator_token = operator_token.trim().to_owned();
        let shop = Shop { id: 1, token: String::new(), secret: String::new(), key: String::new() };
        let secrets = vec![operator_token.clone(), LOCAL_PHONE.into(), BOT_TOKEN.into()];
        let (client, bearer) = (http_client(), String::new());
        let mut questioned = Self { server, client, operator_token, shop, bearer, secrets };
        questioned.found_a_shop().await;
        questioned
    }

    async fn found_a_shop(&mut self) {
        let tenant = self.operate("POST", "/tenants", json!({"name": "Khorosho"})).await;
        let text = |name: &str| tenant["data"][name].as_str().unwrap().to_owned();
        self.shop.token = text("tenant_token");
        self.shop.secret = text("partner_secret");
        self.shop.key = text("bonusplus_key");
        let bot = json!({"bot_token": BOT_TOKEN, "bot_username": "khorosho_bot"});
        self.operate("PUT", "/tenants/1/telegram", bot).await;
        self.code_by_sms().await;
    }

    async fn operate(&mut self, method: &'static str, path: &str, body: Value) -> Value {
        let path = format!("/operator/v1{path}");
        self.send(method, &path, body.to_string(), Manner::Well).await
    }

    /// Logs in with a code that the server tells on stdout instead of sending it.
    async fn code_by_sms(&mut self) {
        let phone = json!({ "phone": PHONE });
        self.send("POST", "/api/v1/auth/send-otp", phone.to_string(), Manner::Well).await;
        let told = self.server.line();
        let code: String = told
            .rsplit(": ")
            .next()
            .unwrap()
            .chars()
            .filter(char::is_ascii_digit)
            .take(6)
            .collect();
        assert_eq!(code.len(), 6, "{told}");
        let register = json!({"phone": PHONE, "code": code, "full_name": "Anna"});
        let answer =
            self.send("POST", "/api/v1/auth/register", register.to_string(), Manner::Well).await;
        self.bearer =
            answer["data"]["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        self.secrets.push(format!(" {code} "));
        self.secrets.push(format!("\"{code}\""));
    }

    async fn send(
        &mut self,
        method: &'static str,
        path: &str,
        body: String,
        manner: Manner,
    ) -> Value {
        let is_operators = path.starts_with("/operator") || path == "/metrics";
        let server = if is_operators { &self.server.operator } else { &self.server.public };
        let url = format!("{server}{path}");
        let verb = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let body = match manner {
            Manner::BrokenJson => format!("{{\"phone\": \"{PHONE}\", "),
            Manner::Well | Manner::WrongCredentials => body,
        };
        let mut request = self.client.request(verb, url);
        for (name, value) in self.credentials(method, path, &body, manner) {
            request = request.header(name, value);
        }
        let response = request.header("x-request-id", PHONE).body(body).send().await.unwrap();
        let bytes = response.bytes().await.unwrap();
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        collect_secrets(&answer, &mut self.secrets);
        answer
    }

    fn credentials(
        &self,
        method: &'static str,
        path: &str,
        body: &str,
        manner: Manner,
    ) -> Vec<(&'static str, String)> {
        let spoiled = |text: &str| match manner {
            Manner::WrongCredentials => text.chars().rev().collect(),
            Manner::Well | Manner::BrokenJson => text.to_owned(),
        };
        if path.starts_with("/operator") || path == "/metrics" {
            return vec![("authorization", format!("Bearer {}", spoiled(&self.operator_token)))];
        }
        if path.starts_with("/api/") && !path.starts_with("/api/v1") {
            return vec![(
                "authorization",
                format!("ApiKey {}", STANDARD.encode(spoiled(&self.shop.key))),
            )];
        }
        let time = Clock::wall().now().millis() / 1_000;
        let ask = Ask { method, path: path.to_owned(), body: body.to_owned(), headers: Vec::new() };
        vec![
            ("x-tenant-token", self.shop.token.clone()),
            ("authorization", format!("Bearer {}", spoiled(&self.bearer))),
            ("x-partner-timestamp", time.to_string()),
            ("x-partner-signature", sign(&spoiled(&self.shop.secret), time, &ask)),
        ]
    }

    /// Asks every operation with the example of its document, in each manner.
    async fn ask_everything(&mut self) {
        // What ends the shop is of the second document, and comes last there.
        let all = [(bonusplus_document(), bonusplus_routes()), (document(), routes())];
        for (document, routes) in all {
            let mut routes = routes;
            routes.sort_by_key(|(_, path)| path.contains("rotate") || path.contains("suspend"));
            for (method, template) in routes {
                let said = &document["paths"][template][method.to_lowercase()];
                let contents = said["requestBody"]["content"].as_object();
                let example = contents.and_then(|kinds| kinds.values().next());
                let body = example.map(|kind| kind["example"].to_string()).unwrap_or_default();
                if let Some(kind) = example {
                    collect_secrets(&kind["example"], &mut self.secrets);
                }
                // It waits for what happens next; once it is asked without waiting.
                let query = if template.ends_with("/events") { "?wait_seconds=0" } else { "" };
                for manner in [Manner::Well, Manner::WrongCredentials, Manner::BrokenJson] {
                    self.send(method, &(filled(template) + query), body.clone(), manner).await;
                }
            }
        }
        let nowhere = format!("/nothing/{PHONE}?phone={PHONE}");
        self.send("GET", &nowhere, String::new(), Manner::Well).await;
    }
}

/// A path with something for each of its parts.
fn filled(template: &str) -> String {
    let part = |part: &str| match part {
        "{tenant}" => "1".to_owned(),
        "{identifier}" | "{phone}" => PHONE.replace('+', "%2B"),
        _ if part.starts_with('{') => "1".to_owned(),
        _ => part.to_owned(),
    };
    template.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn no_phone_and_no_secret_is_ever_logged() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let mut questioned = Questioned::begin(dir.path()).await;
        questioned.ask_everything().await;
        let Questioned { server, mut secrets, .. } = questioned;
        assert_eq!(server.terminate(), Some(0));
        secrets.sort();
        secrets.dedup();
        assert!(secrets.len() >= 10, "secrets were met: {}", secrets.len());
        let log = read_to_string(dir.path().join("log")).unwrap();
        assert!(log.contains("answered") && log.contains("request_id"), "it was talkative");
        for secret in &secrets {
            assert!(secret.len() >= 8, "{secret:?} could be anything");
            let line = log.lines().find(|line| line.contains(secret.as_str()));
            assert!(line.is_none(), "{secret:?} is in the log: {line:?}");
        }
    });
}
