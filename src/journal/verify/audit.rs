//! One account under audit: its state, and the same figures added up a second way from the postings and
//! the history rows.

use crate::journal::keys::LookUpKey;
use crate::journal::operation::{Additions, Capture, OperationRef};
use crate::journal::turn::Turn;
use crate::journal::verify::digest::Digest;
use crate::journal::verify::report::{Covered, Difference, Place};
use crate::journal::verify::returns::{check_clawback, check_restoration, check_return};
use crate::ledger::books::{Book, Posting, postings};
use crate::ledger::{
    Account, AccountEvent, Credit, CreditKind, Debit, DebitKind, LotOrigin, MovedParts,
    RecordedSale, Row, TakenBack, Trailed, invariants,
};
use crate::values::{Balance, Bonus, EventNumber, SaleId, TransactionId};
use std::mem::take;

/// An account as the journal says, as far as it was read.
#[derive(Default)]
pub(super) struct Audited {
    state: Option<Capture>,
    /// Running digests of all history rows and all sale records.
    pub(super) rows: Digest,
    pub(super) sales: Digest,
    /// The sum of the amounts of all history rows.
    rows_sum: i64,
    posted: Posted,
    /// The event at which the tables have it; 0: they do not.
    pub(super) stored_as_of: EventNumber,
    /// Whether it was compared with the tables.
    pub(super) compared: bool,
}

/// The customer's books, added up from postings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Posted {
    active: i64,
    held: i64,
    /// What is owed, as a negative amount.
    debt: i64,
    reserved: i64,
}

impl Posted {
    fn balance(self) -> Balance {
        let parts = [self.active, self.held, self.debt, self.reserved];
        Balance::from_cents(parts.into_iter().fold(0, i64::saturating_add))
    }
}

/// What came out of a turn.
pub(super) struct Taken {
    pub(super) postings: Vec<Posting>,
    pub(super) operations: Vec<(LookUpKey, OperationRef)>,
    pub(super) trails: Vec<Trailed>,
}

impl Turn<'_> {
    /// Where an event of this turn is.
    fn place(&self, index: usize) -> Place {
        let event = self.first.plus(count(index));
        Place::of_account(self.operation.tenant, self.customer, event)
    }
}

impl Audited {
    pub(super) fn new(stored_as_of: EventNumber) -> Self {
        Self { stored_as_of, ..Self::default() }
    }

    /// The state, and the last event in it.
    pub(super) fn state(&self) -> Option<(&Account, EventNumber)> {
        self.state.as_ref().map(|state| (&state.account, state.as_of))
    }

    /// Takes a turn in, checking every figure on the way.
    pub(super) fn take_turn(
        &mut self,
        turn: &Turn<'_>,
        covered: &mut Covered,
    ) -> Result<Taken, Box<Difference>> {
        turn.extend(&mut self.state)?;
        let Some(state) = &mut self.state else {
            return Err(turn.misfold(0, "it has no events").into());
        };
        let last = turn.events.len().saturating_sub(1);
        invariants::check_whole(&state.account).map_err(|broken| turn.misfold(last, &broken))?;
        let Additions { rows, sales, operations, trails, .. } = take(state.additions_mut());
        let (mut all, mut told) = (Vec::new(), Vec::new());
        for (index, event) in turn.events.iter().enumerate() {
            let (place, posted) = (turn.place(index), postings(event));
            self.post(&posted, place)?;
            check_event(turn, event, place)?;
            told.extend(balance_told(event).map(|told| (place, self.posted.balance(), told)));
            covered.lots += u64::from(matches!(event, AccountEvent::Credited(_)));
            all.extend(posted);
        }
        let place = turn.place(last);
        self.add_rows(&rows, place)?;
        self.sales.add_sales(&sales);
        covered.history_rows += count(rows.len());
        covered.sales += count(sales.len());
        self.check_totals(place)?;
        self.check_balances_told(&told)?;
        Ok(Taken { postings: all, operations, trails })
    }

