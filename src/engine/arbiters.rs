//! The threads that serve: each an actix arbiter with its own accounts, listeners and letter box.

use crate::engine::error::EngineError;
use crate::journal::{Crew, Outcome};
use actix::{Arbiter, ArbiterHandle};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

thread_local! {
    /// Which arbiter this thread is; 0 for threads of others.
    static HOME: Cell<usize> = const { Cell::new(0) };
}

/// What finishes one reply.
pub(super) type Finish = Box<dyn FnOnce(Outcome) + Send>;

/// All replies of one group that leave through one arbiter: one wake-up.
struct Parcel {
    finishes: Vec<Finish>,
    outcome: Outcome,
}

/// The arbiters of a house.
pub(super) struct Arbiters {
    posts: Vec<Post>,
    owned: Mutex<Vec<Arbiter>>,
    crew: Arc<Crew>,
}

struct Post {
    handle: ArbiterHandle,
    letters: UnboundedSender<Parcel>,
}

impl Arbiters {
    /// Starts `count` arbiters; must be called inside an actix `System`.
    ///
    /// # Errors
    /// `Unavailable`: the machine lacks what an event loop takes.
    pub(super) fn start(count: usize) -> Result<Self, EngineError> {
        let mut posts = Vec::with_capacity(count);
        let mut owned = Vec::with_capacity(count);
        let crew = Arc::new(Crew::default());
        for index in 0..count {
            let runtime = runtime(&crew).map_err(|error| {
                EngineError::Unavailable(format!("cannot start an event loop: {error}"))
            })?;
            let arbiter = Arbiter::with_tokio_rt(move || runtime);
            let (letters, letter_box) = unbounded_channel();
            arbiter.spawn_fn(move || HOME.set(index));
            arbiter.spawn(deliver(letter_box));
            posts.push(Post { handle: arbiter.handle(), letters });
            owned.push(arbiter);
        }
        Ok(Self { posts, owned: Mutex::new(owned), crew })
    }

    /// The arbiter of the calling thread.
    pub(super) fn home() -> usize {
        HOME.get()
    }

    /// Whether they have work, for the journal's writer.
    pub(super) fn crew(&self) -> &Arc<Crew> {
        &self.crew
    }

    pub(super) fn count(&self) -> usize {
        self.posts.len()
    }

    pub(super) fn handle(&self, index: usize) -> &ArbiterHandle {
        let index = index.checked_rem(self.posts.len()).unwrap_or(0);
        &self.posts[index].handle
    }

    /// Hands over the replies of a group. They are dropped if the arbiter is gone, and whoever waits
    /// notices.
    pub(super) fn post(&self, home: usize, finishes: Vec<Finish>, outcome: Outcome) {
        if let Some(post) = self.posts.get(home) {
            let _ = post.letters.send(Parcel { finishes, outcome });
        }
    }

    /// Resolves when each has taken a turn.
    pub(super) async fn answer(&self) {
        let answers: Vec<_> = self.posts.iter().map(Post::ask).collect();
        for answer in answers {
            // One that is gone answers nothing, and is not waited for.
            let _ = answer.await;
        }
    }

    /// Stops the arbiters and waits for their threads.
    pub(super) fn stop(&self) {
        let owned = std::mem::take(&mut *self.owned.lock().unwrap_or_else(PoisonError::into_inner));
        for arbiter in &owned {
            arbiter.stop();
        }
        for arbiter in owned {
            if arbiter.join().is_err() {
                tracing::error!("an arbiter ended with a panic");
            }
        }
    }
}

/// What an arbiter runs on: as by default, and its crew is told when it has nothing to do.
fn runtime(crew: &Arc<Crew>) -> std::io::Result<Runtime> {
    let (rests, works) = (Arc::clone(crew), Arc::clone(crew));
    let mut builder = Builder::new_current_thread();
    builder
        .enable_all()
        .on_thread_park(move || rests.rest())
        .on_thread_unpark(move || works.work());
    builder.build()
}

impl Post {
    /// Comes back as soon as the arbiter takes its turns.
    fn ask(&self) -> oneshot::Receiver<()> {
        let (answer, asked) = oneshot::channel();
        self.handle.spawn(async move {
            let _ = answer.send(());
        });
        asked
    }
}

async fn deliver(mut letter_box: UnboundedReceiver<Parcel>) {
    while let Some(parcel) = letter_box.recv().await {
        for finish in parcel.finishes {
            // One reply that panics must not keep all later ones from being delivered.
            let finished = catch_unwind(AssertUnwindSafe(|| finish(parcel.outcome)));
            if finished.is_err() {
                tracing::error!("a reply ended with a panic");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_reply_that_panics_keeps_no_other_from_being_delivered() {
        actix::System::new().block_on(async {
            let arbiters = Arbiters::start(1).unwrap();
            let (tell, told) = oneshot::channel();
            let panics: Finish = Box::new(|_| unreachable!("a test asked for this panic"));
            arbiters.post(0, vec![panics], Outcome::Durable(None));
            let good: Finish = Box::new(move |outcome| {
                let _ = tell.send(outcome);
            });
            arbiters.post(0, vec![good], Outcome::Durable(None));
            assert_eq!(told.await, Ok(Outcome::Durable(None)));
            arbiters.stop();
        });
    }

    #[test]
    fn an_arbiter_that_hangs_does_not_answer() {
        actix::System::new().block_on(async {
            let arbiters = Arbiters::start(2).unwrap();
            arbiters.answer().await;
            let (release, released) = std::sync::mpsc::channel::<()>();
            arbiters.handle(1).spawn_fn(move || {
                let _ = released.recv();
            });
            let mut asked = std::pin::pin!(arbiters.answer());
            let first = tokio::time::timeout(Duration::from_millis(1), asked.as_mut()).await;
            assert!(first.is_err());
            drop(release);
            asked.await;
            arbiters.stop();
        });
    }
}
