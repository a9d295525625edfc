//! The tier of a customer: the highest threshold that the money spent has reached; a tier reached by a
//! sale counts from the next one. Where the tenant says so only what was spent within a window counts, to
//! the local day, and a tier is lost again by the clock, never inside a sale (rule 28). A tier that an
//! operator set counts before all that.

use crate::ledger::account::Account;
use crate::ledger::calendar::{date_of, end_of_day, minus_days, plus_days, start_of_day};
use crate::ledger::settings::{Settings, Tier};
use crate::ledger::standing::Spending;
use crate::values::{Money, Timestamp};

/// What stands between a customer and the tiers above and below.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TierProjection {
    /// The tier above; `None`: there is none, or an operator set the tier.
    pub next: Option<Tier>,
    /// What is still to be spent for it.
    pub to_spend: Option<Money>,
    /// The first instant at which the tier is lost if too little is spent until then.
    pub keep_until: Option<Timestamp>,
    /// What is still to be spent to keep it longer.
    pub to_keep: Option<Money>,
}

/// The tier for this much money spent.
pub(in crate::ledger) fn tier_for(spent: Money, settings: &Settings) -> &Tier {
    let reached = settings.tiers.iter().rev().find(|tier| tier.from_total_spent <= spent);
    reached.or_else(|| settings.tiers.first()).expect("settings have a base tier")
}

/// What of the money that counts was moved after an instant.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::ledger) struct Later {
    pub(in crate::ledger) spent: Money,
    pub(in crate::ledger) returned: Money,
}

/// The tier at an instant by what is known, without what happened `later`.
pub(in crate::ledger) fn tier_at<'s>(
    account: &Account,
    settings: &'s Settings,
    at: Timestamp,
    later: &Later,
) -> &'s Tier {
    let earned = || {
        let counted = counted(account, settings, at);
        let not_returned_yet = counted.checked_add(later.returned).unwrap_or(counted);
        tier_for(not_returned_yet.saturating_sub(later.spent), settings)
    };
    manual(account, settings, at).unwrap_or_else(earned)
}

/// The tier that an operator had set by an instant; one that the settings do not know counts for nothing.
fn manual<'s>(account: &Account, settings: &'s Settings, at: Timestamp) -> Option<&'s Tier> {
    let set = account.standing.manual.filter(|manual| manual.since <= at)?;
    settings.tiers.iter().find(|tier| tier.id == set.tier)
}

/// What counts towards the tier at an instant: all that was ever spent, or what was spent within the
/// window.
fn counted(account: &Account, settings: &Settings, at: Timestamp) -> Money {
    let Some(begins) = window_begins(settings, at) else { return account.spent_for_tier() };
    sum(account.standing.spendings.iter().filter(|spending| spending.at >= begins))
}

/// From when on what was spent counts at an instant; `None`: all that was ever spent.
pub(in crate::ledger) fn window_begins(settings: &Settings, at: Timestamp) -> Option<Timestamp> {
    let days = settings.rules.policy.regress.window_days?;
    let zone = settings.rules.time_zone;
    Some(start_of_day(minus_days(date_of(at, zone), days), zone))
}

/// The first instant after `at` at which the tier is lost if nothing more is spent.
pub(in crate::ledger) fn falls_at(
    account: &Account,
    settings: &Settings,
    at: Timestamp,
) -> Option<Timestamp> {
    let days = settings.rules.policy.regress.window_days?;
    if manual(account, settings, at).is_some() {
        return None;
    }
    let mut left = counted(account, settings, at);
    let tier = tier_for(left, settings);
    if tier.from_total_spent.is_zero() {
        return None;
    }
    let leaves_at = |spending: &Spending| leaves_at(spending, days, settings);
    let counting = account.standing.spendings.iter().filter(|one| leaves_at(one) > at);
    counting.into_iter().find_map(|spending| {
        left = left.saturating_sub(spending.amount);
        (left < tier.from_total_spent).then(|| leaves_at(spending))
    })
}

