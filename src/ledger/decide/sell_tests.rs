//! Tables of sales on time: what is paid, redeemed and earned, and what is refused.

use crate::ledger::command::{Action, ExternalId, LineInput, Sell};
use crate::ledger::facts::RedemptionFact;
use crate::ledger::sale::LINES_MAX;
use crate::ledger::settings::tests::tier;
use crate::ledger::settings::{AccrualStep, PaymentTypeWithoutGross, SettingsDraft};
use crate::ledger::testing::{
    DAY, Scene, adjust, bonus, check, check_next, figures, hold, line, money, plain, redeem, sale,
    sell,
};
use crate::values::{CustomerId, Percent, Quantity, SaleId, UnitPrice};

const MOST: &str = "9999999999.99";

/// A sale of a customer who has 120 to spend and 30 held.
fn check_with(change: fn(&mut SettingsDraft), when: Sell, expected: &str) {
    let given = vec![(0, adjust("120.00")), (0, hold("30.00", DAY))];
    check(change, given, (0, when.act()), expected);
}

/// A first sale of a customer who has nothing.
fn check_first(change: fn(&mut SettingsDraft), when: Sell, expected: &str) {
    check(change, vec![], (0, when.act()), expected);
}

#[test]
fn gross_amount_and_mode_must_fit_the_money_paid() {
    let paid = "redeem 45.00 of 1:45.00; accrual 47.75 lot 3 held; sale 1 of 955.00 earned 47.75 \
                | 152.75 = 75.00 + 77.75 - 0.00";
    let asked = || sale("955.00").redeeming("45.00");
    check_with(plain, asked(), paid);
    check_with(plain, asked().gross("1000.00"), paid);
    check_with(plain, asked().gross("1100.00"), paid);
    check_with(plain, asked().gross(MOST), paid);
    check_with(plain, asked().gross("999.99"), paid);
    check_with(plain, asked().gross("999.98"), "gross_amount_too_small gross_amount");
    check_with(plain, asked().gross("1000.00").in_payment_mode(), paid);
    check_with(plain, asked().in_payment_mode(), "gross_amount_missing gross_amount");
    let net = |rules: &mut SettingsDraft| {
        rules.payment_type_without_gross = PaymentTypeWithoutGross::Net;
    };
    let gross = |rules: &mut SettingsDraft| {
        rules.payment_type_without_gross = PaymentTypeWithoutGross::Gross;
    };
    check_with(net, asked().in_payment_mode(), paid);
    check_with(gross, sale("1000.00").redeeming("45.00").in_payment_mode(), paid);
    check_with(gross, asked().in_payment_mode().gross("1000.00"), paid);
    check_with(
        gross,
        sale("45.00").redeeming("45.00").in_payment_mode(),
        "nothing_left_to_pay total_amount",
    );
    check_with(plain, sale("0.00"), "nothing_left_to_pay total_amount");
    check_with(plain, sale("0.00").redeeming("1.00"), "nothing_left_to_pay total_amount");
}

#[test]
fn a_redemption_is_accepted_whole_or_refused() {
    check_with(
        plain,
        sale("280.00").redeeming("120.00"),
        "redeem 120.00 of 1:120.00; accrual 14.00 lot 3 held; sale 1 of 280.00 earned 14.00 \
         | 44.00 = 0.00 + 44.00 - 0.00",
    );
    // 30 % of 399.99 is 119.997.
    check_with(plain, sale("279.99").redeeming("120.00"), "redeem_over_cap bonus_redeem_amount");
    check_with(plain, sale("9000.00").redeeming("120.01"), "balance_too_low bonus_redeem_amount");
    check_with(
        |rules| rules.max_redeem_percent = Percent::HUNDRED,
        sale("0.01").redeeming("120.00"),
        "redeem 120.00 of 1:120.00; sale 1 of 0.01 earned 0.00 | 30.00 = 0.00 + 30.00 - 0.00",
    );
    check_with(
        |rules| rules.redeem_step = bonus("1.00"),
        sale("955.00").redeeming("45.50"),
        "redeem_off_step bonus_redeem_amount",
    );
    check_with(
        |rules| rules.min_redeem = bonus("45.01"),
        sale("955.00").redeeming("45.00"),
        "redeem_too_small bonus_redeem_amount",
    );
    check_with(
        |rules| rules.redeem_max_per_receipt = Some(bonus("44.99")),
        sale("955.00").redeeming("45.00"),
        "redeem_over_receipt_max bonus_redeem_amount",
    );
    // Redeeming from the app is another door.
    check_with(
        |rules| rules.redeem_from_app = false,
        sale("99.00").redeeming("1.00"),
        "redeem 1.00 of 1:1.00; accrual 4.95 lot 3 held; sale 1 of 99.00 earned 4.95 \
         | 153.95 = 119.00 + 34.95 - 0.00",
    );
}

