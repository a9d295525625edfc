//! Promotions on receipts: tables of cases, and what must hold for any receipt and any promotions.

use crate::ledger::category_rules::CategoryEffect;
use crate::ledger::category_rules::tests::category;
use crate::ledger::command::{LineInput, Sell};
use crate::ledger::facts::PromotionFacts;
use crate::ledger::promotion::tests::{fixed, on_categories, plus, terms, texts, times};
use crate::ledger::promotion::{Promotion, PromotionKind, PromotionReward, PromotionTerms};
use crate::ledger::promotions::Promotions;
use crate::ledger::rules::promotion::Rate;
use crate::ledger::sale::RecordedSale;
use crate::ledger::settings::SettingsDraft;
use crate::ledger::settings::tests::tier;
use crate::ledger::testing::{DAY, Scene, instant, line, money, plain, sale};
use crate::values::{Bonus, Money, Multiplier, PromotionId, PromotionVersion, Text, Timestamp};
use proptest::prelude::*;
use std::sync::Arc;

/// Promotions 1, 2, ... set long ago.
fn promotions(all: Vec<PromotionTerms>) -> PromotionFacts {
    let mut known = Promotions::default();
    for (number, terms) in (1..).zip(all) {
        let (id, version) = (PromotionId(number), PromotionVersion(number));
        known.set(&Arc::new(Promotion { id, version, set_at: Timestamp::default(), terms }));
    }
    PromotionFacts { all: Arc::new(known), permits: Vec::new() }
}

fn goods(category: &str, amount: &str) -> LineInput {
    LineInput { category_code: Some(Text::parse(category).unwrap()), ..line(Some(amount)) }
}

fn with_lines(sell: Sell, lines: &[(&str, &str)]) -> Sell {
    let lines = lines.iter().map(|(category, amount)| goods(category, amount)).collect();
    Sell { lines, ..sell }
}

/// What was recorded: accruals of all lines, and the promotions of each promoted line.
fn told(sale: &RecordedSale) -> String {
    let splits = sale.lines.iter().map(|line| &line.split).chain(&sale.unlisted);
    let accruals: Vec<String> = splits.map(|split| split.accrual.to_string()).collect();
    let promoted = sale.promoted.iter().map(|line| {
        let ids: Vec<_> = line.promotions.iter().map(|it| it.promotion.to_string()).collect();
        let place = line.line.map_or("rest".to_owned(), |line| line.to_string());
        format!(" {place}:{}", ids.join("+"))
    });
    format!("{} = {} by{}", sale.accrued, accruals.join(" + "), promoted.collect::<String>())
}

fn check_with(
    change: impl FnOnce(&mut SettingsDraft),
    all: Vec<PromotionTerms>,
    sell: Sell,
    expected: &str,
) {
    let mut scene = Scene::new(change);
    scene.promotions = promotions(all);
    scene.perform(sell.act()).unwrap();
    assert_eq!(told(scene.last_sale()), expected);
}

/// A receipt of 100.00 at 5 %: dairy for 60.00 and tea for 40.00.
fn check(all: Vec<PromotionTerms>, expected: &str) {
    check_with(plain, all, groceries(), expected);
}

fn groceries() -> Sell {
    with_lines(sale("100.00"), &[("dairy", "60.00"), ("tea", "40.00")])
}

fn dairy(reward: PromotionReward) -> PromotionTerms {
    on_categories(&["dairy"], reward)
}

fn gift(cents: u64) -> PromotionTerms {
    terms(PromotionKind::FixedBonus, fixed(cents))
}

