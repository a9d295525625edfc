//! The statement of what is owed against a naive one: whatever happens, it adds up, and it says the same
//! before and after what was due is written.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::integer_division,
    reason = "figures of tests are small, and cents are told from units"
)]

use crate::ledger::books::Book;
use crate::ledger::command::Action;
use crate::ledger::liability::{LiabilityFold, LiabilityLine, LotAge, Movements, add_ages};
use crate::ledger::lot::Pool;
use crate::ledger::settings::Days;
use crate::ledger::testing::{DAY, Scene, adjust, bonus, hold, owe, redeem, sale};
use crate::ledger::view::settled_ahead;
use crate::values::Balance;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

fn rules(rules: &mut crate::ledger::settings::SettingsDraft) {
    rules.welcome_bonus = bonus("10.00");
    rules.welcome_expire_after = Days::Days(3);
    rules.expire_after = Days::Days(9);
    rules.redeem_hold_seconds = 86_400;
}

/// What was moved from the first event on, with what is due by now.
fn statement(scene: &Scene) -> LiabilityFold {
    let mut fold = LiabilityFold::default();
    fold.take(None, &scene.events).unwrap();
    let settings = Arc::new(scene.settings.clone());
    let (_, ahead) = settled_ahead(scene.account(), &settings, scene.now);
    fold.take(scene.account.as_ref(), &ahead).unwrap();
    fold
}

fn action(kind: u8, cents: u32) -> Action {
    let amount = format!("{}.{:02}", cents / 100, cents % 100);
    match kind {
        0 => adjust(&amount),
        1 => hold(&amount, 2 * DAY),
        2 => owe(&format!("-{amount}")),
        3 => redeem(&amount, "1000.00"),
        4 => sale("300.00").act(),
        _ => Action::Settle,
    }
}

#[test]
fn every_movement_has_its_column() {
    let mut scene = Scene::new(rules);
    for asked in [adjust("100.00"), redeem("30.00", "1000.00"), owe("-100.00"), adjust("5.00")] {
        scene.perform(asked).unwrap();
    }
    let fold = statement(&scene);
    let line = |line| {
        let moved: Movements = fold.lines[&line];
        let cents = |amount: Balance| amount.cents();
        (
            cents(moved.issued),
            cents(moved.redeemed),
            cents(moved.adjusted),
            cents(moved.moved),
            cents(moved.balance()),
        )
    };
    // The welcome bonus expires first, so it was drawn first; 20 were owed, of which 5 are paid.
    assert_eq!(line(LiabilityLine::Pool(Pool::Welcome)), (1_000, 1_000, 0, 0, 0));
    assert_eq!(line(LiabilityLine::Pool(Pool::Manual)), (0, 2_000, 2_500, -500, 0));
    assert_eq!(line(LiabilityLine::Debt), (0, 0, -2_000, 500, -1_500));
    assert_eq!(fold.balance(), scene.account().balance());
}

#[test]
fn lots_are_told_apart_by_their_age() {
    let mut scene = Scene::new(|rules| rules.expire_after = Days::Never);
    scene.perform(adjust("1.00")).unwrap();
    scene.wait(30 * DAY);
    scene.perform(adjust("2.00")).unwrap();
    scene.perform(hold("4.00", DAY)).unwrap();
    let ages = |scene: &Scene| {
        let mut ages = BTreeMap::new();
        add_ages(&mut ages, scene.account(), scene.now);
        let pool = LiabilityLine::Pool(Pool::Manual);
        let of = |age| ages.get(&(pool, age)).map_or(0, |amount| amount.cents());
        LotAge::ALL.map(of)
    };
    assert_eq!(ages(&scene), [400, 300, 0, 0, 0, 0]);
    scene.wait(DAY).perform(Action::Settle).unwrap();
    assert_eq!(ages(&scene), [0, 600, 100, 0, 0, 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn a_statement_adds_up_and_stays_what_it_was(
        deeds in proptest::collection::vec((0_u8..6, 1_u32..9_000, 0_i64..5), 1..24),
    ) {
        let mut scene = Scene::new(rules);
        let mut naive = statement(&scene).balance();
        for (kind, cents, days) in deeds {
            scene.wait(days * DAY);
            let shown = scene.view(None).balance;
            let due = statement(&scene);
            prop_assert_eq!(due.balance(), shown);
            // What is due is written, and nothing of the statement moves.
            let mut settled = scene.clone();
            settled.perform(Action::Settle).unwrap();
            prop_assert_eq!(&statement(&settled).lines, &due.lines);
            let _ = scene.perform(action(kind, cents));
            let after = statement(&scene);
            naive = after.balance();
            // The columns come from what lots hold, the books from what events say.
            let book = |book| after.books.get(&book).map_or(0, |amount| amount.cents());
            let total = |column: fn(&Movements) -> Balance| -> i64 {
                after.lines.values().map(|line| column(line).cents()).sum()
            };
            let given = book(Book::Issued(Pool::Main)) + book(Book::Issued(Pool::Welcome));
            let by_hand = book(Book::Issued(Pool::Manual)) + book(Book::Adjusted);
            prop_assert_eq!(total(|line| line.issued), -given);
            prop_assert_eq!(total(|line| line.adjusted), -by_hand);
            prop_assert_eq!(total(|line| line.redeemed), book(Book::Redeemed));
            prop_assert_eq!(total(|line| line.expired), book(Book::Expired));
            prop_assert_eq!((total(|line| line.reversed), total(|line| line.moved)), (0, 0));
            let books: i64 = after.books.values().map(|amount| amount.cents()).sum();
            prop_assert_eq!(books, 0);
        }
        prop_assert_eq!(naive, scene.view(None).balance);
    }
}
