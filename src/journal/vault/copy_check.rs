//! Proof of a copy of a vault: every key that the records beside it need is there, and as it was written as far
//! as can be told without the master key, or with it.

use crate::journal::error::JournalError;
use crate::journal::vault::KeyNeeds;
use crate::journal::vault::cipher::Cipher;
use crate::journal::vault::copies::{HOUSE_FILE, name_of, tenants_in};
use crate::journal::vault::master_key::MasterKey;
use crate::journal::vault::opening::HOUSE;
use crate::journal::vault::slot::{Slot, SlotBytes};
use crate::journal::vault::slot_file::SlotFile;
use crate::journal::vault::wholeness::{DamagedKey, damage_of, is_whole};
use crate::values::TenantId;
use std::path::Path;

/// Slots that are in memory at once.
const SLOTS_AT_ONCE: u64 = 16_384;
/// The keys of a house.
const HOUSE_SLOTS: u64 = 2;

/// Reads a copy of a vault to its last slot.
///
/// # Errors
/// `Damaged` naming the file that is missing or not as it was written; `MasterKeyWrong`; `Io`.
pub(in crate::journal) fn check_copy(
    directory: &Path,
    needs: &KeyNeeds,
    master: Option<&MasterKey>,
) -> Result<(), JournalError> {
    let (needs, tenants) = (needs.of_tenants(), tenants_in(directory)?);
    if needs.is_empty() && tenants.is_empty() {
        return Ok(());
    }
    let wrap = master.map(|key| Cipher::new(key.bytes()));
    check_house(directory, wrap.as_ref())?;
    for (tenant, last) in needs {
        let file = open(directory, &name_of(tenant), tenant.number())?;
        if file.count() <= last {
            let key = DamagedKey::of(tenant, last);
            return Err(JournalError::damaged(file.path(), format!("{key} is missing")));
        }
    }
    tenants.into_iter().try_for_each(|tenant| check_tenant(directory, tenant, wrap.as_ref()))
}

/// If not one of the keys of the house opens, it is the master key that is another one.
fn check_house(directory: &Path, wrap: Option<&Cipher>) -> Result<(), JournalError> {
    let file = open(directory, HOUSE_FILE, HOUSE)?;
    let slots = file.read_some(0, HOUSE_SLOTS)?;
    let whole = |(slot, bytes)| is_sound(wrap, (HOUSE, slot), bytes);
    let count = (0..HOUSE_SLOTS).zip(&slots).filter(|held| whole(*held)).count();
    if count == 0 && slots.len() > 1 && wrap.is_some() {
        return Err(JournalError::MasterKeyWrong(directory.to_path_buf()));
    }
    if u64::try_from(count) == Ok(HOUSE_SLOTS) {
        return Ok(());
    }
    Err(JournalError::damaged(file.path(), "a key of the house is not as it was written"))
}

fn check_tenant(
    directory: &Path,
    tenant: TenantId,
    wrap: Option<&Cipher>,
) -> Result<(), JournalError> {
    let file = open(directory, &name_of(tenant), tenant.number())?;
    let mut next = 0;
    while next < file.count() {
        let slots = file.read_some(next, SLOTS_AT_ONCE)?;
        for (slot, bytes) in (next..).zip(&slots) {
            if !is_sound(wrap, (tenant.number(), slot), bytes) {
                return Err(damage_of(file.path(), DamagedKey::of(tenant, slot)));
            }
        }
        next = next.saturating_add(u64::try_from(slots.len()).unwrap_or(u64::MAX));
    }
    Ok(())
}

/// Without the master key a slot tells only whether it holds a key at all.
fn is_sound(wrap: Option<&Cipher>, place: (u32, u64), bytes: &SlotBytes) -> bool {
    match wrap {
        Some(wrap) => is_whole(wrap, place, bytes),
        None => matches!(Slot::parse(bytes), Some(Slot::Key(..) | Slot::Destroyed)),
    }
}

fn open(directory: &Path, name: &str, owner: u32) -> Result<SlotFile, JournalError> {
    let path = directory.join(name);
    SlotFile::open_to_read(&path, owner)?
        .ok_or_else(|| JournalError::damaged(&path, "it is missing"))
}
