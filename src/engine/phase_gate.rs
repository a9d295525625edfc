//! Where a test stops a checkpoint to look around.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

/// How far a checkpoint has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// What changed is listed, but nobody is asked yet.
    Listed,
    /// The accounts have handed over what the tables lack.
    HandedOver,
    /// The tables have it.
    Written,
    /// The accounts have forgotten it.
    Told,
}

impl Phase {
    pub(super) const ALL: [Self; 4] = [Self::Listed, Self::HandedOver, Self::Written, Self::Told];
}

/// Open, unless a test has closed it.
#[derive(Default)]
pub(super) struct PhaseGate {
    keeper: Mutex<Option<Keeper>>,
}

struct Keeper {
    reached: Sender<Phase>,
    go_on: Receiver<()>,
}

impl PhaseGate {
    /// From now on every phase is told, and the checkpoint goes on when it is told to, or when nobody is left
    /// to do so.
    pub(super) fn close(&self) -> (Receiver<Phase>, Sender<()>) {
        let ((reached, told), (tell, go_on)) = (channel(), channel());
        let keeper = Some(Keeper { reached, go_on });
        *self.keeper.lock().unwrap_or_else(PoisonError::into_inner) = keeper;
        (told, tell)
    }

    pub(super) fn pass(&self, phase: Phase) {
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Keeper { reached, go_on }) = &*keeper
            && reached.send(phase).is_ok()
        {
            let _ = go_on.recv();
        }
    }
}
