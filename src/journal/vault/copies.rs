//! Copies of a vault: in a snapshot, and in a directory that follows it. Slots are copied as they are, so
//! a copy is worth nothing without the master key, which no copy holds.

use crate::journal::data_dir::{DataDir, sync_dir};
use crate::journal::error::JournalError;
use crate::journal::vault::slot::SlotBytes;
use crate::journal::vault::{Vault, VaultMirror};
use crate::values::TenantId;
use std::io::ErrorKind;
use std::path::Path;

/// Keys of the house.
pub(super) const HOUSE_FILE: &str = "house.keys";
/// Keys of days: never copied, since what they seal is nobody's affair a day later.
pub(super) const DAYS_FILE: &str = "days.keys";
const TENANT_PREFIX: &str = "tenant-";
const SUFFIX: &str = ".keys";
/// Slots that are read at once to be copied.
const SLOTS_AT_ONCE: u64 = 16_384;

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
    pub(super) fn destroyed_after(&self, first: usize) -> Vec<(TenantId, u64)> {
        self.files().destroyed.iter().skip(first).copied().collect()
    }

    pub(super) fn piece_of_house(&self, from: u64) -> Result<Vec<SlotBytes>, JournalError> {
        self.files().house.read_some(from, SLOTS_AT_ONCE)
    }

    pub(super) fn piece_of(
        &self,
        tenant: TenantId,
        from: u64,
    ) -> Result<Vec<SlotBytes>, JournalError> {
        let mut files = self.files();
        self.file_of(&mut files, tenant)?.read_some(from, SLOTS_AT_ONCE)
    }

    /// Copies all files into a directory that has none of them; their names.
    pub(in crate::journal) fn copy_to(
        &self,
        directory: &Path,
    ) -> Result<Vec<String>, JournalError> {
        VaultMirror::new(directory).follow(self, None)?;
        let tenants = tenants_in(directory)?.into_iter().map(name_of);
        Ok([HOUSE_FILE.to_owned()].into_iter().chain(tenants).collect())
    }
}
