//! Tells a customer of a promotion on what lies on the shelf too long, if it is one for them.

use crate::ledger::command::{Command, OverstockOffer};
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::settle::settle;
use crate::ledger::event::AccountEvent;
use crate::ledger::rules::overstock_push::told_of;

pub(super) fn decide(
    mut draft: Draft,
    offer: &OverstockOffer,
    command: &Command,
) -> Result<Draft, DraftError> {
    let now = command.now;
    let rules = &command.facts.settings.at(now).rules;
    let promotions = &command.facts.promotions.all;
    let Some(promotion) = told_of(&draft.account, offer, promotions, (rules, now)) else {
        return Ok(draft);
    };
    settle(&mut draft, now)?;
    draft.record(AccountEvent::OverstockNoticed { promotion, sync: offer.sync, at: now })?;
    Ok(draft)
}
