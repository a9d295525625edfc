//! A machine that is sick: the probe says what is wrong, callers are told 503, nothing is lost, and the
//! house goes on by itself when the cause is gone.

use crate::crash::{house_on, persist};
use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, options, run};
use crate::stores::{Gate, Watch, watched};
use kopilka::api::{DoorState, public_router};
use kopilka::engine::{Cause, House, HouseOptions};
use kopilka::journal::{JournalError, LogError, LogFactory, LogPlace};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

impl TestHouse {
    /// What a probe is told.
    pub(crate) async fn readyz(&self) -> Answer {
        self.raw(Ask { path: "/readyz".to_owned(), ..Ask::get("") }).await
    }
}

/// A disk that is sick while the test says so: neither appends nor openings succeed then.
struct SickDisk {
    error: LogError,
    now: AtomicBool,
    openings: AtomicUsize,
}

impl SickDisk {
    fn is_sick(&self) -> bool {
        self.now.load(Ordering::SeqCst)
    }

    fn opening_error(&self, place: &LogPlace) -> JournalError {
        let path = place.directory.clone();
        if let LogError::Full { free_min } = self.error {
            return JournalError::Full { path, free_min };
        }
        JournalError::Unavailable { path, reason: self.error.to_string() }
    }

    async fn until_tried_again(&self) {
        let before = self.openings.load(Ordering::SeqCst);
        while self.openings.load(Ordering::SeqCst) == before {
            tokio::task::yield_now().await;
        }
    }
}

impl Watch for SickDisk {
    fn before(&self, _count: usize) -> Result<(), LogError> {
        if self.is_sick() { Err(self.error.clone()) } else { Ok(()) }
    }
}

async fn house_on_disk(disk: &Arc<SickDisk>) -> TestHouse {
    let healthy = watched(Arc::clone(disk) as Arc<dyn Watch>);
    let disk = Arc::clone(disk);
    let factory: LogFactory = Arc::new(move |place| {
        disk.openings.fetch_add(1, Ordering::SeqCst);
        if disk.is_sick() { Err(disk.opening_error(place)) } else { healthy(place) }
    });
    let dir = tempfile::tempdir().unwrap();
    let options = HouseOptions { log: Some(factory), ..options(&dir.path().join("ledger")) };
    TestHouse::open(dir, options).await
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
    let (now, openings) = (AtomicBool::new(false), AtomicUsize::new(0));
    let disk = Arc::new(SickDisk { error, now, openings });
    let house = house_on_disk(&disk).await;
    let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
    house.log_in(&shop, PHONE).await;
    assert_eq!(house.ask(&shop, sale(1)).await.status, 201);
    disk.now.store(true, Ordering::SeqCst);
    let met = house.ask(&shop, sale(2)).await;
    assert_eq!(met.error(), (503, "unavailable", None));
    assert!(met.retry_after.is_some());
    for _ in 0..3 {
        let told = house.readyz().await;
        assert_eq!(cause(&told), expected, "{told:?}");
        let read = house.ask(&shop, Ask::get("/partner/client/%2B992901234567")).await;
        assert_eq!(read.status, 503, "what cannot be known is not told");
        let metrics = house.metrics().await;
        assert!(metrics.contains("kopilka_ready 0\n"), "{metrics}");
        assert!(metrics.contains(&format!("kopilka_not_ready{{cause=\"{expected}\"}} 1\n")));
        disk.until_tried_again().await;
    }
    disk.now.store(false, Ordering::SeqCst);
    let (done, _) = persist(&house, &shop, &sale(2)).await;
    assert_eq!(done.status, 201);
    assert_eq!(balance(&house, &shop).await, "10");
    let metrics = house.metrics().await;
    assert!(metrics.contains("kopilka_reopenings_total 1\n"), "{metrics}");
    house.close_and_verify().await;
}

#[test]
fn a_disk_that_fails_is_told_and_survived() {
    run(async {
        is_survived(LogError::Unavailable("Input/output error".into()), "disk_failing").await;
    });
}

#[test]
fn a_disk_that_is_full_is_told_and_survived() {
    run(async {
        is_survived(LogError::Full { free_min: 1 << 26 }, "disk_full").await;
    });
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
        let router = public_router(DoorState::new(begun.clone())).into();
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
