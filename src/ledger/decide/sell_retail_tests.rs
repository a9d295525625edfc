//! Sales of the BonusPlus dialect: their items are the order, bonuses may pay all of it, and a line may
//! reach 0.00.

use crate::ledger::command::{Action, LineInput, Sell, SetAside};
use crate::ledger::refund::{Extent, LineName, LineReturn};
use crate::ledger::reserve::ReserveId;
use crate::ledger::retail::{ExtUse, RetailItem, RetailSale};
use crate::ledger::settings::SettingsDraft;
use crate::ledger::testing::{Scene, adjust, bonus, check_next, line, money, plain, sale};
use crate::ledger::testing_returns::refund;
use crate::values::Percent;

/// A sale of items, each with its sum and what was given outside of it.
pub(super) fn retail(items: &[(&str, &str)]) -> Sell {
    let net = |(sum, discount): &(&str, &str)| money(sum).saturating_sub(money(discount));
    let lines: Vec<LineInput> =
        items.iter().map(|item| LineInput { line_amount: Some(net(item)), ..line(None) }).collect();
    let item = |(sum, discount): &(&str, &str)| RetailItem {
        sum: money(sum),
        discount: money(discount),
        ext: None,
        ext_use: ExtUse::First,
        label: None,
        first_cost: None,
        cost_price: None,
        sell_mode: None,
    };
    let retail = RetailSale {
        meaning: [1; 16],
        certificate: false,
        tags: Vec::new(),
        note: None,
        items: items.iter().map(item).collect(),
        calculation: false,
    };
    Sell { lines, retail: Some(Box::new(retail)), ..sale("0.00") }
}

pub(super) fn whole(rules: &mut SettingsDraft) {
    rules.max_redeem_percent = Percent::HUNDRED;
}

fn with_bonuses(change: fn(&mut SettingsDraft), amount: &str) -> Scene {
    let mut scene = Scene::new(change);
    scene.perform(adjust(amount)).unwrap();
    scene
}

fn nets(scene: &Scene) -> Vec<String> {
    let lines = scene.last_sale().lines.iter();
    lines.map(|line| format!("{}+{}", line.split.net, line.split.redeem_share)).collect()
}

#[test]
fn the_items_are_the_order() {
    let mut scene = with_bonuses(plain, "120.00");
    check_next(
        &mut scene,
        retail(&[("600.00", "0.00"), ("500.00", "100.00")]).redeeming("45.00").act(),
        "redeem 45.00 of 1:45.00; accrual 47.75 lot 2 held; sale 1 of 955.00 earned 47.75 \
         | 122.75 = 75.00 + 47.75 - 0.00",
    );
    assert_eq!(nets(&scene), ["573.00+27.00", "382.00+18.00"]);
}

#[test]
fn bonuses_may_pay_all_of_it_if_the_percent_allows() {
    let mut scene = with_bonuses(whole, "30.00");
    check_next(
        &mut scene,
        retail(&[("10.00", "0.00"), ("20.00", "0.00")]).redeeming("30.01").act(),
        "redeem_over_cap bonus_redeem_amount",
    );
    check_next(
        &mut scene,
        retail(&[("10.00", "0.00"), ("20.00", "0.00")]).redeeming("30.00").act(),
        "redeem 30.00 of 1:30.00; sale 1 of 0.00 earned 0.00 | 0.00 = 0.00 + 0.00 - 0.00",
    );
    assert_eq!(nets(&scene), ["0.00+10.00", "0.00+20.00"]);
    check_next(
        &mut scene,
        retail(&[("5.00", "9.00")]).act(),
        "sale 2 of 0.00 earned 0.00 | 0.00 = 0.00 + 0.00 - 0.00",
    );
}

