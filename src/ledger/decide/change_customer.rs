//! A shop changes what it knows of a customer, archives them, or sees that they have their phone.

use crate::ledger::command::{Change, Command, FullName, ProfileChange};
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::settle::settle;
use crate::ledger::decide::{change_phone, change_profile, review};
use crate::ledger::event::AccountEvent;
use crate::ledger::person::{CustomerChange, Person, PersonEvent};
use crate::ledger::refusal::Refusal;
use crate::ledger::rules::tier::{self, Later};
use crate::values::{TierId, Timestamp};

/// The same data again change nothing.
pub(super) fn decide(
    mut draft: Draft,
    change: &CustomerChange,
    command: &Command,
) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    if change.revives {
        revive(&mut draft, command.now)?;
    }
    apply(draft, change, command)
}

/// Writes down what is new; of an account that was opened a moment ago, too.
pub(super) fn apply(
    draft: Draft,
    change: &CustomerChange,
    command: &Command,
) -> Result<Draft, DraftError> {
    let before = draft.account.person.as_deref().cloned().unwrap_or_default();
    let after = change.person.applied_to(&before);
    let mut profile = change.profile.clone();
    if change.person.names() {
        profile.full_name = full_name_of(&after).map_or(Change::Clear, Change::Set);
    }
    let mut draft = match profile == ProfileChange::default() {
        true => draft,
        false => change_profile::decide(draft, &profile, command)?,
    };
    if after != before {
        let changed = Person { changed_at: command.now, ..after };
        record(&mut draft, PersonEvent::Changed(Box::new(changed)))?;
    }
    let card = change.card.clone().applied_to(draft.account.card.clone());
    if card != draft.account.card {
        draft.record(AccountEvent::CardAssigned { card })?;
    }
    if let Some(phone) = &change.phone {
        draft = change_phone::decide(draft, phone, command)?;
    }
    match change.tier {
        Some(tier) => set_tier(draft, tier, command),
        None => Ok(draft),
    }
}

/// A shop sends back what it was shown: the tier that a customer has anyway is not set by hand.
fn set_tier(draft: Draft, tier: TierId, command: &Command) -> Result<Draft, DraftError> {
    let settings = draft.settings.at(command.now);
    let current = tier::tier_at(&draft.account, settings, command.now, &Later::default()).id;
    if current == tier { Ok(draft) } else { review::set_tier(draft, Some(tier), command) }
}

/// Archiving twice changes nothing.
pub(super) fn archive(mut draft: Draft, command: &Command) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    if draft.account.membership.archived_at.is_none() {
        record(&mut draft, PersonEvent::Archived { at: command.now })?;
    }
    Ok(draft)
}

/// The phone is the customer's; once is enough.
pub(super) fn confirm(mut draft: Draft, command: &Command) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    note_confirmed(&mut draft, command.now)?;
    Ok(draft)
}

pub(super) fn note_confirmed(draft: &mut Draft, at: Timestamp) -> Result<(), DraftError> {
    if draft.account.membership.confirmed_at.is_some() {
        return Ok(());
    }
    record(draft, PersonEvent::PhoneConfirmed { at })
}

fn revive(draft: &mut Draft, at: Timestamp) -> Result<(), DraftError> {
    if draft.account.membership.archived_at.is_none() {
        return Err(Refusal::PhoneTaken.into());
    }
    record(draft, PersonEvent::Revived { at })
}

fn record(draft: &mut Draft, event: PersonEvent) -> Result<(), DraftError> {
    draft.record(AccountEvent::Person(event))
}

/// Last, first and middle name, as far as they are known.
fn full_name_of(person: &Person) -> Option<FullName> {
    let parts = [&person.last_name, &person.first_name, &person.middle_name];
    let parts: Vec<&str> = parts.into_iter().flatten().map(|part| part.as_str()).collect();
    FullName::parse(&parts.join(" ")).ok().filter(|name| !name.as_str().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::command::Action;
    use crate::ledger::person::PersonChange;
    use crate::ledger::testing::{Scene, plain};
    use crate::values::Text;

    fn named(last: Change<Text<80>>, first: &str) -> CustomerChange {
        let first_name = Change::Set(Text::parse(first).unwrap());
        let person = PersonChange { last_name: last, first_name, ..PersonChange::default() };
        CustomerChange { person, ..CustomerChange::default() }
    }

    /// How many events it made, or the refusal.
    fn perform(scene: &mut Scene, action: Action) -> Result<usize, &'static str> {
        scene.perform(action).map(|events| events.len()).map_err(|refusal| refusal.code())
    }

    fn full_name(scene: &Scene) -> Option<String> {
        let profile = scene.account().profile.as_deref()?;
        profile.full_name.as_ref().map(ToString::to_string)
    }

    #[test]
    fn the_parts_of_a_name_make_the_full_name() {
        let mut scene = Scene::new(plain);
        let change = |change| Action::ChangeCustomer(Box::new(change));
        let set = |text| Change::Set(Text::parse(text).unwrap());
        assert_eq!(perform(&mut scene, change(named(set("Иванова"), "Анна"))), Ok(2));
        assert_eq!(full_name(&scene).as_deref(), Some("Иванова Анна"));
        assert_eq!(perform(&mut scene, change(named(Change::Keep, "Анна"))), Ok(0));
        assert_eq!(perform(&mut scene, change(named(Change::Clear, "Анна"))), Ok(2));
        assert_eq!(full_name(&scene).as_deref(), Some("Анна"));
        let email = PersonChange { email: set_remark("a@b.c"), ..PersonChange::default() };
        let email = CustomerChange { person: email, ..CustomerChange::default() };
        assert_eq!(perform(&mut scene, change(email)), Ok(1));
        let person = scene.account().person.as_deref().unwrap();
        assert_eq!((person.changed_at, person.email.is_some()), (scene.now, true));
    }

    fn set_remark(text: &str) -> Change<Text<255>> {
        Change::Set(Text::parse(text).unwrap())
    }

    #[test]
    fn only_who_was_archived_is_revived() {
        let mut scene = Scene::new(plain);
        let revive = || {
            Action::ChangeCustomer(Box::new(CustomerChange {
                revives: true,
                ..CustomerChange::default()
            }))
        };
        assert_eq!(perform(&mut scene, revive()), Err("phone_taken"));
        assert_eq!(perform(&mut scene, Action::Archive), Ok(1));
        assert_eq!(perform(&mut scene, Action::Archive), Ok(0));
        assert_eq!(perform(&mut scene, revive()), Ok(1));
        assert_eq!(scene.account().membership.archived_at, None);
    }

    #[test]
    fn a_phone_is_confirmed_once() {
        let mut scene = Scene::new(plain);
        assert_eq!(perform(&mut scene, Action::ConfirmPhone), Ok(1));
        assert_eq!(perform(&mut scene, Action::ConfirmPhone), Ok(0));
        assert_eq!(scene.account().membership.confirmed_at, Some(scene.now));
    }
}
