//! Copies of a vault: in a snapshot, and in a directory that follows it. Slots are copied as they are, so
//! a copy is worth nothing without the master key, which no copy holds.

use crate::journal::data_dir::{DataDir, create_private_dirs, private_file, sync_dir};
use crate::journal::error::JournalError;
use crate::journal::vault::Vault;
use crate::journal::vault::slot::{Slot, SlotBytes};
use crate::journal::vault::slot_file::SlotFile;
use crate::values::TenantId;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Keys of the house.
pub(super) const HOUSE_FILE: &str = "house.keys";
/// Keys of days: never copied, since what they seal is nobody's affair a day later.
pub(super) const DAYS_FILE: &str = "days.keys";
const TENANT_PREFIX: &str = "tenant-";
const SUFFIX: &str = ".keys";
/// Slots that are compared and copied at once.
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
fn tenant_of(name: &str) -> Option<TenantId> {
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
    /// where the directory is: their keys are in the vault by then.
    ///
    /// # Errors
    /// `Io`, `Damaged`; what was copied stays.
    pub fn follow(&mut self, vault: &Vault) -> Result<(), JournalError> {
        create_private_dirs(&self.directory)?;
        let tenants = tenants_in(&vault.directory)?;
        let mut files = vault.files();
        let compare = self.destroyed.is_none();
        self.copy(&files.house, 0, compare)?;
        for tenant in tenants {
            let file = vault.file_of(&mut files, tenant)?;
            self.copy(file, tenant.number(), compare)?;
        }
        for (tenant, slot) in files.destroyed.iter().skip(self.destroyed.unwrap_or(0)) {
            let path = self.directory.join(name_of(*tenant));
            let mut copy = SlotFile::open_or_create(&path, tenant.number())?;
            copy.overwrite(*slot, &Slot::destroyed())?;
        }
        self.destroyed = Some(files.destroyed.len());
        Ok(())
    }

    /// Copies the slots that the copy lacks, and where wanted those that differ.
    fn copy(&self, file: &SlotFile, owner: u32, compare: bool) -> Result<(), JournalError> {
        let name = file.path().file_name().unwrap_or_default();
        let mut copy = SlotFile::open_or_create(&self.directory.join(name), owner)?;
        let compared = if compare { copy.count().min(file.count()) } else { 0 };
        for slot in 0..compared {
            let wanted = file.read(slot)?;
            if copy.read(slot)? != wanted
                && let Some(bytes) = wanted
            {
                copy.overwrite(slot, &bytes)?;
            }
        }
        while copy.count() < file.count() {
            let end = file.count().min(copy.count().saturating_add(SLOTS_AT_ONCE));
            let slots: Result<Vec<Option<SlotBytes>>, JournalError> =
                (copy.count()..end).map(|slot| file.read(slot)).collect();
            copy.extend(&slots?.into_iter().flatten().collect::<Vec<_>>())?;
        }
        Ok(())
    }
}

/// Lays these files of a copy into a data directory without a vault; of tenants, one's alone where one is
/// named. The keys of the house come last and make it one.
pub(in crate::journal) fn lay_vault(
    copy: &Path,
    names: &[&str],
    data_dir: &DataDir,
    tenant: Option<TenantId>,
) -> Result<(), JournalError> {
    let directory = data_dir.vault_path();
    let wanted = |name: &&&str| tenant.is_none() || tenant_of(name) == tenant;
    let tenants = names.iter().filter(wanted).filter(|name| **name != HOUSE_FILE);
    let house = names.iter().filter(|name| **name == HOUSE_FILE);
    for name in tenants.chain(house) {
        create_private_dirs(&directory)?;
        let target = directory.join(name);
        let cannot = |error: std::io::Error| JournalError::io("write", &target, &error);
        let mut from = File::open(copy.join(name)).map_err(cannot)?;
        let mut to = private_file(&target).map_err(cannot)?;
        std::io::copy(&mut from, &mut to).and_then(|_| to.sync_all()).map_err(cannot)?;
        sync_dir(&directory)?;
    }
    sync_dir(data_dir.path())
}

impl Vault {
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
