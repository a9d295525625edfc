//! Tables of sales with goods that are treated differently: what bonuses may pay of them and what they
//! earn.

use crate::ledger::category_rules::CategoryEffect;
use crate::ledger::category_rules::tests::{category, sku};
use crate::ledger::command::{LineInput, Sell};
use crate::ledger::facts::RedemptionFact;
use crate::ledger::settings::SettingsDraft;
use crate::ledger::testing::{DAY, Scene, adjust, bonus, check_next, instant, line, money, sale};
use crate::values::{CustomerId, Percent, Quantity, SaleId, Text};

/// Tobacco and vodka under rules, half of an order payable with bonuses, 200 to spend.
fn scene(change: impl FnOnce(&mut SettingsDraft)) -> Scene {
    let mut scene = Scene::new(|rules| {
        rules.max_redeem_percent = Percent::parse("50").unwrap();
        rules.policy.categories.rules = vec![
            category("tobacco", CategoryEffect::Both),
            sku("vodka", CategoryEffect::MinPrice(money("18.00"))),
        ];
        change(rules);
    });
    scene.perform(adjust("200.00")).unwrap();
    scene
}

fn goods(category: &str, sku: &str, amount: &str) -> LineInput {
    let text = |text: &str| Text::parse(text).ok().filter(|_| !text.is_empty());
    let mut made = line(Some(amount));
    (made.category_code, made.sku) = (text(category), text(sku));
    made
}

fn of(total: &str, redeem: &str, lines: Vec<LineInput>) -> Sell {
    Sell { lines, ..sale(total).redeeming(redeem) }
}

/// Money, bonuses and accrual of each line, or the refusal.
fn check(scene: &mut Scene, sell: Sell, expected: &str) {
    let found = match scene.perform(sell.act()) {
        Ok(_) => {
            let splits = scene.last_sale().lines.iter().map(|line| &line.split);
            let told = splits.map(|it| format!("{} {} {}", it.net, it.redeem_share, it.accrual));
            told.collect::<Vec<_>>().join("; ")
        }
        Err(refusal) => refusal.to_string(),
    };
    assert_eq!(found, expected);
}

#[test]
fn what_bonuses_may_not_pay_leaves_the_base_of_the_cap() {
    let mixed = || vec![goods("tobacco", "", "60.00"), goods("food", "", "40.00")];
    let paid = "60.00 0.00 0.00; 20.00 20.00 1.00";
    check(&mut scene(|_| {}), of("80.00", "20.00", mixed()), paid);
    let over = "Redemption of 20.01 is over the limit of 20.00 for this order.";
    check(&mut scene(|_| {}), of("79.99", "20.01", mixed()), over);
    // After bonuses: the lines are what was paid in money.
    let after = || vec![goods("tobacco", "", "60.00"), goods("food", "", "20.00")];
    check(&mut scene(|_| {}), of("80.00", "20.00", after()), paid);
    let all = of("60.00", "0.01", vec![goods("tobacco", "", "60.01")]);
    check(&mut scene(|_| {}), all, "Redemption of 0.01 is over the limit of 0.00 for this order.");
}

#[test]
fn where_bonuses_may_pay_all_the_lines_still_say_no() {
    let everything = |rules: &mut SettingsDraft| rules.max_redeem_percent = Percent::HUNDRED;
    let tobacco = || vec![goods("tobacco", "", "50.00")];
    let refused = "Redemption of 5.00 is over the limit of 0.00 for this order.";
    check(&mut scene(everything), of("50.00", "5.00", tobacco()), refused);
    check(&mut scene(everything), of("45.00", "5.00", tobacco()), refused);
    // What no line lists may carry it.
    check(&mut scene(everything), of("51.00", "5.00", tobacco()), "50.00 0.00 0.00");
}

#[test]
fn a_least_price_is_kept_for_every_unit() {
    let two = || {
        let quantity = Quantity::from_millionths(2_000_000);
        vec![LineInput { quantity, ..goods("", "vodka", "40.00") }]
    };
    check(&mut scene(|_| {}), of("36.00", "4.00", two()), "36.00 4.00 1.80");
    let over = "Redemption of 4.01 is over the limit of 4.00 for this order.";
    check(&mut scene(|_| {}), of("35.99", "4.01", two()), over);
    let with_food = || two().into_iter().chain([goods("food", "", "20.00")]).collect();
    check(
        &mut scene(|_| {}),
        of("40.00", "20.00", with_food()),
        "36.00 4.00 1.80; 4.00 16.00 0.20",
    );
}

#[test]
fn an_earlier_redemption_that_does_not_fit_is_there_all_the_same() {
    let mut scene = scene(|_| {});
    scene.completes = Some(RedemptionFact {
        customer: CustomerId(1),
        sale: SaleId(99),
        amount: bonus("5.00"),
        order_total: money("50.00"),
    });
    let tobacco = || vec![goods("tobacco", "", "50.00")];
    let more = of("40.00", "5.00", tobacco());
    check(&mut scene, more, "Redemption of 5.00 is over the limit of 0.00 for this order.");
    check(&mut scene, of("45.00", "0.00", tobacco()), "45.00 5.00 0.00");
}

#[test]
fn a_late_sale_earns_by_the_rules_of_its_time() {
    let mut scene = scene(|_| {});
    scene.wait(DAY);
    scene.adopt(|rules| rules.policy.categories.rules.clear());
    scene.wait(DAY);
    let tobacco = || Sell { lines: vec![goods("tobacco", "", "50.00")], ..sale("50.00") };
    check(&mut scene, tobacco().on("2026-01-11T13:59:59+05:00"), "50.00 0.00 0.00");
    check(&mut scene, tobacco().on("2026-01-11T14:00:00+05:00"), "50.00 0.00 2.50");
    // Redeeming follows the rules of today.
    assert_eq!(scene.now, instant("2026-01-12T14:00:00+05:00"));
    let paid = of("25.00", "25.00", vec![goods("tobacco", "", "50.00")]);
    check(&mut scene, paid, "25.00 25.00 1.25");
    check_next(&mut scene, sale("0.00").act(), "nothing_left_to_pay total_amount");
}
