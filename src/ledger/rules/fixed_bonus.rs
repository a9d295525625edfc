//! Fixed bonuses of a sale when goods come back: each is tested again on what remains of the sale, and
//! goes back whole where its condition is met no more (rule 25).
//!
//! The versions of promotions never change, so what a bonus asked for is read from the one that the sale
//! names. What remains only ever gets less, so a bonus that has gone back stays so, and in whatever order
//! goods come back the end is the same.

use crate::ledger::category_rules::CategoryRules;
use crate::ledger::promotion::{Promotion, PromotionReward};
use crate::ledger::promotions::Promotions;
use crate::ledger::rules::promotion::{Item, Rate, spread};
use crate::ledger::sale::{PromotedLine, RecordedSale, Split};
use crate::values::{Bonus, Money};

/// A fixed bonus as a sale earned it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct FixedBonus {
    /// The least money that the receipt must be paid with.
    pub min_amount: Money,
    /// What it is of the accrual of each line, and then of what no line lists.
    pub shares: Vec<Bonus>,
}

/// The fixed bonuses that a sale earned, under the category rules of its business time.
pub(in crate::ledger) fn earned_by(
    sale: &RecordedSale,
    promotions: &Promotions,
    goods: &CategoryRules,
) -> Vec<FixedBonus> {
    if sale.promoted.iter().all(|line| line.fixed.is_zero()) {
        return Vec::new();
    }
    let items: Vec<Item<'_>> = items_of(sale, goods).collect();
    let used = |promotion: &&Promotion| {
        let lines = sale.promoted.iter().flat_map(|line| &line.promotions);
        matches!(promotion.terms.reward, PromotionReward::FixedBonus(_))
            && lines.into_iter().any(|known| *known == promotion.reference())
    };
    let versions = promotions.versions().iter().map(|promotion| &**promotion);
    versions.filter(used).map(|promotion| FixedBonus::of(promotion, sale, &items)).collect()
}

fn items_of<'a>(
    sale: &'a RecordedSale,
    goods: &'a CategoryRules,
) -> impl Iterator<Item = Item<'a>> {
    let lines = sale.lines.iter().map(|line| Item {
        line: Some(&line.input),
        base: line.split.base,
        earns: goods.earns(&line.input),
    });
    let unlisted = sale.unlisted.iter();
    lines.chain(unlisted.map(|split| Item { line: None, base: split.base, earns: true }))
}

impl FixedBonus {
    fn of(promotion: &Promotion, sale: &RecordedSale, items: &[Item<'_>]) -> Self {
        let splits = sale.lines.iter().map(|line| &line.split).chain(&sale.unlisted);
        let spread = spread(promotion, items);
        let share = |(index, (split, fixed)): (usize, (&Split, u64))| {
            let on_line = sale.promoted.iter().find(|line| {
                line.line.map_or(sale.lines.len(), usize::from) == index
                    && line.promotions.contains(&promotion.reference())
            });
            on_line.map_or(Bonus::ZERO, |line| part_of_accrual(split, line, fixed))
        };
        Self {
            min_amount: promotion.terms.condition.min_amount,
            shares: splits.zip(spread).enumerate().map(share).collect(),
        }
    }
}

/// What `fixed` cents of a line are of its accrual: all of them, or as many as limits of the receipt
/// left, rounded up.
fn part_of_accrual(split: &Split, promoted: &PromotedLine, fixed: u64) -> Bonus {
    let rate = Rate {
        multiplier: promoted.multiplier,
        fixed: promoted.fixed,
        ..Rate::plain(split.percent)
    };
    let whole = rate.of_unrounded(split.base);
    let part = u128::from(fixed).saturating_mul(Rate::SCALE);
    let cents = u128::from(split.accrual.cents()).saturating_mul(part).div_ceil(whole.max(1));
    let most = split.accrual.cents().min(fixed);
    Bonus::from_cents(u64::try_from(cents).unwrap_or(most).min(most)).unwrap_or_default()
}