/// What was spent counts through the local day so many days later.
fn leaves_at(spending: &Spending, days: u32, settings: &Settings) -> Timestamp {
    let zone = settings.rules.time_zone;
    end_of_day(plus_days(date_of(spending.at, zone), days), zone)
}

/// What stands between a customer and the tiers above and below.
pub(in crate::ledger) fn projection(
    account: &Account,
    settings: &Settings,
    at: Timestamp,
) -> TierProjection {
    if manual(account, settings, at).is_some() {
        return TierProjection::default();
    }
    let spent = counted(account, settings, at);
    let next = settings.tiers.iter().find(|tier| tier.from_total_spent > spent);
    let keep_until = falls_at(account, settings, at);
    let kept_from = tier_for(spent, settings).from_total_spent;
    TierProjection {
        next: next.cloned(),
        to_spend: next.map(|tier| tier.from_total_spent.saturating_sub(spent)),
        keep_until,
        to_keep: keep_until.map(|end| kept_from.saturating_sub(counted(account, settings, end))),
    }
}

fn sum<'a>(spendings: impl Iterator<Item = &'a Spending>) -> Money {
    Money::checked_sum(spendings.map(|spending| spending.amount))
        .expect("apply keeps the sum of what was spent within range")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::command::Action;
    use crate::ledger::settings::SettingsDraft;
    use crate::ledger::settings::tests::{draft, history_of, tier};
    use crate::ledger::testing::{DAY, HOUR, Scene, check_next, instant, money, sale, sell};
    use crate::ledger::testing_returns::give_back;
    use crate::values::TierId;

    #[test]
    fn the_highest_threshold_reached_counts() {
        let mut rules = draft();
        rules.tiers = vec![
            tier("Gold", "1000.00", "7"),
            tier("Base", "0.00", "5"),
            tier("Silver", "100.00", "6"),
        ];
        let history = history_of(rules);
        let check = |cents, expected| {
            let found =
                tier_for(Money::from_cents(cents).unwrap(), history.at(Timestamp::default()));
            assert_eq!(found.name.as_str(), expected, "{cents}");
        };
        check(0, "Base");
        check(9_999, "Base");
        check(10_000, "Silver");
        check(99_999, "Silver");
        check(100_000, "Gold");
    }

    /// Base, Silver (tier 2) from 100, Gold (tier 3) from 300.
    fn three_tiers(rules: &mut SettingsDraft) {
        rules.redeem_hold_seconds = 0;
        rules.tiers.push(tier("Silver", "100.00", "6"));
        rules.tiers.push(tier("Gold", "300.00", "7"));
    }

    fn within(days: u32) -> impl FnOnce(&mut SettingsDraft) {
        move |rules| {
            three_tiers(rules);
            rules.policy.regress.window_days = Some(days);
        }
    }

    fn tier_now(scene: &Scene) -> String {
        scene.view(None).tier.name.as_str().to_owned()
    }

    #[test]
    fn a_tier_reached_by_a_sale_counts_from_the_next() {
        let mut scene = Scene::new(three_tiers);
        check_next(
            &mut scene,
            sell("100.00"),
            "accrual 5.00 lot 1; sale 1 of 100.00 earned 5.00; tier 1 to 2 \
             | 5.00 = 5.00 + 0.00 - 0.00",
        );
        check_next(
            &mut scene,
            sell("100.00"),
            "accrual 6.00 lot 2; sale 2 of 100.00 earned 6.00 | 11.00 = 11.00 + 0.00 - 0.00",
        );
        assert_eq!(scene.account().standing.review_at, None);
    }

    #[test]
    fn a_tier_is_lost_at_the_local_midnight_after_the_window() {
        // The sale of 10 January counts through 20 January.
        let mut scene = Scene::new(within(10));
        scene.perform(sell("100.00")).unwrap();
        let end = instant("2026-01-21T00:00:00+05:00");
        assert_eq!(scene.account().standing.review_at, Some(end));
        scene.now = end.plus_millis(-1);
        assert_eq!(tier_now(&scene), "Silver");
        check_next(&mut scene, Action::Settle, " | 5.00 = 5.00 + 0.00 - 0.00");
        scene.now = end;
        assert_eq!(tier_now(&scene), "Base");
        // Found out five days later, told with its instant.
        scene.wait(5 * DAY);
        let events = scene.perform(Action::Settle).unwrap();
        let fallen = crate::ledger::TierEvent::Changed {
            from: TierId(2),
            to: TierId(1),
            review_at: None,
            at: end,
        };
        assert_eq!(events, [crate::ledger::AccountEvent::Tier(fallen)]);
    }

    #[test]
    fn what_is_spent_in_time_keeps_the_tier() {
        let mut scene = Scene::new(within(10));
        scene.perform(sell("100.00")).unwrap();
        scene.wait(5 * DAY).perform(sell("100.00")).unwrap();
        let first_end = instant("2026-01-21T00:00:00+05:00");
        // An account is looked at when the first sale leaves the window: the second one keeps the tier.
        assert_eq!(scene.account().standing.review_at, Some(first_end));
        scene.now = first_end;
        check_next(&mut scene, Action::Settle, "tier kept | 11.00 = 11.00 + 0.00 - 0.00");
        scene.now = instant("2026-01-26T00:00:00+05:00");
        check_next(&mut scene, Action::Settle, "tier 2 to 1 | 11.00 = 11.00 + 0.00 - 0.00");
    }

    #[test]
    fn two_tiers_may_be_lost_one_after_the_other() {
        let mut scene = Scene::new(within(10));
        scene.perform(sell("200.00")).unwrap();
        scene.wait(2 * DAY).perform(sell("100.00")).unwrap();
        assert_eq!(tier_now(&scene), "Gold");
        scene.wait(60 * DAY);
        check_next(
            &mut scene,
            Action::Settle,
            "tier 3 to 2; tier 2 to 1 | 16.00 = 16.00 + 0.00 - 0.00",
        );
    }

    #[test]
    fn a_tier_is_never_lost_inside_a_sale() {
        let mut scene = Scene::new(within(10));
        scene.perform(sell("100.00")).unwrap();
        // After the fall: the sale earns by the base tier, and its own money counts for the next.
        scene.wait(11 * DAY);
        check_next(
            &mut scene,
            sell("100.00"),
            "tier 2 to 1; accrual 5.00 lot 2; sale 2 of 100.00 earned 5.00; tier 1 to 2 \
             | 10.00 = 10.00 + 0.00 - 0.00",
        );
    }

    /// Rule 21: what counts is what was spent before the business time of the sale.
    #[test]
    fn a_late_sale_earns_by_the_tier_of_its_business_time() {
        let check = |date: &str, expected: &str| {
            let mut scene = Scene::new(|rules| {
                within(10)(rules);
                rules.backdate_before_join_hours = 24 * 30;
            });
            scene.perform(sell("100.00")).unwrap();
            scene.wait(10 * DAY + 10 * HOUR);
            assert_eq!(tier_now(&scene), "Base");
            scene.perform(sale("100.00").on(date).act()).unwrap();
            assert_eq!(scene.last_sale().accrued.to_string(), expected, "{date}");
        };
        check("2026-01-10T13:59:59+05:00", "5.00");
        check("2026-01-10T14:00:00+05:00", "6.00");
        check("2026-01-20T23:59:59+05:00", "6.00");
        check("2026-01-21T00:00:00+05:00", "5.00");
    }

    /// A late sale of 25 January, whose window begins on the 15th, after a return on the 26th.
    #[test]
    fn what_a_return_took_later_counts_for_a_late_sale_if_it_was_spent_within_the_window() {
        let check = |spent: &[&str], returned: u64, expected: &str| {
            let mut scene = Scene::new(within(10));
            scene.perform(sell("100.00")).unwrap();
            scene.wait(10 * DAY);
            for total in spent {
                scene.perform(sell(total)).unwrap();
            }
            scene.wait(6 * DAY);
            scene.perform(give_back(returned)).unwrap();
            scene.perform(sale("100.00").on("2026-01-25T14:00:00+05:00").act()).unwrap();
            assert_eq!(scene.last_sale().accrued.to_string(), expected, "{spent:?} {returned}");
        };
        check(&["60.00"], 1, "5.00");
        check(&["60.00"], 2, "5.00");
        check(&["60.00", "60.00"], 1, "6.00");
        check(&["60.00", "60.00"], 3, "6.00");
    }

    #[test]
    fn an_operators_tier_stays_until_it_is_taken_away() {
        let assign = |tier: Option<u32>| Action::SetTier(tier.map(TierId));
        let mut scene = Scene::new(within(10));
        let nothing = "| 0.00 = 0.00 + 0.00 - 0.00";
        check_next(&mut scene, assign(Some(3)), &format!("tier set to 3; tier 1 to 3 {nothing}"));
        check_next(&mut scene, assign(Some(3)), &format!(" {nothing}"));
        check_next(&mut scene, assign(Some(9)), "tier_unknown tier");
        scene.wait(400 * DAY);
        check_next(&mut scene, Action::Settle, &format!(" {nothing}"));
        assert_eq!(scene.view(None).projection, TierProjection::default());
        check_next(&mut scene, assign(None), &format!("tier not set; tier 3 to 1 {nothing}"));
        check_next(&mut scene, assign(None), &format!(" {nothing}"));
    }

    #[test]
    fn an_operators_tier_counts_for_no_earlier_sale() {
        let mut scene = Scene::new(|rules| {
            three_tiers(rules);
            rules.backdate_before_join_hours = 24;
        });
        scene.perform(Action::SetTier(Some(TierId(3)))).unwrap();
        scene.perform(sale("100.00").on("2026-01-10T13:59:59+05:00").act()).unwrap();
        assert_eq!(scene.last_sale().accrued.to_string(), "5.00");
        scene.perform(sell("100.00")).unwrap();
        assert_eq!(scene.last_sale().accrued.to_string(), "7.00");
    }

    #[test]
    fn a_projection_says_what_is_missing_and_until_when() {
        let mut scene = Scene::new(within(10));
        let check = |scene: &Scene, next: Option<(&str, &str)>, keep: Option<(&str, &str)>| {
            let found = scene.view(None).projection;
            let above = found.next.as_ref().map(|tier| tier.name.as_str());
            assert_eq!(above, next.map(|next| next.0));
            assert_eq!(found.to_spend, next.map(|next| money(next.1)));
            assert_eq!(found.keep_until, keep.map(|keep| instant(keep.0)));
            assert_eq!(found.to_keep, keep.map(|keep| money(keep.1)));
        };
        check(&scene, Some(("Silver", "100.00")), None);
        scene.perform(sell("120.00")).unwrap();
        check(&scene, Some(("Gold", "180.00")), Some(("2026-01-21T00:00:00+05:00", "100.00")));
        scene.wait(DAY).perform(sell("90.00")).unwrap();
        check(&scene, Some(("Gold", "90.00")), Some(("2026-01-21T00:00:00+05:00", "10.00")));
        scene.wait(DAY).perform(sell("90.00")).unwrap();
        check(&scene, None, Some(("2026-01-21T00:00:00+05:00", "120.00")));
    }

    #[test]
    fn a_setting_that_changes_is_met_by_the_next_command() {
        let mut scene = Scene::new(three_tiers);
        scene.perform(sell("100.00")).unwrap();
        scene.wait(30 * DAY);
        scene.adopt(|rules| rules.policy.regress.window_days = Some(10));
        assert_eq!(tier_now(&scene), "Base");
        check_next(&mut scene, Action::Settle, "tier 2 to 1 | 5.00 = 5.00 + 0.00 - 0.00");
        scene.adopt(|rules| rules.policy.regress.window_days = Some(60));
        check_next(&mut scene, Action::Settle, "tier 1 to 2 | 5.00 = 5.00 + 0.00 - 0.00");
        scene.adopt(|rules| rules.policy.regress.window_days = None);
        check_next(&mut scene, Action::Settle, "tier kept | 5.00 = 5.00 + 0.00 - 0.00");
        assert_eq!(scene.account().standing.review_at, None);
    }
}