#[test]
fn a_purchase_earns_from_the_minimum_on() {
    check_first(
        plain,
        sale("10.00"),
        "accrual 0.50 lot 1 held; sale 1 of 10.00 earned 0.50 | 0.50 = 0.00 + 0.50 - 0.00",
    );
    let nothing = "| 0.00 = 0.00 + 0.00 - 0.00";
    check_first(plain, sale("9.99"), &format!("sale 1 of 9.99 earned 0.00 {nothing}"));
    let free = |rules: &mut SettingsDraft| rules.min_purchase_amount = money("0.00");
    check_first(free, sale("0.09"), &format!("sale 1 of 0.09 earned 0.00 {nothing}"));
    check_first(
        free,
        sale("0.10"),
        "accrual 0.01 lot 1 held; sale 1 of 0.10 earned 0.01 | 0.01 = 0.00 + 0.01 - 0.00",
    );
    check_first(
        |rules| rules.tiers = vec![tier("Base", "0.00", "0")],
        sale("100.00"),
        &format!("sale 1 of 100.00 earned 0.00 {nothing}"),
    );
    check_first(
        |rules| rules.redeem_hold_seconds = 0,
        sale("10.00"),
        "accrual 0.50 lot 1; sale 1 of 10.00 earned 0.50 | 0.50 = 0.50 + 0.00 - 0.00",
    );
}

#[test]
fn settings_change_what_a_redeeming_sale_earns() {
    let asked = || sale("955.00").redeeming("45.00");
    check_with(
        |rules| rules.earn_while_redeeming = false,
        asked(),
        "redeem 45.00 of 1:45.00; sale 1 of 955.00 earned 0.00 | 105.00 = 75.00 + 30.00 - 0.00",
    );
    let earned = |amount: &str, balance: &str, held: &str| {
        format!(
            "redeem 45.00 of 1:45.00; accrual {amount} lot 3 held; sale 1 of 955.00 earned \
             {amount} | {balance} = 75.00 + {held} - 0.00"
        )
    };
    check_with(
        |rules| rules.accrue_on_bonus_part = true,
        asked(),
        &earned("50.00", "155.00", "80.00"),
    );
    check_with(
        |rules| rules.accrual_step = AccrualStep::Whole,
        asked(),
        &earned("47.00", "152.00", "77.00"),
    );
    check_with(
        |rules| {
            rules.accrual_step = AccrualStep::Whole;
            rules.earn_max_per_receipt = Some(bonus("40.50"));
        },
        asked(),
        &earned("40.00", "145.00", "70.00"),
    );
}

#[test]
fn a_tier_reached_by_a_sale_counts_from_the_next() {
    let mut scene = Scene::new(|rules| {
        rules.tiers.push(tier("Silver", "100.00", "10"));
    });
    let check = |scene: &mut Scene, total: &str, earned: &str| {
        let events = crate::ledger::testing::told(&scene.perform(sell(total)).unwrap());
        let sold = format!("of {total} earned {earned}");
        assert!(events.split("; ").any(|event| event.ends_with(&sold)), "{events}");
    };
    check(&mut scene, "99.99", "5.00");
    check(&mut scene, "50.00", "2.50");
    check(&mut scene, "50.00", "5.00");
    assert_eq!(scene.view(None).tier.name.as_str(), "Silver");
}

#[test]
fn a_sale_completes_the_redemption_of_its_own_customer() {
    let redemption = |customer: u64, order_total: &str| RedemptionFact {
        customer: CustomerId(customer),
        sale: SaleId(1),
        amount: bonus("50.00"),
        order_total: money(order_total),
    };
    let check = |fact: RedemptionFact, when: Sell, expected: &str| {
        let mut scene = Scene::new(plain);
        scene.perform(adjust("150.00")).unwrap();
        scene.perform(redeem("50.00", "200.00")).unwrap();
        scene.completes = Some(fact);
        check_next(&mut scene, when.act(), expected);
    };
    let mine = || redemption(1, "200.00");
    let completed = "accrual 7.50 lot 2 held; sale 2 of 150.00 earned 7.50 \
                     | 107.50 = 100.00 + 7.50 - 0.00";
    check(mine(), sale("150.00"), completed);
    check(mine(), sale("150.00").gross("199.99"), completed);
    check(mine(), sale("150.00").gross("199.98"), "gross_amount_too_small gross_amount");
    check(mine(), sale("150.00").in_payment_mode(), "gross_amount_missing gross_amount");
    check(
        mine(),
        sale("150.01"),
        "accrual 7.50 lot 2 held; sale 2 of 150.01 earned 7.50 | 107.50 = 100.00 + 7.50 - 0.00",
    );
    check(mine(), sale("150.02"), "order_amount_exceeded total_amount");
    // More may be redeemed, within one cap for both: 30 % of 200.
    check(
        mine(),
        sale("140.00").redeeming("10.00"),
        "redeem 10.00 of 1:10.00; accrual 7.00 lot 2 held; sale 2 of 140.00 earned 7.00 \
         | 97.00 = 90.00 + 7.00 - 0.00",
    );
    check(mine(), sale("139.00").redeeming("11.00"), "redeem_over_cap bonus_redeem_amount");
    check(mine(), sale("141.00").redeeming("10.00"), "order_amount_exceeded total_amount");
    check(
        redemption(2, "200.00"),
        sale("150.00"),
        "redemption_of_another_customer external_sale_id",
    );
    check(redemption(1, MOST), sale("150.00"), completed);
}

