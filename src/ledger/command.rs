//! What is asked of an account: one closed enum of actions, with the facts that a decision needs.

use crate::ledger::calendar::LocalTime;
use crate::ledger::campaign::CampaignTarget;
use crate::ledger::device::{Device, DeviceToken};
use crate::ledger::facts::Facts;
use crate::ledger::forget::Forget;
use crate::ledger::former_phone::PhoneMark;
use crate::ledger::guard::{AccountFlag, Confirmation, ExternalIdScope};
use crate::ledger::import::{ImportCustomer, ImportReversal, ImportSale};
use crate::ledger::merge::Merge;
use crate::ledger::operator::Operator;
use crate::ledger::person::CustomerChange;
use crate::ledger::referral::ReferralMessage;
use crate::ledger::refund::Refund;
use crate::ledger::reserve::ReserveId;
use crate::ledger::retail::RetailSale;
use crate::ledger::telegram::TelegramUser;
use crate::ledger::voucher::{GiftPart, VoucherCode, VoucherKind};
use crate::values::{
    Balance, Bonus, CustomerId, Date, Money, Phone, Quantity, ReferralCode, Text, TierId,
    Timestamp, TokenId, UnitPrice,
};
use std::sync::Arc;

/// The caller's own id of a sale or redemption; kept for ever.
pub type ExternalId = Text<255>;
pub type ReceiptNumber = Text<64>;
pub type PaymentMethod = Text<50>;
pub type StoreName = Text<255>;
pub type CashierName = Text<64>;
pub type FullName = Text<255>;
pub type Gender = Text<20>;
pub type CardNumber = Text<64>;
/// Why an operator did something.
pub type Reason = Text<255>;

/// SHA-256 of a secret text; what is stored instead of it.
pub type TokenHash = [u8; 32];

/// A command as an account's actor receives it.
#[derive(Debug, Clone)]
pub struct Command {
    /// The command's instant; everything due by then is settled first.
    pub now: Timestamp,
    pub action: Action,
    pub facts: Facts,
}

/// Who asked, for the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The partner's backend or till, by its signature.
    Partner,
    /// An operator of the house.
    Operator(Operator),
    /// The house itself: the sweeper of due dates.
    House,
    /// The tenant's ERP, by the tenant's token.
    Integration,
    /// The customer, through an app.
    Customer,
}

/// What marks an operation as seen: the hash of its caller's key, and of what it meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationMark {
    pub key: [u8; 16],
    pub meaning: [u8; 16],
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum Action {
    Register(Register),
    Authenticate(Authenticate),
    Sell(Box<Sell>),
    Redeem(Redeem),
    Adjust(Adjust),
    Block,
    Unblock,
    SetCard(Option<CardNumber>),
    /// Write off and activate what is due, nothing else.
    Settle,
    ChangeProfile(Box<ProfileChange>),
    Refund(Box<Refund>),
    SetAside(Box<SetAside>),
    CommitReserve(Box<CommitReserve>),
    ReleaseReserve(ReleaseReserve),
    LinkTelegram(TelegramUser),
    RegisterDevice(Device),
    ForgetDevice(DeviceToken),
    /// An operator sets a tier, or (`None`) takes it away.
    SetTier(Option<TierId>),
    /// A code for a customer who has none; that it is free is the directory's claim.
    AssignReferralCode(ReferralCode),
    /// What the account of somebody this customer invited has to tell; each message arrives once.
    TakeReferralMessage {
        invitee: CustomerId,
        message: ReferralMessage,
    },
    /// The inviter's account has taken a message in.
    ReferralTold {
        number: u64,
    },
    /// A campaign comes by.
    NoticeOverstock(OverstockOffer),
    /// What an operator says of a customer, or takes back.
    SetFlag {
        flag: AccountFlag,
        on: bool,
    },
    ChangePhone(PhoneChange),
    /// Take another account in.
    Merge(Box<Merge>),
    ChangeCustomer(Box<CustomerChange>),
    Archive,
    /// The customer has shown the code that was sent to their phone.
    ConfirmPhone,
    ImportCustomer(Box<ImportCustomer>),
    ImportSale(Box<ImportSale>),
    ReverseImport(Box<ImportReversal>),
    Forget(Box<Forget>),
}

