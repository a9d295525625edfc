//! Events that do not fit an account, one of each kind: a damaged journal must not fold quietly.

use crate::ledger::account::{Account, Misfit};
use crate::ledger::event::{AccountEvent, Credit, CreditKind, Debit, DebitKind, Draw};
use crate::ledger::invariants::{Broken, check};
use crate::ledger::lot::{LotOrigin, Pool};
use crate::ledger::testing::{DAY, Scene, adjust, authenticate, bonus, hold, owe, plain};
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
    broken(|account| account.lots.reverse(), Broken::LotsOutOfOrder);
    broken(|account| account.lots[0].amount = bonus("9.99"), Broken::LotSize(1));
    broken(
        |account| {
            account.lots[0].remaining = Bonus::ZERO;
            account.history_balance = Balance::from_cents(500);
        },
        Broken::LotSize(1),
    );
    broken(
        |account| account.lots[1].activates_at = account.lots[1].expires_at.unwrap(),
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

#[test]
fn debt_may_wait_beside_held_lots() {
    let mut scene = Scene::new(plain);
    scene.perform(hold("5.00", DAY)).unwrap();
    scene.perform(owe("-5.00")).unwrap();
    assert_eq!(check(scene.account()), Ok(()));
    assert_eq!(scene.account().next_due(), Some(scene.now.plus_seconds(DAY)));
}
