//! The load generator as an outsider runs it: against a server of its own, which stays sound.

use crate::house::verify;
use crate::process::{Server, command, stderr, stdout};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Runs a short load in a folder; what it tells.
fn load(dir: &Path, more: &[&str]) -> Value {
    let mut arguments = vec!["load", "--json", "--connections", "4"];
    arguments.extend(["--rounds", "1"]);
    if !more.contains(&"--customers") {
        arguments.extend(["--customers", "20"]);
    }
    if !more.contains(&"--seconds") {
        arguments.extend(["--seconds", "1"]);
    }
    arguments.extend(more);
    let output = command(&arguments).current_dir(dir).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

#[test]
fn sales_are_measured_against_the_no_op_route() {
    let dir = tempfile::tempdir().unwrap();
    let told = load(dir.path(), &["--warm-seconds", "1", "--baseline", "--redeem-share", "50"]);
    assert!(told["sales"]["done"].as_u64() > Some(0), "{told}");
    assert!(told["no_op"]["done"].as_u64() > Some(0), "{told}");
    assert!(told["ratio_hundredths"].is_u64(), "{told}");
    assert_eq!(told["sales"]["refused"], serde_json::json!({}), "{told}");
    assert!(
        told["sales"]["latency_us"]["p99_9"].as_u64()
            >= told["sales"]["latency_us"]["p50"].as_u64()
    );
    assert!(told["disk_us"]["p50"].as_u64() > Some(0) && told["disk_bytes_per_sale"].is_u64());
    assert_eq!(told["registrations"]["done"], 20, "{told}");
    let folder = dir.path().join("data/load-1");
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    verify(&folder);
}

#[test]
fn batches_and_rates_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let told = load(dir.path(), &["--warm-seconds", "0", "--batch", "10", "--spread", "hot"]);
    assert_eq!(told["sales"]["done"].as_u64().map(|done| done % 10), Some(0), "{told}");
    assert_eq!(told["sales"]["refused"], serde_json::json!({}), "{told}");
    let asked = ["--warm-seconds", "0", "--rate", "50", "--spread", "zipf", "--data-dir", "d"];
    let told = load(dir.path(), &asked);
    // Never ahead of the plan; how far behind depends on the machine.
    assert!((1..=50).contains(&told["sales"]["done"].as_u64().unwrap()), "{told}");
    verify(&dir.path().join("d"));
}

#[test]
fn a_ledger_goes_on_with_its_customers_and_comes_back_after_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let told = load(dir.path(), &["--data-dir", "d", "--fill", "40", "--registrations-only"]);
    assert_eq!((&told["registrations"]["done"], &told["sales"]), (&20.into(), &Value::Null));
    let more = ["--data-dir", "d", "--customers", "25", "--at-half", "--kill"];
    let told = load(dir.path(), &more);
    assert_eq!((&told["registrations"]["done"], &told["customers"]), (&5.into(), &25.into()));
    assert_eq!(told["sales"]["refused"], serde_json::json!({}), "{told}");
    let half = told["half_rate"].as_u64().unwrap();
    assert_eq!(half, (told["sales"]["per_second"].as_u64().unwrap() / 2).max(1), "{told}");
    assert!((1..=half).contains(&told["at_half"]["done"].as_u64().unwrap()), "{told}");
    let restarted = &told["restarted"];
    assert!(restarted["first_sale_ms"].as_u64() >= restarted["listened_ms"].as_u64(), "{told}");
    assert!(restarted["events"].as_u64() > Some(25 + 40 + 25), "{told}");
    verify(&dir.path().join("d"));
}

#[test]
fn a_file_is_posted_once_and_refusals_are_told_by_kind() {
    let dir = tempfile::tempdir().unwrap();
    let sale = |phone: &str, id: &str| {
        format!(
            "{{\"client_phone\":\"{phone}\",\"total_amount\":50,\"external_sale_id\":\"{id}\"}}\n"
        )
    };
    let (first, second) = ("+992900000001", "+992900000002");
    let sales = [sale(first, "a"), sale(second, "b"), sale(first, "a")].concat();
    fs::write(dir.path().join("sales.ndjson"), sales).unwrap();
    let told = load(dir.path(), &["--file", "sales.ndjson", "--seconds", "60"]);
    assert_eq!((&told["sales"]["done"], &told["customers"]), (&Value::from(2), &Value::from(2)));
    assert_eq!(told["sales"]["refused"]["duplicate_sale"], 1, "{told}");
    fs::write(dir.path().join("sales.ndjson"), "{}\n").unwrap();
    let output =
        command(&["load", "--file", "sales.ndjson"]).current_dir(dir.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("line 1"), "{}", stderr(&output));
}

#[test]
fn without_its_flag_a_server_has_no_no_op_route() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &[]);
    let token = dir.path().join("operator.token");
    let made = command(&["tenant", "create", "--name", "A", "--json", "--url", &server.operator])
        .arg("--token-file")
        .arg(token)
        .output()
        .unwrap();
    fs::write(dir.path().join("keys.json"), stdout(&made)).unwrap();
    let asked = ["load", "--url", &server.public, "--keys", "keys.json", "--customers", "5"];
    let asked = [&asked[..], &["--seconds", "1", "--rounds", "1", "--baseline"]].concat();
    let output = command(&asked).current_dir(dir.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(stderr(&output).contains("--bench-routes"), "{}", stderr(&output));
    assert!(stdout(&output).contains("refused: route_unknown"), "{}", stdout(&output));
}
