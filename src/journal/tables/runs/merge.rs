//! Merges runs into one, on a thread beside the writer's, so that their number stays small: each entry is
//! written again only when what came after it is as much as what it lies among.

use crate::journal::background::work_in_background;
use crate::journal::error::JournalError;
use crate::journal::tables::runs::RunList;
use crate::journal::tables::runs::run::Run;
use crate::journal::tables::runs::run_writer::RunWriter;
use crate::journal::tables::runs::walk::{Walk, Way};
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// So few runs are left as they are.
const RUNS_MIN: usize = 4;
/// What stays free of the disk while runs are merged.
const MERGE_DISK_FREE_MIN: u64 = 256 << 20;

/// What is to be merged.
pub(super) struct Job {
    /// The table's place in the listing.
    table: usize,
    /// Neighbours, oldest first.
    runs: Vec<Arc<Run>>,
    /// Whether there is nothing older, so that keys that are gone need not be remembered.
    from_the_first: bool,
}

/// A run in the place of others.
pub(super) struct Merged {
    pub(super) table: usize,
    pub(super) run: Arc<Run>,
    pub(super) replaces: Vec<u64>,
}

type Outcome = Result<Option<Merged>, JournalError>;

/// The thread that merges, if one does. One merge at a time.
#[derive(Default)]
pub(super) struct Merger {
    under_way: Option<(JoinHandle<Outcome>, Arc<AtomicBool>)>,
}

impl Merger {
    pub(super) fn is_free(&self) -> bool {
        self.under_way.is_none()
    }

    pub(super) fn begin(&mut self, job: Job, path: &Path, number: u64) {
        let (given_up, path) = (Arc::new(AtomicBool::new(false)), path.to_path_buf());
        let watched = Arc::clone(&given_up);
        let work = move || {
            work_in_background();
            let outcome = merge(&job, &path, number, &watched);
            if !matches!(outcome, Ok(Some(_))) {
                // Half a run is worth nothing; what stays of it goes at the next opening.
                let _ = std::fs::remove_file(&path);
            }
            outcome
        };
        match std::thread::Builder::new().name("tables-merge".into()).spawn(work) {
            Ok(thread) => self.under_way = Some((thread, given_up)),
            Err(error) => tracing::warn!(%error, "runs of the tables are not merged"),
        }
    }

    /// What was merged, once it is done; a merge that failed is begun anew by whoever comes next.
    pub(super) fn finished(&mut self) -> Outcome {
        match self.under_way.take_if(|(thread, _)| thread.is_finished()) {
            Some((thread, _)) => match thread.join() {
                Ok(Err(error @ JournalError::Damaged { .. })) => Err(error),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "runs of the tables were not merged");
                    Ok(None)
                }
                Ok(Ok(merged)) => Ok(merged),
                Err(_) => Ok(None),
            },
            None => Ok(None),
        }
    }
}

/// A merge that nobody waits for any more is given up.
impl Drop for Merger {
    fn drop(&mut self) {
        if let Some((thread, given_up)) = self.under_way.take() {
            given_up.store(true, Ordering::Relaxed);
            let _ = thread.join();
        }
    }
}

impl Job {
    /// What a merge may write, at most.
    pub(super) fn bytes(&self) -> u64 {
        self.runs.iter().map(|run| run.bytes).fold(0, u64::saturating_add)
    }
}

/// Whether a merge that writes so many bytes leaves enough of what is free.
pub(super) const fn leaves_room(bytes: u64, free_bytes: u64) -> bool {
    free_bytes >= bytes.saturating_add(MERGE_DISK_FREE_MIN)
}

/// What should be merged next, if anything should.
pub(super) fn job_of(lists: &[RunList]) -> Option<Job> {
    let jobs = lists.iter().enumerate().filter_map(|(table, list)| {
        let sizes: Vec<u64> = list.iter().map(|run| run.bytes).collect();
        let from = first_to_merge(&sizes)?;
        Some(Job { table, runs: list[from..].to_vec(), from_the_first: from == 0 })
    });
    // The table whose runs are most slows its readers most.
    jobs.max_by_key(|job| lists[job.table].len())
}

/// From which run on all are to be merged, of runs of such sizes, oldest first: from the oldest that all
/// behind it weigh up.
fn first_to_merge(sizes: &[u64]) -> Option<usize> {
    let last = sizes.len().checked_sub(RUNS_MIN)?;
    (0..=last).find(|first| {
        let behind = sizes.iter().skip(first.saturating_add(1));
        sizes[*first] <= behind.copied().fold(0, u64::saturating_add)
    })
}

fn merge(job: &Job, path: &Path, number: u64, given_up: &AtomicBool) -> Outcome {
    let entries = job.runs.iter().map(|run| run.entries).fold(0, u64::saturating_add);
    let everything = (Bound::Unbounded, Bound::Unbounded);
    let mut walk = Walk::begin(&job.runs, Way::Up, everything)?;
    let mut writer = RunWriter::begin(path, number, entries)?;
    // Looked at where they lie: a copy of each would cost as much as the rest.
    while let Some(()) = walk.advance_with(|(key, value)| {
        let counts = value.is_some() || !job.from_the_first;
        if counts { writer.push(key, value) } else { Ok(()) }
    })? {
        if given_up.load(Ordering::Relaxed) {
            return Ok(None);
        }
    }
    let run = Arc::new(writer.finish()?);
    let replaces = job.runs.iter().map(|run| run.number).collect();
    Ok(Some(Merged { table: job.table, run, replaces }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_merged_once_those_behind_weigh_them_up() {
        let check = |sizes: &[u64], expected| {
            assert_eq!(first_to_merge(sizes), expected, "{sizes:?}");
        };
        check(&[], None);
        check(&[1, 1, 1], None);
        check(&[1, 1, 1, 1], Some(0));
        check(&[4, 1, 1, 1], None);
        check(&[4, 1, 1, 1, 1], Some(0));
        check(&[9, 1, 1, 1, 1], Some(1));
        check(&[100, 9, 4, 4, 1], Some(1));
        check(&[100, 20, 9, 4, 1], None);
    }

    #[test]
    fn a_merge_leaves_some_of_the_disk_free() {
        assert!(leaves_room(1_000, MERGE_DISK_FREE_MIN + 1_000));
        assert!(!leaves_room(1_000, MERGE_DISK_FREE_MIN + 999));
        assert!(!leaves_room(u64::MAX, MERGE_DISK_FREE_MIN));
    }

    /// Written over and over in equal parts, an entry is merged about as often as the parts double.
    #[test]
    fn merging_costs_little_and_leaves_few() {
        let (mut sizes, mut written) = (Vec::new(), 0_u64);
        for _ in 0..1_000 {
            sizes.push(1);
            if let Some(first) = first_to_merge(&sizes) {
                let merged: u64 = sizes.drain(first..).sum();
                written += merged;
                sizes.push(merged);
            }
            assert!(sizes.len() <= 16, "{sizes:?}");
        }
        assert!(written < 10 * 1_000, "{written}");
    }
}
