//! Debt that is written off some day: dated when it arises, so that a later change of the setting does
//! not move the date (rule 17).

use crate::ledger::account::Account;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::event::AccountEvent;
use crate::ledger::rules::expiry;
use crate::ledger::settings::{Days, SettingsDraft};
use crate::values::{Bonus, Timestamp};

/// Dates the debt of an account that owed `before`, if this command left more or other debt; a date once
/// set stays until all is paid.
pub(super) fn date(
    draft: &mut Draft,
    before: Bonus,
    rules: &SettingsDraft,
    now: Timestamp,
) -> Result<(), DraftError> {
    let Account { debt, debt_write_off_at, .. } = &*draft.account;
    let arose = *debt > before || draft.events.iter().any(leaves_debt);
    let undated = !debt.is_zero() && debt_write_off_at.is_none() && arose;
    let days = rules.policy.debt.write_off_days.filter(|_| undated);
    let write_off_at =
        days.and_then(|days| expiry::expires_at(now, Days::Days(days), rules.time_zone));
    let Some(write_off_at) = write_off_at else { return Ok(()) };
    draft.record(AccountEvent::DebtDated { write_off_at, at: now })
}

fn leaves_debt(event: &AccountEvent) -> bool {
    if let AccountEvent::Debited(debit) = event {
        return !debit.debt.is_zero();
    }
    if let AccountEvent::ClawedBack(clawback) = event {
        return !clawback.debt.is_zero();
    }
    if let AccountEvent::RewardTakenBack(taken) = event {
        return !taken.debt.is_zero();
    }
    if let AccountEvent::Import(event) = event {
        return event.taken().is_some_and(|taken| !taken.debt.is_zero());
    }
    false
}

/// Writes the debt off.
pub(super) fn write_off(draft: &mut Draft, due: Timestamp) -> Result<(), DraftError> {
    let (transaction, amount) = (draft.next_transaction(), draft.account.debt);
    draft.record(AccountEvent::DebtWrittenOff { transaction, amount, at: due })
}
