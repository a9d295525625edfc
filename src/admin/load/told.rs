//! What a load tells at its end: rates, latencies and ratios, as text or as JSON. Rates are whole, ratios
//! in hundredths.

use crate::admin::exit::Failure;
use crate::admin::load::parts::Measured;
use crate::admin::load::tally::{Latencies, Tally};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Told {
    pub connections: u16,
    pub customers: u64,
    pub seconds: u64,
    /// A second, if it was fixed.
    pub rate: Option<u32>,
    pub batch: Option<u16>,
    pub sales: PartTold,
    pub no_op: Option<PartTold>,
    /// Sales for a hundred no-ops: over all, and pair by pair.
    pub ratio_hundredths: Option<u64>,
    pub ratios_hundredths: Vec<u64>,
    /// A bare append of 4 KiB and its sync, in microseconds.
    pub disk_us: Option<Latencies>,
    pub server_resident_kib: Option<u64>,
    /// What the folder of the ledger grew by for each sale, after a clean end.
    pub disk_bytes_per_sale: Option<u64>,
}

impl PartTold {
    /// From rounds, with the CPU time that the server used in them.
    pub(super) fn of(rounds: &[Measured], cpu_micros: Option<u64>) -> Self {
        let mut sum = Tally::new();
        let mut lasted = Duration::ZERO;
        for round in rounds {
            sum.add(&round.tally);
            lasted = lasted.saturating_add(round.lasted);
        }
        let each = |round: &Measured| per_second(round.tally.done, round.lasted);
        Self {
            done: sum.done,
            per_second: per_second(sum.done, lasted),
            rounds: rounds.iter().map(each).collect(),
            latency_us: sum.latencies(),
            server_cpu_us_hundredths: cpu_micros
                .and_then(|micros| micros.saturating_mul(100).checked_div(sum.done)),
            refused: sum.refused,
        }
    }

    fn line(&self, name: &str, text: &mut String) {
        let Latencies { p50, p90, p99, p99_9, max } = self.latency_us;
        let [p50, p90, p99, p99_9, max] = [p50, p90, p99, p99_9, max].map(milliseconds);
        let mut written = format!(
            "  {name:<10}{:>9}/s   p50 {p50}  p90 {p90}  p99 {p99}  p99.9 {p99_9}  max {max} ms",
            self.per_second
        );
        if let Some(cpu) = self.server_cpu_us_hundredths {
            let _ = write!(written, "   server {} us CPU each", hundredths(cpu));
        }
        let _ = writeln!(text, "{written}");
        if self.rounds.len() > 1 {
            let rounds: Vec<String> = self.rounds.iter().map(u64::to_string).collect();
            let _ = writeln!(text, "  {:<10}{:>9}     {}", "", "rounds", rounds.join("  "));
        }
        for (kind, count) in &self.refused {
            let _ = writeln!(text, "  {:<10}{count:>9} x   refused: {kind}", "");
        }
    }
}

impl Told {
    /// The ratios of sales to no-ops, over all and round by round.
    pub(super) fn compare(&mut self) {
        let Some(no_op) = &self.no_op else { return };
        let ratio = |sales: u64, no_op: u64| sales.saturating_mul(100).checked_div(no_op);
        self.ratio_hundredths = ratio(self.sales.per_second, no_op.per_second);
        let pairs = self.sales.rounds.iter().zip(&no_op.rounds);
        self.ratios_hundredths = pairs.filter_map(|(sales, no_op)| ratio(*sales, *no_op)).collect();
    }

    pub(super) fn json(&self) -> Result<String, Failure> {
        serde_json::to_string_pretty(self)
            .map_err(|error| Failure::Differs(format!("the result cannot be written: {error}")))
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let Self { connections, customers, seconds, .. } = self;
        // Writing into a String cannot fail.
        let _ = write!(text, "{connections} connections, {customers} customers, {seconds} s each");
        if let Some(rate) = self.rate {
            let _ = write!(text, ", {rate}/s planned");
        }
        if let Some(batch) = self.batch {
            let _ = write!(text, ", batches of {batch}");
        }
        text.push('\n');
        self.sales.line("sales", &mut text);
        if let Some(no_op) = &self.no_op {
            no_op.line("no-op", &mut text);
        }
        if let Some(ratio) = self.ratio_hundredths {
            let each: Vec<String> =
                self.ratios_hundredths.iter().map(|ratio| hundredths(*ratio)).collect();
            let _ = writeln!(
                text,
                "  {:<10}{:>9}     rounds {}",
                "ratio",
                hundredths(ratio),
                each.join("  ")
            );
        }
        self.machine(&mut text);
        text
    }

    fn machine(&self, text: &mut String) {
        if let Some(disk) = self.disk_us {
            let times = self.sales.latency_us.p50.saturating_mul(100).checked_div(disk.p50);
            let _ = writeln!(
                text,
                "  {:<10}4 KiB append + sync: p50 {} ms, p99 {} ms; p50 of a sale is {} times that",
                "disk",
                milliseconds(disk.p50),
                milliseconds(disk.p99),
                hundredths(times.unwrap_or_default())
            );
        }
        if let Some(bytes) = self.disk_bytes_per_sale {
            let _ = writeln!(text, "  {:<10}{bytes} bytes a sale", "");
        }
        if let Some(kib) = self.server_resident_kib {
            let _ = writeln!(text, "  {:<10}{} MiB resident", "server", kib.div_euclid(1_024));
        }
    }
}

fn per_second(done: u64, lasted: Duration) -> u64 {
    let per = u128::from(done).saturating_mul(1_000_000).checked_div(lasted.as_micros());
    u64::try_from(per.unwrap_or_default()).unwrap_or(u64::MAX)
}

fn milliseconds(micros: u64) -> String {
    format!("{}.{:02}", micros.div_euclid(1_000), micros.rem_euclid(1_000).div_euclid(10))
}

fn hundredths(count: u64) -> String {
    format!("{}.{:02}", count.div_euclid(100), count.rem_euclid(100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::load::wire::Answer;

    fn measured(done: usize, micros: u64) -> Measured {
        let mut tally = Tally::new();
        for _ in 0..done {
            let answer = Answer { status: 201, body: b"{}".to_vec() };
            tally.take(&answer, Duration::from_micros(micros));
        }
        Measured { tally, lasted: Duration::from_millis(100) }
    }

    fn told() -> Told {
        Told {
            connections: 64,
            customers: 1_000,
            seconds: 1,
            rate: None,
            batch: None,
            sales: PartTold::of(&[measured(100, 800), measured(140, 800)], Some(3_600)),
            no_op: Some(PartTold::of(&[measured(200, 300), measured(200, 300)], None)),
            ratio_hundredths: None,
            ratios_hundredths: Vec::new(),
            disk_us: Some(Latencies { p50: 400, p90: 500, p99: 600, p99_9: 700, max: 800 }),
            server_resident_kib: Some(2_048),
            disk_bytes_per_sale: Some(380),
        }
    }

    #[test]
    fn rates_and_ratios_are_told_over_all_and_round_by_round() {
        let mut told = told();
        told.compare();
        assert_eq!(
            (told.sales.per_second, told.sales.rounds.as_slice()),
            (1_200, &[1_000, 1_400][..])
        );
        assert_eq!(told.ratio_hundredths, Some(60));
        assert_eq!(told.ratios_hundredths, [50, 70]);
        let text = told.text();
        for part in
            ["1200/s", "0.60", "0.50  0.70", "15.00 us CPU", "2.00 times", "380 bytes", "2 MiB"]
        {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert!(told.json().unwrap().contains("\"ratio_hundredths\": 60"));
    }
}
