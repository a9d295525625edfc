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
    #[error("This referral code leads to nobody.")]
    ReferralCodeUnknown,
    #[error("This is the customer's own referral code.")]
    ReferralCodeOwn,
    #[error("A referral code counts at registration only, and this customer is registered.")]
    ReferralTooLate,
    #[error("This store has no such tier.")]
    TierUnknown,
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
            Self::ReferralCodeUnknown => "referral_code_unknown",
            Self::ReferralCodeOwn => "referral_code_own",
            Self::ReferralTooLate => "referral_too_late",
            Self::TierUnknown => "tier_unknown",
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
            | Self::AmountTooLarge { field } => Some(field),
            Self::LateRedemption => Some("bonus_redeem_amount"),
            Self::SaleDateAhead { .. }
            | Self::SaleDateTooOld { .. }
            | Self::SaleDateBeforeJoin { .. } => Some("sale_date"),
            Self::AdjustmentBelowBalance { .. } | Self::AdjustmentOfNothing => Some("amount"),
            Self::ExpiresTooEarly => Some("expires"),
            Self::CardTaken => Some("card"),
            Self::SettingsInvalid { field, .. } => Some(field),
            Self::EffectiveFromInThePast => Some("effective_from"),
            Self::ReferralCodeUnknown | Self::ReferralCodeOwn | Self::ReferralTooLate => {
                Some("referral_code")
            }
            Self::TierUnknown => Some("tier"),
            Self::CustomerNotFound
            | Self::CustomerBlocked
            | Self::RedeemFromAppDisabled
            | Self::TenantNotFound
            | Self::CustomerNumbersUsedUp => None,
        }
    }
}
