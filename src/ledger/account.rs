//! A customer's bonus account: open lots, debt and totals, never past sales. Only `apply` changes it.

use crate::ledger::birthday::Birthday;
use crate::ledger::command::{CardNumber, FullName, Gender, TokenHash};
use crate::ledger::device::Device;
use crate::ledger::event::{AccountEvent, Draw};
use crate::ledger::expired::ExpiredSlice;
use crate::ledger::former_phone::FormerPhone;
use crate::ledger::gift::Gifts;
use crate::ledger::import::RowKey;
use crate::ledger::open_lots::OpenLots;
use crate::ledger::person::{Membership, Person};
use crate::ledger::referral::Referral;
use crate::ledger::reserve::{Reserve, ReserveId};
use crate::ledger::returned::Clawed;
use crate::ledger::row::Row;
use crate::ledger::standing::Standing;
use crate::ledger::tally::Tallies;
use crate::ledger::telegram::TelegramUser;
use crate::ledger::turnover::Turnover;
use crate::values::{
    Balance, Bonus, CustomerId, Date, LotId, Money, Phone, Timestamp, TokenId, TransactionId,
};
use thiserror::Error;

/// Most valid Bearer tokens of one customer; one more revokes the oldest.
pub const TOKENS_PER_CUSTOMER_MAX: usize = 10;

/// Most returned sales of one customer whose clawback is remembered until it is made good; one more
/// forgets the oldest.
pub const CLAWED_MAX: usize = 100;

/// A customer's account in one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: CustomerId,
    pub opened_at: Timestamp,
    pub phone: Option<Phone>,
    pub card: Option<CardNumber>,
    pub profile: Option<Box<Profile>>,
    pub blocked: bool,
    /// Oldest first.
    pub tokens: Vec<Token>,
    /// Lots with something left, in spend order.
    pub lots: OpenLots,
    /// What debits took beyond all lots; the next credit pays it.
    pub debt: Bonus,
    /// Money paid in sales.
    pub total_spent: Money,
    pub purchases: u64,
    /// The latest business time of a sale.
    pub last_visit_at: Option<Timestamp>,
    /// The sum of all history rows; equal to the lots less the debt at every step.
    pub history_balance: Balance,
    pub rows: u64,
    pub last_row_at: Timestamp,
    /// Sale records of any kind.
    pub sale_records: u64,
    pub tallies: Tallies,
    /// Money that returns took from `total_spent`, but not from what the tier goes by.
    pub kept_for_tier: Money,
    /// The latest business time of a return.
    pub last_return_at: Option<Timestamp>,
    /// Clawbacks to be made good by what still comes back; at most [`CLAWED_MAX`], oldest first.
    pub clawed: Vec<Clawed>,
    /// Open reserves in the order in which they were opened.
    pub reserves: Vec<Reserve>,
    /// What expired lately, in the order in which it did.
    pub expired: Vec<ExpiredSlice>,
    /// When the debt is written off; `None`: never, or there is none.
    pub debt_write_off_at: Option<Timestamp>,
    pub telegram: Option<Box<TelegramUser>>,
    /// Oldest first.
    pub devices: Vec<Device>,
    pub referral: Referral,
    pub standing: Standing,
    pub birthday: Option<Birthday>,
    /// When the last birthday bonus was paid.
    pub birthday_paid_at: Option<Timestamp>,
    /// Every expiry up to this instant has been noticed.
    pub noticed_through: Option<Timestamp>,
    /// The last notice of what lies on the shelf too long.
    pub overstock_noticed: Option<OverstockNotice>,
    /// Works for the chain: sales earn nothing.
    pub staff: bool,
    /// Earns, but redeems nothing.
    pub debit_denied: bool,
    pub gifts: Gifts,
    /// In the order in which they were given up.
    pub former_phones: Vec<FormerPhone>,
    /// The account that all of this went to; this one is a second name of it.
    pub merged_into: Option<CustomerId>,
    /// The accounts that are second names of this one.
    pub absorbed: Vec<CustomerId>,
    pub person: Option<Box<Person>>,
    pub membership: Membership,
    pub turnover: Turnover,
    /// The rows of imports that lead here.
    pub imported: Vec<RowKey>,
    /// When the customer was forgotten; from then on the account only remembers figures.
    pub forgotten_at: Option<Timestamp>,
}

/// A notice that was given of what lies on the shelf too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverstockNotice {
    /// Which synchronisation of the inventory it was about.
    pub sync: u64,
    pub at: Timestamp,
}

/// What a customer told about themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    pub full_name: Option<FullName>,
    pub birth_date: Option<Date>,
    pub gender: Option<Gender>,
}

