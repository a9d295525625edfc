//! The report against abuse as tables: what customers do, then what is told of it.

use crate::ledger::abuse::{
    AbuseFigures, AbuseFold, AbuseQuestion, AbuseReport, REPORT_DAYS_MAX, REPORT_ROWS_MAX, ReportBy,
};
use crate::ledger::command::{Action, PointOfSale, Sell};
use crate::ledger::event::AccountEvent;
use crate::ledger::policy::OfflineDebit;
use crate::ledger::settings::SettingsDraft;
use crate::ledger::testing::{
    DAY, HOUR, Scene, adjust, instant, redeem, register, sale, sale_of, sell,
};
use crate::ledger::testing_returns::give_back;
use crate::values::{CustomerId, Date, Text, Timestamp};
use std::sync::Arc;

type Happened = (Timestamp, CustomerId, Vec<AccountEvent>);

fn day(number: u32) -> Date {
    Date::from_ymd_opt(2026, 1, number).unwrap()
}

fn at(store: &str, cashier: &str, sell: Sell) -> Action {
    let text = |text: &str| (!text.is_empty()).then(|| Text::parse(text).unwrap());
    let store = text(store);
    let cashier = (!cashier.is_empty()).then(|| Text::parse(cashier).unwrap());
    let point_of_sale = PointOfSale { store, cashier };
    Sell { point_of_sale, ..sell }.act()
}

/// A customer who joins on the 10th of January, and then does this, so many seconds apart.
fn story(
    customer: u64,
    change: fn(&mut SettingsDraft),
    deeds: Vec<(i64, Action)>,
) -> Vec<Happened> {
    let mut scene = Scene::empty(change);
    let mut happened = Vec::new();
    for (seconds, action) in [(0, register())].into_iter().chain(deeds) {
        scene.wait(seconds);
        let events = scene.perform(action).unwrap();
        happened.push((scene.now, CustomerId(customer), events));
    }
    happened
}

fn report(mut happened: Vec<Happened>, days: (u32, u32), by: ReportBy) -> AbuseReport {
    let scene = Scene::empty(busy_from_three);
    let rules = &scene.settings.at(scene.now).rules;
    let question = AbuseQuestion::new((day(days.0), day(days.1)), by, rules).unwrap();
    let mut fold = AbuseFold::new(question);
    happened.sort_by_key(|(at, ..)| *at);
    for (at, customer, events) in &happened {
        fold.take(*at, *customer, events);
    }
    fold.finish()
}

fn busy_from_three(rules: &mut SettingsDraft) {
    rules.policy.guard.sales_per_day_report_from = 3;
}

fn told(figures: &AbuseFigures) -> String {
    let AbuseFigures { sales, sales_amount, late_sales, busy_cards, .. } = figures;
    let AbuseFigures { late_redemptions, late_redeemed, unfunded, .. } = figures;
    let AbuseFigures { opening_day_redemptions, opening_day_redeemed, .. } = figures;
    let AbuseFigures { returns, returned_amount, .. } = figures;
    format!(
        "sales {sales} {sales_amount}; late {late_sales}, redeeming {late_redemptions} \
         {late_redeemed}, unfunded {unfunded}; busy {busy_cards}; opening day \
         {opening_day_redemptions} {opening_day_redeemed}; returns {returns} {returned_amount}"
    )
}

fn told_rows(report: &AbuseReport) -> Vec<String> {
    let name = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let row = |(place, figures): &(PointOfSale, AbuseFigures)| {
        let store = name(place.store.as_ref().map(Text::as_str));
        let cashier = name(place.cashier.as_ref().map(Text::as_str));
        format!("{store} {cashier}: {}", told(figures))
    };
    report.rows.iter().map(row).collect()
}

fn busy(report: &AbuseReport) -> Vec<(u64, u32, u32)> {
    let day = |date: Date| date.to_string()[8..].parse().unwrap();
    let cards = report.busy_cards.iter();
    cards.map(|card| (card.customer.number(), day(card.day), card.sales)).collect()
}

fn check(deeds: Vec<(i64, Action)>, change: fn(&mut SettingsDraft), expected: &[&str]) {
    let report = report(story(1, change, deeds), (10, 20), ReportBy::Cashier);
    assert_eq!(told_rows(&report), expected);
}

#[test]
fn sales_are_told_by_store_and_cashier() {
    let deeds = || {
        vec![
            (0, at("B", "Anna", sale("10.00"))),
            (1, at("A", "Boris", sale("20.00"))),
            (1, at("B", "Anna", sale("0.05"))),
            (1, at("B", "", sale("40.00"))),
            (1, sell("80.00")),
        ]
    };
    let rest =
        "late 0, redeeming 0 0.00, unfunded 0.00; busy 0; opening day 0 0.00; returns 0 0.00";
    let row = |row: &str, sales: &str| format!("{row}: sales {sales}; {rest}");
    let by_cashier = report(story(1, |_| {}, deeds()), (10, 10), ReportBy::Cashier);
    assert_eq!(
        told_rows(&by_cashier),
        [
            row("- -", "1 80.00"),
            row("A Boris", "1 20.00"),
            row("B -", "1 40.00"),
            row("B Anna", "2 10.05")
        ]
    );
    let by_store = report(story(1, |_| {}, deeds()), (10, 10), ReportBy::Store);
    assert_eq!(
        told_rows(&by_store),
        [
            row("- -", "1 80.00"),
            row("A -", "1 20.00"),
            row("B -", "3 50.05").replace("busy 0", "busy 1")
        ]
    );
    for report in [by_cashier, by_store] {
        assert_eq!(report.totals.sales, 5);
        assert_eq!(report.totals.sales_amount.to_string(), "150.05");
        assert_eq!(report.others, AbuseFigures::default());
        // The same card at all places together.
        assert_eq!((report.totals.busy_cards, busy(&report)), (1, vec![(1, 10, 5)]));
    }
}

