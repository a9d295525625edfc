//! A customer on a stage for tests: given commands, when one more, then what is told of it.

use crate::ledger::account::Account;
use crate::ledger::books::{Book, postings};
use crate::ledger::command::{
    Action, Adjust, Authenticate, Command, FullName, LookUp, NewToken, Redeem, Register,
};
use crate::ledger::event::AccountEvent;
use crate::ledger::facts::{Facts, IdBlock, PromotionFacts, RedemptionFact};
use crate::ledger::guard::Confirmation;
use crate::ledger::refusal::Refusal;
use crate::ledger::row::{Row, tell_sale_figures};
use crate::ledger::sale::RecordedSale;
use crate::ledger::settings::tests::{draft, history_of};
use crate::ledger::settings::{SettingsDraft, SettingsHistory, adopt};
use crate::ledger::step::{Step, StepError, needs_past, step};
use crate::ledger::testing_returns::Operations;

pub(in crate::ledger) use crate::ledger::testing_sales::{line, sale, sell};
pub(in crate::ledger) use crate::ledger::told::told;
use crate::ledger::view::{AccountView, view};
use crate::ledger::voucher::{HeldVouchers, VoucherEvent};
use crate::values::{
    Balance, Bonus, CustomerId, LotId, Money, Phone, Precision, SaleId, Text, Timestamp, TokenId,
    TransactionId,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// When every scene begins: an afternoon in Dushanbe.
pub(in crate::ledger) const START: &str = "2026-01-10T14:00:00+05:00";
/// In seconds.
pub(in crate::ledger) const HOUR: i64 = 3_600;
pub(in crate::ledger) const DAY: i64 = 86_400;

/// A tenant's rules, a clock and one customer.
#[derive(Clone)]
pub(in crate::ledger) struct Scene {
    pub settings: SettingsHistory,
    pub now: Timestamp,
    pub account: Option<Account>,
    pub events: Vec<AccountEvent>,
    pub rows: Vec<Row>,
    /// The redemption that the directory would find under the external id of the next sale.
    pub completes: Option<RedemptionFact>,
    pub ids: IdBlock,
    pub promotions: PromotionFacts,
    pub operations: Operations,
    pub vouchers: HeldVouchers,
    pub voucher_events: Vec<VoucherEvent>,
}

impl Scene {
    /// The settings of the contract's examples with `change`; nobody is registered yet.
    pub(in crate::ledger) fn empty(change: impl FnOnce(&mut SettingsDraft)) -> Self {
        let mut rules = draft();
        change(&mut rules);
        Self {
            settings: history_of(rules),
            now: instant(START),
            account: None,
            events: Vec::new(),
            rows: Vec::new(),
            completes: None,
            ids: IdBlock { sale: SaleId(1), transaction: TransactionId(1), lot: LotId(1) },
            promotions: PromotionFacts::default(),
            operations: Operations::default(),
            vouchers: HeldVouchers::default(),
            voucher_events: Vec::new(),
        }
    }

    /// The same with customer 1, registered at [`START`].
    pub(in crate::ledger) fn new(change: impl FnOnce(&mut SettingsDraft)) -> Self {
        let mut scene = Self::empty(change);
        scene.perform(register()).expect("a registration is not refused");
        scene
    }

    pub(in crate::ledger) fn wait(&mut self, seconds: i64) -> &mut Self {
        self.now = self.now.plus_seconds(seconds);
        self
    }

    /// New rules from now on.
    pub(in crate::ledger) fn adopt(&mut self, change: impl FnOnce(&mut SettingsDraft)) {
        let mut rules = self.settings.at(self.now).rules.clone();
        change(&mut rules);
        let next = adopt(rules, Some(&self.settings), self.now).unwrap();
        self.settings = self.settings.with(Arc::new(next));
    }

    pub(in crate::ledger) fn account(&self) -> &Account {
        self.account.as_ref().expect("somebody is registered")
    }

    pub(in crate::ledger) fn view(&self, check_amount: Option<Money>) -> AccountView {
        let settings = Arc::new(self.settings.clone());
        view(self.account(), &settings, LookUp { check_amount }, self.now)
    }

    pub(in crate::ledger) fn last_sale(&self) -> &RecordedSale {
        self.events.iter().rev().find_map(sale_of).expect("there was a sale")
    }

    /// Runs a command as the engine would, and checks what must hold after every one.
    pub(in crate::ledger) fn perform(
        &mut self,
        action: Action,
    ) -> Result<Vec<AccountEvent>, Refusal> {
        let needed = self.ids_needed(&action);
        let done = match self.try_step(action) {
            Ok(done) => done,
            Err(StepError::Refused(refusal)) => return Err(refusal),
            Err(bug @ (StepError::Misfit(_) | StepError::Broken(_))) => panic!("{bug}"),
        };
        self.check_ids(needed, done.ids);
        self.ids = done.ids;
        self.operations.take(self.account.as_ref(), &done.events);
        self.events.extend(done.events.iter().cloned());
        self.rows.extend(done.rows);
        self.account = Some(*done.account);
        done.vouchers.into_iter().for_each(|step| self.take_voucher(step));
        self.check_the_books();
        Ok(done.events)
    }

    /// What a command would do.
    pub(in crate::ledger) fn try_step(&self, action: Action) -> Result<Step, StepError> {
        step(self.account.as_ref(), &self.command(action))
    }

    pub(in crate::ledger) fn command(&self, action: Action) -> Command {
        let facts = Facts {
            settings: Arc::new(self.settings.clone()),
            ids: self.ids,
            completes: self.completes,
            past: None,
            promotions: self.promotions.clone(),
            returned: self.operations.returnable(&action),
            vouchers: self.vouchers.clone(),
        };
        let mut command = Command { now: self.now, action, facts };
        let past_of = |account| needs_past(account, &command.action, &self.settings, self.now);
        let window = self.account.as_ref().and_then(past_of);
        command.facts.past = window.map(|window| self.past_in(window));
        command
    }

    /// A replay gives the same account, rows follow one another, and the books balance.
    pub(in crate::ledger) fn check_the_books(&self) {
        let account = self.account();
        let (replayed, rows) = replay(&self.events);
        assert_eq!(&replayed, account, "replay = state");
        assert_eq!(rows, self.rows, "replayed rows = rows");
        let mut balance = Balance::ZERO;
        for pair in self.rows.windows(2) {
            assert!(pair[0].id < pair[1].id && pair[0].created_at <= pair[1].created_at);
        }
        for row in &self.rows {
            balance = balance.checked_add(row.amount).unwrap();
            assert!(!row.amount.is_zero(), "zero postings write no row");
            assert_eq!(row.balance_after, balance);
            assert!(row.created_at >= row.at);
        }
        assert_eq!(account.balance(), balance, "history adds up");
        let books = trial_balance(&self.events);
        let book = |book| books.get(&book).copied().unwrap_or_default();
        assert_eq!(book(Book::CustomerActive), account.redeemable().as_balance());
        assert_eq!(book(Book::CustomerReserved), account.covered().as_balance());
        assert_eq!(book(Book::CustomerHeld), account.held().as_balance());
        assert_eq!(book(Book::CustomerDebt).checked_neg(), Some(account.debt.as_balance()));
    }
}

/// The account and its rows, from its events alone.
pub(in crate::ledger) fn replay(events: &[AccountEvent]) -> (Account, Vec<Row>) {
    let (first, others) = events.split_first().expect("an account begins with an event");
    let mut account = Account::open(first).unwrap();
    let mut rows = Vec::new();
    for event in others {
        rows.extend(account.apply(event).unwrap());
        tell_sale_figures(&mut rows, event);
    }
    (account, rows)
}

/// The books after `events`; each event adds up to zero by itself.
pub(in crate::ledger) fn trial_balance(events: &[AccountEvent]) -> BTreeMap<Book, Balance> {
    let mut books = BTreeMap::new();
    for event in events {
        let mut sum = Balance::ZERO;
        for posting in postings(event) {
            sum = sum.checked_add(posting.amount).unwrap();
            let book: &mut Balance = books.entry(posting.book).or_default();
            *book = book.checked_add(posting.amount).unwrap();
        }
        assert_eq!(sum, Balance::ZERO, "{event:?}");
    }
    books
}

pub(in crate::ledger) fn sale_of(event: &AccountEvent) -> Option<&RecordedSale> {
    if let AccountEvent::SaleRecorded(sale) = event { Some(sale) } else { None }
}

/// Given commands, each so many seconds after the one before, when one more, then what is told.
pub(in crate::ledger) fn check(
    change: impl FnOnce(&mut SettingsDraft),
    given: Vec<(i64, Action)>,
    when: (i64, Action),
    expected: &str,
) {
    let mut scene = Scene::new(change);
    for (seconds, action) in given {
        scene.wait(seconds).perform(action).expect("what is given is not refused");
    }
    scene.wait(when.0);
    check_next(&mut scene, when.1, expected);
}

/// When one more command, then what is told.
pub(in crate::ledger) fn check_next(scene: &mut Scene, when: Action, expected: &str) {
    let asked = format!("{when:?}");
    let found = match scene.perform(when) {
        Ok(events) => format!("{} | {}", told(&events), figures(scene.account())),
        Err(refusal) => format!("{} {}", refusal.code(), refusal.field().unwrap_or("-")),
    };
    assert_eq!(found, expected, "{asked}");
}

/// The settings as they are.
pub(in crate::ledger) fn plain(_: &mut SettingsDraft) {}

/// Balance = redeemable + held - debt.
pub(in crate::ledger) fn figures(account: &Account) -> String {
    let (balance, redeemable, held) = (account.balance(), account.redeemable(), account.held());
    format!("{balance} = {redeemable} + {held} - {}", account.debt)
}

pub(in crate::ledger) fn instant(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

pub(in crate::ledger) fn money(text: &str) -> Money {
    Money::parse(text, Precision::Exact).unwrap()
}

pub(in crate::ledger) fn bonus(text: &str) -> Bonus {
    Bonus::parse(text, Precision::Exact).unwrap()
}

pub(in crate::ledger) fn token(id: u64) -> NewToken {
    NewToken { id: TokenId(id), hash: [u8::try_from(id).unwrap(); 32] }
}

pub(in crate::ledger) fn register() -> Action {
    Action::Register(Register {
        customer: CustomerId(1),
        phone: Phone::from_number(992_901_234_567).unwrap(),
        full_name: None,
        token: None,
        welcome: true,
        mark: None,
        telegram: None,
        referral_code: None,
        inviter: None,
        change: None,
        confirmed: false,
    })
}

pub(in crate::ledger) fn authenticate(id: u64, name: Option<&str>) -> Action {
    let full_name = name.map(|name| FullName::parse(name).unwrap());
    Action::Authenticate(Authenticate { full_name, ..Authenticate::of(token(id)) })
}

pub(in crate::ledger) fn adjustment(amount: &str) -> Adjust {
    Adjust {
        amount: Balance::parse(amount).unwrap(),
        reason: Text::parse("goodwill").unwrap(),
        hold_seconds: 0,
        expires: None,
        allow_debt: false,
    }
}

pub(in crate::ledger) fn adjust(amount: &str) -> Action {
    Action::Adjust(adjustment(amount))
}

/// A lot that waits for so many seconds.
pub(in crate::ledger) fn hold(amount: &str, seconds: i64) -> Action {
    let hold_seconds = u32::try_from(seconds).unwrap();
    Action::Adjust(Adjust { hold_seconds, ..adjustment(amount) })
}

/// A debit that may leave a debt.
pub(in crate::ledger) fn owe(amount: &str) -> Action {
    Action::Adjust(Adjust { allow_debt: true, ..adjustment(amount) })
}

pub(in crate::ledger) fn redemption(amount: &str, order_total: &str) -> Redeem {
    Redeem {
        amount: bonus(amount),
        order_total: money(order_total),
        external_id: None,
        confirmation: Confirmation::Missing,
    }
}

pub(in crate::ledger) fn redeem(amount: &str, order_total: &str) -> Action {
    Action::Redeem(redemption(amount, order_total))
}
