//! Places: how many requests may be under way at once. One more is told to try again, at once.

use crate::engine::error::EngineError;
use crate::journal::Approach;
use prometheus_client::metrics::counter::Counter;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The places of an engine.
pub(super) struct Places {
    taken: AtomicUsize,
    most: usize,
    approach: Approach,
    refusals: Counter,
}

/// A place that was taken; it travels with the turn and is free when dropped with the answer.
pub(super) struct Place {
    places: Arc<Places>,
    approaching: bool,
}

impl Places {
    /// `refusals` counts those who got none.
    pub(super) fn new(most: usize, approach: Approach, refusals: Counter) -> Arc<Self> {
        Arc::new(Self { taken: AtomicUsize::new(0), most, approach, refusals })
    }

    /// Takes a place, or says at once that there is none.
    pub(super) fn take(self: &Arc<Self>) -> Result<Place, EngineError> {
        let before = self.taken.fetch_add(1, Ordering::AcqRel);
        if before >= self.most {
            self.taken.fetch_sub(1, Ordering::AcqRel);
            self.refusals.inc();
            return Err(EngineError::Overloaded);
        }
        Ok(Place { places: Arc::clone(self), approaching: false })
    }

    /// How many may be under way.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// How many requests are under way.
    pub(super) fn taken(&self) -> usize {
        self.taken.load(Ordering::Acquire)
    }
}

impl Place {
    /// The request is on its way to the journal's queue: the writer may wait for it a moment.
    pub(super) fn approach(&mut self) {
        if !self.approaching {
            self.approaching = true;
            self.places.approach.begin();
        }
    }

    /// The request has reached the queue, or has ended before.
    pub(super) fn arrived(&mut self) {
        if self.approaching {
            self.approaching = false;
            self.places.approach.end();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.arrived();
        self.places.taken.fetch_sub(1, Ordering::AcqRel);
    }
}
