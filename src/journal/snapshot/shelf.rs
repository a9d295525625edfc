//! A directory of snapshots: what is in it, and how the older ones leave.

use crate::journal::error::JournalError;
use crate::journal::snapshot::manifest::Manifest;
use crate::journal::snapshot::workplace::{is_unfinished, remove_abandoned, remove_whole};
use std::io::ErrorKind;
use std::path::Path;

/// A snapshot, or what is left of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelved {
    /// The name of its directory.
    pub name: String,
    pub state: ShelvedState,
}

/// What its manifest says; its files are not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShelvedState {
    Whole(Box<Manifest>),
    /// Being made, or left by a crash.
    Unfinished,
    /// Why it cannot be read.
    Damaged(String),
}

/// What a pruning did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pruned {
    pub removed: Vec<String>,
    pub kept: Vec<String>,
}

/// The snapshots in a directory, the oldest first; whatever else is there is left out.
///
/// # Errors
/// `Io`.
pub fn list_snapshots(directory: &Path) -> Result<Vec<Shelved>, JournalError> {
    let cannot = |error: std::io::Error| JournalError::io("read", directory, &error);
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(cannot(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(cannot)?;
        let Some(state) = state_of(&entry.path()) else { continue };
        found.push(Shelved { name: entry.file_name().to_string_lossy().into_owned(), state });
    }
    found.sort_by_cached_key(|shelved| (shelved.created_at_millis(), shelved.name.clone()));
    Ok(found)
}

/// Removes all whole snapshots but the newest `keep`, at least one, and what crashes left. Those that cannot
/// be read stay.
///
/// # Errors
/// `Io`; some may be removed then.
pub fn prune_snapshots(directory: &Path, keep: usize) -> Result<Pruned, JournalError> {
    let mut pruned = Pruned { removed: remove_leftovers(directory)?, kept: Vec::new() };
    let mut whole = Vec::new();
    for shelved in list_snapshots(directory)? {
        match shelved.state {
            ShelvedState::Whole(_) => whole.push(shelved.name),
            ShelvedState::Unfinished => {}
            ShelvedState::Damaged(_) => pruned.kept.push(shelved.name),
        }
    }
    let surplus = whole.len().saturating_sub(keep.max(1));
    for (index, name) in whole.into_iter().enumerate() {
        if index < surplus {
            remove_whole(&directory.join(&name))?;
            pruned.removed.push(name);
        } else {
            pruned.kept.push(name);
        }
    }
    Ok(pruned)
}

/// Removes what crashes left, and says what it was.
pub(super) fn remove_leftovers(directory: &Path) -> Result<Vec<String>, JournalError> {
    let mut removed = Vec::new();
    for shelved in list_snapshots(directory)? {
        match shelved.state {
            ShelvedState::Unfinished => {
                if remove_abandoned(&directory.join(&shelved.name))? {
                    removed.push(shelved.name);
                }
            }
            ShelvedState::Whole(_) | ShelvedState::Damaged(_) => {}
        }
    }
    Ok(removed)
}

impl Shelved {
    fn created_at_millis(&self) -> i64 {
        match &self.state {
            ShelvedState::Whole(manifest) => manifest.created_at.millis(),
            ShelvedState::Unfinished | ShelvedState::Damaged(_) => i64::MAX,
        }
    }
}

/// `None`: it is no snapshot.
fn state_of(path: &Path) -> Option<ShelvedState> {
    if is_unfinished(path) {
        return Some(ShelvedState::Unfinished);
    }
    match Manifest::read(path) {
        Ok(manifest) => Some(ShelvedState::Whole(Box::new(manifest?))),
        Err(error) => Some(ShelvedState::Damaged(error.to_string())),
    }
}
