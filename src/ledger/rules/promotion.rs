//! Which promotions of a tenant have a part in which lines of a receipt (rules 4 and 33).
//!
//! A line has its best promotion: the one that adds the most to it, of equals the one with the lowest
//! id; where the tenant stacks, all that match. A fixed bonus is spread over its matching lines by
//! their bases, and is there only on those lines that it is the best for.

use crate::ledger::command::LineInput;
use crate::ledger::promotion::{Promotion, PromotionRef, PromotionReward};
use crate::ledger::promotions::Promotions;
use crate::ledger::rules::daily::day_of;
use crate::ledger::settings::SettingsDraft;
use crate::ledger::tally::{OfDay, Tallies};
use crate::values::{Bonus, Date, Money, Multiplier, Percent, PromotionId, Text, Timestamp, allot};
use std::cmp::Reverse;

/// What a line earns by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct Rate {
    /// The tier's, and what promotions put on top of it.
    pub percent: Percent,
    pub multiplier: Multiplier,
    pub fixed: Bonus,
    /// In order.
    pub promotions: Vec<PromotionRef>,
}

/// A line that earns, or what no line lists.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Item<'a> {
    /// `None`: no line lists it.
    pub line: Option<&'a LineInput>,
    pub base: Money,
    /// Whether it may earn at all.
    pub earns: bool,
}

/// A receipt as promotions look at it.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Occasion<'a> {
    /// The business time, and what tells its local day.
    pub at: Timestamp,
    pub rules: &'a SettingsDraft,
    pub tier: &'a Text<64>,
    /// The money paid.
    pub total: Money,
    pub tallies: &'a Tallies,
    pub permits: &'a [PromotionId],
    /// Those that coupons of the receipt unlock.
    pub unlocked: &'a [PromotionId],
}

/// A fixed bonus on the lines it matches, or what any other reward does to each of them.
struct Offer<'a> {
    promotion: &'a Promotion,
    /// By item; zero where it does not match, and for rewards that are no sum.
    fixed: Vec<u64>,
}

impl Rate {
    /// The tier's percent and no promotion.
    pub(in crate::ledger) const fn plain(percent: Percent) -> Self {
        Self { percent, multiplier: Multiplier::ONE, fixed: Bonus::ZERO, promotions: Vec::new() }
    }

    /// What a base earns, unrounded: divide by [`Self::SCALE`] for cents.
    pub(in crate::ledger) fn of_unrounded(&self, base: Money) -> u128 {
        self.percent
            .of_cents_unrounded(base.cents())
            .saturating_mul(u128::from(self.multiplier.millionths()))
            .saturating_add(u128::from(self.fixed.cents()).saturating_mul(Self::SCALE))
    }

    /// What cents are multiplied by in [`Self::of_unrounded`].
    pub(in crate::ledger) const SCALE: u128 = Percent::SCALE.saturating_mul(Multiplier::SCALE);

    fn with(&self, offer: &Offer<'_>, item: usize) -> Self {
        let mut rate = self.clone();
        match offer.promotion.terms.reward {
            PromotionReward::Multiplier(multiplier) => {
                rate.multiplier = rate.multiplier.times_floor(multiplier);
            }
            PromotionReward::PlusPercent(percent) => rate.percent = rate.percent.plus(percent),
            PromotionReward::FixedBonus(_) => {
                let share = offer.fixed.get(item).copied().and_then(Bonus::from_cents);
                let fixed = rate.fixed.checked_add(share.unwrap_or_default());
                rate.fixed = fixed.unwrap_or(Bonus::MAX);
            }
        }
        rate.promotions.push(offer.promotion.reference());
        rate
    }
}

/// The promotions that a receipt may have a part in, by id, as far as that can be said without its
/// lines.
pub(in crate::ledger) fn offered<'a>(
    promotions: &'a Promotions,
    occasion: &Occasion<'_>,
) -> Vec<&'a Promotion> {
    let running = promotions.running_at(occasion.at).map(|promotion| &**promotion);
    running.filter(|promotion| is_open(promotion, occasion)).collect()
}

/// Whether tier, amount and limits let a receipt in.
fn is_open(promotion: &Promotion, occasion: &Occasion<'_>) -> bool {
    let condition = &promotion.terms.condition;
    let limits = &promotion.terms.limits;
    (!condition.coupon || occasion.unlocked.contains(&promotion.id))
        && listed(&condition.tiers, Some(occasion.tier))
        && occasion.total >= condition.min_amount
        && leaves_room(promotion, occasion.tallies, || day_of(occasion.at, occasion.rules))
        && (limits.total.is_none() || occasion.permits.contains(&promotion.id))
}

