//! Why a house does not serve now: a closed list for machines, a sentence for people.

use crate::engine::error::EngineError;
use crate::journal::{DISK_FREE_MIN, DiskSpace, FoldError, JournalError, JournalTrouble, Replayed};

/// What keeps a house from serving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The journal is being opened.
    Opening,
    /// The tables catch up with the journal.
    Replaying,
    /// Goes on by itself once there is room.
    DiskFull,
    /// Goes on by itself once the disk can be written again.
    DiskReadOnly,
    /// A write failed; opened again and again until it succeeds.
    DiskFailing,
    /// A write has been under way for too long; goes on by itself when it ends.
    DiskSlow,
    /// Goes on by itself when the clock has caught up.
    ClockSteppedBack,
    /// What is on the disk cannot be served; somebody must bring it back.
    Unusable,
    /// It is about to close.
    Draining,
    Closed,
}

/// How far a replay has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub events: u64,
    pub events_total: u64,
}

/// Why a house does not serve now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotReady {
    pub cause: Cause,
    /// A sentence without its full stop.
    pub reason: String,
    pub progress: Option<Progress>,
}

impl Cause {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Replaying => "replaying",
            Self::DiskFull => "disk_full",
            Self::DiskReadOnly => "disk_read_only",
            Self::DiskFailing => "disk_failing",
            Self::DiskSlow => "disk_slow",
            Self::ClockSteppedBack => "clock_stepped_back",
            Self::Unusable => "unusable",
            Self::Draining => "draining",
            Self::Closed => "closed",
        }
    }

    fn of(error: &JournalError) -> Self {
        match error.trouble() {
            JournalTrouble::Full => Self::DiskFull,
            JournalTrouble::Failing => Self::DiskFailing,
            JournalTrouble::Damaged | JournalTrouble::Refused => Self::Unusable,
        }
    }
}

impl NotReady {
    pub(super) fn new(cause: Cause, reason: impl Into<String>) -> Self {
        Self { cause, reason: reason.into(), progress: None }
    }

    pub(super) fn opening() -> Self {
        Self::new(Cause::Opening, "it is being opened")
    }

    pub(super) fn closed() -> Self {
        Self::new(Cause::Closed, "it is closed")
    }

    pub(super) fn draining() -> Self {
        Self::new(Cause::Draining, "it is about to close; what was taken is answered")
    }

    pub(super) fn clock_behind(millis: i64) -> Self {
        let seconds = millis.saturating_add(999).div_euclid(1_000);
        let reason = format!(
            "the clock of the server stepped back and is {seconds} s behind what was already written; it \
             goes on by itself when the clock has caught up"
        );
        Self::new(Cause::ClockSteppedBack, reason)
    }

    pub(super) fn disk_slow(millis: i64) -> Self {
        let seconds = millis.div_euclid(1_000);
        let reason = format!("a write has been under way for {seconds} s: the disk is too slow");
        Self::new(Cause::DiskSlow, reason)
    }

    /// The same, where an opening has come as far as this.
    pub(super) fn while_replaying(self, replayed: Option<Replayed>) -> Self {
        let Some(Replayed { from, event, through }) = replayed else { return self };
        let until = |last: u64| last.saturating_sub(from.number()).saturating_add(1);
        let (events, events_total) = (until(event.number()), until(through.number()));
        let reason =
            format!("the tables catch up with the journal: event {events} of {events_total}");
        let progress = Some(Progress { events, events_total });
        Self { cause: Cause::Replaying, reason, progress }
    }

