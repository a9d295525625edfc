//! Whole lives of a house, drawn from seeds: a naive tenant foretells every answer while clocks jump, writes
//! fail, machines go down, and snapshots take the place of ledgers.
//!
//! `KOPILKA_TEST_SEED=n` begins with the seed n instead of the first, `KOPILKA_SIMULATION_SEEDS=n` says how many
//! follow one another.

mod checks;
mod deed;
mod demands;
mod disk;
mod doors;
mod draw;
mod life;
mod naive;
mod naive_forget;
mod naive_gifts;
mod naive_imports;
mod naive_plus;
mod naive_returns;
mod naive_sales;
mod person;
mod replay;
mod requests;
mod restored;
mod world;

use crate::chance::Chance;
use crate::house::run;
use kopilka::engine::Stopwatch;
use life::{Life, STEPS_LONG, live};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// How long seeds are tried unless their number is given.
const LASTS: Duration = Duration::from_secs(60);
/// The same at every run: what the lives say of a change is not left to chance. Those that nobody lived yet are for
/// the long run.
const FIRST_SEED: u64 = 1;
/// Lives that are tried to make one that fails shorter.
const SHORTENINGS_MAX: usize = 120;

/// How many seeds; `None`: as many as the time allows.
fn seeds_asked_for() -> Option<u64> {
    std::env::var("KOPILKA_SIMULATION_SEEDS").ok()?.parse().ok()
}

/// Leaves out whatever can be left out of a life that fails.
async fn shortened(mut life: Life, mut why: String) -> (Life, String) {
    let mut tries = 0;
    let mut step = life.steps;
    while step > 0 && tries < SHORTENINGS_MAX {
        step -= 1;
        let mut shorter = life.clone();
        shorter.left_out.insert(step);
        tries += 1;
        if let Err(still) = live(&shorter).await.outcome {
            (life, why) = (shorter, still);
        }
    }
    (life, why)
}

async fn report(life: Life, failed_at: usize, why: String) {
    let life = Life { steps: failed_at + 1, ..life };
    let seed = life.seed;
    let (life, why) = shortened(life, why).await;
    let told = live(&life).await.log;
    panic!(
        "{why}\n\n{}\n\nseed {seed}; again: KOPILKA_TEST_SEED={seed} KOPILKA_SIMULATION_SEEDS=1 \
         cargo test --test it simulation",
        told.join("\n")
    );
}

/// What the lives of a run share.
struct Run {
    watch: Stopwatch,
    first: u64,
    begun: AtomicU64,
    ended: AtomicU64,
    faults: AtomicUsize,
    /// Whether a life failed: no other one begins then.
    is_over: AtomicBool,
}

impl Run {
    /// The seed of the next life.
    fn next(&self, asked: Option<u64>) -> Option<u64> {
        let count = self.begun.fetch_add(1, Ordering::Relaxed);
        let more = asked.map_or(self.watch.elapsed() < LASTS, |asked| count < asked);
        let goes_on = more && !self.is_over.load(Ordering::Relaxed);
        goes_on.then(|| self.first.wrapping_add(count))
    }

    async fn live_on(&self, asked: Option<u64>) {
        while let Some(seed) = self.next(asked) {
            let life = Life::of(seed);
            let lived = live(&life).await;
            self.faults.fetch_add(lived.faults, Ordering::Relaxed);
            if let Err(why) = lived.outcome {
                self.is_over.store(true, Ordering::Relaxed);
                report(life, lived.steps, why).await;
            }
            self.ended.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_house_lives_as_a_naive_tenant_foretells() {
    let lives = Run {
        watch: Stopwatch::start(),
        first: Chance::announced_or("simulation", || FIRST_SEED).seed(),
        begun: AtomicU64::new(0),
        ended: AtomicU64::new(0),
        faults: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
    };
    let asked = seeds_asked_for();
    // A life waits for threads of its house now and then.
    let at_once = 1 + thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let alive: Vec<_> =
            (0..at_once).map(|_| scope.spawn(|| run(lives.live_on(asked)))).collect();
        for thread in alive {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
    let (count, faults) = (lives.ended.into_inner(), lives.faults.into_inner());
    println!(
        "{count} lives with {faults} failed writes in {} s, the first with seed {}",
        lives.watch.elapsed().as_secs(),
        lives.first
    );
    assert!(count > 0);
}

/// The same life twice: every byte of the journal is the same, across faults and crashes, too.
#[test]
fn the_same_seed_writes_the_same_journal() {
    let mut chance = Chance::announced("the same journal twice");
    run(async {
        for _ in 0..4 {
            let life = Life { sweeps: false, steps: STEPS_LONG, ..Life::of(chance.next()) };
            let (one, other) = (live(&life).await, live(&life).await);
            assert_eq!((&one.outcome, &one.log), (&other.outcome, &other.log), "{}", life.seed);
            assert!(one.records.len() > 10 && one.records == other.records, "seed {}", life.seed);
        }
    });
}
