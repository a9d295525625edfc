//! Gift cards and coupons under audit: folded from the journal, and held against the tables, their rows
//! and due dates too.

use crate::journal::codec::encode;
use crate::journal::error::JournalError;
use crate::journal::keys::LookUpKey;
use crate::journal::operation::{VoucherCapture, VoucherRow};
use crate::journal::record::StoredVoucherEvent;
use crate::journal::tables::{Tables, VoucherDue};
use crate::journal::verify::report::{Difference, Place};
use crate::journal::voucher_fold::VoucherTurn;
use crate::ledger::books::{Posting, voucher_postings};
use crate::ledger::{Voucher, VoucherKind};
use crate::values::{EventNumber, TenantId, VoucherId};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Rows of a voucher that are read at once.
const ROWS_AT_ONCE: usize = 1_000;

/// All vouchers of the journal so far, and how many of those in the tables were met.
#[derive(Default)]
pub(super) struct Vouchers {
    audited: HashMap<LookUpKey, Audited>,
    tables: Option<Tables>,
    covers: EventNumber,
    met: u64,
}

struct Audited {
    state: Option<VoucherCapture>,
    /// Of all rows so far.
    rows: [u8; 32],
    stored: Option<VoucherCapture>,
    compared: bool,
}

impl Vouchers {
    pub(super) fn new(tables: Option<&Tables>) -> Result<Self, JournalError> {
        let Some(tables) = tables else { return Ok(Self::default()) };
        let covers = tables.checkpoint()?.covers;
        Ok(Self { audited: HashMap::new(), tables: Some(tables.clone()), covers, met: 0 })
    }

    /// Takes events in, and compares the state after them where the tables have that one. Returns their
    /// postings.
    pub(super) fn take(&mut self, turn: &VoucherTurn<'_>) -> Result<Vec<Posting>, Box<Difference>> {
        let key = turn.key;
        if !self.audited.contains_key(&key) {
            let stored = match &self.tables {
                Some(tables) => tables.voucher(&key)?,
                None => None,
            };
            let audited = Audited { state: None, rows: [0; 32], stored, compared: false };
            self.audited.insert(key, audited);
        }
        let Some(audited) = self.audited.get_mut(&key) else { return Ok(Vec::new()) };
        let before = audited.state.take();
        let mut state = turn.fold(before).map_err(Box::<Difference>::from)?;
        let rows = std::mem::take(&mut state.rows);
        audited.rows = rows.iter().fold(audited.rows, add);
        let place = Place::of_tenant(state.tenant, state.as_of);
        let stored_as_of = audited.stored.as_ref().map_or(EventNumber(0), |stored| stored.as_of);
        if state.as_of <= self.covers && state.as_of > stored_as_of {
            return Err(differs(place, state.as_of, stored_as_of));
        }
        if let (Some(tables), Some(stored)) = (&self.tables, &audited.stored)
            && stored.as_of == state.as_of
        {
            compare(tables, &state, stored, audited.rows)?;
            audited.compared = true;
            self.met = self.met.saturating_add(1);
        }
        audited.state = Some(state);
        let mut postings = Vec::new();
        for event in turn.events {
            let posted = voucher_postings(event);
            let sum = posted.iter().map(|one| i128::from(one.amount.cents())).sum::<i128>();
            place.same("the sum of the postings", 0, sum)?;
            postings.extend(posted);
        }
        Ok(postings)
    }

    /// What the tables have must have been met, and nothing else be in them.
    pub(super) fn finish(&self) -> Result<(), Box<Difference>> {
        let Some(tables) = &self.tables else { return Ok(()) };
        for audited in self.audited.values() {
            if let (Some(stored), false) = (&audited.stored, audited.compared) {
                let place = Place::of_tenant(stored.tenant, stored.as_of);
                return Err(differs(place, "a state of its own history", "another one"));
            }
        }
        let found = tables.vouchers_count()?;
        if found == self.met {
            return Ok(());
        }
        Err(differs(Place::default(), self.met, found))
    }

    /// How many gift cards and how many coupons there are.
    pub(super) fn counts(&self) -> (u64, u64) {
        let of = |kind: VoucherKind| {
            let states = self.audited.values().filter_map(|audited| audited.state.as_ref());
            let count = states.filter(|state| VoucherKind::of(&state.voucher) == kind).count();
            u64::try_from(count).unwrap_or(u64::MAX)
        };
        (of(VoucherKind::GiftCard), of(VoucherKind::Coupon))
    }

