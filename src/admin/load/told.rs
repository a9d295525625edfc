//! What a load tells at its end: rates, latencies and ratios. Rates are whole, ratios in hundredths.

use crate::admin::cli::Load;
use crate::admin::exit::Failure;
use crate::admin::load::disk;
use crate::admin::load::own_server::OwnServer;
use crate::admin::load::parts::Measured;
use crate::admin::load::restart::Restarted;
use crate::admin::load::rounds::Rounds;
use crate::admin::load::tally::{Latencies, Tally, latencies_of};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// One part, over all its rounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct PartTold {
    pub done: u64,
    /// Done a second, over all rounds and in each.
    pub per_second: u64,
    pub rounds: Vec<u64>,
    /// Microseconds, per request: of a batch, the whole batch.
    pub latency_us: Latencies,
    pub refused: BTreeMap<String, u64>,
    /// CPU time of the server, in hundredths of a microsecond for each thing done.
    pub server_cpu_us_hundredths: Option<u64>,
}

/// A load.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Told {
    pub connections: u16,
    pub customers: u64,
    pub seconds: u64,
    /// A second, if it was fixed.
    pub rate: Option<u32>,
    pub batch: Option<u16>,
    /// Customers that had to be registered before.
    pub registrations: Option<PartTold>,
    pub sales: Option<PartTold>,
    pub no_op: Option<PartTold>,
    /// Sales for a hundred no-ops: over all, and pair by pair.
    pub ratio_hundredths: Option<u64>,
    pub ratios_hundredths: Vec<u64>,
    /// Sales planned at half of the rate that was reached, and that half.
    pub half_rate: Option<u32>,
    pub at_half: Option<PartTold>,
    /// A bare append of 4 KiB and its sync, in microseconds: over all, and the median before each round.
    pub disk_us: Option<Latencies>,
    pub disk_rounds_p50_us: Vec<u64>,
    pub server_resident_kib: Option<u64>,
    pub server_resident_max_kib: Option<u64>,
    /// What the folder of the ledger grew by for each sale, after a clean end.
    pub disk_bytes_per_sale: Option<u64>,
    pub restarted: Option<Restarted>,
}

impl PartTold {
    pub(super) fn of<'a>(rounds: impl IntoIterator<Item = &'a Measured>) -> Self {
        let (mut sum, mut each) = (Tally::new(), Vec::new());
        let (mut lasted, mut cpu) = (Duration::ZERO, Some(0_u64));
        for round in rounds {
            sum.add(&round.tally);
            lasted = lasted.saturating_add(round.lasted);
            cpu = cpu.zip(round.cpu_micros).map(|(cpu, more)| cpu.saturating_add(more));
            each.push(per_second(round.tally.done, round.lasted));
        }
        Self {
            done: sum.done,
            per_second: per_second(sum.done, lasted),
            rounds: each,
            latency_us: sum.latencies(),
            server_cpu_us_hundredths: cpu
                .and_then(|micros| micros.saturating_mul(100).checked_div(sum.done)),
            refused: sum.refused,
        }
    }
}

impl Told {
    /// Of a load that is about to be measured.
    pub(super) fn of(asked: &Load, customers: u64) -> Self {
        let Load { connections, seconds, rate, batch, .. } = *asked;
        Self { connections, customers, seconds, rate, batch, ..Self::default() }
    }

    /// Takes in what the rounds came to.
    pub(super) fn measured(&mut self, rounds: &Rounds) {
        self.sales = Some(PartTold::of(&rounds.sales));
        self.no_op = (!rounds.no_ops.is_empty()).then(|| PartTold::of(&rounds.no_ops));
        self.half_rate = rounds.at_half.as_ref().map(|(rate, _)| *rate);
        self.at_half = rounds.at_half.as_ref().map(|(_, part)| PartTold::of([part]));
        self.disk_us = disk::latencies(&rounds.disk);
        self.disk_rounds_p50_us = rounds.disk.iter().map(|times| latencies_of(times).p50).collect();
        self.compare();
    }

    /// Takes in the memory that a server holds.
    pub(super) fn resident(&mut self, server: &OwnServer) {
        (self.server_resident_kib, self.server_resident_max_kib) = server.resident_kib().unzip();
    }

    /// The ratios of sales to no-ops, over all and round by round.
    pub(super) fn compare(&mut self) {
        let Some((sales, no_op)) = self.sales.as_ref().zip(self.no_op.as_ref()) else { return };
        let ratio = |sales: u64, no_op: u64| sales.saturating_mul(100).checked_div(no_op);
        self.ratio_hundredths = ratio(sales.per_second, no_op.per_second);
        let pairs = sales.rounds.iter().zip(&no_op.rounds);
        self.ratios_hundredths = pairs.filter_map(|(sales, no_op)| ratio(*sales, *no_op)).collect();
    }

    pub(super) fn json(&self) -> Result<String, Failure> {
        serde_json::to_string_pretty(self)
            .map_err(|error| Failure::Differs(format!("the result cannot be written: {error}")))
    }
}

/// What these rounds did a second, over all of them.
pub(super) fn per_second_of(rounds: &[Measured]) -> u64 {
    PartTold::of(rounds).per_second
}

fn per_second(done: u64, lasted: Duration) -> u64 {
    let per = u128::from(done).saturating_mul(1_000_000).checked_div(lasted.as_micros());
    u64::try_from(per.unwrap_or_default()).unwrap_or(u64::MAX)
}