#[test]
fn what_arrives_late_counts_on_the_day_on_which_it_arrives() {
    let late = |amount| sale("90.00").redeeming(amount).on("2026-01-10T14:00:01+05:00");
    let given = || vec![(0, adjust("100.00")), (DAY, at("A", "", late("10.00")))];
    let row = "A -: sales 1 90.00; late 1, redeeming";
    let rest = "busy 0; opening day 0 0.00; returns 0 0.00";
    check(
        given(),
        |rules| rules.policy.late.offline_debit = OfflineDebit::AllowDebt,
        &[&format!("{row} 1 10.00, unfunded 0.00; {rest}")],
    );
    check(
        given(),
        |rules| rules.policy.late.offline_debit = OfflineDebit::AccrueOnly,
        &[&format!("{row} 0 0.00, unfunded 10.00; {rest}")],
    );
    let happened = story(1, |_| {}, vec![(DAY, at("A", "", late("0.00")))]);
    for (days, sales) in [((10, 10), 0), ((11, 11), 1), ((12, 12), 0), ((10, 12), 1)] {
        assert_eq!(report(happened.clone(), days, ReportBy::Store).totals.sales, sales, "{days:?}");
    }
}

#[test]
fn redemptions_on_the_day_of_joining_and_returns_are_told() {
    let mut deeds = vec![
        (0, adjust("100.00")),
        (HOUR, at("A", "", sale("90.00").redeeming("10.00"))),
        (0, redeem("5.00", "100.00")),
        (DAY, at("A", "", sale("80.00").redeeming("20.00"))),
    ];
    deeds.push((0, give_back(1)));
    check(
        deeds,
        |_| {},
        &[
            "- -: sales 0 0.00; late 0, redeeming 0 0.00, unfunded 0.00; busy 0; opening day 1 5.00; returns 1 90.00",
            "A -: sales 2 170.00; late 0, redeeming 0 0.00, unfunded 0.00; busy 0; opening day 1 10.00; returns 0 0.00",
        ],
    );
}

#[test]
fn busy_cards_are_told_by_day_the_busiest_first() {
    let shop = |store: &'static str| move || at(store, "", sale("10.00"));
    let (a, b) = (shop("A"), shop("B"));
    let mut happened = story(1, |_| {}, vec![(0, a()), (0, a()), (0, b()), (DAY, a()), (0, a())]);
    happened.extend(story(2, |_| {}, vec![(0, a()), (0, a()), (0, a()), (DAY, b()), (0, b())]));
    happened.extend(story(3, |_| {}, vec![(1, b()), (DAY, b()), (0, b()), (0, b()), (0, b())]));
    let report = report(happened, (10, 20), ReportBy::Store);
    assert_eq!(busy(&report), [(3, 11, 4), (1, 10, 3), (2, 10, 3)]);
    // At one place: customer 2 at A, customer 3 at B.
    let at_one: Vec<u64> = report.rows.iter().map(|(_, figures)| figures.busy_cards).collect();
    assert_eq!((at_one, report.totals.busy_cards), (vec![1, 1], 3));
}

#[test]
fn a_report_is_of_some_days_and_not_of_too_many() {
    let scene = Scene::empty(|_| {});
    let rules = &scene.settings.at(scene.now).rules;
    let check = |days_after: i64, expected: bool| {
        let to = day(1) + chrono::TimeDelta::days(days_after);
        let question = AbuseQuestion::new((day(1), to), ReportBy::Store, rules);
        assert_eq!(question.is_ok(), expected, "{days_after}");
        let field = question.as_ref().err().and_then(|refusal| refusal.field().map(str::to_owned));
        assert_eq!(field.as_deref(), (!expected).then_some("to"));
    };
    check(-1, false);
    check(0, true);
    check(i64::from(REPORT_DAYS_MAX) - 1, true);
    check(i64::from(REPORT_DAYS_MAX), false);
    let question = AbuseQuestion::new((day(1), day(2)), ReportBy::Store, rules).unwrap();
    assert_eq!(question.begins_at(), instant("2026-01-01T00:00:00+05:00"));
    assert_eq!(question.ends_at(), instant("2026-01-03T00:00:00+05:00"));
}

#[test]
fn more_places_than_there_are_rows_are_told_in_one_sum() {
    let events = story(1, |_| {}, vec![(0, at("A", "", sale("10.00")))]).pop().unwrap().2;
    let sold = events.iter().find_map(sale_of).unwrap();
    let happened = (0..=REPORT_ROWS_MAX).map(|number| {
        let mut sold = sold.clone();
        sold.point_of_sale.store = Text::parse(&number.to_string()).ok();
        let event = AccountEvent::SaleRecorded(Arc::new(sold));
        (instant("2026-01-10T14:00:00+05:00"), CustomerId(1), vec![event])
    });
    let report = report(happened.collect(), (10, 10), ReportBy::Store);
    assert_eq!((report.rows.len(), report.others.sales), (REPORT_ROWS_MAX, 1));
    assert_eq!(report.others.sales_amount.to_string(), "10.00");
    assert_eq!(report.totals.sales, u64::try_from(REPORT_ROWS_MAX).unwrap() + 1);
}
