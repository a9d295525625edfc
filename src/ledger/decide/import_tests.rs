//! Customers and sales of an old system, taken over and back.

use crate::ledger::books::Book;
use crate::ledger::command::{Action, BusinessTime};
use crate::ledger::import::{
    Carried, ImportCustomer, ImportReversal, ImportSale, ImportedLot, LotEnd, OpeningLot,
};
use crate::ledger::lot::{LotOrigin, Pool};
use crate::ledger::person::CustomerChange;
use crate::ledger::policy::ReturnDebt;
use crate::ledger::settings::tests::tier;
use crate::ledger::testing::{
    DAY, Scene, bonus, check_next, instant, money, plain, redeem, sale, trial_balance,
};
use crate::values::Date;

const BATCH: [u8; 16] = [9; 16];

fn lot(amount: &str, end: LotEnd) -> OpeningLot {
    OpeningLot { amount: bonus(amount), activates_at: None, end }
}

fn opening(lots: Vec<OpeningLot>) -> ImportCustomer {
    ImportCustomer {
        batch: BATCH,
        row: [1; 16],
        newcomer: None,
        change: Box::new(CustomerChange::default()),
        tier: None,
        carried: Carried {
            total_spent: money("1000.00"),
            purchases: 4,
            last_purchase_at: Some(instant("2025-12-01T10:00:00+05:00")),
        },
        lots,
    }
}

fn import(lots: Vec<OpeningLot>) -> Action {
    Action::ImportCustomer(Box::new(opening(lots)))
}

/// Takes back what the account still knows of the batch, with what each lot was made with.
fn reverse(scene: &Scene) -> Action {
    let lots = scene.events.iter().filter_map(|event| {
        let crate::ledger::AccountEvent::Credited(credit) = event else { return None };
        let own = credit.origin == LotOrigin::Import(BATCH);
        let (lot, amount, expires_at) = (credit.lot, credit.amount, credit.expires_at);
        own.then_some(ImportedLot { lot, amount, expires_at })
    });
    let (lots, carried) = (lots.collect(), opening(Vec::new()).carried);
    Action::ReverseImport(Box::new(ImportReversal { batch: BATCH, row: [1; 16], lots, carried }))
}

fn old_sale(accrues: bool) -> Action {
    let mut sell = sale("200.00");
    sell.sale_date = Some(BusinessTime::Instant(instant("2024-05-01T10:00:00+05:00")));
    let (sell, redeemed) = (Box::new(sell), bonus("15.00"));
    Action::ImportSale(Box::new(ImportSale { batch: BATCH, sell, redeemed, accrues }))
}

#[test]
fn an_opening_balance_is_lots_with_their_dates() {
    let mut scene = Scene::new(plain);
    let held = OpeningLot {
        activates_at: Some(scene.now.plus_seconds(DAY)),
        ..lot("30.00", LotEnd::AsSettingsSay)
    };
    let last = Date::from_ymd_opt(2026, 2, 1).unwrap();
    let lots = vec![lot("100.00", LotEnd::Never), held, lot("5.00", LotEnd::After(last))];
    check_next(
        &mut scene,
        import(lots),
        "import; import 100.00 lot 1; import 30.00 lot 2 held; import 5.00 lot 3 \
         | 135.00 = 105.00 + 30.00 - 0.00",
    );
    let account = scene.account();
    assert_eq!((account.total_spent, account.purchases), (money("1000.00"), 4));
    let ends: Vec<_> = account.lots.iter().map(|lot| lot.expires_at).collect();
    assert!(ends.contains(&None) && ends.contains(&Some(instant("2026-02-02T00:00:00+05:00"))));
    assert_eq!(trial_balance(&scene.events)[&Book::Issued(Pool::Import)].cents(), -13_500);
}

#[test]
fn what_an_old_system_counted_counts_for_the_tier() {
    let mut scene = Scene::new(|rules| rules.tiers.push(tier("Gold", "1000.00", "7")));
    scene.perform(import(Vec::new())).unwrap();
    assert_eq!(scene.view(None).tier.name.as_str(), "Gold");
    scene.perform(reverse(&scene)).unwrap();
    assert_ne!(scene.view(None).tier.name.as_str(), "Gold");
    assert_eq!((scene.account().total_spent, scene.account().purchases), (money("0.00"), 0));
}

#[test]
fn a_batch_goes_back_and_what_was_spent_of_it_is_owed() {
    let check = |uncovered: ReturnDebt, expected: &str| {
        let mut scene = Scene::new(|rules| rules.policy.returns.debt = uncovered);
        scene.perform(import(vec![lot("100.00", LotEnd::Never)])).unwrap();
        scene.perform(redeem("40.00", "1000.00")).unwrap();
        let back = reverse(&scene);
        check_next(&mut scene, back, expected);
        let books = trial_balance(&scene.events);
        assert_eq!(books.values().fold(0, |sum, amount| sum + amount.cents()), 0);
    };
    check(ReturnDebt::Debt, "import back 100.00 debt 40.00 | -40.00 = 0.00 + 0.00 - 40.00");
    check(ReturnDebt::Clamp, "import back 60.00 debt 0.00 | 0.00 = 0.00 + 0.00 - 0.00");
}

#[test]
fn a_lot_whose_end_has_passed_is_done_with() {
    let mut scene = Scene::new(plain);
    let last = Date::from_ymd_opt(2026, 1, 12).unwrap();
    scene.perform(import(vec![lot("10.00", LotEnd::After(last))])).unwrap();
    scene.perform(redeem("4.00", "1000.00")).unwrap();
    scene.wait(5 * DAY);
    let back = reverse(&scene);
    check_next(&mut scene, back, "expired 6.00 lot 1; import | 0.00 = 0.00 + 0.00 - 0.00");
}

#[test]
fn an_old_sale_is_history_and_earns_only_where_it_is_asked_for() {
    let mut scene = Scene::new(plain);
    let before = scene.account().balance();
    scene.perform(old_sale(false)).unwrap();
    let account = scene.account();
    assert_eq!((account.total_spent, account.purchases), (money("200.00"), 1));
    assert_eq!((account.balance(), account.lots.len()), (before, 0));
    // By the rules of its day, and its lot has expired since.
    let events = scene.perform(old_sale(true)).unwrap();
    let told = crate::ledger::testing::told(&events);
    assert!(told.starts_with("accrual 10.00 lot 1; expired 10.00 lot 1;"), "{told}");
}

/// Rule 21.
#[test]
fn an_old_sale_earns_by_what_had_been_spent_by_its_day() {
    let check = |here: &str| {
        let mut scene = Scene::new(|rules| rules.tiers.push(tier("Gold", "1000.00", "7")));
        scene.perform(sale(here).act()).unwrap();
        let events = scene.perform(old_sale(true)).unwrap();
        let found = crate::ledger::testing::told(&events);
        assert!(found.starts_with("accrual 10.00 lot 2;"), "{found}");
        assert_eq!(scene.view(None).tier.name.as_str(), "Gold");
    };
    check("1000.00");
    check("800.00");
}

#[test]
fn an_opening_lot_must_end_after_it_begins() {
    let mut scene = Scene::new(plain);
    let last = Date::from_ymd_opt(2026, 1, 1).unwrap();
    let refused = scene.perform(import(vec![lot("1.00", LotEnd::After(last))]));
    assert_eq!(refused.unwrap_err().code(), "expires_too_early");
}
