//! What happened to an account, as it is stored. The order of variants and fields is the format:
//! a new event is a new variant at the end, a changed event is a new variant too.

use crate::journal::codec::{BorrowDecode, CodecError, Encode};
use crate::journal::record::day_count::StoredDayCount;
use crate::journal::record::fields::{all, balance, bonus, date, instant, text};
use crate::journal::record::guard::StoredAccountFlag;
use crate::journal::record::import::StoredImportEvent;
use crate::journal::record::lots::{StoredCredit, StoredDebit};
use crate::journal::record::merge::StoredMergeEvent;
use crate::journal::record::person::{StoredMembershipEvent, stored_person_event};
use crate::journal::record::referral::{StoredReferralEvent, StoredTakenBack};
use crate::journal::record::reserve::StoredReserveOrDebt;
use crate::journal::record::returns::{
    StoredClawback, StoredRestoration, StoredReturn, StoredWholeReturn,
};
use crate::journal::record::sale::{StoredRedemption, StoredSale, StoredWholeSale};
use crate::journal::record::sealing::Envelope;
use crate::journal::record::standing::StoredTierEvent;
use crate::ledger::{AccountEvent, DayCount, LimitsGivenBack, TokenHash};
use crate::values::{CustomerId, LotId, PromotionId, Text, TokenId, TransactionId};
use std::sync::Arc;

