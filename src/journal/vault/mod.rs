//! The keys that personal data and secrets are sealed under: a slot for each customer and each tenant, in
//! files beside the journal, wrapped by a master key that lies in none of its copies. To forget somebody is
//! to destroy a slot.

mod cipher;
mod completing;
mod copies;
mod copy_check;
mod days;
mod forgetting;
#[cfg(test)]
mod journal_tests;
mod laying;
mod look_up;
mod lost;
#[cfg(test)]
mod lost_tests;
mod master_key;
mod mirror;
mod needs;
mod opening;
mod place;
mod sealing;
mod slot;
mod slot_file;
#[cfg(test)]
pub(in crate::journal) mod test_kit;
#[cfg(test)]
mod tests;
mod trial;
mod wholeness;

pub(in crate::journal) use completing::complete_keys;
pub(in crate::journal) use copies::{is_vault_file, keep_keys_of};
pub(in crate::journal) use copy_check::check_copy;
pub(in crate::journal) use forgetting::forgotten_in;
pub(in crate::journal) use laying::{VaultCopy, lay_vaults};
pub(in crate::journal) use look_up::LookUpMask;
pub use master_key::{MASTER_KEY_FILE, MasterKey};
pub(in crate::journal) use mirror::{Beside, VaultMirror};
pub use needs::KeyNeeds;
pub use opening::VaultSource;
pub(in crate::journal) use opening::vault_in;
pub(in crate::journal) use place::{Day, Holder, Place};
pub use sealing::Sealing;
pub(in crate::journal) use sealing::{Contents, SealError};
pub use trial::KeyTrial;
pub use wholeness::DamagedKey;

use crate::journal::error::JournalError;
use crate::journal::vault::cipher::{Cipher, KEY_BYTES};
use crate::journal::vault::slot::{NO_LABEL, Slot, SlotBytes};
use crate::journal::vault::slot_file::SlotFile;
use crate::journal::vault::wholeness::{Held, damage_of, held, tell_once};
use crate::values::{CustomerId, TenantId};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keys that are made at once unless told otherwise: one registration in so many waits for a sync of the vault. Fewer
/// in tests, whose copies are kept.
pub const KEYS_AT_ONCE: u64 = if cfg!(test) { 64 } else { 4_096 };
/// How far beyond the slots there are a customer's number may lie.
const SLOTS_AHEAD_MAX: u64 = 1 << 20;
/// Slots that are checked before others get at the vault.
const SLOTS_CHECKED_AT_ONCE: u64 = 256;
/// The slot of a tenant's own key; customers have those of their numbers.
const TENANT_SLOT: u64 = 0;

/// Fills with random bytes; drawn from by the thread that writes the journal alone, once it is open.
pub type Chance = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// The keys of a data directory. Reads the disk for each: none stays in memory.
pub struct Vault {
    directory: PathBuf,
    wrap: Cipher,
    house_key: [u8; KEY_BYTES],
    mask: LookUpMask,
    chance: Chance,
    keys_at_once: u64,
    files: Mutex<Files>,
}

struct Files {
    house: SlotFile,
    tenants: BTreeMap<TenantId, SlotFile>,
    days: SlotFile,
    /// Slots that were destroyed since it was opened, for whoever keeps copies.
    destroyed: Vec<SlotOf>,
    /// Keys that are not as they were written and were told of.
    told: BTreeSet<(TenantId, Option<CustomerId>)>,
}

/// What became of a key.
pub(in crate::journal) enum Found {
    Key(Box<Cipher>),
    /// It was destroyed: what it sealed is gone.
    Destroyed,
    /// It is not as it was written, or lost: what it sealed cannot be read until it is brought back from a copy.
    Damaged,
}

/// A slot, and whose file it is in.
type SlotOf = (TenantId, u64);

type ReadKey = Result<Option<Found>, JournalError>;

impl Vault {
    /// The key of the house, from which what the journal must not tell is derived.
    #[must_use]
    pub const fn house_key(&self) -> [u8; 32] {
        self.house_key
    }

    pub(in crate::journal) fn mask(&self) -> &LookUpMask {
        &self.mask
    }

    /// The key of a holder that something was sealed under.
    pub(super) fn key(&self, holder: Holder) -> Result<Found, JournalError> {
        let (tenant, slot) = match holder {
            Holder::Tenant(tenant) => (tenant, TENANT_SLOT),
            Holder::Customer(tenant, customer) => (tenant, customer.number()),
            Holder::Day(_, day) => return self.key_of_day(day),
        };
        let missing = || {
            let path = self.directory.join(copies::name_of(tenant));
            JournalError::damaged(&path, format!("the key of {holder} is missing"))
        };
        let mut files = self.files();
        if !files.tenants.contains_key(&tenant) && !self.has_file(tenant) {
            return Err(missing());
        }
        match (self.read(&mut files, (tenant, slot))?, holder) {
            (Some(found), _) => Ok(found),
            (None, Holder::Customer(_, customer)) => self.lost(&mut files, tenant, customer),
            (None, Holder::Tenant(_) | Holder::Day(..)) => Err(missing()),
        }
    }

