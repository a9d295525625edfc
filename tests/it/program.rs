//! The program as its operators use it: commands, exit statuses, two ways in, and folders that are no good.

use crate::chance::Chance;
use crate::house::{Shop, verify};
use crate::process::{Server, http_client, kopilka, stderr, stdout};
use crate::witness::send_signed;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tokio::task::JoinSet;

/// The settings file of the manual, as it stands.
const SETTINGS: &str = r##"
currency = "TJS"
bonus_unit = "bonus"
time_zone = "Asia/Dushanbe"
redeem_hold_seconds = 86400
min_purchase_amount = "10.00"
max_redeem_percent = "30"
redeem_from_app = true
welcome_bonus = "0.00"
expire_after_days = 365
backdate_days_max = 30

[[tiers]]
name = "Base"
color = "#8A8A8A"
from_total_spent = "0.00"
bonus_percent = "5"
"##;

pub(crate) struct Chain {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) shop: Shop,
}

impl Chain {
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.dir.path().join("ledger")
    }

    fn data_dir_text(&self) -> String {
        self.data_dir().to_str().unwrap().to_owned()
    }

    /// Runs a command on the closed data directory.
    pub(crate) fn run(&self, line: &str) -> (Option<i32>, String, String) {
        let dir = self.data_dir_text();
        let mut words: Vec<&str> = line.split(' ').collect();
        words.extend(["--data-dir", &dir]);
        ended(&words)
    }
}

pub(crate) fn ended(words: &[&str]) -> (Option<i32>, String, String) {
    let output = kopilka(words);
    (output.status.code(), stdout(&output), stderr(&output))
}

pub(crate) fn chain() -> Chain {
    let dir = tempfile::tempdir().unwrap();
    let settings = dir.path().join("shop.toml");
    std::fs::write(&settings, SETTINGS).unwrap();
    let (ledger, settings) = (dir.path().join("ledger"), settings.to_str().unwrap().to_owned());
    let ledger = ledger.to_str().unwrap();
    let words = [
        "tenant",
        "create",
        "--name",
        "Khorosho",
        "--settings",
        &settings,
        "--json",
        "--data-dir",
        ledger,
    ];
    let (status, out, err) = ended(&words);
    assert_eq!(status, Some(0), "{err}");
    let made: Value = serde_json::from_str(&out).unwrap();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let shop = Shop {
        id: made["tenant_id"].as_u64().unwrap(),
        token: text("tenant_token"),
        secret: text("partner_secret"),
        key: text("bonusplus_key"),
    };
    assert_eq!(shop.token.len(), 64);
    Chain { dir, shop }
}

pub(crate) fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

/// Everything below a folder, byte by byte.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    found
}

/// One sentence, no backtrace.
pub(crate) fn assert_one_sentence(err: &str) {
    assert_eq!(err.trim_end().lines().count(), 1, "{err}");
    assert!(err.starts_with("kopilka: "), "{err}");
    assert!(!err.contains("panicked"), "{err}");
}

