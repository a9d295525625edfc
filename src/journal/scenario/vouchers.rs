//! Gift cards and coupons in the scenario: issued, changed, settled, spent and given back.

use super::Scenario;
use crate::journal::keys::{LookUpKey, voucher_key};
use crate::journal::operation::{EntityEvents, Numbered, VoucherCapture, VoucherRow};
use crate::ledger::{
    Action, CouponEvent, CouponTerms, GiftCardChange, GiftCardTerms, GiftPart, HeldVouchers,
    OperationMark, Returnable, Voucher, VoucherCode, VoucherEvent, VoucherKind, VoucherStep,
};
use crate::values::{EventNumber, Money, PromotionId, TenantId, VoucherId};
use std::collections::{BTreeMap, BTreeSet};

const CODES: u64 = 6;

/// The vouchers of a world with all their rows, and which of them the next checkpoint must have.
#[derive(Default)]
pub(in crate::journal) struct Vouchers {
    known: BTreeMap<LookUpKey, VoucherCapture>,
    dirty: BTreeSet<LookUpKey>,
}

impl Scenario {
    /// What the tables must have, with all rows.
    pub(in crate::journal) fn vouchers(&self) -> impl Iterator<Item = &VoucherCapture> {
        self.vouchers.known.values()
    }

    pub(super) fn changed_vouchers(&mut self) -> Vec<VoucherCapture> {
        let dirty = std::mem::take(&mut self.vouchers.dirty);
        dirty.iter().map(|key| self.vouchers.known[key].clone()).collect()
    }

    fn code(&mut self, kind: VoucherKind) -> VoucherCode {
        let number = self.dice.below(CODES);
        let prefix = match kind {
            VoucherKind::GiftCard => "G",
            VoucherKind::Coupon => "C",
        };
        VoucherCode::parse(&format!("{prefix}-{number}")).unwrap()
    }

    fn kind(&mut self) -> VoucherKind {
        if self.dice.below(3) == 0 { VoucherKind::Coupon } else { VoucherKind::GiftCard }
    }

    /// Something that an operator, or the house, does to a voucher; `None`: nothing changed.
    pub(super) fn try_voucher(&mut self, tenant: TenantId) -> Option<Numbered> {
        let kind = self.kind();
        let code = self.code(kind);
        let key = voucher_key(tenant, kind, &code);
        let known = self.vouchers.known.get(&key).map(|known| known.voucher.clone());
        let step = match known {
            None => self.issue(tenant, code, kind),
            Some(Voucher::Coupon(coupon)) => coupon.end(self.now),
            Some(Voucher::GiftCard(card)) => match self.dice.below(6) {
                0 => card.change(GiftCardChange::Block, self.now).ok()?,
                1 => card.change(GiftCardChange::Unblock, self.now).ok()?,
                2 => {
                    let end = self.now.plus_seconds(86_400);
                    card.change(GiftCardChange::MoveExpiry(Some(end)), self.now).ok()?
                }
                3 => card.change(GiftCardChange::Void, self.now).ok()?,
                _ => Voucher::GiftCard(card).settle(self.now),
            },
        };
        if step.events.is_empty() {
            return None;
        }
        let entities = Self::voucher_entities(tenant, std::slice::from_ref(&step));
        let mark = (self.dice.below(2) == 0).then(|| OperationMark {
            key: u128::from(self.next_event.number()).to_be_bytes(),
            meaning: [4; 16],
        });
        let numbered = self.number(tenant, mark, entities);
        self.note_lone_mark(&numbered);
        self.note_vouchers(tenant, vec![step], &numbered);
        Some(numbered)
    }

