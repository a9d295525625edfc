//! How value leaves a reserve, by every way it can: what was kept for it is freed, and debt is paid at
//! once (rules 12 and 17).

use crate::ledger::account::Account;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::lots::slices;
use crate::ledger::event::{AccountEvent, Draw};
use crate::ledger::lot::{Kept, Lot};
use crate::ledger::reserve::{RELEASED_GRACE_SECONDS, ReleaseReason, ReserveId, ReserveRelease};
use crate::values::{Bonus, Timestamp};

/// Takes `amount` out of an open reserve at `at`. Nothing happens if it is zero.
pub(super) fn let_go(
    draft: &mut Draft,
    reserve: &ReserveId,
    amount: Bonus,
    why: ReleaseReason,
    at: Timestamp,
) -> Result<(), DraftError> {
    if amount.is_zero() {
        return Ok(());
    }
    let freed_until = match why {
        ReleaseReason::Released => at.plus_seconds(RELEASED_GRACE_SECONDS),
        ReleaseReason::Committed | ReleaseReason::Rest | ReleaseReason::Lapsed => at,
    };
    let held = draft.account.reserve(reserve).map_or(Bonus::ZERO, |reserve| reserve.amount);
    draft.record(AccountEvent::ReserveReleased(Box::new(ReserveRelease {
        reserve: reserve.clone(),
        amount,
        left: held.saturating_sub(amount),
        why,
        freed: freed(&draft.account, amount, why),
        freed_until,
        at,
    })))?;
    match why {
        // A commit is honoured in debt: its debit follows.
        ReleaseReason::Committed => Ok(()),
        ReleaseReason::Rest | ReleaseReason::Released | ReleaseReason::Lapsed => {
            pay_debt(draft, at)
        }
    }
}

/// What of the kept slices loses its cover: a commit takes the earliest of them, as far as it goes;
/// otherwise the latest leave, as far as the other reserves no longer cover them.
fn freed(account: &Account, amount: Bonus, why: ReleaseReason) -> Vec<Draw> {
    let kept = || account.lots.kept().filter(|lot| lot.kept == Some(Kept::Covered));
    match why {
        ReleaseReason::Committed => first(kept(), amount),
        ReleaseReason::Rest | ReleaseReason::Released | ReleaseReason::Lapsed => {
            let covered_still = account.covered().saturating_sub(amount);
            first(kept().rev(), account.kept().saturating_sub(covered_still))
        }
    }
}

/// The first slices that make up `amount`, or all of them.
pub(super) fn first<'a>(lots: impl Iterator<Item = &'a Lot>, amount: Bonus) -> Vec<Draw> {
    let mut left = amount;
    let mut draws = Vec::new();
    for lot in lots {
        if left.is_zero() {
            break;
        }
        let slice = lot.remaining.min(left);
        left = left.saturating_sub(slice);
        draws.push(Draw { lot: lot.id, amount: slice });
    }
    draws
}

fn pay_debt(draft: &mut Draft, at: Timestamp) -> Result<(), DraftError> {
    let draws = slices(&draft.account, draft.account.debt);
    if draws.is_empty() {
        return Ok(());
    }
    draft.record(AccountEvent::DebtPaid { draws, at })
}
