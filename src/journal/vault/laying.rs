//! Lays the keys of copies into a new data directory: those of a snapshot, of an archive and of a broken
//! directory are the same ones, of which each may have some more, and may have destroyed some more.

use crate::journal::data_dir::{DataDir, create_private_dirs, sync_dir};
use crate::journal::error::JournalError;
use crate::journal::vault::cipher::Cipher;
use crate::journal::vault::copies::{HOUSE_FILE, is_vault_file, name_of, tenant_of, tenants_in};
use crate::journal::vault::master_key::MasterKey;
use crate::journal::vault::opening::HOUSE;
use crate::journal::vault::slot::{Slot, SlotBytes};
use crate::journal::vault::slot_file::SlotFile;
use crate::journal::vault::wholeness::is_whole;
use std::path::{Path, PathBuf};

/// Slots that are in memory at once.
const SLOTS_AT_ONCE: u64 = 16_384;

/// A copy of a vault, by its files.
#[derive(Debug, Clone)]
pub(in crate::journal) struct VaultCopy {
    directory: PathBuf,
    names: Vec<String>,
    /// Whether files of it that are damaged are passed over where another copy has them.
    is_broken: bool,
}

impl VaultCopy {
    /// `None`: it has no files.
    pub(in crate::journal) fn of(directory: &Path, names: Vec<String>) -> Option<Self> {
        let directory = directory.to_path_buf();
        (!names.is_empty()).then_some(Self { directory, names, is_broken: false })
    }

    /// All that lies in a directory.
    pub(in crate::journal) fn all_of(directory: &Path) -> Result<Option<Self>, JournalError> {
        let mut names: Vec<String> = tenants_in(directory)?.into_iter().map(name_of).collect();
        if directory.join(HOUSE_FILE).exists() {
            names.push(HOUSE_FILE.to_owned());
        }
        Ok(Self::of(directory, names))
    }

    /// The same of a data directory that is broken.
    pub(in crate::journal) fn broken(directory: &Path) -> Result<Option<Self>, JournalError> {
        let all = Self::all_of(directory)?;
        Ok(all.map(|copy| Self { is_broken: true, ..copy }))
    }
}

/// Lays all keys of these copies into a data directory without a vault; a key that one of them has destroyed
/// is destroyed, and one that is damaged in one of them comes from another, where the master key tells. The keys
/// of the house come last and make it a vault. False: there are none.
pub(in crate::journal) fn lay_vaults(
    copies: &[VaultCopy],
    data_dir: &DataDir,
    master: Option<&MasterKey>,
) -> Result<bool, JournalError> {
    let target = data_dir.vault_path();
    let wrap = master.map(|key| Cipher::new(key.bytes()));
    for is_house in [false, true] {
        for copy in copies {
            let names = copy.names.iter().filter(|name| is_vault_file(name));
            for name in names.filter(|name| (*name == HOUSE_FILE) == is_house) {
                create_private_dirs(&target)?;
                let laid = lay(&copy.directory.join(name), &target.join(name), name, wrap.as_ref());
                let is_spared = copy.is_broken && target.join(name).exists();
                match laid {
                    Err(error @ JournalError::Damaged { .. }) if is_spared => {
                        tracing::warn!(%error, "its keys are taken from the other copies alone");
                    }
                    laid => laid?,
                }
            }
        }
    }
    sync_dir(data_dir.path())?;
    Ok(!copies.is_empty())
}

/// Adds the slots that the target lacks, destroys those that are destroyed, and mends those that are damaged.
fn lay(from: &Path, to: &Path, name: &str, wrap: Option<&Cipher>) -> Result<(), JournalError> {
    let owner = tenant_of(name).map_or(HOUSE, |tenant| tenant.number());
    let Some(copy) = SlotFile::open_to_read(from, owner)? else {
        return Err(JournalError::damaged(from, "it is missing"));
    };
    let mut target = SlotFile::open_or_create(to, owner)?;
    let mut next = 0;
    while next < copy.count() {
        let slots = copy.read_some(next, SLOTS_AT_ONCE)?;
        let known = usize::try_from(target.count().saturating_sub(next)).unwrap_or(usize::MAX);
        let (known, added) = slots.split_at(known.min(slots.len()));
        for (slot, bytes) in (next..).zip(known) {
            if takes_over(&target, (owner, slot), bytes, wrap)? {
                target.overwrite(slot, bytes)?;
            }
        }
        if !added.is_empty() {
            target.extend(added)?;
        }
        next = next.saturating_add(u64::try_from(slots.len()).unwrap_or(u64::MAX));
    }
    Ok(())
}

/// Whether a slot of a copy takes the place of what the target has.
fn takes_over(
    target: &SlotFile,
    place: (u32, u64),
    bytes: &SlotBytes,
    wrap: Option<&Cipher>,
) -> Result<bool, JournalError> {
    let known = target.read(place.1)?;
    if known.as_ref() == Some(bytes) {
        return Ok(false);
    }
    if *bytes == Slot::destroyed() {
        return Ok(true);
    }
    let Some((wrap, known)) = wrap.zip(known) else { return Ok(false) };
    Ok(is_whole(wrap, place, bytes) && !is_whole(wrap, place, &known))
}
