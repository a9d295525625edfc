//! A witness: records every acknowledgement while the real server is killed with SIGKILL again and
//! again under load, then demands every one of them back, once, with the figures it was told.

use crate::chance::Chance;
use crate::house::{Ask, Shop, sign, verify};
use crate::process::{Server, http_client, kopilka, stdout};
use kopilka::engine::Clock;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::task::JoinSet;

const ROUNDS: usize = 8;
const WORKERS: usize = 12;
const CUSTOMERS: u64 = 5;
/// The server is killed after so many acknowledgements of a round, at the most.
const KILL_WITHIN: u64 = 400;
/// How many acknowledgements of earlier rounds are asked for again after each kill.
const ASKED_AGAIN: usize = 60;

/// A request and what is known of its outcome.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    path: &'static str,
    body: Value,
    key: String,
    /// The acknowledged answer; `None`: the server died before it came.
    pub(crate) told: Option<(u16, Value)>,
    /// What proves it.
    pub(crate) receipt: Option<String>,
}

/// An answer as a till takes it.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// A line of a list of receipts.
    pub(crate) receipt: Option<String>,
}

/// Signs and posts; what the server said, or nothing if it was gone.
pub(crate) async fn send_signed(
    client: &reqwest::Client,
    server: &str,
    shop: &Shop,
    path: &str,
    body: &Value,
    key: Option<&str>,
) -> Option<(u16, Value)> {
    let answered = ask_signed(client, server, shop, (path, body), key).await?;
    Some((answered.status, answered.body))
}

pub(crate) async fn ask_signed(
    client: &reqwest::Client,
    server: &str,
    shop: &Shop,
    (path, body): (&str, &Value),
    key: Option<&str>,
) -> Option<Answered> {
    let ask = Ask::post(path, body);
    let timestamp = Clock::wall().now().millis() / 1_000;
    let mut request = client
        .post(format!("{server}{}", ask.path))
        .header("x-tenant-token", &shop.token)
        .header("x-partner-timestamp", timestamp)
        .header("x-partner-signature", sign(&shop.secret, timestamp, &ask));
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let response = request.body(ask.body).send().await.ok()?;
    let status = response.status().as_u16();
    let header = |name: &str| response.headers().get(name)?.to_str().ok();
    let receipt = header("x-ledger-event").zip(header("x-ledger-hash"));
    let receipt = receipt.map(|(event, hash)| format!("{event} {hash}"));
    let body = response.bytes().await.ok()?;
    Some(Answered { status, body: serde_json::from_slice(&body).ok()?, receipt })
}

async fn send(
    client: &reqwest::Client,
    server: &str,
    shop: &Shop,
    deed: &Deed,
    keyed: bool,
) -> Option<(u16, Value)> {
    let key = keyed.then_some(deed.key.as_str());
    send_signed(client, server, shop, deed.path, &deed.body, key).await
}

fn phone(customer: u64) -> String {
    format!("+99290{:07}", 1_000_000 + customer)
}

fn deed(chance: &mut Chance, id: String) -> Deed {
    let client_phone = phone(chance.below(CUSTOMERS));
    if chance.below(4) == 0 {
        let body = json!({"client_phone": client_phone, "amount": 1 + chance.below(5), "total_amount": 100, "external_sale_id": id});
        return Deed { path: "/partner/redeem", body, key: id, told: None, receipt: None };
    }
    let redeem = if chance.below(3) == 0 { 1 + chance.below(9) } else { 0 };
    let body = json!({
        "client_phone": client_phone, "total_amount": 50 + chance.below(500), "bonus_redeem_amount": redeem,
        "external_sale_id": id, "lines": [{"sku": "a", "line_amount": 20}, {"sku": "b", "quantity": 2, "unit_price": 15}],
    });
    Deed { path: "/partner/sale", body, key: id, told: None, receipt: None }
}

