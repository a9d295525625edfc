//! What a checkpoint writes of an account: its state, rows and sales in the order of the accounts, and entries
//! in the order of other keys, which are gathered until all accounts were looked at.

use crate::journal::codec::{encode, encode_list_into};
use crate::journal::error::JournalError;
use crate::journal::keys::LookUpKey;
use crate::journal::operation::{Capture, LoneMark, OperationRef};
use crate::journal::tables::account_record::{AccountRecord, LotRecord};
use crate::journal::tables::layout::{self, Due};
use crate::journal::tables::row_record::{
    OperationRefRecord, RowRecord, SaleBucket, SaleRowRecord,
};
use crate::journal::tables::runs::{Runs, Staged};
use crate::journal::tables::shelf::Shelf;
use crate::journal::tables::trail_record::Trails;
use crate::journal::tables::{LeadRecord, Tables};
use crate::journal::vault::LookUpMask;
use crate::values::{CustomerId, EventNumber, TenantId, Timestamp};
use std::collections::BTreeMap;

/// History rows or sales in one bucket, about fifty bytes each: little more than a page of a long
/// history reads.
pub(super) const BUCKET_ROWS_MAX: usize = 64;
/// Lots in one value; about fifty bytes each.
pub(super) const LOTS_PER_PIECE_MAX: usize = 1_000;

/// An account, and the event that its state is of.
pub(super) type StateOf = (TenantId, CustomerId, EventNumber);

/// What an identifier leads to by an account at an event; in the order in which that counts.
type Told = (LookUpKey, EventNumber, TenantId, CustomerId);

/// The key and the bytes of a piece of an account's lots.
type Piece = ([u8; 24], Vec<u8>);

/// What captures add in the order of other keys than their own.
#[derive(Default)]
pub(super) struct Scattered {
    pub(super) trails: Trails,
    operations: Vec<(LookUpKey, OperationRef)>,
    identifiers: Vec<(Told, Option<CustomerId>)>,
    due: Vec<Due>,
    /// Whose states are new.
    pub(super) states: Vec<StateOf>,
}

/// Accounts of a fold as what is written of them: some kilobytes each, in memory that serves the next group
/// of accounts as well.
#[derive(Default)]
pub(in crate::journal) struct AccountGroup {
    pub(super) states: Staged,
    pub(super) pieces: Vec<Piece>,
    pub(super) history: Staged,
    pub(super) sales: Staged,
    pub(super) scattered: Scattered,
}

impl AccountGroup {
    /// Takes an account in. They come in the order of their numbers, tenant by tenant.
    pub(in crate::journal) fn take(
        &mut self,
        tables: &Tables,
        capture: &Capture,
    ) -> Result<(), JournalError> {
        let shelf = &tables.shelf;
        shelf.stage_rows(capture, &mut self.history)?;
        shelf.stage_sales(capture, &mut self.sales)?;
        self.pieces.extend(shelf.stage_state(capture, &mut self.states)?);
        self.scattered.take(capture, &shelf.mask);
        Ok(())
    }

    /// Empty again, with the memory that it has.
    pub(super) fn clear(&mut self) {
        for staged in [&mut self.states, &mut self.history, &mut self.sales] {
            *staged = std::mem::take(staged).emptied();
        }
        self.pieces.clear();
    }
}

impl Scattered {
    pub(super) fn take(&mut self, capture: &Capture, mask: &LookUpMask) {
        let (tenant, customer) = (capture.tenant, capture.account.id);
        let additions = &capture.additions;
        for trailed in &additions.trails {
            self.trails.take(tenant, trailed);
        }
        self.operations.extend(&additions.operations);
        for (key, leads_to) in &additions.identifiers {
            let told = (mask.of(key), capture.as_of, tenant, customer);
            self.identifiers.push((told, *leads_to));
        }
        self.due.extend([new_due(capture), next_notice(capture)].into_iter().flatten());
        self.states.push((tenant, customer, capture.as_of));
    }

