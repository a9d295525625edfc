//! Credits and debits as every action makes them: a credit pays debt first, a debit draws lots in
//! spend order and stores the slices (rules 14 and 17).

use crate::ledger::account::Account;
use crate::ledger::command::IdsNeeded;
use crate::ledger::decide::birthday;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::event::{AccountEvent, Credit, CreditKind, Debit, DebitKind, Draw};
use crate::ledger::lot::{LotOrigin, Pool};
use crate::ledger::refusal::Refusal;
use crate::values::{Bonus, SaleId, Timestamp, TransactionId};

/// Most history rows that a command adds to those of what is due: a debit, what a sale earns, what it
/// pays for a referral, and the expiry of both when they arrive too late.
const ROWS_PER_COMMAND_MAX: u64 = 5;
/// Most lots that a command makes besides those of what is due.
const LOTS_PER_COMMAND_MAX: u64 = 2;

/// How many ids a command may need at `now`.
pub(in crate::ledger) fn ids_needed(account: Option<&Account>, now: Timestamp) -> IdsNeeded {
    let expires = |account: &Account| {
        account.lots.iter().filter(|lot| lot.expires_at.is_some_and(|end| end <= now)).count()
    };
    let expiring = u64::try_from(account.map_or(0, expires)).unwrap_or(u64::MAX);
    // The bonus of a birthday may expire before the next.
    let birthdays = account.map_or(0, |account| birthday::passed(account, now));
    IdsNeeded {
        transactions: expiring
            .saturating_add(birthdays.saturating_mul(2))
            .saturating_add(ROWS_PER_COMMAND_MAX),
        lots: birthdays.saturating_add(LOTS_PER_COMMAND_MAX),
    }
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
    let lots = draft.account.lots.iter().map(|lot| lot.remaining);
    if Bonus::checked_sum(lots.chain([amount.saturating_sub(debt_paid)])).is_none() {
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
    }))
}

/// A debit about to be made.
pub(super) struct NewDebit {
    pub(super) transaction: TransactionId,
    pub(super) kind: DebitKind,
    pub(super) sale: Option<SaleId>,
    pub(super) amount: Bonus,
}

/// Draws active lots in spend order; what they do not cover becomes debt, so the caller decides
/// first whether that may be.
pub(super) fn debit(draft: &mut Draft, new: &NewDebit, now: Timestamp) -> Result<(), DraftError> {
    let mut left = new.amount;
    let mut draws = Vec::new();
    for lot in draft.account.lots.iter().filter(|lot| lot.active) {
        if left.is_zero() {
            break;
        }
        let amount = lot.remaining.min(left);
        left = left.saturating_sub(amount);
        draws.push(Draw { lot: lot.id, amount });
    }
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
