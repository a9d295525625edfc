//! How the program ends: a closed list of exit statuses, and the failures that lead to them.

use std::process::ExitCode;
use thiserror::Error;

/// An exit status of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    Fine,
    /// `verify` found a difference, a request was refused, or nobody answered.
    DiffersOrRefused,
    /// The command line, a configuration or a settings file cannot be used.
    Usage,
    /// The data directory cannot be used: taken, newer, damaged, not ours.
    DataDirUnusable,
}

/// Why a command did not do what it was asked; each is one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(in crate::admin) enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    DataDir(String),
    /// The ledger was asked and said no.
    #[error("{0}")]
    Refused(String),
    /// What was found is not what must be there.
    #[error("{0}")]
    Differs(String),
    /// Nobody answers, or the machine does not let us.
    #[error("{0}")]
    Unreachable(String),
}

impl Failure {
    pub(in crate::admin) fn status(&self) -> ExitStatus {
        match self {
            Self::Usage(_) => ExitStatus::Usage,
            Self::DataDir(_) => ExitStatus::DataDirUnusable,
            Self::Refused(_) | Self::Differs(_) | Self::Unreachable(_) => {
                ExitStatus::DiffersOrRefused
            }
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(match status {
            ExitStatus::Fine => 0,
            ExitStatus::DiffersOrRefused => 1,
            ExitStatus::Usage => 2,
            ExitStatus::DataDirUnusable => 3,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_number() {
        let check = |failure: Failure, number: u8| {
            assert_eq!(ExitCode::from(failure.status()), ExitCode::from(number), "{failure:?}");
        };
        check(Failure::Refused("no".into()), 1);
        check(Failure::Differs("one cent".into()), 1);
        check(Failure::Unreachable("nobody".into()), 1);
        check(Failure::Usage("what?".into()), 2);
        check(Failure::DataDir("taken".into()), 3);
        assert_eq!(ExitCode::from(ExitStatus::Fine), ExitCode::SUCCESS);
    }
}