    /// Takes all that another one has.
    pub(super) fn append(&mut self, other: &mut Self) {
        self.trails.append(&mut other.trails);
        self.operations.append(&mut other.operations);
        self.identifiers.append(&mut other.identifiers);
        self.due.append(&mut other.due);
        self.states.append(&mut other.states);
    }
}

impl Shelf {
    pub(super) fn stage_rows(
        &self,
        capture: &Capture,
        history: &mut Staged,
    ) -> Result<(), JournalError> {
        let (runs, rows) = (&self.rack.history, &capture.additions.rows);
        self.stage_buckets(runs, capture, (capture.account.rows, rows), |key, rows| match rows {
            Some(rows) => {
                history.put(key, |bytes| encode_list_into(rows.iter().map(RowRecord::of), bytes))
            }
            None => history.remove(key),
        })
    }

    pub(super) fn stage_sales(
        &self,
        capture: &Capture,
        staged: &mut Staged,
    ) -> Result<(), JournalError> {
        let (account, sales) = (&capture.account, &capture.additions.sales);
        // The account knows the latest business time of all its purchases and returns, older buckets
        // included.
        let latest_at = account.last_visit_at.max(account.last_return_at);
        let latest_at = latest_at.map_or(i64::MIN, Timestamp::millis);
        let (runs, listed) = (&self.rack.sales, (account.sale_records, &sales[..]));
        self.stage_buckets(runs, capture, listed, |key, sales| match sales {
            Some(sales) => {
                let sales = sales.iter().map(SaleRowRecord::of).collect();
                staged.put_encoded(key, &SaleBucket { latest_at, sales });
            }
            None => staged.remove(key),
        })
    }

    /// The last of `total` entries that an account lists go where their index says, over whatever an unfinished
    /// checkpoint left from there on: `stage` takes a key with some of them, or with nothing to be left there.
    fn stage_buckets<T>(
        &self,
        runs: &Runs,
        capture: &Capture,
        (total, added): (u64, &[T]),
        mut stage: impl FnMut(&[u8], Option<&[T]>),
    ) -> Result<(), JournalError> {
        if added.is_empty() {
            return Ok(());
        }
        let key = |index| layout::bucket_key(capture.tenant, capture.account.id, index);
        let length = |entries: &[T]| u64::try_from(entries.len()).unwrap_or(u64::MAX);
        let mut index = total.saturating_sub(length(added));
        if self.leftovers {
            for entry in runs.range(key(index)..=key(u64::MAX))? {
                stage(&entry?.0, None);
            }
        }
        for entries in added.chunks(BUCKET_ROWS_MAX) {
            stage(&key(index), Some(entries));
            index = index.saturating_add(length(entries));
        }
        Ok(())
    }

    /// The pieces of lots that belong to it lie in the store, and nobody reads them before the state.
    pub(super) fn stage_state(
        &self,
        capture: &Capture,
        states: &mut Staged,
    ) -> Result<Vec<Piece>, JournalError> {
        let (tenant, account) = (capture.tenant, &capture.account);
        let mut record = AccountRecord::of(account, capture.as_of);
        let mut lots = account.lots.iter().map(LotRecord::of);
        record.lots = lots.by_ref().take(LOTS_PER_PIECE_MAX).collect();
        let rest: Vec<LotRecord> = lots.collect();
        let mut pieces = Vec::new();
        for lots in rest.chunks(LOTS_PER_PIECE_MAX) {
            let key = layout::lots_key(tenant, account.id, capture.as_of, record.lot_pieces);
            pieces.push((key, encode(&lots)));
            record.lot_pieces += 1;
        }
        record.seal(&self.sealing, tenant, account.id)?;
        states.put_encoded(&layout::account_key(tenant, account.id), &record);
        Ok(pieces)
    }

    pub(super) fn write_pieces(&self, pieces: &mut Vec<Piece>) -> Result<(), JournalError> {
        pieces.drain(..).try_for_each(|(key, piece)| self.put(&self.lots, &key, piece))
    }