    fn issue(&mut self, tenant: TenantId, code: VoucherCode, kind: VoucherKind) -> VoucherStep {
        let id = VoucherId(self.counts[&tenant].counters.voucher + 1);
        let end = Some(self.now.plus_seconds(400_000)).filter(|_| self.dice.below(2) == 0);
        let at = self.now;
        let event = match kind {
            VoucherKind::GiftCard => {
                let nominal = Money::from_cents(500 + self.dice.below(50_000)).unwrap();
                let (activates_at, owner) = (None, None);
                let terms = GiftCardTerms { nominal, activates_at, expires_at: end, owner };
                terms.issue((id, code), Some([9; 16]), at).unwrap()
            }
            VoucherKind::Coupon => {
                let (uses_max, per_customer) = (Some(40), Some(3));
                let promotion = PromotionId(1);
                let (starts_at, ends_at) = (None, end);
                let terms = CouponTerms { promotion, uses_max, per_customer, starts_at, ends_at };
                VoucherEvent::Coupon(CouponEvent::Issued {
                    coupon: id,
                    code,
                    terms,
                    meaning: None,
                    at,
                })
            }
        };
        VoucherStep::issued(event).unwrap()
    }

    /// What a sale may name: what there is, mostly.
    pub(super) fn named_vouchers(&mut self) -> (Vec<GiftPart>, Vec<VoucherCode>) {
        let mut parts = Vec::new();
        while self.dice.below(3) == 0 {
            let card = self.code(VoucherKind::GiftCard);
            parts.push(GiftPart {
                card,
                amount: Money::from_cents(1 + self.dice.below(300)).unwrap(),
            });
        }
        let coupon = (self.dice.below(6) == 0).then(|| self.code(VoucherKind::Coupon));
        (parts, coupon.into_iter().collect())
    }

    /// What the engine would hold for an action.
    pub(super) fn held(
        &self,
        tenant: TenantId,
        action: &Action,
        returned: Option<&Returnable>,
    ) -> HeldVouchers {
        let mut keys = BTreeSet::new();
        if let Action::Sell(sell) = action {
            keys.extend(sell.vouchers().map(|(kind, code)| voucher_key(tenant, kind, code)));
        }
        if let Some(sale) = returned {
            let names = sale.vouchers().into_iter();
            keys.extend(names.map(|(kind, code)| voucher_key(tenant, kind, code)));
        }
        let known = keys.iter().filter_map(|key| self.vouchers.known.get(key));
        HeldVouchers(known.map(|known| known.voucher.clone()).collect())
    }

    pub(super) fn voucher_entities(tenant: TenantId, steps: &[VoucherStep]) -> Vec<EntityEvents> {
        let happened = steps.iter().filter(|step| !step.events.is_empty());
        let entity = |step: &VoucherStep| {
            let key = voucher_key(tenant, VoucherKind::of(&step.voucher), step.voucher.code());
            EntityEvents::Voucher(key, step.voucher.id(), step.events.clone())
        };
        happened.map(entity).collect()
    }

    /// Takes the vouchers of an operation in, in which nothing came after them.
    pub(super) fn note_vouchers(
        &mut self,
        tenant: TenantId,
        steps: Vec<VoucherStep>,
        numbered: &Numbered,
    ) {
        let entities = &numbered.operation.entities;
        let others = entities.iter().filter(|it| !matches!(it, EntityEvents::Voucher(..)));
        let mut next = others.fold(numbered.first_event, |next, it| next.plus(it.count()));
        for step in steps.into_iter().filter(|step| !step.events.is_empty()) {
            let VoucherStep { voucher, events } = step;
            let key = voucher_key(tenant, VoucherKind::of(&voucher), voucher.code());
            let known = self.vouchers.known.entry(key).or_insert_with(|| VoucherCapture {
                key,
                tenant,
                voucher: voucher.clone(),
                as_of: EventNumber(0),
                rows: Vec::new(),
            });
            for event in events {
                known.rows.push(VoucherRow { number: next, event });
                known.as_of = next;
                next = next.plus(1);
            }
            known.voucher = voucher;
            self.vouchers.dirty.insert(key);
        }
    }
}
