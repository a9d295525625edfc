//! Tells of tiers: one that a sale has reached, one that is lost by the clock, one that an operator sets
//! (rule 28). Every decision asks the rule itself; these events are for whoever wants to know.

use crate::ledger::command::Command;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::settle::settle;
use crate::ledger::event::AccountEvent;
use crate::ledger::refusal::Refusal;
use crate::ledger::rules::tier::{self, Later};
use crate::ledger::standing::TierEvent;
use crate::values::{Money, TierId, Timestamp};

/// How the tier is at an instant.
struct Found {
    known: TierId,
    current: TierId,
    falls_at: Option<Timestamp>,
}

/// The instant has come at which the tier is to be looked at.
pub(super) fn at_its_instant(draft: &mut Draft, at: Timestamp) -> Result<(), DraftError> {
    let Found { known, current, falls_at } = look(draft, at);
    let event = if current == known {
        TierEvent::Kept { review_at: falls_at, at }
    } else {
        TierEvent::Changed { from: known, to: current, review_at: falls_at, at }
    };
    draft.record(AccountEvent::Tier(event))
}

/// After a command: another tier than the one last told of, or one that falls earlier than it is looked
/// at. One that falls later is found out in time.
pub(super) fn after_a_command(draft: &mut Draft, now: Timestamp) -> Result<(), DraftError> {
    let Found { known, current, falls_at } = look(draft, now);
    let in_time = match (draft.account.standing.review_at, falls_at) {
        (Some(review_at), Some(falls_at)) => review_at <= falls_at,
        (review_at, falls_at) => review_at.is_none() && falls_at.is_none(),
    };
    let event = if current != known {
        TierEvent::Changed { from: known, to: current, review_at: falls_at, at: now }
    } else if in_time {
        return Ok(());
    } else {
        TierEvent::Kept { review_at: falls_at, at: now }
    };
    draft.record(AccountEvent::Tier(event))
}

/// The same again changes nothing.
pub(super) fn set_tier(
    mut draft: Draft,
    tier: Option<TierId>,
    command: &Command,
) -> Result<Draft, DraftError> {
    let at = command.now;
    let tiers = &command.facts.settings.at(at).tiers;
    if tier.is_some_and(|tier| !tiers.iter().any(|known| known.id == tier)) {
        return Err(Refusal::TierUnknown.into());
    }
    settle(&mut draft, at)?;
    if draft.account.standing.manual.map(|manual| manual.tier) != tier {
        draft.record(AccountEvent::Tier(TierEvent::Assigned { tier, at }))?;
    }
    Ok(draft)
}

fn look(draft: &Draft, at: Timestamp) -> Found {
    let settings = draft.settings.at(at);
    let base = tier::tier_for(Money::ZERO, settings).id;
    Found {
        known: draft.account.standing.tier.unwrap_or(base),
        current: tier::tier_at(&draft.account, settings, at, &Later::default()).id,
        falls_at: tier::falls_at(&draft.account, settings, at),
    }
}
