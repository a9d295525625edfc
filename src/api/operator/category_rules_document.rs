//! Category rules as a list of the settings document, each about one category or one article.

use super::settings_document::exact_money;
use super::settings_shape::word_of;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::fields::Object;
use crate::api::scan::Raw;
use crate::ledger::{CategoryEffect, CategoryRule, CategoryRules, Goods};
use crate::values::Money;
use serde::Serialize;

const RULE_FIELDS: [&str; 4] = ["category", "sku", "effect", "min_price"];
/// More rules than any tenant may have are not even read; how many it may have is the ledger's affair.
const RULES_READ_MAX: usize = 1_000;

/// What a rule does, without its figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    NoEarn,
    NoRedeem,
    Both,
    MinPrice,
}

const EFFECTS: [(&str, Effect); 4] = [
    ("no_earn", Effect::NoEarn),
    ("no_redeem", Effect::NoRedeem),
    ("both", Effect::Both),
    ("min_price", Effect::MinPrice),
];

pub(super) fn read_category_rules<const N: usize>(
    object: &Object<'_, N>,
) -> Result<CategoryRules, FieldError> {
    let list = object.list("category_rules", RULES_READ_MAX)?.unwrap_or_default();
    let read = |(index, raw)| read_rule(raw, index);
    let rules = list.into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
    Ok(CategoryRules { rules })
}

fn read_rule(raw: Raw<'_>, index: usize) -> Result<CategoryRule, FieldError> {
    let rule = Object::entry(raw, &RULE_FIELDS, "category_rules", index)?;
    let goods = match (rule.trimmed("category")?, rule.trimmed("sku")?) {
        (Some(category), None) => Goods::Category(category),
        (None, Some(sku)) => Goods::Sku(sku),
        (Some(_), Some(_)) => return Err(rule.complain("sku", Complaint::Excluded("category"))),
        (None, None) => return Err(rule.complain("category", Complaint::Required)),
    };
    let effect = rule.required("effect", rule.word("effect", &EFFECTS)?)?;
    let price = rule.quoted("min_price", exact_money)?;
    let effect = match (effect, price) {
        (Effect::MinPrice, price) => CategoryEffect::MinPrice(rule.required("min_price", price)?),
        (Effect::NoEarn | Effect::NoRedeem | Effect::Both, Some(_)) => {
            return Err(rule.complain("min_price", Complaint::Excluded("this effect")));
        }
        (Effect::NoEarn, None) => CategoryEffect::NoEarn,
        (Effect::NoRedeem, None) => CategoryEffect::NoRedeem,
        (Effect::Both, None) => CategoryEffect::Both,
    };
    Ok(CategoryRule { goods, effect })
}

/// A rule as it is written.
#[derive(Debug, Serialize)]
pub(super) struct CategoryRuleDocument<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<&'a str>,
    effect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_price: Option<String>,
}

impl<'a> CategoryRuleDocument<'a> {
    pub(super) fn of(rule: &'a CategoryRule) -> Self {
        let (category, sku) = match &rule.goods {
            Goods::Category(category) => (Some(category.as_str()), None),
            Goods::Sku(sku) => (None, Some(sku.as_str())),
        };
        let (effect, price): (Effect, Option<Money>) = match rule.effect {
            CategoryEffect::NoEarn => (Effect::NoEarn, None),
            CategoryEffect::NoRedeem => (Effect::NoRedeem, None),
            CategoryEffect::Both => (Effect::Both, None),
            CategoryEffect::MinPrice(price) => (Effect::MinPrice, Some(price)),
        };
        let min_price = price.map(|price| price.to_string());
        Self { category, sku, effect: word_of(&EFFECTS, effect), min_price }
    }
}

#[cfg(test)]
mod tests {
    use crate::api::{read_settings_document, write_settings_document};

    #[test]
    fn rules_read_as_they_are_written() {
        let rules = r#"{"category_rules": [
            {"category": " tobacco ", "effect": "both"}, {"sku": "gift", "effect": "no_redeem"},
            {"category": "top-up", "effect": "no_earn"},
            {"sku": "vodka", "effect": "min_price", "min_price": "12.50"}
        ]}"#;
        let read = read_settings_document(rules).unwrap();
        assert_eq!(read.policy.categories.rules.len(), 4);
        assert_eq!(read_settings_document(&write_settings_document(&read)), Ok(read));
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let check = |rule: &str, field: &str, code: &str| {
            let json = format!(r#"{{"category_rules":[{{"sku":"a","effect":"both"}},{rule}]}}"#);
            let error = read_settings_document(&json).unwrap_err();
            let field = format!("category_rules[1]{field}");
            assert_eq!((error.field, error.complaint.code()), (field, code), "{rule}");
        };
        check("5", "", "wrong_type");
        check(r#"{"effect":"both"}"#, ".category", "required");
        check(r#"{"sku":"a","category":"b","effect":"both"}"#, ".sku", "excluded_field");
        check(r#"{"sku":"a"}"#, ".effect", "required");
        check(r#"{"sku":"a","effect":"none"}"#, ".effect", "unknown_value");
        check(r#"{"sku":"a","effect":"min_price"}"#, ".min_price", "required");
        let beside = r#"{"sku":"a","effect":"both","min_price":"1.00"}"#;
        check(beside, ".min_price", "excluded_field");
        let bare = r#"{"sku":"a","effect":"min_price","min_price":1}"#;
        check(bare, ".min_price", "wrong_type");
    }
}