    /// The key of a holder that something is to be sealed under; made now, with many others, where the last
    /// ones are used up. It is durable when this returns.
    pub(super) fn key_to_seal(&self, holder: Holder) -> Result<Found, JournalError> {
        let (tenant, slot) = match holder {
            Holder::Tenant(tenant) => (tenant, TENANT_SLOT),
            Holder::Customer(tenant, customer) => (tenant, customer.number()),
            Holder::Day(_, day) => return self.key_to_seal_of_day(day),
        };
        let mut files = self.files();
        if let Some(found) = self.read(&mut files, (tenant, slot))? {
            return Ok(found);
        }
        self.extend(self.file_of(&mut files, tenant)?, tenant, slot)?;
        self.read(&mut files, (tenant, slot))?.ok_or_else(|| {
            let path = self.directory.join(copies::name_of(tenant));
            JournalError::damaged(&path, format!("the key of {holder} was not kept"))
        })
    }

    /// Destroys the key of a customer for ever; durable when it returns. One that was destroyed already stays
    /// so, and one that never was made is made impossible.
    ///
    /// # Errors
    /// `Io`; `Damaged` if the customer's number is out of line.
    pub(in crate::journal) fn destroy(
        &self,
        tenant: TenantId,
        customer: CustomerId,
    ) -> Result<(), JournalError> {
        let slot = customer.number();
        let mut files = self.files();
        let file = self.file_of(&mut files, tenant)?;
        if file.read(slot)? == Some(Slot::destroyed()) {
            return Ok(());
        }
        if slot >= file.count() {
            self.extend(file, tenant, slot)?;
        }
        file.overwrite(slot, &Slot::destroyed())?;
        files.destroyed.push((tenant, slot));
        files.told.remove(&(tenant, Some(customer)));
        Ok(())
    }

    /// Whether the key of a customer was destroyed.
    pub(in crate::journal) fn is_destroyed(
        &self,
        tenant: TenantId,
        customer: CustomerId,
    ) -> Result<bool, JournalError> {
        let mut files = self.files();
        if !files.tenants.contains_key(&tenant) && !self.has_file(tenant) {
            return Ok(false);
        }
        let file = self.file_of(&mut files, tenant)?;
        Ok(file.read(customer.number())? == Some(Slot::destroyed()))
    }

    /// What a slot holds; `None`: there are not so many. One of a tenant that is not as it was written is
    /// damage, whoever asks for it; one of a customer is their misfortune alone.
    fn read(&self, files: &mut Files, (tenant, slot): (TenantId, u64)) -> ReadKey {
        let file = self.file_of(files, tenant)?;
        let Some(bytes) = file.read(slot)? else { return Ok(None) };
        Ok(Some(match held(&self.wrap, (tenant.number(), slot), &bytes) {
            Held::Key(key) => Found::Key(Box::new(Cipher::new(&key))),
            Held::Destroyed => Found::Destroyed,
            Held::Damaged => {
                let (path, key) = (file.path().to_path_buf(), DamagedKey::of(tenant, slot));
                if key.customer.is_none() {
                    return Err(damage_of(&path, key));
                }
                tell_once(files, &path, key);
                Found::Damaged
            }
        }))
    }

    /// Makes keys through a slot, and as many more as are made at once.
    fn extend(&self, file: &mut SlotFile, tenant: TenantId, slot: u64) -> Result<(), JournalError> {
        if slot > file.count().saturating_add(SLOTS_AHEAD_MAX) {
            let what = format!("customer {slot} of tenant {tenant} is out of line");
            return Err(JournalError::damaged(file.path(), what));
        }
        while file.count() <= slot {
            self.add_keys(file, tenant)?;
        }
        Ok(())
    }

    /// Makes as many keys as are made at once.
    fn add_keys(&self, file: &mut SlotFile, tenant: TenantId) -> Result<(), JournalError> {
        let slots: Vec<SlotBytes> = (file.count()..file.count().saturating_add(self.keys_at_once))
            .map(|slot| {
                let place = slot_place(tenant, slot);
                Slot::wrapping(&self.wrap, &place, NO_LABEL, &self.new_key())
            })
            .collect();
        file.extend(&slots)
    }

    fn new_key(&self) -> [u8; KEY_BYTES] {
        let mut key = [0; KEY_BYTES];
        (self.chance)(&mut key);
        key
    }

    fn file_of<'a>(
        &self,
        files: &'a mut Files,
        tenant: TenantId,
    ) -> Result<&'a mut SlotFile, JournalError> {
        Ok(match files.tenants.entry(tenant) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(vacant) => {
                let path = self.directory.join(copies::name_of(tenant));
                vacant.insert(SlotFile::open_or_create(&path, tenant.number())?)
            }
        })
    }

    fn has_file(&self, tenant: TenantId) -> bool {
        self.directory.join(copies::name_of(tenant)).exists()
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("directory", &self.directory).finish_non_exhaustive()
    }
}

/// What a key is wrapped for.
fn slot_place(tenant: TenantId, slot: u64) -> Vec<u8> {
    [&b"slot"[..], &tenant.number().to_be_bytes(), &slot.to_be_bytes()].concat()
}
