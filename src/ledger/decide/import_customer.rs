//! Takes a customer over from an old system, with opening balances and totals, and takes a batch back.
//!
//! What goes back of a batch is what it brought: first its own lots, then others that can be spent, then
//! held ones, never what reserves cover; the rest is debt, or is let go, as with a return (rules 17, 24).
//! A lot whose end has passed is done with: nothing is taken back for it.

use crate::ledger::command::{Change, Command};
use crate::ledger::decide::change_customer;
use crate::ledger::decide::claw_back::slices_back;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::lots::{NewLot, credit};
use crate::ledger::decide::settle::settle;
use crate::ledger::event::{AccountEvent, CreditKind, LotDraw, TakenBack};
use crate::ledger::import::{
    BatchKey, Carried, ImportCustomer, ImportEvent, ImportReversal, ImportedLot, LotEnd, Newcomer,
    OpeningLot,
};
use crate::ledger::lot::{LotOrigin, Pool, Slice};
use crate::ledger::person::{CustomerChange, PersonChange};
use crate::ledger::policy::ReturnDebt;
use crate::ledger::referral::ReferralEvent;
use crate::ledger::refusal::Refusal;
use crate::ledger::rules::expiry;
use crate::ledger::standing::TierEvent;
use crate::values::{Bonus, Timestamp};

/// The account of a newcomer, before anything else of the row.
pub(super) fn open(newcomer: &Newcomer, command: &Command) -> Result<Draft, DraftError> {
    let opened = AccountEvent::AccountOpened { customer: newcomer.customer, at: command.now };
    let mut draft = Draft::opening(opened, &command.facts)?;
    draft.record(AccountEvent::PhoneAssigned { phone: newcomer.phone })?;
    if let Some(mark) = newcomer.mark {
        draft.record(AccountEvent::PhoneMarked { mark })?;
    }
    let code = newcomer.referral_code;
    draft.record(AccountEvent::Referral(ReferralEvent::CodeAssigned { code }))?;
    Ok(draft)
}

pub(super) fn take(
    mut draft: Draft,
    import: &ImportCustomer,
    command: &Command,
) -> Result<Draft, DraftError> {
    let now = command.now;
    settle(&mut draft, now)?;
    if draft.account.total_spent.checked_add(import.carried.total_spent).is_none() {
        return Err(Refusal::AmountTooLarge { field: "total_spent" }.into());
    }
    let change = only_what_is_missing(&draft, &import.change);
    let mut draft = change_customer::apply(draft, &change, command)?;
    let ImportCustomer { batch, row, carried, .. } = *import;
    draft.record(AccountEvent::Import(ImportEvent::CustomerTaken {
        batch,
        row,
        carried,
        at: now,
    }))?;
    set_tier(&mut draft, import, command)?;
    for lot in &import.lots {
        give(&mut draft, batch, lot, command)?;
    }
    settle(&mut draft, now)?;
    Ok(draft)
}

/// What an old system says fills gaps; it overrules nobody.
fn only_what_is_missing(draft: &Draft, change: &CustomerChange) -> CustomerChange {
    let account = &draft.account;
    let profile = account.profile.as_deref();
    let mut change = change.clone();
    let known_name = profile.is_some_and(|profile| profile.full_name.is_some());
    if known_name || account.person.is_some() {
        change.profile.full_name = Change::Keep;
        change.person = PersonChange::default();
    }
    if profile.is_some_and(|profile| profile.birth_date.is_some()) {
        change.profile.birth_date = Change::Keep;
    }
    if profile.is_some_and(|profile| profile.gender.is_some()) {
        change.profile.gender = Change::Keep;
    }
    if account.card.is_some() {
        change.card = Change::Keep;
    }
    change
}

fn set_tier(
    draft: &mut Draft,
    import: &ImportCustomer,
    command: &Command,
) -> Result<(), DraftError> {
    let known = draft.account.standing.manual.map(|manual| manual.tier);
    let Some(tier) = import.tier.filter(|tier| known != Some(*tier)) else { return Ok(()) };
    let tiers = &command.facts.settings.at(command.now).tiers;
    if !tiers.iter().any(|known| known.id == tier) {
        return Err(Refusal::TierUnknown.into());
    }
    draft.record(AccountEvent::Tier(TierEvent::Assigned { tier: Some(tier), at: command.now }))
}

fn give(
    draft: &mut Draft,
    batch: BatchKey,
    lot: &OpeningLot,
    command: &Command,
) -> Result<(), DraftError> {
    let rules = &command.facts.settings.at(command.now).rules;
    let activates_at = lot.activates_at.unwrap_or(command.now);
    let expires_at = match lot.end {
        LotEnd::Never => None,
        LotEnd::After(day) => Some(expiry::expires_after(day, rules.time_zone)),
        LotEnd::AsSettingsSay => {
            expiry::expires_at(activates_at, rules.expire_after, rules.time_zone)
        }
    };
    if expires_at.is_some_and(|end| end <= activates_at) {
        return Err(Refusal::ExpiresTooEarly.into());
    }
    let new = NewLot {
        transaction: draft.next_transaction(),
        kind: CreditKind::Import,
        pool: Pool::Import,
        origin: LotOrigin::Import(batch),
        amount: lot.amount,
        activates_at,
        expires_at,
        field: "lots",
    };
    credit(draft, &new, command.now)
}

pub(super) fn reverse(
    mut draft: Draft,
    reversal: &ImportReversal,
    command: &Command,
) -> Result<Draft, DraftError> {
    let now = command.now;
    settle(&mut draft, now)?;
    let ImportReversal { batch, row, .. } = *reversal;
    let taken = take_back(&mut draft, reversal, now)?.map(Box::new);
    let carried = Carried {
        total_spent: reversal.carried.total_spent.min(draft.account.total_spent),
        purchases: reversal.carried.purchases.min(draft.account.purchases),
        ..reversal.carried
    };
    let reversed = ImportEvent::CustomerReversed { batch, row, carried, taken, at: now };
    draft.record(AccountEvent::Import(reversed))?;
    settle(&mut draft, now)?;
    Ok(draft)
}

fn take_back(
    draft: &mut Draft,
    reversal: &ImportReversal,
    now: Timestamp,
) -> Result<Option<TakenBack>, DraftError> {
    let alive = |lot: &&ImportedLot| lot.expires_at.is_none_or(|end| end > now);
    let amounts = reversal.lots.iter().filter(alive).map(|lot| lot.amount);
    let due = Bonus::checked_sum(amounts).ok_or(Refusal::AmountTooLarge { field: "lots" })?;
    let (slices, left) = slices_back(&draft.account, LotOrigin::Import(reversal.batch), due);
    let rule = draft.settings.at(now).rules.policy.returns.debt;
    let debt = match draft.account.return_debt(rule) {
        ReturnDebt::Debt => left,
        ReturnDebt::Clamp => Bonus::ZERO,
    };
    if draft.account.debt.checked_add(debt).is_none() {
        return Err(Refusal::AmountTooLarge { field: "lots" }.into());
    }
    let amount = due.saturating_sub(left.saturating_sub(debt));
    if amount.is_zero() {
        return Ok(None);
    }
    let drawn = |slice: &Slice| LotDraw { lot: slice.lot, amount: slice.amount, held: slice.held };
    let draws = slices.iter().map(drawn).collect();
    let transaction = draft.next_transaction();
    Ok(Some(TakenBack { transaction, amount, draws, debt, at: now }))
}
