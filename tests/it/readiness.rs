//! A machine that is sick: the probe says what is wrong, callers are told 503, nothing is lost, and the
//! house goes on by itself when the cause is gone.

use crate::crash::{house_on, persist};
use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, options, run};
use crate::stores::{Gate, Watch, watched};
use kopilka::api::{DoorState, public_router};
use kopilka::engine::{Cause, House, HouseOptions};
use kopilka::journal::LogError;
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Whether the disk is sick is for the test to say; every append fails while it is.
struct Sick {
    error: LogError,
    now: AtomicBool,
}

impl Sick {
    fn with(error: LogError) -> Arc<Self> {
        Arc::new(Self { error, now: AtomicBool::new(false) })
    }
}

impl Watch for Sick {
    fn before(&self, _count: usize) -> Result<(), LogError> {
        if self.now.load(Ordering::SeqCst) { Err(self.error.clone()) } else { Ok(()) }
    }
}

fn sale(id: u32) -> Ask {
    let id = format!("r-{id}");
    let body = json!({"client_phone": PHONE, "total_amount": 100, "external_sale_id": id});
    Ask::post("/partner/sale", &body)
}

fn cause(answer: &Answer) -> &str {
    assert_eq!(answer.error(), (503, "not_ready", None));
    answer.body["cause"].as_str().unwrap()
}

async fn until_ready(house: &TestHouse) {
    while house.readyz().await.status != 200 {
        tokio::task::yield_now().await;
    }
}

async fn balance(house: &TestHouse, shop: &Shop) -> String {
    house.client(shop, PHONE).await["bonus_balance"].to_string()
}

/// A sale meets the sick disk; what was acknowledged before stays, and the same sale is done once, later.
async fn is_survived(error: LogError, expected: &str) {
    let sick = Sick::with(error);
    let house = house_on(Arc::clone(&sick) as Arc<dyn Watch>).await;
    let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
    house.log_in(&shop, PHONE).await;
    assert_eq!(house.ask(&shop, sale(1)).await.status, 201);
    sick.now.store(true, Ordering::SeqCst);
    let met = house.ask(&shop, sale(2)).await;
    assert_eq!(met.error(), (503, "unavailable", None));
    assert!(met.retry_after.is_some());
    let told = house.readyz().await;
    assert_eq!(cause(&told), expected, "{told:?}");
    assert_eq!(house.ask(&shop, Ask::get("/partner/client/%2B992901234567")).await.status, 503);
    assert!(
        house.metrics().await.contains(&format!("kopilka_not_ready{{cause=\"{expected}\"}} 1"))
    );
    sick.now.store(false, Ordering::SeqCst);
    let (done, _) = persist(&house, &shop, &sale(2)).await;
    assert_eq!(done.status, 201);
    until_ready(&house).await;
    assert_eq!(balance(&house, &shop).await, "10");
    let metrics = house.metrics().await;
    assert!(!metrics.contains("kopilka_reopenings_total 0"), "{metrics}");
    house.close_and_verify().await;
}

#[test]
fn a_disk_that_fails_is_told_and_survived() {
    run(async {
        is_survived(LogError::Unavailable("Input/output error".into()), "disk_failing").await;
    });
}

/// The appends fail; opening succeeds, since the log's own opening is not watched: so the house is up again
/// at once, and down again with the next write.
#[test]
fn a_disk_that_is_full_is_told_and_survived() {
    run(async {
        let full = Arc::new(FullDisk::default());
        let house = house_opened_on(&full).await;
        let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
        house.log_in(&shop, PHONE).await;
        assert_eq!(house.ask(&shop, sale(1)).await.status, 201);
        full.now.store(true, Ordering::SeqCst);
        assert_eq!(house.ask(&shop, sale(2)).await.status, 503);
        // It stays down: opening needs room as well.
        for _ in 0..3 {
            until_tried_again(&full).await;
            let told = house.readyz().await;
            assert_eq!(cause(&told), "disk_full", "{told:?}");
            assert!(told.body["error"].as_str().unwrap().contains("make room"), "{told:?}");
        }
        full.now.store(false, Ordering::SeqCst);
        let (done, _) = persist(&house, &shop, &sale(2)).await;
        assert_eq!(done.status, 201);
        assert_eq!(balance(&house, &shop).await, "10");
        house.close_and_verify().await;
    });
}

/// A disk without room: neither appends nor openings succeed.
#[derive(Default)]
struct FullDisk {
    now: AtomicBool,
    openings: Mutex<usize>,
}

