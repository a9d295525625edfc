//! What one customer may earn and redeem on one local day (rules 4 and 7).
//!
//! A sale earns on the day of its business time, a redemption falls on the day of its command. A late
//! sale counts on its own day; on a day that the account has forgotten since, it may earn nothing
//! where there is a limit. Only what was earned and redeemed while a limit was in force counts.

use crate::ledger::calendar::date_of;
use crate::ledger::policy::DailyLimits;
use crate::ledger::settings::SettingsDraft;
use crate::ledger::tally::{DayCount, OfDay, Tallies};
use crate::values::{Bonus, Date, Timestamp};

/// The limits of a day with what counts against them.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Daily {
    earn_max: Option<Bonus>,
    redeem_max: Option<Bonus>,
    /// `None`: forgotten, or without a limit to count against.
    counted: Option<(Bonus, Bonus)>,
}

/// The local day of an instant.
pub(in crate::ledger) fn day_of(at: Timestamp, rules: &SettingsDraft) -> Date {
    date_of(at, rules.time_zone)
}

/// What a redemption counts against the limit of its day; `None`: there is none.
pub(in crate::ledger) fn redeemed(
    amount: Bonus,
    rules: &SettingsDraft,
    now: Timestamp,
) -> Option<DayCount> {
    let limited = rules.policy.daily.redeem_max.is_some();
    limited.then(|| DayCount { redeemed: amount, ..DayCount::nothing_on(day_of(now, rules)) })
}

impl Daily {
    /// The day on which `at` lies.
    pub(in crate::ledger) fn of(tallies: &Tallies, rules: &SettingsDraft, at: Timestamp) -> Self {
        let DailyLimits { earn_max, redeem_max } = rules.policy.daily;
        let limited = earn_max.is_some() || redeem_max.is_some();
        let counted = match limited.then(|| tallies.of_day(day_of(at, rules))) {
            Some(OfDay::Counted(count)) => Some((count.earned, count.redeemed)),
            Some(OfDay::Nothing) => Some((Bonus::ZERO, Bonus::ZERO)),
            Some(OfDay::Forgotten) | None => None,
        };
        Self { earn_max, redeem_max, counted }
    }

    /// What may still be earned; `None`: any sum.
    pub(in crate::ledger) fn may_earn(&self) -> Option<Bonus> {
        self.left(self.earn_max, |(earned, _)| earned)
    }

    /// What may still be redeemed; `None`: any sum.
    pub(in crate::ledger) fn may_redeem(&self) -> Option<Bonus> {
        self.left(self.redeem_max, |(_, redeemed)| redeemed)
    }

    /// The limit of redemptions and what is left of it.
    pub(in crate::ledger) fn redeem_limit(&self) -> Option<(Bonus, Bonus)> {
        self.redeem_max.zip(self.may_redeem())
    }

    fn left(
        &self,
        limit: Option<Bonus>,
        of: impl FnOnce((Bonus, Bonus)) -> Bonus,
    ) -> Option<Bonus> {
        let most = limit?;
        Some(self.counted.map_or(Bonus::ZERO, |counted| most.saturating_sub(of(counted))))
    }
}

#[cfg(test)]
mod tests {
    use crate::ledger::settings::SettingsDraft;
    use crate::ledger::testing::{
        DAY, Scene, adjust, bonus, check_next, instant, money, redeem, sale, sell,
    };

    fn limited(rules: &mut SettingsDraft) {
        rules.policy.daily.earn_max = Some(bonus("7.00"));
        rules.policy.daily.redeem_max = Some(bonus("30.00"));
        rules.redeem_hold_seconds = 0;
    }

    #[test]
    fn a_day_earns_up_to_its_limit() {
        let mut scene = Scene::new(limited);
        let earned = |scene: &mut Scene, total: &str| {
            scene.perform(sell(total)).unwrap();
            scene.last_sale().accrued.to_string()
        };
        assert_eq!(earned(&mut scene, "100.00"), "5.00");
        assert_eq!(earned(&mut scene, "100.00"), "2.00");
        check_next(
            &mut scene,
            sell("100.00"),
            "sale 3 of 100.00 earned 0.00 | 7.00 = 7.00 + 0.00 - 0.00",
        );
        // The day ends at midnight in Dushanbe, ten hours after the start.
        scene.now = instant("2026-01-10T23:59:59.999+05:00");
        assert_eq!(earned(&mut scene, "100.00"), "0.00");
        scene.now = instant("2026-01-11T00:00:00+05:00");
        assert_eq!(earned(&mut scene, "200.00"), "7.00");
    }

    #[test]
    fn a_late_sale_counts_on_its_own_day() {
        let mut scene = Scene::new(limited);
        scene.perform(sell("100.00")).unwrap();
        scene.wait(3 * DAY);
        scene.perform(sell("140.00")).unwrap();
        let late = |day: u32| sale("100.00").on(&format!("2026-01-{day:02}T15:00:00+05:00")).act();
        for (day, expected) in [(10, "2.00"), (10, "0.00"), (11, "5.00"), (11, "2.00")] {
            scene.perform(late(day)).unwrap();
            assert_eq!(scene.last_sale().accrued.to_string(), expected, "{day}");
        }
    }

    #[test]
    fn a_day_that_is_forgotten_earns_nothing_more() {
        let mut scene = Scene::new(limited);
        scene.adopt(|rules| rules.backdate_days_max = 60);
        for _ in 0..31 {
            scene.wait(DAY);
            scene.perform(sell("100.00")).unwrap();
        }
        let on = |date: &str| sale("100.00").on(date).act();
        scene.perform(on("2026-01-10T15:00:00+05:00")).unwrap();
        assert_eq!(scene.last_sale().accrued.to_string(), "0.00");
        scene.perform(on("2026-01-11T15:00:00+05:00")).unwrap();
        assert_eq!(scene.last_sale().accrued.to_string(), "2.00");
    }

    #[test]
    fn redemptions_of_a_day_are_refused_beyond_its_limit() {
        let mut scene = Scene::new(limited);
        scene.perform(adjust("100.00")).unwrap();
        scene.perform(redeem("20.00", "200.00")).unwrap();
        let shown = |scene: &Scene| {
            let view = scene.view(Some(money("200.00")));
            view.loyalty.max_redeem_amount.unwrap().to_string()
        };
        assert_eq!(shown(&scene), "10.00");
        check_next(&mut scene, redeem("10.01", "200.00"), "redeem_over_day_max amount");
        let over = sale("189.99").redeeming("10.01").act();
        check_next(&mut scene, over, "redeem_over_day_max bonus_redeem_amount");
        scene.perform(sale("190.00").redeeming("10.00").act()).unwrap();
        assert_eq!(shown(&scene), "0.00");
        check_next(&mut scene, redeem("0.01", "200.00"), "redeem_over_day_max amount");
        scene.wait(DAY);
        assert_eq!(shown(&scene), "30.00");
        scene.perform(redeem("30.00", "200.00")).unwrap();
    }

    #[test]
    fn without_limits_nothing_is_counted() {
        let mut scene = Scene::new(|_| {});
        scene.perform(adjust("100.00")).unwrap();
        scene.perform(sale("100.00").redeeming("20.00").act()).unwrap();
        scene.perform(redeem("20.00", "200.00")).unwrap();
        assert!(scene.account().tallies.days.is_empty());
    }
}
