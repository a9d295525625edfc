//! Gift cards and coupons as the fold goes through the journal.

use crate::journal::keys::{LookUpKey, voucher_key};
use crate::journal::misfold::{FoldError, Misfold};
use crate::journal::operation::{Operation, VoucherCapture, VoucherRow, last_of};
use crate::journal::tables::Tables;
use crate::ledger::{Voucher, VoucherEvent, VoucherKind};
use crate::values::{EventNumber, VoucherId};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The vouchers that the fold met since the last write.
#[derive(Default)]
pub(in crate::journal) struct VoucherFold {
    known: BTreeMap<LookUpKey, Folded>,
}

struct Folded {
    capture: Option<VoucherCapture>,
    /// Whether the tables lack something of it.
    changed: bool,
}

impl VoucherFold {
    /// Takes events in, unless it has them already. Returns how many rows that made.
    pub(in crate::journal) fn take(
        &mut self,
        tables: &Tables,
        turn: &VoucherTurn<'_>,
    ) -> Result<usize, FoldError> {
        let folded = match self.known.entry(turn.key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                place.insert(Folded { capture: tables.voucher(&turn.key)?, changed: false })
            }
        };
        if folded.capture.as_ref().is_some_and(|known| known.as_of >= turn.last()) {
            return Ok(0);
        }
        folded.capture = Some(turn.fold(folded.capture.take())?);
        folded.changed = true;
        Ok(turn.events.len())
    }

    /// What changed, in the order of the keys; then nothing is in memory any more.
    pub(in crate::journal) fn drain(&mut self) -> Vec<VoucherCapture> {
        let known = std::mem::take(&mut self.known).into_values();
        known.filter(|folded| folded.changed).filter_map(|folded| folded.capture).collect()
    }
}

/// The events of one voucher in an operation, with their place.
pub(in crate::journal) struct VoucherTurn<'a> {
    pub(in crate::journal) operation: &'a Operation,
    pub(in crate::journal) key: LookUpKey,
    pub(in crate::journal) id: VoucherId,
    pub(in crate::journal) events: &'a [VoucherEvent],
    /// The first event of this voucher in it.
    pub(in crate::journal) first: EventNumber,
}

impl VoucherTurn<'_> {
    /// The last event of this voucher in the operation.
    pub(in crate::journal) fn last(&self) -> EventNumber {
        last_of(self.first, self.events.len())
    }

    /// The voucher after it, with the rows that it adds.
    pub(in crate::journal) fn fold(
        &self,
        before: Option<VoucherCapture>,
    ) -> Result<VoucherCapture, Misfold> {
        let (mut voucher, mut rows) = match before {
            Some(VoucherCapture { voucher, rows, .. }) => (Some(voucher), rows),
            None => (None, Vec::new()),
        };
        for (index, event) in self.events.iter().enumerate() {
            let folded = Voucher::fold(voucher.take(), event);
            voucher = Some(folded.map_err(|error| self.misfold(index, error.to_string()))?);
            rows.push(VoucherRow { number: self.number(index), event: event.clone() });
        }
        let voucher = voucher.ok_or_else(|| self.misfold(0, "it has no events".to_owned()))?;
        let (key, tenant, as_of) = (self.key, self.operation.tenant, self.last());
        let named = voucher_key(tenant, VoucherKind::of(&voucher), voucher.code());
        if (named, voucher.id()) != (key, self.id) {
            return Err(self.misfold(0, format!("it is not about {}", voucher.code())));
        }
        Ok(VoucherCapture { key, tenant, voucher, as_of, rows })
    }

    fn number(&self, index: usize) -> EventNumber {
        self.first.plus(u64::try_from(index).unwrap_or(u64::MAX))
    }

    fn misfold(&self, index: usize, reason: String) -> Misfold {
        let (event, tenant) = (self.number(index), self.operation.tenant);
        Misfold { event, tenant, customer: None, reason }
    }
}
