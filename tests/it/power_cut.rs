//! Power cuts on the real store. After each sync of a scenario everything is copied; then, for every write
//! that followed, pages that nobody had synced yet are there or are not, at random. Whatever was acknowledged
//! by the sync before opens, once and whole. The same for what copies and restores leave half-done.
//!
//! Not simulated: a disk that loses what it said was synced, and writes torn within a page.

use crate::backup::filled;
use crate::chance::Chance;
use crate::house::{Ask, PHONE, Shop, TestHouse, options, run, sealing_of, verify};
use crate::mains::copy_disk;
use crate::snapshots::keys_of;
use crate::stores::{Watch, watched};
use crate::torn::{tear, tear_unsynced};
use kopilka::engine::{Clock, HouseOptions};
use kopilka::journal::{
    DataDir, JournalError, JournalOptions, LogError, RestoreEnd, RestoreError, RestoreSources,
    RestoreWish, ShelvedState, Snapshot, SnapshotKind, SnapshotPlace, SnapshotSource,
    create_snapshot, list_snapshots, open_read_only, restore,
};
use kopilka::values::Timestamp;
use serde_json::{Value, json};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

const REQUESTS: usize = 24;
/// Mixtures of each write.
const MIXTURES: usize = 2;
/// What a data directory has that is written page by page.
const PAGED: [&str; 3] = ["journal/db", "tables/db", "high-water"];

/// Copies the whole directory after every sync of the journal, with how much was acknowledged by then.
struct Camera {
    data_dir: PathBuf,
    album: PathBuf,
    acknowledged: Arc<Mutex<Vec<(Ask, Value)>>>,
    images: Mutex<Vec<(PathBuf, usize)>>,
}

impl Watch for Camera {
    fn after(&self, count: usize) -> Result<(), LogError> {
        let image = self.album.join(format!("{count:04}"));
        copy_disk(&self.data_dir, &image);
        let acknowledged = self.acknowledged.lock().unwrap().len();
        self.images.lock().unwrap().push((image, acknowledged));
        Ok(())
    }
}

fn sale(number: usize) -> Ask {
    let body = json!({"client_phone": PHONE, "total_amount": 100 + number,
        "external_sale_id": format!("r-{number}"),
        "lines": [{"sku": "a", "name": "x".repeat(40 * (number % 7)), "line_amount": 60}]});
    Ask::post("/partner/sale", &body).with("idempotency-key", &format!("k-{number}"))
}

