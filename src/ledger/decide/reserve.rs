//! Reserves by request: bonuses are set aside, an order is paid from them, the rest is released
//! (rule 12).

use crate::ledger::command::{Command, CommitReserve, ReleaseReserve, SetAside};
use crate::ledger::decide::cover::let_go;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::redeem::{self, Source};
use crate::ledger::decide::settle::settle;
use crate::ledger::event::AccountEvent;
use crate::ledger::refusal::Refusal;
use crate::ledger::reserve::{
    RESERVES_PER_CUSTOMER_MAX, RecordedReserve, ReleaseReason, Reserve, ReserveId,
};
use crate::ledger::rules::daily::Daily;
use crate::ledger::rules::spend_cap::{self, Spend};
use crate::ledger::settings::SettingsDraft;
use crate::values::{Bonus, Timestamp};

/// Puts bonuses into a new reserve, or more of them into one that is open.
pub(super) fn set_aside(
    mut draft: Draft,
    asked: &SetAside,
    command: &Command,
) -> Result<Draft, DraftError> {
    let now = command.now;
    // A reserve that lapses in this very command gives its name to nobody else in between.
    let named = asked.claimed || open_reserve(&draft, &asked.reserve).is_some();
    settle(&mut draft, now)?;
    let rules = &command.facts.settings.at(now).rules;
    if draft.account.blocked {
        return Err(Refusal::CustomerBlocked.into());
    }
    if !named {
        return Err(Refusal::ReserveNotOpen { reserve: asked.reserve.clone() }.into());
    }
    if draft.account.debit_denied {
        return Err(Refusal::DebitDenied { field: "amount" }.into());
    }
    accept(&draft, asked, rules, now)?;
    let open = draft.account.reserve(&asked.reserve);
    if open.is_none() && draft.account.reserves.len() >= RESERVES_PER_CUSTOMER_MAX {
        return Err(Refusal::TooManyReserves { most: RESERVES_PER_CUSTOMER_MAX }.into());
    }
    let before = left_in(open);
    let seconds = i64::from(if asked.by_plus {
        rules.policy.plus.reserve_deadline_seconds
    } else {
        rules.policy.reserve.deadline_seconds
    });
    let deadline = open.map_or(now.plus_seconds(seconds), |reserve| reserve.deadline);
    let total = before.checked_add(asked.amount);
    draft.record(AccountEvent::Reserved(Box::new(RecordedReserve {
        reserve: asked.reserve.clone(),
        external_id: asked.external_id.clone(),
        amount: asked.amount,
        total: total.ok_or(Refusal::AmountTooLarge { field: "amount" })?,
        deadline,
        redeemable_after: draft.account.redeemable().saturating_sub(asked.amount),
        balance_after: draft.account.balance(),
        at: now,
    })))?;
    Ok(draft)
}

/// Within what is free; where an order is named, within its limits too. What was released lately can be
/// spent for a while, but not set aside again.
fn accept(
    draft: &Draft,
    asked: &SetAside,
    rules: &SettingsDraft,
    now: Timestamp,
) -> Result<(), Refusal> {
    let account = &draft.account;
    let (redeemable, held) = (account.uncovered(), account.held());
    match asked.order_total {
        Some(order) => {
            let before = left_in(account.reserve(&asked.reserve));
            let daily = Daily::of(&account.tallies, rules, now);
            let (field, asked) = ("amount", asked.amount);
            let spend = Spend { field, asked, before, order, redeemable, held, daily };
            spend_cap::accept(&spend, rules)
        }
        None if asked.amount > redeemable || asked.amount.is_zero() => {
            Err(Refusal::BalanceTooLow { field: "amount", asked: asked.amount, redeemable, held })
        }
        None => Ok(()),
    }
}

/// Pays an order from a reserve: at most what it holds. The rest is released.
pub(super) fn commit(
    mut draft: Draft,
    commit: &CommitReserve,
    command: &Command,
) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    redeem::admit(&draft, &commit.redeem, command)?;
    let left = open_reserve(&draft, &commit.reserve).ok_or(Refusal::ReserveNotFound)?;
    if commit.redeem.amount > left {
        return Err(Refusal::RedeemOverReserve { asked: commit.redeem.amount, left }.into());
    }
    let source = Source::Reserve { reserve: &commit.reserve, left };
    redeem::redeem(&mut draft, &commit.redeem, source, command)?;
    Ok(draft)
}

/// Takes bonuses out of a reserve again: what is asked, or what there is.
pub(super) fn release(
    mut draft: Draft,
    asked: &ReleaseReserve,
    command: &Command,
) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    let left = open_reserve(&draft, &asked.reserve).ok_or(Refusal::ReserveNotFound)?;
    let amount = asked.amount.map_or(left, |amount| amount.min(left));
    let_go(&mut draft, &asked.reserve, amount, ReleaseReason::Released, command.now)?;
    Ok(draft)
}

/// What is left in a reserve, if it is open.
pub(super) fn open_reserve(draft: &Draft, reserve: &ReserveId) -> Option<Bonus> {
    draft.account.reserve(reserve).map(|reserve| reserve.amount)
}

fn left_in(reserve: Option<&Reserve>) -> Bonus {
    reserve.map_or(Bonus::ZERO, |reserve| reserve.amount)
}