    /// Returns the keys written.
    pub(super) fn write_operations(
        &self,
        scattered: &mut Scattered,
        lone: &[LoneMark],
    ) -> Vec<LookUpKey> {
        let mut operations = std::mem::take(&mut scattered.operations);
        operations.extend(lone.iter().map(|mark| (mark.key, mark.reference())));
        operations.sort_by_key(|(key, _)| *key);
        for (key, reference) in &operations {
            self.rack.operations.put(key, &OperationRefRecord::of(reference));
        }
        operations.into_iter().map(|(key, _)| key).collect()
    }

    /// An identifier may move from one account to another. Accounts are captured at different events,
    /// so a later capture wins over an earlier one, and an account frees only what leads to itself.
    /// Returns the keys that lead somewhere.
    pub(super) fn write_identifiers(
        &self,
        scattered: &mut Scattered,
    ) -> Result<Vec<LookUpKey>, JournalError> {
        let mut changes = BTreeMap::new();
        for (told, leads_to) in scattered.identifiers.drain(..) {
            // Of what one account says of a key the last word counts.
            changes.insert(told, leads_to);
        }
        let mut taken = Vec::new();
        for ((key, as_of, tenant, owner), customer) in changes {
            let found = self.rack.identifiers.get_staged(&key)?;
            let found: Option<LeadRecord> = match &found {
                Some(bytes) => Some(self.decode(layout::IDENTIFIERS, bytes)?),
                None => None,
            };
            let newer = found.as_ref().is_some_and(|lead| lead.as_of > as_of.number());
            match customer {
                Some(customer) if !newer => {
                    self.rack.identifiers.put(&key, &lead(tenant, customer, as_of));
                    taken.push(key);
                }
                None if !newer && found.is_some_and(|lead| lead.customer == owner.number()) => {
                    self.rack.identifiers.remove(&key);
                }
                Some(_) | None => {}
            }
        }
        Ok(taken)
    }

    pub(super) fn register_due(&self, scattered: &mut Scattered) -> Result<(), JournalError> {
        scattered.due.sort();
        for key in scattered.due.drain(..).map(|due| layout::due_key(&due)) {
            if self.get(&self.due, &key)?.is_none() {
                self.put(&self.due, &key, Vec::new())?;
            }
        }
        Ok(())
    }

    /// Only once the new states are read: a reader of an old one still needs its pieces. What a crash leaves
    /// is never read, and goes with the next state of its account.
    pub(super) fn delete_old_pieces_of(&self, states: &[StateOf]) -> Result<(), JournalError> {
        // Pieces of lots are so rare that most houses never have one.
        if self.lots.is_empty() {
            return Ok(());
        }
        states.iter().try_for_each(|state| self.delete_old_pieces(*state))
    }

    fn delete_old_pieces(&self, (tenant, customer, as_of): StateOf) -> Result<(), JournalError> {
        let all = layout::account_key(tenant, customer);
        let kept = layout::bucket_key(tenant, customer, as_of.number());
        for entry in self.lots.scan_prefix(all) {
            let (key, _) = self.next(entry)?;
            if !key.starts_with(&kept) {
                self.remove(&self.lots, &key)?;
            }
        }
        Ok(())
    }
}

pub(super) fn next_due(capture: &Capture) -> Option<Due> {
    let at = capture.account.next_due()?;
    Some(Due { at, tenant: capture.tenant, customer: capture.account.id })
}

/// The next due date, unless it is registered since the tables have a state of the account that waits for it.
fn new_due(capture: &Capture) -> Option<Due> {
    next_due(capture).filter(|due| capture.due_in_tables != Some(due.at))
}

/// A notice is due as the settings say, so that the state of the account alone does not tell.
fn next_notice(capture: &Capture) -> Option<Due> {
    let at = capture.notice_at?;
    Some(Due { at, tenant: capture.tenant, customer: capture.account.id })
}

fn lead(tenant: TenantId, customer: CustomerId, as_of: EventNumber) -> LeadRecord {
    let (tenant, customer) = (tenant.number(), customer.number());
    LeadRecord { tenant, customer, as_of: as_of.number() }
}