    fn post(&mut self, postings: &[Posting], place: Place) -> Result<(), Box<Difference>> {
        let mut sum = 0_i128;
        for posting in postings {
            let cents = posting.amount.cents();
            sum += i128::from(cents);
            let book = match posting.book {
                Book::CustomerActive => &mut self.posted.active,
                Book::CustomerHeld => &mut self.posted.held,
                Book::CustomerDebt => &mut self.posted.debt,
                Book::CustomerReserved => &mut self.posted.reserved,
                Book::Issued(_)
                | Book::Redeemed
                | Book::Expired
                | Book::Adjusted
                | Book::ClawedBack
                | Book::DebtWrittenOff
                | Book::Moved
                | Book::Forfeited
                | Book::GiftCardsOpen
                | Book::GiftCardsIssued
                | Book::GiftCardsSpent
                | Book::GiftCardsExpired => continue,
            };
            *book = book.saturating_add(cents);
        }
        place.same("the sum of the postings", 0, sum)
    }

    fn add_rows(&mut self, rows: &[Row], place: Place) -> Result<(), Box<Difference>> {
        for row in rows {
            self.rows_sum = self.rows_sum.saturating_add(row.amount.cents());
            let told = row.balance_after.cents();
            place.same("the balance after a history row", self.rows_sum, told)?;
        }
        self.rows.add_rows(rows);
        Ok(())
    }

    /// Lots, postings and history are three ways to the same figures.
    fn check_totals(&self, place: Place) -> Result<(), Box<Difference>> {
        let Some((account, _)) = self.state() else { return Ok(()) };
        let posted = |cents| Balance::from_cents(cents);
        let active = account.redeemable().as_balance();
        place.same("active lots against their postings", posted(self.posted.active), active)?;
        let reserved = account.covered().as_balance();
        place.same("reserves against their postings", posted(self.posted.reserved), reserved)?;
        let held = account.held().as_balance();
        place.same("held lots against their postings", posted(self.posted.held), held)?;
        let debt = Balance::from_cents(account.debt.as_balance().cents().saturating_neg());
        place.same("debt against its postings", posted(self.posted.debt), debt)?;
        place.same("the balance against the history", posted(self.rows_sum), account.balance())
    }

    /// Balances that receipts tell are those of their moment, and the last one is that at the end of the operation:
    /// an import has several of one customer.
    fn check_balances_told(
        &self,
        told: &[(Place, Balance, Balance)],
    ) -> Result<(), Box<Difference>> {
        let what = "the balance that a receipt tells";
        for (place, expected, told) in told {
            place.same(what, *expected, *told)?;
        }
        match (told.last(), self.state()) {
            (Some((place, _, told)), Some((account, _))) => {
                place.same(what, account.balance(), *told)
            }
            (None, _) | (_, None) => Ok(()),
        }
    }
}

