//! The `person` of the dialect's `Customer`.

use super::customer_fields::gender_of;
use super::retail::store_number;
use crate::api::bonex::date_time;
use crate::ledger::{AccountView, Person, Relative, Sex, SignificantDate, Tenant};
use crate::values::{Date, Text, Timestamp};
use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PersonShape {
    r#fn: Option<String>,
    ln: Option<String>,
    mn: Option<String>,
    sex: Option<&'static str>,
    email: Option<String>,
    desc: Option<String>,
    birth_day: Option<String>,
    profile_instagram: Option<String>,
    profile_vkontakte: Option<String>,
    profile_odnoklassniki: Option<String>,
    address: Option<String>,
    utm_source: Option<String>,
    creation_date: String,
    last_update_date: String,
    created_in_store: Option<String>,
    #[serde(rename = "disablePromoSMS")]
    disable_promo_sms: bool,
    relatives: Vec<RelativeShape>,
    significant_dates: Vec<SignificantDateShape>,
    created_in_store_id: Option<u32>,
    #[serde(rename = "lastOperationStoreID")]
    last_operation_store_id: Option<u32>,
    created_by_cashier_id: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RelativeShape {
    birth_day: Option<String>,
    sex: Option<&'static str>,
    name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SignificantDateShape {
    id: Option<String>,
    significant_date_id: Option<String>,
    significant_date_type: Option<u32>,
    name: Option<String>,
    date: Option<String>,
    sex: Option<u32>,
}

impl PersonShape {
    pub(super) fn new(view: &AccountView, tenant: &Tenant, now: Timestamp) -> Self {
        let rules = &tenant.settings.at(now).rules;
        let nobody = Person::default();
        let person = view.person.as_deref().unwrap_or(&nobody);
        let changed_at = person.changed_at.max(view.opened_at);
        let profile = view.profile.as_deref();
        let gender = profile.and_then(|profile| profile.gender.as_ref());
        let birth_date = profile.and_then(|profile| profile.birth_date);
        Self {
            r#fn: first_name(person, view),
            ln: words(person.last_name.as_ref()),
            mn: words(person.middle_name.as_ref()),
            sex: gender.and_then(|gender| sex_of(gender.as_str())),
            email: words(person.email.as_ref()),
            desc: words(person.description.as_ref()),
            birth_day: birth_date.map(day),
            profile_instagram: words(person.instagram.as_ref()),
            profile_vkontakte: words(person.vkontakte.as_ref()),
            profile_odnoklassniki: words(person.odnoklassniki.as_ref()),
            address: words(person.address.as_ref()),
            utm_source: words(person.utm_source.as_ref()),
            creation_date: date_time(view.opened_at, rules),
            last_update_date: date_time(changed_at, rules),
            created_in_store: words(person.created_in_store.as_ref()),
            disable_promo_sms: person.no_promotion_messages,
            relatives: person.relatives.iter().map(RelativeShape::of).collect(),
            significant_dates: person
                .significant_dates
                .iter()
                .map(SignificantDateShape::of)
                .collect(),
            created_in_store_id: person
                .created_in_store
                .as_ref()
                .map(|store| store_number(tenant, store)),
            last_operation_store_id: view
                .turnover
                .last_store
                .as_ref()
                .map(|store| store_number(tenant, store)),
            created_by_cashier_id: person.created_by_cashier,
        }
    }
}

/// Who told only a full name, in another dialect, has all of it here.
fn first_name(person: &Person, view: &AccountView) -> Option<String> {
    let parts = [&person.first_name, &person.last_name, &person.middle_name];
    if parts.into_iter().any(Option::is_some) {
        return words(person.first_name.as_ref());
    }
    words(view.profile.as_deref()?.full_name.as_ref())
}

fn words<const MAX: usize>(text: Option<&Text<MAX>>) -> Option<String> {
    text.map(|text| text.as_str().to_owned())
}

/// `31.12.1990`
fn day(date: Date) -> String {
    date.format("%d.%m.%Y").to_string()
}

const fn sex_name(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "Male",
        Sex::Female => "Female",
    }
}

/// A profile may say anything; what is neither word is not known here.
pub(super) fn sex_of(gender: &str) -> Option<&'static str> {
    let is = |sex: &Sex| gender.eq_ignore_ascii_case(gender_of(*sex));
    [Sex::Male, Sex::Female].into_iter().find(is).map(sex_name)
}

impl RelativeShape {
    fn of(relative: &Relative) -> Self {
        Self {
            birth_day: relative.birth_date.map(day),
            sex: relative.gender.map(sex_name),
            name: words(relative.name.as_ref()),
        }
    }
}

impl SignificantDateShape {
    fn of(known: &SignificantDate) -> Self {
        Self {
            id: words(known.id.as_ref()),
            significant_date_id: words(known.occasion.as_ref()),
            significant_date_type: known.kind,
            name: words(known.name.as_ref()),
            date: known.date.map(|date| format!("{date}T00:00:00Z")),
            sex: known.gender,
        }
    }
}
