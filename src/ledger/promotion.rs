//! A promotion: which receipts and lines it is for, what it gives them, from when to when, and how
//! often. Every change of one is a version that stays, so that a late sale finds what held then.

use crate::ledger::inventory::{InterestTag, Sku};
use crate::ledger::refusal::Refusal;
use crate::values::{
    Bonus, Money, Multiplier, Percent, PromotionId, PromotionVersion, Text, Timestamp,
};

/// Most entries of each list of a condition.
pub const CONDITION_ENTRIES_MAX: usize = 200;

/// A category of goods, as tills write it on a line.
pub type CategoryCode = Text<64>;

/// What a promotion turns on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromotionKind {
    /// More on the lines of some categories.
    CategoryMultiplier,
    /// More on the lines of some articles.
    SkuMultiplier,
    /// A sum, spread over the matching lines.
    FixedBonus,
    /// More for the members of some tiers.
    TierBoost,
}

/// What a receipt and its lines must have; an empty list asks for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PromotionCondition {
    /// In ascending order, as all lists here.
    pub categories: Vec<CategoryCode>,
    pub skus: Vec<Sku>,
    /// By name: a tier keeps its id with its name.
    pub tiers: Vec<Text<64>>,
    /// Whom the promotion is shown to as meant for them; no part in what a sale earns.
    pub tags: Vec<InterestTag>,
    /// The least money that the receipt must be paid with.
    pub min_amount: Money,
    /// Whether it takes a coupon that unlocks this promotion.
    pub coupon: bool,
}

/// What a promotion gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromotionReward {
    /// The tier's percent so many times.
    Multiplier(Multiplier),
    /// So much on top of the tier's percent.
    PlusPercent(Percent),
    FixedBonus(Bonus),
}

/// How many receipts a promotion is for; `None`: any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PromotionLimits {
    pub per_customer: Option<u32>,
    /// Of one customer on one local day.
    pub per_day: Option<u32>,
    /// Of all customers together.
    pub total: Option<u32>,
}

/// A promotion as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromotionTerms {
    pub name: Text<255>,
    pub description: Option<Text<2000>>,
    pub kind: PromotionKind,
    pub condition: PromotionCondition,
    pub reward: PromotionReward,
    /// `None`: from when the promotion was first set.
    pub starts_at: Option<Timestamp>,
    /// The first instant at which it is over.
    pub ends_at: Option<Timestamp>,
    pub limits: PromotionLimits,
    /// Whether it is on, within its time.
    pub active: bool,
}

/// A version of a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    pub id: PromotionId,
    pub version: PromotionVersion,
    pub set_at: Timestamp,
    pub terms: PromotionTerms,
}

/// The version of a promotion that had a part in a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PromotionRef {
    pub promotion: PromotionId,
    pub version: PromotionVersion,
}

impl Promotion {
    #[must_use]
    pub const fn reference(&self) -> PromotionRef {
        PromotionRef { promotion: self.id, version: self.version }
    }
}

impl PromotionCondition {
    /// Whether it asks for something of single lines.
    #[must_use]
    pub const fn is_of_lines(&self) -> bool {
        !(self.categories.is_empty() && self.skus.is_empty())
    }

    fn put_in_order(&mut self) {
        for list in [&mut self.categories, &mut self.skus, &mut self.tiers, &mut self.tags] {
            list.sort();
            list.dedup();
        }
    }
}

/// Terms that can be set: their lists in order.
///
/// # Errors
/// [`Refusal::PromotionInvalid`] naming the field.
pub(super) fn admit(mut terms: PromotionTerms) -> Result<PromotionTerms, Refusal> {
    terms.condition.put_in_order();
    check_condition(&terms)?;
    check_reward(&terms)?;
    if let (Some(from), Some(to)) = (terms.starts_at, terms.ends_at)
        && to <= from
    {
        return Err(invalid("ends_at", "must be after starts_at"));
    }
    let PromotionLimits { per_customer, per_day, total } = terms.limits;
    let limits =
        [("limit_per_customer", per_customer), ("limit_per_day", per_day), ("limit_total", total)];
    match limits.iter().find(|(_, limit)| *limit == Some(0)) {
        Some((field, _)) => Err(invalid(field, "must be at least 1")),
        None => Ok(terms),
    }
}

fn check_condition(terms: &PromotionTerms) -> Result<(), Refusal> {
    let PromotionCondition { categories, skus, tiers, tags, .. } = &terms.condition;
    let lists = [
        ("condition.categories", categories),
        ("condition.skus", skus),
        ("condition.tiers", tiers),
        ("condition.tags", tags),
    ];
    for (field, list) in lists {
        if list.len() > CONDITION_ENTRIES_MAX {
            return Err(invalid(field, "must have at most 200 entries"));
        }
        if list.iter().any(|entry| entry.as_str().trim().is_empty()) {
            return Err(invalid(field, "must not have empty entries"));
        }
    }
    let needed = match terms.kind {
        PromotionKind::CategoryMultiplier => Some(("condition.categories", categories)),
        PromotionKind::SkuMultiplier => Some(("condition.skus", skus)),
        PromotionKind::TierBoost => Some(("condition.tiers", tiers)),
        PromotionKind::FixedBonus => None,
    };
    match needed.filter(|(_, list)| list.is_empty()) {
        Some((field, _)) => Err(invalid(field, "is what this type of promotion is about")),
        None => Ok(()),
    }
}

