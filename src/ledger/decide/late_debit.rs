//! A debit that arrives late: it may draw slices that expired after its business time, whose expiry is
//! then undone, and leave debt (rule 20).

use crate::ledger::account::Account;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::event::AccountEvent;
use crate::ledger::expired::{ExpiredSlice, ExpiryRevert};
use crate::values::{Bonus, Timestamp};

/// What expired after `business` and can be drawn again.
pub(super) fn revertible(account: &Account, business: Timestamp) -> Bonus {
    let slices = account.expired.iter().filter(|slice| slice.at > business);
    let amounts = slices.map(|slice| slice.lot.remaining);
    amounts.fold(Bonus::ZERO, |sum, amount| sum.checked_add(amount).unwrap_or(sum))
}

/// How far debt may still grow by late debits.
pub(super) fn may_owe(account: &Account, debt_max: Bonus) -> Bonus {
    debt_max.saturating_sub(account.debt)
}

/// Undoes the expiry of what a debit of `amount` would have drawn first, had it come in time: the
/// slices that ended first. The debit must follow at once.
pub(super) fn revert(
    draft: &mut Draft,
    amount: Bonus,
    business: Timestamp,
    now: Timestamp,
) -> Result<(), DraftError> {
    let after = |slice: &&ExpiredSlice| slice.at > business;
    let mut slices: Vec<ExpiredSlice> =
        draft.account.expired.iter().filter(after).cloned().collect();
    slices.sort_by(|left, right| left.at.cmp(&right.at).then(left.lot.spend_order(&right.lot)));
    let mut left = amount;
    for slice in slices {
        let amount = slice.lot.remaining.min(left);
        if amount.is_zero() {
            break;
        }
        left = left.saturating_sub(amount);
        let transaction = draft.next_transaction();
        draft.record(AccountEvent::ExpiryReverted(ExpiryRevert {
            transaction,
            lot: slice.lot.id,
            amount,
            expired_at: slice.at,
            at: now,
        }))?;
    }
    Ok(())
}
