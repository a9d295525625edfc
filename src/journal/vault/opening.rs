//! Opening the vault of a data directory, or making it: which master key it takes, and what moves into it.

use crate::journal::data_dir::{DataDir, create_private_dirs, sync_dir};
use crate::journal::error::JournalError;
use crate::journal::house_key_file::KEY_FILE;
use crate::journal::vault::cipher::{Cipher, KEY_BYTES};
use crate::journal::vault::copies::{DAYS_FILE, HOUSE_FILE, is_vault_file, tenants_in};
use crate::journal::vault::days::no_days;
use crate::journal::vault::look_up::LookUpMask;
use crate::journal::vault::master_key::MasterKey;
use crate::journal::vault::place::Day;
use crate::journal::vault::sealing::Sealing;
use crate::journal::vault::slot::{NO_LABEL, Slot, SlotBytes, unwrapped};
use crate::journal::vault::slot_file::SlotFile;
use crate::journal::vault::{Chance, Files, Vault};
use crate::values::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

const VAULT_DIR: &str = "vault";
/// The owner of files that belong to no tenant.
pub(super) const HOUSE: u32 = 0;
/// The slots of the house: the key of its look-ups, and the one of all else that it derives.
const LOOK_UP_SLOT: u64 = 0;
const HOUSE_KEY_SLOT: u64 = 1;

/// Where the keys of a vault come from.
#[derive(Clone)]
pub struct VaultSource {
    /// The master key, where it comes from outside; otherwise it lies in the data directory, and is made
    /// there with the vault.
    pub master_key: Option<MasterKey>,
    pub chance: Chance,
    pub now: Timestamp,
    /// How many keys of a tenant's customers are made at once, at least one.
    pub keys_at_once: u64,
}

impl fmt::Debug for VaultSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultSource").field("now", &self.now).finish_non_exhaustive()
    }
}

impl DataDir {
    /// Opens the vault, which is made where it is missing. A house key that lay in a file of its own moves
    /// into it.
    ///
    /// # Errors
    /// `MasterKeyMissing`, `MasterKeyWrong`, `MasterKeyUnusable`: nothing was changed. `Damaged`, `Io`.
    pub fn vault(&self, source: &VaultSource) -> Result<Arc<Vault>, JournalError> {
        let vault = match self.kept_vault(source)? {
            Some(vault) => vault,
            None => self.make_vault(source)?,
        };
        self.drop_plain_house_key()?;
        vault.end_days_before(Day::of(source.now))?;
        Ok(vault)
    }

    /// Opens the vault; `None`: there is none yet.
    ///
    /// # Errors
    /// As [`Self::vault`].
    pub fn kept_vault(&self, source: &VaultSource) -> Result<Option<Arc<Vault>>, JournalError> {
        let directory = self.vault_path();
        let Some(house) = SlotFile::open_whole(&directory.join(HOUSE_FILE), HOUSE)? else {
            return Ok(None);
        };
        if house.count() == 0 {
            return Ok(None);
        }
        let master = self
            .master_key(source)?
            .ok_or_else(|| JournalError::MasterKeyMissing(self.path().into()))?;
        let wrap = Cipher::new(master.bytes());
        let look_up = house_slot(&house, &wrap, LOOK_UP_SLOT)?
            .ok_or_else(|| JournalError::MasterKeyWrong(self.path().into()))?;
        let house_key = house_slot(&house, &wrap, HOUSE_KEY_SLOT)?.ok_or_else(|| {
            JournalError::damaged(house.path(), "the key of the house is not as it was written")
        })?;
        let days = open_days(&directory)?;
        let (tenants, destroyed, told) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        let files = Files { house, tenants, days, destroyed, told };
        Ok(Some(Arc::new(Vault {
            directory,
            wrap,
            house_key,
            mask: LookUpMask::new(&look_up),
            chance: Arc::clone(&source.chance),
            keys_at_once: source.keys_at_once.max(1),
            files: Mutex::new(files),
        })))
    }

    /// The master key: the one from outside, or else the one that lies here.
    fn master_key(&self, source: &VaultSource) -> Result<Option<MasterKey>, JournalError> {
        match &source.master_key {
            Some(key) => Ok(Some(key.clone())),
            None => self.kept_master_key(),
        }
    }

