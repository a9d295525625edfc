//! What the disk alone costs: a bare append of 4 KiB and its sync, the floor of any durable answer.

use crate::admin::exit::Failure;
use crate::admin::load::tally::{Latencies, latencies_of};
use crate::engine::Stopwatch;
use hdrhistogram::Histogram;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

const APPENDS: usize = 1_000;
const APPEND_BYTES: usize = 4 << 10;
const FILE_NAME: &str = "disk-measured.tmp";
const MICROS_MAX: u64 = 60_000_000;

/// Times of appends, in microseconds.
pub(super) type DiskTimes = Histogram<u64>;

/// Measures the disk of a folder; leaves nothing behind.
pub(super) fn measure(folder: &Path) -> Result<DiskTimes, Failure> {
    let path = folder.join(FILE_NAME);
    let measured = appends(&path);
    let removed = fs::remove_file(&path);
    let failed = |error: std::io::Error| {
        Failure::DataDir(format!("the disk of {} cannot be measured: {error}", folder.display()))
    };
    let times = measured.map_err(failed)?;
    removed.map_err(failed)?;
    Ok(times)
}

/// What all of these come to.
pub(super) fn latencies(rounds: &[DiskTimes]) -> Option<Latencies> {
    let (first, rest) = rounds.split_first()?;
    let mut sum = first.clone();
    for times in rest {
        // All were made with the same bounds.
        let _ = sum.add(times);
    }
    Some(latencies_of(&sum))
}

/// What a folder takes on disk, in bytes.
pub(super) fn bytes_of(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => bytes_of(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

fn appends(path: &Path) -> std::io::Result<DiskTimes> {
    let mut file = File::create_new(path)?;
    let block = [0x5A; APPEND_BYTES];
    let mut micros = Histogram::new_with_max(MICROS_MAX, 3).expect("a minute at three digits fits");
    for _ in 0..APPENDS {
        let stopwatch = Stopwatch::start();
        file.write_all(&block)?;
        file.sync_data()?;
        let took = stopwatch.elapsed().as_micros();
        micros.saturating_record(u64::try_from(took).unwrap_or(u64::MAX));
    }
    Ok(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_measured_and_left_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("inner")).unwrap();
        fs::write(dir.path().join("inner/file"), [0; 321]).unwrap();
        let measured = measure(dir.path()).unwrap();
        assert_eq!(latencies(&[]), None);
        let told = latencies(&[measured.clone(), measured]).unwrap();
        assert!(told.p50 <= told.p99 && told.p99 <= told.max);
        assert_eq!(bytes_of(dir.path()), 321);
    }
}
