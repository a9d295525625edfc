//! Who a customer is, as the export tells: what they told of themselves, and what leads to them.

use crate::api::bonex::date_time;
use crate::ledger::{Account, Person, Platform, SettingsDraft, Sex};
use crate::values::{Date, Text, ean13_of};
use serde::Serialize;

/// What names a customer, or says something about them.
#[derive(Serialize)]
pub(super) struct PersonShape<'a> {
    client_id: u64,
    registered_at: String,
    phone: Option<String>,
    /// Phones before; each leads to the customer until then.
    former_phones: Vec<FormerPhoneShape>,
    card: Option<&'a str>,
    barcode_ean13: Option<String>,
    referral_code: Option<&'a str>,
    telegram_id: Option<u64>,
    telegram_username: Option<&'a str>,
    devices: Vec<DeviceShape<'a>>,
    /// How many logins are kept: an app is logged in by each.
    logins: usize,
    full_name: Option<&'a str>,
    birth_date: Option<String>,
    gender: Option<&'a str>,
    phone_confirmed_at: Option<String>,
    archived_at: Option<String>,
    details: Option<DetailsShape<'a>>,
}

#[derive(Serialize)]
struct FormerPhoneShape {
    phone: String,
    until: String,
}

#[derive(Serialize)]
struct DeviceShape<'a> {
    token: &'a str,
    platform: Option<&'static str>,
}

/// What a shop wrote down beyond that.
#[derive(Serialize)]
pub(super) struct DetailsShape<'a> {
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
    registration_source: Option<&'a str>,
    no_messages: bool,
    no_promotion_messages: bool,
    relatives: Vec<RelativeShape<'a>>,
    significant_dates: Vec<SignificantDateShape<'a>>,
    e_card_status: Option<u32>,
    vk_status: Option<u32>,
    changed_at: String,
}

/// As the customer told of them.
#[derive(Serialize)]
struct RelativeShape<'a> {
    name: Option<&'a str>,
    birth_date: Option<String>,
    gender: Option<&'static str>,
}

#[derive(Serialize)]
struct SignificantDateShape<'a> {
    id: Option<&'a str>,
    occasion: Option<&'a str>,
    kind: Option<u32>,
    name: Option<&'a str>,
    date: Option<String>,
    gender: Option<u32>,
}

impl<'a> PersonShape<'a> {
    pub(super) fn of(account: &'a Account, rules: &SettingsDraft) -> Self {
        let profile = account.profile.as_deref();
        let telegram = account.telegram.as_deref();
        let Account { membership, .. } = account;
        let former = account.former_phones.iter().map(|former| FormerPhoneShape {
            phone: former.phone.to_string(),
            until: date_time(former.until, rules),
        });
        let devices = account.devices.iter().map(|device| DeviceShape {
            token: device.token.as_str(),
            platform: device.platform.map(platform),
        });
        Self {
            client_id: account.id.number(),
            registered_at: date_time(account.opened_at, rules),
            phone: account.phone.map(|phone| phone.to_string()),
            former_phones: former.collect(),
            card: words(account.card.as_ref()),
            barcode_ean13: ean13_of(account.id.number()),
            referral_code: account.referral.code.as_ref().map(|code| code.as_str()),
            telegram_id: telegram.map(|user| user.id.number()),
            telegram_username: telegram.and_then(|user| words(user.username.as_ref())),
            devices: devices.collect(),
            logins: account.tokens.len(),
            full_name: profile.and_then(|profile| words(profile.full_name.as_ref())),
            birth_date: profile.and_then(|profile| day(profile.birth_date)),
            gender: profile.and_then(|profile| words(profile.gender.as_ref())),
            phone_confirmed_at: membership.confirmed_at.map(|at| date_time(at, rules)),
            archived_at: membership.archived_at.map(|at| date_time(at, rules)),
            details: account.person.as_deref().map(|person| DetailsShape::of(person, rules)),
        }
    }
}

impl<'a> DetailsShape<'a> {
    pub(super) fn of(person: &'a Person, rules: &SettingsDraft) -> Self {
        let relatives = person.relatives.iter().map(|relative| RelativeShape {
            name: words(relative.name.as_ref()),
            birth_date: day(relative.birth_date),
            gender: relative.gender.map(sex),
        });
        let dates = person.significant_dates.iter().map(|day_of_note| SignificantDateShape {
            id: words(day_of_note.id.as_ref()),
            occasion: words(day_of_note.occasion.as_ref()),
            kind: day_of_note.kind,
            name: words(day_of_note.name.as_ref()),
            date: day(day_of_note.date),
            gender: day_of_note.gender,
        });
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
            registration_source: words(person.registration_source.as_ref()),
            no_messages: person.no_messages,
            no_promotion_messages: person.no_promotion_messages,
            relatives: relatives.collect(),
            significant_dates: dates.collect(),
            e_card_status: person.e_card_status,
            vk_status: person.vk_status,
            changed_at: date_time(person.changed_at, rules),
        }
    }
}

fn words<const MAX: usize>(text: Option<&Text<MAX>>) -> Option<&str> {
    text.map(Text::as_str)
}

fn day(date: Option<Date>) -> Option<String> {
    date.map(|date| date.to_string())
}

const fn platform(platform: Platform) -> &'static str {
    match platform {
        Platform::Android => "android",
        Platform::Ios => "ios",
    }
}

const fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "male",
        Sex::Female => "female",
    }
}