/// What an event says must be what the others of its operation say.
fn check_event(turn: &Turn<'_>, event: &AccountEvent, place: Place) -> Result<(), Box<Difference>> {
    match event {
        AccountEvent::Debited(debit) => {
            let drawn = debit.draws.iter().map(|draw| draw.amount).chain([debit.debt]);
            let drawn = Bonus::checked_sum(drawn).unwrap_or_default();
            place.same("a debit against its draws and debt", debit.amount, drawn)
        }
        AccountEvent::SaleRecorded(sale) => check_sale(turn, sale, place),
        AccountEvent::RedemptionRecorded(redemption) => {
            let redeemed = sum(debits(turn).filter(|one| one.sale == Some(redemption.id)));
            place.same("a redemption against its debit", redemption.amount, redeemed)
        }
        AccountEvent::AdjustmentRecorded { transaction, amount, .. } => {
            place.same("an adjustment against its movement", *amount, adjusted(turn, *transaction))
        }
        AccountEvent::ClawedBack(clawback) => check_clawback(clawback, place),
        AccountEvent::Restored(restoration) => check_restoration(restoration, place),
        AccountEvent::ReturnRecorded(returned) => check_return(turn, returned, place),
        AccountEvent::AccountOpened { .. }
        | AccountEvent::PhoneAssigned { .. }
        | AccountEvent::CardAssigned { .. }
        | AccountEvent::ProfileChanged(_)
        | AccountEvent::Person(_)
        | AccountEvent::TokenIssued { .. }
        | AccountEvent::TokenRevoked { .. }
        | AccountEvent::Blocked { .. }
        | AccountEvent::FlagSet { .. }
        | AccountEvent::Unblocked { .. }
        | AccountEvent::Credited(_)
        | AccountEvent::LotActivated { .. }
        | AccountEvent::LotExpired { .. }
        | AccountEvent::DayCounted(_)
        | AccountEvent::Reserved(_)
        | AccountEvent::ReserveReleased(_)
        | AccountEvent::LotKept { .. }
        | AccountEvent::ExpiryReverted(_)
        | AccountEvent::DebtPaid { .. }
        | AccountEvent::DebtDated { .. }
        | AccountEvent::DebtWrittenOff { .. }
        | AccountEvent::TelegramLinked(_)
        | AccountEvent::DeviceRegistered(_)
        | AccountEvent::DeviceForgotten { .. }
        | AccountEvent::Referral(_)
        | AccountEvent::Tier(_)
        | AccountEvent::BirthdayAwaited(_)
        | AccountEvent::ExpiryNoticed { .. }
        | AccountEvent::LimitsGivenBack(_)
        | AccountEvent::OverstockNoticed { .. } => Ok(()),
        AccountEvent::PhoneRetired { .. }
        | AccountEvent::PhoneMarked { .. }
        | AccountEvent::Forgotten { .. } => Ok(()),
        AccountEvent::MergedOut(out) => {
            let told = balance_of(&out.parts);
            place.same("what an account gave away against its parts", out.amount, told)
        }
        AccountEvent::MergedIn(merged) => {
            let told = balance_of(&merged.estate.parts());
            place.same("what an account took in against its parts", merged.amount, told)
        }
        AccountEvent::GiftForfeited(forfeit) => {
            let drawn = forfeit.draws.iter().map(|draw| draw.amount);
            let drawn = Bonus::checked_sum(drawn).unwrap_or_default();
            place.same("a gift given up against its draws", forfeit.amount, drawn)
        }
        AccountEvent::Import(event) => match event.taken() {
            Some(taken) => check_taken_back(taken, place),
            None => Ok(()),
        },
        AccountEvent::RewardTakenBack(taken) => check_taken_back(taken, place),
    }
}

fn check_taken_back(taken: &TakenBack, place: Place) -> Result<(), Box<Difference>> {
    let drawn = taken.draws.iter().map(|draw| draw.amount).chain([taken.debt]);
    let drawn = Bonus::checked_sum(drawn).unwrap_or_default();
    place.same("what was taken back against its draws and debt", taken.amount, drawn)
}

fn balance_of(parts: &MovedParts) -> Balance {
    let credits = [parts.active, parts.held, parts.reserved].map(|part| part.as_balance().cents());
    let credits = credits.into_iter().fold(0, i64::saturating_add);
    Balance::from_cents(credits.saturating_sub(parts.debt.as_balance().cents()))
}

fn check_sale(turn: &Turn<'_>, sale: &RecordedSale, place: Place) -> Result<(), Box<Difference>> {
    let redeemed = sum(debits(turn).filter(|debit| debit.sale == Some(sale.id)));
    place.same("what a sale redeemed against its debit", sale.redeemed, redeemed)?;
    let accrued = credits(turn).filter(|credit| earned_by(credit, sale.id));
    let accrued = Bonus::checked_sum(accrued.map(|credit| credit.amount)).unwrap_or_default();
    place.same("what a sale accrued against its credit", sale.accrued, accrued)?;
    let splits = sale.lines.iter().map(|line| line.split).chain(sale.unlisted);
    let lines = Bonus::checked_sum(splits.map(|split| split.accrual)).unwrap_or_default();
    place.same("what a sale accrued against its lines", sale.accrued, lines)
}

