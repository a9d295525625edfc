//! Credits and debits as every action makes them: a credit pays debt first, a debit draws lots in
//! spend order and stores the slices (rules 14 and 17).

use crate::ledger::account::Account;
use crate::ledger::command::Action;
use crate::ledger::decide::birthday;
use crate::ledger::decide::cover::first;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::restore::lots_restored_max;
use crate::ledger::event::{AccountEvent, Credit, CreditKind, Debit, DebitKind, Draw};
use crate::ledger::facts::IdsNeeded;
use crate::ledger::lot::{LotOrigin, Pool};
use crate::ledger::refusal::Refusal;
use crate::ledger::returnable::Returnable;
use crate::values::{Bonus, LotId, SaleId, Timestamp, TransactionId};

/// Most history rows that a command adds to those of what is due: a debit, what a sale earns, what it
/// pays for a referral, and the expiry of both when they arrive too late.
const ROWS_PER_COMMAND_MAX: u64 = 5;
/// Most lots that a command makes besides those of what is due.
const LOTS_PER_COMMAND_MAX: u64 = 2;

/// How many ids a command may need at `now`; if it returns a sale, with all that is known of that.
pub(in crate::ledger) fn ids_needed(
    account: Option<&Account>,
    action: &Action,
    now: Timestamp,
    returned: Option<&Returnable>,
) -> IdsNeeded {
    let birthdays = account.map_or(0, |account| birthday::passed(account, now));
    let of_return = ids_of_return(account, returned);
    let transactions = transactions_needed(account, action, now, birthdays);
    let of_source = ids_of_source(action, now);
    let of_import = ids_of_import(action);
    IdsNeeded {
        transactions: transactions
            .saturating_add(of_return.transactions)
            .saturating_add(of_source.transactions)
            .saturating_add(of_import.transactions),
        lots: birthdays
            .saturating_add(LOTS_PER_COMMAND_MAX)
            .saturating_add(of_return.lots)
            .saturating_add(of_source.lots)
            .saturating_add(of_import.lots),
    }
}

/// A merge settles the other account as well, and may take as much back from it as from this one.
fn ids_of_source(action: &Action, now: Timestamp) -> IdsNeeded {
    if let Action::Merge(merge) = action {
        return ids_needed(Some(&merge.source), &Action::Settle, now, None);
    }
    IdsNeeded { transactions: 0, lots: 0 }
}

/// Each opening lot may have expired already.
fn ids_of_import(action: &Action) -> IdsNeeded {
    let Action::ImportCustomer(import) = action else {
        return IdsNeeded { transactions: 0, lots: 0 };
    };
    let lots = count(import.lots.len());
    IdsNeeded { transactions: lots.saturating_mul(2), lots }
}

/// A return may make a lot for each slice that it may fill, those included that its own clawback draws;
/// each of them may have expired already, and each earlier clawback may be made good.
fn ids_of_return(account: Option<&Account>, returned: Option<&Returnable>) -> IdsNeeded {
    let lots = lots_restored_max(account, returned);
    let clawed = returned.and(account).map_or(0, |account| count(account.clawed.len()));
    IdsNeeded { transactions: lots.saturating_add(clawed), lots }
}

fn transactions_needed(
    account: Option<&Account>,
    action: &Action,
    now: Timestamp,
    birthdays: u64,
) -> u64 {
    let Some(account) = account else { return ROWS_PER_COMMAND_MAX };
    // The bonus of a birthday may expire before the next, in two parts if it is covered in part.
    let lost = expiries_max(account, now).saturating_add(birthdays.saturating_mul(2));
    let debt = u64::from(account.debt_write_off_at.is_some_and(|due| due <= now));
    // A sale that arrives late may undo expiries, those of this very command too.
    let reverted = if let Action::Sell(sell) = action
        && sell.sale_date.is_some()
        && !sell.redeem.is_zero()
    {
        lost.saturating_add(count(account.expired.len()))
    } else {
        0
    };
    let due = lost.saturating_add(birthdays).saturating_add(debt);
    due.saturating_add(reverted).saturating_add(ROWS_PER_COMMAND_MAX)
}