/// A Bearer token as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub id: TokenId,
    pub hash: TokenHash,
}

/// An event that does not fit the account: a bug or a damaged journal, never the customer's fault.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Misfit {
    #[error("an event other than the opening one came first")]
    NotOpened,
    #[error("the account was opened twice")]
    OpenedTwice,
    #[error("lot {0} is not open")]
    NoSuchLot(LotId),
    #[error("lot {0} exists already")]
    LotTwice(LotId),
    #[error("the figures of lot {0} do not fit")]
    LotFigures(LotId),
    #[error("the figures of transaction {0} do not fit")]
    TransactionFigures(TransactionId),
    #[error("reserve {0} is not open")]
    NoSuchReserve(ReserveId),
    #[error("the figures of reserve {0} do not fit")]
    ReserveFigures(ReserveId),
    #[error("more debt is paid than there is")]
    DebtFigures,
    #[error("token {0} is not valid")]
    NoSuchToken(TokenId),
    #[error("a device is not registered")]
    NoSuchDevice,
    #[error("message {0} is not the oldest")]
    NoSuchMessage(u64),
    #[error("an amount left its range")]
    OutOfRange,
    #[error("a customer was forgotten twice, or with something left")]
    Forgotten,
}

impl Account {
    /// A new account from its opening event.
    ///
    /// # Errors
    /// `NotOpened` if `event` is another one.
    pub fn open(event: &AccountEvent) -> Result<Self, Misfit> {
        let AccountEvent::AccountOpened { customer, at } = event else {
            return Err(Misfit::NotOpened);
        };
        Ok(Self {
            id: *customer,
            opened_at: *at,
            phone: None,
            card: None,
            profile: None,
            blocked: false,
            tokens: Vec::new(),
            lots: OpenLots::default(),
            debt: Bonus::ZERO,
            total_spent: Money::ZERO,
            purchases: 0,
            last_visit_at: None,
            history_balance: Balance::ZERO,
            rows: 0,
            last_row_at: *at,
            sale_records: 0,
            tallies: Tallies::default(),
            kept_for_tier: Money::ZERO,
            last_return_at: None,
            clawed: Vec::new(),
            reserves: Vec::new(),
            expired: Vec::new(),
            debt_write_off_at: None,
            telegram: None,
            devices: Vec::new(),
            referral: Referral::default(),
            standing: Standing::default(),
            birthday: None,
            birthday_paid_at: None,
            noticed_through: None,
            overstock_noticed: None,
            staff: false,
            debit_denied: false,
            gifts: Gifts::default(),
            former_phones: Vec::new(),
            merged_into: None,
            absorbed: Vec::new(),
            person: None,
            membership: Membership::default(),
            turnover: Turnover::default(),
            imported: Vec::new(),
            forgotten_at: None,
        })
    }

    /// Lots less debt: the contract's `bonus_balance`, possibly negative.
    #[must_use]
    pub fn balance(&self) -> Balance {
        let lots = i64::try_from(self.lots.sums().all).unwrap_or(i64::MAX);
        Balance::from_cents(lots.saturating_sub(self.debt.as_balance().cents()))
    }

    /// What can be spent now: active, and not set aside.
    #[must_use]
    pub fn redeemable(&self) -> Bonus {
        part_of_lots(self.lots.sums().spendable).saturating_sub(self.cover_of_unexpired())
    }

    /// What waits for its activation.
    #[must_use]
    pub fn held(&self) -> Bonus {
        part_of_lots(self.lots.sums().held)
    }

    /// The money that the tier goes by.
    #[must_use]
    pub fn spent_for_tier(&self) -> Money {
        self.total_spent.checked_add(self.kept_for_tier).unwrap_or(self.total_spent)
    }