/// Posts deeds from many workers until so many were acknowledged, then kills the server.
pub(crate) async fn load_and_kill(
    server: Server,
    shop: &Shop,
    round: usize,
    chance: &mut Chance,
) -> Vec<Deed> {
    let kill_after = usize::try_from(1 + chance.below(KILL_WITHIN)).unwrap();
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let (shop, address, acknowledged) =
            (shop.clone(), server.public.clone(), Arc::clone(&acknowledged));
        let mut chance = Chance::new(chance.next());
        workers.spawn(async move {
            let client = http_client();
            let mut deeds = Vec::new();
            loop {
                let mut deed = deed(&mut chance, format!("{round}-{worker}-{}", deeds.len()));
                let (asked, key) = ((deed.path, &deed.body), Some(deed.key.as_str()));
                let answered = ask_signed(&client, &address, &shop, asked, key).await;
                let gone = answered.is_none();
                if let Some(Answered { status, body, receipt }) = answered {
                    assert_eq!(receipt.is_some(), committed(status), "{body}");
                    (deed.told, deed.receipt) = (Some((status, body)), receipt);
                }
                deeds.push(deed);
                if gone {
                    return deeds;
                }
                acknowledged.fetch_add(1, Ordering::AcqRel);
            }
        });
    }
    while acknowledged.load(Ordering::Acquire) < kill_after {
        tokio::task::yield_now().await;
    }
    server.kill();
    workers.join_all().await.into_iter().flatten().collect()
}

fn committed(status: u16) -> bool {
    status == 200 || status == 201
}

/// An acknowledged deed asked for again: its answer by its key, a duplicate without.
pub(crate) async fn demand(client: &reqwest::Client, server: &str, shop: &Shop, deed: &Deed) {
    let (status, body) = deed.told.as_ref().unwrap();
    if !committed(*status) {
        return;
    }
    let again = send(client, server, shop, deed, true).await.unwrap();
    assert_eq!(again, (*status, body.clone()), "{deed:?}");
    let (duplicate, said) = send(client, server, shop, deed, false).await.unwrap();
    let id = if *status == 201 { &body["data"]["id"] } else { &body["data"]["sale_id"] };
    assert_eq!(duplicate, 422, "{deed:?}");
    assert!(said["error"].as_str().unwrap().contains(&format!(" {id} ")), "{said}");
}

/// A deed whose answer never came: a retry commits it or shows that it was, and again the same.
pub(crate) async fn settle(client: &reqwest::Client, server: &str, shop: &Shop, deed: &mut Deed) {
    let (status, body) = send(client, server, shop, deed, true).await.unwrap();
    assert!(matches!(status, 200 | 201 | 422), "{status} {body}");
    deed.told = Some((status, body));
    demand(client, server, shop, deed).await;
}

/// What every customer must have, from what was told.
fn expected(deeds: &[Deed]) -> BTreeMap<String, (i64, i64)> {
    let cents = |value: &Value| -> i64 {
        let text = value.to_string();
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        whole.parse::<i64>().unwrap() * 100 + format!("{part:0<2}").parse::<i64>().unwrap()
    };
    let mut figures: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for deed in deeds {
        let (status, body) = deed.told.as_ref().unwrap();
        if committed(*status) {
            let data = &body["data"];
            let figure =
                figures.entry(deed.body["client_phone"].as_str().unwrap().to_owned()).or_default();
            if *status == 201 {
                figure.0 += cents(&data["bonus_accrued"]) - cents(&data["bonus_redeemed"]);
                figure.1 += cents(&data["total_amount"]);
            } else {
                figure.0 -= cents(&data["amount_redeemed"]);
            }
        }
    }
    figures
}

pub(crate) async fn check_figures(
    client: &reqwest::Client,
    server: &str,
    shop: &Shop,
    deeds: &[Deed],
) {
    for (phone, (balance, spent)) in expected(deeds) {
        let ask = Ask::get(&format!("/partner/client/{}", phone.replace('+', "%2B")));
        let timestamp = Clock::wall().now().millis() / 1_000;
        let response = client
            .get(format!("{server}{}", ask.path))
            .header("x-tenant-token", &shop.token)
            .header("x-partner-timestamp", timestamp)
            .header("x-partner-signature", sign(&shop.secret, timestamp, &ask))
            .send()
            .await
            .unwrap();
        let shown: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        let granted = 100_000;
        let in_cents = |cents: i64| {
            let text = format!("{}.{:02}", cents / 100, cents % 100);
            serde_json::from_str::<Value>(text.trim_end_matches('0').trim_end_matches('.')).unwrap()
        };
        assert_eq!(shown["data"]["bonus_balance"], in_cents(granted + balance), "{phone}");
        assert_eq!(shown["data"]["total_spent"], in_cents(spent), "{phone}");
    }
}