#[test]
fn both_ways_in_do_the_same() {
    run(async {
        let chain = chain();
        let client = http_client();
        let server = Server::start(&chain.data_dir(), &[]);
        let body = json!({"phone": "+992901234567"});
        let (status, _) =
            send_signed(&client, &server.public, &chain.shop, "/partner/auth", &body, None)
                .await
                .unwrap();
        assert_eq!(status, 201);
        let token_file = chain.data_dir().join("operator.token");
        let (url, token_file) = (server.operator.clone(), token_file.to_str().unwrap().to_owned());
        let by_url = |line: &str| {
            let mut words: Vec<&str> = line.split(' ').collect();
            words.extend(["--url", &url, "--token-file", &token_file]);
            ended(&words)
        };
        let adjust = "adjust --tenant 1 --customer +992901234567 --amount 120.00 --reason apology --id case-7";
        let show = "customer show --tenant 1 --customer +992901234567 --json";
        assert_eq!(by_url(adjust).0, Some(0));
        assert_eq!(
            by_url("customer set-card --tenant 1 --customer +992901234567 --card 001-0000123").0,
            Some(0)
        );
        let said = by_url("customer staff --tenant 1 --customer +992901234567 --yes").1;
        assert_eq!(said, "customer +992901234567 works for the chain\n");
        let said = by_url("customer debit --tenant 1 --customer +992901234567 --allowed").1;
        assert_eq!(said, "customer +992901234567 may redeem\n");
        let report = by_url("report abuse --tenant 1 --from 2026-03-01 --to 2026-03-31 --by store");
        assert!(report.1.starts_with("store  cashier  sales  sales_amount"), "{report:?}");
        let shown_by_url = by_url(show).1;
        assert_eq!(server.terminate(), Some(0));

        // The same key on the closed folder is the same adjustment.
        let (status, _, err) = chain.run(adjust);
        assert_eq!(status, Some(0), "{err}");
        let (_, shown, _) = chain.run(show);
        let shown: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown, serde_json::from_str::<Value>(&shown_by_url).unwrap());
        assert_eq!(shown["bonus_balance"], json!(120));
        assert_eq!(shown["club_card_number"], json!("001-0000123"));

        for (line, expected) in [
            ("customer block --tenant 1 --customer 001-0000123", 0),
            ("customer unblock --tenant 1 --customer 001-0000123", 0),
            ("customer block --tenant 1 --customer nobody", 1),
            ("customer list --tenant 1", 0),
            ("tenant list", 0),
            ("tenant settings --tenant 1", 0),
            ("tenant telegram --tenant 1 --bot-token 1:a --bot-username shop_bot", 0),
            ("tenant telegram --tenant 1 --bot-token x --bot-username shop_bot", 1),
            ("tenant rotate --tenant 1 --token", 0),
            ("tenant rotate --tenant 1 --secret --grace-seconds 60", 0),
            ("tenant suspend --tenant 1", 0),
            ("tenant resume --tenant 1", 0),
            ("tenant resume --tenant 2", 1),
            ("adjust --tenant 1 --customer 001-0000123 --amount -500 --reason much", 1),
            (
                "adjust --tenant 1 --customer 001-0000123 --amount -500 --reason much --allow-debt",
                0,
            ),
            ("adjust --tenant 1 --customer 001-0000123 --amount much --reason much", 2),
            ("verify", 0),
        ] {
            let (status, _, err) = chain.run(line);
            assert_eq!(status, Some(expected), "{line}: {err}");
        }
    });
}

#[test]
fn settings_are_refused_by_name() {
    let chain = chain();
    let file = chain.dir.path().join("other.toml");
    let path = file.to_str().unwrap().to_owned();
    for (text, named) in [
        ("bonus_percent = \"5\"", "bonus_percent"),
        ("min_purchase_amount = 10.5", "min_purchase_amount"),
        ("max_redeem_percent = \"101\"", "max_redeem_percent"),
        ("time_zone = \"Asia/Nowhere\"", "time_zone"),
        ("[[tiers]]\nname = \"Gold\"\nfrom_total_spent = \"5.00\"\nbonus_percent = \"5\"", "tiers"),
    ] {
        std::fs::write(&file, text).unwrap();
        let (status, _, err) = chain.run(&format!("tenant settings --tenant 1 --set {path}"));
        assert!(matches!(status, Some(1 | 2)), "{text}: {status:?} {err}");
        assert!(err.contains(named), "{text}: {err}");
        assert_one_sentence(&err);
    }
    std::fs::write(&file, SETTINGS.replace("\"5\"", "\"7.5\"")).unwrap();
    let (status, _, err) = chain.run(&format!("tenant settings --tenant 1 --set {path}"));
    assert_eq!(status, Some(0), "{err}");
}