#[test]
fn a_line_earns_by_its_best_promotion() {
    check(vec![], "5.00 = 3.00 + 2.00 by");
    check(vec![dairy(times("2"))], "8.00 = 6.00 + 2.00 by 0:1");
    check(vec![dairy(plus("2.5"))], "6.50 = 4.50 + 2.00 by 0:1");
    // The one that adds the most, whatever its kind; of equals the one with the lowest number.
    check(vec![dairy(times("2")), dairy(plus("6"))], "8.60 = 6.60 + 2.00 by 0:2");
    check(vec![dairy(plus("5")), dairy(times("2"))], "8.00 = 6.00 + 2.00 by 0:1");
    check(vec![dairy(times("2")), dairy(plus("5"))], "8.00 = 6.00 + 2.00 by 0:1");
    let both = on_categories(&["dairy", "tea"], times("3"));
    check(vec![dairy(times("2")), both], "15.00 = 9.00 + 6.00 by 0:2 1:2");
    check(vec![on_categories(&["fish"], times("2"))], "5.00 = 3.00 + 2.00 by");
}

#[test]
fn a_fixed_bonus_is_spread_over_its_lines() {
    check(vec![gift(1_000)], "15.00 = 9.00 + 6.00 by 0:1 1:1");
    let mut on_tea = gift(1_000);
    on_tea.condition.categories = texts(&["tea"]);
    check(vec![on_tea], "15.00 = 3.00 + 12.00 by 1:1");
    // On a line that another is better for, the share of the sum is not there.
    check(vec![gift(1_000), dairy(times("4"))], "18.00 = 12.00 + 6.00 by 0:2 1:1");
    check_with(plain, vec![gift(333)], sale("100.00"), "8.33 = 8.33 by rest:1");
}

#[test]
fn what_no_line_lists_takes_part_in_promotions_without_conditions_on_lines() {
    let gold = |reward| {
        let mut boost = terms(PromotionKind::TierBoost, reward);
        boost.condition.tiers = texts(&["Base"]);
        boost
    };
    check_with(plain, vec![gold(times("2"))], sale("100.00"), "10.00 = 10.00 by rest:1");
    check_with(plain, vec![dairy(times("2"))], sale("100.00"), "5.00 = 5.00 by");
    let partly = || with_lines(sale("100.00"), &[("dairy", "60.00")]);
    check_with(plain, vec![gold(times("2"))], partly(), "10.00 = 6.00 + 4.00 by 0:1 rest:1");
    check_with(plain, vec![dairy(times("2"))], partly(), "8.00 = 6.00 + 2.00 by 0:1");
    let mut other = gold(times("2"));
    other.condition.tiers = texts(&["Gold"]);
    check_with(plain, vec![other], sale("100.00"), "5.00 = 5.00 by");
    let mut large = gold(times("2"));
    large.condition.min_amount = money("100.01");
    check_with(plain, vec![large.clone()], sale("100.00"), "5.00 = 5.00 by");
    check_with(plain, vec![large], sale("100.01"), "10.00 = 10.00 by rest:1");
}

#[test]
fn promotions_may_stack() {
    let stack = |all, expected| {
        check_with(|rules| rules.policy.promotion.stacking = true, all, groceries(), expected);
    };
    // (5 % + 5 %) x 2 of 60.00, and the sum on top.
    stack(vec![dairy(times("2")), dairy(plus("5"))], "14.00 = 12.00 + 2.00 by 0:1+2");
    stack(vec![dairy(plus("5")), dairy(times("2"))], "14.00 = 12.00 + 2.00 by 0:1+2");
    stack(
        vec![dairy(times("2")), gift(1_000), dairy(plus("5"))],
        "24.00 = 18.00 + 6.00 by 0:1+2+3 1:2",
    );
}

#[test]
fn what_cannot_earn_uses_no_promotion() {
    let all = || vec![dairy(times("2")), gift(1_000)];
    let tobacco = |rules: &mut SettingsDraft| {
        rules.policy.categories.rules = vec![category("tea", CategoryEffect::NoEarn)];
    };
    check_with(tobacco, vec![], groceries(), "3.00 = 3.00 + 0.00 by");
    check_with(tobacco, all(), groceries(), "13.00 = 13.00 + 0.00 by 0:2");
    check_with(
        |rules| rules.min_purchase_amount = money("100.01"),
        all(),
        groceries(),
        "0.00 = 0.00 + 0.00 by",
    );
    // Nor is one used that gave nothing in the end.
    let none = |rules: &mut SettingsDraft| rules.earn_max_per_receipt = Some(Bonus::ZERO);
    check_with(none, all(), groceries(), "0.00 = 0.00 + 0.00 by");
    let base_of_nothing = |rules: &mut SettingsDraft| rules.tiers = vec![tier("Base", "0.00", "0")];
    check_with(base_of_nothing, vec![dairy(times("2"))], groceries(), "0.00 = 0.00 + 0.00 by");
    check_with(base_of_nothing, vec![dairy(plus("2"))], groceries(), "1.20 = 1.20 + 0.00 by 0:1");
}

