//! The memory of the process, as the kernel counts it.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::fmt;

/// Where Linux tells what a process uses; elsewhere there is nothing to tell.
const STATUS: &str = "/proc/self/status";
const RESIDENT: &str = "VmRSS:";

#[derive(Debug)]
struct Process;

pub(super) fn register(registry: &mut Registry) {
    registry.register_collector(Box::new(Process));
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let status = std::fs::read_to_string(STATUS).unwrap_or_default();
        let Some(bytes) = resident_bytes(&status) else { return Ok(()) };
        let help = "Memory of the process that is in RAM";
        let encoder = encoder.encode_descriptor(
            "process_resident_memory_bytes",
            help,
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(bytes).encode(encoder)
    }
}

fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(RESIDENT))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_what_the_kernel_tells() {
        let told = "Name:\tkopilka\nVmPeak:\t  99 kB\nVmRSS:\t   10240 kB\nThreads:\t3\n";
        assert_eq!(resident_bytes(told), Some(10_485_760));
        assert_eq!(resident_bytes("VmRSS:\t many kB\n"), None);
        assert_eq!(resident_bytes(""), None);
    }
}
