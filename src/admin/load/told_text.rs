//! The result of a load as text.

use crate::admin::load::tally::Latencies;
use crate::admin::load::told::{PartTold, Told};
use std::fmt::Write;

impl PartTold {
    fn line(&self, name: &str, text: &mut String) {
        let Latencies { p50, p90, p99, p99_9, max } = self.latency_us;
        let [p50, p90, p99, p99_9, max] = [p50, p90, p99, p99_9, max].map(milliseconds);
        // Writing into a String cannot fail.
        let _ = write!(
            text,
            "  {name:<11}{:>9}/s   p50 {p50}  p90 {p90}  p99 {p99}  p99.9 {p99_9}  max {max} ms",
            self.per_second
        );
        if let Some(cpu) = self.server_cpu_us_hundredths {
            let _ = write!(text, "   server {} us CPU each", hundredths(cpu));
        }
        text.push('\n');
        if self.rounds.len() > 1 {
            let rounds: Vec<String> = self.rounds.iter().map(u64::to_string).collect();
            let _ = writeln!(text, "  {:<11}{:>9}     {}", "", "rounds", rounds.join("  "));
        }
        for (kind, count) in &self.refused {
            let _ = writeln!(text, "  {:<11}{count:>9} x   refused: {kind}", "");
        }
    }
}

impl Told {
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let Self { connections, customers, seconds, .. } = self;
        let _ = write!(text, "{connections} connections, {customers} customers, {seconds} s each");
        if let Some(rate) = self.rate {
            let _ = write!(text, ", {rate}/s planned");
        }
        if let Some(batch) = self.batch {
            let _ = write!(text, ", batches of {batch}");
        }
        text.push('\n');
        let parts = [
            ("registered", &self.registrations),
            ("sales", &self.sales),
            ("no-op", &self.no_op),
            ("at half", &self.at_half),
        ];
        for (name, part) in parts {
            if let Some(part) = part {
                part.line(name, &mut text);
            }
        }
        self.ratio(&mut text);
        self.disk(&mut text);
        self.server(&mut text);
        text
    }

    fn ratio(&self, text: &mut String) {
        let Some(ratio) = self.ratio_hundredths else { return };
        let each: Vec<String> = self.ratios_hundredths.iter().map(|it| hundredths(*it)).collect();
        let (ratio, each) = (hundredths(ratio), each.join("  "));
        let _ = writeln!(text, "  {:<11}{ratio:>9}     rounds {each}", "ratio");
    }

    fn disk(&self, text: &mut String) {
        if let Some(disk) = self.disk_us {
            let (p50, p99) = (milliseconds(disk.p50), milliseconds(disk.p99));
            let _ = write!(text, "  {:<11}4 KiB append + sync: p50 {p50} ms, p99 {p99} ms", "disk");
            if let Some(sales) = &self.sales {
                let times = of_disk(sales.latency_us.p50, disk.p50);
                let _ = write!(text, "; p50 of a sale is {times} times that");
            }
            if let Some(half) = &self.at_half {
                let times = of_disk(half.latency_us.p99, disk.p99);
                let _ = write!(text, "; p99 at half of the rate {times} times that");
            }
            text.push('\n');
        }
        if let Some(bytes) = self.disk_bytes_per_sale {
            let _ = writeln!(text, "  {:<11}{bytes} bytes a sale", "");
        }
    }

    fn server(&self, text: &mut String) {
        if let Some((now, most)) = self.server_resident_kib.zip(self.server_resident_max_kib) {
            let (now, most) = (now.div_euclid(1_024), most.div_euclid(1_024));
            let _ = writeln!(text, "  {:<11}{now} MiB resident, at most {most} MiB", "server");
        }
        if let Some(restarted) = self.restarted {
            let _ = writeln!(
                text,
                "  {:<11}killed with {} events, listened after {} ms, first sale answered after {} ms",
                "restart", restarted.events, restarted.listened_ms, restarted.first_sale_ms
            );
        }
    }
}

fn of_disk(micros: u64, disk: u64) -> String {
    hundredths(micros.saturating_mul(100).checked_div(disk).unwrap_or_default())
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
    use crate::admin::load::parts::Measured;
    use crate::admin::load::restart::Restarted;
    use crate::admin::load::tally::Tally;
    use crate::admin::load::wire::Answer;
    use std::time::Duration;

    fn measured(done: usize, micros: u64, cpu_micros: Option<u64>) -> Measured {
        let mut tally = Tally::new();
        for _ in 0..done {
            let answer = Answer { status: 201, body: b"{}".to_vec() };
            tally.take(&answer, Duration::from_micros(micros));
        }
        Measured { tally, lasted: Duration::from_millis(100), cpu_micros }
    }

    fn told() -> Told {
        let sales = [measured(100, 800, Some(1_600)), measured(140, 800, Some(2_000))];
        let no_op = [measured(200, 300, None), measured(200, 300, Some(9))];
        Told {
            connections: 64,
            customers: 1_000,
            seconds: 1,
            registrations: Some(PartTold::of([&measured(50, 900, None)])),
            sales: Some(PartTold::of(&sales)),
            no_op: Some(PartTold::of(&no_op)),
            half_rate: Some(600),
            at_half: Some(PartTold::of([&measured(60, 1_500, None)])),
            disk_us: Some(Latencies { p50: 400, p90: 500, p99: 600, p99_9: 700, max: 800 }),
            server_resident_kib: Some(2_048),
            server_resident_max_kib: Some(3_072),
            disk_bytes_per_sale: Some(380),
            restarted: Some(Restarted { listened_ms: 300, first_sale_ms: 345, events: 9_000 }),
            ..Told::default()
        }
    }

    #[test]
    fn rates_and_ratios_are_told_over_all_and_round_by_round() {
        let mut told = told();
        told.compare();
        let sales = told.sales.as_ref().unwrap();
        assert_eq!((sales.per_second, sales.rounds.as_slice()), (1_200, &[1_000, 1_400][..]));
        assert_eq!(told.no_op.as_ref().unwrap().server_cpu_us_hundredths, None);
        assert_eq!(told.ratio_hundredths, Some(60));
        assert_eq!(told.ratios_hundredths, [50, 70]);
        let text = told.text();
        let parts = [
            "registered       500/s",
            "1200/s",
            "0.60",
            "0.50  0.70",
            "15.00 us CPU",
            "p50 of a sale is 2.00 times",
            "p99 at half of the rate 2.50 times",
            "380 bytes",
            "2 MiB resident, at most 3 MiB",
            "killed with 9000 events, listened after 300 ms, first sale answered after 345 ms",
        ];
        for part in parts {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert!(told.json().unwrap().contains("\"ratio_hundredths\": 60"));
    }
}
