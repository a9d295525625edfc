//! What the business says no to: a closed list, each with a stable code and, where one is to blame,
//! the field of the request. The texts are read by cashiers and partners.

use crate::ledger::reserve::ReserveId;
use crate::ledger::voucher::VoucherCode;
use crate::ledger::zoned::ZonedInstant;
use crate::values::{Balance, Bonus, CustomerId, Money, SaleId};
use thiserror::Error;

/// A refusal changes nothing, journals nothing and burns no id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("Customer not found.")]
    CustomerNotFound,
    #[error("Customer is blocked.")]
    CustomerBlocked,
    #[error("Redeeming from the app is disabled for this store.")]
    RedeemFromAppDisabled,
    #[error("Duplicate external_sale_id: sale {sale} is already recorded under it.")]
    DuplicateSale { sale: SaleId },
    #[error("Duplicate external_sale_id: redemption {sale} is already recorded under it.")]
    DuplicateRedemption { sale: SaleId },
    #[error("This Idempotency-Key was used for another request.")]
    IdempotencyKeyReused,
    #[error("external_sale_id is required by this store.")]
    ExternalIdRequired,
    #[error("A redemption under this external_sale_id belongs to another customer.")]
    RedemptionOfAnotherCustomer,
    #[error(
        "total_amount {total} plus {redeemed} redeemed exceeds the order amount {order_total} of redemption {sale}."
    )]
    OrderAmountExceeded { sale: SaleId, total: Money, redeemed: Bonus, order_total: Money },
    #[error("gross_amount {gross} minus {redeemed} redeemed is less than total_amount {total}.")]
    GrossAmountTooSmall { gross: Money, redeemed: Bonus, total: Money },
    #[error("gross_amount is required when redeem_mode is payment_type and bonuses are redeemed.")]
    GrossAmountMissing,
    #[error("The sale must leave at least 0.01 to pay in money.")]
    NothingLeftToPay,
    #[error("Redemption of {asked} is over the limit of {cap} for this order.")]
    RedeemOverCap { field: &'static str, asked: Bonus, cap: Bonus },
    #[error(
        "Redemption of {asked} is over the redeemable balance of {redeemable} ({held} more is held)."
    )]
    BalanceTooLow { field: &'static str, asked: Bonus, redeemable: Bonus, held: Bonus },
    #[error("Redemption of {asked} is not a multiple of {step}.")]
    RedeemOffStep { field: &'static str, asked: Bonus, step: Bonus },
    #[error("Redemption of {asked} is under the minimum of {least}.")]
    RedeemTooSmall { field: &'static str, asked: Bonus, least: Bonus },
    #[error("Redemption of {asked} is over the maximum of {most} per receipt.")]
    RedeemOverReceiptMax { field: &'static str, asked: Bonus, most: Bonus },
    #[error("A sale older than 300 seconds cannot redeem bonuses.")]
    LateRedemption,
    #[error("sale_date {at} is more than 5 minutes ahead.")]
    SaleDateAhead { at: ZonedInstant },
    #[error("sale_date {at} is more than {days} days ago.")]
    SaleDateTooOld { at: ZonedInstant, days: u32 },
    #[error("sale_date {at} is more than {hours} hours before the customer joined.")]
    SaleDateBeforeJoin { at: ZonedInstant, hours: u32 },
    #[error("{field} would take the customer's figures above the largest amount.")]
    AmountTooLarge { field: &'static str },
    #[error(
        "Adjustment of {asked} is below the redeemable balance of {redeemable}; allow_debt permits it."
    )]
    AdjustmentBelowBalance { asked: Balance, redeemable: Bonus },
    #[error("amount must not be zero.")]
    AdjustmentOfNothing,
    #[error("expires must not be before the bonuses can be spent.")]
    ExpiresTooEarly,
    #[error("Club card number is already assigned to another customer.")]
    CardTaken,
    #[error("{field}: {reason}.")]
    SettingsInvalid { field: String, reason: String },
    #[error("effective_from must not be in the past.")]
    EffectiveFromInThePast,
    #[error("Tenant not found.")]
    TenantNotFound,
    #[error("The bar code numbers of this store are used up.")]
    CustomerNumbersUsedUp,
    #[error("The inventory would have more than {} items.", crate::ledger::INVENTORY_ITEMS_MAX)]
    InventoryFull,
    #[error("birth_date must be a day from 1900-01-01 through today.")]
    BirthDateOutOfRange,
    #[error("{field} {reason}.")]
    StoresInvalid { field: String, reason: String },
    #[error("Redemption of {asked} is over what is left of {most} per day: {left}.")]
    RedeemOverDayMax { field: &'static str, asked: Bonus, most: Bonus, left: Bonus },
    #[error("{field} {reason}.")]
    PromotionInvalid { field: &'static str, reason: &'static str },
    #[error("Promotion not found.")]
    PromotionNotFound,
    #[error("The promotion was ended.")]
    PromotionOver,
    #[error("There are as many promotions as there can be.")]
    TooManyPromotions,
    #[error("Transaction not found.")]
    TransactionNotFound,
    #[error("Sale not found: retry after the sale.")]
    SaleNotFound { field: &'static str },
    #[error("Duplicate external_refund_id: return {refund} is already recorded under it.")]
    DuplicateRefund { refund: SaleId },
    #[error("external_refund_id is required by this store.")]
    ExternalRefundIdRequired,
    #[error("The sale is not one of this customer.")]
    SaleOfAnotherCustomer { field: &'static str },
    #[error("Sale {sale} is itself a return.")]
    ReturnOfReturn { sale: SaleId, field: &'static str },
    #[error("The redemption was completed by sale {by}: return that sale.")]
    RedemptionCompleted { by: SaleId, field: &'static str },
    #[error("Nothing of the sale is left to return.")]
    NothingLeftToReturn { field: &'static str },
    #[error("More than what is left would be returned.")]
    OverReturn { field: &'static str },
    #[error("The sale has no such line.")]
    LineUnknown,
    #[error("The sale has several lines with this sku: name the line by its number.")]
    SkuNotUnique,
    #[error("The sale has lines: name those that are returned.")]
    ReturnNeedsLines,
    #[error("There are no lines to return: name an amount.")]
    ReturnWithoutLines,
    #[error("The sale of {sold_at} is more than {days} days old.")]
    ReturnTooOld { sold_at: ZonedInstant, days: u32 },
    #[error("refund_date {at} is more than 5 minutes ahead.")]
    RefundDateAhead { at: ZonedInstant },
    #[error("refund_date {at} is more than {days} days ago.")]
    RefundDateTooOld { at: ZonedInstant, days: u32 },
    #[error("refund_date {at} is before the sale at {sold_at}.")]
    RefundBeforeSale { at: ZonedInstant, sold_at: ZonedInstant },
    #[error("Webhook not found.")]
    WebhookNotFound,
    #[error("The store has 16 webhooks already.")]
    TooManyWebhooks,
    #[error(
        "Reserve not found: there is none of this id, or it was spent or released, or has lapsed."
    )]
    ReserveNotFound,
    #[error(
        "Reserve {reserve} of this customer is not open: it was spent or released, or has lapsed."
    )]
    ReserveNotOpen { reserve: ReserveId },
    #[error("Duplicate external_reserve_id: reserve {reserve} is already recorded under it.")]
    DuplicateReserve { reserve: ReserveId },
    #[error("Reserve {reserve} belongs to another customer.")]
    ReserveOfAnotherCustomer { reserve: ReserveId },
    #[error("The customer has {most} open reserves already.")]
    TooManyReserves { most: usize },
    #[error("Redemption of {asked} is over the {left} left in the reserve.")]
    RedeemOverReserve { asked: Bonus, left: Bonus },
    #[error(
        "A code was sent a moment ago, or too many were; try again in {retry_after_seconds} seconds."
    )]
    CodeThrottled { field: &'static str, retry_after_seconds: u32 },
    #[error("The code is wrong or no longer good.")]
    CodeInvalid,
    #[error("Too many wrong codes; ask for a new one in {retry_after_seconds} seconds.")]
    CodeAttemptsUsedUp { retry_after_seconds: u32 },
    #[error("This referral code leads to nobody.")]
    ReferralCodeUnknown,
    #[error("This phone is registered already.")]
    PhoneTaken,
    #[error("A blocked customer cannot log in.")]
    LoginOfBlocked,
    #[error("This store has no Telegram bot.")]
    TelegramDisabled,
    #[error("This Telegram account is not linked to a customer: log in with a contact.")]
    TelegramNotLinked,
    #[error("This Telegram account is linked to another customer.")]
    TelegramTaken,
    #[error("The customer is linked to another Telegram account.")]
    TelegramOfPhoneDiffers,
    #[error("This is the customer's own referral code.")]
    ReferralCodeOwn,
    #[error("A referral code counts at registration only, and this customer is registered.")]
    ReferralTooLate,
    #[error("This store has no such tier.")]
    TierUnknown,
    #[error("The customer's code is needed to redeem {from} or more: send it, and ask for it.")]
    ConfirmationMissing { from: Bonus },
    #[error("The customer's code is wrong or no longer good.")]
    ConfirmationInvalid,
    #[error("Too many wrong codes; send a new one in {retry_after_seconds} seconds.")]
    ConfirmationAttemptsUsedUp { retry_after_seconds: u32 },
    #[error("Sales older than 300 seconds are not taken by this store.")]
    LateSale,
    #[error("From sale {from} of a customer on one day on, this store takes none.")]
    TooManySalesToday { from: u32 },
    #[error("Nothing can be redeemed on the day on which the customer joined.")]
    RedemptionOnOpeningDay { field: &'static str },
    #[error("This customer may not redeem bonuses.")]
    DebitDenied { field: &'static str },
    #[error("to must not be before from, nor more than {} days after it.", crate::ledger::REPORT_DAYS_MAX.saturating_sub(1))]
    ReportPeriodInvalid,
    #[error("This phone was given up by another customer and can be registered from {until} on.")]
    PhoneKept { until: ZonedInstant },
    #[error("The customer has had {most} phones already.")]
    TooManyPhones { most: usize },
    #[error("A customer cannot be merged into itself.")]
    MergeIntoItself,
    #[error("There is no such customer to merge into.")]
    MergeTargetNotFound,
    #[error("The customer was merged into customer {into} already.")]
    AlreadyMerged { into: CustomerId },
    #[error("There is no gift card {card}.")]
    GiftCardNotFound { card: VoucherCode },
    #[error("Gift card {card} is not active yet.")]
    GiftCardNotActive { card: VoucherCode },
    #[error("Gift card {card} is blocked.")]
    GiftCardBlocked { card: VoucherCode },
    #[error("Gift card {card} has expired.")]
    GiftCardExpired { card: VoucherCode },
    #[error("Gift card {card} is void.")]
    GiftCardVoid { card: VoucherCode },
    #[error("Gift card {card} holds {balance}, {asked} is asked.")]
    GiftCardBalanceTooLow { card: VoucherCode, asked: Money, balance: Money },
    #[error("Gift cards pay {asked} where {left} is left to pay after money and bonuses.")]
    GiftCardsOverReceipt { asked: Money, left: Money },
    #[error("There is no coupon {coupon}.")]
    CouponNotFound { coupon: VoucherCode },
    #[error("Coupon {coupon} is not good yet.")]
    CouponNotActive { coupon: VoucherCode },
    #[error("Coupon {coupon} has expired.")]
    CouponExpired { coupon: VoucherCode },
    #[error("Coupon {coupon} was ended.")]
    CouponEnded { coupon: VoucherCode },
    #[error("Coupon {coupon} is used up.")]
    CouponUsedUp { coupon: VoucherCode },
    #[error("There is no gift card or coupon {code}.")]
    VoucherNotFound { code: VoucherCode },
    #[error("Code {code} was issued before; a code is never used again.")]
    VoucherCodeTaken { code: VoucherCode },
    #[error("{field} {reason}.")]
    VoucherInvalid { field: &'static str, reason: &'static str },
    #[error("An item of an earlier receipt has this ext.")]
    DuplicateExt,
    #[error("Items of several receipts have this ext: name one by its positionId.")]
    AmbiguousExt,
    #[error("No item was sold under this ext or positionId: retry after the sale.")]
    PositionNotFound,
    #[error("This batch was imported with other rows: give these a batch of their own.")]
    ImportBatchReused,
    #[error("This batch was imported and taken back: give the rows another batch.")]
    ImportBatchReversed,
    #[error("There is no such batch.")]
    ImportBatchNotFound,
    #[error("{field} is the same as in row {row}.")]
    ImportRowTwice { field: &'static str, row: usize },
    #[error("{field} must be of the past, and of what is written already.")]
    AsOfInvalid { field: &'static str },
    #[error(
        "The filter would look past more than {most} customers: name phones or cards, or ask for fewer rows."
    )]
    FilterTooWide { most: usize },
}

impl Refusal {
    /// The stable code of the error envelope.
    #[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CustomerNotFound => "customer_not_found",
            Self::CustomerBlocked => "customer_blocked",
            Self::RedeemFromAppDisabled => "redeem_from_app_disabled",
            Self::DuplicateSale { .. } => "duplicate_sale",
            Self::DuplicateRedemption { .. } => "duplicate_redemption",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::ExternalIdRequired => "external_id_required",
            Self::RedemptionOfAnotherCustomer => "redemption_of_another_customer",
            Self::OrderAmountExceeded { .. } => "order_amount_exceeded",
            Self::GrossAmountTooSmall { .. } => "gross_amount_too_small",
            Self::GrossAmountMissing => "gross_amount_missing",
            Self::NothingLeftToPay => "nothing_left_to_pay",
            Self::RedeemOverCap { .. } => "redeem_over_cap",
            Self::BalanceTooLow { .. } => "balance_too_low",
            Self::RedeemOffStep { .. } => "redeem_off_step",
            Self::RedeemTooSmall { .. } => "redeem_too_small",
            Self::RedeemOverReceiptMax { .. } => "redeem_over_receipt_max",
            Self::LateRedemption => "late_redemption",
            Self::SaleDateAhead { .. } => "sale_date_ahead",
            Self::SaleDateTooOld { .. } => "sale_date_too_old",
            Self::SaleDateBeforeJoin { .. } => "sale_date_before_join",
            Self::AmountTooLarge { .. } => "amount_too_large",
            Self::AdjustmentBelowBalance { .. } => "adjustment_below_balance",
            Self::AdjustmentOfNothing => "adjustment_of_nothing",
            Self::ExpiresTooEarly => "expires_too_early",
            Self::CardTaken => "card_taken",
            Self::SettingsInvalid { .. } => "settings_invalid",
            Self::EffectiveFromInThePast => "effective_from_in_the_past",
            Self::TenantNotFound => "tenant_not_found",
            Self::CustomerNumbersUsedUp => "customer_numbers_used_up",
            Self::InventoryFull => "inventory_full",
            Self::BirthDateOutOfRange => "birth_date_out_of_range",
            Self::StoresInvalid { .. } => "stores_invalid",
            Self::RedeemOverDayMax { .. } => "redeem_over_day_max",
            Self::PromotionInvalid { .. } => "promotion_invalid",
            Self::PromotionNotFound => "promotion_not_found",
            Self::PromotionOver => "promotion_over",
            Self::TooManyPromotions => "too_many_promotions",
            Self::SaleNotFound { .. } => "sale_not_found",
            Self::DuplicateRefund { .. } => "duplicate_refund",
            Self::ExternalRefundIdRequired => "external_refund_id_required",
            Self::SaleOfAnotherCustomer { .. } => "sale_of_another_customer",
            Self::ReturnOfReturn { .. } => "return_of_return",
            Self::RedemptionCompleted { .. } => "redemption_completed",
            Self::NothingLeftToReturn { .. } => "nothing_left_to_return",
            Self::OverReturn { .. } => "over_return",
            Self::LineUnknown => "line_unknown",
            Self::SkuNotUnique => "sku_not_unique",
            Self::ReturnNeedsLines => "return_needs_lines",
            Self::ReturnWithoutLines => "return_without_lines",
            Self::ReturnTooOld { .. } => "return_too_old",
            Self::RefundDateAhead { .. } => "refund_date_ahead",
            Self::RefundDateTooOld { .. } => "refund_date_too_old",
            Self::RefundBeforeSale { .. } => "refund_before_sale",
            Self::WebhookNotFound => "webhook_not_found",
            Self::TransactionNotFound => "transaction_not_found",
            Self::TooManyWebhooks => "too_many_webhooks",
            Self::ReserveNotFound => "reserve_not_found",
            Self::ReserveNotOpen { .. } => "reserve_not_open",
            Self::DuplicateReserve { .. } => "duplicate_reserve",
            Self::ReserveOfAnotherCustomer { .. } => "reserve_of_another_customer",
            Self::TooManyReserves { .. } => "too_many_reserves",
            Self::RedeemOverReserve { .. } => "redeem_over_reserve",
            Self::CodeThrottled { .. } => "code_throttled",
            Self::CodeInvalid => "code_invalid",
            Self::CodeAttemptsUsedUp { .. } => "code_attempts_used_up",
            Self::ReferralCodeUnknown => "referral_code_unknown",
            Self::PhoneTaken => "phone_taken",
            Self::LoginOfBlocked => "login_of_blocked",
            Self::TelegramDisabled => "telegram_disabled",
            Self::TelegramNotLinked => "telegram_not_linked",
            Self::TelegramTaken => "telegram_taken",
            Self::TelegramOfPhoneDiffers => "telegram_of_phone_differs",
            Self::ReferralCodeOwn => "referral_code_own",
            Self::ReferralTooLate => "referral_too_late",
            Self::TierUnknown => "tier_unknown",
            Self::ConfirmationMissing { .. } => "confirmation_required",
            Self::ConfirmationInvalid => "confirmation_invalid",
            Self::ConfirmationAttemptsUsedUp { .. } => "confirmation_attempts_used_up",
            Self::LateSale => "late_sale",
            Self::TooManySalesToday { .. } => "too_many_sales_today",
            Self::RedemptionOnOpeningDay { .. } => "redemption_on_opening_day",
            Self::DebitDenied { .. } => "debit_denied",
            Self::ReportPeriodInvalid => "report_period_invalid",
            Self::PhoneKept { .. } => "phone_kept",
            Self::TooManyPhones { .. } => "too_many_phones",
            Self::MergeIntoItself => "merge_into_itself",
            Self::MergeTargetNotFound => "merge_target_not_found",
            Self::AlreadyMerged { .. } => "already_merged",
            Self::GiftCardNotFound { .. } => "gift_card_not_found",
            Self::GiftCardNotActive { .. } => "gift_card_not_active",
            Self::GiftCardBlocked { .. } => "gift_card_blocked",
            Self::GiftCardExpired { .. } => "gift_card_expired",
            Self::GiftCardVoid { .. } => "gift_card_void",
            Self::GiftCardBalanceTooLow { .. } => "gift_card_balance_too_low",
            Self::GiftCardsOverReceipt { .. } => "gift_cards_over_receipt",
            Self::CouponNotFound { .. } => "coupon_not_found",
            Self::CouponNotActive { .. } => "coupon_not_active",
            Self::CouponExpired { .. } => "coupon_expired",
            Self::CouponEnded { .. } => "coupon_ended",
            Self::CouponUsedUp { .. } => "coupon_used_up",
            Self::VoucherNotFound { .. } => "voucher_not_found",
            Self::VoucherCodeTaken { .. } => "voucher_code_taken",
            Self::VoucherInvalid { .. } => "voucher_invalid",
            Self::DuplicateExt => "duplicate_ext",
            Self::AmbiguousExt => "ambiguous_ext",
            Self::PositionNotFound => "position_not_found",
            Self::ImportBatchReused => "import_batch_reused",
            Self::ImportBatchReversed => "import_batch_reversed",
            Self::ImportBatchNotFound => "import_batch_not_found",
            Self::ImportRowTwice { .. } => "import_row_twice",
            Self::AsOfInvalid { .. } => "as_of_invalid",
            Self::FilterTooWide { .. } => "filter_too_wide",
        }
    }

    /// When the same request may succeed, in seconds; `None`: waiting does not help.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u32> {
        if let Self::CodeThrottled { retry_after_seconds, .. }
        | Self::CodeAttemptsUsedUp { retry_after_seconds }
        | Self::ConfirmationAttemptsUsedUp { retry_after_seconds } = self
        {
            return Some(*retry_after_seconds);
        }
        None
    }
}
