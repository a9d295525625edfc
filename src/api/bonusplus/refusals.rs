//! Every refusal of the business in this dialect: its status, its code, its text in English.

pub(super) use super::refusals_ru::russian;

use crate::ledger::Refusal;
use axum::http::StatusCode;

/// The status: 412, but 404 where an id leads to nothing. An unknown customer has a setting.
#[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
pub(super) const fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::TenantNotFound
        | Refusal::PromotionNotFound
        | Refusal::TransactionNotFound
        | Refusal::SaleNotFound { .. }
        | Refusal::WebhookNotFound
        | Refusal::ReserveNotFound
        | Refusal::VoucherNotFound { .. }
        | Refusal::PositionNotFound
        | Refusal::ImportBatchNotFound => StatusCode::NOT_FOUND,
        Refusal::ImportBatchReused
        | Refusal::ImportBatchReversed
        | Refusal::ImportRowTwice { .. }
        | Refusal::AsOfInvalid { .. }
        | Refusal::CustomerNotFound
        | Refusal::CustomerBlocked
        | Refusal::RedeemFromAppDisabled
        | Refusal::DuplicateSale { .. }
        | Refusal::DuplicateRedemption { .. }
        | Refusal::IdempotencyKeyReused
        | Refusal::ExternalIdRequired
        | Refusal::RedemptionOfAnotherCustomer
        | Refusal::OrderAmountExceeded { .. }
        | Refusal::GrossAmountTooSmall { .. }
        | Refusal::GrossAmountMissing
        | Refusal::NothingLeftToPay
        | Refusal::RedeemOverCap { .. }
        | Refusal::BalanceTooLow { .. }
        | Refusal::RedeemOffStep { .. }
        | Refusal::RedeemTooSmall { .. }
        | Refusal::RedeemOverReceiptMax { .. }
        | Refusal::LateRedemption
        | Refusal::SaleDateAhead { .. }
        | Refusal::SaleDateTooOld { .. }
        | Refusal::SaleDateBeforeJoin { .. }
        | Refusal::AmountTooLarge { .. }
        | Refusal::AdjustmentBelowBalance { .. }
        | Refusal::AdjustmentOfNothing
        | Refusal::ExpiresTooEarly
        | Refusal::CardTaken
        | Refusal::SettingsInvalid { .. }
        | Refusal::EffectiveFromInThePast
        | Refusal::CustomerNumbersUsedUp
        | Refusal::InventoryFull
        | Refusal::BirthDateOutOfRange
        | Refusal::StoresInvalid { .. }
        | Refusal::RedeemOverDayMax { .. }
        | Refusal::PromotionInvalid { .. }
        | Refusal::PromotionOver
        | Refusal::TooManyPromotions
        | Refusal::DuplicateRefund { .. }
        | Refusal::ExternalRefundIdRequired
        | Refusal::SaleOfAnotherCustomer { .. }
        | Refusal::ReturnOfReturn { .. }
        | Refusal::RedemptionCompleted { .. }
        | Refusal::NothingLeftToReturn { .. }
        | Refusal::OverReturn { .. }
        | Refusal::LineUnknown
        | Refusal::SkuNotUnique
        | Refusal::ReturnNeedsLines
        | Refusal::ReturnWithoutLines
        | Refusal::ReturnTooOld { .. }
        | Refusal::RefundDateAhead { .. }
        | Refusal::RefundDateTooOld { .. }
        | Refusal::RefundBeforeSale { .. }
        | Refusal::TooManyWebhooks
        | Refusal::ReserveNotOpen { .. }
        | Refusal::DuplicateReserve { .. }
        | Refusal::ReserveOfAnotherCustomer { .. }
        | Refusal::TooManyReserves { .. }
        | Refusal::RedeemOverReserve { .. }
        | Refusal::CodeThrottled { .. }
        | Refusal::CodeInvalid
        | Refusal::CodeAttemptsUsedUp { .. }
        | Refusal::ReferralCodeUnknown
        | Refusal::PhoneTaken
        | Refusal::LoginOfBlocked
        | Refusal::TelegramDisabled
        | Refusal::TelegramNotLinked
        | Refusal::TelegramTaken
        | Refusal::TelegramOfPhoneDiffers
        | Refusal::ReferralCodeOwn
        | Refusal::ReferralTooLate
        | Refusal::TierUnknown
        | Refusal::GiftCardNotFound { .. }
        | Refusal::GiftCardNotActive { .. }
        | Refusal::GiftCardBlocked { .. }
        | Refusal::GiftCardExpired { .. }
        | Refusal::GiftCardVoid { .. }
        | Refusal::GiftCardBalanceTooLow { .. }
        | Refusal::GiftCardsOverReceipt { .. }
        | Refusal::CouponNotFound { .. }
        | Refusal::CouponNotActive { .. }
        | Refusal::CouponExpired { .. }
        | Refusal::CouponEnded { .. }
        | Refusal::CouponUsedUp { .. }
        | Refusal::VoucherCodeTaken { .. }
        | Refusal::VoucherInvalid { .. }
        | Refusal::DuplicateExt
        | Refusal::AmbiguousExt
        | Refusal::ConfirmationMissing { .. }
        | Refusal::ConfirmationInvalid
        | Refusal::ConfirmationAttemptsUsedUp { .. }
        | Refusal::LateSale
        | Refusal::TooManySalesToday { .. }
        | Refusal::RedemptionOnOpeningDay { .. }
        | Refusal::DebitDenied { .. }
        | Refusal::ReportPeriodInvalid
        | Refusal::PhoneKept { .. }
        | Refusal::TooManyPhones { .. }
        | Refusal::MergeIntoItself
        | Refusal::MergeTargetNotFound
        | Refusal::AlreadyMerged { .. } => StatusCode::PRECONDITION_FAILED,
    }
}

/// The code: the vendor's where it has one, otherwise the stable code of the house in capitals.
pub(super) fn code_of(refusal: &Refusal) -> String {
    let vendors =
        [("phone_taken", "CUSTOMER_ALREADY_EXISTS"), ("duplicate_sale", "DUPLICATE_EXTERNAL_ID")];
    let code = refusal.code();
    let found = vendors.iter().find(|(ours, _)| *ours == code);
    found.map_or_else(|| code.to_ascii_uppercase(), |(_, vendors)| (*vendors).to_owned())
}

/// The text, with the fields called as they are here.
pub(super) fn english(refusal: &Refusal) -> String {
    let renamed = [
        ("external_sale_id", "externalId"),
        ("external_refund_id", "externalId"),
        ("sale_date", "date"),
        ("refund_date", "date"),
        ("birth_date", "birthDay"),
    ];
    let text = refusal.to_string();
    renamed.iter().fold(text, |text, (theirs, ours)| text.replace(theirs, ours))
}
