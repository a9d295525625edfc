//! Which field of the request a refusal is about.

use crate::ledger::refusal::Refusal;

impl Refusal {
    /// The field of the request that is to blame.
    #[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::DuplicateSale { .. }
            | Self::DuplicateRedemption { .. }
            | Self::ExternalIdRequired
            | Self::RedemptionOfAnotherCustomer => Some("external_sale_id"),
            Self::IdempotencyKeyReused => Some("Idempotency-Key"),
            Self::OrderAmountExceeded { .. } | Self::NothingLeftToPay => Some("total_amount"),
            Self::GrossAmountTooSmall { .. } | Self::GrossAmountMissing => Some("gross_amount"),
            Self::RedeemOverCap { field, .. }
            | Self::BalanceTooLow { field, .. }
            | Self::RedeemOffStep { field, .. }
            | Self::RedeemTooSmall { field, .. }
            | Self::RedeemOverReceiptMax { field, .. }
            | Self::RedeemOverDayMax { field, .. }
            | Self::PromotionInvalid { field, .. }
            | Self::RedemptionOnOpeningDay { field }
            | Self::DebitDenied { field }
            | Self::AmountTooLarge { field } => Some(field),
            Self::ReserveNotOpen { .. } => Some("reserve_id"),
            Self::DuplicateReserve { .. } => Some("external_reserve_id"),
            Self::ReserveOfAnotherCustomer { .. } => Some("id"),
            Self::RedeemOverReserve { .. } => Some("amount"),
            Self::LateRedemption => Some("bonus_redeem_amount"),
            Self::SaleDateAhead { .. }
            | Self::SaleDateTooOld { .. }
            | Self::SaleDateBeforeJoin { .. } => Some("sale_date"),
            Self::AdjustmentBelowBalance { .. } | Self::AdjustmentOfNothing => Some("amount"),
            Self::ExpiresTooEarly => Some("expires"),
            Self::CardTaken => Some("card"),
            Self::SettingsInvalid { field, .. } | Self::StoresInvalid { field, .. } => Some(field),
            Self::EffectiveFromInThePast => Some("effective_from"),
            Self::InventoryFull => Some("items"),
            Self::BirthDateOutOfRange => Some("birth_date"),
            Self::SaleNotFound { field }
            | Self::SaleOfAnotherCustomer { field }
            | Self::ReturnOfReturn { field, .. }
            | Self::RedemptionCompleted { field, .. }
            | Self::NothingLeftToReturn { field }
            | Self::OverReturn { field }
            | Self::CodeThrottled { field, .. } => Some(field),
            Self::DuplicateRefund { .. } | Self::ExternalRefundIdRequired => {
                Some("external_refund_id")
            }
            Self::LineUnknown | Self::SkuNotUnique | Self::ReturnWithoutLines => Some("lines"),
            Self::ReturnNeedsLines => Some("amount"),
            Self::ReturnTooOld { .. }
            | Self::RefundDateAhead { .. }
            | Self::RefundDateTooOld { .. }
            | Self::RefundBeforeSale { .. } => Some("refund_date"),
            Self::PhoneTaken => Some("phone"),
            Self::CodeInvalid | Self::CodeAttemptsUsedUp { .. } => Some("code"),
            Self::TelegramTaken | Self::TelegramOfPhoneDiffers => Some("init_data"),
            Self::ReferralCodeUnknown | Self::ReferralCodeOwn | Self::ReferralTooLate => {
                Some("referral_code")
            }
            Self::TierUnknown => Some("tier"),
            Self::ConfirmationMissing { .. }
            | Self::ConfirmationInvalid
            | Self::ConfirmationAttemptsUsedUp { .. } => Some("confirmation_code"),
            Self::LateSale => Some("sale_date"),
            Self::ReportPeriodInvalid => Some("to"),
            Self::PhoneKept { .. } | Self::TooManyPhones { .. } => Some("phone"),
            Self::MergeIntoItself | Self::MergeTargetNotFound => Some("into"),
            Self::GiftCardNotFound { .. }
            | Self::GiftCardNotActive { .. }
            | Self::GiftCardBlocked { .. }
            | Self::GiftCardExpired { .. }
            | Self::GiftCardVoid { .. }
            | Self::GiftCardBalanceTooLow { .. }
            | Self::GiftCardsOverReceipt { .. } => Some("gift_cards"),
            Self::CouponNotFound { .. }
            | Self::CouponNotActive { .. }
            | Self::CouponExpired { .. }
            | Self::CouponEnded { .. }
            | Self::CouponUsedUp { .. } => Some("coupons"),
            Self::DuplicateExt | Self::AmbiguousExt | Self::PositionNotFound => Some("ext"),
            Self::VoucherCodeTaken { .. } => Some("code"),
            Self::VoucherInvalid { field, .. }
            | Self::ImportRowTwice { field, .. }
            | Self::AsOfInvalid { field } => Some(field),
            Self::ImportBatchReused | Self::ImportBatchReversed => Some("batch"),
            Self::CustomerNotFound
            | Self::CustomerBlocked
            | Self::RedeemFromAppDisabled
            | Self::TenantNotFound
            | Self::CustomerNumbersUsedUp
            | Self::PromotionNotFound
            | Self::PromotionOver
            | Self::TooManyPromotions
            | Self::TransactionNotFound
            | Self::WebhookNotFound
            | Self::TooManyWebhooks
            | Self::ReserveNotFound
            | Self::TooManyReserves { .. }
            | Self::LoginOfBlocked
            | Self::TelegramDisabled
            | Self::TelegramNotLinked
            | Self::VoucherNotFound { .. }
            | Self::TooManySalesToday { .. }
            | Self::AlreadyMerged { .. }
            | Self::ImportBatchNotFound
            | Self::FilterTooWide { .. } => None,
        }
    }
}
