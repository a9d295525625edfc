//! The commands of `docs/backup.md` as an operator runs them, and the program killed while it copies and
//! restores: what it leaves is never taken for whole.

use crate::chance::Chance;
use crate::house::{TestHouse, run, verify};
use crate::process::{Server, command, kopilka, stderr, stdout};
use kopilka::journal::{ShelvedState, list_snapshots};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const DOCUMENT: &str = include_str!("../../docs/backup.md");
/// Where the document's server listens for operators.
const OPERATOR: &str = "http://127.0.0.1:8082";
/// Kills of each kind.
const KILLS: u64 = 6;

/// A closed ledger in `data/ledger`, with sales before and after ten o'clock.
pub(crate) fn filled() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        for customer in 0..40 {
            let phone = format!("+99290{:07}", 2_000_000 + customer);
            house.log_in(&shop, &phone).await;
            let sale = json!({"client_phone": phone, "total_amount": 100});
            assert_eq!(house.sell(&shop, sale).await.status, 201);
            house.advance_seconds(180);
        }
        let closed = house.close_and_verify().await;
        fs::create_dir(dir.path().join("data")).unwrap();
        fs::rename(closed.path().join("ledger"), dir.path().join("data/ledger")).unwrap();
    });
    dir
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The commands of the document, in order.
fn commands() -> String {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in DOCUMENT.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            command if inside => lines.push(command),
            _ => {}
        }
    }
    lines.join("\n")
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            copy_dir(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

#[test]
fn the_commands_of_the_document_run() {
    let dir = filled();
    let archive = dir.path().join("data/archive");
    let server = Server::start(&dir.path().join("data/ledger"), &["--archive-dir", text(&archive)]);
    // A journal that a power cut left: its files as they lie, and without its lock.
    copy_dir(&dir.path().join("data/ledger"), &dir.path().join("data/broken"));
    let script = commands().replace(OPERATOR, &server.operator);
    assert!(script.lines().count() > 10 && script.contains(&server.operator), "{script}");
    let program = PathBuf::from(env!("CARGO_BIN_EXE_kopilka"));
    let path = format!("{}:{}", text(program.parent().unwrap()), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-euc", &script])
        .current_dir(dir.path())
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
    let told = stdout(&output);
    assert!(told.matches("everything agrees").count() >= 4, "{told}");
    assert_eq!(server.terminate(), Some(0));
    for restored in ["restored", "newest", "joined", "brought-back", "before", "event", "chain"] {
        verify(&dir.path().join("data").join(restored));
    }
}

#[test]
fn commands_say_what_is_wrong_and_with_which_status() {
    let dir = filled();
    let (ledger, shelf) = (dir.path().join("data/ledger"), dir.path().join("copies"));
    let made = kopilka(&[
        "snapshot",
        "create",
        "--data-dir",
        text(&ledger),
        "--to",
        text(&shelf),
        "--json",
    ]);
    assert!(made.status.success(), "{}", stderr(&made));
    let made: Value = serde_json::from_str(&stdout(&made)).unwrap();
    let copy = shelf.join(made["name"].as_str().unwrap());
    let listed = kopilka(&["snapshot", "list", "--in", text(&shelf), "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&stdout(&listed)).unwrap(), json!([made]));

    let check = |arguments: &[&str], status: i32, said: &str| {
        let output = kopilka(arguments);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {told}");
        assert!(told.contains(said) && told.trim_end().lines().count() == 1, "{told}");
    };
    let to = dir.path().join("restored");
    let master_key = ledger.join("master.key");
    let restore = |more: &[&'static str]| {
        let mut arguments = vec!["restore", "--from", text(&copy), "--data-dir", text(&to)];
        arguments.extend(["--master-key", text(&master_key)]);
        arguments.extend(more);
        arguments.into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    let refused = |more: &[&'static str], said: &str| {
        let arguments = restore(more);
        check(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), 1, said);
        assert!(!to.exists());
    };
    refused(&["--to-event", "100000"], "the copy ends with event");
    refused(&["--to-time", "2099-01-01T00:00:00Z"], "the copy reaches to");
    refused(&["--to-time", "2001-01-01T00:00:00Z"], "nothing had happened by then");
    refused(&["--tenant", "9"], "the copy has no tenant 9");
    check(&["restore", "--from", text(&copy), "--data-dir", text(&ledger)], 3, "exists already");
    let without_key = ["restore", "--from", text(&copy), "--data-dir", text(&to)];
    check(&without_key, 3, "wrapped by a master key that is not there");
    check(&["verify", "--snapshot", text(&shelf)], 3, "there is no whole snapshot at");

    let records = copy.join("records-00000000000000000001.kpr");
    let mut bytes = fs::read(&records).unwrap();
    bytes[100] ^= 1;
    fs::write(&records, bytes).unwrap();
    check(&["verify", "--snapshot", text(&copy)], 1, "records-00000000000000000001.kpr is damaged");
    refused(&[], "records-00000000000000000001.kpr is damaged");
}

/// Kills the program once a directory is there, a little later each time; whether it was still at work.
pub(crate) fn kill_amid(
    arguments: &[&str],
    appears: impl Fn() -> bool,
    chance: &mut Chance,
) -> bool {
    let mut child = command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !appears() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    for _ in 0..chance.below(3_000) {
        let _ = appears();
    }
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

fn has_unfinished(folder: &Path) -> bool {
    let mut entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.any(|entry| entry.file_name().to_string_lossy().ends_with(".unfinished"))
}

#[test]
fn a_killed_copy_is_never_taken_for_whole() {
    let mut chance = Chance::announced("a_killed_copy_is_never_taken_for_whole");
    let dir = filled();
    let (ledger, shelf) = (dir.path().join("data/ledger"), dir.path().join("copies"));
    let create = ["snapshot", "create", "--data-dir", text(&ledger), "--to", text(&shelf)];
    let mut killed = 0;
    for _ in 0..KILLS {
        killed += u64::from(kill_amid(&create, || has_unfinished(&shelf), &mut chance));
        for shelved in list_snapshots(&shelf).unwrap() {
            let copy = shelf.join(&shelved.name);
            let proof = kopilka(&["verify", "--snapshot", text(&copy)]);
            match shelved.state {
                ShelvedState::Whole(_) => assert!(proof.status.success(), "{}", stderr(&proof)),
                ShelvedState::Unfinished => assert_eq!(proof.status.code(), Some(3)),
                ShelvedState::Damaged(reason) => panic!("{reason}"),
            }
        }
    }
    println!("{killed} of {KILLS} were killed at work");
    let made = kopilka(&create);
    assert!(made.status.success(), "{}", stderr(&made));
    let left = list_snapshots(&shelf).unwrap();
    let whole = |state: &ShelvedState| matches!(state, ShelvedState::Whole(_));
    assert!(left.iter().all(|one| whole(&one.state)), "the next one cleans up: {left:?}");
}

#[test]
fn a_killed_restore_is_never_taken_for_whole() {
    let mut chance = Chance::announced("a_killed_restore_is_never_taken_for_whole");
    let dir = filled();
    let (ledger, shelf) = (dir.path().join("data/ledger"), dir.path().join("copies"));
    let made = kopilka(&["snapshot", "create", "--data-dir", text(&ledger), "--to", text(&shelf)]);
    assert!(made.status.success(), "{}", stderr(&made));
    let copy = shelf.join(&list_snapshots(&shelf).unwrap()[0].name);
    let (mut killed, to, beside) =
        (0, dir.path().join("restored"), dir.path().join("restored.unfinished"));
    let master_key = ledger.join("master.key");
    let restore = [
        "restore",
        "--from",
        text(&copy),
        "--data-dir",
        text(&to),
        "--master-key",
        text(&master_key),
    ];
    for _ in 0..KILLS {
        if kill_amid(&restore, || beside.exists(), &mut chance) {
            killed += 1;
        }
        if to.exists() {
            verify(&to);
            fs::remove_dir_all(&to).unwrap();
        } else if beside.join("unfinished").exists() {
            let served = kopilka(&["tenant", "list", "--data-dir", text(&beside)]);
            assert_eq!(served.status.code(), Some(3), "{}", stdout(&served));
            assert!(stderr(&served).contains("did not come to its end"), "{}", stderr(&served));
        } else if beside.join("kopilka.format").exists() {
            // Killed between the two last steps: all of it is there, but its name.
            verify(&beside);
            fs::remove_dir_all(&beside).unwrap();
        }
    }
    println!("{killed} of {KILLS} were killed at work");
    let restored = kopilka(&restore);
    assert!(restored.status.success(), "{}", stderr(&restored));
    verify(&to);
    assert!(!beside.exists());
}
