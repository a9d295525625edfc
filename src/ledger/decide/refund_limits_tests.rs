//! Returns of sales that promotions and limits had a part in: tables of cases, and what must hold for any
//! receipt in whatever order it comes back.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "cases count plainly; an overflow fails the test"
)]

use crate::ledger::command::{LineInput, Sell};
use crate::ledger::facts::PromotionFacts;
use crate::ledger::promotion::tests::{fixed, on_categories, terms, times};
use crate::ledger::promotion::{Promotion, PromotionKind, PromotionTerms};
use crate::ledger::promotions::Promotions;
use crate::ledger::settings::SettingsDraft;
use crate::ledger::testing::{
    DAY, Scene, adjust, bonus, check_next, line, money, redemption, sale,
};
use crate::ledger::testing_returns::{give_back, pieces, refund, rest_of};
use crate::values::{Bonus, Money, PromotionId, PromotionVersion, Quantity, Text, Timestamp};
use proptest::prelude::*;
use std::sync::Arc;

fn promotions(all: Vec<PromotionTerms>) -> PromotionFacts {
    let mut known = Promotions::default();
    for (number, terms) in (1..).zip(all) {
        let (id, version) = (PromotionId(number), PromotionVersion(number));
        known.set(&Arc::new(Promotion { id, version, set_at: Timestamp::default(), terms }));
    }
    PromotionFacts { all: Arc::new(known), permits: Vec::new() }
}

/// So much on a receipt of at least so much money.
fn gift(cents: u64, from: &str) -> PromotionTerms {
    let mut made = terms(PromotionKind::FixedBonus, fixed(cents));
    made.condition.min_amount = money(from);
    made
}

fn at_once(rules: &mut SettingsDraft) {
    rules.redeem_hold_seconds = 0;
}

fn scene(change: impl FnOnce(&mut SettingsDraft), all: Vec<PromotionTerms>) -> Scene {
    let mut scene = Scene::new(|rules| {
        at_once(rules);
        change(rules);
    });
    scene.promotions = promotions(all);
    scene
}

fn goods(category: &str, amount: &str) -> LineInput {
    LineInput { category_code: Some(Text::parse(category).unwrap()), ..line(Some(amount)) }
}

#[test]
fn a_fixed_bonus_goes_back_whole_once_too_little_remains() {
    let two = || sale("120.00").of_lines(&["60.00", "60.00"]).act();
    let mut it = scene(|_| {}, vec![gift(1_000, "100.00")]);
    it.perform(two()).unwrap();
    assert_eq!(it.last_sale().accrued, bonus("16.00"));
    check_next(
        &mut it,
        refund(1).of(vec![rest_of(1)]).act(),
        "reverse 13.00 of sale 1 from 1:13.00; return 2 of sale 1 pays 60.00 \
         | 3.00 = 3.00 + 0.00 - 0.00",
    );
    let told = it.last_return();
    let parts: Vec<Bonus> = told.parts.iter().map(|part| part.shares.accrual).collect();
    assert_eq!(
        (told.accrual, told.fixed_bonus, parts),
        (bonus("13.00"), bonus("5.00"), vec![bonus("8.00")])
    );
    check_next(
        &mut it,
        give_back(1),
        "reverse 3.00 of sale 1 from 1:3.00; room for use of 1; return 3 of sale 1 pays 60.00 \
         | 0.00 = 0.00 + 0.00 - 0.00",
    );
    // As long as enough remains, each line gives back its own share.
    let mut it = scene(|_| {}, vec![gift(1_000, "60.00")]);
    it.perform(two()).unwrap();
    it.perform(refund(1).of(vec![rest_of(1)]).act()).unwrap();
    assert_eq!(
        (it.last_return().accrual, it.last_return().fixed_bonus),
        (bonus("8.00"), Bonus::ZERO)
    );
}