pub(crate) async fn open_shop(data_dir: &Path) -> Shop {
    let dir = data_dir.to_str().unwrap();
    let made = kopilka(&["tenant", "create", "--data-dir", dir, "--name", "Witnessed", "--json"]);
    assert!(made.status.success(), "{made:?}");
    let made: Value = serde_json::from_str(&stdout(&made)).unwrap();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let shop = Shop {
        id: made["tenant_id"].as_u64().unwrap(),
        token: text("tenant_token"),
        secret: text("partner_secret"),
        key: text("bonusplus_key"),
    };
    let server = Server::start(data_dir, &[]);
    let client = http_client();
    for customer in 0..CUSTOMERS {
        let body = json!({"phone": phone(customer)});
        let (key, told, receipt) = (String::new(), None, None);
        let register = Deed { path: "/partner/auth", body, key, told, receipt };
        let (status, _) = send(&client, &server.public, &shop, &register, false).await.unwrap();
        assert_eq!(status, 201);
    }
    assert_eq!(server.terminate(), Some(0));
    for customer in 0..CUSTOMERS {
        let (tenant, phone) = (shop.id.to_string(), phone(customer));
        let adjusted = kopilka(&[
            "adjust",
            "--data-dir",
            dir,
            "--tenant",
            &tenant,
            "--customer",
            &phone,
            "--amount",
            "1000.00",
            "--reason",
            "start",
        ]);
        assert!(adjusted.status.success(), "{adjusted:?}");
    }
    shop
}

/// Every receipt of a list is in the ledger.
pub(crate) fn assert_whole(checked: &std::process::Output, count: usize) {
    let expected = format!("{count} receipts: {count} are in the ledger, 0 are not;");
    assert!(stdout(checked).starts_with(&expected), "{checked:?}");
    assert_eq!(checked.status.code(), Some(0));
}

#[test]
fn nothing_acknowledged_is_lost_or_done_twice_whatever_kills_the_server() {
    let mut chance = Chance::announced("witness");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().join("ledger");
        let shop = open_shop(&data_dir).await;
        let mut deeds: Vec<Deed> = Vec::new();
        for round in 0..ROUNDS {
            // A short rhythm, so that kills also meet checkpoints and departures.
            let server =
                Server::start(&data_dir, &["--checkpoint-seconds", "1", "--idle-seconds", "1"]);
            let client = http_client();
            for deed in deeds.iter_mut().filter(|deed| deed.told.is_none()) {
                settle(&client, &server.public, &shop, deed).await;
            }
            for _ in 0..ASKED_AGAIN.min(deeds.len()) {
                let index = usize::try_from(chance.below(deeds.len() as u64)).unwrap();
                demand(&client, &server.public, &shop, &deeds[index]).await;
            }
            check_figures(&client, &server.public, &shop, &deeds).await;
            deeds.extend(load_and_kill(server, &shop, round, &mut chance).await);
        }
        let server = Server::start(&data_dir, &[]);
        let client = http_client();
        for deed in &mut deeds {
            if deed.told.is_none() {
                settle(&client, &server.public, &shop, deed).await;
            } else {
                demand(&client, &server.public, &shop, deed).await;
            }
        }
        check_figures(&client, &server.public, &shop, &deeds).await;
        assert!(deeds.len() > ROUNDS * WORKERS, "there was load: {}", deeds.len());
        let receipts: Vec<&str> = deeds.iter().filter_map(|deed| deed.receipt.as_deref()).collect();
        assert!(receipts.len() > ROUNDS, "receipts were kept: {}", receipts.len());
        let list = dir.path().join("receipts");
        std::fs::write(&list, receipts.join("\n")).unwrap();
        let (list, token) = (list.to_str().unwrap(), data_dir.join("operator.token"));
        let token = token.to_str().unwrap();
        let asked = ["verify", "--receipts", list, "--receipts-only"];
        let running = [&asked[..], &["--url", &server.operator, "--token-file", token]].concat();
        assert_whole(&kopilka(&running), receipts.len());
        assert_eq!(server.terminate(), Some(0));
        verify(&data_dir);
        let closed = [&asked[..], &["--data-dir", data_dir.to_str().unwrap()]].concat();
        assert_whole(&kopilka(&closed), receipts.len());
    });
}
