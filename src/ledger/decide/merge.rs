//! Makes one account of two (rule 34a): what is due on each is done, a referral between them is undone,
//! and the other account hands over all it has. Of what both were given once, the larger stays.

use crate::ledger::account::Account;
use crate::ledger::command::Command;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::lots::slices;
use crate::ledger::decide::referral::{undo_as_invitee, undo_as_inviter};
use crate::ledger::decide::settle::settle;
use crate::ledger::event::{AccountEvent, LotDraw};
use crate::ledger::facts::IdBlock;
use crate::ledger::former_phone::{FORMER_PHONES_MAX, FormerPhone};
use crate::ledger::gift::{Forfeit, Gift};
use crate::ledger::guard::AccountFlag;
use crate::ledger::lot::Kept;
use crate::ledger::merge::{Estate, Merge, MergedIn, MergedOut};
use crate::ledger::refusal::Refusal;
use crate::ledger::reserve::RESERVES_PER_CUSTOMER_MAX;
use crate::ledger::rules::tier;
use crate::ledger::standing::{ManualTier, TierEvent};
use crate::values::{Balance, Bonus, LotId, Money, Timestamp};

/// The draft is of the account that stays; it carries that of the other one along.
pub(super) fn decide(
    mut draft: Draft,
    merge: &Merge,
    command: &Command,
) -> Result<Draft, DraftError> {
    let at = command.now;
    refuse_what_is_one(&draft.account, &merge.source)?;
    let mut giver = Draft::of(Some(&merge.source), draft.ids, &command.facts.settings)?;
    settle(&mut giver, at)?;
    draft.ids = giver.ids;
    settle(&mut draft, at)?;
    undo_referrals(&mut draft, &mut giver, at)?;
    refuse_what_is_too_much(&draft.account, &giver.account)?;
    let (amount, estate) = hand_over(&mut giver, &draft, at)?;
    draft.ids = giver.ids;
    take_over(&mut draft, merge, (amount, estate), at)?;
    draft.other = Some(Box::new(giver));
    Ok(draft)
}

fn refuse_what_is_one(target: &Account, source: &Account) -> Result<(), Refusal> {
    if target.id == source.id {
        return Err(Refusal::MergeIntoItself);
    }
    if source.is_forgotten() {
        return Err(Refusal::CustomerNotFound);
    }
    match source.merged_into.or(target.merged_into) {
        Some(into) => Err(Refusal::AlreadyMerged { into }),
        None => Ok(()),
    }
}

fn refuse_what_is_too_much(target: &Account, source: &Account) -> Result<(), Refusal> {
    let lots = target.lots.iter().chain(&source.lots).map(|lot| lot.remaining);
    let spent =
        [target.total_spent, source.total_spent, target.kept_for_tier, source.kept_for_tier];
    let within = Bonus::checked_sum(lots).is_some()
        && target.debt.checked_add(source.debt).is_some()
        && Money::checked_sum(spent).is_some();
    if !within {
        return Err(Refusal::AmountTooLarge { field: "into" });
    }
    let reserves = target.reserves.len().saturating_add(source.reserves.len());
    if reserves > RESERVES_PER_CUSTOMER_MAX {
        return Err(Refusal::TooManyReserves { most: RESERVES_PER_CUSTOMER_MAX });
    }
    let phones = target.former_phones.len().saturating_add(source.former_phones.len());
    if phones > FORMER_PHONES_MAX {
        return Err(Refusal::TooManyPhones { most: FORMER_PHONES_MAX });
    }
    Ok(())
}

/// Nobody invites oneself.
fn undo_referrals(draft: &mut Draft, giver: &mut Draft, at: Timestamp) -> Result<(), DraftError> {
    undo_referral(giver, draft, at)?;
    undo_referral(draft, giver, at)
}

fn undo_referral(
    invitee: &mut Draft,
    inviter: &mut Draft,
    at: Timestamp,
) -> Result<(), DraftError> {
    if invitee.account.referral.inviter.is_none_or(|known| !inviter.account.is(known)) {
        return Ok(());
    }
    let completed = invitee.account.referral.completed;
    let (one, other) = (invitee.account.id, inviter.account.id);
    invitee.ids = later(invitee, inviter);
    undo_as_invitee(invitee, other, at)?;
    inviter.ids = invitee.ids;
    undo_as_inviter(inviter, one, completed, at)?;
    invitee.ids = inviter.ids;
    Ok(())
}

/// The ids that neither of two drafts has used: they draw from one block in turn.
fn later(one: &Draft, other: &Draft) -> IdBlock {
    if one.ids.transaction < other.ids.transaction { other.ids } else { one.ids }
}

