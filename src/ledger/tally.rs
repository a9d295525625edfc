//! What an account remembers of its past to keep limits and to know what a customer likes: sums of
//! single days, uses of promotions, categories bought. Each list is bounded.

use crate::ledger::promotion::CategoryCode;
use crate::values::{Bonus, Date, PromotionId, VoucherId};
use std::sync::Arc;

/// Most days whose sums are remembered; the earliest leaves first. A day before all of them, once
/// there are so many, is forgotten: nobody may conclude from it that a limit has room.
pub(super) const DAYS_MAX: usize = 31;
/// Most promotions whose uses are remembered; the oldest promotion leaves first.
pub(super) const PROMOTIONS_USED_MAX: usize = 1_000;
/// Most coupons whose uses are remembered; the oldest coupon leaves first.
pub(super) const COUPONS_USED_MAX: usize = 1_000;
/// Most categories that are remembered; the one not bought for longest leaves first.
pub(super) const CATEGORIES_MAX: usize = 32;

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tallies {
    /// By day; only days on which a limit was in force.
    pub days: Vec<DayCount>,
    /// By promotion.
    pub promotions: Vec<PromotionUses>,
    /// The latest bought last.
    pub categories: Arc<Vec<CategoryCode>>,
    /// By coupon; only those whose uses per customer are limited.
    pub coupons: Vec<CouponUses>,
}

/// What counts against the limits of one local day: the sums of a day, or what one command adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayCount {
    pub day: Date,
    pub earned: Bonus,
    pub redeemed: Bonus,
    /// One entry for every receipt that a promotion with a limit per day was used on.
    pub promotions: Vec<PromotionId>,
    /// Sales that arrived.
    pub sales: u32,
}

/// How many receipts of the customer a promotion was used on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromotionUses {
    pub promotion: PromotionId,
    pub uses: u32,
}

/// How many receipts of the customer a coupon was used on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CouponUses {
    pub coupon: VoucherId,
    pub uses: u32,
}

/// What is known of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) enum OfDay<'a> {
    Counted(&'a DayCount),
    Nothing,
    Forgotten,
}

/// What a return gives back of limits (rule 25).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LimitsGivenBack {
    /// What comes off the sums of single days.
    pub days: Vec<DayCount>,
    /// The promotions that the sale had used, each once: only of a sale that is returned whole.
    pub promotions: Vec<PromotionId>,
}

impl LimitsGivenBack {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.days.is_empty() && self.promotions.is_empty()
    }
}

impl DayCount {
    #[must_use]
    pub const fn nothing_on(day: Date) -> Self {
        let (earned, redeemed) = (Bonus::ZERO, Bonus::ZERO);
        Self { day, earned, redeemed, promotions: Vec::new(), sales: 0 }
    }

    /// Whether it adds nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.earned.is_zero()
            && self.redeemed.is_zero()
            && self.promotions.is_empty()
            && self.sales == 0
    }
}

