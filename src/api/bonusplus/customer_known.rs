//! What an account knows of a customer under the names of the vendor's filter: words, and places on a
//! scale.

use super::person_shape::sex_of;
use super::retail::store_number;
use crate::ledger::{AccountView, Person, StoreName, Tenant};
use crate::values::{Date, Text, ean13_of};
use chrono::Datelike;

/// Words of a customer.
pub(super) struct TextField {
    /// How a filter may call it.
    pub(super) names: &'static [&'static str],
    /// Whether a part of a word is enough.
    pub(super) part: bool,
    /// In lower case.
    pub(super) known: fn(&AccountView, &Tenant) -> Vec<String>,
}

/// A place on a scale; see [`Unit`].
pub(super) struct ScaleField {
    pub(super) names: &'static [&'static str],
    pub(super) unit: Unit,
    /// At a local day.
    pub(super) known: fn(&AccountView, Date) -> Option<i64>,
}

/// What the places of a scale are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Milliseconds.
    Instant,
    /// Days.
    Day,
    /// Hundredths.
    Amount,
    Count,
}

pub(super) const TEXTS: &[TextField] = &[
    TextField {
        names: &["firstName", "fn"],
        part: true,
        known: |view, _| name_of(view, |person| person.first_name.as_ref()),
    },
    TextField {
        names: &["lastName", "ln"],
        part: true,
        known: |view, _| name_of(view, |person| person.last_name.as_ref()),
    },
    TextField {
        names: &["middleName", "mn"],
        part: true,
        known: |view, _| name_of(view, |person| person.middle_name.as_ref()),
    },
    TextField {
        names: &["email"],
        part: false,
        known: |view, _| words(view.person.as_ref().and_then(|person| person.email.as_ref())),
    },
    TextField { names: &["sex"], part: false, known: |view, _| sex(view) },
    TextField {
        names: &["discountCardTypeId", "card", "discountCardName"],
        part: false,
        known: |view, _| {
            vec![view.tier.id.number().to_string(), view.tier.name.as_str().to_lowercase()]
        },
    },
    TextField { names: &["ean", "cardNumber"], part: false, known: |view, _| cards(view) },
    TextField {
        names: &["store"],
        part: false,
        known: |view, tenant| {
            stores(tenant, view.person.as_ref().and_then(|person| person.created_in_store.as_ref()))
        },
    },
    TextField {
        names: &["lastOperationStore"],
        part: false,
        known: |view, tenant| stores(tenant, view.turnover.last_store.as_ref()),
    },
    TextField {
        names: &["cashier"],
        part: false,
        known: |view, _| number(view, |person| person.created_by_cashier),
    },
    TextField {
        names: &["eCardStatus"],
        part: false,
        known: |view, _| number(view, |person| person.e_card_status),
    },
    TextField {
        names: &["vkStatus"],
        part: false,
        known: |view, _| number(view, |person| person.vk_status),
    },
    TextField {
        names: &["telegramStatus"],
        part: false,
        known: |view, _| vec![u32::from(view.telegram.is_some()).to_string()],
    },
];

pub(super) const SCALES: &[ScaleField] = &[
    ScaleField {
        names: &["creationDate"],
        unit: Unit::Instant,
        known: |view, _| Some(view.opened_at.millis()),
    },
    ScaleField {
        names: &["lastUpdateDate"],
        unit: Unit::Instant,
        known: |view, _| {
            let changed_at = view.person.as_ref().map(|person| person.changed_at);
            Some(changed_at.unwrap_or(view.opened_at).max(view.opened_at).millis())
        },
    },
    ScaleField {
        names: &["lastPurchaseDate", "purchaseDate"],
        unit: Unit::Instant,
        known: |view, _| Some(view.last_visit_at?.millis()),
    },
    ScaleField {
        names: &["firstPurchaseDate"],
        unit: Unit::Instant,
        known: |view, _| Some(view.turnover.first_purchase_at?.millis()),
    },
    ScaleField {
        names: &["birthday", "birthDay"],
        unit: Unit::Day,
        known: |view, _| Some(day_number(birth_date(view)?)),
    },
    ScaleField {
        names: &["age"],
        unit: Unit::Count,
        known: |view, today| today.years_since(birth_date(view)?).map(i64::from),
    },
    ScaleField {
        names: &["bonusAmount", "availableBonuses"],
        unit: Unit::Amount,
        known: |view, _| Some(view.redeemable.as_balance().cents()),
    },
    ScaleField {
        names: &["purchasesTotalSum", "purchaseSum"],
        unit: Unit::Amount,
        known: |view, _| i64::try_from(view.total_spent.cents()).ok(),
    },
    ScaleField {
        names: &["purchasesCount", "purchaseCount"],
        unit: Unit::Count,
        known: |view, _| i64::try_from(view.purchases).ok(),
    },
];

/// The number of a day, such that later days have higher ones.
pub(super) fn day_number(date: Date) -> i64 {
    i64::from(date.num_days_from_ce())
}

/// A part of the name; of who told only a full name, in another dialect, all of it.
fn name_of<const MAX: usize>(
    view: &AccountView,
    part: impl Fn(&Person) -> Option<&Text<MAX>>,
) -> Vec<String> {
    let person = view.person.as_deref();
    let parts = |person: &Person| {
        [&person.first_name, &person.last_name, &person.middle_name]
            .into_iter()
            .any(Option::is_some)
    };
    match person.filter(|person| parts(person)) {
        Some(person) => words(part(person)),
        None => words(view.profile.as_ref().and_then(|profile| profile.full_name.as_ref())),
    }
}

fn words<const MAX: usize>(text: Option<&Text<MAX>>) -> Vec<String> {
    text.map(|text| text.as_str().to_lowercase()).into_iter().collect()
}

fn number(view: &AccountView, of: impl Fn(&Person) -> Option<u32>) -> Vec<String> {
    let number = view.person.as_deref().and_then(of);
    number.map(|number| number.to_string()).into_iter().collect()
}

fn sex(view: &AccountView) -> Vec<String> {
    let gender = view.profile.as_ref().and_then(|profile| profile.gender.as_ref());
    let sex = gender.and_then(|gender| sex_of(gender.as_str()));
    sex.map(str::to_lowercase).into_iter().collect()
}

/// The club card and the bar code.
fn cards(view: &AccountView) -> Vec<String> {
    let mut cards = words(view.card.as_ref());
    cards.extend(ean13_of(view.id.number()));
    cards
}

/// A store by its name and by its number.
fn stores(tenant: &Tenant, store: Option<&StoreName>) -> Vec<String> {
    let mut known = words(store);
    known.extend(store.map(|store| store_number(tenant, store).to_string()));
    known
}

fn birth_date(view: &AccountView) -> Option<Date> {
    view.profile.as_ref()?.birth_date
}
