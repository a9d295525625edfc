//! A small pool of threads that read the store, so that no arbiter ever waits for the disk.

use crate::engine::error::EngineError;
use crate::engine::named_request::NamedRequest;
use crate::journal::{JournalReader, Tables};
use std::fmt::Display;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Threads that read.
const READERS: usize = 2;

/// What a reader reads from.
pub(super) struct Sources {
    pub(super) tables: Tables,
    pub(super) journal: JournalReader,
}

/// A read, and the request that asked for it: what is logged about it says so.
struct Job {
    request: Option<NamedRequest>,
    read: Box<dyn FnOnce(&Sources) + Send>,
}

/// The pool; its threads hold the only handles for reading.
pub(super) struct Readers {
    jobs: Mutex<Option<Sender<Job>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Readers {
    pub(super) fn start(tables: &Tables, journal: &JournalReader) -> Result<Self, EngineError> {
        let (jobs, waiting) = channel::<Job>();
        let waiting = Arc::new(Mutex::new(waiting));
        let mut threads = Vec::with_capacity(READERS);
        for index in 0..READERS {
            let sources = Sources { tables: tables.clone(), journal: journal.clone() };
            let waiting = Arc::clone(&waiting);
            let thread = std::thread::Builder::new()
                .name(format!("reader-{index}"))
                .spawn(move || work(&waiting, &sources))
                .map_err(|error| EngineError::Unavailable(error.to_string()))?;
            threads.push(thread);
        }
        Ok(Self { jobs: Mutex::new(Some(jobs)), threads: Mutex::new(threads) })
    }

    /// Reads something; how many wait is bounded by the places of those who ask.
    pub(super) async fn read<T: Send + 'static, E: Display + Send + 'static>(
        &self,
        job: impl FnOnce(&Sources) -> Result<T, E> + Send + 'static,
    ) -> Result<T, EngineError> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let read = Box::new(move |sources: &Sources| {
            let _ = sender.send(job(sources));
        });
        let job = Job { request: NamedRequest::current(), read };
        let closing = || EngineError::Unavailable("it is closing".into());
        {
            let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.as_ref().ok_or_else(closing)?.send(job).map_err(|_| closing())?;
        }
        let answer = receiver.await.map_err(|_| closing())?;
        answer.map_err(|error| {
            tracing::error!(%error, "a read failed");
            EngineError::Unavailable(error.to_string())
        })
    }

    /// Finishes what was asked and lets go of the store.
    pub(super) fn close(&self) {
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a reader ended with a panic");
            }
        }
    }
}

fn work(waiting: &Mutex<Receiver<Job>>, sources: &Sources) {
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { request, read }) = job else { return };
        NamedRequest::on_behalf_of(request, || {
            // The store panics on damage: one read fails then, not the pool.
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(sources)));
            if outcome.is_err() {
                tracing::error!("a read ended with a panic");
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::test_kit::Kit;
    use crate::ledger::RequestId;

    #[test]
    fn a_read_is_done_on_behalf_of_the_request_that_asked() {
        actix::System::new().block_on(async {
            let kit = Kit::open().await;
            let core = Arc::clone(&kit.opened().core);
            let named = |_: &Sources| {
                let request = NamedRequest::current();
                Ok::<_, EngineError>(request.map(|request| request.id().to_owned()))
            };
            let request = NamedRequest::new(RequestId::parse("k1-7").unwrap(), "GET /".into());
            let asked = request.serve(core.readers.read(named)).await;
            assert_eq!(asked, Ok(Some("k1-7".to_owned())));
            assert_eq!(core.readers.read(named).await, Ok(None));
            kit.house.close().await.unwrap();
        });
    }
}
