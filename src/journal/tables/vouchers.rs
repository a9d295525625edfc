//! Gift cards and coupons on the shelf: their states by key, their rows, their numbers for lists, and
//! when what is left of a card expires.

use crate::journal::codec::{BorrowDecode, Encode, encode};
use crate::journal::error::JournalError;
use crate::journal::keys::LookUpKey;
use crate::journal::operation::{VoucherCapture, VoucherRow};
use crate::journal::record::StoredVoucherEvent;
use crate::journal::tables::shelf::Shelf;
use crate::journal::tables::voucher_record::VoucherRecord;
use crate::journal::tables::{Tables, layout};
use crate::ledger::{VoucherEvent, VoucherKind};
use crate::values::{EventNumber, TenantId, Timestamp, VoucherId};
use std::collections::BTreeMap;

/// A voucher on which something is due at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct VoucherDue {
    pub at: Timestamp,
    pub key: LookUpKey,
}

/// Where a row begins: its event's number; the event follows.
#[derive(Encode, BorrowDecode)]
struct RowRecord<'a> {
    number: u64,
    event: StoredVoucherEvent<'a>,
}

impl Tables {
    /// A voucher, with no rows.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn voucher(&self, key: &LookUpKey) -> Result<Option<VoucherCapture>, JournalError> {
        self.carefully(|shelf| shelf.voucher(key))
    }

    /// Up to `limit` rows of a voucher from index `from` on, oldest first. There may be more than its
    /// state says, where a checkpoint was interrupted.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn voucher_rows(
        &self,
        key: &LookUpKey,
        from: u64,
        limit: usize,
    ) -> Result<Vec<VoucherRow>, JournalError> {
        self.carefully(|shelf| shelf.voucher_rows(key, from, limit))
    }

    /// Up to `limit` vouchers of a tenant with numbers above `after`, in their order, with no rows.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn vouchers_after(
        &self,
        (tenant, kind): (TenantId, VoucherKind),
        after: VoucherId,
        limit: usize,
    ) -> Result<Vec<VoucherCapture>, JournalError> {
        self.carefully(|shelf| shelf.vouchers_after((tenant, kind), after, limit))
    }

    /// Up to `limit` dates of vouchers that are due by `until`, the earliest first.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn vouchers_due_until(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<VoucherDue>, JournalError> {
        self.carefully(|shelf| shelf.vouchers_due_until(until, limit))
    }

    /// How many vouchers there are.
    pub(in crate::journal) fn vouchers_count(&self) -> Result<u64, JournalError> {
        self.carefully(|shelf| Ok(u64::try_from(shelf.vouchers.len()).unwrap_or(u64::MAX)))
    }

    pub(in crate::journal) fn is_voucher_due(
        &self,
        due: &VoucherDue,
    ) -> Result<bool, JournalError> {
        self.carefully(|shelf| {
            Ok(shelf.get(&shelf.voucher_due, &layout::voucher_due_key(due.at, &due.key))?.is_some())
        })
    }
}

impl Shelf {
    fn voucher(&self, key: &LookUpKey) -> Result<Option<VoucherCapture>, JournalError> {
        let bytes = self.get(&self.vouchers, key)?;
        let read = |bytes: sled::IVec| {
            let record: VoucherRecord = self.decode(layout::VOUCHERS, &bytes)?;
            record.restore(*key).map_err(|error| self.damaged(layout::VOUCHERS, &error))
        };
        bytes.map(read).transpose()
    }

    fn voucher_rows(
        &self,
        key: &LookUpKey,
        from: u64,
        limit: usize,
    ) -> Result<Vec<VoucherRow>, JournalError> {
        let range = layout::voucher_row_key(key, from)..=layout::voucher_row_key(key, u64::MAX);
        let rows = self.voucher_rows.range(range).take(limit);
        rows.map(|entry| {
            let (_, value) = self.next(entry)?;
            let RowRecord { number, event } = self.decode(layout::VOUCHER_ROWS, &value)?;
            let event = VoucherEvent::try_from(event);
            let event = event.map_err(|error| self.damaged(layout::VOUCHER_ROWS, &error))?;
            Ok(VoucherRow { number: EventNumber(number), event })
        })
        .collect()
    }