/// The balance that a receipt tells.
fn balance_told(event: &AccountEvent) -> Option<Balance> {
    match event {
        AccountEvent::SaleRecorded(sale) => Some(sale.balance_after),
        AccountEvent::RedemptionRecorded(redemption) => Some(redemption.balance_after),
        AccountEvent::AdjustmentRecorded { balance_after, .. } => Some(*balance_after),
        AccountEvent::ReturnRecorded(returned) => Some(returned.balance_after),
        AccountEvent::Reserved(recorded) => Some(recorded.balance_after),
        AccountEvent::AccountOpened { .. }
        | AccountEvent::PhoneAssigned { .. }
        | AccountEvent::CardAssigned { .. }
        | AccountEvent::ProfileChanged(_)
        | AccountEvent::Person(_)
        | AccountEvent::TokenIssued { .. }
        | AccountEvent::TokenRevoked { .. }
        | AccountEvent::Blocked { .. }
        | AccountEvent::FlagSet { .. }
        | AccountEvent::Unblocked { .. }
        | AccountEvent::Credited(_)
        | AccountEvent::LotActivated { .. }
        | AccountEvent::LotExpired { .. }
        | AccountEvent::Debited(_)
        | AccountEvent::DayCounted(_)
        | AccountEvent::ClawedBack(_)
        | AccountEvent::Restored(_)
        | AccountEvent::ReserveReleased(_)
        | AccountEvent::LotKept { .. }
        | AccountEvent::ExpiryReverted(_)
        | AccountEvent::DebtPaid { .. }
        | AccountEvent::DebtDated { .. }
        | AccountEvent::DebtWrittenOff { .. }
        | AccountEvent::TelegramLinked(_)
        | AccountEvent::DeviceRegistered(_)
        | AccountEvent::DeviceForgotten { .. }
        | AccountEvent::Referral(_)
        | AccountEvent::Tier(_)
        | AccountEvent::BirthdayAwaited(_)
        | AccountEvent::ExpiryNoticed { .. }
        | AccountEvent::RewardTakenBack(_)
        | AccountEvent::LimitsGivenBack(_)
        | AccountEvent::OverstockNoticed { .. }
        | AccountEvent::PhoneRetired { .. }
        | AccountEvent::PhoneMarked { .. }
        | AccountEvent::MergedOut(_)
        | AccountEvent::MergedIn(_)
        | AccountEvent::GiftForfeited(_)
        | AccountEvent::Import(_)
        | AccountEvent::Forgotten { .. } => None,
    }
}

fn earned_by(credit: &Credit, sale: SaleId) -> bool {
    credit.kind == CreditKind::Accrual && credit.origin == LotOrigin::Sale(sale)
}

/// What an adjustment moved, signed.
fn adjusted(turn: &Turn<'_>, transaction: TransactionId) -> Balance {
    let given = credits(turn)
        .filter(|one| one.kind == CreditKind::Adjust && one.transaction == transaction)
        .map(|one| one.amount.as_balance().cents());
    let taken = debits(turn)
        .filter(|one| one.kind == DebitKind::Adjust && one.transaction == transaction)
        .map(|one| one.amount.as_balance().cents().saturating_neg());
    Balance::from_cents(given.chain(taken).fold(0, i64::saturating_add))
}

fn credits<'a>(turn: &Turn<'a>) -> impl Iterator<Item = &'a Credit> + use<'a> {
    turn.events.iter().filter_map(|event| {
        if let AccountEvent::Credited(credit) = event { Some(credit) } else { None }
    })
}

fn debits<'a>(turn: &Turn<'a>) -> impl Iterator<Item = &'a Debit> + use<'a> {
    turn.events.iter().filter_map(|event| {
        if let AccountEvent::Debited(debit) = event { Some(debit) } else { None }
    })
}

fn sum<'a>(debits: impl Iterator<Item = &'a Debit>) -> Bonus {
    Bonus::checked_sum(debits.map(|debit| debit.amount)).unwrap_or_default()
}

pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
