//! Whether a slot is as it was written: one that is damaged is told once, harms nobody but its holder, and never
//! takes the place of one that is whole.

use crate::journal::error::JournalError;
use crate::journal::vault::cipher::{Cipher, KEY_BYTES};
use crate::journal::vault::opening::{HOUSE, house_place};
use crate::journal::vault::slot::{NO_LABEL, Slot, SlotBytes, unwrapped};
use crate::journal::vault::{
    Files, Found, SLOTS_AHEAD_MAX, SLOTS_CHECKED_AT_ONCE, TENANT_SLOT, Vault, copies, slot_place,
};
use crate::values::{CustomerId, TenantId};
use std::ops::ControlFlow;
use std::path::Path;

/// Damaged keys that are told of in the log while a vault is open.
const TOLD_MAX: usize = 1_000;

/// What a slot of a customer or a tenant holds.
pub(super) enum Held {
    Key([u8; KEY_BYTES]),
    Destroyed,
    /// It is not as it was written.
    Damaged,
}

/// A key that is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DamagedKey {
    pub tenant: TenantId,
    /// `None`: it is the tenant's own.
    pub customer: Option<CustomerId>,
}

/// What a slot holds; `owner` is a tenant's number, or the house.
pub(super) fn held(wrap: &Cipher, (owner, slot): (u32, u64), bytes: &SlotBytes) -> Held {
    match Slot::parse(bytes) {
        Some(Slot::Key(NO_LABEL, wrapped)) => {
            let place =
                if owner == HOUSE { house_place(slot) } else { slot_place(TenantId(owner), slot) };
            unwrapped(wrap, &place, &wrapped).map_or(Held::Damaged, Held::Key)
        }
        Some(Slot::Destroyed) => Held::Destroyed,
        Some(Slot::Key(..) | Slot::Empty) | None => Held::Damaged,
    }
}

/// Whether a slot is as it was written.
pub(super) fn is_whole(wrap: &Cipher, place: (u32, u64), bytes: &SlotBytes) -> bool {
    !matches!(held(wrap, place, bytes), Held::Damaged)
}

impl DamagedKey {
    pub(super) fn of(tenant: TenantId, slot: u64) -> Self {
        Self { tenant, customer: (slot != TENANT_SLOT).then_some(CustomerId(slot)) }
    }
}

impl std::fmt::Display for DamagedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.customer {
            Some(customer) => write!(f, "the key of customer {customer} of tenant {}", self.tenant),
            None => write!(f, "the key of tenant {} itself", self.tenant),
        }
    }
}

impl Vault {
    /// Whether what is personal of a customer can be kept: their key is whole, was destroyed, or is still to be
    /// made.
    ///
    /// # Errors
    /// `Damaged` if the file with the keys is; `Io`.
    pub fn can_keep(&self, tenant: TenantId, customer: CustomerId) -> Result<bool, JournalError> {
        Ok(!matches!(self.held_of(tenant, customer)?, Some(Held::Damaged)))
    }

    /// Whether a customer to come may have a number: what is destroyed or damaged in its slot was another's, of
    /// a moment that was taken back, and would swallow what this one tells.
    ///
    /// # Errors
    /// As [`Self::can_keep`].
    pub fn is_free(&self, tenant: TenantId, customer: CustomerId) -> Result<bool, JournalError> {
        Ok(matches!(self.held_of(tenant, customer)?, None | Some(Held::Key(_))))
    }

    /// What the slot of a customer holds; `None`: there is none yet.
    fn held_of(
        &self,
        tenant: TenantId,
        customer: CustomerId,
    ) -> Result<Option<Held>, JournalError> {
        let mut files = self.files();
        if !files.tenants.contains_key(&tenant) && !self.has_file(tenant) {
            return Ok(None);
        }
        let bytes = self.file_of(&mut files, tenant)?.read(customer.number())?;
        let place = (tenant.number(), customer.number());
        Ok(bytes.map(|bytes| held(&self.wrap, place, &bytes)))
    }

    /// Reads every slot. The first one that is not as it was written is named. `rest` is called now and then
    /// while nobody is kept waiting, and says whether to go on.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub(in crate::journal) fn check(
        &self,
        rest: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, JournalError> {
        self.read_all(rest, &mut |file, key| Err(damage_of(file, key)))
    }

