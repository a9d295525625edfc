//! Why the journal cannot serve: one clear sentence each, for whoever is woken by it.

use std::path::{Path, PathBuf};
use thiserror::Error;

/// Our affair, always: nothing about the business is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JournalError {
    #[error("there is no Kopilka data directory at {}", .0.display())]
    NoDataDir(PathBuf),
    #[error("{} holds something else than a Kopilka ledger; nothing in it was changed", .0.display())]
    NotOurs(PathBuf),
    #[error(
        "{} was written by a newer Kopilka (data directory version {found}, this program knows \
         up to {known}); use the newer program, nothing was changed",
        path.display()
    )]
    NewerVersion { path: PathBuf, found: u32, known: u32 },
    #[error(
        "{} was written by a newer Kopilka (snapshot version {found}, this program knows up to \
         {known}); use the newer program, nothing was changed",
        path.display()
    )]
    NewerSnapshot { path: PathBuf, found: u32, known: u32 },
    #[error("there is no whole snapshot at {}", .0.display())]
    NoSnapshot(PathBuf),
    #[error("the archive in {} cannot be used: {reason}", path.display())]
    Archive { path: PathBuf, reason: String },
    #[error("{} exists already; nothing in it was changed", .0.display())]
    Exists(PathBuf),
    #[error("{} is a restore that did not come to its end; remove it and restore again", .0.display())]
    Unfinished(PathBuf),
    #[error("{} is in use by another Kopilka process; stop that one first", .0.display())]
    InUse(PathBuf),
    #[error(
        "{} has lost its end: record {record} was written and answered for, and is not there; \
         restore a snapshot or the missing bytes before serving from it",
        path.display()
    )]
    LostTail { path: PathBuf, record: u64 },
    #[error("{} is damaged: {place}", path.display())]
    Damaged { path: PathBuf, place: String },
    #[error(
        "the keys of {} are wrapped by a master key that is not there: give it as \
         KOPILKA_MASTER_KEY, or as a file (master.key in the directory; --master-key of a restore); \
         nothing was changed",
        .0.display()
    )]
    MasterKeyMissing(PathBuf),
    #[error(
        "the keys of {} were wrapped by another master key than the one given, or are damaged; \
         nothing was changed",
        .0.display()
    )]
    MasterKeyWrong(PathBuf),
    #[error(
        "the vault of {path} is missing ({path}/vault), and what the journal holds is sealed under its keys: put it \
         back, or bring it back with the snapshot or the archive that has it (kopilka restore --salvage {path} with \
         --from or --archive, into a new directory); nothing was changed",
        path = .0.display()
    )]
    VaultMissing(PathBuf),
    #[error("the master key in {} cannot be used: {reason}", path.display())]
    MasterKeyUnusable { path: PathBuf, reason: String },
    #[error("cannot {doing} {}: {reason}", path.display())]
    Io { doing: &'static str, path: PathBuf, reason: String },
    #[error("the disk of {} has less than {free_min} bytes free; make room first", path.display())]
    Full { path: PathBuf, free_min: u64 },
    #[error("another process has taken over {}; this one stops", .0.display())]
    Fenced(PathBuf),
    #[error("the journal in {} cannot be used: {reason}", path.display())]
    Unavailable { path: PathBuf, reason: String },
}

/// What kind of trouble it is: what follows from it, for whoever serves, copies or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalTrouble {
    /// There is no room; it goes on when there is.
    Full,
    /// The disk, or what lies on it, could not be used now.
    Failing,
    /// What is there is not what was written.
    Damaged,
    /// It is not what was asked for, or not ours to use.
    Refused,
}

impl JournalError {
    #[must_use]
    pub fn trouble(&self) -> JournalTrouble {
        match self {
            Self::Full { .. } => JournalTrouble::Full,
            Self::Io { .. } | Self::Unavailable { .. } => JournalTrouble::Failing,
            Self::Damaged { .. } | Self::LostTail { .. } => JournalTrouble::Damaged,
            Self::NoDataDir(_)
            | Self::NotOurs(_)
            | Self::NewerVersion { .. }
            | Self::NewerSnapshot { .. }
            | Self::NoSnapshot(_)
            | Self::Archive { .. }
            | Self::Exists(_)
            | Self::Unfinished(_)
            | Self::InUse(_)
            | Self::MasterKeyMissing(_)
            | Self::MasterKeyWrong(_)
            | Self::VaultMissing(_)
            | Self::MasterKeyUnusable { .. }
            | Self::Fenced(_) => JournalTrouble::Refused,
        }
    }

    /// What failed to be done to a file or directory.
    pub(in crate::journal) fn io(doing: &'static str, path: &Path, error: &std::io::Error) -> Self {
        Self::Io { doing, path: path.to_path_buf(), reason: error.to_string() }
    }

    /// An archive that is not what is asked of it.
    pub(in crate::journal) fn archive(path: &Path, reason: impl Into<String>) -> Self {
        Self::Archive { path: path.to_path_buf(), reason: reason.into() }
    }

    /// Damage at a place.
    pub(in crate::journal) fn damaged(path: &Path, place: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_path_buf(), place: place.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_names_the_path_and_stays_on_one_line() {
        let path = PathBuf::from("/data/ledger");
        let reason = String::from("because");
        let all = [
            JournalError::NoDataDir(path.clone()),
            JournalError::NotOurs(path.clone()),
            JournalError::NewerVersion { path: path.clone(), found: 2, known: 1 },
            JournalError::NewerSnapshot { path: path.clone(), found: 2, known: 1 },
            JournalError::NoSnapshot(path.clone()),
            JournalError::Exists(path.clone()),
            JournalError::Unfinished(path.clone()),
            JournalError::InUse(path.clone()),
            JournalError::LostTail { path: path.clone(), record: 7 },
            JournalError::damaged(&path, "record 17: checksum differs"),
            JournalError::MasterKeyMissing(path.clone()),
            JournalError::MasterKeyWrong(path.clone()),
            JournalError::VaultMissing(path.clone()),
            JournalError::MasterKeyUnusable { path: path.clone(), reason: reason.clone() },
            JournalError::Io { doing: "read", path: path.clone(), reason: reason.clone() },
            JournalError::Full { path: path.clone(), free_min: 5 },
            JournalError::Fenced(path.clone()),
            JournalError::Archive { path: path.clone(), reason: reason.clone() },
            JournalError::Unavailable { path, reason },
        ];
        for error in all {
            let sentence = error.to_string();
            assert!(sentence.contains("/data/ledger"), "{sentence}");
            assert!(!sentence.contains('\n') && !sentence.contains("  "), "{sentence}");
        }
    }
}
