//! Events that do not fit an account, one of each kind: a damaged journal must not fold quietly.

use crate::ledger::account::{Account, Misfit};
use crate::ledger::event::{AccountEvent, Credit, CreditKind, Debit, DebitKind, Draw};
use crate::ledger::expired::ExpiryRevert;
use crate::ledger::invariants::{Broken, check};
use crate::ledger::lot::{Kept, LotOrigin, Pool};
use crate::ledger::reserve::{RecordedReserve, ReleaseReason, ReserveRelease};
use crate::ledger::testing::{DAY, Scene, adjust, authenticate, bonus, hold, owe, plain};
use crate::ledger::testing_reserves::{named, set_aside};
use crate::values::{Balance, Bonus, CustomerId, LotId, Timestamp, TokenId, TransactionId};

/// Lot 1: 10 active; lot 2: 5 held; token 1.
fn account() -> Account {
    let mut scene = Scene::new(plain);
    for action in [adjust("10.00"), hold("5.00", DAY), authenticate(1, None)] {
        scene.perform(action).unwrap();
    }
    scene.account().clone()
}

fn credit() -> Credit {
    Credit {
        transaction: TransactionId(9),
        kind: CreditKind::Adjust,
        lot: LotId(3),
        origin: LotOrigin::Adjustment(TransactionId(9)),
        pool: Pool::Manual,
        amount: bonus("1.00"),
        debt_paid: Bonus::ZERO,
        held: false,
        activates_at: Timestamp::default(),
        expires_at: None,
        at: Timestamp::default(),
    }
}

fn debit(lot: u64, drawn: &str, amount: &str, debt: &str) -> AccountEvent {
    AccountEvent::Debited(Debit {
        transaction: TransactionId(9),
        kind: DebitKind::Adjust,
        sale: None,
        amount: bonus(amount),
        draws: vec![Draw { lot: LotId(lot), amount: bonus(drawn) }],
        debt: bonus(debt),
        at: Timestamp::default(),
    })
}

fn expired(lot: u64, amount: &str) -> AccountEvent {
    AccountEvent::LotExpired {
        transaction: TransactionId(9),
        lot: LotId(lot),
        amount: bonus(amount),
        at: Timestamp::default(),
    }
}

fn activated(lot: u64, amount: &str, debt_paid: &str) -> AccountEvent {
    AccountEvent::LotActivated {
        lot: LotId(lot),
        amount: bonus(amount),
        debt_paid: bonus(debt_paid),
        at: Timestamp::default(),
    }
}

#[test]
fn an_event_that_does_not_fit_is_noticed() {
    let check = |event: AccountEvent, expected: Misfit| {
        assert_eq!(account().apply(&event).unwrap_err(), expected, "{event:?}");
    };
    let at = Timestamp::default();
    check(AccountEvent::AccountOpened { customer: CustomerId(1), at }, Misfit::OpenedTwice);
    check(AccountEvent::TokenRevoked { token: TokenId(7), at }, Misfit::NoSuchToken(TokenId(7)));
    let credited = AccountEvent::Credited;
    check(credited(Credit { lot: LotId(1), ..credit() }), Misfit::LotTwice(LotId(1)));
    let paid = |debt_paid| Credit { debt_paid: bonus(debt_paid), ..credit() };
    check(credited(paid("1.01")), Misfit::LotFigures(LotId(3)));
    // There is no debt to pay.
    check(credited(paid("0.50")), Misfit::LotFigures(LotId(3)));
    let most = Credit { amount: bonus("9999999999.99"), ..credit() };
    check(credited(most), Misfit::OutOfRange);
    check(debit(1, "10.01", "10.01", "0.00"), Misfit::LotFigures(LotId(1)));
    check(debit(7, "1.00", "1.00", "0.00"), Misfit::NoSuchLot(LotId(7)));
    check(debit(2, "1.00", "1.00", "0.00"), Misfit::LotFigures(LotId(2)));
    // Slices and debt that do not add up to the amount.
    check(debit(1, "1.00", "2.00", "0.00"), Misfit::TransactionFigures(TransactionId(9)));
    check(debit(1, "1.00", "1.00", "1.00"), Misfit::TransactionFigures(TransactionId(9)));
    check(expired(7, "1.00"), Misfit::NoSuchLot(LotId(7)));
    check(expired(1, "9.99"), Misfit::LotFigures(LotId(1)));
    check(expired(2, "5.00"), Misfit::LotFigures(LotId(2)));
    check(activated(7, "5.00", "0.00"), Misfit::NoSuchLot(LotId(7)));
    check(activated(1, "10.00", "0.00"), Misfit::LotFigures(LotId(1)));
    check(activated(2, "4.99", "0.00"), Misfit::LotFigures(LotId(2)));
    check(activated(2, "5.00", "1.00"), Misfit::LotFigures(LotId(2)));
    let blocked = AccountEvent::Blocked { at };
    assert_eq!(Account::open(&blocked).unwrap_err(), Misfit::NotOpened);
}