#[test]
fn a_folder_that_is_no_good_is_one_sentence_and_stays_as_it_is() {
    let chain = chain();
    let dir = chain.data_dir_text();
    let check = |words: &[&str], expected: i32, says: &str| {
        let (status, _, err) = ended(words);
        assert_eq!(status, Some(expected), "{words:?}: {err}");
        assert_one_sentence(&err);
        assert!(err.contains(says), "{words:?}: {err}");
    };
    let server = Server::start(&chain.data_dir(), &[]);
    check(&["tenant", "list", "--data-dir", &dir], 3, "in use");
    check(&["verify", "--data-dir", &dir], 3, "in use");
    check(
        &[
            "serve",
            "--data-dir",
            &dir,
            "--listen",
            "127.0.0.1:0",
            "--operator-listen",
            "127.0.0.1:0",
        ],
        3,
        "in use",
    );
    assert_eq!(server.terminate(), Some(0));

    let nowhere = chain.dir.path().join("nowhere");
    check(&["verify", "--data-dir", nowhere.to_str().unwrap()], 3, "nowhere");
    assert!(!nowhere.exists());

    let foreign = chain.dir.path().join("photos");
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(foreign.join("cat.jpg"), "meow").unwrap();
    let before = contents(&foreign);
    for words in [["tenant", "list"], ["verify", "--json"], ["serve", "--listen=127.0.0.1:0"]] {
        let words = [&words[..], &["--data-dir", foreign.to_str().unwrap()]].concat();
        check(&words, 3, "photos");
    }
    assert_eq!(contents(&foreign), before);

    let format = chain.data_dir().join("kopilka.format");
    let ours = std::fs::read(&format).unwrap();
    std::fs::write(&format, "kopilka data dir 2\n").unwrap();
    let before = contents(&chain.data_dir());
    check(&["verify", "--data-dir", &dir], 3, "newer");
    check(&["tenant", "list", "--data-dir", &dir], 3, "newer");
    assert_eq!(contents(&chain.data_dir()), before);
    std::fs::write(&format, ours).unwrap();

    // The end of the journal is gone: noticed before the store touches anything.
    let db = chain.data_dir().join("journal/db");
    let whole = std::fs::read(&db).unwrap();
    let used = whole.windows(8).position(|bytes| bytes == b"Khorosho").unwrap();
    std::fs::write(&db, &whole[..used]).unwrap();
    let before = contents(&chain.data_dir());
    check(&["tenant", "list", "--data-dir", &dir], 3, "lost its end");
    assert_eq!(contents(&chain.data_dir()), before);
    std::fs::write(&db, whole).unwrap();
    check_ok(&dir);
}

