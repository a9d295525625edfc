//! Tells systemd that the server is alive, as often as it wants to hear it (`WatchdogSec` of the unit); a
//! server that falls silent is killed and started again. Told only while every arbiter answers and no write
//! is stuck. What a restart would not mend (a full disk, a clock that is behind, a ledger that is being
//! opened again) is no reason to fall silent: `/readyz` has it.

use crate::admin::service_manager;
use crate::engine::{Cause, House};
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long systemd waits, in microseconds.
const PERIOD_VARIABLE: &str = "WATCHDOG_USEC";
/// The process it waits for.
const PROCESS_VARIABLE: &str = "WATCHDOG_PID";
/// Told so many times in each period: one may come late.
const BEATS_PER_PERIOD: u32 = 2;

/// Beats until it is dropped.
pub(super) struct Watchdog(JoinHandle<()>);

impl Watchdog {
    /// `None`: nobody waits to hear it.
    pub(super) fn start(house: House) -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok();
        let period = period_of(variable, std::process::id())?;
        let beats = period.checked_div(BEATS_PER_PERIOD)?;
        let ask = move || {
            let house = house.clone();
            async move { is_alive(&house, beats).await }
        };
        Some(Self(tokio::spawn(beat(beats, ask, service_manager::tell))))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Whether a restart would make nothing better.
async fn is_alive(house: &House, within: Duration) -> bool {
    let cause = house.not_ready().map(|why| why.cause);
    cause != Some(Cause::DiskSlow) && house.arbiters_answer(within).await
}

/// Asks again and again; silence is noted once.
async fn beat<F>(every: Duration, mut is_alive: impl FnMut() -> F, tell: impl Fn(&str))
where
    F: Future<Output = bool>,
{
    let mut ticks = tokio::time::interval(every);
    let mut silent = false;
    loop {
        ticks.tick().await;
        let alive = is_alive().await;
        if alive {
            tell(service_manager::WATCHDOG);
        } else if !silent {
            tracing::error!("the server does not answer itself: systemd is told nothing more");
        }
        silent = !alive;
    }
}

/// How long systemd waits for this process; `None`: it does not wait.
fn period_of(variable: impl Fn(&str) -> Option<String>, process: u32) -> Option<Duration> {
    let micros: u64 = variable(PERIOD_VARIABLE)?.parse().ok().filter(|micros| *micros > 0)?;
    let others = variable(PROCESS_VARIABLE).is_some_and(|named| named.parse() != Ok(process));
    (!others).then(|| Duration::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::{Cell, RefCell};

    #[test]
    fn systemd_is_told_only_if_it_waits_for_this_process() {
        let check = |micros: Option<&str>, process: Option<&str>, expected: Option<u64>| {
            let variable = |name: &str| match name {
                PERIOD_VARIABLE => micros.map(str::to_owned),
                PROCESS_VARIABLE => process.map(str::to_owned),
                other => unreachable!("{other} is not asked for"),
            };
            let period = period_of(variable, 7);
            assert_eq!(period, expected.map(Duration::from_secs), "{micros:?} {process:?}");
        };
        check(Some("30000000"), None, Some(30));
        check(Some("30000000"), Some("7"), Some(30));
        check(Some("30000000"), Some("8"), None);
        check(Some("30000000"), Some("us"), None);
        check(Some("0"), None, None);
        check(Some("often"), None, None);
        check(None, Some("7"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_does_not_answer_falls_silent_until_it_does() {
        let (asked, told) = (Cell::new(0), RefCell::new(Vec::new()));
        let is_alive = || {
            asked.set(asked.get() + 1);
            std::future::ready(!(3..=4).contains(&asked.get()))
        };
        let tell = |state: &str| told.borrow_mut().push((asked.get(), state.to_owned()));
        let every = Duration::from_secs(15);
        // At 0, 15, 30, 45, 60 and 75 s.
        let ended =
            tokio::time::timeout(Duration::from_secs(80), beat(every, is_alive, tell)).await;
        assert!(ended.is_err());
        let beats = [1, 2, 5, 6].map(|turn| (turn, "WATCHDOG=1".to_owned()));
        assert_eq!(told.into_inner(), beats);
    }
}