    /// The vault of a new directory that takes over what is in an older one: its keys, those that were
    /// destroyed included, and the master key that lies beside them; where it has none, the key of its house.
    pub(in crate::journal) fn vault_like(
        &self,
        older: &Self,
        source: &VaultSource,
    ) -> Result<Arc<Vault>, JournalError> {
        if let Some(vault) = older.kept_vault(source)? {
            if let Some(key) = older.kept_master_key()? {
                self.keep_master_key(&key)?;
            }
            let names = vault.copy_to(&self.vault_path())?;
            debug_assert!(names.iter().all(|name| is_vault_file(name)));
        } else if let Some(key) = older.kept_house_key()? {
            self.house_key(|| key)?;
        }
        self.vault(source)
    }

    /// How what is personal or secret lies in this directory: under its vault, or plainly where it has none
    /// yet.
    ///
    /// # Errors
    /// As [`Self::vault`].
    pub fn sealing(&self, source: &VaultSource) -> Result<Sealing, JournalError> {
        Ok(self.kept_vault(source)?.map_or(Sealing::Plain, Sealing::Under))
    }

    /// Makes the vault; the slots of the house come last and make it one.
    fn make_vault(&self, source: &VaultSource) -> Result<Arc<Vault>, JournalError> {
        // Its slots come before any of a tenant: new ones would be those of another house.
        if !tenants_in(&self.vault_path())?.is_empty() {
            let path = self.vault_path().join(HOUSE_FILE);
            return Err(JournalError::damaged(&path, "it is missing; bring it back from a copy"));
        }
        let new_key = || {
            let mut key = [0; KEY_BYTES];
            (source.chance)(&mut key);
            key
        };
        let master = match self.master_key(source)? {
            Some(key) => key,
            None => {
                let made = MasterKey::new(new_key());
                self.keep_master_key(&made)?;
                made
            }
        };
        let directory = self.vault_path();
        create_private_dirs(&directory)?;
        sync_dir(self.path())?;
        let wrap = Cipher::new(master.bytes());
        let house_key = match self.kept_house_key()? {
            Some(key) => key,
            None => new_key(),
        };
        let keys = [(LOOK_UP_SLOT, new_key()), (HOUSE_KEY_SLOT, house_key)];
        let slots: Vec<SlotBytes> = keys
            .iter()
            .map(|(slot, key)| Slot::wrapping(&wrap, &house_place(*slot), 0, key))
            .collect();
        SlotFile::open_or_create(&directory.join(HOUSE_FILE), HOUSE)?.extend(&slots)?;
        let made = self.kept_vault(source)?;
        made.ok_or_else(|| JournalError::damaged(&directory, "the vault was not kept"))
    }

    /// Where the vault is.
    pub(in crate::journal) fn vault_path(&self) -> PathBuf {
        vault_in(self.path())
    }

    /// The vault holds the key of the house, so its file has become a way around the master key.
    fn drop_plain_house_key(&self) -> Result<(), JournalError> {
        let path = self.path().join(KEY_FILE);
        if !path.exists() {
            return Ok(());
        }
        std::fs::remove_file(&path).map_err(|error| JournalError::io("remove", &path, &error))?;
        sync_dir(self.path())
    }
}

/// Where the vault of a data directory is.
pub(in crate::journal) fn vault_in(data_dir: &Path) -> PathBuf {
    data_dir.join(VAULT_DIR)
}

/// The keys of days. What they sealed is soon gone anyway, so they keep nobody from opening.
fn open_days(directory: &Path) -> Result<SlotFile, JournalError> {
    let path = directory.join(DAYS_FILE);
    let mut opened = SlotFile::open_or_create(&path, HOUSE);
    if let Err(JournalError::Damaged { place, .. }) = &opened {
        tracing::warn!(path = %path.display(), %place, "the keys of days are made anew");
        std::fs::remove_file(&path).map_err(|error| JournalError::io("remove", &path, &error))?;
        opened = SlotFile::open_or_create(&path, HOUSE);
    }
    let mut days = opened?;
    if days.count() == 0 {
        days.extend(&no_days())?;
    }
    Ok(days)
}

/// A key of the house; `None`: it was not wrapped by this master key.
fn house_slot(
    house: &SlotFile,
    wrap: &Cipher,
    slot: u64,
) -> Result<Option<[u8; KEY_BYTES]>, JournalError> {
    let damaged = || JournalError::damaged(house.path(), "a key of the house is missing");
    let bytes = house.read(slot)?.ok_or_else(damaged)?;
    match Slot::parse(&bytes) {
        Some(Slot::Key(NO_LABEL, wrapped)) => Ok(unwrapped(wrap, &house_place(slot), &wrapped)),
        Some(Slot::Key(..) | Slot::Empty | Slot::Destroyed) | None => Err(damaged()),
    }
}

pub(super) fn house_place(slot: u64) -> Vec<u8> {
    [&b"house"[..], &slot.to_be_bytes()].concat()
}
