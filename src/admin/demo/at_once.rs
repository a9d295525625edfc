//! Tasks at the same time, but only as many as there are connections.

use crate::admin::exit::Failure;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Runs all tasks, `connections` at a time; what they came to, in the order in which they ended.
pub(super) async fn at_once<T, F>(
    connections: u16,
    tasks: impl Iterator<Item = F>,
) -> Result<Vec<T>, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let gate = Arc::new(Semaphore::new(usize::from(connections)));
    let mut running = JoinSet::new();
    for task in tasks {
        let gate = Arc::clone(&gate);
        running.spawn(async move {
            let _connection = gate.acquire_owned().await;
            task.await
        });
    }
    let mut outcomes = Vec::with_capacity(running.len());
    while let Some(ended) = running.join_next().await {
        let broke = |error| Err(Failure::Differs(format!("a till of the demo broke: {error}")));
        outcomes.push(ended.unwrap_or_else(broke)?);
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn no_more_run_than_there_are_connections() {
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let task = |number: usize| {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                running.fetch_sub(1, Ordering::SeqCst);
                Ok(number)
            }
        };
        let mut ended = at_once(2, (0..10).map(task)).await.unwrap();
        ended.sort_unstable();
        assert_eq!((ended, most.load(Ordering::SeqCst)), ((0..10).collect(), 2));
    }

    #[tokio::test]
    async fn a_failure_is_a_failure_of_all() {
        let task = |number: u32| async move {
            if number == 3 { Err(Failure::Unreachable("gone".into())) } else { Ok(number) }
        };
        let failed = at_once(2, (0..10).map(task)).await;
        assert_eq!(failed, Err(Failure::Unreachable("gone".into())));
    }
}
