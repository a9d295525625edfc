//! Wakes the task of a connection, but not for nothing: whoever takes a piece of a body makes hyper ask to be
//! polled once more, also when that was the last piece and nobody waits for another one. A request with a
//! body that came whole would be looked at three times instead of twice.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

thread_local! {
    /// Whether bells are held back on this thread.
    static HOLDS: Cell<bool> = const { Cell::new(false) };
    /// The bell that was held back.
    static HELD: Cell<Option<Arc<Doorbell>>> = const { Cell::new(None) };
}

/// What a connection is woken by instead of by the waker of its task.
#[derive(Debug)]
pub(super) struct Doorbell {
    task: Mutex<Waker>,
}

/// A doorbell with the waker that rings it.
#[derive(Debug)]
pub(super) struct Ringer {
    bell: Arc<Doorbell>,
    waker: Waker,
}

/// A ring that was held back. Dropped, it was for nothing.
#[derive(Debug)]
pub(in crate::api) struct HeldRing(Arc<Doorbell>);

impl Ringer {
    pub(super) fn new() -> Self {
        let bell = Arc::new(Doorbell { task: Mutex::new(Waker::noop().clone()) });
        Self { waker: Waker::from(Arc::clone(&bell)), bell }
    }

    /// Polls something that is woken by the bell.
    pub(super) fn poll<T>(
        &self,
        context: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.bell.belongs_to(context.waker());
        poll(&mut Context::from_waker(&self.waker))
    }
}

impl HeldRing {
    /// Rings after all.
    pub(in crate::api) fn ring(self) {
        self.0.ring();
    }
}

impl Doorbell {
    /// A task has one waker for all its life; another one is taken over all the same.
    fn belongs_to(&self, waker: &Waker) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if !task.will_wake(waker) {
            task.clone_from(waker);
        }
    }

    fn ring(&self) {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).clone();
        task.wake();
    }
}

impl Wake for Doorbell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if HOLDS.get() {
            HELD.set(Some(Arc::clone(self)));
        } else {
            self.ring();
        }
    }
}

/// Does something that may ring the bell of the connection it is done for, and hands that ring over instead.
pub(in crate::api) fn holding_back<T>(act: impl FnOnce() -> T) -> (T, Option<HeldRing>) {
    /// Ends with a panic, too.
    struct Holding;
    impl Drop for Holding {
        fn drop(&mut self) {
            HOLDS.set(false);
        }
    }
    HOLDS.set(true);
    let holding = Holding;
    let done = act();
    drop(holding);
    (done, HELD.take().map(HeldRing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Default)]
    struct Counted(AtomicUsize);

    impl Wake for Counted {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The waker of a bell whose task counts how often it is woken.
    fn bell() -> (Waker, Arc<Counted>) {
        let (ringer, counted) = (Ringer::new(), Arc::new(Counted::default()));
        let task = Waker::from(Arc::clone(&counted));
        let mut context = Context::from_waker(&task);
        let waker = ringer.poll(&mut context, |inner| Poll::Ready(inner.waker().clone()));
        let Poll::Ready(waker) = waker else { panic!("it is ready") };
        (waker, counted)
    }

    #[test]
    fn a_ring_is_held_back_only_while_it_is_asked_for() {
        let (waker, counted) = bell();
        let rung = || counted.0.load(Ordering::Relaxed);
        waker.wake_by_ref();
        assert_eq!(rung(), 1);
        let ((), held) = holding_back(|| waker.wake_by_ref());
        assert_eq!(rung(), 1);
        held.expect("it rang").ring();
        assert_eq!(rung(), 2);
        let ((), held) = holding_back(|| ());
        assert!(held.is_none());
        let ((), held) = holding_back(|| waker.wake_by_ref());
        drop(held);
        waker.wake_by_ref();
        assert_eq!(rung(), 3);
    }

    #[test]
    fn what_panics_or_happens_elsewhere_holds_nothing_back() {
        let (waker, counted) = bell();
        let panicked = std::panic::catch_unwind(|| holding_back(|| panic!("as it must")));
        panicked.map(|_| ()).unwrap_err();
        waker.wake_by_ref();
        assert_eq!(counted.0.load(Ordering::Relaxed), 1);
        let ((), held) = holding_back(|| std::thread::spawn(move || waker.wake()).join().unwrap());
        assert!(held.is_none());
        assert_eq!(counted.0.load(Ordering::Relaxed), 2);
    }
}