    /// What the gift cards of each tenant hold.
    pub(super) fn open(&self) -> impl Iterator<Item = (TenantId, i64)> {
        let states = self.audited.values().filter_map(|audited| audited.state.as_ref());
        states.filter_map(|state| match &state.voucher {
            Voucher::GiftCard(card) => {
                Some((state.tenant, i64::try_from(card.balance.cents()).unwrap_or(i64::MAX)))
            }
            Voucher::Coupon(_) => None,
        })
    }
}

/// The state, its rows, its number and its due date in the tables.
fn compare(
    tables: &Tables,
    expected: &VoucherCapture,
    found: &VoucherCapture,
    rows: [u8; 32],
) -> Result<(), Box<Difference>> {
    let place = Place::of_tenant(expected.tenant, expected.as_of);
    let code = expected.voucher.code();
    if expected.voucher != found.voucher {
        return Err(differs(
            place,
            format!("{:?}", expected.voucher),
            format!("{:?}", found.voucher),
        ));
    }
    if stored_rows(tables, expected)? != rows {
        return Err(differs(place, format!("the rows of {code}"), "others"));
    }
    let number = VoucherId(expected.voucher.id().number().saturating_sub(1));
    let of_kind = (expected.tenant, VoucherKind::of(&expected.voucher));
    let listed = tables.vouchers_after(of_kind, number, 1)?;
    if listed.first().map(|listed| listed.key) != Some(expected.key) {
        return Err(differs(place, format!("{code} in the list"), "another or none"));
    }
    if let Some(at) = expected.voucher.next_due()
        && !tables.is_voucher_due(&VoucherDue { at, key: expected.key })?
    {
        return Err(place.differs("the due date in the tables", at, "none"));
    }
    Ok(())
}

fn stored_rows(tables: &Tables, expected: &VoucherCapture) -> Result<[u8; 32], JournalError> {
    let (mut digest, mut next, end) = ([0; 32], 0_u64, expected.voucher.rows());
    while next < end {
        let left = usize::try_from(end.saturating_sub(next)).unwrap_or(usize::MAX);
        let rows = tables.voucher_rows(&expected.key, next, left.min(ROWS_AT_ONCE))?;
        if rows.is_empty() {
            break;
        }
        digest = rows.iter().fold(digest, add);
        next = next.saturating_add(u64::try_from(rows.len()).unwrap_or(u64::MAX));
    }
    Ok(digest)
}

fn add(before: [u8; 32], row: &VoucherRow) -> [u8; 32] {
    Sha256::new()
        .chain_update(before)
        .chain_update(row.number.number().to_be_bytes())
        .chain_update(encode(&StoredVoucherEvent::from(&row.event)))
        .finalize()
        .into()
}

fn differs(
    place: Place,
    expected: impl std::fmt::Display,
    found: impl std::fmt::Display,
) -> Box<Difference> {
    place.differs("a gift card or coupon in the tables", expected, found)
}

#[cfg(test)]
mod tests {
    use crate::journal::scenario::Scenario;
    use crate::journal::tables::CheckpointBatch;
    use crate::journal::verify::tests::difference_from;
    use crate::ledger::Voucher;
    use crate::values::Money;

    /// What is wrong with tables of which `change` makes something else than the journal says.
    fn difference(change: impl FnOnce(&mut CheckpointBatch)) -> Option<String> {
        let mut world = Scenario::new(3);
        let operations = world.play(400);
        let mut batch = world.batch();
        assert!(batch.vouchers.len() > 3, "the scenario has vouchers");
        change(&mut batch);
        difference_from(&operations, &batch)
    }

    #[test]
    fn vouchers_are_what_the_journal_says_and_no_others() {
        let vouchers = || Some("a gift card or coupon in the tables".to_owned());
        assert_eq!(difference(|_| ()), None);
        assert_eq!(difference(|batch| drop(batch.vouchers.pop())), vouchers());
        let richer = |batch: &mut CheckpointBatch| {
            for capture in &mut batch.vouchers {
                if let Voucher::GiftCard(card) = &mut capture.voucher {
                    card.balance = Money::MAX;
                }
            }
        };
        assert_eq!(difference(richer), vouchers());
        let rowless = |batch: &mut CheckpointBatch| drop(batch.vouchers[0].rows.pop());
        assert_eq!(difference(rowless), vouchers());
        let other = |batch: &mut CheckpointBatch| {
            let mut voucher = batch.vouchers[0].clone();
            voucher.key = [7; 16];
            batch.vouchers.push(voucher);
        };
        assert_eq!(difference(other), vouchers());
    }
}
