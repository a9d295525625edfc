//! Copies of a vault: in a snapshot, and in a directory that follows it. Slots are copied as they are, so
//! a copy is worth nothing without the master key, which no copy holds.

use crate::journal::data_dir::{DataDir, create_private_dirs, sync_dir};
use crate::journal::error::JournalError;
use crate::journal::vault::Vault;
use crate::journal::vault::opening::HOUSE;
use crate::journal::vault::slot::{Slot, SlotBytes};
use crate::journal::vault::slot_file::SlotFile;
use crate::journal::vault::wholeness::is_whole;
use crate::values::TenantId;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Keys of the house.
pub(super) const HOUSE_FILE: &str = "house.keys";
/// Keys of days: never copied, since what they seal is nobody's affair a day later.
pub(super) const DAYS_FILE: &str = "days.keys";
const TENANT_PREFIX: &str = "tenant-";
const SUFFIX: &str = ".keys";
/// Slots that are read at once to be copied.
const SLOTS_AT_ONCE: u64 = 16_384;

/// A directory that follows a vault: it holds every key that the vault holds, and none that was destroyed.
pub struct VaultMirror {
    directory: PathBuf,
    /// How many of the destroyed keys of this opening it has followed; `None`: nothing yet, so that all
    /// slots are compared.
    destroyed: Option<usize>,
}

/// The name of the file with a tenant's keys.
pub(super) fn name_of(tenant: TenantId) -> String {
    format!("{TENANT_PREFIX}{tenant}{SUFFIX}")
}

/// The tenant whose keys a file of this name holds.
pub(super) fn tenant_of(name: &str) -> Option<TenantId> {
    let tenant = name.strip_prefix(TENANT_PREFIX)?.strip_suffix(SUFFIX)?;
    let tenant = TenantId(tenant.parse().ok()?);
    (name_of(tenant) == name).then_some(tenant)
}

/// Whether a copy of a vault has files of this name.
pub(in crate::journal) fn is_vault_file(name: &str) -> bool {
    name == HOUSE_FILE || tenant_of(name).is_some()
}

/// The tenants that have keys in a directory.
pub(super) fn tenants_in(directory: &Path) -> Result<Vec<TenantId>, JournalError> {
    let cannot = |error: std::io::Error| JournalError::io("read", directory, &error);
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(cannot(error)),
    };
    let mut tenants = Vec::new();
    for entry in entries {
        let name = entry.map_err(cannot)?.file_name();
        tenants.extend(name.to_str().and_then(tenant_of));
    }
    tenants.sort_unstable();
    Ok(tenants)
}

impl VaultMirror {
    /// A directory that is to follow a vault; it may hold what it followed before.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self { directory: directory.to_path_buf(), destroyed: None }
    }

    /// Brings the directory up to the vault; durable when it returns. To be called before records go to
    /// where the directory is: their keys are in the vault by then. Nobody waits for it longer than a piece
    /// takes to be read.
    ///
    /// # Errors
    /// `Io`, `Damaged`; what was copied stays.
    pub fn follow(&mut self, vault: &Vault) -> Result<(), JournalError> {
        create_private_dirs(&self.directory)?;
        let followed = self.destroyed.unwrap_or_else(|| vault.destroyed_after(0).len());
        self.copy(vault, (HOUSE_FILE, HOUSE), &|from| vault.piece_of_house(from))?;
        for tenant in tenants_in(&vault.directory)? {
            let piece = |from| vault.piece_of(tenant, from);
            self.copy(vault, (&name_of(tenant), tenant.number()), &piece)?;
        }
        // What was destroyed meanwhile may have been read before.
        let destroyed = vault.destroyed_after(followed);
        for (tenant, slot) in &destroyed {
            let mut copy = self.open(&name_of(*tenant), tenant.number())?;
            if *slot < copy.count() {
                copy.overwrite(*slot, &Slot::destroyed())?;
            }
        }
        self.destroyed = Some(followed.saturating_add(destroyed.len()));
        Ok(())
    }

    fn open(&self, name: &str, owner: u32) -> Result<SlotFile, JournalError> {
        SlotFile::open_or_create(&self.directory.join(name), owner)
    }

    /// Copies the slots that the copy lacks and, the first time, those that differ; but what is whole here stays
    /// so, if what lies in the vault is damaged.
    fn copy(
        &self,
        vault: &Vault,
        (name, owner): (&str, u32),
        piece: &dyn Fn(u64) -> Result<Vec<SlotBytes>, JournalError>,
    ) -> Result<(), JournalError> {
        let mut copy = self.open(name, owner)?;
        let mut next = if self.destroyed.is_none() { 0 } else { copy.count() };
        loop {
            let wanted = piece(next)?;
            let Some(known) = usize::try_from(copy.count().saturating_sub(next)).ok() else {
                return Err(JournalError::damaged(copy.path(), "it has too many slots"));
            };
            let (known, added) = wanted.split_at(known.min(wanted.len()));
            for (slot, bytes) in (next..).zip(known) {
                let differs = copy.read(slot)?.as_ref() != Some(bytes);
                if differs && is_whole(&vault.wrap, (owner, slot), bytes) {
                    copy.overwrite(slot, bytes)?;
                }
            }
            if !added.is_empty() {
                copy.extend(added)?;
            }
            if wanted.is_empty() {
                return Ok(());
            }
            next = next.saturating_add(u64::try_from(wanted.len()).unwrap_or(u64::MAX));
        }
    }
}

/// Removes the keys of all tenants but one from a data directory that nobody has open.
pub(in crate::journal) fn keep_keys_of(
    tenant: TenantId,
    data_dir: &DataDir,
) -> Result<(), JournalError> {
    let directory = data_dir.vault_path();
    let tenants = tenants_in(&directory)?;
    for other in tenants.iter().filter(|other| **other != tenant) {
        let path = directory.join(name_of(*other));
        std::fs::remove_file(&path).map_err(|error| JournalError::io("remove", &path, &error))?;
    }
    if tenants.is_empty() { Ok(()) } else { sync_dir(&directory) }
}

impl Vault {
    /// The slots that were destroyed since it was opened, but for the first ones.
    fn destroyed_after(&self, first: usize) -> Vec<(TenantId, u64)> {
        self.files().destroyed.iter().skip(first).copied().collect()
    }

    fn piece_of_house(&self, from: u64) -> Result<Vec<SlotBytes>, JournalError> {
        self.files().house.read_some(from, SLOTS_AT_ONCE)
    }

    fn piece_of(&self, tenant: TenantId, from: u64) -> Result<Vec<SlotBytes>, JournalError> {
        let mut files = self.files();
        self.file_of(&mut files, tenant)?.read_some(from, SLOTS_AT_ONCE)
    }

    /// Copies all files into a directory that has none of them; their names.
    pub(in crate::journal) fn copy_to(
        &self,
        directory: &Path,
    ) -> Result<Vec<String>, JournalError> {
        VaultMirror::new(directory).follow(self)?;
        let tenants = tenants_in(directory)?.into_iter().map(name_of);
        Ok([HOUSE_FILE.to_owned()].into_iter().chain(tenants).collect())
    }
}
