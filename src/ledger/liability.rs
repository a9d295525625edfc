//! What a chain owes its customers, and how it came to that: every event of an account moves value in one
//! column, pool by pool, so that opening + issued - redeemed - expired + reversed + adjusted + moved is
//! closing (rule 30).

use crate::ledger::account::{Account, Misfit};
use crate::ledger::books::{Book, postings, voucher_postings};
use crate::ledger::event::{AccountEvent, Credit, CreditKind, DebitKind};
use crate::ledger::lot::{Lot, Pool};
use crate::ledger::voucher::VoucherEvent;
use crate::values::{Balance, Timestamp};
use std::collections::BTreeMap;

/// Where value stands: in the lots of a pool, or in what customers owe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LiabilityLine {
    Pool(Pool),
    Debt,
}

/// How long ago a lot became spendable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LotAge {
    /// It is not yet.
    Held,
    UpTo30Days,
    UpTo90Days,
    UpTo180Days,
    UpTo365Days,
    Older,
}

/// Why value moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Issued,
    Redeemed,
    Expired,
    Reversed,
    Adjusted,
    Moved,
}

/// What moved, by column; the first three take or give in their own direction, the last three are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Movements {
    pub issued: Balance,
    pub redeemed: Balance,
    pub expired: Balance,
    pub reversed: Balance,
    pub adjusted: Balance,
    pub moved: Balance,
}

/// All that ever moved, and the books of it, as far as events were taken in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LiabilityFold {
    pub lines: BTreeMap<LiabilityLine, Movements>,
    pub books: BTreeMap<Book, Balance>,
}

/// What every line holds, by age.
pub type LiabilityAges = BTreeMap<(LiabilityLine, LotAge), Balance>;

impl LiabilityLine {
    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pool(pool) => pool.name(),
            Self::Debt => "debt",
        }
    }
}

impl LotAge {
    pub const ALL: [Self; 6] = [
        Self::Held,
        Self::UpTo30Days,
        Self::UpTo90Days,
        Self::UpTo180Days,
        Self::UpTo365Days,
        Self::Older,
    ];

    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::UpTo30Days => "days_0_30",
            Self::UpTo90Days => "days_31_90",
            Self::UpTo180Days => "days_91_180",
            Self::UpTo365Days => "days_181_365",
            Self::Older => "days_366_on",
        }
    }

    fn of(lot: &Lot, now: Timestamp) -> Self {
        const DAY: i64 = 86_400_000;
        if !lot.active {
            return Self::Held;
        }
        match now.millis_since(lot.activates_at).div_euclid(DAY) {
            i64::MIN..=30 => Self::UpTo30Days,
            31..=90 => Self::UpTo90Days,
            91..=180 => Self::UpTo180Days,
            181..=365 => Self::UpTo365Days,
            366.. => Self::Older,
        }
    }
}

impl Movements {
    /// What they leave: value given less value taken.
    #[must_use]
    pub fn balance(&self) -> Balance {
        let signs = [
            (self.issued, 1),
            (self.redeemed, -1),
            (self.expired, -1),
            (self.reversed, 1),
            (self.adjusted, 1),
            (self.moved, 1),
        ];
        let cents = signs.into_iter().map(|(amount, sign)| amount.cents().saturating_mul(sign));
        Balance::from_cents(cents.fold(0, i64::saturating_add))
    }

    /// What of it came after `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let less = |one: Balance, other: Balance| {
            Balance::from_cents(one.cents().saturating_sub(other.cents()))
        };
        Self {
            issued: less(self.issued, earlier.issued),
            redeemed: less(self.redeemed, earlier.redeemed),
            expired: less(self.expired, earlier.expired),
            reversed: less(self.reversed, earlier.reversed),
            adjusted: less(self.adjusted, earlier.adjusted),
            moved: less(self.moved, earlier.moved),
        }
    }

    fn add(&mut self, column: Column, delta: i64) {
        let (place, delta) = match column {
            Column::Issued => (&mut self.issued, delta),
            Column::Redeemed => (&mut self.redeemed, delta.saturating_neg()),
            Column::Expired => (&mut self.expired, delta.saturating_neg()),
            Column::Reversed => (&mut self.reversed, delta),
            Column::Adjusted => (&mut self.adjusted, delta),
            Column::Moved => (&mut self.moved, delta),
        };
        *place = Balance::from_cents(place.cents().saturating_add(delta));
    }
}

impl LiabilityFold {
    /// Takes the events of an account in, which was `before` them (`None`: they open it).
    ///
    /// # Errors
    /// A misfit if they do not fit.
    pub fn take(
        &mut self,
        before: Option<&Account>,
        events: &[AccountEvent],
    ) -> Result<(), Misfit> {
        let mut account = before.cloned();
        for event in events {
            for posting in postings(event) {
                self.post(posting.book, posting.amount);
            }
            match &mut account {
                None => account = Some(Account::open(event)?),
                Some(account) => self.take_one(account, event)?,
            }
        }
        Ok(())
    }

    /// Takes what happened to a gift card or a coupon in: it is in the books alone.
    pub fn take_voucher(&mut self, events: &[VoucherEvent]) {
        for posting in events.iter().flat_map(voucher_postings) {
            self.post(posting.book, posting.amount);
        }
    }

    /// All that is owed.
    #[must_use]
    pub fn balance(&self) -> Balance {
        let cents = self.lines.values().map(|line| line.balance().cents());
        Balance::from_cents(cents.fold(0, i64::saturating_add))
    }

