//! Jobs that are worked on by several threads, and whose results one takes in the order of the jobs.

use crate::journal::quiet::quietly;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, Scope, available_parallelism, scope};

/// Threads that work.
const WORKERS_MAX: usize = 4;

/// A job, and what to make its result in.
type Order<'job, J, R> = (&'job J, R);

/// What came of a job, or the text of the panic that ended the worker.
type Made<R, E> = Result<Result<R, E>, String>;

/// One worker: it makes results in the order of its orders, and ends with the lane.
struct Lane<'job, J, R, E> {
    orders: Sender<Order<'job, J, R>>,
    made: Receiver<Made<R, E>>,
}

/// Lets all cores `work` on jobs, each into a result that is new or one that was taken; `take` leaves it empty.
/// Of each worker so many results wait or are being made. The first error, in the order of the jobs, ends it.
/// Where the system has no threads to give, the work is done here.
pub(in crate::journal) fn side_by_side<J: Sync, R: Default + Send, E: Send>(
    (jobs, results_max): (&[J], usize),
    work: impl Fn(&J, &mut R) -> Result<(), E> + Sync,
    take: impl FnMut(&mut R) -> Result<(), E>,
) -> Result<(), E> {
    let cores = available_parallelism().map_or(1, NonZero::get);
    let workers = cores.min(WORKERS_MAX).min(jobs.len());
    scope(|scope| {
        let lanes: Vec<_> = (0..workers).map_while(|_| Lane::begin(scope, &work)).collect();
        if lanes.is_empty() {
            one_by_one(jobs, &work, take)
        } else {
            on_lanes(&lanes, (jobs, results_max), take)
        }
    })
}

fn on_lanes<'job, J, R: Default, E>(
    lanes: &[Lane<'job, J, R, E>],
    (jobs, results_max): (&'job [J], usize),
    mut take: impl FnMut(&mut R) -> Result<(), E>,
) -> Result<(), E> {
    let mut later = jobs.iter().zip(lanes.iter().cycle());
    for (job, lane) in later.by_ref().take(lanes.len().saturating_mul(results_max)) {
        lane.order(job, R::default());
    }
    for (_, lane) in jobs.iter().zip(lanes.iter().cycle()) {
        let mut result = lane.next()?;
        take(&mut result)?;
        // So many jobs on, the lane is the same.
        if let Some((job, lane)) = later.next() {
            lane.order(job, result);
        }
    }
    Ok(())
}

fn one_by_one<J, R: Default, E>(
    jobs: &[J],
    work: impl Fn(&J, &mut R) -> Result<(), E>,
    mut take: impl FnMut(&mut R) -> Result<(), E>,
) -> Result<(), E> {
    let mut result = R::default();
    jobs.iter().try_for_each(|job| {
        work(job, &mut result)?;
        take(&mut result)
    })
}

impl<'job, J: Sync, R: Send + 'job, E: Send + 'job> Lane<'job, J, R, E> {
    /// `None`: the system gives no thread for it.
    fn begin<'scope>(
        scope: &'scope Scope<'scope, '_>,
        work: &'scope (impl Fn(&J, &mut R) -> Result<(), E> + Sync),
    ) -> Option<Self>
    where
        'job: 'scope,
    {
        let (orders, ordered) = channel::<Order<'job, J, R>>();
        let (done, made) = channel();
        let run = move || {
            for (job, mut result) in ordered {
                let worked = quietly(|| work(job, &mut result).map(|()| result));
                let ended = !matches!(worked, Ok(Ok(_)));
                if done.send(worked).is_err() || ended {
                    break;
                }
            }
        };
        match Builder::new().name("tables-fold".into()).spawn_scoped(scope, run) {
            Ok(_) => Some(Self { orders, made }),
            Err(error) => {
                tracing::warn!(%error, "no thread to fold on: the start takes longer");
                None
            }
        }
    }
}

impl<'job, J, R, E> Lane<'job, J, R, E> {
    fn order(&self, job: &'job J, result: R) {
        // Who ended says why with its last result.
        let _ = self.orders.send((job, result));
    }

    fn next(&self) -> Result<R, E> {
        match self.made.recv() {
            Ok(Ok(worked)) => worked,
            Ok(Err(panic)) => resume_unwind(Box::new(panic)),
            Err(_) => unreachable!("a worker ends behind its last word, or with its lane"),
        }
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
        let panic = quietly(|| side_by_side((&jobs, 2), work, |_| Ok(())));
        assert_eq!(panic, Err("job 50".to_owned()));
    }

    /// As where a limit of the system leaves no threads.
    #[test]
    fn without_workers_the_same_is_done_here() {
        let jobs: Vec<usize> = (0..100).collect();
        let mut told = Vec::new();
        let work = |job: &usize, result: &mut Vec<usize>| {
            result.push(*job);
            if *job == 50 { Err(*job) } else { Ok(()) }
        };
        let take = |result: &mut Vec<usize>| {
            told.append(result);
            Ok(())
        };
        assert_eq!(one_by_one(&jobs, work, take), Err(50));
        assert_eq!(told, jobs[..50]);
    }
}