    /// The next instant at which something happens by itself: a lot activates or expires, a reserve
    /// lapses, debt is written off, the tier is looked at again, it is the customer's birthday, or the
    /// inviter's account is still to be told.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let lots = [self.lots.next_activation(), self.lots.next_end()].into_iter().flatten();
        let reserves = self.reserves.iter().map(|reserve| reserve.deadline);
        let birthday = self.birthday.map(|birthday| birthday.next_at);
        let review = self.standing.review_at;
        let others = [self.debt_write_off_at, review, birthday, self.referral.untold_since()];
        lots.chain(reserves).chain(others.into_iter().flatten()).min()
    }

    /// Takes an event in. Returns the history row it makes.
    ///
    /// # Errors
    /// A misfit if the event does not fit; the account may then be half changed and is thrown away.
    pub fn apply(&mut self, event: &AccountEvent) -> Result<Option<Row>, Misfit> {
        match event {
            AccountEvent::AccountOpened { .. } => return Err(Misfit::OpenedTwice),
            AccountEvent::PhoneAssigned { phone } => self.assign_phone(*phone),
            AccountEvent::CardAssigned { card } => self.card.clone_from(card),
            AccountEvent::ProfileChanged(profile) => self.profile = Some(profile.clone()),
            AccountEvent::TokenIssued { token, hash, .. } => {
                self.tokens.push(Token { id: *token, hash: *hash });
            }
            AccountEvent::TokenRevoked { token, .. } => self.revoke(*token)?,
            AccountEvent::Blocked { .. } => self.blocked = true,
            AccountEvent::Unblocked { .. } => self.blocked = false,
            AccountEvent::Credited(credit) => return self.credit(credit).map(Some),
            AccountEvent::LotActivated { lot, amount, debt_paid, .. } => {
                self.activate(*lot, *amount, *debt_paid)?;
            }
            AccountEvent::LotExpired { transaction, lot, amount, at } => {
                return self.expire(*transaction, *lot, *amount, *at).map(Some);
            }
            AccountEvent::Debited(debit) => return self.debit(debit).map(Some),
            AccountEvent::SaleRecorded(sale) => self.count_sale(sale)?,
            AccountEvent::RedemptionRecorded(_) => {
                self.sale_records = self.sale_records.saturating_add(1);
            }
            AccountEvent::AdjustmentRecorded { .. } => {}
            AccountEvent::DayCounted(count) => {
                self.tallies.count_day(count).ok_or(Misfit::OutOfRange)?;
            }
            AccountEvent::ClawedBack(clawback) => return self.claw_back(clawback),
            AccountEvent::Restored(restoration) => return self.restore(restoration).map(Some),
            AccountEvent::ReturnRecorded(returned) => self.count_return(returned)?,
            AccountEvent::Reserved(recorded) => self.set_aside(recorded)?,
            AccountEvent::ReserveReleased(release) => self.let_go(release)?,
            AccountEvent::LotKept { lot, amount, .. } => {
                self.keep(&Draw { lot: *lot, amount: *amount })?;
            }
            AccountEvent::ExpiryReverted(revert) => return self.revert_expiry(revert).map(Some),
            AccountEvent::DebtPaid { draws, .. } => self.pay_from(draws)?,
            AccountEvent::DebtDated { write_off_at, .. } => {
                self.debt_write_off_at = Some(*write_off_at);
            }
            AccountEvent::DebtWrittenOff { transaction, amount, at } => {
                return self.write_off_debt(*transaction, *amount, *at).map(Some);
            }
            AccountEvent::TelegramLinked(user) => self.telegram = Some(user.clone()),
            AccountEvent::DeviceRegistered(device) => self.register_device(device),
            AccountEvent::DeviceForgotten { token } => self.forget_device(token)?,
            AccountEvent::Referral(event) => self.referral.apply(event)?,
            AccountEvent::Tier(event) => self.standing.apply(event),
            AccountEvent::BirthdayAwaited(birthday) => self.birthday = *birthday,
            AccountEvent::ExpiryNoticed { expires_at, .. } => {
                self.noticed_through = self.noticed_through.max(Some(*expires_at));
            }
            AccountEvent::RewardTakenBack(taken) => return self.take_back(taken).map(Some),
            AccountEvent::LimitsGivenBack(back) => self.tallies.give_back(back),
            AccountEvent::OverstockNoticed { sync, at, .. } => {
                self.overstock_noticed = Some(OverstockNotice { sync: *sync, at: *at });
            }
            AccountEvent::FlagSet { flag, on, .. } => self.set_flag(*flag, *on),
            AccountEvent::PhoneRetired { phone, until, .. } => self.retire_phone(*phone, *until),
            AccountEvent::PhoneMarked { .. } => {}
            AccountEvent::MergedOut(out) => return self.hand_over(out),
            AccountEvent::MergedIn(merged) => return self.take_over(merged),
            AccountEvent::GiftForfeited(forfeit) => return self.forfeit(forfeit).map(Some),
            AccountEvent::Person(event) => self.take_person(event),
            AccountEvent::Import(event) => return self.take_import(event),
            AccountEvent::Forgotten { at, .. } => self.forget(*at)?,
        }
        Ok(None)
    }
}

/// A sum of some of an account's lots.
pub(super) fn part_of_lots(cents: u64) -> Bonus {
    Bonus::from_cents(cents).expect("apply keeps the sum of lots within range")
}
