//! Takes back what a returned sale earned: from its own lots, then from active ones in spend order, then
//! from what is held; the rest is debt, or is let go (rule 24).

use crate::ledger::account::Account;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::event::{AccountEvent, Clawback};
use crate::ledger::lot::{Kept, Lot, LotOrigin, Slice};
use crate::ledger::policy::ReturnDebt;
use crate::ledger::refusal::Refusal;
use crate::values::{Bonus, SaleId, Timestamp};

/// A clawback about to be made.
pub(super) struct NewClawback {
    pub(super) sale: SaleId,
    pub(super) due: Bonus,
    pub(super) uncovered: ReturnDebt,
}

/// What became of a clawback.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TakenBack {
    pub(super) reversed: Bonus,
    pub(super) let_go: Bonus,
}

/// Takes `due` back; what no lot covers becomes debt, or is let go.
pub(super) fn claw_back(
    draft: &mut Draft,
    new: &NewClawback,
    now: Timestamp,
) -> Result<TakenBack, DraftError> {
    if new.due.is_zero() {
        return Ok(TakenBack::default());
    }
    let own = LotOrigin::Sale(new.sale);
    let (draws, uncovered) = slices_back(&draft.account, own, new.due);
    let (debt, let_go) = match new.uncovered {
        ReturnDebt::Debt => (uncovered, Bonus::ZERO),
        ReturnDebt::Clamp => (Bonus::ZERO, uncovered),
    };
    if draft.account.debt.checked_add(debt).is_none() {
        return Err(Refusal::AmountTooLarge { field: "amount" }.into());
    }
    let transaction = draft.next_transaction();
    let reversed = new.due.saturating_sub(let_go);
    draft.record(AccountEvent::ClawedBack(Box::new(Clawback {
        transaction,
        sale: new.sale,
        amount: reversed,
        draws,
        debt,
        let_go,
        recovered: Bonus::ZERO,
        at: now,
    })))?;
    Ok(TakenBack { reversed, let_go })
}

/// The slices that pay when what lots of `own` origin hold is taken back, and what they do not cover.
pub(super) fn slices_back(account: &Account, own: LotOrigin, due: Bonus) -> (Vec<Slice>, Bonus) {
    let mut left = due;
    // Never below what reserves cover: of unexpired lots that much stays, and what is kept is not drawn.
    let mut uncovered = account.uncovered();
    let mut draws = Vec::new();
    for lot in in_order(account, own) {
        let most = if lot.is_unexpired() { lot.remaining.min(uncovered) } else { lot.remaining };
        let amount = most.min(left);
        if amount.is_zero() {
            continue;
        }
        left = left.saturating_sub(amount);
        if lot.is_unexpired() {
            uncovered = uncovered.saturating_sub(amount);
        }
        draws.push(lot.slice(amount));
    }
    (draws, left)
}

/// The own lots, other active ones in spend order, other held ones by their activation; none that
/// is kept for reserves alone.
fn in_order(account: &Account, own: LotOrigin) -> Vec<&Lot> {
    let mut lots: Vec<&Lot> =
        account.lots.iter().filter(|lot| lot.kept != Some(Kept::Covered)).collect();
    let rank = |lot: &Lot| {
        let own = lot.origin == own;
        let waits = if own || lot.active { None } else { Some((lot.activates_at, lot.id)) };
        (!own, !own && !lot.active, waits)
    };
    // Stable: within a rank they stay in spend order.
    lots.sort_by_key(|lot| rank(lot));
    lots
}
