//! What `POST /customer/list` asks for: the vendor's filter, as far as an account knows what it is about.
//! Every field that is given must fit; of a list, one entry is enough.

use super::call::Call;
use super::customer_known::{SCALES, ScaleField, TEXTS, TextField, Unit, day_number};
use super::reader::Fields;
use crate::api::complaint::FieldError;
use crate::engine::Identifier;
use crate::ledger::{AccountView, SettingsDraft, Tenant, end_of_day, start_of_day};
use crate::values::{Country, Date, Phone, Timestamp};
use std::sync::Arc;

/// Most entries of one list.
const ENTRIES_MAX: usize = 100;
const COUNT_MAX: u64 = 1 << 53;
/// What names a bar code or a card.
const CARDS: [&str; 2] = ["ean", "cardNumber"];

/// What a list is asked for.
pub(super) struct CustomerFilter {
    /// Whoever is named outright; `None`: everybody.
    pub(super) named: Option<Vec<Identifier>>,
    conditions: Vec<Condition>,
    tenant: Arc<Tenant>,
    today: Date,
}

/// What must be so.
enum Condition {
    Words { field: &'static TextField, words: Vec<String> },
    Within { field: &'static ScaleField, intervals: Vec<Interval> },
}

/// A part of a scale, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Interval {
    from: Option<i64>,
    to: Option<i64>,
}

impl CustomerFilter {
    pub(super) fn read(call: &Call<'_>, body: &Fields<'_>) -> Result<Self, FieldError> {
        let rules = call.rules();
        let today = call.asked.at.to_utc().with_timezone(&rules.time_zone).date_naive();
        Ok(Self {
            named: named(body, rules.default_country)?,
            conditions: conditions(body, rules)?,
            tenant: Arc::clone(&call.tenant),
            today,
        })
    }

    pub(super) fn accepts(&self, view: &AccountView) -> bool {
        self.conditions.iter().all(|condition| match condition {
            Condition::Words { field, words } => {
                let known = (field.known)(view, &self.tenant);
                let fits = |known: &String| words.iter().any(|word| field.fits(known, word));
                known.iter().any(fits)
            }
            Condition::Within { field, intervals } => (field.known)(view, self.today)
                .is_some_and(|place| intervals.iter().any(|interval| interval.contains(place))),
        })
    }

    /// Whether everybody is asked for.
    pub(super) fn is_open(&self) -> bool {
        self.named.is_none() && self.conditions.is_empty()
    }
}

impl TextField {
    fn fits(&self, known: &str, word: &str) -> bool {
        if self.part { known.contains(word) } else { known == word }
    }
}

impl Interval {
    fn contains(&self, place: i64) -> bool {
        self.from.is_none_or(|from| from <= place) && self.to.is_none_or(|to| place <= to)
    }
}

/// Phones lead to customers, as do bar codes and cards where no phone is given.
fn named(
    body: &Fields<'_>,
    country: Option<Country>,
) -> Result<Option<Vec<Identifier>>, FieldError> {
    if let Some(phones) = body.words("phone", ENTRIES_MAX)? {
        let phone = |text: &String| Phone::parse(text, country).map(Identifier::Phone);
        let phones = phones.iter().map(phone).collect::<Result<_, _>>();
        return phones.map(Some).map_err(|error| body.complain("phone", error));
    }
    for name in CARDS {
        if let Some(cards) = body.words(name, ENTRIES_MAX)? {
            return Ok(Some(cards.into_iter().map(Identifier::Text).collect()));
        }
    }
    Ok(None)
}

fn conditions(body: &Fields<'_>, rules: &SettingsDraft) -> Result<Vec<Condition>, FieldError> {
    let mut conditions = Vec::new();
    for field in TEXTS {
        for name in field.names {
            let Some(words) = body.words(name, ENTRIES_MAX)? else { continue };
            let words = words.iter().map(|word| word.to_lowercase()).collect();
            conditions.push(Condition::Words { field, words });
        }
    }
    for field in SCALES {
        for name in field.names {
            let Some(entries) = body.one_or_more(name, ENTRIES_MAX)? else { continue };
            let interval = |entry: &Fields<'_>| interval(entry, field.unit, rules);
            let intervals = entries.iter().map(interval).collect::<Result<_, _>>()?;
            conditions.push(Condition::Within { field, intervals });
        }
    }
    Ok(conditions)
}

fn interval(entry: &Fields<'_>, unit: Unit, rules: &SettingsDraft) -> Result<Interval, FieldError> {
    let zone = rules.time_zone;
    let from = place(entry, "from", unit, |day| start_of_day(day, zone))?;
    let to = place(entry, "to", unit, |day| end_of_day(day, zone).plus_millis(-1))?;
    Ok(Interval { from, to })
}

/// An end of an interval; a day without a time counts as the instant that it is at that end.
fn place(
    entry: &Fields<'_>,
    name: &str,
    unit: Unit,
    of_day: impl Fn(Date) -> Timestamp,
) -> Result<Option<i64>, FieldError> {
    let given = entry.string(name)?.filter(|text| !text.is_empty());
    let Some(text) = given else { return Ok(None) };
    match unit {
        Unit::Instant => match Timestamp::parse_rfc3339(&text) {
            Some(at) => Ok(Some(at.millis())),
            None => Ok(entry.date(name)?.map(|day| of_day(day).millis())),
        },
        Unit::Day => Ok(entry.date(name)?.map(day_number)),
        Unit::Amount => Ok(entry.balance(name)?.map(|amount| amount.cents())),
        Unit::Count => {
            let count = entry.whole(name, 0, COUNT_MAX)?;
            Ok(count.and_then(|count| i64::try_from(count).ok()))
        }
    }
}
