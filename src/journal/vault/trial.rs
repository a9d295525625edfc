//! Which of several keys is the one of a slot: that under which a record was sealed opens it, and no other does.

use crate::journal::error::JournalError;
use crate::journal::reader::JournalReader;
use crate::journal::vault::cipher::{Cipher, KEY_BYTES};
use crate::journal::vault::forgetting::forgotten_in;
use crate::journal::vault::place::{Holder, Place};
use crate::journal::vault::sealing::Sealing;
use crate::journal::vault::{SlotOf, TENANT_SLOT};
use crate::values::{CustomerId, EventNumber, TenantId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keys that are tried at the records of a journal, while it is read without any vault.
pub struct KeyTrial {
    candidates: BTreeMap<SlotOf, Vec<[u8; KEY_BYTES]>>,
    findings: Mutex<BTreeMap<SlotOf, Finding>>,
}

/// What a journal says of the keys of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// Nothing in it was sealed under any key of that slot.
    Unused,
    /// The candidate of this index opens what was sealed.
    Opens(usize),
    /// Something was sealed, and no candidate opens it.
    Opposed,
}

/// What came of a trial.
pub(super) struct Tried {
    findings: BTreeMap<SlotOf, Finding>,
    forgotten: BTreeSet<(TenantId, CustomerId)>,
}

impl KeyTrial {
    /// Tries the keys of each slot at all that a journal sealed for its holder, through an event.
    pub(super) fn hold(
        candidates: BTreeMap<SlotOf, Vec<[u8; KEY_BYTES]>>,
        journal: &JournalReader,
        through: EventNumber,
    ) -> Result<Tried, JournalError> {
        let trial = Arc::new(Self { candidates, findings: Mutex::default() });
        let mut forgotten = BTreeSet::new();
        if through > EventNumber::default() {
            let journal = journal.clone().under(Sealing::Trying(Arc::clone(&trial)));
            for numbered in journal.operations(EventNumber(1), through) {
                forgotten.extend(forgotten_in(&numbered?.operation));
            }
        }
        let findings = std::mem::take(&mut *trial.findings());
        Ok(Tried { findings, forgotten })
    }

    /// Tries the keys of a holder at something that was sealed for them.
    pub(super) fn meet(&self, place: &Place, sealed: &[u8]) {
        let slot = match place.holder {
            Holder::Tenant(tenant) => (tenant, TENANT_SLOT),
            Holder::Customer(tenant, customer) => (tenant, customer.number()),
            Holder::Day(..) => return,
        };
        let Some(keys) = self.candidates.get(&slot) else { return };
        let mut findings = self.findings();
        let finding = findings.entry(slot).or_insert(Finding::Opposed);
        if *finding == Finding::Opposed {
            let bytes = place.bytes();
            let opens = |key| Cipher::new(key).open(&bytes, sealed).is_some();
            *finding = keys.iter().position(opens).map_or(Finding::Opposed, Finding::Opens);
        }
    }

    fn findings(&self) -> MutexGuard<'_, BTreeMap<SlotOf, Finding>> {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tried {
    pub(super) fn finding(&self, slot: SlotOf) -> Finding {
        self.findings.get(&slot).copied().unwrap_or(Finding::Unused)
    }

    /// Whether the journal forgets the customer of a slot.
    pub(super) fn forgets(&self, (tenant, slot): SlotOf) -> bool {
        self.forgotten.contains(&(tenant, CustomerId(slot)))
    }
}

impl fmt::Debug for KeyTrial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyTrial").field("slots", &self.candidates.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_that_opens_one_of_the_records_is_found_and_what_nothing_was_sealed_under_is_unused()
    {
        let (tenant, customer) = (TenantId(1), CustomerId(7));
        let keys = vec![[1; 32], [2; 32]];
        let slots = [(tenant, 7), (tenant, 8)].map(|slot| (slot, keys.clone()));
        let trial = KeyTrial { candidates: BTreeMap::from(slots), findings: Mutex::default() };
        let place = Place::in_record(Holder::Customer(tenant, customer), EventNumber(9));
        let sealed = |key: u8| Cipher::new(&[key; 32]).seal(&place.bytes(), b"Anna");
        let found = || trial.findings().get(&(tenant, 7)).copied();
        assert_eq!(found(), None);
        trial.meet(&place, &sealed(3));
        assert_eq!(found(), Some(Finding::Opposed));
        for key in [2, 1] {
            trial.meet(&place, &sealed(key));
            assert_eq!(found(), Some(Finding::Opens(1)), "the first one that opens anything");
        }
        assert_eq!(trial.findings().len(), 1);
    }
}