/// Something that happened to an account.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) enum StoredAccountEvent<'a> {
    AccountOpened { customer: u64, at: i64 },
    Personal(Envelope),
    TokenIssued { token: u64, hash: TokenHash, at: i64 },
    TokenRevoked { token: u64, at: i64 },
    Blocked { at: i64 },
    Unblocked { at: i64 },
    Credited(StoredCredit),
    LotActivated { lot: u64, amount: u64, debt_paid: u64, at: i64 },
    LotExpired { transaction: u64, lot: u64, amount: u64, at: i64 },
    Debited(StoredDebit),
    SaleRecorded(StoredSale<'a>),
    RedemptionRecorded(StoredRedemption<'a>),
    AdjustmentRecorded { transaction: u64, amount: i64, reason: &'a str, balance_after: i64 },
    SaleRecordedWhole(StoredWholeSale<'a>),
    DayCounted { day: i32, earned: u64, redeemed: u64, promotions: Vec<u32> },
    ClawedBack(StoredClawback),
    Restored(StoredRestoration),
    ReturnRecorded(StoredReturn<'a>),
    ReserveOrDebt(StoredReserveOrDebt<'a>),
    Referral(StoredReferralEvent<'a>),
    Tier(StoredTierEvent),
    ExpiryNoticed { amount: u64, expires_at: i64, at: i64 },
    RewardTakenBack(StoredTakenBack),
    ReturnRecordedWhole(StoredWholeReturn<'a>),
    LimitsGivenBack { days: Vec<StoredDayCount>, promotions: Vec<u32> },
    OverstockNoticed { promotion: u32, sync: u64, at: i64 },
    FlagSet { flag: StoredAccountFlag, on: bool, at: i64 },
    DayCountedWithSales { day: i32, earned: u64, redeemed: u64, promotions: Vec<u32>, sales: u32 },
    Merge(StoredMergeEvent<'a>),
    Membership(StoredMembershipEvent),
    Import(StoredImportEvent),
    Forgotten { reason: &'a str, at: i64 },
}

impl StoredAccountEvent<'_> {
    /// What of it is personal.
    pub(super) fn envelope(&mut self) -> Option<&mut Envelope> {
        if let Self::Personal(envelope) = self { Some(envelope) } else { None }
    }
}

impl<'a> From<&'a AccountEvent> for StoredAccountEvent<'a> {
    #[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
    fn from(event: &'a AccountEvent) -> Self {
        match event {
            AccountEvent::AccountOpened { customer, at } => {
                Self::AccountOpened { customer: customer.number(), at: at.millis() }
            }
            AccountEvent::PhoneAssigned { phone } => Self::Personal(Envelope::of_phone(*phone)),
            AccountEvent::CardAssigned { card } => {
                Self::Personal(Envelope::of_card(card.as_ref().map(Text::as_str)))
            }
            AccountEvent::ProfileChanged(profile) => Self::Personal(Envelope::of_profile(profile)),
            AccountEvent::TelegramLinked(user) => Self::Personal(Envelope::of_telegram(user)),
            AccountEvent::DeviceRegistered(device) => Self::Personal(Envelope::of_device(device)),
            AccountEvent::DeviceForgotten { token } => {
                Self::Personal(Envelope::of_forgotten_device(token))
            }
            AccountEvent::TokenIssued { token, hash, at } => {
                Self::TokenIssued { token: token.number(), hash: *hash, at: at.millis() }
            }
            AccountEvent::TokenRevoked { token, at } => {
                Self::TokenRevoked { token: token.number(), at: at.millis() }
            }
            AccountEvent::Blocked { at } => Self::Blocked { at: at.millis() },
            AccountEvent::Unblocked { at } => Self::Unblocked { at: at.millis() },
            AccountEvent::Credited(credit) => Self::Credited(credit.into()),
            AccountEvent::LotActivated { lot, amount, debt_paid, at } => Self::LotActivated {
                lot: lot.number(),
                amount: amount.cents(),
                debt_paid: debt_paid.cents(),
                at: at.millis(),
            },
            AccountEvent::LotExpired { transaction, lot, amount, at } => Self::LotExpired {
                transaction: transaction.number(),
                lot: lot.number(),
                amount: amount.cents(),
                at: at.millis(),
            },
            AccountEvent::Debited(debit) => Self::Debited(debit.into()),
            AccountEvent::SaleRecorded(sale) => match StoredWholeSale::with_extras(sale) {
                Some(whole) => Self::SaleRecordedWhole(whole),
                None => Self::SaleRecorded((&**sale).into()),
            },
            AccountEvent::RedemptionRecorded(redemption) => {
                Self::RedemptionRecorded((&**redemption).into())
            }
            AccountEvent::AdjustmentRecorded { transaction, amount, reason, balance_after } => {
                Self::AdjustmentRecorded {
                    transaction: transaction.number(),
                    amount: amount.cents(),
                    reason: reason.as_str(),
                    balance_after: balance_after.cents(),
                }
            }
            AccountEvent::DayCounted(count) => count.into(),
            AccountEvent::ClawedBack(clawback) => Self::ClawedBack((&**clawback).into()),
            AccountEvent::Restored(restoration) => Self::Restored((&**restoration).into()),
            AccountEvent::ReturnRecorded(returned) => {
                match StoredWholeReturn::with_extras(returned) {
                    Some(whole) => Self::ReturnRecordedWhole(whole),
                    None => Self::ReturnRecorded((&**returned).into()),
                }
            }
            AccountEvent::Reserved(recorded) => Self::ReserveOrDebt((&**recorded).into()),
            AccountEvent::ReserveReleased(release) => Self::ReserveOrDebt((&**release).into()),
            AccountEvent::LotKept { lot, amount, at } => {
                Self::ReserveOrDebt(StoredReserveOrDebt::kept(*lot, *amount, *at))
            }
            AccountEvent::ExpiryReverted(revert) => Self::ReserveOrDebt(revert.into()),
            AccountEvent::DebtPaid { draws, at } => {
                Self::ReserveOrDebt(StoredReserveOrDebt::paid(draws, *at))
            }
            AccountEvent::DebtDated { write_off_at, at } => {
                Self::ReserveOrDebt(StoredReserveOrDebt::dated(*write_off_at, *at))
            }
            AccountEvent::DebtWrittenOff { transaction, amount, at } => {
                Self::ReserveOrDebt(StoredReserveOrDebt::written_off(*transaction, *amount, *at))
            }
            AccountEvent::Referral(event) => Self::Referral(event.into()),
            AccountEvent::Tier(event) => Self::Tier(event.into()),
            AccountEvent::BirthdayAwaited(birthday) => {
                Self::Personal(Envelope::of_birthday(birthday.as_ref()))
            }
            AccountEvent::ExpiryNoticed { amount, expires_at, at } => Self::ExpiryNoticed {
                amount: amount.cents(),
                expires_at: expires_at.millis(),
                at: at.millis(),
            },
            AccountEvent::RewardTakenBack(taken) => Self::RewardTakenBack(taken.into()),
            AccountEvent::LimitsGivenBack(back) => Self::LimitsGivenBack {
                days: back.days.iter().map(StoredDayCount::from).collect(),
                promotions: back.promotions.iter().map(|id| id.number()).collect(),
            },
            AccountEvent::OverstockNoticed { promotion, sync, at } => Self::OverstockNoticed {
                promotion: promotion.number(),
                sync: *sync,
                at: at.millis(),
            },
            AccountEvent::PhoneRetired { phone, until, reason } => {
                let reason = reason.as_ref().map(Text::as_str);
                Self::Personal(Envelope::of_retired_phone(*phone, *until, reason))
            }
            AccountEvent::PhoneMarked { mark } => {
                Self::Merge(StoredMergeEvent::PhoneMarked { mark: *mark })
            }
            AccountEvent::MergedOut(out) => Self::Merge(out.into()),
            AccountEvent::MergedIn(merged) => Self::Merge((&**merged).into()),
            AccountEvent::GiftForfeited(forfeit) => Self::Merge(forfeit.into()),
            AccountEvent::Person(event) => stored_person_event(event),
            AccountEvent::Import(event) => Self::Import(event.into()),
            AccountEvent::Forgotten { reason, at } => {
                Self::Forgotten { reason: reason.as_str(), at: at.millis() }
            }
            AccountEvent::FlagSet { flag, on, at } => {
                Self::FlagSet { flag: (*flag).into(), on: *on, at: at.millis() }
            }
        }
    }
}

impl From<&DayCount> for StoredAccountEvent<'_> {
    fn from(count: &DayCount) -> Self {
        let (earned, redeemed, sales) = (count.earned.cents(), count.redeemed.cents(), count.sales);
        let day = count.day.to_epoch_days();
        let promotions = count.promotions.iter().map(|id| id.number()).collect();
        // The first form had no place for sales.
        if sales == 0 {
            Self::DayCounted { day, earned, redeemed, promotions }
        } else {
            Self::DayCountedWithSales { day, earned, redeemed, promotions, sales }
        }
    }
}

impl TryFrom<StoredAccountEvent<'_>> for AccountEvent {
    type Error = CodecError;

    #[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
    fn try_from(stored: StoredAccountEvent<'_>) -> Result<Self, CodecError> {
        Ok(match stored {
            StoredAccountEvent::AccountOpened { customer, at } => {
                Self::AccountOpened { customer: CustomerId(customer), at: instant(at)? }
            }
            StoredAccountEvent::Personal(envelope) => envelope.personal_event()?,
            StoredAccountEvent::TokenIssued { token, hash, at } => {
                Self::TokenIssued { token: TokenId(token), hash, at: instant(at)? }
            }
            StoredAccountEvent::TokenRevoked { token, at } => {
                Self::TokenRevoked { token: TokenId(token), at: instant(at)? }
            }
            StoredAccountEvent::Blocked { at } => Self::Blocked { at: instant(at)? },
            StoredAccountEvent::Unblocked { at } => Self::Unblocked { at: instant(at)? },
            StoredAccountEvent::Credited(credit) => Self::Credited(credit.try_into()?),
            StoredAccountEvent::LotActivated { lot, amount, debt_paid, at } => Self::LotActivated {
                lot: LotId(lot),
                amount: bonus(amount)?,
                debt_paid: bonus(debt_paid)?,
                at: instant(at)?,
            },
            StoredAccountEvent::LotExpired { transaction, lot, amount, at } => Self::LotExpired {
                transaction: TransactionId(transaction),
                lot: LotId(lot),
                amount: bonus(amount)?,
                at: instant(at)?,
            },
            StoredAccountEvent::Debited(debit) => Self::Debited(debit.try_into()?),
            StoredAccountEvent::SaleRecorded(sale) => {
                Self::SaleRecorded(Arc::new(sale.try_into()?))
            }
            StoredAccountEvent::SaleRecordedWhole(sale) => {
                Self::SaleRecorded(Arc::new(sale.try_into()?))
            }
            StoredAccountEvent::RedemptionRecorded(redemption) => {
                Self::RedemptionRecorded(Box::new(redemption.try_into()?))
            }
            StoredAccountEvent::AdjustmentRecorded {
                transaction,
                amount,
                reason,
                balance_after,
            } => Self::AdjustmentRecorded {
                transaction: TransactionId(transaction),
                amount: balance(amount),
                reason: text(reason)?,
                balance_after: balance(balance_after),
            },
            StoredAccountEvent::DayCounted { day, earned, redeemed, promotions } => {
                Self::DayCounted(DayCount {
                    day: date(day)?,
                    earned: bonus(earned)?,
                    redeemed: bonus(redeemed)?,
                    promotions: promotions.into_iter().map(PromotionId).collect(),
                    sales: 0,
                })
            }
            StoredAccountEvent::ClawedBack(clawback) => {
                Self::ClawedBack(Box::new(clawback.try_into()?))
            }
            StoredAccountEvent::Restored(restoration) => {
                Self::Restored(Box::new(restoration.try_into()?))
            }
            StoredAccountEvent::ReturnRecorded(returned) => {
                Self::ReturnRecorded(Box::new(returned.try_into()?))
            }
            StoredAccountEvent::ReserveOrDebt(event) => event.try_into()?,
            StoredAccountEvent::Referral(event) => Self::Referral(event.try_into()?),
            StoredAccountEvent::Tier(event) => Self::Tier(event.try_into()?),
            StoredAccountEvent::ExpiryNoticed { amount, expires_at, at } => Self::ExpiryNoticed {
                amount: bonus(amount)?,
                expires_at: instant(expires_at)?,
                at: instant(at)?,
            },
            StoredAccountEvent::RewardTakenBack(taken) => Self::RewardTakenBack(taken.try_into()?),
            StoredAccountEvent::ReturnRecordedWhole(returned) => {
                Self::ReturnRecorded(Box::new(returned.try_into()?))
            }
            StoredAccountEvent::LimitsGivenBack { days, promotions } => {
                Self::LimitsGivenBack(LimitsGivenBack {
                    days: all(days, DayCount::try_from)?,
                    promotions: promotions.into_iter().map(PromotionId).collect(),
                })
            }
            StoredAccountEvent::OverstockNoticed { promotion, sync, at } => {
                Self::OverstockNoticed { promotion: PromotionId(promotion), sync, at: instant(at)? }
            }
            StoredAccountEvent::FlagSet { flag, on, at } => {
                Self::FlagSet { flag: flag.into(), on, at: instant(at)? }
            }
            StoredAccountEvent::DayCountedWithSales {
                day,
                earned,
                redeemed,
                promotions,
                sales,
            } => Self::DayCounted(DayCount {
                day: date(day)?,
                earned: bonus(earned)?,
                redeemed: bonus(redeemed)?,
                promotions: promotions.into_iter().map(PromotionId).collect(),
                sales,
            }),
            StoredAccountEvent::Merge(event) => event.try_into()?,
            StoredAccountEvent::Import(event) => Self::Import(event.try_into()?),
            StoredAccountEvent::Membership(event) => Self::Person(event.try_into()?),
            StoredAccountEvent::Forgotten { reason, at } => {
                Self::Forgotten { reason: text(reason)?, at: instant(at)? }
            }
        })
    }
}
