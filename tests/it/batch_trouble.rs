//! Batches where something breaks: a disk that fails, a house without a place, a caller who leaves.

use crate::batch::{AT_ONCE, ask, log_in_all, one_each, phone, post, results, sale, statuses};
use crate::crash::house_on;
use crate::house::{Ask, Shop, TestHouse, options, run};
use crate::stores::{FailsAt, Gate, Harm, Watch, watched};
use axum::body::{Body, HttpBody as _};
use http_body_util::BodyExt as _;
use kopilka::engine::HouseOptions;
use kopilka::journal::{EntityEvents, LogError};
use kopilka::ledger::AccountEvent;
use serde_json::{Value, json};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

/// Sends a batch until no line is told 503; the last results.
async fn persist(house: &TestHouse, shop: &Shop, ask: &Ask) -> Vec<Value> {
    loop {
        while house.house.not_ready().is_some() {
            tokio::task::yield_now().await;
        }
        let response = house.respond(shop, ask.clone()).await;
        if response.status() == 200 {
            let told = results(&response.into_body().collect().await.unwrap().to_bytes());
            if !statuses(&told).contains(&503) {
                return told;
            }
        }
    }
}

/// A disk that fails once, so many appends after it was told to, and whether it has.
struct Disk {
    fails: FailsAt,
    appends: AtomicUsize,
    counts_from: AtomicUsize,
    failed: AtomicBool,
}

impl Disk {
    fn new(fails: FailsAt) -> Self {
        let (appends, counts_from) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
        Self { fails, appends, counts_from, failed: AtomicBool::new(false) }
    }

    fn count_from_now(&self) {
        self.counts_from.store(self.appends.load(Ordering::Acquire), Ordering::Release);
    }

    /// How many appends since then; 0: it does not matter.
    fn counted(&self, count: usize) -> usize {
        self.appends.store(count, Ordering::Release);
        count.saturating_sub(self.counts_from.load(Ordering::Acquire))
    }

    fn noted(&self, outcome: Result<(), LogError>) -> Result<(), LogError> {
        self.failed.fetch_or(outcome.is_err(), Ordering::AcqRel);
        outcome
    }
}

impl Watch for Disk {
    fn before(&self, count: usize) -> Result<(), LogError> {
        self.noted(self.fails.before(self.counted(count)))
    }

    fn after(&self, count: usize) -> Result<(), LogError> {
        self.noted(self.fails.after(self.counted(count)))
    }
}

#[test]
fn whichever_write_fails_a_batch_sent_again_is_whole() {
    // As many as a customer has lines, who are done one after the other.
    const APPENDS: std::ops::RangeInclusive<usize> = 1..=6;
    run(async {
        for harm in [Harm::BeforeTheWrite, Harm::AfterTheWrite] {
            for count in APPENDS {
                let disk = Arc::new(Disk::new(FailsAt { count, harm }));
                let house = house_on(Arc::clone(&disk) as Arc<dyn Watch>).await;
                let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
                log_in_all(&house, &shop, 10).await;
                disk.count_from_now();
                let lines: Vec<String> =
                    (0..60).map(|number| sale(number % 10, &format!("c-{number}"))).collect();
                let keyed = ask(&lines).with("idempotency-key", "night-1");
                // Pauses of a line pass at once: then it is the caller who sends again.
                tokio::time::pause();
                let told = persist(&house, &shop, &keyed).await;
                tokio::time::resume();
                assert!(disk.failed.load(Ordering::Acquire), "append {count} was not reached");
                assert_eq!(statuses(&told), [201; 60]);
                for customer in 0..10 {
                    let client = house.client(&shop, &phone(customer)).await;
                    assert_eq!(client["total_spent"], json!(600));
                    assert_eq!(client["bonus_balance"], json!(30));
                }
                let house = house.reopen().await;
                assert_eq!(post(&house, &shop, keyed).await, told);
                house.close_and_verify().await;
            }
        }
    });
}

/// The frames of an answer that are there by now.
async fn frames_by_now(body: &mut Body, text: &mut Vec<u8>) {
    std::future::poll_fn(|context| {
        while let Poll::Ready(Some(frame)) = Pin::new(&mut *body).poll_frame(context) {
            text.extend(frame.unwrap().into_data().unwrap());
        }
        Poll::Ready(())
    })
    .await;
}

async fn gated_house(gate: &Arc<Gate>, places_max: usize, customers: u64) -> (TestHouse, Shop) {
    let dir = tempfile::tempdir().unwrap();
    let log = Some(watched(Arc::clone(gate) as Arc<dyn Watch>));
    let options = HouseOptions { log, places_max, ..options(&dir.path().join("ledger")) };
    let house = TestHouse::open(dir, options).await;
    let shop = house.shop(json!({})).await;
    log_in_all(&house, &shop, customers).await;
    gate.shut();
    (house, shop)
}

/// Lets everything happen that can happen while the clock of the waits stands.
async fn let_all_run(gate: &Gate) {
    while !gate.someone_waits() {
        tokio::task::yield_now().await;
    }
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_line_without_a_place_is_tried_again_and_told_in_the_end() {
    const PLACES: usize = 16;
    run(async {
        for patience_is_enough in [true, false] {
            let gate = Arc::new(Gate::default());
            let (house, shop) = gated_house(&gate, PLACES, 24).await;
            tokio::time::pause();
            let mut body = house.respond(&shop, ask(&one_each(24))).await.into_body();
            let mut text = Vec::new();
            let_all_run(&gate).await;
            if !patience_is_enough {
                for _ in 0..10 {
                    tokio::time::advance(Duration::from_secs(1)).await;
                    let_all_run(&gate).await;
                }
            }
            frames_by_now(&mut body, &mut text).await;
            assert!(text.is_empty(), "nothing is told before it is durable");
            gate.open(false);
            // Those that had a place are told; the others wait for the clock.
            while text.iter().filter(|byte| **byte == b'\n').count() < PLACES {
                frames_by_now(&mut body, &mut text).await;
                tokio::task::yield_now().await;
            }
            tokio::time::advance(Duration::from_secs(1)).await;
            text.extend(body.collect().await.unwrap().to_bytes());
            let told = statuses(&results(&text));
            tokio::time::resume();
            let late = if patience_is_enough { 201 } else { 503 };
            assert_eq!(
                (told[..PLACES].to_vec(), told[PLACES..].to_vec()),
                (vec![201; PLACES], vec![late; 8])
            );
            house.close_and_verify().await;
        }
    });
}

#[test]
fn a_caller_who_goes_away_stops_what_was_not_begun() {
    run(async {
        let gate = Arc::new(Gate::default());
        let (house, shop) = gated_house(&gate, 8_192, 200).await;
        let answer = house.respond(&shop, ask(&one_each(200))).await;
        let_all_run(&gate).await;
        drop(answer);
        gate.open(false);
        while sales(&house).await < AT_ONCE {
            tokio::task::yield_now().await;
        }
        // Time for more to be begun, if that were wrong.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        let house = house.reopen().await;
        assert_eq!(sales(&house).await, AT_ONCE);
        house.close_and_verify().await;
    });
}

/// How many sales are recorded.
async fn sales(house: &TestHouse) -> usize {
    let operations = house.operations().await;
    let entities = operations.iter().flat_map(|numbered| &numbered.operation.entities);
    let sales = entities.filter(|entity| match entity {
        EntityEvents::Account(_, events) => {
            events.iter().any(|event| matches!(event, AccountEvent::SaleRecorded(_)))
        }
        EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => false,
    });
    sales.count()
}
