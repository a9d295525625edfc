//! What must hold of an account after every step, in one place for production, tests and `verify`.

use crate::ledger::account::{Account, TOKENS_PER_CUSTOMER_MAX};
use crate::values::Bonus;
use thiserror::Error;

/// A broken invariant: a bug, never the caller's fault.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Broken {
    #[error("lots less debt are {lots} but the history adds up to {history}")]
    HistoryDoesNotAddUp { lots: String, history: String },
    #[error("the lots are not in spend order")]
    LotsOutOfOrder,
    #[error("lot {0} is empty or larger than it was made")]
    LotSize(u64),
    #[error("lot {0} ends before it begins")]
    LotDates(u64),
    #[error("there is debt beside spendable bonuses")]
    DebtBesideLots,
    #[error("there are {0} tokens")]
    TooManyTokens(usize),
}

/// Checks an account.
///
/// # Errors
/// The first invariant that does not hold.
pub fn check(account: &Account) -> Result<(), Broken> {
    let balance = account.balance();
    if balance != account.history_balance {
        return Err(Broken::HistoryDoesNotAddUp {
            lots: balance.to_string(),
            history: account.history_balance.to_string(),
        });
    }
    if !account.lots.is_sorted_by(|left, right| left.spend_order(right).is_lt()) {
        return Err(Broken::LotsOutOfOrder);
    }
    for lot in &account.lots {
        if lot.remaining == Bonus::ZERO || lot.remaining > lot.amount {
            return Err(Broken::LotSize(lot.id.number()));
        }
        if lot.expires_at.is_some_and(|end| end <= lot.activates_at) {
            return Err(Broken::LotDates(lot.id.number()));
        }
    }
    if !account.debt.is_zero() && account.lots.iter().any(|lot| lot.active) {
        return Err(Broken::DebtBesideLots);
    }
    if account.tokens.len() > TOKENS_PER_CUSTOMER_MAX {
        return Err(Broken::TooManyTokens(account.tokens.len()));
    }
    Ok(())
}
