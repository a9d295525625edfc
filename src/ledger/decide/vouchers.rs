//! What a sale makes of the gift cards and coupons it names, and what its returns give back.

use crate::ledger::account::Account;
use crate::ledger::command::{Command, Sell};
use crate::ledger::decide::draft::Draft;
use crate::ledger::refusal::Refusal;
use crate::ledger::returnable::Returnable;
use crate::ledger::sale::SaleRecord;
use crate::ledger::voucher::{GiftPart, HeldVouchers, UsedCoupon, VoucherCode};
use crate::values::{Money, PromotionId, SaleId, Timestamp};

/// The coupons of a sale: those that it uses, and why it cannot use the others.
#[derive(Debug, Default)]
pub(super) struct Coupons {
    pub(super) used: Vec<UsedCoupon>,
    pub(super) refusals: Vec<Refusal>,
}

impl Coupons {
    /// Looks at each coupon that a sale of the business time `at` names, once.
    pub(super) fn of(sell: &Sell, held: &HeldVouchers, account: &Account, at: Timestamp) -> Self {
        let mut coupons = Self::default();
        for code in distinct(&sell.coupons) {
            match admit(code, held, account, at) {
                Ok(used) => coupons.used.push(used),
                Err(refusal) => coupons.refusals.push(refusal),
            }
        }
        coupons
    }

    /// The promotions that they unlock.
    pub(super) fn unlocked(&self) -> Vec<PromotionId> {
        self.used.iter().map(|coupon| coupon.promotion).collect()
    }
}

fn admit(
    code: &VoucherCode,
    held: &HeldVouchers,
    account: &Account,
    at: Timestamp,
) -> Result<UsedCoupon, Refusal> {
    let coupon = held.coupon(code)?;
    coupon.admit(at, account.tallies.uses_of_coupon(coupon.id))?;
    Ok(coupon.used())
}

/// Codes as they were first named, each once.
fn distinct(codes: &[VoucherCode]) -> Vec<&VoucherCode> {
    let mut distinct: Vec<&VoucherCode> = Vec::with_capacity(codes.len());
    for code in codes {
        if !distinct.contains(&code) {
            distinct.push(code);
        }
    }
    distinct
}

/// The parts of a sale that gift cards pay: each card once, in the order in which they were named.
pub(super) fn merged(parts: &[GiftPart]) -> Result<Vec<GiftPart>, Refusal> {
    let too_large = Refusal::AmountTooLarge { field: "gift_cards" };
    let mut merged: Vec<GiftPart> = Vec::with_capacity(parts.len());
    for part in parts.iter().filter(|part| !part.amount.is_zero()) {
        match merged.iter_mut().find(|known| known.card == part.card) {
            Some(known) => {
                known.amount =
                    known.amount.checked_add(part.amount).ok_or_else(|| too_large.clone())?;
            }
            None => merged.push(part.clone()),
        }
    }
    Ok(merged)
}

/// Takes the parts from the cards and the uses from the coupons.
pub(super) fn use_up(
    draft: &mut Draft,
    sale: SaleId,
    (parts, coupons): (&[GiftPart], &[UsedCoupon]),
    command: &Command,
) -> Result<(), Refusal> {
    let (held, now) = (&command.facts.vouchers, command.now);
    let by = (sale, draft.account.id);
    for part in parts {
        let card = held.gift_card(&part.card)?;
        draft.vouchers.push(card.spend(by, part.amount, now)?);
    }
    for used in coupons {
        draft.vouchers.push(held.coupon(&used.code)?.take_use(by, now));
    }
    Ok(())
}

/// What a return gives back to gift cards and coupons.
pub(super) struct GivenBack {
    pub(super) gift_cards: Vec<GiftPart>,
    pub(super) coupons: Vec<UsedCoupon>,
}

/// Gives `amount` back to the cards of a returned sale, and, if nothing of it is left, the uses of its
/// coupons (rules 23 and 25). The card that was named last gets its part first, as slices do.
pub(super) fn give_back(
    draft: &mut Draft,
    (returned, sale): (SaleId, &Returnable),
    (amount, completes): (Money, bool),
    grace_until: Timestamp,
    command: &Command,
) -> Result<GivenBack, Refusal> {
    let (held, now) = (&command.facts.vouchers, command.now);
    let by = (returned, draft.account.id);
    let gift_cards = parts_of(sale, amount);
    for part in &gift_cards {
        let card = held.gift_card(&part.card)?;
        draft.vouchers.push(card.restore(by, part.amount, grace_until, now));
    }
    let coupons = match &sale.record {
        SaleRecord::Purchase(sale) if completes => sale.coupons.clone(),
        SaleRecord::Purchase(_) | SaleRecord::Redemption(_) | SaleRecord::Return(_) => Vec::new(),
    };
    for used in &coupons {
        draft.vouchers.push(held.coupon(&used.code)?.give_back(by, now));
    }
    Ok(GivenBack { gift_cards, coupons })
}

fn parts_of(sale: &Returnable, amount: Money) -> Vec<GiftPart> {
    let SaleRecord::Purchase(record) = &sale.record else { return Vec::new() };
    let mut left = amount;
    let mut parts = Vec::new();
    for paid in record.gift_cards.iter().rev() {
        let earlier = sale.returns.iter().flat_map(|earlier| &earlier.gift_cards);
        let theirs = earlier.filter(|part| part.card == paid.card).map(|part| part.amount);
        let restored = Money::checked_sum(theirs).unwrap_or(paid.amount);
        let part = paid.amount.saturating_sub(restored).min(left);
        left = left.saturating_sub(part);
        if !part.is_zero() {
            parts.push(GiftPart { card: paid.card.clone(), amount: part });
        }
    }
    parts
}
