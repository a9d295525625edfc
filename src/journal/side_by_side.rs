//! Jobs that are worked on by several threads, and whose results one takes in the order of the jobs.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Scope, ScopedJoinHandle, scope};

/// Threads that work.
const WORKERS_MAX: usize = 4;

/// Results of one worker, and what it makes the next ones in.
struct Lane<'scope, R, E> {
    made: Receiver<Result<R, E>>,
    empty: Sender<R>,
    worker: ScopedJoinHandle<'scope, ()>,
}

/// Lets all cores `work` on jobs, each into a result that is new or one that was taken; `take` leaves it empty.
/// Of each worker so many results wait or are being made. The first error, in the order of the jobs, ends it.
pub(in crate::journal) fn side_by_side<J: Sync, R: Default + Send, E: Send>(
    (jobs, results_max): (&[J], usize),
    work: impl Fn(&J, &mut R) -> Result<(), E> + Sync,
    mut take: impl FnMut(&mut R) -> Result<(), E>,
) -> Result<(), E> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let workers = cores.min(WORKERS_MAX).min(jobs.len());
    scope(|scope| {
        let lane = |first| {
            let own = jobs.iter().skip(first).step_by(workers);
            Lane::begin(scope, (own, results_max), &work)
        };
        let mut lanes: Vec<_> = (0..workers).map(lane).collect();
        for number in 0..jobs.len() {
            let index = number.checked_rem(workers).unwrap_or_default();
            match lanes[index].made.recv() {
                Ok(result) => {
                    let mut result = result?;
                    take(&mut result)?;
                    // Who has no more jobs needs it no more.
                    let _ = lanes[index].empty.send(result);
                }
                // It ended too early, which only a panic makes it.
                Err(_) => match lanes.swap_remove(index).worker.join() {
                    Err(panic) => resume_unwind(panic),
                    Ok(()) => unreachable!("a worker ends behind its last job"),
                },
            }
        }
        Ok(())
    })
}

impl<'scope, R: Default + Send + 'scope, E: Send + 'scope> Lane<'scope, R, E> {
    /// A worker that ends with its jobs, after an error, or when nobody takes its results any more.
    fn begin<'env, 'job: 'scope, J: Sync + 'job>(
        scope: &'scope Scope<'scope, 'env>,
        (mut jobs, results_max): (impl Iterator<Item = &'job J> + Send + 'scope, usize),
        work: &'scope (impl Fn(&J, &mut R) -> Result<(), E> + Sync),
    ) -> Self {
        let (done, made) = channel();
        let (empty, empties) = channel();
        for _ in 0..results_max {
            let _ = empty.send(R::default());
        }
        let worker = scope.spawn(move || {
            while let Some(job) = jobs.next()
                && let Ok(mut result) = empties.recv()
            {
                let worked = work(job, &mut result);
                let failed = worked.is_err();
                if done.send(worked.map(|()| result)).is_err() || failed {
                    break;
                }
            }
        });
        Self { made, empty, worker }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Whatever takes how long, results come in order, and few of them are in memory at once.
    #[test]
    fn results_are_taken_in_the_order_of_the_jobs() {
        for count in [0, 1, 2, 3, 500] {
            let jobs: Vec<usize> = (0..count).collect();
            let (begun, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let mut told = Vec::new();
            let work = |job: &usize, result: &mut Vec<usize>| {
                let ahead = begun.fetch_add(1, Ordering::SeqCst) - taken.load(Ordering::SeqCst);
                assert!(ahead <= 3 * WORKERS_MAX, "{ahead} results");
                assert!(result.is_empty());
                if job.is_multiple_of(7) {
                    std::thread::yield_now();
                }
                result.push(*job);
                Ok::<_, ()>(())
            };
            let take = |result: &mut Vec<usize>| {
                told.append(result);
                taken.fetch_add(1, Ordering::SeqCst);
                Ok(())
            };
            assert_eq!(side_by_side((&jobs, 3), work, take), Ok(()));
            assert_eq!(told, jobs);
        }
    }

    #[test]
    fn the_first_error_counts_and_ends_it() {
        let jobs: Vec<usize> = (0..1_000).collect();
        let mut told = 0;
        let work = |job: &usize, _: &mut ()| if *job >= 40 { Err(*job) } else { Ok(()) };
        let take = |_: &mut ()| {
            told += 1;
            Ok(())
        };
        assert_eq!(side_by_side((&jobs, 2), work, take), Err(40));
        assert_eq!(told, 40);
        let refuse = |_: &mut ()| Err(7);
        assert_eq!(side_by_side((&jobs, 1), |_, _: &mut ()| Ok(()), refuse), Err(7));
    }

    #[test]
    fn a_panic_of_a_worker_is_passed_on() {
        let jobs: Vec<usize> = (0..100).collect();
        let work = |job: &usize, _: &mut ()| {
            assert!(*job < 50, "job {job}");
            Ok::<_, ()>(())
        };
        let panic = crate::journal::quiet::quietly(|| side_by_side((&jobs, 2), work, |_| Ok(())));
        assert_eq!(panic, Err("job 50".to_owned()));
    }
}
