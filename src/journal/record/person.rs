//! What is known of a person, and how they stand with the shop, as it is stored. The order of variants
//! and fields is the format.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode};
use crate::journal::record::account::StoredAccountEvent;
use crate::journal::record::fields::{all, date, instant, optional, text};
use crate::journal::record::sealing::Envelope;
use crate::ledger::{Person, PersonEvent, Relative, Sex, SignificantDate};
use crate::values::{Date, Text};

stored_words!(StoredSex is Sex { Male, Female });

/// What happened to a membership.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) enum StoredMembershipEvent {
    PhoneConfirmed { at: i64 },
    Archived { at: i64 },
    Revived { at: i64 },
}

/// A person, whole.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredPerson<'a> {
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    middle_name: Option<&'a str>,
    email: Option<&'a str>,
    description: Option<&'a str>,
    instagram: Option<&'a str>,
    vkontakte: Option<&'a str>,
    odnoklassniki: Option<&'a str>,
    address: Option<&'a str>,
    utm_source: Option<&'a str>,
    created_in_store: Option<&'a str>,
    created_by_cashier: Option<u32>,
    registration_source: Option<&'a str>,
    no_promotion_messages: bool,
    no_messages: bool,
    relatives: Vec<StoredRelative<'a>>,
    significant_dates: Vec<StoredSignificantDate<'a>>,
    e_card_status: Option<u32>,
    vk_status: Option<u32>,
    changed_at: i64,
}

#[derive(Debug, Encode, BorrowDecode)]
struct StoredRelative<'a> {
    name: Option<&'a str>,
    /// Days since 1970-01-01.
    birth_date: Option<i32>,
    gender: Option<StoredSex>,
}

#[derive(Debug, Encode, BorrowDecode)]
struct StoredSignificantDate<'a> {
    id: Option<&'a str>,
    occasion: Option<&'a str>,
    kind: Option<u32>,
    name: Option<&'a str>,
    /// Days since 1970-01-01.
    date: Option<i32>,
    gender: Option<u32>,
}

/// The form of an event: what is personal lies in an envelope.
pub(super) fn stored_person_event<'a>(event: &PersonEvent) -> StoredAccountEvent<'a> {
    StoredAccountEvent::Membership(match event {
        PersonEvent::Changed(person) => {
            return StoredAccountEvent::Personal(Envelope::of_person(person));
        }
        PersonEvent::Unreadable => return StoredAccountEvent::Personal(Envelope::gone()),
        PersonEvent::PhoneConfirmed { at } => {
            StoredMembershipEvent::PhoneConfirmed { at: at.millis() }
        }
        PersonEvent::Archived { at } => StoredMembershipEvent::Archived { at: at.millis() },
        PersonEvent::Revived { at } => StoredMembershipEvent::Revived { at: at.millis() },
    })
}

impl TryFrom<StoredMembershipEvent> for PersonEvent {
    type Error = CodecError;

    fn try_from(stored: StoredMembershipEvent) -> Result<Self, CodecError> {
        Ok(match stored {
            StoredMembershipEvent::PhoneConfirmed { at } => {
                Self::PhoneConfirmed { at: instant(at)? }
            }
            StoredMembershipEvent::Archived { at } => Self::Archived { at: instant(at)? },
            StoredMembershipEvent::Revived { at } => Self::Revived { at: instant(at)? },
        })
    }
}

fn words<const MAX: usize>(text: Option<&Text<MAX>>) -> Option<&str> {
    text.map(Text::as_str)
}

impl<'a> From<&'a Person> for StoredPerson<'a> {
    fn from(person: &'a Person) -> Self {
        Self {
            first_name: words(person.first_name.as_ref()),
            last_name: words(person.last_name.as_ref()),
            middle_name: words(person.middle_name.as_ref()),
            email: words(person.email.as_ref()),
            description: words(person.description.as_ref()),
            instagram: words(person.instagram.as_ref()),
            vkontakte: words(person.vkontakte.as_ref()),
            odnoklassniki: words(person.odnoklassniki.as_ref()),
            address: words(person.address.as_ref()),
            utm_source: words(person.utm_source.as_ref()),
            created_in_store: words(person.created_in_store.as_ref()),
            created_by_cashier: person.created_by_cashier,
            registration_source: words(person.registration_source.as_ref()),
            no_promotion_messages: person.no_promotion_messages,
            no_messages: person.no_messages,
            relatives: person.relatives.iter().map(StoredRelative::from).collect(),
            significant_dates: person
                .significant_dates
                .iter()
                .map(StoredSignificantDate::from)
                .collect(),
            e_card_status: person.e_card_status,
            vk_status: person.vk_status,
            changed_at: person.changed_at.millis(),
        }
    }
}

impl TryFrom<StoredPerson<'_>> for Person {
    type Error = CodecError;

    fn try_from(stored: StoredPerson<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            first_name: optional(stored.first_name, text)?,
            last_name: optional(stored.last_name, text)?,
            middle_name: optional(stored.middle_name, text)?,
            email: optional(stored.email, text)?,
            description: optional(stored.description, text)?,
            instagram: optional(stored.instagram, text)?,
            vkontakte: optional(stored.vkontakte, text)?,
            odnoklassniki: optional(stored.odnoklassniki, text)?,
            address: optional(stored.address, text)?,
            utm_source: optional(stored.utm_source, text)?,
            created_in_store: optional(stored.created_in_store, text)?,
            created_by_cashier: stored.created_by_cashier,
            registration_source: optional(stored.registration_source, text)?,
            no_promotion_messages: stored.no_promotion_messages,
            no_messages: stored.no_messages,
            relatives: all(stored.relatives, Relative::try_from)?,
            significant_dates: all(stored.significant_dates, SignificantDate::try_from)?,
            e_card_status: stored.e_card_status,
            vk_status: stored.vk_status,
            changed_at: instant(stored.changed_at)?,
        })
    }
}

impl<'a> From<&'a Relative> for StoredRelative<'a> {
    fn from(relative: &'a Relative) -> Self {
        Self {
            name: words(relative.name.as_ref()),
            birth_date: relative.birth_date.as_ref().map(Date::to_epoch_days),
            gender: relative.gender.map(StoredSex::from),
        }
    }
}

impl TryFrom<StoredRelative<'_>> for Relative {
    type Error = CodecError;

    fn try_from(stored: StoredRelative<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            name: optional(stored.name, text)?,
            birth_date: optional(stored.birth_date, date)?,
            gender: stored.gender.map(Sex::from),
        })
    }
}

impl<'a> From<&'a SignificantDate> for StoredSignificantDate<'a> {
    fn from(day: &'a SignificantDate) -> Self {
        Self {
            id: words(day.id.as_ref()),
            occasion: words(day.occasion.as_ref()),
            kind: day.kind,
            name: words(day.name.as_ref()),
            date: day.date.as_ref().map(Date::to_epoch_days),
            gender: day.gender,
        }
    }
}

impl TryFrom<StoredSignificantDate<'_>> for SignificantDate {
    type Error = CodecError;

    fn try_from(stored: StoredSignificantDate<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            id: optional(stored.id, text)?,
            occasion: optional(stored.occasion, text)?,
            kind: stored.kind,
            name: optional(stored.name, text)?,
            date: optional(stored.date, date)?,
            gender: stored.gender,
        })
    }
}