    fn vouchers_after(
        &self,
        (tenant, kind): (TenantId, VoucherKind),
        after: VoucherId,
        limit: usize,
    ) -> Result<Vec<VoucherCapture>, JournalError> {
        let number = |id| layout::voucher_number_key(tenant, kind, id);
        let range = number(after.plus(1))..=number(VoucherId(u64::MAX));
        let mut found = Vec::new();
        for entry in self.voucher_numbers.range(range).take(limit) {
            let (_, value) = self.next(entry)?;
            let key = LookUpKey::try_from(&*value)
                .map_err(|_| self.malformed_key(layout::VOUCHER_NUMBERS))?;
            found.extend(self.voucher(&key)?);
        }
        Ok(found)
    }

    fn vouchers_due_until(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<VoucherDue>, JournalError> {
        let end = layout::voucher_due_key(until, &[u8::MAX; 16]);
        let due = self.voucher_due.range(..=end).take(limit);
        due.map(|entry| {
            let (key, _) = self.next(entry)?;
            let (at, key) = layout::parse_voucher_due_key(&key)
                .ok_or_else(|| self.malformed_key(layout::VOUCHER_DUE))?;
            Ok(VoucherDue { at, key })
        })
        .collect()
    }

    /// What is added for vouchers: rows where their index says, numbers, due dates.
    pub(super) fn add_vouchers(&self, captures: &[VoucherCapture]) -> Result<(), JournalError> {
        let sorted = sorted(captures);
        for capture in sorted.values() {
            let count = u64::try_from(capture.rows.len()).unwrap_or(u64::MAX);
            let first = capture.voucher.rows().saturating_sub(count);
            for (index, row) in (first..).zip(&capture.rows) {
                let event = StoredVoucherEvent::from(&row.event);
                let record = encode(&RowRecord { number: row.number.number(), event });
                let key = layout::voucher_row_key(&capture.key, index);
                self.put(&self.voucher_rows, &key, record)?;
            }
        }
        let mut numbers: Vec<_> = sorted.values().map(|capture| number_of(capture)).collect();
        numbers.sort_unstable();
        for (number, key) in numbers {
            self.put(&self.voucher_numbers, &number, key.to_vec())?;
        }
        let due = sorted.values().filter_map(|capture| {
            capture.voucher.next_due().map(|at| layout::voucher_due_key(at, &capture.key))
        });
        let mut due: Vec<_> = due.collect();
        due.sort_unstable();
        due.iter().try_for_each(|key| self.put(&self.voucher_due, key, Vec::new()))
    }

    pub(super) fn write_vouchers(&self, captures: &[VoucherCapture]) -> Result<(), JournalError> {
        for (key, capture) in sorted(captures) {
            self.put(&self.vouchers, &key, encode(&VoucherRecord::of(capture)))?;
        }
        Ok(())
    }

    /// A settled date stays as long as the state of its voucher still waits for it.
    pub(super) fn delete_settled_vouchers(
        &self,
        settled: &[VoucherDue],
    ) -> Result<(), JournalError> {
        let mut settled = settled.to_vec();
        settled.sort_unstable();
        for due in settled {
            let waits = self.voucher(&due.key)?.and_then(|known| known.voucher.next_due());
            if waits != Some(due.at) {
                self.remove(&self.voucher_due, &layout::voucher_due_key(due.at, &due.key))?;
            }
        }
        Ok(())
    }
}

/// By key; the latest of several.
fn sorted(captures: &[VoucherCapture]) -> BTreeMap<LookUpKey, &VoucherCapture> {
    captures.iter().map(|capture| (capture.key, capture)).collect()
}

fn number_of(capture: &VoucherCapture) -> ([u8; 13], LookUpKey) {
    let kind = VoucherKind::of(&capture.voucher);
    (layout::voucher_number_key(capture.tenant, kind, capture.voucher.id()), capture.key)
}