/// What a campaign tells of.
#[derive(Debug, Clone)]
pub struct OverstockOffer {
    /// The synchronisation that began it.
    pub sync: u64,
    pub targets: Arc<Vec<CampaignTarget>>,
}

/// A new customer, with the token that logs them in where one is wanted.
#[derive(Debug, Clone)]
pub struct Register {
    pub customer: CustomerId,
    pub phone: Phone,
    pub full_name: Option<FullName>,
    pub token: Option<NewToken>,
    /// Whether this phone may still get the welcome bonus: once per phone and tenant.
    pub welcome: bool,
    /// By which it is remembered for ever that they got the phone.
    pub mark: Option<PhoneMark>,
    pub telegram: Option<TelegramUser>,
    /// The new customer's own code.
    pub referral_code: Option<ReferralCode>,
    pub inviter: Option<CustomerId>,
    /// What a shop writes down beside it.
    pub change: Option<Box<CustomerChange>>,
    /// Whether they showed a code that was sent to the phone.
    pub confirmed: bool,
}

/// A token for a customer who is known already.
#[derive(Debug, Clone)]
pub struct Authenticate {
    pub token: NewToken,
    /// Taken where the account has no name yet.
    pub full_name: Option<FullName>,
    /// Whether a blocked customer gets none (rule 16).
    pub unless_blocked: bool,
    /// Who logs in, where Telegram says so.
    pub telegram: Option<TelegramUser>,
}

/// Another phone for a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneChange {
    pub phone: Phone,
    /// By which it, and the phone before where it is not yet, are remembered for ever.
    pub marks: Vec<PhoneMark>,
    pub reason: Reason,
}

/// What customers change about themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileChange {
    pub full_name: Change<FullName>,
    pub birth_date: Change<Date>,
    pub gender: Change<Gender>,
}

/// What becomes of a field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

/// A Bearer token about to be issued; its text is known to the door alone.
#[derive(Debug, Clone, Copy)]
pub struct NewToken {
    pub id: TokenId,
    pub hash: TokenHash,
}

/// How the redeemed part is booked by the shop; null means `Discount` (rule 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedeemMode {
    PaymentType,
    Discount,
}

/// When a sale took place, as the till says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusinessTime {
    Instant(Timestamp),
    /// Without an offset: wall clock of the tenant's zone.
    Local(LocalTime),
}

/// Where a sale took place and who rang it up, in the till's own words (rule 31).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct PointOfSale {
    pub store: Option<StoreName>,
    pub cashier: Option<CashierName>,
}

/// A sale as the till reports it.
#[derive(Debug, Clone)]
pub struct Sell {
    pub total_amount: Money,
    pub gross_amount: Option<Money>,
    pub redeem_mode: RedeemMode,
    pub redeem: Bonus,
    pub external_id: Option<ExternalId>,
    pub receipt_number: Option<ReceiptNumber>,
    pub payment_method: Option<PaymentMethod>,
    pub point_of_sale: PointOfSale,
    pub sale_date: Option<BusinessTime>,
    pub lines: Vec<LineInput>,
    /// Spent before the balance; what the sale does not need of it is released.
    pub reserve: Option<ReserveId>,
    pub confirmation: Confirmation,
    /// Among what `external_id` was claimed.
    pub external_scope: ExternalIdScope,
    /// What gift cards pay, besides money and bonuses; a card that is named twice pays both parts.
    pub gift_cards: Vec<GiftPart>,
    pub coupons: Vec<VoucherCode>,
    /// What only the BonusPlus dialect says.
    pub retail: Option<Box<RetailSale>>,
}

