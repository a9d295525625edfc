//! How long a group waits when its time is over, as long as all of the crew have work: requests that they
//! have not come to wait at their doors, whatever the writer does, and each commit that it saves is theirs.

/// By how much longer each group waits than the one before, in microseconds.
const STEP_US: u64 = 50;
/// How long at most.
const MAX_US: u64 = 1_000;

/// A time to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Patience {
    micros: u64,
}

impl Patience {
    #[cfg(test)]
    pub(super) const fn of(micros: u64) -> Self {
        Self { micros }
    }

    pub(super) const fn micros(self) -> u64 {
        self.micros
    }

    /// What it is once a group has become durable. If one of the crew had nothing to do by then, all who ask
    /// were waiting: the group was too large, and the next one waits for nobody.
    pub(super) fn after(self, all_work: bool) -> Self {
        let longer = self.micros.saturating_add(STEP_US).min(MAX_US);
        Self { micros: if all_work { longer } else { 0 } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_grows_while_all_work_and_ends_when_one_rests() {
        let check = |micros: u64, all_work, expected: u64| {
            let after = Patience { micros }.after(all_work);
            assert_eq!(after, Patience { micros: expected }, "{micros} {all_work}");
        };
        check(0, false, 0);
        check(0, true, STEP_US);
        check(STEP_US, true, 2 * STEP_US);
        check(MAX_US - 1, true, MAX_US);
        check(MAX_US, true, MAX_US);
        check(MAX_US, false, 0);
    }
}
