//! Takes back what a referral paid: its own lot first, spendable or held, then what can be spent, then what
//! is held; the rest is debt, unless the tenant lets it go (rules 17 and 24).

use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::event::{AccountEvent, LotDraw, TakenBack};
use crate::ledger::lot::{Lot, LotOrigin};
use crate::ledger::policy::ReturnDebt;
use crate::values::{Bonus, CustomerId, Timestamp};

/// A reward that goes back.
pub(super) struct Claim {
    /// The other side of the referral.
    pub(super) other: CustomerId,
    pub(super) amount: Bonus,
}

pub(super) fn take_back(
    draft: &mut Draft,
    claim: &Claim,
    now: Timestamp,
) -> Result<(), DraftError> {
    let mut left = claim.amount;
    let mut draws = Vec::new();
    for lot in in_order(&draft.account.lots, claim.other) {
        let amount = lot.remaining.min(left);
        left = left.saturating_sub(amount);
        if !amount.is_zero() {
            draws.push(LotDraw { lot: lot.id, amount, held: !lot.active });
        }
    }
    let debt = match draft.settings.at(now).rules.policy.returns.debt {
        ReturnDebt::Debt => left,
        ReturnDebt::Clamp => Bonus::ZERO,
    };
    let amount = claim.amount.saturating_sub(left).checked_add(debt).unwrap_or(claim.amount);
    if amount.is_zero() {
        return Ok(());
    }
    let transaction = draft.next_transaction();
    let taken = TakenBack { transaction, amount, draws, debt, at: now };
    draft.record(AccountEvent::RewardTakenBack(taken))
}

/// Lots in the order in which they give back.
fn in_order(lots: &[Lot], other: CustomerId) -> Vec<&Lot> {
    let own = |lot: &&Lot| lot.origin == LotOrigin::Referral(other);
    let mut held: Vec<&Lot> = lots.iter().filter(|lot| !lot.active && !own(lot)).collect();
    held.sort_by_key(|lot| (lot.activates_at, lot.id));
    let active = lots.iter().filter(|lot| lot.active && !own(lot));
    lots.iter().filter(own).chain(active).chain(held).collect()
}
