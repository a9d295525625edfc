//! Goods that are treated differently, by category or article: tobacco, spirits, gift cards, top-ups
//! (rule 4).

use crate::ledger::command::LineInput;
use crate::ledger::inventory::Sku;
use crate::ledger::promotion::CategoryCode;
use crate::ledger::refusal::Refusal;
use crate::ledger::settings::invalid;
use crate::values::{Money, Quantity, UnitPrice};

/// Most rules of a tenant.
const CATEGORY_RULES_MAX: usize = 200;

/// What a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goods {
    Category(CategoryCode),
    Sku(Sku),
}

/// What a rule does to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CategoryEffect {
    /// The line earns nothing.
    NoEarn,
    /// Bonuses pay nothing of the line.
    NoRedeem,
    /// Neither.
    Both,
    /// Bonuses do not take the price of one unit below this; of articles only.
    MinPrice(Money),
}

/// A rule for some goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryRule {
    pub goods: Goods,
    pub effect: CategoryEffect,
}

/// All rules of a tenant; every one that is about a line applies to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CategoryRules {
    pub rules: Vec<CategoryRule>,
}

impl CategoryRules {
    /// Whether a line may earn.
    pub(in crate::ledger) fn earns(&self, line: &LineInput) -> bool {
        !self.about(line).any(|effect| match effect {
            CategoryEffect::NoEarn | CategoryEffect::Both => true,
            CategoryEffect::NoRedeem | CategoryEffect::MinPrice(_) => false,
        })
    }

    /// Whether bonuses may pay for a line.
    pub(in crate::ledger) fn redeems(&self, line: &LineInput) -> bool {
        !self.about(line).any(|effect| match effect {
            CategoryEffect::NoRedeem | CategoryEffect::Both => true,
            CategoryEffect::NoEarn | CategoryEffect::MinPrice(_) => false,
        })
    }

    /// What of a line must be paid in money because of the least price of its article.
    pub(in crate::ledger) fn least_paid(&self, line: &LineInput) -> Money {
        let least = self.about(line).filter_map(|effect| match effect {
            CategoryEffect::MinPrice(price) => Some(price),
            CategoryEffect::NoEarn | CategoryEffect::NoRedeem | CategoryEffect::Both => None,
        });
        least.max().map_or(Money::ZERO, |price| times(price, line.quantity))
    }

    fn about(&self, line: &LineInput) -> impl Iterator<Item = CategoryEffect> {
        let concerns = move |goods: &Goods| match goods {
            Goods::Category(category) => line.category_code.as_ref() == Some(category),
            Goods::Sku(sku) => line.sku.as_ref() == Some(sku),
        };
        self.rules.iter().filter(move |rule| concerns(&rule.goods)).map(|rule| rule.effect)
    }
}

/// The price of so many units (one, if none is given); the largest amount if there is no such one.
fn times(price: Money, quantity: Option<Quantity>) -> Money {
    const MILLIONTHS_PER_CENT: u64 = 10_000;
    UnitPrice::from_millionths(price.cents().saturating_mul(MILLIONTHS_PER_CENT))
        .and_then(|price| quantity.unwrap_or(Quantity::ONE).times_half_up(price))
        .unwrap_or(Money::MAX)
}

