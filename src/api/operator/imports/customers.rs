//! A customer of an old system, as a row says it.

use super::Reader;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::Meaning;
use crate::api::scan::Raw;
use crate::engine::CustomerRow;
use crate::ledger::{
    Carried, Change, CustomerChange, IMPORT_LOTS_MAX, LotEnd, OpeningLot, PersonChange,
    ProfileChange,
};
use crate::values::{Bonus, Money, Precision, Text};
use std::fmt::Display;

const FIELDS: [&str; 14] = [
    "key",
    "phone",
    "full_name",
    "last_name",
    "first_name",
    "middle_name",
    "birth_date",
    "gender",
    "card",
    "tier",
    "total_spent",
    "purchases",
    "last_purchase_at",
    "lots",
];
const LOT_FIELDS: [&str; 3] = ["amount", "activates_at", "expires"];
/// What `expires` says of a lot that does not.
const NEVER: &str = "never";
/// Most purchases that one customer can have made.
const PURCHASES_MAX: u32 = 1_000_000;

pub(super) fn read(
    reader: &Reader<'_>,
    raw: Raw<'_>,
    meaning: &mut Meaning,
) -> Result<CustomerRow, ApiError> {
    let row = Object::inner(raw, &FIELDS, "row")?;
    let phone = reader.phone(&row)?;
    let key: Option<Text<64>> = row.trimmed("key")?;
    let change = change(&row, meaning)?;
    let tier: Option<Text<64>> = row.trimmed("tier")?;
    let total_spent = row.number("total_spent", |text| Money::parse(text, Precision::Exact))?;
    let carried = Carried {
        total_spent: total_spent.unwrap_or(Money::ZERO),
        purchases: u64::from(row.whole("purchases", PURCHASES_MAX)?.unwrap_or(0)),
        last_purchase_at: reader.past_instant(&row, "last_purchase_at")?,
    };
    let lots = lots(reader, &row, meaning)?;
    let key = key.map_or_else(|| phone.to_string(), |key| key.to_string());
    meaning.field("key", &key);
    meaning.field("phone", phone);
    meaning.optional("tier", tier.as_ref());
    meaning.field("total_spent", carried.total_spent);
    meaning.field("purchases", carried.purchases);
    meaning.optional("last_purchase_at", carried.last_purchase_at);
    let tier = reader.tier(tier.as_ref())?;
    Ok(CustomerRow { key, phone, change, tier, carried, lots })
}

fn change(row: &Object<'_, 14>, meaning: &mut Meaning) -> Result<CustomerChange, FieldError> {
    let profile = ProfileChange {
        full_name: set("full_name", row.trimmed("full_name")?, meaning),
        birth_date: set("birth_date", row.date("birth_date")?, meaning),
        gender: set("gender", row.trimmed("gender")?, meaning),
    };
    let person = PersonChange {
        last_name: set("last_name", row.trimmed("last_name")?, meaning),
        first_name: set("first_name", row.trimmed("first_name")?, meaning),
        middle_name: set("middle_name", row.trimmed("middle_name")?, meaning),
        ..PersonChange::default()
    };
    let card = set("card", row.trimmed("card")?, meaning);
    Ok(CustomerChange { profile, person, card, ..CustomerChange::default() })
}

/// What a row does not say stays as it is.
fn set<T: Display>(name: &'static str, value: Option<T>, meaning: &mut Meaning) -> Change<T> {
    meaning.optional(name, value.as_ref());
    value.map_or(Change::Keep, Change::Set)
}

fn lots(
    reader: &Reader<'_>,
    row: &Object<'_, 14>,
    meaning: &mut Meaning,
) -> Result<Vec<OpeningLot>, FieldError> {
    let listed = row.list("lots", IMPORT_LOTS_MAX)?.unwrap_or_default();
    let listed = listed.into_iter().enumerate();
    listed.map(|(index, raw)| lot(reader, raw, index, meaning)).collect()
}

fn lot(
    reader: &Reader<'_>,
    raw: Raw<'_>,
    index: usize,
    meaning: &mut Meaning,
) -> Result<OpeningLot, FieldError> {
    let lot = Object::entry(raw, &LOT_FIELDS, "lots", index)?;
    let amount = lot.number("amount", |text| Bonus::parse(text, Precision::Exact))?;
    let amount = lot.required("amount", amount)?;
    if amount.is_zero() {
        return Err(lot.complain("amount", Complaint::TooSmall("0.01")));
    }
    let said = reader.instant(&lot, "activates_at")?;
    let activates_at = said.map(|said| reader.exact(said));
    let end = match lot.string("expires")?.as_deref() {
        None => LotEnd::AsSettingsSay,
        Some(NEVER) => LotEnd::Never,
        Some(_) => lot.date("expires")?.map_or(LotEnd::AsSettingsSay, LotEnd::After),
    };
    meaning.field(format_args!("lots[{index}].amount"), amount);
    meaning.optional(format_args!("lots[{index}].activates_at"), activates_at);
    let said = lot.string("expires")?;
    meaning.optional(format_args!("lots[{index}].expires"), said);
    Ok(OpeningLot { amount, activates_at, end })
}