#[test]
fn refusals_come_in_order() {
    let mut scene = Scene::new(|rules| rules.require_external_id = true);
    let date = "2026-02-01T00:00:00+05:00";
    let wrong = || sale("0.00").redeeming("1.00").on(date);
    scene.perform(Action::Block).unwrap();
    check_next(&mut scene, wrong().act(), "customer_blocked -");
    scene.perform(Action::Unblock).unwrap();
    check_next(&mut scene, wrong().act(), "external_id_required external_sale_id");
    let named = || Sell { external_id: Some(ExternalId::parse("1").unwrap()), ..wrong() };
    check_next(&mut scene, named().act(), "sale_date_ahead sale_date");
    let dated = || Sell { sale_date: None, ..named() };
    check_next(&mut scene, dated().act(), "nothing_left_to_pay total_amount");
    let paid = Sell { total_amount: money("1.00"), ..dated() };
    check_next(&mut scene, paid.act(), "redeem_over_cap bonus_redeem_amount");
}

#[test]
fn the_largest_amounts_are_reached_not_passed() {
    let earned = "accrual 500000000.00 lot 1 held; sale 1 of 9999999999.99 earned 500000000.00";
    check_first(
        plain,
        sale(MOST),
        &format!("{earned} | 500000000.00 = 0.00 + 500000000.00 - 0.00"),
    );
    check(plain, vec![(0, sell(MOST))], (0, sell("0.01")), "amount_too_large total_amount");
    check_with(plain, sale(MOST).redeeming("0.01"), "amount_too_large total_amount");
    check(plain, vec![(0, adjust(MOST))], (0, sell("10.00")), "amount_too_large total_amount");
    check(
        plain,
        vec![(0, adjust(MOST))],
        (0, sell("9.99")),
        "sale 1 of 9.99 earned 0.00 | 9999999999.99 = 9999999999.99 + 0.00 - 0.00",
    );
    check_first(
        |rules| rules.tiers = vec![tier("Base", "0.00", "100")],
        sale(MOST),
        "accrual 9999999999.99 lot 1 held; sale 1 of 9999999999.99 earned 9999999999.99 \
         | 9999999999.99 = 0.00 + 9999999999.99 - 0.00",
    );
}

#[test]
fn lines_carry_shares_that_add_up_to_the_receipt() {
    let mut scene = Scene::new(plain);
    scene.perform(adjust("100.00")).unwrap();
    let amounts = vec!["1.00"; LINES_MAX];
    scene.perform(sale("140.00").redeeming("60.00").of_lines(&amounts).act()).unwrap();
    let sale = scene.last_sale();
    let sum = |of: fn(&crate::ledger::Split) -> u64| {
        sale.lines.iter().map(|line| of(&line.split)).sum::<u64>()
    };
    assert_eq!(sale.lines.len(), LINES_MAX);
    assert_eq!(sale.unlisted, None);
    assert_eq!(sum(|split| split.net.cents()), 14_000);
    assert_eq!(sum(|split| split.redeem_share.cents()), 6_000);
    assert_eq!(sum(|split| split.base.cents()), 14_000);
    assert_eq!(sum(|split| split.accrual.cents()), 700);
    assert_eq!(figures(scene.account()), "47.00 = 40.00 + 7.00 - 0.00");
}

#[test]
fn what_lines_come_to_has_a_limit() {
    let priced = |quantity: &str, price: &str| LineInput {
        quantity: Some(Quantity::parse(quantity).unwrap()),
        unit_price: Some(UnitPrice::parse(price).unwrap()),
        ..line(None)
    };
    let check = |lines: Vec<LineInput>, expected: &str| {
        check_first(plain, Sell { lines, ..sale("100.00") }, expected);
    };
    let earned =
        "accrual 5.00 lot 1 held; sale 1 of 100.00 earned 5.00 | 5.00 = 0.00 + 5.00 - 0.00";
    check(vec![], earned);
    check(vec![line(None)], earned);
    check(vec![line(Some("0.00")), priced("2", "50")], earned);
    check(vec![line(Some(MOST))], earned);
    check(vec![priced("9999999999.99", "1")], earned);
    check(vec![priced("9999999999.99", "1.01")], "amount_too_large lines");
    check(vec![priced("9999999999.99", "9999999999.99")], "amount_too_large lines");
    check(vec![line(Some(MOST)), line(Some("0.01"))], "amount_too_large lines");
    check(vec![line(Some(MOST)), line(Some("0.00"))], earned);
}