    fn take_one(&mut self, account: &mut Account, event: &AccountEvent) -> Result<(), Misfit> {
        let Some(column) = column_of(event) else {
            account.apply(event)?;
            return Ok(());
        };
        let before = held_by(account);
        account.apply(event)?;
        if let AccountEvent::Credited(credit) = event {
            self.credit(column, credit);
            return Ok(());
        }
        let mut deltas = held_by(account);
        for (line, cents) in before {
            let delta = deltas.entry(line).or_default();
            *delta = delta.saturating_sub(cents);
        }
        for (line, delta) in deltas.into_iter().filter(|(_, delta)| *delta != 0) {
            self.lines.entry(line).or_default().add(column, delta);
        }
        Ok(())
    }

    /// What pays a debt is issued to its pool all the same, and moves on.
    fn credit(&mut self, column: Column, credit: &Credit) {
        let (amount, paid) =
            (credit.amount.as_balance().cents(), credit.debt_paid.as_balance().cents());
        let pool = self.lines.entry(LiabilityLine::Pool(credit.pool)).or_default();
        pool.add(column, amount);
        pool.add(Column::Moved, paid.saturating_neg());
        if paid != 0 {
            self.lines.entry(LiabilityLine::Debt).or_default().add(Column::Moved, paid);
        }
    }

    fn post(&mut self, book: Book, amount: Balance) {
        let balance = self.books.entry(book).or_default();
        *balance = Balance::from_cents(balance.cents().saturating_add(amount.cents()));
    }
}

/// Adds what an account holds at an instant; it must have been settled by then.
pub fn add_ages(ages: &mut LiabilityAges, account: &Account, now: Timestamp) {
    let mut add = |line, age, cents: i64| {
        let held: &mut Balance = ages.entry((line, age)).or_default();
        *held = Balance::from_cents(held.cents().saturating_add(cents));
    };
    for lot in &account.lots {
        let cents = lot.remaining.as_balance().cents();
        add(LiabilityLine::Pool(lot.pool), LotAge::of(lot, now), cents);
    }
    if !account.debt.is_zero() {
        let owed = account.debt.as_balance().cents().saturating_neg();
        // Debt has no age: it is there now.
        add(LiabilityLine::Debt, LotAge::UpTo30Days, owed);
    }
}

/// What an account holds, line by line.
fn held_by(account: &Account) -> BTreeMap<LiabilityLine, i64> {
    let mut held: BTreeMap<LiabilityLine, i64> = BTreeMap::new();
    for lot in &account.lots {
        let cents = held.entry(LiabilityLine::Pool(lot.pool)).or_default();
        *cents = cents.saturating_add(lot.remaining.as_balance().cents());
    }
    if !account.debt.is_zero() {
        held.insert(LiabilityLine::Debt, account.debt.as_balance().cents().saturating_neg());
    }
    held
}

/// The column that an event moves value in; `None`: it moves none.
fn column_of(event: &AccountEvent) -> Option<Column> {
    match event {
        AccountEvent::Credited(credit) => Some(match credit.kind {
            CreditKind::Adjust => Column::Adjusted,
            CreditKind::Accrual
            | CreditKind::Welcome
            | CreditKind::Birthday
            | CreditKind::ReferralInviter
            | CreditKind::ReferralInvitee
            | CreditKind::Import => Column::Issued,
        }),
        AccountEvent::Debited(debit) => Some(match debit.kind {
            DebitKind::Redeem => Column::Redeemed,
            DebitKind::Adjust => Column::Adjusted,
        }),
        AccountEvent::LotExpired { .. } => Some(Column::Expired),
        AccountEvent::ClawedBack(_)
        | AccountEvent::Restored(_)
        | AccountEvent::ExpiryReverted(_)
        | AccountEvent::RewardTakenBack(_)
        | AccountEvent::Import(_) => Some(Column::Reversed),
        AccountEvent::DebtWrittenOff { .. } | AccountEvent::GiftForfeited(_) => {
            Some(Column::Adjusted)
        }
        AccountEvent::LotActivated { .. }
        | AccountEvent::DebtPaid { .. }
        | AccountEvent::MergedOut(_)
        | AccountEvent::MergedIn(_) => Some(Column::Moved),
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
        | AccountEvent::SaleRecorded(_)
        | AccountEvent::RedemptionRecorded(_)
        | AccountEvent::AdjustmentRecorded { .. }
        | AccountEvent::DayCounted(_)
        | AccountEvent::ReturnRecorded(_)
        | AccountEvent::Reserved(_)
        | AccountEvent::ReserveReleased(_)
        | AccountEvent::LotKept { .. }
        | AccountEvent::DebtDated { .. }
        | AccountEvent::TelegramLinked(_)
        | AccountEvent::DeviceRegistered(_)
        | AccountEvent::DeviceForgotten { .. }
        | AccountEvent::Referral(_)
        | AccountEvent::Tier(_)
        | AccountEvent::BirthdayAwaited(_)
        | AccountEvent::ExpiryNoticed { .. }
        | AccountEvent::LimitsGivenBack(_)
        | AccountEvent::OverstockNoticed { .. }
        | AccountEvent::PhoneRetired { .. }
        | AccountEvent::PhoneMarked { .. }
        | AccountEvent::Forgotten { .. } => None,
    }
}