#[test]
fn a_fixed_bonus_is_taken_back_only_as_far_as_it_was_earned() {
    // 6.00 by percent and 10.00 on top, of which the receipt leaves 8.00: half of each line is the gift's.
    let mut it = scene(
        |rules| rules.earn_max_per_receipt = Some(bonus("8.00")),
        vec![gift(1_000, "100.00")],
    );
    it.perform(sale("120.00").of_lines(&["60.00", "60.00"]).act()).unwrap();
    it.perform(refund(1).of(vec![pieces(1, "0.5")]).act()).unwrap();
    // Of each 4.00 2.50 are the gift's, and of the others half of the first line.
    let told = it.last_return();
    assert_eq!((told.accrual, told.fixed_bonus), (bonus("5.75"), bonus("3.75")));
    it.perform(give_back(1)).unwrap();
    assert_eq!(it.last_return().accrual, bonus("2.25"));
}

#[test]
fn a_fixed_bonus_of_other_lines_stays_where_it_is() {
    let tea = {
        let mut made = on_categories(&["tea"], fixed(400));
        made.kind = PromotionKind::FixedBonus;
        made.condition.min_amount = money("50.00");
        made
    };
    let mut it = scene(|_| {}, vec![tea]);
    let lines = vec![goods("dairy", "60.00"), goods("tea", "40.00")];
    it.perform(Sell { lines, ..sale("100.00") }.act()).unwrap();
    assert_eq!(it.last_sale().accrued, bonus("9.00"));
    it.perform(refund(1).of(vec![rest_of(1)]).act()).unwrap();
    // 40.00 remain, and 50.00 were asked for: 3.00 of the dairy and the 4.00 on the tea.
    assert_eq!(it.last_return().accrual, bonus("7.00"));
    it.perform(refund(1).of(vec![rest_of(2)]).act()).unwrap();
    assert_eq!(it.last_return().accrual, bonus("2.00"));
}

#[test]
fn only_a_sale_that_is_returned_whole_was_no_use_of_its_promotions() {
    let mut once = on_categories(&["tea"], times("2"));
    once.limits.per_customer = Some(1);
    once.limits.per_day = Some(1);
    let mut it = scene(|_| {}, vec![once]);
    let tea = || Sell { lines: vec![goods("tea", "40.00")], ..sale("40.00") }.act();
    let earned = |it: &mut Scene| {
        it.perform(tea()).unwrap();
        it.last_sale().accrued.to_string()
    };
    assert_eq!([earned(&mut it), earned(&mut it)], ["4.00", "2.00"]);
    it.perform(refund(1).of(vec![pieces(1, "0.5")]).act()).unwrap();
    assert_eq!(earned(&mut it), "2.00");
    check_next(
        &mut it,
        give_back(1),
        "reverse 2.00 of sale 1 from 1:2.00; room for 0.00 + 0.00 on 2026-01-10 use of 1; \
         return 5 of sale 1 pays 20.00 | 4.00 = 4.00 + 0.00 - 0.00",
    );
    assert_eq!([earned(&mut it), earned(&mut it)], ["4.00", "2.00"]);
}

#[test]
fn a_day_has_room_again_for_what_was_taken_back_and_restored() {
    let limits = |rules: &mut SettingsDraft| {
        rules.policy.daily.earn_max = Some(bonus("7.00"));
        rules.policy.daily.redeem_max = Some(bonus("30.00"));
    };
    let mut it = scene(limits, Vec::new());
    it.perform(adjust("100.00")).unwrap();
    it.perform(sale("170.00").redeeming("30.00").act()).unwrap();
    let sums = |it: &Scene| {
        let day = &it.account().tallies.days[0];
        (day.earned.to_string(), day.redeemed.to_string())
    };
    assert_eq!(sums(&it), ("7.00".into(), "30.00".into()));
    it.perform(refund(1).worth("85.00").act()).unwrap();
    assert_eq!(sums(&it), ("3.50".into(), "15.00".into()));
    // On another day the room is on the day of the sale.
    it.wait(DAY);
    it.perform(give_back(1)).unwrap();
    assert_eq!((it.account().tallies.days.len(), sums(&it)), (1, ("0.00".into(), "0.00".into())));
}