/// Checks the rules.
///
/// # Errors
/// [`Refusal::SettingsInvalid`] naming the field.
pub(super) fn check(rules: &CategoryRules) -> Result<(), Refusal> {
    if rules.rules.len() > CATEGORY_RULES_MAX {
        let reason = format!("must have at most {CATEGORY_RULES_MAX} entries");
        return Err(invalid("category_rules", reason));
    }
    for (index, rule) in rules.rules.iter().enumerate() {
        let field = |name: &str| format!("category_rules[{index}].{name}");
        let (name, text) = match &rule.goods {
            Goods::Category(category) => ("category", category.as_str()),
            Goods::Sku(sku) => ("sku", sku.as_str()),
        };
        if text.trim().is_empty() {
            return Err(invalid(&field(name), "must not be empty".into()));
        }
        match (&rule.goods, rule.effect) {
            (Goods::Category(_), CategoryEffect::MinPrice(_)) => {
                return Err(invalid(&field("effect"), "min_price is for a sku".into()));
            }
            (
                Goods::Category(_) | Goods::Sku(_),
                CategoryEffect::NoEarn | CategoryEffect::NoRedeem | CategoryEffect::Both,
            )
            | (Goods::Sku(_), CategoryEffect::MinPrice(_)) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
pub(in crate::ledger) mod tests {
    use super::*;
    use crate::ledger::testing::{line, money};
    use crate::values::Text;

    pub(in crate::ledger) fn category(name: &str, effect: CategoryEffect) -> CategoryRule {
        CategoryRule { goods: Goods::Category(Text::parse(name).unwrap()), effect }
    }

    pub(in crate::ledger) fn sku(name: &str, effect: CategoryEffect) -> CategoryRule {
        CategoryRule { goods: Goods::Sku(Text::parse(name).unwrap()), effect }
    }

    fn rules() -> CategoryRules {
        CategoryRules {
            rules: vec![
                category("tobacco", CategoryEffect::Both),
                category("top-up", CategoryEffect::NoEarn),
                sku("gift", CategoryEffect::NoRedeem),
                sku("vodka", CategoryEffect::MinPrice(money("12.50"))),
                sku("vodka", CategoryEffect::MinPrice(money("11.00"))),
            ],
        }
    }

    #[test]
    fn every_rule_that_is_about_a_line_applies() {
        let check = |category: Option<&str>, sku: Option<&str>, quantity, expected| {
            let text = |text: &str| Text::parse(text).unwrap();
            let mut asked = line(Some("20.00"));
            (asked.category_code, asked.sku) = (category.map(text), sku.map(text));
            asked.quantity = Quantity::from_millionths(quantity);
            let rules = rules();
            let found =
                (rules.earns(&asked), rules.redeems(&asked), rules.least_paid(&asked).to_string());
            assert_eq!((found.0, found.1, found.2.as_str()), expected, "{category:?} {sku:?}");
        };
        check(None, None, 1_000_000, (true, true, "0.00"));
        check(Some("dairy"), Some("milk"), 1_000_000, (true, true, "0.00"));
        check(Some("tobacco"), None, 1_000_000, (false, false, "0.00"));
        check(Some("top-up"), None, 1_000_000, (false, true, "0.00"));
        check(Some("top-up"), Some("gift"), 1_000_000, (false, false, "0.00"));
        // A sku is no category.
        check(Some("gift"), Some("tobacco"), 1_000_000, (true, true, "0.00"));
        // The highest of two least prices, for all units.
        check(None, Some("vodka"), 1_000_000, (true, true, "12.50"));
        check(None, Some("vodka"), 500_000, (true, true, "6.25"));
        check(None, Some("vodka"), Quantity::MAX_MILLIONTHS, (true, true, "9999999999.99"));
    }

    #[test]
    fn rules_that_cannot_be_are_refused_by_name() {
        let field = |rules: Vec<CategoryRule>| {
            check(&CategoryRules { rules }).err().and_then(|it| it.field().map(str::to_owned))
        };
        assert_eq!(field(rules().rules), None);
        let price = CategoryEffect::MinPrice(money("1.00"));
        assert_eq!(field(vec![category("a", price)]).as_deref(), Some("category_rules[0].effect"));
        assert_eq!(
            field(vec![sku("a", price), sku(" ", price)]).as_deref(),
            Some("category_rules[1].sku")
        );
        let many = |count| vec![sku("a", price); count];
        assert_eq!(field(many(CATEGORY_RULES_MAX)), None);
        assert_eq!(field(many(CATEGORY_RULES_MAX + 1)).as_deref(), Some("category_rules"));
    }
}