/// How many slices may be lost: the lots that end, each perhaps in two parts if it is covered in part;
/// what is kept; and one part more for each reserve that closes.
fn expiries_max(account: &Account, now: Timestamp) -> u64 {
    let ending = count(account.lots.expiring_by(now).filter(|lot| lot.kept.is_none()).count());
    let kept = count(account.lots.kept().count());
    let parts = match account.reserves.len() {
        0 => 0,
        reserves => ending.saturating_add(count(reserves)).saturating_add(1),
    };
    ending.saturating_add(kept).saturating_add(parts)
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
/// A credit about to be made.
pub(super) struct NewLot {
    pub(super) transaction: TransactionId,
    pub(super) kind: CreditKind,
    pub(super) pool: Pool,
    pub(super) origin: LotOrigin,
    pub(super) amount: Bonus,
    pub(super) activates_at: Timestamp,
    pub(super) expires_at: Option<Timestamp>,
    /// The field to blame if the balance would grow out of range.
    pub(super) field: &'static str,
}

/// Makes a new lot at `now`; an open debt is paid from it at once.
pub(super) fn credit(draft: &mut Draft, new: &NewLot, now: Timestamp) -> Result<(), DraftError> {
    let NewLot { transaction, kind, pool, origin, amount, activates_at, expires_at, field } = *new;
    let debt_paid = amount.min(draft.account.debt);
    let added = amount.saturating_sub(debt_paid);
    if draft.account.lots.total().and_then(|all| all.checked_add(added)).is_none() {
        return Err(Refusal::AmountTooLarge { field }.into());
    }
    let lot = draft.next_lot();
    draft.record(AccountEvent::Credited(Credit {
        transaction,
        kind,
        lot,
        origin,
        pool,
        amount,
        debt_paid,
        held: activates_at > now,
        activates_at,
        expires_at,
        at: now,
    }))?;
    match expires_at.filter(|end| *end <= now) {
        Some(end) => expire_late_arrival(draft, lot, end),
        None => Ok(()),
    }
}

/// A lot whose end had passed when it arrived is lost at once: no reserve ever covered it.
fn expire_late_arrival(draft: &mut Draft, lot: LotId, at: Timestamp) -> Result<(), DraftError> {
    let arrived = draft.account.lots.of_id(lot).next();
    let Some(amount) = arrived.map(|arrived| arrived.remaining) else { return Ok(()) };
    let transaction = draft.next_transaction();
    draft.record(AccountEvent::LotExpired { transaction, lot, amount, at })
}

/// A debit about to be made.
pub(super) struct NewDebit {
    pub(super) transaction: TransactionId,
    pub(super) kind: DebitKind,
    pub(super) sale: Option<SaleId>,
    pub(super) amount: Bonus,
}

/// The slices that a debit of `amount` draws: what can be spent, in spend order, as far as reserves
/// leave something. Their cover moves on to what comes after.
pub(super) fn slices(account: &Account, amount: Bonus) -> Vec<Draw> {
    let spendable = account.lots.iter().filter(|lot| lot.is_spendable());
    first(spendable, amount.min(account.redeemable()))
}

/// Draws what can be spent in spend order; what it does not cover becomes debt, so the caller decides
/// first whether that may be.
pub(super) fn debit(draft: &mut Draft, new: &NewDebit, now: Timestamp) -> Result<(), DraftError> {
    let draws = slices(&draft.account, new.amount);
    let left = new.amount.saturating_sub(new.amount.min(draft.account.redeemable()));
    if draft.account.debt.checked_add(left).is_none() {
        return Err(Refusal::AmountTooLarge { field: "amount" }.into());
    }
    let NewDebit { transaction, kind, sale, amount } = *new;
    draft.record(AccountEvent::Debited(Debit {
        transaction,
        kind,
        sale,
        amount,
        draws,
        debt: left,
        at: now,
    }))
}