/// Whether the limits per customer and per day let one more receipt in.
pub(in crate::ledger) fn leaves_room(
    promotion: &Promotion,
    tallies: &Tallies,
    day: impl FnOnce() -> Date,
) -> bool {
    let limits = &promotion.terms.limits;
    limits.per_customer.is_none_or(|most| tallies.uses_of(promotion.id) < most)
        && limits.per_day.is_none_or(|most| has_room_on(day(), (promotion.id, most), tallies))
}

fn has_room_on(day: Date, (promotion, most): (PromotionId, u32), tallies: &Tallies) -> bool {
    match tallies.of_day(day) {
        OfDay::Counted(count) => {
            let uses = count.promotions.iter().filter(|used| **used == promotion).count();
            u32::try_from(uses).is_ok_and(|uses| uses < most)
        }
        OfDay::Nothing => true,
        OfDay::Forgotten => false,
    }
}

/// Whether a promotion is for a line; one that asks for nothing of lines is for what no line lists,
/// too.
pub(in crate::ledger) fn matches(promotion: &Promotion, line: Option<&LineInput>) -> bool {
    let condition = &promotion.terms.condition;
    match line {
        Some(line) => {
            listed(&condition.categories, line.category_code.as_ref())
                && listed(&condition.skus, line.sku.as_ref())
        }
        None => !condition.is_of_lines(),
    }
}

fn listed(list: &[Text<64>], value: Option<&Text<64>>) -> bool {
    list.is_empty() || value.is_some_and(|value| list.binary_search(value).is_ok())
}

/// What every item earns by.
pub(in crate::ledger) fn rates(
    items: &[Item<'_>],
    percent: Percent,
    offered: &[&Promotion],
    stacking: bool,
) -> Vec<Rate> {
    let offers: Vec<Offer<'_>> = offered
        .iter()
        .map(|promotion| Offer { promotion, fixed: spread(promotion, items) })
        .collect();
    let plain = Rate::plain(percent);
    let rate = |(index, item): (usize, &Item<'_>)| {
        if !item.earns {
            return Rate::plain(Percent::ZERO);
        }
        let on_item = offers.iter().filter(|offer| matches(offer.promotion, item.line));
        if stacking {
            return stacked(&plain, on_item, index, item.base);
        }
        let alone = on_item.map(|offer| plain.with(offer, index));
        let best = alone.max_by_key(|rate| {
            (rate.of_unrounded(item.base), Reverse(rate.promotions.first().copied()))
        });
        let adds = |rate: &Rate| rate.of_unrounded(item.base) > plain.of_unrounded(item.base);
        best.filter(adds).unwrap_or_else(|| plain.clone())
    };
    items.iter().enumerate().map(rate).collect()
}

/// All that match, one upon the other; those that add nothing to what is there are left out.
fn stacked<'a>(
    plain: &Rate,
    offers: impl Iterator<Item = &'a Offer<'a>>,
    index: usize,
    base: Money,
) -> Rate {
    // Sums on the percent come first, so that the order of multipliers and sums does not matter.
    let (factors, sums): (Vec<_>, Vec<_>) = offers
        .partition(|offer| matches!(offer.promotion.terms.reward, PromotionReward::Multiplier(_)));
    let mut rate = sums.into_iter().chain(factors).fold(plain.clone(), |rate, offer| {
        let next = rate.with(offer, index);
        if next.of_unrounded(base) > rate.of_unrounded(base) { next } else { rate }
    });
    rate.promotions.sort_unstable();
    rate
}

/// A fixed bonus in cents over the items it matches, by their bases.
pub(in crate::ledger) fn spread(promotion: &Promotion, items: &[Item<'_>]) -> Vec<u64> {
    let PromotionReward::FixedBonus(bonus) = promotion.terms.reward else { return Vec::new() };
    let weight = |item: &Item<'_>| {
        let takes_part = item.earns && matches(promotion, item.line);
        if takes_part { u128::from(item.base.cents()) } else { 0 }
    };
    allot(bonus.cents(), &items.iter().map(weight).collect::<Vec<_>>())
}