#[test]
fn what_an_earlier_redemption_counted_comes_back_with_its_sale() {
    let limits = |rules: &mut SettingsDraft| rules.policy.daily.redeem_max = Some(bonus("60.00"));
    let mut it = scene(limits, Vec::new());
    it.perform(adjust("100.00")).unwrap();
    let redeem = redemption("20.00", "200.00");
    it.perform(crate::ledger::command::Action::Redeem(redeem)).unwrap();
    it.wait(DAY);
    it.completes = Some(crate::ledger::facts::RedemptionFact {
        customer: it.account().id,
        sale: crate::values::SaleId(1),
        amount: bonus("20.00"),
        order_total: money("200.00"),
    });
    it.perform(sale("170.00").redeeming("10.00").act()).unwrap();
    it.completes = None;
    let redeemed = |it: &Scene| -> Vec<String> {
        it.account().tallies.days.iter().map(|day| day.redeemed.to_string()).collect()
    };
    assert_eq!(redeemed(&it), ["20.00", "10.00"]);
    it.perform(refund(2).worth("85.00").act()).unwrap();
    assert_eq!(redeemed(&it), ["15.00", "0.00"]);
    it.perform(give_back(2)).unwrap();
    assert_eq!(redeemed(&it), ["0.00", "0.00"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_whatever_order_goods_come_back_the_end_is_the_same(
        amounts in prop::collection::vec((1_u64..5_000, 1_u64..4), 1..5),
        unlisted in prop::sample::select(vec![0_u64, 0, 777]),
        gifts in prop::collection::vec((1_u64..3_000, 0_u64..12_000), 0..3),
        (stacking, cap) in (any::<bool>(), prop::option::of(1_u64..600)),
        back in prop::collection::vec((0_usize..4, 1_u64..3), 1..6),
        order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let gifts: Vec<PromotionTerms> = gifts
            .iter()
            .map(|(cents, from)| {
                gift(*cents, &Money::from_cents(*from).unwrap().to_string())
            })
            .collect();
        let all = amounts.iter().map(|(cents, _)| cents).sum::<u64>() + unlisted;
        let sold = || {
            let mut it = scene(
                |rules| {
                    rules.policy.promotion.stacking = stacking;
                    rules.earn_max_per_receipt = cap.and_then(Bonus::from_cents);
                },
                gifts.clone(),
            );
            let total = Money::from_cents(all).unwrap();
            let lines = amounts.iter().map(|(cents, quantity)| LineInput {
                quantity: Quantity::from_millionths(quantity * 1_000_000),
                ..line(Some(&Money::from_cents(*cents).unwrap().to_string()))
            });
            it.perform(Sell { lines: lines.collect(), ..sale(&total.to_string()) }.act()).unwrap();
            it
        };
        let (mut one, mut other) = (sold(), sold());
        let returned = |(index, count): &(usize, u64)| {
            let number = u32::try_from(index % amounts.len() + 1).unwrap();
            refund(1).of(vec![pieces(number, &count.to_string())]).act()
        };
        let mut done: Vec<usize> = Vec::new();
        for (index, part) in back.iter().enumerate() {
            if one.perform(returned(part)).is_ok() {
                done.push(index);
            }
        }
        for index in order.iter().filter(|index| done.contains(index)) {
            other.perform(returned(&back[*index])).unwrap();
        }
        prop_assert_eq!(one.account().balance(), other.account().balance());
        prop_assert_eq!(&one.account().tallies, &other.account().tallies);
        for it in [&mut one, &mut other] {
            // Whoever returns everything keeps nothing and owes nothing.
            let _ = it.perform(give_back(1));
            prop_assert_eq!(it.account().balance().cents(), 0);
            prop_assert!(it.account().tallies.promotions.is_empty());
        }
    }
}
