//! What a sale earns, and what it counts against the limits of its day.

use crate::ledger::account::Account;
use crate::ledger::command::LineInput;
use crate::ledger::facts::PromotionFacts;
use crate::ledger::rules::daily::{self, Daily};
use crate::ledger::rules::earn::{AccrualCap, Earned, barred, earn};
use crate::ledger::rules::lines::Shares;
use crate::ledger::rules::promotion::{Item, Occasion, Rate, offered, rates};
use crate::ledger::sale::promotions_of;
use crate::ledger::settings::{Settings, Tier};
use crate::ledger::tally::DayCount;
use crate::values::{Bonus, Money, Percent, PromotionId, Timestamp};

/// A receipt that is about to earn.
pub(super) struct Receipt<'a> {
    /// The business time.
    pub(super) at: Timestamp,
    pub(super) total: Money,
    pub(super) redeemed: Bonus,
    /// Paid by a certificate of somebody else.
    pub(super) by_certificate: bool,
    pub(super) lines: &'a [LineInput],
    pub(super) shares: &'a Shares,
    /// The rules of the business time, and the tier reached by then.
    pub(super) settings: &'a Settings,
    pub(super) tier: &'a Tier,
    /// The promotions that coupons unlock.
    pub(super) unlocked: &'a [PromotionId],
}

impl Receipt<'_> {
    /// What it earns.
    pub(super) fn earnings(&self, account: &Account, facts: &PromotionFacts) -> Earned {
        let rules = &self.settings.rules;
        let daily = Daily::of(&account.tallies, rules, self.at);
        let staff = account.staff.then_some(AccrualCap::Staff);
        let by_certificate = self.by_certificate.then_some(AccrualCap::Certificate);
        let cap = staff.or(by_certificate).or_else(|| barred(self.total, self.redeemed, rules));
        if let Some(cap) = cap {
            let count = self.shares.lines.len().saturating_add(1);
            let nothing = vec![Rate::plain(Percent::ZERO); count];
            let mut earned = earn(self.shares, &nothing, rules, None);
            earned.terms.capped_by = Some(cap);
            return earned;
        }
        let occasion = Occasion {
            at: self.at,
            rules,
            tier: &self.tier.name,
            total: self.total,
            tallies: &account.tallies,
            permits: &facts.permits,
            unlocked: self.unlocked,
        };
        let offered = offered(&facts.all, &occasion);
        let stacking = rules.policy.promotion.stacking;
        let rates = rates(&self.items(), self.tier.bonus_percent, &offered, stacking);
        earn(self.shares, &rates, rules, daily.may_earn())
    }

    fn items(&self) -> Vec<Item<'_>> {
        let goods = &self.settings.rules.policy.categories;
        let line =
            |(line, base): (_, Money)| Item { line: Some(line), base, earns: goods.earns(line) };
        let bases = self.shares.lines.iter().map(|share| share.base);
        let unlisted = self.shares.unlisted.iter();
        let unlisted = unlisted.map(|share| Item { line: None, base: share.base, earns: true });
        self.lines.iter().zip(bases).map(line).chain(unlisted).collect()
    }

    /// What the earnings count against limits of the day; `None`: nothing.
    pub(super) fn counted(&self, earned: &Earned, facts: &PromotionFacts) -> Option<DayCount> {
        let rules = &self.settings.rules;
        let limited = rules.policy.daily.earn_max.is_some();
        if !limited && earned.promoted.is_empty() {
            return None;
        }
        let mut count = DayCount::nothing_on(daily::day_of(self.at, rules));
        if limited {
            count.earned = earned.accrued;
        }
        if !earned.promoted.is_empty() {
            let used = promotions_of(&earned.promoted);
            let running = facts.all.running_at(self.at);
            let limited = running.filter(|promotion| promotion.terms.limits.per_day.is_some());
            count.promotions =
                limited.map(|promotion| promotion.id).filter(|id| used.contains(id)).collect();
        }
        Some(count)
    }
}
