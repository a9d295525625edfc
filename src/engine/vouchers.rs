//! Gift cards and coupons in memory: those that changed since the tables last covered them. All others
//! are in the tables alone, so idle ones take no memory.

use crate::engine::claims::Key;
use crate::journal::{VoucherCapture, VoucherRow};
use crate::ledger::{VoucherKind, VoucherStep};
use crate::values::{EventNumber, TenantId, VoucherId};
use dashmap::DashMap;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The vouchers of an opened ledger: possibly ahead of what is durable, but never for who has the
/// voucher's turn.
#[derive(Default)]
pub(super) struct Vouchers {
    known: DashMap<Key, VoucherCapture>,
    /// Those with events since their last capture.
    dirty: Mutex<BTreeSet<Key>>,
}

impl Vouchers {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// A voucher with the rows that the tables may lack; `None`: the tables have all there is.
    pub(super) fn of(&self, key: Key) -> Option<VoucherCapture> {
        self.known.get(&key).map(|known| known.clone())
    }

    /// Takes a step in whose last event is `as_of`, under the lock of the writer's queue: a checkpoint
    /// that covers it sees it.
    pub(super) fn enter(
        &self,
        (tenant, key): (TenantId, Key),
        step: VoucherStep,
        as_of: EventNumber,
    ) {
        let count = u64::try_from(step.events.len()).unwrap_or(u64::MAX);
        let before = as_of.number().saturating_sub(count);
        let numbered = (1..).zip(step.events);
        let new = numbered.map(|(index, event)| {
            let number = EventNumber(before).plus(index);
            VoucherRow { number, event }
        });
        let mut known = self.known.entry(key).or_insert_with(|| VoucherCapture {
            key,
            tenant,
            voucher: step.voucher.clone(),
            as_of,
            rows: Vec::new(),
        });
        known.voucher = step.voucher;
        known.as_of = as_of;
        known.rows.extend(new);
        drop(known);
        self.dirty.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
    }

    /// What changed since it was asked last.
    pub(super) fn changed(&self) -> Vec<VoucherCapture> {
        let dirty = std::mem::take(&mut *self.dirty.lock().unwrap_or_else(PoisonError::into_inner));
        dirty.iter().filter_map(|key| self.of(*key)).collect()
    }

    /// Lets go of what the tables cover.
    pub(super) fn forget_covered(&self, covers: EventNumber) {
        self.known.retain(|_, known| {
            known.rows.retain(|row| row.number > covers);
            known.as_of > covers
        });
    }

    /// Those of a tenant with numbers above `after`.
    pub(super) fn after(
        &self,
        (tenant, kind): (TenantId, VoucherKind),
        after: VoucherId,
    ) -> Vec<VoucherCapture> {
        let theirs = |known: &VoucherCapture| {
            known.tenant == tenant
                && VoucherKind::of(&known.voucher) == kind
                && known.voucher.id() > after
        };
        let known = self.known.iter().filter(|entry| theirs(entry.value()));
        known.map(|entry| entry.value().clone()).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{GiftCardTerms, Voucher, VoucherCode};
    use crate::values::{Money, Timestamp};

    fn issued(number: u64) -> VoucherStep {
        let at = Timestamp::from_millis(1_800_000_000_000);
        let nominal = Money::from_cents(500).unwrap();
        let terms = GiftCardTerms { nominal, activates_at: None, expires_at: None, owner: None };
        let code = VoucherCode::parse(&number.to_string()).unwrap();
        VoucherStep::issued(terms.issue((VoucherId(number), code), None, at).unwrap()).unwrap()
    }

    fn blocked(step: &VoucherStep) -> VoucherStep {
        let Voucher::GiftCard(card) = &step.voucher else { panic!("it is a card") };
        card.change(crate::ledger::GiftCardChange::Block, card.issued_at).unwrap()
    }

    #[test]
    fn what_changed_is_told_once_and_what_is_covered_leaves() {
        let (vouchers, one) = (Vouchers::new(), (TenantId(1), [1; 16]));
        vouchers.enter(one, issued(1), EventNumber(4));
        vouchers.enter((TenantId(1), [2; 16]), issued(2), EventNumber(5));
        assert_eq!(vouchers.changed().len(), 2);
        assert!(vouchers.changed().is_empty());
        vouchers.enter(one, blocked(&issued(1)), EventNumber(9));
        let numbers = |captures: Vec<VoucherCapture>| {
            captures.iter().flat_map(|it| &it.rows).map(|row| row.number.number()).collect()
        };
        let told: Vec<u64> = numbers(vouchers.changed());
        assert_eq!(told, [4, 9]);
        vouchers.forget_covered(EventNumber(5));
        assert_eq!((vouchers.len(), vouchers.of([2; 16])), (1, None));
        let kept: Vec<u64> = numbers(vec![vouchers.of([1; 16]).unwrap()]);
        assert_eq!(kept, [9]);
        vouchers.forget_covered(EventNumber(9));
        assert_eq!(vouchers.len(), 0);
    }
}
