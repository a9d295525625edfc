//! What a shop writes down about a person beyond the profile, and how they stand with it: whether their
//! phone was confirmed, and whether their card was archived.

use crate::ledger::command::{CardNumber, Change, PhoneChange, ProfileChange, StoreName};
use crate::values::{Date, Text, TierId, Timestamp};

/// Most relatives, and most significant dates, of one person.
pub const PERSON_ENTRIES_MAX: usize = 20;

/// A part of a name: three of them fit into a full name.
pub type NamePart = Text<80>;
pub type Remark = Text<255>;
pub type LongRemark = Text<1000>;

/// A person as a shop knows them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    pub first_name: Option<NamePart>,
    pub last_name: Option<NamePart>,
    pub middle_name: Option<NamePart>,
    pub email: Option<Remark>,
    pub description: Option<LongRemark>,
    pub instagram: Option<Remark>,
    pub vkontakte: Option<Remark>,
    pub odnoklassniki: Option<Remark>,
    pub address: Option<LongRemark>,
    pub utm_source: Option<Remark>,
    pub created_in_store: Option<StoreName>,
    pub created_by_cashier: Option<u32>,
    pub registration_source: Option<Remark>,
    pub no_promotion_messages: bool,
    pub no_messages: bool,
    pub relatives: Vec<Relative>,
    pub significant_dates: Vec<SignificantDate>,
    pub e_card_status: Option<u32>,
    pub vk_status: Option<u32>,
    /// When this was last changed.
    pub changed_at: Timestamp,
}

/// A relative of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relative {
    pub name: Option<Remark>,
    pub birth_date: Option<Date>,
    pub gender: Option<Sex>,
}

/// A day that matters to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignificantDate {
    /// The shop's own names of the entry and of the occasion.
    pub id: Option<Text<64>>,
    pub occasion: Option<Text<64>>,
    pub kind: Option<u32>,
    pub name: Option<Remark>,
    pub date: Option<Date>,
    pub gender: Option<u32>,
}

/// As forms ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    Male,
    Female,
}

/// How a customer stands with the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Membership {
    /// When they first showed a code that was sent to their phone.
    pub confirmed_at: Option<Timestamp>,
    pub archived_at: Option<Timestamp>,
}

/// Something that happened to what is known of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonEvent {
    /// Personal.
    Changed(Box<Person>),
    PhoneConfirmed {
        at: Timestamp,
    },
    Archived {
        at: Timestamp,
    },
    Revived {
        at: Timestamp,
    },
    /// Personal: something was said of them that nobody can read any more: they were forgotten since, or their
    /// key is damaged.
    Unreadable,
}

/// What a shop changes about a customer, all of it or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerChange {
    /// Its full name follows the parts of the name where one of them changes.
    pub profile: ProfileChange,
    pub person: PersonChange,
    pub card: Change<CardNumber>,
    /// The customer was archived and comes back; nobody else is meant.
    pub revives: bool,
    pub phone: Option<PhoneChange>,
    /// Set by hand, unless it is the customer's tier already.
    pub tier: Option<TierId>,
}

/// What becomes of each field of a [`Person`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonChange {
    pub first_name: Change<NamePart>,
    pub last_name: Change<NamePart>,
    pub middle_name: Change<NamePart>,
    pub email: Change<Remark>,
    pub description: Change<LongRemark>,
    pub instagram: Change<Remark>,
    pub vkontakte: Change<Remark>,
    pub odnoklassniki: Change<Remark>,
    pub address: Change<LongRemark>,
    pub utm_source: Change<Remark>,
    pub created_in_store: Change<StoreName>,
    pub created_by_cashier: Change<u32>,
    pub registration_source: Change<Remark>,
    /// `None`: as it is.
    pub no_promotion_messages: Option<bool>,
    pub no_messages: Option<bool>,
    pub relatives: Option<Vec<Relative>>,
    pub significant_dates: Option<Vec<SignificantDate>>,
    pub e_card_status: Change<u32>,
    pub vk_status: Change<u32>,
}

impl PersonChange {
    /// The person after the change; when it was changed stays.
    #[must_use]
    pub fn applied_to(&self, before: &Person) -> Person {
        let change = self.clone();
        let person = before.clone();
        Person {
            first_name: change.first_name.applied_to(person.first_name),
            last_name: change.last_name.applied_to(person.last_name),
            middle_name: change.middle_name.applied_to(person.middle_name),
            email: change.email.applied_to(person.email),
            description: change.description.applied_to(person.description),
            instagram: change.instagram.applied_to(person.instagram),
            vkontakte: change.vkontakte.applied_to(person.vkontakte),
            odnoklassniki: change.odnoklassniki.applied_to(person.odnoklassniki),
            address: change.address.applied_to(person.address),
            utm_source: change.utm_source.applied_to(person.utm_source),
            created_in_store: change.created_in_store.applied_to(person.created_in_store),
            created_by_cashier: change.created_by_cashier.applied_to(person.created_by_cashier),
            registration_source: change.registration_source.applied_to(person.registration_source),
            no_promotion_messages: change
                .no_promotion_messages
                .unwrap_or(person.no_promotion_messages),
            no_messages: change.no_messages.unwrap_or(person.no_messages),
            relatives: change.relatives.unwrap_or(person.relatives),
            significant_dates: change.significant_dates.unwrap_or(person.significant_dates),
            e_card_status: change.e_card_status.applied_to(person.e_card_status),
            vk_status: change.vk_status.applied_to(person.vk_status),
            changed_at: person.changed_at,
        }
    }

    /// Whether a part of the name is to change.
    #[must_use]
    pub fn names(&self) -> bool {
        [&self.first_name, &self.last_name, &self.middle_name]
            .into_iter()
            .any(|part| *part != Change::Keep)
    }
}

impl Membership {
    /// Takes an event in.
    pub(super) fn apply(&mut self, event: &PersonEvent) {
        match event {
            PersonEvent::Changed(_) | PersonEvent::Unreadable => {}
            PersonEvent::PhoneConfirmed { at } => {
                self.confirmed_at = self.confirmed_at.or(Some(*at));
            }
            PersonEvent::Archived { at } => self.archived_at = Some(*at),
            PersonEvent::Revived { .. } => self.archived_at = None,
        }
    }
}
