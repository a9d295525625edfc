//! Why the engine gives no answer: the business refused, or the house cannot serve now.

use crate::ledger::Refusal;
use thiserror::Error;

/// Our affair or theirs; nothing was changed either way, or nothing may be said about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EngineError {
    /// The business says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// All places are taken.
    #[error("too many requests are under way; try again")]
    Overloaded,
    /// The journal is closed, failed, or being opened.
    #[error("the ledger is not available: {0}")]
    Unavailable(String),
    /// The clock is behind what was already written.
    #[error("the clock of the server stepped back")]
    ClockSteppedBack,
    /// A bug was met; nothing was changed.
    #[error("an internal check failed: {0}")]
    Broken(String),
}

impl EngineError {
    /// Why the engine does not serve, without its preface: the journal's sentence names the folder.
    #[must_use]
    pub fn into_reason(self) -> String {
        match self {
            Self::Unavailable(reason) => reason,
            Self::Refused(_) | Self::Overloaded | Self::ClockSteppedBack | Self::Broken(_) => {
                self.to_string()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_no_preface_that_its_reader_adds_again() {
        let down = EngineError::Unavailable("the disk is full".into());
        assert_eq!(down.clone().into_reason(), "the disk is full");
        assert_eq!(EngineError::Unavailable(down.clone().into_reason()), down);
        assert!(EngineError::ClockSteppedBack.into_reason().contains("clock"));
    }
}
