//! A directory that follows a vault. What is whole there stays so: a damaged or lost key never takes its place, and
//! another key does only where the records beside it prove that it is the right one.

use crate::journal::data_dir::create_private_dirs;
use crate::journal::error::JournalError;
use crate::journal::reader::JournalReader;
use crate::journal::vault::copies::{HOUSE_FILE, name_of, tenants_in};
use crate::journal::vault::opening::HOUSE;
use crate::journal::vault::slot::{Slot, SlotBytes};
use crate::journal::vault::slot_file::SlotFile;
use crate::journal::vault::trial::{Finding, KeyTrial, Tried};
use crate::journal::vault::wholeness::{DamagedKey, Held, held};
use crate::journal::vault::{SlotOf, Vault};
use crate::values::{CustomerId, EventNumber, TenantId};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A directory that follows a vault: it holds every key that the vault holds, and none that was destroyed.
pub(in crate::journal) struct VaultMirror {
    directory: PathBuf,
    /// How many of the destroyed keys of this opening it has followed; `None`: nothing yet.
    destroyed: Option<usize>,
    /// How many slots of each owner it has held against the vault's.
    followed: BTreeMap<u32, u64>,
}

/// The records that lie beside a mirror: those of a journal, through an event.
#[derive(Clone, Copy)]
pub(in crate::journal) struct Beside<'a> {
    pub(in crate::journal) journal: &'a JournalReader,
    pub(in crate::journal) through: EventNumber,
}

/// A slot of which the vault and its mirror say different things.
struct Dispute {
    mine: SlotBytes,
    my_key: [u8; 32],
    /// `None`: it was destroyed there.
    their_key: Option<[u8; 32]>,
}

/// What becomes of a slot of the mirror.
enum Verdict {
    Stays,
    TakesMine,
    Disputed(Dispute),
}

impl VaultMirror {
    /// A directory that is to follow a vault; it may hold what it followed before.
    pub(in crate::journal) fn new(directory: &Path) -> Self {
        let directory = directory.to_path_buf();
        Self { directory, destroyed: None, followed: BTreeMap::new() }
    }

    /// Brings the directory up to the vault; durable when it returns. To be called before records go to
    /// where the directory is: their keys are in the vault by then. Nobody waits for it longer than a piece
    /// takes to be read.
    ///
    /// # Errors
    /// `Io`, `Damaged`; what was copied stays. If the records beside it must be read and cannot.
    pub(in crate::journal) fn follow(
        &mut self,
        vault: &Vault,
        beside: Option<Beside<'_>>,
    ) -> Result<(), JournalError> {
        create_private_dirs(&self.directory)?;
        let followed = self.destroyed.unwrap_or_else(|| vault.destroyed_after(0).len());
        let mut disputes = BTreeMap::new();
        self.copy(vault, (HOUSE_FILE, HOUSE), &|from| vault.piece_of_house(from), &mut disputes)?;
        for tenant in tenants_in(&vault.directory)? {
            let piece = |from| vault.piece_of(tenant, from);
            self.copy(vault, (&name_of(tenant), tenant.number()), &piece, &mut disputes)?;
        }
        if let Some(beside) = beside.filter(|_| !disputes.is_empty()) {
            self.settle(vault, beside, &disputes)?;
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

    /// Copies the slots that were not held against the vault's yet.
    fn copy(
        &mut self,
        vault: &Vault,
        (name, owner): (&str, u32),
        piece: &dyn Fn(u64) -> Result<Vec<SlotBytes>, JournalError>,
        disputes: &mut BTreeMap<SlotOf, Dispute>,
    ) -> Result<(), JournalError> {
        let mut copy = self.open(name, owner)?;
        let mut next = self.followed.get(&owner).copied().unwrap_or(0).min(copy.count());
        loop {
            let wanted = piece(next)?;
            let Some(known) = usize::try_from(copy.count().saturating_sub(next)).ok() else {
                return Err(JournalError::damaged(copy.path(), "it has too many slots"));
            };
            let (known, added) = wanted.split_at(known.min(wanted.len()));
            for (slot, mine) in (next..).zip(known) {
                let Some(theirs) = copy.read(slot)? else { continue };
                match verdict(vault, (owner, slot), mine, &theirs) {
                    Verdict::Stays => {}
                    Verdict::TakesMine => copy.overwrite(slot, mine)?,
                    Verdict::Disputed(dispute) => {
                        disputes.insert((TenantId(owner), slot), dispute);
                    }
                }
            }
            if !added.is_empty() {
                copy.extend(added)?;
            }
            next = next.saturating_add(u64::try_from(wanted.len()).unwrap_or(u64::MAX));
            if wanted.is_empty() {
                self.followed.insert(owner, next);
                return Ok(());
            }
        }
    }

    /// Decides by the records beside it. Whom they forget is forgotten, also in a vault that was brought back from
    /// before that; a slot that nothing was sealed under is the vault's to say.
    fn settle(
        &self,
        vault: &Vault,
        beside: Beside<'_>,
        disputes: &BTreeMap<SlotOf, Dispute>,
    ) -> Result<(), JournalError> {
        let keys = |dispute: &Dispute| [dispute.my_key].into_iter().chain(dispute.their_key);
        let candidates =
            disputes.iter().map(|(slot, dispute)| (*slot, keys(dispute).collect())).collect();
        let tried = KeyTrial::hold(candidates, beside.journal, beside.through)?;
        for (slot, dispute) in disputes {
            let (tenant, number) = *slot;
            if tried.forgets(*slot) {
                vault.destroy(tenant, CustomerId(number))?;
            } else if is_mine(&tried, *slot, dispute) {
                let mut copy = self.open(&name_of(tenant), tenant.number())?;
                copy.overwrite(number, &dispute.mine)?;
            } else {
                tell(&self.directory.join(name_of(tenant)), DamagedKey::of(tenant, number));
            }
        }
        Ok(())
    }
}

/// What becomes of a slot of a mirror that the vault has as well.
fn verdict(
    vault: &Vault,
    (owner, slot): (u32, u64),
    mine: &SlotBytes,
    theirs: &SlotBytes,
) -> Verdict {
    if mine == theirs {
        return Verdict::Stays;
    }
    let my_key = match held(&vault.wrap, (owner, slot), mine) {
        Held::Damaged => return Verdict::Stays,
        Held::Destroyed => return Verdict::TakesMine,
        Held::Key(key) => key,
    };
    let their_key = match held(&vault.wrap, (owner, slot), theirs) {
        Held::Damaged => return Verdict::TakesMine,
        // Nothing is sealed under the keys of the house alone.
        Held::Key(_) if owner == HOUSE => return Verdict::TakesMine,
        Held::Key(key) => Some(key),
        Held::Destroyed => None,
    };
    Verdict::Disputed(Dispute { mine: *mine, my_key, their_key })
}

/// Whether the vault's key takes the place of what a mirror has. One that was destroyed there comes back only if
/// nobody in the records beside it is meant.
fn is_mine(tried: &Tried, slot: SlotOf, dispute: &Dispute) -> bool {
    match tried.finding(slot) {
        Finding::Unused => true,
        Finding::Opens(0) => dispute.their_key.is_some(),
        Finding::Opens(_) | Finding::Opposed => false,
    }
}

fn tell(path: &Path, key: DamagedKey) {
    tracing::error!(
        path = %path.display(),
        "{key} is another one here than in the vault of the ledger, which an older copy was laid over: it stays as it \
         is here; `kopilka restore --salvage` with this archive puts the ledger right"
    );
}
