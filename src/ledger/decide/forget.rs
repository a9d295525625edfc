//! Forgets a customer (rule 34a): reserves are cancelled, what is left of lots is given up, debt is written
//! off, and then nothing remains of the person, under no name that they had. The figures stay.

use crate::ledger::account::Account;
use crate::ledger::command::Command;
use crate::ledger::decide::cover::let_go;
use crate::ledger::decide::debt;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::settle::settle;
use crate::ledger::event::{AccountEvent, LotDraw};
use crate::ledger::forget::Forget;
use crate::ledger::gift::Forfeit;
use crate::ledger::lot::Lot;
use crate::ledger::reserve::ReleaseReason;
use crate::values::Timestamp;

/// Who is forgotten already stays so. The draft carries those of the aliases along, in their order.
pub(super) fn decide(
    mut draft: Draft,
    forget: &Forget,
    command: &Command,
) -> Result<Draft, DraftError> {
    if draft.account.is_forgotten() {
        return Ok(draft);
    }
    let at = command.now;
    settle(&mut draft, at)?;
    for mark in &forget.marks {
        draft.record(AccountEvent::PhoneMarked { mark: *mark })?;
    }
    cancel_reserves(&mut draft, at)?;
    give_up_lots(&mut draft, at)?;
    if !draft.account.debt.is_zero() {
        debt::write_off(&mut draft, at)?;
    }
    draft.record(forgotten(forget, at))?;
    for alias in forget.aliases.iter().rev() {
        draft.other = Some(Box::new(forget_alias(alias, &mut draft, forget, command)?));
    }
    Ok(draft)
}

/// An alias has nothing but names.
fn forget_alias(
    alias: &Account,
    draft: &mut Draft,
    forget: &Forget,
    command: &Command,
) -> Result<Draft, DraftError> {
    let mut other = Draft::of(Some(alias), draft.ids, &command.facts.settings)?;
    other.record(forgotten(forget, command.now))?;
    other.other = draft.other.take();
    Ok(other)
}

fn forgotten(forget: &Forget, at: Timestamp) -> AccountEvent {
    AccountEvent::Forgotten { reason: forget.reason.clone(), at }
}

fn cancel_reserves(draft: &mut Draft, at: Timestamp) -> Result<(), DraftError> {
    for reserve in draft.account.reserves.clone() {
        let_go(draft, &reserve.id, reserve.amount, ReleaseReason::Released, at)?;
    }
    Ok(())
}

/// Active or held, whatever their end.
fn give_up_lots(draft: &mut Draft, at: Timestamp) -> Result<(), DraftError> {
    let lots = &draft.account.lots;
    let amount = lots.total().unwrap_or_default();
    if amount.is_zero() {
        return Ok(());
    }
    let whole = |lot: &Lot| LotDraw { lot: lot.id, amount: lot.remaining, held: !lot.active };
    let draws = lots.iter().map(whole).collect();
    let transaction = draft.next_transaction();
    draft.record(AccountEvent::GiftForfeited(Forfeit { transaction, amount, draws, at }))
}