/// Runs the scenario, checkpoints included; leaves an image for each sync.
async fn photographed(album: &Path) -> (Shop, Vec<(Ask, Value)>, Vec<(PathBuf, usize)>) {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("ledger");
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let camera = Arc::new(Camera {
        data_dir: data_dir.clone(),
        album: album.to_path_buf(),
        acknowledged: Arc::clone(&acknowledged),
        images: Mutex::new(Vec::new()),
    });
    let log = watched(Arc::clone(&camera) as Arc<dyn Watch>);
    let house = TestHouse::open(dir, HouseOptions { log: Some(log), ..options(&data_dir) }).await;
    let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
    house.log_in(&shop, PHONE).await;
    for number in 0..REQUESTS {
        let answer = house.ask(&shop, sale(number)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        acknowledged.lock().unwrap().push((sale(number), answer.body));
        if number % 5 == 4 {
            house.house.checkpoint().await.unwrap();
        }
    }
    house.close_and_verify().await;
    let images = std::mem::take(&mut *camera.images.lock().unwrap());
    let acknowledged = acknowledged.lock().unwrap().clone();
    (shop, acknowledged, images)
}

/// Opens what a cut left: everything that was acknowledged is there once, the rest once or not at all.
async fn check(
    data_dir: &Path,
    shop: &Shop,
    told: &[(Ask, Value)],
    acknowledged: usize,
    why: &str,
) {
    let house = TestHouse::open(tempfile::tempdir().unwrap(), options(data_dir)).await;
    for (index, (ask, body)) in told.iter().take(acknowledged + 1).enumerate() {
        // Without its key first: what is not there would be done now.
        let unkeyed = Ask { headers: Vec::new(), ..ask.clone() };
        let first = house.ask(shop, unkeyed.clone()).await;
        // Not even the customer may be there before the first sale was acknowledged.
        let expected: &[u16] = if index < acknowledged { &[422] } else { &[422, 201, 404] };
        assert!(expected.contains(&first.status), "{why}, request {index}: {first:?}");
        if first.status == 404 {
            break;
        }
        if index < acknowledged {
            assert_eq!(&house.ask(shop, ask.clone()).await.body, body, "{why}, request {index}");
        }
        assert_eq!(house.ask(shop, unkeyed).await.status, 422, "{why}, request {index}");
    }
    house.close().await;
    verify(data_dir);
}

#[test]
fn whatever_pages_a_power_cut_leaves_what_was_acknowledged_is_there() {
    let mut chance = Chance::announced("power cut");
    run(async {
        let album = tempfile::tempdir().unwrap();
        let (shop, told, images) = photographed(album.path()).await;
        assert!(images.len() >= REQUESTS, "{} images", images.len());
        for pair in images.windows(2) {
            let [(synced, acknowledged), (written, _)] = pair else { unreachable!() };
            for mixture in 0..MIXTURES {
                let dir = tempfile::tempdir().unwrap();
                let data_dir = dir.path().join("ledger");
                copy_disk(written, &data_dir);
                for name in PAGED {
                    tear(&synced.join(name), &data_dir.join(name), &mut chance);
                }
                let why = format!("{} torn {mixture}", written.display());
                check(&data_dir, &shop, &told, *acknowledged, &why).await;
            }
        }
    });
}

fn files_below(path: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// Everything in an unfinished directory but its mark, which is synced before all else, is torn.
fn tear_all(unfinished: &Path, chance: &mut Chance) {
    for file in files_below(unfinished) {
        if file != unfinished.join("unfinished") {
            tear_unsynced(&file, chance);
        }
    }
}

fn source(ledger: &Path) -> (DataDir, SnapshotSource) {
    let data_dir = DataDir::open_existing(ledger).unwrap();
    let options = JournalOptions::new(1 << 20, Timestamp::default()).under(sealing_of(&data_dir));
    let journal = open_read_only(&data_dir, &options).unwrap();
    let through = journal.tail().unwrap().unwrap().record;
    let house_key = None; // it lies among the keys
    let created_at = Clock::wall().now();
    (data_dir, SnapshotSource { journal, through, house_key, created_at, kind: SnapshotKind::Full })
}

/// A copy of `shelf` at each of its moments while a snapshot is made; its path in the end.
fn snapshot_moments(ledger: &Path, shelf: &Path) -> (PathBuf, Vec<TempDir>) {
    let (_data_dir, source) = source(ledger);
    let place = SnapshotPlace::claim(shelf, 0).unwrap();
    let mut moments = Vec::new();
    let created = create_snapshot(&source, &place, &mut |_| {
        let moment = tempfile::tempdir().unwrap();
        copy_disk(shelf, moment.path());
        moments.push(moment);
        ControlFlow::Continue(())
    });
    (created.unwrap().path, moments)
}

#[test]
fn a_power_cut_amid_a_copy_leaves_nothing_that_is_taken_for_one() {
    let mut chance = Chance::announced("power cut amid a copy");
    let dir = filled();
    let (ledger, shelf) = (dir.path().join("data/ledger"), dir.path().join("copies"));
    let (whole, moments) = snapshot_moments(&ledger, &shelf);
    assert!(!moments.is_empty());
    for moment in &moments {
        for entry in fs::read_dir(moment.path()).unwrap() {
            let left = entry.unwrap().path();
            if left.is_dir() {
                tear_all(&left, &mut chance);
                let refused = Snapshot::open(&left).map(drop);
                assert_eq!(refused, Err(JournalError::NoSnapshot(left)));
            }
        }
        let listed = list_snapshots(moment.path()).unwrap();
        assert!(listed.iter().all(|one| one.state == ShelvedState::Unfinished), "{listed:?}");
        let (made, _) = snapshot_moments(&ledger, moment.path());
        assert_eq!(list_snapshots(moment.path()).unwrap().len(), 1, "what was left is gone");
        check_restores(&ledger, &made, moment.path());
    }
    check_restores(&ledger, &whole, dir.path());
}

fn wish(ledger: &Path, from: &Path, to: &Path) -> RestoreWish {
    RestoreWish {
        from: RestoreSources::snapshot(from.to_path_buf()),
        to: to.to_path_buf(),
        end: RestoreEnd::Whole,
        tenant: None,
        cache_bytes: 1 << 20,
        vault: keys_of(ledger),
        keep_master_key: true,
    }
}

fn check_restores(ledger: &Path, snapshot: &Path, folder: &Path) {
    let to = folder.join("restored");
    restore(&wish(ledger, snapshot, &to), Clock::wall().now(), &mut |_| {}).unwrap();
    verify(&to);
    fs::remove_dir_all(to).unwrap();
}

#[test]
fn a_power_cut_amid_a_restore_leaves_nothing_that_opens() {
    let mut chance = Chance::announced("power cut amid a restore");
    let dir = filled();
    let (ledger, shelf) = (dir.path().join("data/ledger"), dir.path().join("copies"));
    let (snapshot, _) = snapshot_moments(&ledger, &shelf);
    let place = tempfile::tempdir().unwrap();
    let to = place.path().join("restored");
    let beside = place.path().join("restored.unfinished");
    let mut moments = Vec::new();
    restore(&wish(&ledger, &snapshot, &to), Clock::wall().now(), &mut |stage| {
        let moment = tempfile::tempdir().unwrap();
        copy_disk(&beside, &moment.path().join("restored.unfinished"));
        moments.push((stage, moment));
    })
    .unwrap();
    verify(&to);
    assert!(moments.len() > 4, "{}", moments.len());
    let step = moments.len().div_ceil(12);
    for (stage, moment) in moments.into_iter().step_by(step) {
        let left = moment.path().join("restored.unfinished");
        tear_all(&left, &mut chance);
        let opened = DataDir::create_or_open(&left).map(drop);
        assert_eq!(opened, Err(JournalError::Unfinished(left)), "{stage:?}");
        check_restores(&ledger, &snapshot, moment.path());
    }
}

/// A file that is replaced whole is the one before or the one after, whatever is left of the one between.
#[test]
fn files_that_are_replaced_whole_are_the_one_or_the_other() {
    let mut chance = Chance::announced("power cut amid a replacement");
    run(async {
        let house = TestHouse::new().await;
        let operator = json!({"name": "anna", "role": "auditor"});
        assert_eq!(house.operate("POST", "/operators", operator).await.status, 201);
        let ledger = house.ledger();
        let dir = house.close_and_verify().await;
        for name in ["operators", "master.key"] {
            let begun = ledger.join(format!("{name}.begun"));
            for _ in 0..4 {
                fs::copy(ledger.join(name), &begun).unwrap();
                tear_unsynced(&begun, &mut chance);
                let house = TestHouse::open(tempfile::tempdir().unwrap(), options(&ledger)).await;
                let listed = house.operate("GET", "/operators", Value::Null).await;
                assert!(listed.body.to_string().contains("anna"), "{listed:?}");
                house.close_and_verify_at(&ledger).await;
            }
        }
        drop(dir);
    });
}

/// A restore that is refused leaves nothing.
#[test]
fn a_copy_with_a_torn_file_is_not_restored() {
    let mut chance = Chance::announced("a torn copy");
    let dir = filled();
    let ledger = dir.path().join("data/ledger");
    let (snapshot, _) = snapshot_moments(&ledger, &dir.path().join("copies"));
    let files = files_below(&snapshot);
    for file in &files {
        let whole = fs::read(file).unwrap();
        tear_unsynced(file, &mut chance);
        let is_torn = fs::read(file).ok() != Some(whole.clone());
        let to = dir.path().join("restored");
        let restored = restore(&wish(&ledger, &snapshot, &to), Clock::wall().now(), &mut |_| {});
        match restored {
            Ok(_) => assert!(!is_torn, "{}", file.display()),
            Err(RestoreError::Journal(_)) => assert!(is_torn && !to.exists()),
            Err(error) => panic!("{}: {error}", file.display()),
        }
        let _ = fs::remove_dir_all(&to);
        fs::write(file, whole).unwrap();
    }
}
