//! One file per action: what a command makes of an account, as events on a draft.

mod adjust;
mod authenticate;
mod birthday;
mod draft;
mod lots;
mod moderate;
mod redeem;
mod referral;
mod register;
mod review;
mod sell;
#[cfg(test)]
mod sell_late_tests;
#[cfg(test)]
mod sell_tests;
mod settle;
mod take_back;

pub(super) use draft::{Draft, DraftError};
pub(super) use lots::ids_needed;
pub(super) use settle::settle;

use crate::ledger::account::{Account, Misfit};
use crate::ledger::command::{Action, Command};

/// Decides a command for an account that exists (or, to register one, does not), and looks at what
/// follows from it.
pub(super) fn decide(account: Option<&Account>, command: &Command) -> Result<Draft, DraftError> {
    let mut draft = decide_action(account, command)?;
    birthday::await_next(&mut draft, command.now)?;
    review::after_a_command(&mut draft, command.now)?;
    Ok(draft)
}

fn decide_action(account: Option<&Account>, command: &Command) -> Result<Draft, DraftError> {
    let opened = |ids| Draft::of(account, ids, &command.facts.settings);
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
        Action::SetTier(tier) => review::set_tier(opened(ids)?, *tier, command),
        Action::AssignReferralCode(code) => referral::assign_code(opened(ids)?, *code, command),
        Action::TakeReferralMessage { invitee, message } => {
            referral::take_message(opened(ids)?, *invitee, message, command)
        }
        Action::ReferralTold { number } => referral::told(opened(ids)?, *number),
    }
}