/// A line of a sale as the till reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineInput {
    pub sku: Option<Text<64>>,
    pub category_code: Option<Text<64>>,
    pub name: Option<Text<255>>,
    pub quantity: Option<Quantity>,
    pub unit_price: Option<UnitPrice>,
    pub line_amount: Option<Money>,
}

/// Bonuses paid towards an order, without a sale.
#[derive(Debug, Clone)]
pub struct Redeem {
    pub amount: Bonus,
    pub order_total: Money,
    pub external_id: Option<ExternalId>,
    pub confirmation: Confirmation,
}

/// Bonuses put into a reserve, a new one or one that is open.
#[derive(Debug, Clone)]
pub struct SetAside {
    pub reserve: ReserveId,
    pub amount: Bonus,
    /// The order they are for, where its limits are to be checked already.
    pub order_total: Option<Money>,
    pub external_id: Option<ExternalId>,
    /// Whether the name is claimed for a new reserve; otherwise it must be that of an open one.
    pub claimed: bool,
    /// Whether a till of the BonusPlus dialect asks, whose reserves have a deadline of their own.
    pub by_plus: bool,
}

/// An order paid from a reserve; what it does not need is released.
#[derive(Debug, Clone)]
pub struct CommitReserve {
    pub reserve: ReserveId,
    pub redeem: Redeem,
}

/// Bonuses taken out of a reserve again.
#[derive(Debug, Clone)]
pub struct ReleaseReserve {
    pub reserve: ReserveId,
    /// At most; `None`: all of it.
    pub amount: Option<Bonus>,
}

/// An operator's correction of a balance.
#[derive(Debug, Clone)]
pub struct Adjust {
    /// Positive: a new lot of the manual pool; negative: a debit.
    pub amount: Balance,
    pub reason: Reason,
    pub hold_seconds: u32,
    /// The last local day on which the new lot can be spent; absent: as the tenant's settings say.
    pub expires: Option<Date>,
    /// Whether a debit may go below the redeemable balance and leave a debt.
    pub allow_debt: bool,
}

/// A read of an account.
#[derive(Debug, Clone, Copy, Default)]
pub struct LookUp {
    /// The order the caller has in mind, to tell how much of it bonuses may pay.
    pub check_amount: Option<Money>,
}

impl Actor {
    /// Who asked, without their name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Operator(_) => "operator",
            Self::House => "house",
            Self::Integration => "integration",
            Self::Customer => "customer",
        }
    }
}

impl<T> Change<T> {
    /// The field after the change.
    #[must_use]
    pub fn applied_to(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

impl Authenticate {
    /// A token for whoever the partner vouches for, blocked or not.
    #[must_use]
    pub const fn of(token: NewToken) -> Self {
        Self { token, full_name: None, unless_blocked: false, telegram: None }
    }
}

impl Sell {
    /// The gift cards and coupons that it names.
    pub fn vouchers(&self) -> impl Iterator<Item = (VoucherKind, &VoucherCode)> {
        let cards = self.gift_cards.iter().map(|part| (VoucherKind::GiftCard, &part.card));
        cards.chain(self.coupons.iter().map(|code| (VoucherKind::Coupon, code)))
    }

    /// What gift cards pay in all; `None`: more than there can be.
    #[must_use]
    pub fn gift_total(&self) -> Option<Money> {
        Money::checked_sum(self.gift_cards.iter().map(|part| part.amount))
    }
}

impl LineInput {
    /// The line's amount: as sent, else quantity times unit price (one piece if no quantity is
    /// given), else nothing. `None` if the product is above the largest amount.
    #[must_use]
    pub fn amount(&self) -> Option<Money> {
        match (self.line_amount, self.unit_price) {
            (Some(amount), _) => Some(amount),
            (None, Some(price)) => self.quantity.unwrap_or(Quantity::ONE).times_half_up(price),
            (None, None) => Some(Money::ZERO),
        }
    }
}