fn check_reward(terms: &PromotionTerms) -> Result<(), Refusal> {
    let fixed = terms.kind == PromotionKind::FixedBonus;
    match terms.reward {
        PromotionReward::FixedBonus(_) if !fixed => {
            Err(invalid("reward", "must be a multiplier or a plus_percent"))
        }
        PromotionReward::Multiplier(_) | PromotionReward::PlusPercent(_) if fixed => {
            Err(invalid("reward", "must be a bonus"))
        }
        PromotionReward::FixedBonus(bonus) if bonus.is_zero() => {
            Err(invalid("reward.bonus", "must be at least 0.01"))
        }
        PromotionReward::PlusPercent(percent) if percent == Percent::ZERO => {
            Err(invalid("reward.plus_percent", "must be above 0"))
        }
        PromotionReward::Multiplier(multiplier) if multiplier == Multiplier::ONE => {
            Err(invalid("reward.multiplier", "must be above 1"))
        }
        PromotionReward::FixedBonus(_)
        | PromotionReward::Multiplier(_)
        | PromotionReward::PlusPercent(_) => Ok(()),
    }
}

fn invalid(field: &'static str, reason: &'static str) -> Refusal {
    Refusal::PromotionInvalid { field, reason }
}

#[cfg(test)]
pub(in crate::ledger) mod tests {
    use super::*;

    pub(in crate::ledger) fn texts<const MAX: usize>(texts: &[&str]) -> Vec<Text<MAX>> {
        texts.iter().map(|text| Text::parse(text).unwrap()).collect()
    }

    pub(in crate::ledger) fn times(multiplier: &str) -> PromotionReward {
        PromotionReward::Multiplier(Multiplier::parse(multiplier).unwrap().unwrap())
    }

    pub(in crate::ledger) fn plus(percent: &str) -> PromotionReward {
        PromotionReward::PlusPercent(Percent::parse(percent).unwrap())
    }

    pub(in crate::ledger) fn fixed(cents: u64) -> PromotionReward {
        PromotionReward::FixedBonus(Bonus::from_cents(cents).unwrap())
    }

    /// Always on, for everything, without limits.
    pub(in crate::ledger) fn terms(kind: PromotionKind, reward: PromotionReward) -> PromotionTerms {
        PromotionTerms {
            name: Text::parse("Spring").unwrap(),
            description: None,
            kind,
            condition: PromotionCondition::default(),
            reward,
            starts_at: None,
            ends_at: None,
            limits: PromotionLimits::default(),
            active: true,
        }
    }

    /// For lines of some categories.
    pub(in crate::ledger) fn on_categories(
        categories: &[&str],
        reward: PromotionReward,
    ) -> PromotionTerms {
        let mut made = terms(PromotionKind::CategoryMultiplier, reward);
        made.condition.categories = texts(categories);
        made
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let check = |change: fn(&mut PromotionTerms), expected: Option<&str>| {
            let mut asked = on_categories(&["dairy"], times("2"));
            change(&mut asked);
            let refused = admit(asked).err();
            assert_eq!(refused.as_ref().and_then(Refusal::field), expected);
        };
        check(|_| {}, None);
        check(|it| it.condition.categories.clear(), Some("condition.categories"));
        check(|it| it.condition.categories = texts(&["dairy", " "]), Some("condition.categories"));
        check(|it| it.kind = PromotionKind::SkuMultiplier, Some("condition.skus"));
        check(|it| it.kind = PromotionKind::TierBoost, Some("condition.tiers"));
        check(|it| it.kind = PromotionKind::FixedBonus, Some("reward"));
        check(|it| it.reward = fixed(5), Some("reward"));
        check(|it| it.reward = times("1"), Some("reward.multiplier"));
        check(|it| it.reward = plus("0"), Some("reward.plus_percent"));
        check(
            |it| (it.kind, it.reward) = (PromotionKind::FixedBonus, fixed(0)),
            Some("reward.bonus"),
        );
        check(|it| (it.kind, it.reward) = (PromotionKind::FixedBonus, fixed(1)), None);
        check(
            |it| {
                (it.starts_at, it.ends_at) =
                    (Some(Timestamp::default()), Some(Timestamp::default()))
            },
            Some("ends_at"),
        );
        check(|it| it.limits.per_customer = Some(0), Some("limit_per_customer"));
        check(|it| it.limits.per_day = Some(0), Some("limit_per_day"));
        check(|it| it.limits.total = Some(0), Some("limit_total"));
        let numbers = |most: usize| (0..most).map(|n| Text::parse(&n.to_string()).unwrap());
        let mut many = on_categories(&["dairy"], times("2"));
        many.condition.skus = numbers(CONDITION_ENTRIES_MAX).collect();
        assert!(admit(many.clone()).is_ok());
        many.condition.skus = numbers(CONDITION_ENTRIES_MAX + 1).collect();
        assert_eq!(admit(many).unwrap_err().field(), Some("condition.skus"));
    }

    #[test]
    fn lists_are_put_in_order() {
        let asked = on_categories(&["tea", "dairy", "tea"], times("2"));
        assert_eq!(admit(asked).unwrap().condition.categories, texts::<64>(&["dairy", "tea"]));
    }
}