    /// The same as the disk shows it: a failed write does not tell why it failed.
    pub(super) fn seen_on(self, disk: Option<DiskSpace>) -> Self {
        let Some(disk) = disk else { return self };
        let cause = match self.cause {
            Cause::DiskFailing if disk.read_only => Cause::DiskReadOnly,
            Cause::DiskFailing if disk.free_bytes < DISK_FREE_MIN => Cause::DiskFull,
            cause @ (Cause::Opening
            | Cause::Replaying
            | Cause::DiskFull
            | Cause::DiskReadOnly
            | Cause::DiskFailing
            | Cause::DiskSlow
            | Cause::ClockSteppedBack
            | Cause::Unusable
            | Cause::Draining
            | Cause::Closed) => cause,
        };
        let reason = match cause {
            Cause::DiskReadOnly => format!("the disk is read-only: {}", self.reason),
            Cause::Opening
            | Cause::Replaying
            | Cause::DiskFull
            | Cause::DiskFailing
            | Cause::DiskSlow
            | Cause::ClockSteppedBack
            | Cause::Unusable
            | Cause::Draining
            | Cause::Closed => self.reason,
        };
        Self { cause, reason, ..self }
    }
}

impl From<&JournalError> for NotReady {
    fn from(error: &JournalError) -> Self {
        Self::new(Cause::of(error), error.to_string())
    }
}

impl From<JournalError> for NotReady {
    fn from(error: JournalError) -> Self {
        Self::from(&error)
    }
}

impl From<FoldError> for NotReady {
    fn from(error: FoldError) -> Self {
        match error {
            FoldError::Journal(error) => error.into(),
            FoldError::Misfold(misfold) => Self::new(Cause::Unusable, misfold.to_string()),
        }
    }
}

impl From<EngineError> for NotReady {
    /// Threads that could not be started: the machine is short of something.
    fn from(error: EngineError) -> Self {
        Self::new(Cause::DiskFailing, error.into_reason())
    }
}

impl From<NotReady> for EngineError {
    fn from(why: NotReady) -> Self {
        Self::Unavailable(why.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::EventNumber;
    use std::path::PathBuf;

    #[test]
    fn a_failed_write_is_told_by_what_the_disk_shows() {
        let path = PathBuf::from("/data/ledger");
        let failing = JournalError::Unavailable { path: path.clone(), reason: "I/O".into() };
        let check = |error: &JournalError, disk: Option<(u64, bool)>, expected: &str| {
            let disk = disk.map(|(free_bytes, read_only)| DiskSpace {
                free_bytes,
                total_bytes: 1 << 40,
                read_only,
            });
            let told = NotReady::from(error).seen_on(disk);
            assert_eq!(told.cause.name(), expected, "{error} {disk:?}");
            assert!(told.reason.contains("/data/ledger"), "{told:?}");
        };
        check(&failing, None, "disk_failing");
        check(&failing, Some((1 << 40, false)), "disk_failing");
        check(&failing, Some((1 << 40, true)), "disk_read_only");
        check(&failing, Some((DISK_FREE_MIN - 1, false)), "disk_full");
        let full = JournalError::Full { path: path.clone(), free_min: DISK_FREE_MIN };
        check(&full, Some((1 << 40, false)), "disk_full");
        let lost = JournalError::LostTail { path: path.clone(), record: 7 };
        check(&lost, Some((0, true)), "unusable");
        let damaged = JournalError::Damaged { path, place: "record 7".into() };
        check(&damaged, None, "unusable");
    }

    #[test]
    fn a_replay_says_how_far_it_has_got() {
        let at = |event| Replayed {
            from: EventNumber(101),
            event: EventNumber(event),
            through: EventNumber(300),
        };
        let opening = NotReady::opening();
        assert_eq!(opening.clone().while_replaying(None).cause, Cause::Opening);
        let told = opening.while_replaying(Some(at(150)));
        assert_eq!(told.progress, Some(Progress { events: 50, events_total: 200 }));
        assert!(told.reason.contains("50 of 200"), "{told:?}");
    }

    #[test]
    fn a_clock_behind_is_told_in_whole_seconds() {
        assert!(NotReady::clock_behind(6_001).reason.contains(" 7 s "));
        assert!(NotReady::clock_behind(6_000).reason.contains(" 6 s "));
    }
}
