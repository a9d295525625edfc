//! A promotion as a document: read strictly, written back as it reads. Amounts, percents and multipliers
//! are decimals in strings.

use super::settings_document::{decimal, exact_bonus, exact_money};
use super::settings_shape::word_of;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::fields::Object;
use crate::api::scan::Raw;
use crate::ledger::{
    CONDITION_ENTRIES_MAX, PromotionCondition, PromotionKind, PromotionLimits, PromotionReward,
    PromotionTerms,
};
use crate::values::{Multiplier, Percent, Text, Timestamp};
use serde::Serialize;

const FIELDS: [&str; 11] = [
    "name",
    "description",
    "type",
    "condition",
    "reward",
    "starts_at",
    "ends_at",
    "limit_per_customer",
    "limit_per_day",
    "limit_total",
    "active",
];
const CONDITION_FIELDS: [&str; 6] = ["categories", "skus", "tiers", "tags", "min_amount", "coupon"];
const REWARD_FIELDS: [&str; 3] = ["multiplier", "plus_percent", "bonus"];

const KINDS: [(&str, PromotionKind); 4] = [
    ("category_multiplier", PromotionKind::CategoryMultiplier),
    ("sku_multiplier", PromotionKind::SkuMultiplier),
    ("fixed_bonus", PromotionKind::FixedBonus),
    ("tier_boost", PromotionKind::TierBoost),
];

/// The name of a type of promotion, in every dialect.
pub(in crate::api) fn kind_name(kind: PromotionKind) -> &'static str {
    word_of(&KINDS, kind)
}

pub(super) fn read_promotion(json: &str) -> Result<PromotionTerms, FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let kind = object.required("type", object.word("type", &KINDS)?)?;
    let condition = match object.raw("condition") {
        Some(raw) => read_condition(raw).map_err(|error| within("condition", error))?,
        None => PromotionCondition::default(),
    };
    let reward = object.required("reward", object.raw("reward"))?;
    Ok(PromotionTerms {
        name: object.required("name", object.trimmed("name")?)?,
        description: object.trimmed("description")?,
        kind,
        condition,
        reward: read_reward(reward).map_err(|error| within("reward", error))?,
        starts_at: read_instant(&object, "starts_at")?,
        ends_at: read_instant(&object, "ends_at")?,
        limits: PromotionLimits {
            per_customer: object.whole("limit_per_customer", u32::MAX)?,
            per_day: object.whole("limit_per_day", u32::MAX)?,
            total: object.whole("limit_total", u32::MAX)?,
        },
        active: object.flag("active")?.unwrap_or(true),
    })
}

/// An error inside an object that is itself a field.
fn within(outer: &str, error: FieldError) -> FieldError {
    if error.field == outer {
        return error;
    }
    FieldError { field: format!("{outer}.{}", error.field), complaint: error.complaint }
}

fn read_condition(raw: Raw<'_>) -> Result<PromotionCondition, FieldError> {
    let object = Object::inner(raw, &CONDITION_FIELDS, "condition")?;
    Ok(PromotionCondition {
        categories: read_texts(&object, "categories")?,
        skus: read_texts(&object, "skus")?,
        tiers: read_texts(&object, "tiers")?,
        tags: read_texts(&object, "tags")?,
        min_amount: decimal(&object, "min_amount", "0.00", exact_money)?,
        coupon: object.flag("coupon")?.unwrap_or(false),
    })
}

fn read_texts<const MAX: usize, const N: usize>(
    object: &Object<'_, N>,
    name: &str,
) -> Result<Vec<Text<MAX>>, FieldError> {
    let entries = object.list(name, CONDITION_ENTRIES_MAX)?.unwrap_or_default();
    let read = |(index, raw): (usize, Raw<'_>)| {
        let complain =
            |complaint: Complaint| FieldError::new(format!("{name}[{index}]"), complaint);
        let text: String =
            serde_json::from_str(raw.get()).map_err(|_| complain(Complaint::NotText))?;
        match text.trim() {
            "" => Err(complain(Complaint::Required)),
            trimmed => Text::parse(trimmed).map_err(|error| complain(error.into())),
        }
    };
    entries.into_iter().enumerate().map(read).collect()
}

fn read_reward(raw: Raw<'_>) -> Result<PromotionReward, FieldError> {
    let object = Object::inner(raw, &REWARD_FIELDS, "reward")?;
    let multiplier = match object.quoted("multiplier", Multiplier::parse)? {
        Some(None) => return Err(object.complain("multiplier", Complaint::TooSmall("1"))),
        Some(Some(multiplier)) => Some(PromotionReward::Multiplier(multiplier)),
        None => None,
    };
    let plus = object.quoted("plus_percent", Percent::parse)?.map(PromotionReward::PlusPercent);
    let bonus = object.quoted("bonus", exact_bonus)?.map(PromotionReward::FixedBonus);
    match (multiplier, plus, bonus) {
        (Some(reward), None, None) | (None, Some(reward), None) | (None, None, Some(reward)) => {
            Ok(reward)
        }
        (None, None, None) => Err(FieldError::new("reward", Complaint::Required)),
        (Some(_), Some(_), _) => {
            Err(object.complain("plus_percent", Complaint::Excluded("multiplier")))
        }
        (Some(_), None, Some(_)) => {
            Err(object.complain("bonus", Complaint::Excluded("multiplier")))
        }
        (None, Some(_), Some(_)) => {
            Err(object.complain("bonus", Complaint::Excluded("plus_percent")))
        }
    }
}

