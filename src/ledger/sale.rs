//! A sale as it is recorded: what the till said, and every figure that was decided about it.

use crate::ledger::command::{
    ExternalId, LineInput, PaymentMethod, PointOfSale, ReceiptNumber, RedeemMode,
};
use crate::ledger::event::AccountEvent;
use crate::ledger::facts::{PastWindow, RedemptionFact};
use crate::ledger::guard::ExternalIdScope;
use crate::ledger::promotion::PromotionRef;
use crate::ledger::retail::RetailSale;
use crate::ledger::returned::RecordedReturn;
use crate::ledger::voucher::{GiftPart, UsedCoupon};
use crate::values::{
    Balance, Bonus, EventNumber, Money, Multiplier, Percent, PromotionId, SaleId, SettingsVersion,
    TierId, Timestamp, TransactionId,
};
use std::sync::Arc;

/// Most lines in one sale (contract).
pub const LINES_MAX: usize = 200;

/// What a sale record is of: a purchase, bonuses paid towards an order, or a return of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaleKind {
    Purchase,
    Redemption,
    /// Of goods or of a redemption; its figures take away.
    Return,
}

/// A committed sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedSale {
    pub id: SaleId,
    /// The business time.
    pub at: Timestamp,
    /// Whether it arrived more than [`crate::ledger::LATE_AFTER_SECONDS`] after its business time.
    pub late: bool,
    /// Money really paid.
    pub total: Money,
    pub gross: Option<Money>,
    pub redeem_mode: RedeemMode,
    pub redeemed: Bonus,
    /// The earlier redemption that this sale completed.
    pub completes: Option<RedemptionFact>,
    pub accrued: Bonus,
    /// What the receipt earned by, and under which version of the settings.
    pub tier: TierId,
    pub percent: Percent,
    pub earned_under: SettingsVersion,
    /// Bonuses that the till gave away in a late sale and that nothing covers (rule 20).
    pub unfunded: Bonus,
    pub external_id: Option<ExternalId>,
    pub receipt_number: Option<ReceiptNumber>,
    pub payment_method: Option<PaymentMethod>,
    pub point_of_sale: PointOfSale,
    pub lines: Vec<RecordedLine>,
    /// The part of the receipt that no line lists.
    pub unlisted: Option<Split>,
    pub balance_after: Balance,
    /// The lines that promotions had a part in; of all others the multiplier is 1.
    pub promoted: Vec<PromotedLine>,
    /// Among what `external_id` is taken.
    pub external_scope: ExternalIdScope,
    /// What gift cards paid, each card once; their shares of the lines are in the splits.
    pub gift_cards: Vec<GiftPart>,
    pub coupons: Vec<UsedCoupon>,
    /// What only the BonusPlus dialect says.
    pub retail: Option<Box<RetailSale>>,
}

/// What promotions made of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromotedLine {
    /// The index of the line; `None`: the part of the receipt that no line lists.
    pub line: Option<u16>,
    /// What the line's base times its percent was multiplied by.
    pub multiplier: Multiplier,
    /// What came on top of it, before limits of the receipt.
    pub fixed: Bonus,
    /// In order; never empty.
    pub promotions: Vec<PromotionRef>,
}

impl RecordedSale {
    /// The promotions that were used on the receipt, each once, by id.
    #[must_use]
    pub fn promotions_used(&self) -> Vec<PromotionId> {
        promotions_of(&self.promoted)
    }
}

/// The promotions of some lines, each once, by id.
pub(in crate::ledger) fn promotions_of(promoted: &[PromotedLine]) -> Vec<PromotionId> {
    let lines = promoted.iter().flat_map(|line| &line.promotions);
    let mut used: Vec<PromotionId> = lines.map(|reference| reference.promotion).collect();
    used.sort_unstable();
    used.dedup();
    used
}

/// A line with its shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedLine {
    pub input: LineInput,
    pub split: Split,
}

/// What of the receipt's figures falls on one line (rule 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// Money paid for the line.
    pub net: Money,
    /// Bonuses paid for the line.
    pub redeem_share: Bonus,
    /// Paid for the line with gift cards.
    pub gift_share: Money,
    /// What the line earns on.
    pub base: Money,
    pub percent: Percent,
    pub accrual: Bonus,
}

/// Bonuses paid towards an order, recorded as a sale of kind redemption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRedemption {
    pub id: SaleId,
    pub transaction: TransactionId,
    pub at: Timestamp,
    pub amount: Bonus,
    pub order_total: Money,
    pub external_id: Option<ExternalId>,
    pub balance_after: Balance,
}

/// A sale record, as a customer's list of purchases shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaleRecord {
    Purchase(Arc<RecordedSale>),
    Redemption(Box<RecordedRedemption>),
    Return(Box<RecordedReturn>),
}

impl SaleRecord {
    /// The record that an event makes, if it makes one.
    #[must_use]
    pub fn of(event: &AccountEvent) -> Option<Self> {
        if let AccountEvent::SaleRecorded(sale) = event {
            return Some(Self::Purchase(Arc::clone(sale)));
        }
        if let AccountEvent::RedemptionRecorded(redemption) = event {
            return Some(Self::Redemption(redemption.clone()));
        }
        if let AccountEvent::ReturnRecorded(returned) = event {
            return Some(Self::Return(returned.clone()));
        }
        None
    }

    /// The record with an id among the events of the operation that made it.
    #[must_use]
    pub fn find(events: &[AccountEvent], id: SaleId) -> Option<Self> {
        events.iter().find_map(|event| match event {
            AccountEvent::SaleRecorded(sale) if sale.id == id => {
                Some(Self::Purchase(Arc::clone(sale)))
            }
            AccountEvent::RedemptionRecorded(redemption) if redemption.id == id => {
                Some(Self::Redemption(redemption.clone()))
            }
            AccountEvent::ReturnRecorded(returned) if returned.id == id => {
                Some(Self::Return(returned.clone()))
            }
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
            | AccountEvent::SaleRecorded(_)
            | AccountEvent::RedemptionRecorded(_)
            | AccountEvent::AdjustmentRecorded { .. }
            | AccountEvent::DayCounted(_)
            | AccountEvent::ClawedBack(_)
            | AccountEvent::Restored(_)
            | AccountEvent::ReturnRecorded(_)
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
        })
    }
}

/// A compact reference to a sale record, for lists and for questions about the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaleRow {
    pub id: SaleId,
    pub kind: SaleKind,
    /// The first event of the operation that recorded it.
    pub event: EventNumber,
    /// The business time.
    pub at: Timestamp,
    pub total: Money,
    pub accrued: Bonus,
    pub redeemed: Bonus,
    /// Of a return whose money no longer counts towards the tier: when it had been spent.
    pub unspent_at: Option<Timestamp>,
}

impl PastWindow {
    /// Whether what a sale record moved counts: of a sale its money, of a return what is to be added
    /// again, since it was taken back only later.
    #[must_use]
    pub fn holds(&self, row: &SaleRow) -> bool {
        let counted = match row.kind {
            SaleKind::Purchase => true,
            SaleKind::Redemption => false,
            SaleKind::Return => row
                .unspent_at
                .is_some_and(|spent_at| self.since.is_none_or(|since| spent_at >= since)),
        };
        counted && row.at > self.after
    }
}