#[test]
fn a_late_sale_earns_by_the_promotions_of_its_time() {
    let spring = PromotionTerms {
        starts_at: Some(instant("2026-01-11T00:00:00+05:00")),
        ends_at: Some(instant("2026-01-12T00:00:00+05:00")),
        ..dairy(times("2"))
    };
    let mut scene = Scene::new(plain);
    scene.promotions = promotions(vec![spring]);
    scene.wait(5 * DAY);
    let mut check = |date: &str, expected: &str| {
        scene.perform(groceries().on(date).act()).unwrap();
        assert_eq!(told(scene.last_sale()), expected, "{date}");
    };
    check("2026-01-10T23:59:59+05:00", "5.00 = 3.00 + 2.00 by");
    check("2026-01-11T00:00:00+05:00", "8.00 = 6.00 + 2.00 by 0:1");
    check("2026-01-11T23:59:59+05:00", "8.00 = 6.00 + 2.00 by 0:1");
    check("2026-01-12T00:00:00+05:00", "5.00 = 3.00 + 2.00 by");
}

#[test]
fn limits_count_receipts() {
    let mut limited = dairy(times("2"));
    limited.limits.per_customer = Some(3);
    limited.limits.per_day = Some(2);
    let mut scene = Scene::new(plain);
    scene.promotions = promotions(vec![limited]);
    let sell = |scene: &mut Scene, sell: Sell| {
        scene.perform(sell.act()).unwrap();
        !scene.last_sale().promoted.is_empty()
    };
    let twice = || with_lines(sale("100.00"), &[("dairy", "60.00"), ("dairy", "40.00")]);
    // One receipt is one use, however many of its lines.
    assert_eq!([(); 3].map(|()| sell(&mut scene, twice())), [true, true, false]);
    scene.wait(DAY);
    // A late one counts on its own day.
    assert!(!sell(&mut scene, twice().on("2026-01-10T15:00:00+05:00")));
    assert_eq!([(); 2].map(|()| sell(&mut scene, twice())), [true, false]);
    scene.wait(DAY);
    assert!(!sell(&mut scene, twice()));
    assert_eq!(scene.account().tallies.uses_of(PromotionId(1)), 3);
}

#[test]
fn a_limit_for_all_needs_a_permit() {
    let mut limited = dairy(times("2"));
    limited.limits.total = Some(5);
    let mut scene = Scene::new(plain);
    scene.promotions = promotions(vec![limited]);
    scene.perform(groceries().act()).unwrap();
    assert!(scene.last_sale().promoted.is_empty());
    scene.promotions.permits.push(PromotionId(1));
    scene.perform(groceries().act()).unwrap();
    assert_eq!(scene.last_sale().promotions_used(), [PromotionId(1)]);
    let wanted = |sell: Sell| {
        let Scene { promotions, settings, now, .. } = &scene;
        crate::ledger::permits_wanted(&sell.act(), &promotions.all, settings, *now)
    };
    assert_eq!(wanted(groceries()), [(PromotionId(1), 5)]);
    assert_eq!(wanted(with_lines(sale("100.00"), &[("tea", "60.00")])), []);
    assert_eq!(wanted(sale("100.00")), []);
}

fn rewards() -> impl Strategy<Value = PromotionReward> {
    prop_oneof![
        (1_000_001_u32..=100_000_000)
            .prop_map(|it| PromotionReward::Multiplier(Multiplier::from_millionths(it).unwrap())),
        (1_u32..100).prop_map(|it| plus(&it.to_string())),
    ]
}

