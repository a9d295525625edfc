//! What the business says no to: a closed list, each with a stable code and, where one is to blame,
//! the field of the request. The texts are read by cashiers and partners.

use crate::values::{Balance, Bonus, Money, SaleId, Timestamp};
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
    SaleDateAhead { at: Timestamp },
    #[error("sale_date {at} is more than {days} days ago.")]
    SaleDateTooOld { at: Timestamp, days: u32 },
    #[error("sale_date {at} is more than {hours} hours before the customer joined.")]
    SaleDateBeforeJoin { at: Timestamp, hours: u32 },
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
    #[error("Webhook not found.")]
    WebhookNotFound,
    #[error("The store has 16 webhooks already.")]
    TooManyWebhooks,
    #[error(
        "A code was sent a moment ago, or too many were; try again in {retry_after_seconds} seconds."
    )]
    CodeThrottled { retry_after_seconds: u32 },
    #[error("The code is wrong or no longer good.")]
    CodeInvalid,
    #[error("Too many wrong codes; ask for a new one in {retry_after_seconds} seconds.")]
    CodeAttemptsUsedUp { retry_after_seconds: u32 },
    #[error("This referral code leads to nobody.")]
    ReferralCodeUnknown,
    #[error("This phone is registered already: log in.")]
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
}

impl Refusal {
    /// The stable code of the error envelope.
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
            Self::WebhookNotFound => "webhook_not_found",
            Self::TransactionNotFound => "transaction_not_found",
            Self::TooManyWebhooks => "too_many_webhooks",
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
        }
    }

    /// The field of the request that is to blame.
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
            | Self::AmountTooLarge { field } => Some(field),
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
            Self::CodeThrottled { .. } | Self::PhoneTaken => Some("phone"),
            Self::ReferralCodeUnknown => Some("referral_code"),
            Self::CodeInvalid | Self::CodeAttemptsUsedUp { .. } => Some("code"),
            Self::TelegramTaken | Self::TelegramOfPhoneDiffers => Some("init_data"),
            Self::CustomerNotFound
            | Self::CustomerBlocked
            | Self::RedeemFromAppDisabled
            | Self::TenantNotFound
            | Self::CustomerNumbersUsedUp
            | Self::PromotionNotFound
            | Self::PromotionOver
            | Self::TooManyPromotions => None,
            Self::WebhookNotFound | Self::TooManyWebhooks | Self::TransactionNotFound => None,
            Self::LoginOfBlocked | Self::TelegramDisabled | Self::TelegramNotLinked => None,
        }
    }

    /// When the same request may succeed, in seconds; `None`: waiting does not help.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u32> {
        if let Self::CodeThrottled { retry_after_seconds }
        | Self::CodeAttemptsUsedUp { retry_after_seconds } = self
        {
            return Some(*retry_after_seconds);
        }
        None
    }
}
