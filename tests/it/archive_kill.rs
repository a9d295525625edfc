//! The real server killed with SIGKILL while it archives: what its archive has is all that was durable there,
//! once, and with what the journal still has nothing that was acknowledged is missing.

use crate::chance::Chance;
use crate::house::{Shop, verify};
use crate::process::{Server, http_client, kopilka, stderr, stdout};
use crate::witness::{Deed, assert_whole, check_figures, demand, load_and_kill, open_shop, settle};
use kopilka::engine::Stopwatch;
use kopilka::journal::archive_summary;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const ROUNDS: usize = 4;
/// Longest wait for the archive; only a failing test ever waits so long.
const FOLLOWS_WITHIN_SECONDS: u64 = 60;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The receipts of deeds with events up to one, as a file; how many there are.
fn receipts(deeds: &[Deed], through: u64, file: &Path) -> usize {
    let event = |receipt: &str| receipt.split(' ').next().unwrap().parse::<u64>().unwrap();
    let kept = deeds.iter().filter_map(|deed| deed.receipt.as_deref());
    let kept: Vec<&str> = kept.filter(|receipt| event(receipt) <= through).collect();
    fs::write(file, kept.join("\n")).unwrap();
    kept.len()
}

fn restore(sources: &[&str], to: &Path) -> Value {
    let mut words = vec!["restore", "--json", "--data-dir", text(to)];
    words.extend(sources);
    let restored = kopilka(&words);
    assert!(restored.status.success(), "{}", stderr(&restored));
    verify(to);
    serde_json::from_str(&stdout(&restored)).unwrap()
}

fn check_receipts(ledger: &Path, list: &Path, count: usize) {
    let words = ["verify", "--receipts-only", "--receipts", text(list), "--data-dir", text(ledger)];
    assert_whole(&kopilka(&words), count);
}

/// Waits until the archive has an event; how long that took.
fn until_archived(archive: &Path, event: u64) {
    let waited = Stopwatch::start();
    while archive_summary(archive).is_ok_and(|summary| summary.last_event.number() < event) {
        assert!(waited.elapsed().as_secs() < FOLLOWS_WITHIN_SECONDS, "it does not follow");
        std::thread::yield_now();
    }
    println!("the archive had event {event} after {:?}", waited.elapsed());
}

/// All deeds asked of a restored ledger: what it has is answered as it was, the rest is done now, once.
async fn serve_and_settle(ledger: &Path, shop: &Shop, mut deeds: Vec<Deed>, through: u64) {
    let server = Server::start(ledger, &[]);
    let client = http_client();
    for deed in &mut deeds {
        let event = deed.receipt.as_deref().and_then(|receipt| receipt.split(' ').next());
        let kept = event.is_some_and(|event| event.parse::<u64>().unwrap() <= through);
        if kept {
            demand(&client, &server.public, shop, deed).await;
        } else {
            settle(&client, &server.public, shop, deed).await;
        }
    }
    check_figures(&client, &server.public, shop, &deeds).await;
    assert_eq!(server.terminate(), Some(0));
    verify(ledger);
}

#[test]
fn an_archive_of_a_killed_server_has_what_was_durable_in_it_once() {
    let mut chance = Chance::announced("archive_kill");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| -> PathBuf { dir.path().join(name) };
        let (ledger, archive, list) = (path("ledger"), path("archive"), path("receipts"));
        let shop = open_shop(&ledger).await;
        let mut deeds: Vec<Deed> = Vec::new();
        for round in 0..ROUNDS {
            let server = Server::start(&ledger, &["--archive-dir", text(&archive)]);
            let client = http_client();
            for deed in deeds.iter_mut().filter(|deed| deed.told.is_none()) {
                settle(&client, &server.public, &shop, deed).await;
            }
            let newest = deeds
                .iter()
                .filter_map(|deed| deed.receipt.as_deref())
                .map(|receipt| receipt.split(' ').next().unwrap().parse::<u64>().unwrap());
            until_archived(&archive, newest.max().unwrap_or(1));
            deeds.extend(load_and_kill(server, &shop, round, &mut chance).await);
            let known = archive_summary(&archive).unwrap().last_event.number();
            let (alone, both) = (path("alone"), path("both"));
            // The disk of the ledger is gone.
            let key = ledger.join("master.key");
            let told = restore(&["--archive", text(&archive), "--master-key", text(&key)], &alone);
            let through = told["through_event"].as_u64().unwrap();
            assert!(through >= known, "{through} {known}");
            check_receipts(&alone, &list, receipts(&deeds, through, &list));
            // Its journal can still be read.
            let sources = ["--archive", text(&archive), "--salvage", text(&ledger)];
            let told = restore(&sources, &both);
            assert_eq!(told["lost_records"], Value::Null);
            check_receipts(&both, &list, receipts(&deeds, u64::MAX, &list));
            if round + 1 == ROUNDS {
                serve_and_settle(&alone, &shop, deeds.clone(), through).await;
            }
            fs::remove_dir_all(alone).unwrap();
            fs::remove_dir_all(both).unwrap();
        }
        let server = Server::start(&ledger, &["--archive-dir", text(&archive)]);
        assert_eq!(server.terminate(), Some(0));
        let root = |words: &[&str]| -> Value {
            let verified = kopilka(words);
            serde_json::from_str::<Value>(&stdout(&verified)).unwrap()["root"].clone()
        };
        let of_archive = root(&["verify", "--json", "--archive", text(&archive)]);
        assert_eq!(of_archive, root(&["verify", "--json", "--data-dir", text(&ledger)]));
    });
}
