//! The words every other room speaks: money, bonuses, percents, phones, ids and instants, as plain
//! checked values that know nothing of accounts.
#![warn(clippy::arithmetic_side_effects)]

mod allot;
mod decimal;
mod ean;
mod ids;
mod money;
mod phone;
mod rate;
mod referral_code;
mod secret;
mod text;
mod time;

pub use allot::{Bounds, allot, allot_within};
pub use decimal::{DecimalError, Precision, parse_scaled};
pub use ean::{ean13_of, ean13_with, number_of_ean13};
pub use ids::{
    CustomerId, EventNumber, LotId, PromotionId, PromotionVersion, SaleId, SettingsVersion,
    StoreId, TelegramId, TenantId, TierId, TokenId, TransactionId, VoucherId, WebhookId,
};
pub use money::{Balance, Bonus, MONEY_MAX_CENTS, Money};
pub use phone::{Country, PHONE_DIGITS_MAX, PHONE_DIGITS_MIN, Phone, PhoneError};
pub use rate::{Multiplier, Percent, Quantity, UnitPrice};
pub use referral_code::{NotReferralCode, REFERRAL_CODE_LENGTH, REFERRAL_PREFIX, ReferralCode};
pub use secret::same_secret;
pub use text::{Text, TextError};
pub use time::{Date, Timestamp};