impl Watch for FullDisk {
    fn before(&self, _count: usize) -> Result<(), LogError> {
        let full = self.now.load(Ordering::SeqCst);
        if full { Err(LogError::Full { free_min: 1 << 26 }) } else { Ok(()) }
    }
}

async fn house_opened_on(disk: &Arc<FullDisk>) -> TestHouse {
    let inner = watched(Arc::clone(disk) as Arc<dyn Watch>);
    let opened_on = Arc::clone(disk);
    let factory: kopilka::journal::LogFactory = Arc::new(move |place| {
        *opened_on.openings.lock().unwrap() += 1;
        if opened_on.now.load(Ordering::SeqCst) {
            let (path, free_min) = (place.directory.clone(), place.disk_free_min);
            return Err(kopilka::journal::JournalError::Full { path, free_min });
        }
        inner(place)
    });
    let dir = tempfile::tempdir().unwrap();
    let options = HouseOptions { log: Some(factory), ..options(&dir.path().join("ledger")) };
    TestHouse::open(dir, options).await
}

async fn until_tried_again(disk: &FullDisk) {
    let before = *disk.openings.lock().unwrap();
    while *disk.openings.lock().unwrap() == before {
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_write_that_does_not_end_is_told_until_it_does() {
    run(async {
        let gate = Arc::new(Gate::default());
        let house = house_on(Arc::clone(&gate) as Arc<dyn Watch>).await;
        let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
        house.log_in(&shop, PHONE).await;
        gate.shut();
        let slow = house.ask(&shop, sale(1));
        let probes = async {
            while !gate.someone_waits() {
                tokio::task::yield_now().await;
            }
            assert_eq!(house.readyz().await.status, 200, "it has just begun");
            house.advance_seconds(6);
            let told = house.readyz().await;
            assert_eq!(cause(&told), "disk_slow", "{told:?}");
            gate.open(false);
        };
        let (done, ()) = tokio::join!(slow, probes);
        assert_eq!(done.status, 201, "nobody is turned away who waits long enough");
        until_ready(&house).await;
        assert_eq!(balance(&house, &shop).await, "5");
        house.close_and_verify().await;
    });
}

#[test]
fn a_clock_that_jumps_back_is_told_with_how_far_and_passes_by_itself() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        house.advance_seconds(-3_600);
        let told = house.readyz().await;
        assert_eq!(cause(&told), "clock_stepped_back");
        assert!(told.body["error"].as_str().unwrap().contains("3600 s behind"), "{told:?}");
        assert!(house.metrics().await.contains("kopilka_clock_behind_seconds 3600\n"));
        house.advance_seconds(3_600);
        until_ready(&house).await;
        house.close_and_verify().await;
    });
}

#[test]
fn a_house_that_leaves_says_so() {
    run(async {
        let house = TestHouse::new().await;
        house.house.end_waits();
        assert_eq!(cause(&house.readyz().await), "draining");
        house.house.clone().close().await.unwrap();
        assert_eq!(cause(&house.readyz().await), "closed");
    });
}

/// The doors are open while the ledger is being opened.
#[test]
fn a_house_that_is_being_opened_says_how_far_it_has_got() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        for id in 0..20 {
            assert_eq!(house.ask(&shop, sale(id)).await.status, 201);
        }
        let dir = house.close().await;
        let data_dir = dir.path().join("ledger");
        std::fs::remove_dir_all(data_dir.join("tables")).unwrap();
        let begun = House::begin(options(&data_dir)).unwrap();
        let why = begun.not_ready().unwrap();
        assert_eq!((why.cause, why.progress), (Cause::Opening, None));
        let router = public_router(DoorState::new(begun.clone()));
        let probe = |path: &str| {
            crate::house::send(
                &router,
                crate::house::request(Ask { path: path.to_owned(), ..Ask::get("") }),
            )
        };
        assert_eq!(probe("/healthz").await.status, 200);
        assert_eq!(cause(&probe("/readyz").await), "opening");
        let serving = begun.serve();
        let watching = async {
            let mut seen = Vec::new();
            loop {
                match begun.not_ready() {
                    Some(why) => seen.extend(why.progress),
                    None => return seen,
                }
                tokio::task::yield_now().await;
            }
        };
        let (served, seen) = tokio::join!(serving, watching);
        served.unwrap();
        assert!(seen.is_sorted_by_key(|progress| progress.events), "{seen:?}");
        assert!(seen.iter().all(|progress| progress.events <= progress.events_total), "{seen:?}");
        assert_eq!(probe("/readyz").await.status, 200);
        begun.close().await.unwrap();
    });
}
