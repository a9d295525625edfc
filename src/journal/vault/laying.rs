//! Lays the keys of copies into a new data directory: those of a snapshot, of an archive and of a broken
//! directory are the same ones, of which each may have some more, and may have destroyed some more. Where two
//! have different keys for one slot, as after a restore of either alone, the records tell which is the right one.

use crate::journal::data_dir::{DataDir, create_private_dirs, sync_dir};
use crate::journal::error::JournalError;
use crate::journal::reader::JournalReader;
use crate::journal::vault::SlotOf;
use crate::journal::vault::cipher::{Cipher, KEY_BYTES};
use crate::journal::vault::copies::{HOUSE_FILE, is_vault_file, name_of, tenant_of, tenants_in};
use crate::journal::vault::master_key::MasterKey;
use crate::journal::vault::opening::HOUSE;
use crate::journal::vault::slot::{Slot, SlotBytes};
use crate::journal::vault::slot_file::SlotFile;
use crate::journal::vault::trial::{Finding, KeyTrial};
use crate::journal::vault::wholeness::{Held, held};
use crate::values::{EventNumber, TenantId};
use std::collections::BTreeMap;
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

/// Keys of other copies for slots that have one.
type Rivals = BTreeMap<SlotOf, Vec<(SlotBytes, [u8; KEY_BYTES])>>;

/// What becomes of a slot that both the target and a copy have.
enum Verdict {
    Stays,
    TakesOver,
    /// Both are whole, and they are two keys: that of the copy.
    Rivals([u8; KEY_BYTES]),
}

/// Keys that are laid.
struct Laying<'a> {
    target: PathBuf,
    wrap: Option<&'a Cipher>,
    rivals: Rivals,
}

/// Lays all keys of these copies into a data directory without a vault; a key that one of them has destroyed
/// is destroyed, one that is damaged in one of them comes from another, and of two the one is taken that opens
/// what the records sealed for its holder, where the master key tells. The keys of the house come last and make it
/// a vault. False: there are none.
pub(in crate::journal) fn lay_vaults(
    copies: &[VaultCopy],
    data_dir: &DataDir,
    master: Option<&MasterKey>,
    records: &JournalReader,
) -> Result<bool, JournalError> {
    let wrap = master.map(|key| Cipher::new(key.bytes()));
    let target = data_dir.vault_path();
    let mut laying = Laying { target, wrap: wrap.as_ref(), rivals: Rivals::new() };
    for is_house in [false, true] {
        for copy in copies {
            let names = copy.names.iter().filter(|name| is_vault_file(name));
            for name in names.filter(|name| (*name == HOUSE_FILE) == is_house) {
                laying.lay_file(copy, name)?;
            }
        }
        laying.settle(records)?;
    }
    sync_dir(data_dir.path())?;
    Ok(!copies.is_empty())
}

impl Laying<'_> {
    fn lay_file(&mut self, copy: &VaultCopy, name: &str) -> Result<(), JournalError> {
        create_private_dirs(&self.target)?;
        let to = self.target.join(name);
        let laid = self.lay(&copy.directory.join(name), &to, name);
        match laid {
            Err(error @ JournalError::Damaged { .. }) if copy.is_broken && to.exists() => {
                tracing::warn!(%error, "its keys are taken from the other copies alone");
                Ok(())
            }
            laid => laid,
        }
    }

    /// Adds the slots that the target lacks, destroys those that are destroyed, and mends those that are damaged.
    fn lay(&mut self, from: &Path, to: &Path, name: &str) -> Result<(), JournalError> {
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
                match self.verdict(&target, (owner, slot), bytes)? {
                    Verdict::Stays => {}
                    Verdict::TakesOver => target.overwrite(slot, bytes)?,
                    Verdict::Rivals(key) => {
                        let rivals = self.rivals.entry((TenantId(owner), slot)).or_default();
                        rivals.push((*bytes, key));
                    }
                }
            }
            if !added.is_empty() {
                target.extend(added)?;
            }
            next = next.saturating_add(u64::try_from(slots.len()).unwrap_or(u64::MAX));
        }
        Ok(())
    }

    fn verdict(
        &self,
        target: &SlotFile,
        place: (u32, u64),
        bytes: &SlotBytes,
    ) -> Result<Verdict, JournalError> {
        let known = target.read(place.1)?;
        if known.as_ref() == Some(bytes) {
            return Ok(Verdict::Stays);
        }
        if *bytes == Slot::destroyed() {
            return Ok(Verdict::TakesOver);
        }
        let Some((wrap, known)) = self.wrap.zip(known) else { return Ok(Verdict::Stays) };
        Ok(match (held(wrap, place, &known), held(wrap, place, bytes)) {
            (Held::Damaged, Held::Key(_)) => Verdict::TakesOver,
            (Held::Key(_), Held::Key(key)) if place.0 != HOUSE => Verdict::Rivals(key),
            (Held::Key(_) | Held::Destroyed | Held::Damaged, _) => Verdict::Stays,
        })
    }

    /// Decides between keys by the records. What nothing was sealed under may be any of them.
    fn settle(&mut self, records: &JournalReader) -> Result<(), JournalError> {
        let rivals = std::mem::take(&mut self.rivals);
        if rivals.is_empty() {
            return Ok(());
        }
        let keys =
            |rivals: &[(SlotBytes, [u8; KEY_BYTES])]| rivals.iter().map(|(_, key)| *key).collect();
        let candidates = rivals.iter().map(|(slot, rivals)| (*slot, keys(rivals))).collect();
        let tried = KeyTrial::hold(candidates, records, EventNumber(u64::MAX))?;
        for ((tenant, slot), rivals) in rivals {
            let Finding::Opens(index) = tried.finding((tenant, slot)) else { continue };
            let path = self.target.join(name_of(tenant));
            let mut target = SlotFile::open_or_create(&path, tenant.number())?;
            if let Some((bytes, _)) = rivals.get(index)
                && target.read(slot)? != Some(Slot::destroyed())
            {
                target.overwrite(slot, bytes)?;
            }
        }
        Ok(())
    }
}