    /// All keys that are not as they were written.
    ///
    /// # Errors
    /// `Damaged` if a file of them is, as a whole; `Io`.
    pub fn damaged_keys(&self) -> Result<Vec<DamagedKey>, JournalError> {
        let mut damaged = Vec::new();
        let all = self.read_all(&mut || ControlFlow::Continue(()), &mut |_, key| {
            damaged.push(key);
            Ok(())
        })?;
        debug_assert!(all.is_continue());
        Ok(damaged)
    }

    /// Reads every slot, and tells of each key that is not as it was written. `rest` is called now and then while
    /// nobody is kept waiting, and says whether to go on.
    ///
    /// # Errors
    /// `Damaged` if a file of them is, as a whole; `Io`.
    pub fn look_through(
        &self,
        rest: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        for tenant in copies::tenants_in(&self.directory)? {
            let mut next = Some(0);
            while let Some(from) = next {
                let mut met = Vec::new();
                next = self.read_some(tenant, from, &mut |path, key| {
                    met.push((path.to_path_buf(), key));
                    Ok(())
                })?;
                let mut files = self.files();
                met.iter().for_each(|(path, key)| tell_once(&mut files, path, *key));
                drop(files);
                if rest().is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// How many keys that are not as they were written were told of since it was opened: up to a thousand.
    #[must_use]
    pub fn damaged_told(&self) -> usize {
        self.files().told.len()
    }

    fn read_all(
        &self,
        rest: &mut dyn FnMut() -> ControlFlow<()>,
        damaged: &mut dyn FnMut(&Path, DamagedKey) -> Result<(), JournalError>,
    ) -> Result<ControlFlow<()>, JournalError> {
        for tenant in copies::tenants_in(&self.directory)? {
            let mut next = 0;
            while let Some(after) = self.read_some(tenant, next, damaged)? {
                next = after;
                if rest().is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Reads some slots from one on; where the next ones begin, if there are more.
    fn read_some(
        &self,
        tenant: TenantId,
        from: u64,
        damaged: &mut dyn FnMut(&Path, DamagedKey) -> Result<(), JournalError>,
    ) -> Result<Option<u64>, JournalError> {
        let mut files = self.files();
        let file = self.file_of(&mut files, tenant)?;
        let slots = file.read_some(from, SLOTS_CHECKED_AT_ONCE)?;
        for (slot, bytes) in (from..).zip(&slots) {
            if !is_whole(&self.wrap, (tenant.number(), slot), bytes) {
                damaged(file.path(), DamagedKey::of(tenant, slot))?;
            }
        }
        let end = from.saturating_add(u64::try_from(slots.len()).unwrap_or(u64::MAX));
        Ok((end > from).then_some(end))
    }
}

impl Vault {
    /// What is left of a key that something was sealed under and that is not there: it was lost with those
    /// before it. The slots through it stay empty, so that no other key ever takes its place.
    pub(super) fn lost(
        &self,
        files: &mut Files,
        tenant: TenantId,
        customer: CustomerId,
    ) -> Result<Found, JournalError> {
        let (slot, key) = (customer.number(), DamagedKey::of(tenant, customer.number()));
        let file = self.file_of(files, tenant)?;
        let lacks = slot.saturating_sub(file.count()).saturating_add(1);
        let Some(lacks) = usize::try_from(lacks).ok().filter(|_| lacks <= SLOTS_AHEAD_MAX) else {
            return Err(JournalError::damaged(file.path(), format!("{key} is missing")));
        };
        file.extend(&vec![Slot::empty(); lacks])?;
        let path = file.path().to_path_buf();
        tell_once(files, &path, key);
        Ok(Found::Damaged)
    }
}

/// Says once in the log that a key is damaged.
pub(super) fn tell_once(files: &mut Files, path: &Path, key: DamagedKey) {
    if files.told.len() < TOLD_MAX && files.told.insert((key.tenant, key.customer)) {
        tracing::error!(
            path = %path.display(),
            "{key} is not as it was written: what it sealed cannot be read; `kopilka restore --salvage` with a \
             copy that has it brings it back"
        );
    }
}

pub(super) fn damage_of(path: &Path, key: DamagedKey) -> JournalError {
    JournalError::damaged(path, format!("{key} is not as it was written"))
}
