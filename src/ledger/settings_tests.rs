//! What settings are refused, and which version of them is in force.

use crate::ledger::refusal::Refusal;
use crate::ledger::settings::tests::{draft, history_of, tier};
use crate::ledger::settings::{Days, SettingsDraft, SettingsHistory, adopt};
use crate::values::{Bonus, SettingsVersion, Text, Timestamp};
use std::sync::Arc;

fn field_of(draft: SettingsDraft) -> String {
    match adopt(draft, None, Timestamp::default()) {
        Err(Refusal::SettingsInvalid { field, .. }) => field,
        other => format!("{other:?}"),
    }
}

#[test]
fn a_wrong_figure_is_refused_by_name() {
    let check = |change: fn(&mut SettingsDraft), expected: &str| {
        let mut changed = draft();
        change(&mut changed);
        assert_eq!(field_of(changed), expected);
    };
    check(|draft| draft.redeem_hold_seconds = 315_360_001, "redeem_hold_seconds");
    check(|draft| draft.welcome_hold_seconds = 315_360_001, "welcome_hold_seconds");
    check(|draft| draft.backdate_days_max = 3_651, "backdate_days_max");
    check(|draft| draft.expire_after = Days::Days(36_526), "expire_after_days");
    check(|draft| draft.expire_after = Days::Months(1_201), "expire_after_months");
    check(|draft| draft.currency = Text::parse(" ").unwrap(), "currency");
    check(|draft| draft.redeem_step = Bonus::ZERO, "redeem_step");
    check(|draft| draft.tiers.clear(), "tiers");
    check(|draft| draft.tiers = vec![tier("Gold", "1.00", "7")], "tiers");
    check(|draft| draft.tiers.push(tier("Base", "5.00", "7")), "tiers[1].name");
    check(|draft| draft.tiers.push(tier("Gold", "0.00", "7")), "tiers[1].from_total_spent");
    check(
        |draft| draft.tiers.extend((1..=32).map(|n| tier(&n.to_string(), &n.to_string(), "7"))),
        "tiers",
    );
}

#[test]
fn a_tier_keeps_its_id_with_its_name() {
    let mut first = draft();
    first.tiers.push(tier("Gold", "1000.00", "7"));
    let history = history_of(first);
    let mut second = draft();
    second.tiers = vec![
        tier("Gold", "500.00", "7"),
        tier("Silver", "100.00", "6"),
        tier("Start", "0.00", "5"),
    ];
    let next = adopt(second, Some(&history), Timestamp::from_millis(5)).unwrap();
    let ids: Vec<_> =
        next.tiers.iter().map(|tier| (tier.name.as_str(), tier.id.number())).collect();
    assert_eq!(ids, [("Start", 4), ("Silver", 3), ("Gold", 2)]);
    assert_eq!(next.version, SettingsVersion(2));
}

#[test]
fn the_version_in_force_is_the_latest_effective_one() {
    let first = Arc::new(adopt(draft(), None, Timestamp::from_millis(100)).unwrap());
    let mut history = SettingsHistory::new(first);
    for effective in [300, 200, 200] {
        let next = adopt(draft(), Some(&history), Timestamp::from_millis(effective)).unwrap();
        history = history.with(Arc::new(next));
    }
    let check = |millis: i64, expected: u32| {
        assert_eq!(
            history.at(Timestamp::from_millis(millis)).version.number(),
            expected,
            "{millis}"
        );
    };
    check(0, 1);
    check(100, 1);
    check(199, 1);
    check(200, 4);
    check(299, 4);
    check(300, 2);
}

#[test]
fn the_largest_figures_are_accepted() {
    let mut most = draft();
    most.redeem_hold_seconds = 315_360_000;
    most.welcome_hold_seconds = 315_360_000;
    most.backdate_days_max = 3_650;
    most.backdate_before_join_hours = 87_600;
    most.expire_after = Days::Days(36_525);
    most.welcome_expire_after = Days::Months(1_200);
    most.tiers.extend((1..32).map(|n| tier(&n.to_string(), &n.to_string(), "100")));
    assert_eq!(adopt(most, None, Timestamp::default()).unwrap().tiers.len(), 32);
}

#[test]
fn a_tier_that_comes_back_has_its_old_id() {
    let with = |names: &[(&str, &str)], history: Option<&SettingsHistory>| {
        let mut rules = draft();
        rules.tiers = names.iter().map(|(name, from)| tier(name, from, "5")).collect();
        let next = Arc::new(adopt(rules, history, Timestamp::default()).unwrap());
        history.map_or_else(|| SettingsHistory::new(next.clone()), |all| all.with(next.clone()))
    };
    let first = with(&[("Base", "0.00"), ("Gold", "10.00")], None);
    let second = with(&[("Base", "0.00"), ("New", "5.00"), ("Newer", "6.00")], Some(&first));
    let third = with(&[("Base", "0.00"), ("Gold", "7.00"), ("Last", "9.00")], Some(&second));
    let ids = |history: &SettingsHistory| {
        let last = history.versions().last().unwrap();
        last.tiers.iter().map(|tier| tier.id.number()).collect::<Vec<_>>()
    };
    assert_eq!(
        (ids(&first), ids(&second), ids(&third)),
        (vec![1, 2], vec![1, 3, 4], vec![1, 2, 5])
    );
}