/// The source logs everybody out and gives up all it has: its balance, and what that consists of.
fn hand_over(
    giver: &mut Draft,
    draft: &Draft,
    at: Timestamp,
) -> Result<(Balance, Estate), DraftError> {
    giver.ids = later(giver, draft);
    for token in giver.account.tokens.clone() {
        giver.record(AccountEvent::TokenRevoked { token: token.id, at })?;
    }
    for device in giver.account.devices.clone() {
        giver.record(AccountEvent::DeviceForgotten { token: device.token })?;
    }
    let (amount, estate) = (giver.account.balance(), Estate::of(&giver.account));
    let out = MergedOut {
        transaction: giver.next_transaction(),
        into: draft.account.id,
        amount,
        parts: estate.parts(),
        at,
    };
    giver.record(AccountEvent::MergedOut(out))?;
    Ok((amount, estate))
}

fn take_over(
    draft: &mut Draft,
    merge: &Merge,
    (amount, estate): (Balance, Estate),
    at: Timestamp,
) -> Result<(), DraftError> {
    let source = &merge.source;
    let doubled = draft.account.gifts.doubled(&estate.gifts);
    let transaction = draft.next_transaction();
    draft.record(AccountEvent::MergedIn(Box::new(MergedIn {
        transaction,
        from: source.id,
        amount,
        estate,
        reason: merge.reason.clone(),
        at,
    })))?;
    let own = draft.account.phone;
    let kept = |former: &&FormerPhone| former.until > at && Some(former.phone) != own;
    for former in source.former_phones.iter().filter(kept) {
        let (phone, until) = (former.phone, former.until);
        draft.record(AccountEvent::PhoneRetired { phone, until, reason: None })?;
    }
    for gift in doubled {
        forfeit(draft, &gift, at)?;
    }
    pay_debt(draft, at)?;
    take_manual_tier(draft, source.standing.manual, at)?;
    if source.blocked && !draft.account.blocked {
        draft.record(AccountEvent::Blocked { at })?;
    }
    take_flags(draft, source, at)
}

/// What an operator said of either customer holds for the one that stays.
fn take_flags(draft: &mut Draft, source: &Account, at: Timestamp) -> Result<(), DraftError> {
    let account = &draft.account;
    let staff = source.staff && !account.staff;
    let debit_denied = source.debit_denied && !account.debit_denied;
    let flags = [(AccountFlag::Staff, staff), (AccountFlag::DebitDenied, debit_denied)];
    for (flag, _) in flags.into_iter().filter(|(_, taken)| *taken) {
        draft.record(AccountEvent::FlagSet { flag, on: true, at })?;
    }
    Ok(())
}

/// What is left of the smaller gift goes, as far as no reserve covers it.
fn forfeit(draft: &mut Draft, gift: &Gift, at: Timestamp) -> Result<(), DraftError> {
    let draws = left_of(&draft.account, gift.lot);
    let amount = Bonus::checked_sum(draws.iter().map(|draw| draw.amount)).unwrap_or_default();
    if amount.is_zero() {
        return Ok(());
    }
    let transaction = draft.next_transaction();
    draft.record(AccountEvent::GiftForfeited(Forfeit { transaction, amount, draws, at }))
}

fn left_of(account: &Account, lot: LotId) -> Vec<LotDraw> {
    let mut uncovered = account.uncovered();
    let mut draws = Vec::new();
    let slices = account.lots.of_id(lot).filter(|it| it.kept != Some(Kept::Covered));
    for slice in slices {
        let most = if slice.is_unexpired() { uncovered } else { slice.remaining };
        let amount = slice.remaining.min(most);
        if !amount.is_zero() {
            draws.push(LotDraw { lot, amount, held: !slice.active });
        }
        // The next slice of the lot is reached only when this one is gone.
        if amount < slice.remaining {
            break;
        }
        if slice.is_unexpired() {
            uncovered = uncovered.saturating_sub(amount);
        }
    }
    draws
}

/// What one side owed, what the other can spend pays.
fn pay_debt(draft: &mut Draft, at: Timestamp) -> Result<(), DraftError> {
    let draws = slices(&draft.account, draft.account.debt);
    if draws.is_empty() { Ok(()) } else { draft.record(AccountEvent::DebtPaid { draws, at }) }
}

/// A tier that an operator set for the source moves if it is above the one that the customer has now.
fn take_manual_tier(
    draft: &mut Draft,
    manual: Option<ManualTier>,
    at: Timestamp,
) -> Result<(), DraftError> {
    let settings = draft.settings.at(at);
    let rank = |tier| settings.tiers.iter().position(|known| known.id == tier);
    let current = tier::tier_at(&draft.account, settings, at, &tier::Later::default()).id;
    let Some(tier) = manual.map(|manual| manual.tier).filter(|tier| rank(*tier) > rank(current))
    else {
        return Ok(());
    };
    draft.record(AccountEvent::Tier(TierEvent::Assigned { tier: Some(tier), at }))
}