fn any_promotion() -> impl Strategy<Value = PromotionTerms> {
    let on_lines = (0_usize..3, rewards()).prop_map(|(category, reward)| {
        on_categories(&[["dairy", "tea", "fish"][category]], reward)
    });
    let limits = (proptest::option::of(1_u32..3), proptest::option::of(1_u32..3));
    let any = prop_oneof![on_lines, (1_u64..100_000).prop_map(gift)];
    (any, limits).prop_map(|(mut terms, (per_customer, per_day))| {
        terms.limits.per_customer = per_customer;
        terms.limits.per_day = per_day;
        terms
    })
}

fn any_receipt() -> impl Strategy<Value = Sell> {
    let lines = prop::collection::vec((0_usize..3, 0_u64..1_000_000), 0..20);
    (lines, 1_u64..10_000_000).prop_map(|(lines, total)| {
        let line = |(category, cents): (usize, u64)| LineInput {
            line_amount: Money::from_cents(cents),
            ..goods(["dairy", "tea", "bread"][category], "0.00")
        };
        Sell {
            lines: lines.into_iter().map(line).collect(),
            total_amount: Money::from_cents(total).unwrap(),
            ..sale("1.00")
        }
    })
}

/// One cent and a half.
const ROUNDING: u128 = Rate::SCALE.saturating_mul(3).div_euclid(2);

/// Lines add up to the receipt, and none earns more than its base, percent, multiplier and share of
/// sums allow: rounding adds less than 0.015, half a cent of the receipt's and one of the line's.
fn assert_sound(sale: &RecordedSale) {
    let splits = || {
        let lines = sale.lines.iter().map(|line| line.split);
        (0_u16..).map(Some).zip(lines).chain(sale.unlisted.map(|split| (None, split)))
    };
    let sum = |cents: &dyn Fn(&crate::ledger::Split) -> u64| {
        splits().map(|(_, split)| cents(&split)).sum::<u64>()
    };
    assert_eq!(sum(&|split| split.net.cents()), sale.total.cents());
    assert_eq!(sum(&|split| split.accrual.cents()), sale.accrued.cents());
    for (place, split) in splits() {
        let promoted = sale.promoted.iter().find(|line| line.line == place);
        let rate = Rate {
            percent: split.percent,
            multiplier: promoted.map_or(Multiplier::ONE, |line| line.multiplier),
            fixed: promoted.map_or(Bonus::ZERO, |line| line.fixed),
            promotions: Vec::new(),
        };
        let most = rate.of_unrounded(split.base).saturating_add(ROUNDING);
        assert!(
            u128::from(split.accrual.cents()).saturating_mul(Rate::SCALE) < most,
            "{split:?} {promoted:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lines_add_up_and_limits_hold(
        all in prop::collection::vec(any_promotion(), 0..6),
        receipts in prop::collection::vec(any_receipt(), 1..6),
        stacking in any::<bool>(),
        earn_max in proptest::option::of(0_u64..100_000),
    ) {
        let mut scene = Scene::new(|rules| {
            rules.policy.promotion.stacking = stacking;
            rules.policy.daily.earn_max = earn_max.and_then(Bonus::from_cents);
        });
        scene.promotions = promotions(all.clone());
        let mut sales: Vec<RecordedSale> = Vec::new();
        for receipt in receipts {
            scene.perform(receipt.act()).unwrap();
            assert_sound(scene.last_sale());
            sales.push(scene.last_sale().clone());
        }
        let earned: u64 = sales.iter().map(|sale| sale.accrued.cents()).sum();
        prop_assert!(earn_max.is_none_or(|most| earned <= most));
        for (number, terms) in (1..).zip(&all) {
            let used = |sale: &&RecordedSale| sale.promotions_used().contains(&PromotionId(number));
            let uses = u32::try_from(sales.iter().filter(used).count()).unwrap();
            prop_assert!(terms.limits.per_customer.is_none_or(|most| uses <= most));
            prop_assert!(terms.limits.per_day.is_none_or(|most| uses <= most));
        }
    }
}
