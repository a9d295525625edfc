//! Tables of sales of the BonusPlus dialect with gift cards: bonuses first, then the cards over what is left
//! of all items, which may reach 0.00 (rules 3, 9 and 32).

use crate::ledger::command::Sell;
use crate::ledger::decide::sell_retail_tests::{retail, whole};
use crate::ledger::quote::quote;
use crate::ledger::settings::SettingsDraft;
use crate::ledger::testing::{Scene, adjust, bonus, check_next, money, plain};
use crate::ledger::testing_returns::{refund, rest_of};

/// A scene with 120.00 bonuses and two cards.
fn scene(change: fn(&mut SettingsDraft)) -> Scene {
    let mut scene = Scene::new(change);
    scene.perform(adjust("120.00")).unwrap();
    scene.issue_card("G-1", "50.00", None);
    scene.issue_card("G-2", "50.00", None);
    scene
}

/// Money, bonuses and gift cards' part of each line.
fn parts(scene: &Scene) -> Vec<String> {
    let splits = scene.last_sale().lines.iter().map(|line| &line.split);
    splits
        .map(|split| format!("{}+{}+{}", split.net, split.redeem_share, split.gift_share))
        .collect()
}

#[test]
fn bonuses_come_first_then_cards_over_what_is_left() {
    let check = |items: &[(&str, &str)], redeem, cards: [&str; 2], expected: &[&str]| {
        let mut scene = scene(whole);
        let sell = retail(items).redeeming(redeem);
        let sell = sell.with_card("G-1", cards[0]).with_card("G-2", cards[1]);
        scene.perform(sell.act()).unwrap();
        assert_eq!(parts(&scene), expected, "{items:?} {redeem} {cards:?}");
    };
    let items = [("70.00", "0.00"), ("40.00", "10.00")];
    check(&items, "30.00", ["45.00", "0.00"], &["17.50+21.00+31.50", "7.50+9.00+13.50"]);
    // Several cards pay all of it, with bonuses and without.
    check(&items, "30.00", ["50.00", "20.00"], &["0.00+21.00+49.00", "0.00+9.00+21.00"]);
    check(&items, "0.00", ["50.00", "50.00"], &["0.00+0.00+70.00", "0.00+0.00+30.00"]);
    let cents = [("0.01", "0.00"), ("0.02", "0.00"), ("5.00", "5.00")];
    check(
        &cents,
        "0.01",
        ["0.01", "0.01"],
        &["0.00+0.00+0.01", "0.00+0.01+0.01", "0.00+0.00+0.00"],
    );
}

#[test]
fn what_cards_pay_earns_nothing_and_counts_for_the_cap() {
    let mut scene = scene(plain);
    // 5 % of 25.00; 30 % of 100.00 in bonuses.
    let sell = || retail(&[("100.00", "0.00")]).with_card("G-1", "45.00");
    check_next(&mut scene, sell().redeeming("30.01").act(), "redeem_over_cap bonus_redeem_amount");
    check_next(
        &mut scene,
        sell().redeeming("30.00").act(),
        "redeem 30.00 of 1:30.00; accrual 1.25 lot 2 held; sale 1 of 25.00 earned 1.25 \
         | 91.25 = 90.00 + 1.25 - 0.00",
    );
    assert_eq!(scene.card("G-1").balance, money("5.00"));
}

#[test]
fn cards_pay_no_more_than_bonuses_leave() {
    let mut scene = scene(whole);
    let sell = |redeem| retail(&[("40.00", "0.00")]).redeeming(redeem);
    let over = "gift_cards_over_receipt gift_cards";
    check_next(&mut scene, sell("0.00").with_card("G-1", "40.01").act(), over);
    check_next(&mut scene, sell("10.00").with_card("G-1", "30.01").act(), over);
    let both = sell("10.00").with_card("G-1", "15.00").with_card("G-2", "15.01");
    check_next(&mut scene, both.act(), over);
    assert_eq!(
        (scene.card("G-1").balance, scene.card("G-2").balance),
        (money("50.00"), money("50.00"))
    );
}

#[test]
fn the_most_that_is_told_is_what_cards_leave() {
    let check = |change: fn(&mut SettingsDraft), gift, expected| {
        let mut scene = scene(change);
        let sell = || retail(&[("60.00", "0.00"), ("40.00", "0.00")]).with_card("G-1", gift);
        let told = |scene: &Scene, sell: Sell| {
            let command = scene.command(sell.act());
            quote(Some(scene.account()), &command).unwrap().unwrap().redeem_limit.most
        };
        assert_eq!(told(&scene, sell()), bonus(expected), "{gift}");
        scene.perform(sell().redeeming(expected).act()).unwrap();
    };
    check(whole, "40.00", "60.00");
    check(whole, "0.00", "100.00");
    check(plain, "40.00", "30.00");
}

#[test]
fn each_item_gives_back_its_own_part() {
    let mut scene = scene(whole);
    let sell = retail(&[("70.00", "0.00"), ("30.00", "0.00")]).redeeming("30.00");
    scene.perform(sell.with_card("G-1", "50.00").with_card("G-2", "20.00").act()).unwrap();
    scene.perform(refund(1).of(vec![rest_of(2)]).act()).unwrap();
    let back: Vec<String> = scene
        .last_return()
        .gift_cards
        .iter()
        .map(|part| format!("{} {}", part.card, part.amount))
        .collect();
    assert_eq!(back, ["G-2 20.00", "G-1 1.00"]);
    scene.perform(refund(1).of(vec![rest_of(1)]).act()).unwrap();
    assert_eq!(
        (scene.card("G-1").balance, scene.card("G-2").balance),
        (money("50.00"), money("50.00"))
    );
    assert_eq!(scene.account().redeemable(), bonus("120.00"));
}
