//! Promotions as they are stored, and what they did on a sale. The order of variants and fields is the
//! format.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode};
use crate::journal::record::fields::{all, bonus, instant, money, optional, percent, text};
use crate::ledger::{
    PromotedLine, Promotion, PromotionCondition, PromotionKind, PromotionLimits, PromotionRef,
    PromotionReward, PromotionTerms,
};
use crate::values::{Multiplier, PromotionId, PromotionVersion, Text, Timestamp};

/// A version of a promotion.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredPromotion<'a> {
    id: u32,
    version: u32,
    set_at: i64,
    name: &'a str,
    description: Option<&'a str>,
    kind: StoredPromotionKind,
    condition: StoredCondition<'a>,
    reward: StoredReward,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
    limit_per_customer: Option<u32>,
    limit_per_day: Option<u32>,
    limit_total: Option<u32>,
    active: bool,
}

#[derive(Debug, Encode, BorrowDecode)]
struct StoredCondition<'a> {
    categories: Vec<&'a str>,
    skus: Vec<&'a str>,
    tiers: Vec<&'a str>,
    tags: Vec<&'a str>,
    min_amount: u64,
}

#[derive(Debug, Encode, Decode)]
enum StoredReward {
    Multiplier(u32),
    PlusPercent(u32),
    FixedBonus(u64),
}

stored_words!(
    StoredPromotionKind is PromotionKind { CategoryMultiplier, SkuMultiplier, FixedBonus, TierBoost }
);

/// What promotions made of one line of a sale.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredPromotedLine {
    line: Option<u16>,
    multiplier: u32,
    fixed: u64,
    /// Number and version.
    promotions: Vec<(u32, u32)>,
}

impl<'a> From<&'a Promotion> for StoredPromotion<'a> {
    fn from(promotion: &'a Promotion) -> Self {
        let PromotionTerms { condition, limits, .. } = &promotion.terms;
        let terms = &promotion.terms;
        Self {
            id: promotion.id.number(),
            version: promotion.version.number(),
            set_at: promotion.set_at.millis(),
            name: terms.name.as_str(),
            description: terms.description.as_ref().map(Text::as_str),
            kind: terms.kind.into(),
            condition: StoredCondition {
                categories: texts(&condition.categories),
                skus: texts(&condition.skus),
                tiers: texts(&condition.tiers),
                tags: texts(&condition.tags),
                min_amount: condition.min_amount.cents(),
            },
            reward: terms.reward.into(),
            starts_at: terms.starts_at.map(Timestamp::millis),
            ends_at: terms.ends_at.map(Timestamp::millis),
            limit_per_customer: limits.per_customer,
            limit_per_day: limits.per_day,
            limit_total: limits.total,
            active: terms.active,
        }
    }
}

fn texts<const MAX: usize>(texts: &[Text<MAX>]) -> Vec<&str> {
    texts.iter().map(Text::as_str).collect()
}

impl TryFrom<StoredPromotion<'_>> for Promotion {
    type Error = CodecError;

    fn try_from(stored: StoredPromotion<'_>) -> Result<Self, CodecError> {
        let condition = stored.condition;
        Ok(Self {
            id: PromotionId(stored.id),
            version: PromotionVersion(stored.version),
            set_at: instant(stored.set_at)?,
            terms: PromotionTerms {
                name: text(stored.name)?,
                description: optional(stored.description, text)?,
                kind: stored.kind.into(),
                condition: PromotionCondition {
                    categories: all(condition.categories, text)?,
                    skus: all(condition.skus, text)?,
                    tiers: all(condition.tiers, text)?,
                    tags: all(condition.tags, text)?,
                    min_amount: money(condition.min_amount)?,
                    coupon: false,
                },
                reward: stored.reward.try_into()?,
                starts_at: optional(stored.starts_at, instant)?,
                ends_at: optional(stored.ends_at, instant)?,
                limits: PromotionLimits {
                    per_customer: stored.limit_per_customer,
                    per_day: stored.limit_per_day,
                    total: stored.limit_total,
                },
                active: stored.active,
            },
        })
    }
}

impl From<PromotionReward> for StoredReward {
    fn from(reward: PromotionReward) -> Self {
        match reward {
            PromotionReward::Multiplier(multiplier) => Self::Multiplier(multiplier.millionths()),
            PromotionReward::PlusPercent(percent) => Self::PlusPercent(percent.millionths()),
            PromotionReward::FixedBonus(bonus) => Self::FixedBonus(bonus.cents()),
        }
    }
}

impl TryFrom<StoredReward> for PromotionReward {
    type Error = CodecError;

    fn try_from(stored: StoredReward) -> Result<Self, CodecError> {
        Ok(match stored {
            StoredReward::Multiplier(millionths) => Self::Multiplier(multiplier(millionths)?),
            StoredReward::PlusPercent(millionths) => Self::PlusPercent(percent(millionths)?),
            StoredReward::FixedBonus(cents) => Self::FixedBonus(bonus(cents)?),
        })
    }
}

impl From<&PromotedLine> for StoredPromotedLine {
    fn from(line: &PromotedLine) -> Self {
        let numbers = |it: &PromotionRef| (it.promotion.number(), it.version.number());
        Self {
            line: line.line,
            multiplier: line.multiplier.millionths(),
            fixed: line.fixed.cents(),
            promotions: line.promotions.iter().map(numbers).collect(),
        }
    }
}

impl TryFrom<StoredPromotedLine> for PromotedLine {
    type Error = CodecError;

    fn try_from(stored: StoredPromotedLine) -> Result<Self, CodecError> {
        let reference = |(promotion, version)| PromotionRef {
            promotion: PromotionId(promotion),
            version: PromotionVersion(version),
        };
        Ok(Self {
            line: stored.line,
            multiplier: multiplier(stored.multiplier)?,
            fixed: bonus(stored.fixed)?,
            promotions: stored.promotions.into_iter().map(reference).collect(),
        })
    }
}

fn multiplier(millionths: u32) -> Result<Multiplier, CodecError> {
    Multiplier::from_millionths(millionths).ok_or(CodecError::OutOfRange("a multiplier"))
}
