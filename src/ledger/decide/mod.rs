//! One file per action: what a command makes of an account, as events on a draft.

mod adjust;
mod authenticate;
mod birthday;
mod change_customer;
mod change_phone;
mod change_profile;
mod claw_back;
mod cover;
mod debt;
mod devices;
mod draft;
mod earnings;
mod forget;
#[cfg(test)]
mod forget_tests;
mod import_customer;
mod import_sale;
#[cfg(test)]
mod import_tests;
mod late_debit;
#[cfg(test)]
mod late_debit_tests;
mod lots;
mod merge;
#[cfg(test)]
mod merge_tests;
mod moderate;
mod notice_overstock;
mod record_sale;
mod redeem;
mod referral;
mod refund;
#[cfg(test)]
mod refund_limits_tests;
#[cfg(test)]
mod refund_referral_tests;
#[cfg(test)]
mod refund_reserve_tests;
#[cfg(test)]
mod refund_tests;
mod register;
mod reserve;
#[cfg(test)]
mod reserve_tests;
mod restore;
#[cfg(test)]
mod retail_voucher_tests;
mod review;
mod sale;
mod sell;
#[cfg(test)]
mod sell_goods_tests;
#[cfg(test)]
mod sell_late_tests;
#[cfg(test)]
mod sell_retail_tests;
#[cfg(test)]
mod sell_tests;
mod settle;
mod take_back;
mod telegram;
#[cfg(test)]
mod voucher_tests;
mod vouchers;

pub(super) use draft::{Draft, DraftError};
pub(super) use lots::ids_needed;
pub(super) use sale::SaleTerms;
pub(super) use settle::settle;

use crate::ledger::account::{Account, Misfit};
use crate::ledger::command::{Action, Command, Sell};
use crate::ledger::refusal::Refusal;
use crate::values::Bonus;

/// Decides a command for an account that exists (or, to register one, does not), and looks at what
/// follows from it.
pub(super) fn decide(account: Option<&Account>, command: &Command) -> Result<Draft, DraftError> {
    let draft = act(account, command)?;
    follow_up(account, draft, command)
}

/// What follows from every command.
fn follow_up(
    account: Option<&Account>,
    mut draft: Draft,
    command: &Command,
) -> Result<Draft, DraftError> {
    // Nothing follows for who was forgotten.
    if draft.account.is_forgotten() {
        return Ok(draft);
    }
    let before = account.map_or(Bonus::ZERO, |account| account.debt);
    let rules = &command.facts.settings.at(command.now).rules;
    debt::date(&mut draft, before, rules, command.now)?;
    birthday::await_next(&mut draft, command.now)?;
    review::after_a_command(&mut draft, command.now)?;
    Ok(draft)
}

fn act(account: Option<&Account>, command: &Command) -> Result<Draft, DraftError> {
    let opened = |ids| Draft::of(account, ids, &command.facts.settings);
    let ids = command.facts.ids;
    let forgotten = account.is_some_and(Account::is_forgotten);
    if forgotten && !command.action.reaches_the_forgotten() {
        return Err(Refusal::CustomerNotFound.into());
    }
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
        Action::Refund(refund) => refund::decide(opened(ids)?, refund, command),
        Action::Settle => {
            let mut draft = opened(ids)?;
            settle(&mut draft, command.now)?;
            Ok(draft)
        }
        Action::ChangeProfile(change) => change_profile::decide(opened(ids)?, change, command),
        Action::SetAside(asked) => reserve::set_aside(opened(ids)?, asked, command),
        Action::CommitReserve(commit) => reserve::commit(opened(ids)?, commit, command),
        Action::ReleaseReserve(asked) => reserve::release(opened(ids)?, asked, command),
        Action::LinkTelegram(user) => telegram::decide(opened(ids)?, user, command),
        Action::RegisterDevice(device) => devices::register(opened(ids)?, device, command),
        Action::ForgetDevice(token) => devices::forget(opened(ids)?, token, command),
        Action::SetTier(tier) => review::set_tier(opened(ids)?, *tier, command),
        Action::AssignReferralCode(code) => referral::assign_code(opened(ids)?, *code, command),
        Action::TakeReferralMessage { invitee, message } => {
            referral::take_message(opened(ids)?, *invitee, message, command)
        }
        Action::ReferralTold { number } => referral::told(opened(ids)?, *number),
        Action::NoticeOverstock(offer) => notice_overstock::decide(opened(ids)?, offer, command),
        Action::SetFlag { flag, on } => moderate::set_flag(opened(ids)?, *flag, *on, command),
        Action::ChangePhone(change) => change_phone::decide(opened(ids)?, change, command),
        Action::Merge(merge) => merge::decide(opened(ids)?, merge, command),
        Action::ChangeCustomer(change) => change_customer::decide(opened(ids)?, change, command),
        Action::Archive => change_customer::archive(opened(ids)?, command),
        Action::ConfirmPhone => change_customer::confirm(opened(ids)?, command),
        Action::ImportCustomer(import) => {
            let draft = match &import.newcomer {
                Some(_) if account.is_some() => return Err(Misfit::OpenedTwice.into()),
                Some(newcomer) => import_customer::open(newcomer, command)?,
                None => opened(ids)?,
            };
            import_customer::take(draft, import, command)
        }
        Action::ImportSale(import) => import_sale::decide(opened(ids)?, import, command),
        Action::ReverseImport(reversal) => {
            import_customer::reverse(opened(ids)?, reversal, command)
        }
        Action::Forget(forget) => forget::decide(opened(ids)?, forget, command),
    }
}

/// Decides a sale, and tells what its figures follow from: what [`decide`] does with the same command.
pub(super) fn explain_sale<'a>(
    account: Option<&Account>,
    sell: &'a Sell,
    command: &'a Command,
) -> Result<(Draft, SaleTerms<'a>), DraftError> {
    let draft = Draft::of(account, command.facts.ids, &command.facts.settings)?;
    let (draft, terms) = sell::explain(draft, sell, command)?;
    Ok((follow_up(account, draft, command)?, terms))
}
