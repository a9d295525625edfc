//! One file per action: what a command makes of an account, as events on a draft.

mod adjust;
mod authenticate;
mod change_profile;
mod devices;
mod draft;
mod earnings;
mod lots;
mod moderate;
mod redeem;
mod register;
mod sell;
#[cfg(test)]
mod sell_goods_tests;
#[cfg(test)]
mod sell_late_tests;
#[cfg(test)]
mod sell_tests;
mod settle;
mod telegram;

pub(super) use draft::{Draft, DraftError};
pub(super) use lots::transactions_needed;
pub(super) use sell::SaleTerms;
pub(super) use settle::settle;

use crate::ledger::account::{Account, Misfit};
use crate::ledger::command::{Action, Command, Sell};

/// Decides a command for an account that exists (or, to register one, does not).
pub(super) fn decide(account: Option<&Account>, command: &Command) -> Result<Draft, DraftError> {
    let opened = |ids| Draft::of(account, ids);
    let ids = command.facts.ids;
    match &command.action {
        Action::Register(_) if account.is_some() => Err(Misfit::OpenedTwice.into()),
        Action::Register(register) => register::decide(register, command),
        Action::Authenticate(authenticate) => {
            authenticate::decide(opened(ids)?, authenticate, command)
        }
        Action::Sell(sell) => sell::decide(opened(ids)?, sell, command),
        Action::Redeem(redeem) => redeem::decide(opened(ids)?, redeem, command),
        Action::Adjust(adjust) => adjust::decide(opened(ids)?, adjust, command),
        Action::Block => moderate::block(opened(ids)?, command),
        Action::Unblock => moderate::unblock(opened(ids)?, command),
        Action::SetCard(card) => moderate::set_card(opened(ids)?, card.as_ref(), command),
        Action::Settle => {
            let mut draft = opened(ids)?;
            settle(&mut draft, command.now)?;
            Ok(draft)
        }
        Action::ChangeProfile(change) => change_profile::decide(opened(ids)?, change, command),
        Action::LinkTelegram(user) => telegram::decide(opened(ids)?, user, command),
        Action::RegisterDevice(device) => devices::register(opened(ids)?, device, command),
        Action::ForgetDevice(token) => devices::forget(opened(ids)?, token, command),
    }
}

/// Decides a sale, and tells what its figures follow from: what [`decide`] does with the same command.
pub(super) fn explain_sale<'a>(
    account: Option<&Account>,
    sell: &'a Sell,
    command: &'a Command,
) -> Result<(Draft, SaleTerms<'a>), DraftError> {
    sell::explain(Draft::of(account, command.facts.ids)?, sell, command)
}