fn read_instant<const N: usize>(
    object: &Object<'_, N>,
    name: &str,
) -> Result<Option<Timestamp>, FieldError> {
    let Some(text) = object.string(name)? else { return Ok(None) };
    let instant = Timestamp::parse_rfc3339(&text);
    instant.map(Some).ok_or_else(|| object.complain(name, Complaint::NotInstant))
}

/// The document, field by field; what there is none of is left out.
#[derive(Debug, Serialize)]
pub(super) struct PromotionDocument<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'static str,
    condition: ConditionDocument<'a>,
    reward: RewardDocument,
    #[serde(skip_serializing_if = "Option::is_none")]
    starts_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_per_customer: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_per_day: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_total: Option<u32>,
    active: bool,
}

#[derive(Debug, Serialize)]
struct ConditionDocument<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    categories: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skus: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tiers: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    min_amount: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    coupon: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum RewardDocument {
    Multiplier(String),
    PlusPercent(String),
    Bonus(String),
}

impl<'a> PromotionDocument<'a> {
    pub(super) fn of(terms: &'a PromotionTerms) -> Self {
        let PromotionCondition { categories, skus, tiers, tags, min_amount, coupon } =
            &terms.condition;
        let PromotionLimits { per_customer, per_day, total } = terms.limits;
        Self {
            name: terms.name.as_str(),
            description: terms.description.as_ref().map(Text::as_str),
            kind: kind_name(terms.kind),
            condition: ConditionDocument {
                categories: texts(categories),
                skus: texts(skus),
                tiers: texts(tiers),
                tags: texts(tags),
                min_amount: min_amount.to_string(),
                coupon: *coupon,
            },
            reward: match terms.reward {
                PromotionReward::Multiplier(it) => RewardDocument::Multiplier(it.to_string()),
                PromotionReward::PlusPercent(it) => RewardDocument::PlusPercent(it.to_string()),
                PromotionReward::FixedBonus(it) => RewardDocument::Bonus(it.to_string()),
            },
            starts_at: terms.starts_at.map(|at| at.to_string()),
            ends_at: terms.ends_at.map(|at| at.to_string()),
            limit_per_customer: per_customer,
            limit_per_day: per_day,
            limit_total: total,
            active: terms.active,
        }
    }
}

fn texts<const MAX: usize>(texts: &[Text<MAX>]) -> Vec<&str> {
    texts.iter().map(Text::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = r#"{
        "name": "Dairy days", "description": "Twice as much", "type": "category_multiplier",
        "condition": {"categories": ["dairy", " tea "], "skus": ["M-1"], "tiers": ["Gold"],
            "tags": ["milk"], "min_amount": "20.00"},
        "reward": {"multiplier": "2.5"}, "starts_at": "2026-03-01T00:00:00+05:00",
        "ends_at": "2026-04-01T00:00:00+05:00", "limit_per_customer": 10, "limit_per_day": 1,
        "limit_total": 1000, "active": false
    }"#;

    #[test]
    fn a_promotion_reads_as_it_is_written() {
        let read = read_promotion(FULL).unwrap();
        assert_eq!(read.condition.categories[1].as_str(), "tea");
        let written = serde_json::to_string(&PromotionDocument::of(&read)).unwrap();
        assert_eq!(read_promotion(&written), Ok(read));
        let plain = r#"{"name":"A","type":"fixed_bonus","reward":{"bonus":"5.00"}}"#;
        let read = read_promotion(plain).unwrap();
        assert!(read.active && read.limits == PromotionLimits::default());
        let written = serde_json::to_string(&PromotionDocument::of(&read)).unwrap();
        let expected = r#"{"name":"A","type":"fixed_bonus","condition":{"min_amount":"0.00"},"reward":{"bonus":"5.00"},"active":true}"#;
        assert_eq!(written, expected);
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let check = |from: &str, to: &str, field: &str, code: &str| {
            assert!(FULL.contains(from), "{from}");
            let error = read_promotion(&FULL.replace(from, to)).unwrap_err();
            assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{to}");
        };
        check("Dairy days", " ", "name", "required");
        check("category_multiplier", "gift", "type", "unknown_value");
        check("\"skus\"", "\"sku\"", "condition.sku", "unknown_field");
        check("[\"M-1\"]", "[5]", "condition.skus[0]", "wrong_type");
        check("[\"M-1\"]", "[\" \"]", "condition.skus[0]", "required");
        check("\"20.00\"", "20", "condition.min_amount", "wrong_type");
        check(r#"{"multiplier": "2.5"}"#, "{}", "reward", "required");
        check(r#"{"multiplier": "2.5"}"#, "5", "reward", "wrong_type");
        check("2.5", "0.5", "reward.multiplier", "too_small");
        check("2.5", "100.5", "reward.multiplier", "too_large");
        let both = r#"{"multiplier": "2", "bonus": "1.00"}"#;
        check(r#"{"multiplier": "2.5"}"#, both, "reward.bonus", "excluded_field");
        check("2026-03-01T00:00:00+05:00", "soon", "starts_at", "invalid_date");
        check("\"limit_per_day\": 1", "\"limit_per_day\": -1", "limit_per_day", "not_whole_number");
    }
}