#[test]
fn a_line_may_reach_nothing_while_others_do_not() {
    let mut scene = with_bonuses(whole, "99.99");
    let order = [("0.01", "0.00"), ("99.98", "0.00"), ("0.01", "0.00")];
    scene.perform(retail(&order).redeeming("99.99").act()).unwrap();
    assert_eq!(scene.last_sale().total, money("0.01"));
    let cents = scene.last_sale().lines.iter().map(|line| line.split.net.cents());
    assert_eq!(cents.sum::<u64>(), 1);
}

#[test]
fn more_than_the_order_is_over_the_cap() {
    let mut scene = with_bonuses(whole, "100.00");
    let over = "redeem_over_cap bonus_redeem_amount";
    check_next(&mut scene, retail(&[("10.00", "2.00")]).redeeming("8.01").act(), over);
    check_next(&mut scene, retail(&[("10.00", "2.00")]).redeeming("80.00").act(), over);
    scene.perform(retail(&[("10.00", "2.00")]).redeeming("8.00").act()).unwrap();
}

#[test]
fn what_a_certificate_pays_earns_nothing() {
    let mut scene = Scene::new(plain);
    let mut sell = retail(&[("100.00", "0.00")]);
    sell.retail.as_mut().unwrap().certificate = true;
    check_next(&mut scene, sell.act(), "sale 1 of 100.00 earned 0.00 | 0.00 = 0.00 + 0.00 - 0.00");
}

#[test]
fn a_calculation_needs_no_external_id() {
    let mut scene = Scene::new(|rules| rules.require_external_id = true);
    let mut sell = retail(&[("100.00", "0.00")]);
    check_next(&mut scene, sell.clone().act(), "external_id_required external_sale_id");
    sell.retail.as_mut().unwrap().calculation = true;
    assert!(scene.try_step(sell.act()).is_ok());
}

#[test]
fn a_reserve_pays_its_part_and_the_rest_of_it_is_released() {
    let reserve = || ReserveId::parse("r").unwrap();
    let held = |amount| {
        let mut scene = with_bonuses(plain, "60.00");
        let set = SetAside {
            reserve: reserve(),
            amount: bonus(amount),
            order_total: None,
            external_id: None,
            claimed: true,
            by_plus: true,
        };
        scene.perform(Action::SetAside(Box::new(set))).unwrap();
        scene
    };
    let spend = |amount| Sell {
        reserve: Some(reserve()),
        ..retail(&[("200.00", "0.00")]).redeeming(amount)
    };
    // Less than is set aside, exactly it, and more: the rest from the balance.
    for (set_aside, spent, left) in
        [("50.00", "20.00", "40.00"), ("20.00", "20.00", "40.00"), ("20.00", "60.00", "0.00")]
    {
        let mut scene = held(set_aside);
        scene.perform(spend(spent).act()).unwrap();
        assert!(scene.account().reserves.is_empty());
        assert_eq!(scene.account().redeemable(), bonus(left), "{set_aside} {spent}");
    }
    let mut scene = held("20.00");
    let unknown = Sell { reserve: ReserveId::parse("other").ok(), ..spend("20.00") };
    check_next(&mut scene, unknown.act(), "reserve_not_open reserve_id");
}

/// A part is named in the terms of the item's own sum, before the discount.
#[test]
fn a_return_names_a_part_of_the_sum_as_it_was_sent() {
    let mut scene = Scene::new(plain);
    scene.perform(retail(&[("100.00", "20.00"), ("50.00", "0.00")]).act()).unwrap();
    let part = |amount: Option<&str>| {
        let extent = amount.map_or(Extent::Rest, |amount| Extent::Amount(money(amount)));
        let line = LineReturn { line: LineName::Number(1), extent };
        refund(1).of(vec![line]).act()
    };
    scene.perform(part(Some("25.00"))).unwrap();
    assert_eq!(scene.last_return().money, money("20.00"));
    check_next(&mut scene, part(Some("75.01")), "over_return lines");
    scene.perform(part(None)).unwrap();
    assert_eq!(scene.last_return().money, money("60.00"));
}