fn check_ok(dir: &str) {
    let (status, out, err) = ended(&["verify", "--data-dir", dir, "--json"]);
    assert_eq!(status, Some(0), "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["clean"], json!(true));
    assert!(report["covered"]["records"].as_u64().unwrap() > 0);
}

#[test]
fn a_flipped_bit_in_the_journal_is_found() {
    let mut chance = Chance::announced("flipped bit");
    let chain = chain();
    let db = chain.data_dir().join("journal/db");
    let whole = std::fs::read(&db).unwrap();
    // Somewhere in the record of the tenant's creation: its name stands there as it is.
    let name = whole.windows(8).position(|bytes| bytes == b"Khorosho").unwrap();
    let flipped = name + usize::try_from(chance.below(8)).unwrap();
    let mut damaged = whole;
    damaged[flipped] ^= 1 << chance.below(8);
    std::fs::write(&db, damaged).unwrap();
    let (status, _, err) = chain.run("verify");
    assert!(matches!(status, Some(1 | 3)), "{status:?}: {err}");
    assert_one_sentence(&err);
}

#[test]
fn a_terminated_server_answers_what_it_has_taken() {
    run(async {
        let chain = chain();
        let server = Server::start(&chain.data_dir(), &[]);
        let client = http_client();
        let body = json!({"phone": "+992901234567"});
        send_signed(&client, &server.public, &chain.shop, "/partner/auth", &body, None)
            .await
            .unwrap();
        let mut workers = JoinSet::new();
        for worker in 0..8 {
            let (shop, address) = (chain.shop.clone(), server.public.clone());
            workers.spawn(async move {
                let client = http_client();
                for number in 0.. {
                    let id = format!("{worker}-{number}");
                    let body = json!({"client_phone": "+992901234567", "total_amount": 100, "external_sale_id": id});
                    match send_signed(&client, &address, &shop, "/partner/sale", &body, None).await {
                        Some((201, _)) => {}
                        // The door is closed, or closing.
                        Some((503, _)) | None => return number,
                        other => panic!("{other:?}"),
                    }
                }
                0
            });
        }
        for _ in 0..50 {
            send_signed(&client, &server.public, &chain.shop, "/partner/auth", &body, None)
                .await
                .unwrap();
        }
        let status = tokio::task::spawn_blocking(|| server.terminate()).await.unwrap();
        assert_eq!(status, Some(0));
        let acknowledged: u64 = workers.join_all().await.into_iter().sum();
        assert!(acknowledged > 0);
        verify(&chain.data_dir());
        let (_, shown, _) = chain.run("customer show --tenant 1 --customer +992901234567 --json");
        let shown: Value = serde_json::from_str(&shown).unwrap();
        // A connection that breaks between commit and answer may leave one more per worker, never fewer.
        let spent = shown["total_spent"].as_u64().unwrap() / 100;
        assert!((acknowledged..=acknowledged + 8).contains(&spent), "{spent} of {acknowledged}");
    });
}

#[test]
fn codes_are_printed_where_no_message_leaves() {
    run(async {
        let chain = chain();
        let mut server = Server::start(&chain.data_dir(), &["--print-codes"]);
        let asked = http_client()
            .post(format!("{}/api/v1/auth/send-otp", server.public))
            .header("x-tenant-token", &chain.shop.token)
            .body(json!({"phone": "+992901234567"}).to_string());
        assert_eq!(asked.send().await.unwrap().status(), 200);
        let line = server.line();
        assert!(line.starts_with("SMS to +992901234567: "), "{line}");
        assert!(
            line.ends_with(" is your code for Khorosho. Do not tell it to anyone.\n"),
            "{line}"
        );
        assert_eq!(server.terminate(), Some(0));

        let file = chain.dir.path().join("kopilka.toml");
        let sms = "[sms]\ngateway = \"http\"\nurl = \"https://sms.example/?to={phone}&t={text}\"";
        std::fs::write(&file, sms).unwrap();
        let line = format!("serve --print-codes --config {}", file.display());
        let (status, _, err) = chain.run(&line);
        assert_eq!(status, Some(2), "{err}");
        assert!(err.contains("--print-codes"), "{err}");
        assert_one_sentence(&err);
    });
}

#[test]
fn stores_are_listed_from_a_file() {
    let chain = chain();
    let file = chain.dir.path().join("stores.toml");
    std::fs::write(&file, "[[stores]]\nname = \"Rudaki\"\naddress = \"12 Rudaki Ave\"").unwrap();
    let (status, shown, err) =
        chain.run(&format!("tenant stores --tenant 1 --set {} --json", file.display()));
    assert_eq!(status, Some(0), "{err}");
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let expected = json!([{"id": 1, "name": "Rudaki", "address": "12 Rudaki Ave", "open": true}]);
    assert_eq!(shown, expected);
    std::fs::write(&file, "[[shops]]\nname = \"Rudaki\"").unwrap();
    let (status, _, err) = chain.run(&format!("tenant stores --tenant 1 --set {}", file.display()));
    assert_eq!(status, Some(1), "{err}");
    assert!(err.contains("shops"), "{err}");
    let (status, table, err) = chain.run("tenant stores --tenant 1");
    assert_eq!(status, Some(0), "{err}");
    assert!(table.contains("Rudaki"), "{table}");
}
