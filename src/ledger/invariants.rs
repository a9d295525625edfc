//! What must hold of an account after every step, in one place for production, tests and `verify`.

use crate::ledger::account::{Account, TOKENS_PER_CUSTOMER_MAX, part_of_lots};
use crate::ledger::open_lots::OpenLots;
use crate::ledger::reserve::{RESERVES_PER_CUSTOMER_MAX, ReserveId};
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
    #[error("the figures beside the lots are not theirs")]
    FiguresOfLots,
    #[error("there is debt beside spendable bonuses")]
    DebtBesideLots,
    #[error("there are {0} tokens")]
    TooManyTokens(usize),
    #[error("reserves of {covered} cover {kept} kept and {unexpired} unexpired")]
    CoverTooLarge { covered: Bonus, kept: Bonus, unexpired: Bonus },
    #[error("reserve {0} is empty or open twice")]
    ReserveSize(ReserveId),
    #[error("there are {0} open reserves")]
    TooManyReserves(usize),
    #[error("debt is dated that does not exist")]
    DateOfNoDebt,
    #[error("a customer was forgotten, but something of them is left")]
    LeftOfTheForgotten,
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
    // What a step did not touch was found sound when it was made.
    if cfg!(debug_assertions) || !account.lots.is_sound() {
        check_each_lot(&account.lots)?;
    }
    check_reserves(account)?;
    if !account.debt.is_zero() && !account.redeemable().is_zero() {
        return Err(Broken::DebtBesideLots);
    }
    if account.debt.is_zero() && account.debt_write_off_at.is_some() {
        return Err(Broken::DateOfNoDebt);
    }
    if account.tokens.len() > TOKENS_PER_CUSTOMER_MAX {
        return Err(Broken::TooManyTokens(account.tokens.len()));
    }
    check_forgotten(account)
}

/// Checks an account, and looks at every one of its lots, however they came about.
///
/// # Errors
/// The first invariant that does not hold.
pub fn check_whole(account: &Account) -> Result<(), Broken> {
    check_each_lot(&account.lots)?;
    check(account)
}

fn check_each_lot(lots: &OpenLots) -> Result<(), Broken> {
    if !lots.iter().is_sorted_by(|left, right| left.spend_order(right).is_lt()) {
        return Err(Broken::LotsOutOfOrder);
    }
    for lot in lots {
        if !lot.has_fitting_size() {
            return Err(Broken::LotSize(lot.id.number()));
        }
        if !lot.has_fitting_dates() {
            return Err(Broken::LotDates(lot.id.number()));
        }
    }
    if lots.are_figures_right() { Ok(()) } else { Err(Broken::FiguresOfLots) }
}

/// Nothing that names who was forgotten comes back, and nothing is theirs again.
fn check_forgotten(account: &Account) -> Result<(), Broken> {
    let named = account.phone.is_some()
        || account.card.is_some()
        || account.profile.is_some()
        || account.person.is_some()
        || account.birthday.is_some()
        || account.telegram.is_some()
        || account.referral.code.is_some()
        || !account.former_phones.is_empty()
        || !account.devices.is_empty()
        || !account.tokens.is_empty();
    let owns = !account.lots.is_empty() || !account.reserves.is_empty() || !account.debt.is_zero();
    let left = account.is_forgotten() && (named || owns);
    if left { Err(Broken::LeftOfTheForgotten) } else { Ok(()) }
}

/// What reserves cover is there: all that is kept for them, and the rest unexpired.
fn check_reserves(account: &Account) -> Result<(), Broken> {
    let (covered, kept) = (account.covered(), account.kept());
    let unexpired = part_of_lots(account.lots.sums().unexpired);
    if kept > covered || account.cover_of_unexpired() > unexpired {
        return Err(Broken::CoverTooLarge { covered, kept, unexpired });
    }
    for (index, reserve) in account.reserves.iter().enumerate() {
        let twice = account.reserves.iter().take(index).any(|other| other.id == reserve.id);
        if twice || reserve.amount.is_zero() {
            return Err(Broken::ReserveSize(reserve.id.clone()));
        }
    }
    if account.reserves.len() > RESERVES_PER_CUSTOMER_MAX {
        return Err(Broken::TooManyReserves(account.reserves.len()));
    }
    Ok(())
}
