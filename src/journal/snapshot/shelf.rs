//! A directory of snapshots: what is in it, and how the older ones leave.

use crate::journal::error::JournalError;
use crate::journal::record::Hash;
use crate::journal::snapshot::manifest::Manifest;
use crate::journal::snapshot::workplace::{is_unfinished, remove_abandoned, remove_whole};
use std::collections::{BTreeMap, BTreeSet};
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
        let name = entry.file_name().to_string_lossy().into_owned();
        found.extend(state_of(&entry.path()).map(|(state, hash)| (Shelved { name, state }, hash)));
    }
    found.sort_by_cached_key(|(shelved, _)| (shelved.created_at_millis(), shelved.name.clone()));
    Ok(without_orphans(found))
}

/// Those that continue what is not there, or not as it was, cannot be read.
fn without_orphans(found: Vec<(Shelved, Option<Hash>)>) -> Vec<Shelved> {
    let mut sound: BTreeMap<String, Option<Hash>> = BTreeMap::new();
    let mut told = Vec::with_capacity(found.len());
    for (mut shelved, hash) in found {
        let parent = shelved.manifest().and_then(|manifest| manifest.parent.as_ref());
        let trouble = parent.and_then(|parent| match sound.get(&parent.name) {
            Some(hash) if *hash == Some(parent.sha256) => None,
            Some(_) => Some(format!("{} is not the one that it continues", parent.name)),
            None => Some(format!("it continues {}, which is not there or not whole", parent.name)),
        });
        match trouble {
            Some(reason) => shelved.state = ShelvedState::Damaged(reason),
            None if shelved.manifest().is_some() => {
                sound.insert(shelved.name.clone(), hash);
            }
            None => {}
        }
        told.push(shelved);
    }
    told
}

/// Removes all whole snapshots but the newest `keep`, at least one, and what crashes left. Those that cannot
/// be read stay, and those that one that stays continues.
///
/// # Errors
/// `Io`; some may be removed then.
pub fn prune_snapshots(directory: &Path, keep: usize) -> Result<Pruned, JournalError> {
    let mut pruned = Pruned { removed: remove_leftovers(directory)?, kept: Vec::new() };
    let shelf = list_snapshots(directory)?;
    let whole = shelf.iter().filter(|shelved| matches!(shelved.state, ShelvedState::Whole(_)));
    let newest = whole.rev().take(keep.max(1)).map(|shelved| shelved.name.clone());
    let needed = needed_by(newest.collect(), &shelf);
    let mut surplus = Vec::new();
    for Shelved { name, state } in shelf {
        match state {
            ShelvedState::Whole(_) if !needed.contains(&name) => surplus.push(name),
            ShelvedState::Whole(_) | ShelvedState::Damaged(_) => pruned.kept.push(name),
            ShelvedState::Unfinished => {}
        }
    }
    // The newest first: nothing is left that continues what is gone.
    for name in surplus.iter().rev() {
        remove_whole(&directory.join(name))?;
    }
    pruned.removed.extend(surplus);
    Ok(pruned)
}

/// These, and all that they continue.
fn needed_by(mut names: Vec<String>, shelf: &[Shelved]) -> BTreeSet<String> {
    let mut needed = BTreeSet::new();
    while let Some(name) = names.pop() {
        let manifest =
            shelf.iter().find(|shelved| shelved.name == name).and_then(Shelved::manifest);
        let parent = manifest.and_then(|manifest| manifest.parent.as_ref());
        if needed.insert(name) {
            names.extend(parent.map(|parent| parent.name.clone()));
        }
    }
    needed
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
    /// What it says of itself, if it is whole.
    #[must_use]
    pub fn manifest(&self) -> Option<&Manifest> {
        match &self.state {
            ShelvedState::Whole(manifest) => Some(manifest),
            ShelvedState::Unfinished | ShelvedState::Damaged(_) => None,
        }
    }

    fn created_at_millis(&self) -> i64 {
        self.manifest().map_or(i64::MAX, |manifest| manifest.created_at.millis())
    }
}

/// With the SHA-256 of its manifest; `None`: it is no snapshot.
fn state_of(path: &Path) -> Option<(ShelvedState, Option<Hash>)> {
    if is_unfinished(path) {
        return Some((ShelvedState::Unfinished, None));
    }
    match Manifest::read(path) {
        Ok(found) => found.map(|(manifest, sha256)| {
            let state = ShelvedState::Whole(Box::new(manifest));
            (state, Some(sha256))
        }),
        Err(error) => Some((ShelvedState::Damaged(error.to_string()), None)),
    }
}