#[test]
fn a_broken_account_is_noticed() {
    let broken = |damage: fn(&mut Account), expected: Broken| {
        let mut damaged = account();
        assert_eq!(check(&damaged), Ok(()));
        damage(&mut damaged);
        assert_eq!(check(&damaged), Err(expected));
    };
    broken(
        |account| account.history_balance = Balance::from_cents(1_499),
        Broken::HistoryDoesNotAddUp { lots: "15.00".into(), history: "14.99".into() },
    );
    broken(|account| account.lots.edit(|lots| lots.reverse()), Broken::LotsOutOfOrder);
    broken(|account| account.lots.edit(|lots| lots[0].amount = bonus("9.99")), Broken::LotSize(1));
    broken(
        |account| {
            account.lots.edit(|lots| lots[0].remaining = Bonus::ZERO);
            account.history_balance = Balance::from_cents(500);
        },
        Broken::LotSize(1),
    );
    broken(
        |account| {
            account.lots.edit(|lots| lots[1].activates_at = lots[1].expires_at.unwrap());
        },
        Broken::LotDates(2),
    );
    broken(
        |account| {
            account.debt = Bonus::CENT;
            account.history_balance = Balance::from_cents(1_499);
        },
        Broken::DebtBesideLots,
    );
    broken(|account| account.tokens = vec![account.tokens[0]; 11], Broken::TooManyTokens(11));
}

fn released(reserve: &str, amount: &str, left: &str, freed: &[(u64, &str)]) -> AccountEvent {
    let freed = freed.iter().map(|(lot, amount)| Draw { lot: LotId(*lot), amount: bonus(amount) });
    AccountEvent::ReserveReleased(Box::new(ReserveRelease {
        reserve: named(reserve),
        amount: bonus(amount),
        left: bonus(left),
        why: ReleaseReason::Released,
        freed: freed.collect(),
        freed_until: Timestamp::default(),
        at: Timestamp::default(),
    }))
}

#[test]
fn a_reserve_that_does_not_fit_is_noticed() {
    let mut scene = Scene::new(plain);
    for action in [adjust("10.00"), set_aside("a", "4.00")] {
        scene.perform(action).unwrap();
    }
    let at = Timestamp::default();
    let check = |event: AccountEvent, expected: Misfit| {
        assert_eq!(scene.account().clone().apply(&event).unwrap_err(), expected, "{event:?}");
    };
    let AccountEvent::Reserved(recorded) = scene.events.last().unwrap().clone() else { panic!() };
    let figures = || Misfit::ReserveFigures(named("a"));
    // The total does not count what is there; nor does the deadline move.
    check(AccountEvent::Reserved(recorded.clone()), figures());
    let total = bonus("8.00");
    let moved = RecordedReserve { total, deadline: at, ..*recorded };
    check(AccountEvent::Reserved(Box::new(moved)), figures());
    check(released("b", "1.00", "3.00", &[]), Misfit::NoSuchReserve(named("b")));
    check(released("a", "4.01", "0.00", &[]), figures());
    check(released("a", "1.00", "2.00", &[]), figures());
    check(released("a", "1.00", "3.00", &[(1, "1.00")]), Misfit::NoSuchLot(LotId(1)));
    let kept = |lot, amount| AccountEvent::LotKept { lot: LotId(lot), amount: bonus(amount), at };
    check(kept(2, "1.00"), Misfit::NoSuchLot(LotId(2)));
    check(kept(1, "10.01"), Misfit::LotFigures(LotId(1)));
    let draws = vec![Draw { lot: LotId(1), amount: bonus("1.00") }];
    check(AccountEvent::DebtPaid { draws, at }, Misfit::DebtFigures);
    let transaction = TransactionId(9);
    let written_off = AccountEvent::DebtWrittenOff { transaction, amount: bonus("1.00"), at };
    check(written_off, Misfit::DebtFigures);
    let revert =
        ExpiryRevert { transaction, lot: LotId(1), amount: bonus("1.00"), expired_at: at, at };
    check(AccountEvent::ExpiryReverted(revert), Misfit::NoSuchLot(LotId(1)));
}

#[test]
fn a_broken_cover_is_noticed() {
    let mut scene = Scene::new(plain);
    for action in [adjust("10.00"), set_aside("a", "4.00")] {
        scene.perform(action).unwrap();
    }
    let broken = |damage: fn(&mut Account)| {
        let mut damaged = scene.account().clone();
        assert_eq!(check(&damaged), Ok(()));
        damage(&mut damaged);
        check(&damaged).unwrap_err()
    };
    let too_large = |covered, kept, unexpired| Broken::CoverTooLarge { covered, kept, unexpired };
    let (none, four, ten) = (Bonus::ZERO, bonus("4.00"), bonus("10.00"));
    let most = broken(|account| account.reserves[0].amount = bonus("10.01"));
    assert_eq!(most, too_large(bonus("10.01"), none, ten));
    let kept = broken(|account| account.lots.edit(|lots| lots[0].kept = Some(Kept::Covered)));
    assert_eq!(kept, too_large(four, ten, none));
    let twice = broken(|account| account.reserves.push(account.reserves[0].clone()));
    assert_eq!(twice, Broken::ReserveSize(named("a")));
    let empty = broken(|account| account.reserves[0].amount = Bonus::ZERO);
    assert_eq!(empty, Broken::ReserveSize(named("a")));
    let dated = broken(|account| account.debt_write_off_at = Some(Timestamp::default()));
    assert_eq!(dated, Broken::DateOfNoDebt);
}

#[test]
fn debt_may_wait_beside_held_lots() {
    let mut scene = Scene::new(plain);
    scene.perform(hold("5.00", DAY)).unwrap();
    scene.perform(owe("-5.00")).unwrap();
    assert_eq!(check(scene.account()), Ok(()));
    assert_eq!(scene.account().next_due(), Some(scene.now.plus_seconds(DAY)));
}