impl Tallies {
    pub(in crate::ledger) fn of_day(&self, day: Date) -> OfDay<'_> {
        match self.days.binary_search_by_key(&day, |known| known.day) {
            Ok(index) => OfDay::Counted(&self.days[index]),
            Err(0) if self.days.len() >= DAYS_MAX => OfDay::Forgotten,
            Err(_) => OfDay::Nothing,
        }
    }

    /// How many receipts of the customer a promotion was used on.
    #[must_use]
    pub fn uses_of(&self, promotion: PromotionId) -> u32 {
        let found = self.promotions.binary_search_by_key(&promotion, |known| known.promotion);
        found.map_or(0, |index| self.promotions[index].uses)
    }

    /// Adds to the sums of a day; `None`: they left their range.
    pub(in crate::ledger) fn count_day(&mut self, added: &DayCount) -> Option<()> {
        let index = match self.days.binary_search_by_key(&added.day, |known| known.day) {
            Ok(index) => index,
            Err(0) if self.days.len() >= DAYS_MAX => return Some(()),
            Err(index) => {
                self.days.insert(index, DayCount::nothing_on(added.day));
                index
            }
        };
        let sums = &mut self.days[index];
        sums.earned = sums.earned.checked_add(added.earned)?;
        sums.redeemed = sums.redeemed.checked_add(added.redeemed)?;
        sums.promotions.extend(&added.promotions);
        sums.sales = sums.sales.checked_add(added.sales)?;
        if self.days.len() > DAYS_MAX {
            self.days.remove(0);
        }
        Some(())
    }

    pub(in crate::ledger) fn count_use(&mut self, promotion: PromotionId) {
        match self.promotions.binary_search_by_key(&promotion, |known| known.promotion) {
            Ok(index) => {
                let uses = &mut self.promotions[index].uses;
                *uses = uses.saturating_add(1);
            }
            Err(index) => {
                self.promotions.insert(index, PromotionUses { promotion, uses: 1 });
                if self.promotions.len() > PROMOTIONS_USED_MAX {
                    self.promotions.remove(0);
                }
            }
        }
    }

    /// Takes off what a return gives back; what is forgotten stays so.
    pub(in crate::ledger) fn give_back(&mut self, back: &LimitsGivenBack) {
        for day in &back.days {
            self.uncount_day(day);
        }
        for promotion in &back.promotions {
            let known = self.promotions.binary_search_by_key(promotion, |known| known.promotion);
            let Ok(index) = known else { continue };
            let uses = &mut self.promotions[index].uses;
            *uses = uses.saturating_sub(1);
            if *uses == 0 {
                self.promotions.remove(index);
            }
        }
    }

    /// The day itself stays, even with nothing on it: of an earlier one that is forgotten nobody may
    /// think that it was empty.
    fn uncount_day(&mut self, less: &DayCount) {
        let known = self.days.binary_search_by_key(&less.day, |known| known.day);
        let Ok(index) = known else { return };
        let sums = &mut self.days[index];
        sums.earned = sums.earned.saturating_sub(less.earned);
        sums.redeemed = sums.redeemed.saturating_sub(less.redeemed);
        for promotion in &less.promotions {
            if let Some(place) = sums.promotions.iter().position(|used| used == promotion) {
                sums.promotions.remove(place);
            }
        }
    }

    /// Takes in those of another account: days and uses add up, its categories count as bought earlier.
    /// `None`: sums left their range.
    pub(in crate::ledger) fn take_over(&mut self, other: &Self) -> Option<()> {
        for count in &other.days {
            self.count_day(count)?;
        }
        for used in &other.promotions {
            for _ in 0..used.uses {
                self.count_use(used.promotion);
            }
        }
        for used in &other.coupons {
            for _ in 0..used.uses {
                self.use_coupon(used.coupon);
            }
        }
        let own = std::mem::replace(&mut self.categories, Arc::clone(&other.categories));
        self.buy(own.iter());
        Some(())
    }

    /// How many receipts of the customer a coupon was used on.
    #[must_use]
    pub fn uses_of_coupon(&self, coupon: VoucherId) -> u32 {
        let found = self.coupons.binary_search_by_key(&coupon, |known| known.coupon);
        found.map_or(0, |index| self.coupons[index].uses)
    }

    pub(in crate::ledger) fn use_coupon(&mut self, coupon: VoucherId) {
        match self.coupons.binary_search_by_key(&coupon, |known| known.coupon) {
            Ok(index) => {
                let uses = &mut self.coupons[index].uses;
                *uses = uses.saturating_add(1);
            }
            Err(index) => {
                self.coupons.insert(index, CouponUses { coupon, uses: 1 });
                if self.coupons.len() > COUPONS_USED_MAX {
                    self.coupons.remove(0);
                }
            }
        }
    }

    pub(in crate::ledger) fn give_back_coupon(&mut self, coupon: VoucherId) {
        for known in self.coupons.iter_mut().filter(|known| known.coupon == coupon) {
            known.uses = known.uses.saturating_sub(1);
        }
        self.coupons.retain(|known| known.uses > 0);
    }

    /// Categories are bought one after the other: each becomes the latest. A customer who buys the same as
    /// the last time changes nothing.
    pub(in crate::ledger) fn buy<'a>(
        &mut self,
        bought: impl DoubleEndedIterator<Item = &'a CategoryCode>,
    ) {
        let mut latest_first: Vec<&CategoryCode> = Vec::new();
        for category in bought.rev() {
            if latest_first.len() < CATEGORIES_MAX && !latest_first.contains(&category) {
                latest_first.push(category);
            }
        }
        let known = self.categories.iter().rev();
        if known.clone().take(latest_first.len()).eq(latest_first.iter().copied()) {
            return;
        }
        let earlier = known.filter(|known| !latest_first.contains(known));
        let most = self.categories.len().saturating_add(latest_first.len());
        let mut categories = Vec::with_capacity(most.min(CATEGORIES_MAX));
        let all = latest_first.iter().copied().chain(earlier).take(CATEGORIES_MAX);
        all.for_each(|category| categories.push(category.clone()));
        categories.reverse();
        self.categories = Arc::new(categories);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Text;

    fn day(number: i32) -> Date {
        Date::from_epoch_days(20_000_i32.saturating_add(number)).unwrap()
    }

    fn earned(number: i32, cents: u64) -> DayCount {
        let earned = Bonus::from_cents(cents).unwrap();
        DayCount { earned, ..DayCount::nothing_on(day(number)) }
    }

    #[test]
    fn days_add_up_and_the_earliest_leaves_first() {
        let mut tallies = Tallies::default();
        let sum = |tallies: &Tallies, number| match tallies.of_day(day(number)) {
            OfDay::Counted(count) => Some(count.earned.cents()),
            OfDay::Nothing => Some(0),
            OfDay::Forgotten => None,
        };
        for number in [5, 1, 5, 3] {
            tallies.count_day(&earned(number, 10)).unwrap();
        }
        assert_eq!([0, 1, 3, 5].map(|number| sum(&tallies, number)), [0, 10, 10, 20].map(Some));
        for number in 6..=33 {
            tallies.count_day(&earned(number, 1)).unwrap();
        }
        assert_eq!(tallies.days.len(), DAYS_MAX);
        assert_eq!([0, 1, 2].map(|number| sum(&tallies, number)), [None, Some(10), Some(0)]);
        tallies.count_day(&earned(34, 1)).unwrap();
        assert_eq!([1, 2, 3].map(|number| sum(&tallies, number)), [None, None, Some(10)]);
        // What is forgotten stays so.
        tallies.count_day(&earned(2, 1)).unwrap();
        assert_eq!((sum(&tallies, 2), tallies.days.len()), (None, DAYS_MAX));
        assert_eq!(tallies.count_day(&earned(34, crate::values::MONEY_MAX_CENTS)), None);
    }

    #[test]
    fn uses_are_counted_by_promotion() {
        let mut tallies = Tallies::default();
        for number in [3, 1, 3] {
            tallies.count_use(PromotionId(number));
        }
        assert_eq!([1, 2, 3].map(|number| tallies.uses_of(PromotionId(number))), [1, 0, 2]);
        for number in 10..=1_008 {
            tallies.count_use(PromotionId(number));
        }
        assert_eq!(tallies.promotions.len(), PROMOTIONS_USED_MAX);
        assert_eq!([1, 3].map(|number| tallies.uses_of(PromotionId(number))), [0, 2]);
    }

    #[test]
    fn what_is_given_back_leaves_the_day_it_was_counted_on() {
        let mut tallies = Tallies::default();
        let used = |number: i32, cents| DayCount {
            promotions: vec![PromotionId(1), PromotionId(2)],
            ..earned(number, cents)
        };
        for _ in 0..2 {
            tallies.count_day(&used(1, 50)).unwrap();
            tallies.count_use(PromotionId(1));
        }
        tallies.count_use(PromotionId(2));
        let back = LimitsGivenBack {
            days: vec![
                DayCount { promotions: vec![PromotionId(2)], ..earned(1, 30) },
                earned(7, 30),
            ],
            promotions: vec![PromotionId(1), PromotionId(2), PromotionId(3)],
        };
        tallies.give_back(&back);
        let known = DayCount { promotions: [1, 1, 2].map(PromotionId).to_vec(), ..earned(1, 70) };
        let mut found = tallies.days[0].clone();
        found.promotions.sort_unstable();
        assert_eq!((tallies.days.len(), found), (1, known));
        assert_eq!([1, 2, 3].map(|number| tallies.uses_of(PromotionId(number))), [1, 0, 0]);
        assert_eq!(tallies.promotions.len(), 1);
    }

    /// Receipts of any lines leave what their lines would, bought one by one.
    #[test]
    fn a_receipt_is_its_lines_one_after_the_other() {
        let category =
            |number: usize| -> CategoryCode { Text::parse(&number.to_string()).unwrap() };
        let one_by_one = |known: &mut Vec<CategoryCode>, bought: &CategoryCode| {
            known.retain(|known| known != bought);
            known.push(bought.clone());
            if known.len() > CATEGORIES_MAX {
                known.remove(0);
            }
        };
        let (mut tallies, mut naive) = (Tallies::default(), Vec::new());
        for (receipt, lines) in [1, 3, 3, 0, 2, 7, 40, 3, 90, 1, 1, 33].into_iter().enumerate() {
            // Twice the same, and some of its lines more than once.
            for step in [7, 7, 1, 0] {
                let of_line = |line: usize| category((receipt * 5 + line * step) % 50);
                let bought: Vec<_> = (0..lines).map(of_line).collect();
                tallies.buy(bought.iter());
                bought.iter().for_each(|bought| one_by_one(&mut naive, bought));
                assert_eq!(*tallies.categories, naive, "{receipt} {step}");
            }
        }
    }

    #[test]
    fn the_latest_categories_are_remembered() {
        let mut tallies = Tallies::default();
        let category = |number: usize| Text::parse(&number.to_string()).unwrap();
        for number in (0..CATEGORIES_MAX).chain([0, 0, 99]) {
            tallies.buy([category(number)].iter());
        }
        assert_eq!(tallies.categories.len(), CATEGORIES_MAX);
        assert!(!tallies.categories.contains(&category(1)));
        let latest: Vec<&str> = tallies.categories.iter().rev().take(3).map(Text::as_str).collect();
        assert_eq!(latest, ["99", "0", "31"]);
    }
}
