//! Every refusal that an operation of this dialect can meet is told in its own words: no field of the
//! other dialect, in neither language.

use super::error::{ErrorShape, Manner};
use crate::api::error::ApiError;
use crate::ledger::{Refusal, ReserveId, VoucherCode, ZonedInstant, sample_settings};
use crate::values::{Balance, Bonus, Money, SaleId, Timestamp};
use axum::http::HeaderMap;

const BODY: &str = include_str!("../../../openapi-bonusplus.yaml");

fn bonus(cents: u64) -> Bonus {
    Bonus::from_cents(cents).unwrap()
}

fn money(cents: u64) -> Money {
    Money::from_cents(cents).unwrap()
}

fn zoned(at: Timestamp) -> ZonedInstant {
    ZonedInstant::of(at, &sample_settings())
}

fn code() -> VoucherCode {
    VoucherCode::parse("A-1").unwrap()
}

/// The refusals of customers and their codes.
fn of_customers() -> Vec<Refusal> {
    let until = zoned(Timestamp::default());
    vec![
        Refusal::CustomerNotFound,
        Refusal::CustomerNumbersUsedUp,
        Refusal::CardTaken,
        Refusal::PhoneTaken,
        Refusal::PhoneKept { until },
        Refusal::TooManyPhones { most: 50 },
        Refusal::BirthDateOutOfRange,
        Refusal::ReferralCodeUnknown,
        Refusal::ReferralCodeOwn,
        Refusal::ReferralTooLate,
        Refusal::TierUnknown,
        Refusal::AmountTooLarge { field: "welcome_bonus" },
        Refusal::FilterTooWide { most: 200_000 },
        Refusal::CodeThrottled { field: "phone", retry_after_seconds: 60 },
        Refusal::CodeInvalid,
        Refusal::CodeAttemptsUsedUp { retry_after_seconds: 60 },
    ]
}

/// The refusals of balances and reserves.
fn of_balances() -> Vec<Refusal> {
    let reserve = || ReserveId::parse("r-1").unwrap();
    let (asked, redeemable, held, field) = (bonus(500), bonus(300), bonus(0), "amount");
    vec![
        Refusal::IdempotencyKeyReused,
        Refusal::CustomerBlocked,
        Refusal::AdjustmentOfNothing,
        Refusal::AdjustmentBelowBalance { asked: Balance::from_cents(-500), redeemable },
        Refusal::ExpiresTooEarly,
        Refusal::AmountTooLarge { field },
        Refusal::DebitDenied { field },
        Refusal::BalanceTooLow { field, asked, redeemable, held },
        Refusal::ReserveNotFound,
        Refusal::ReserveNotOpen { reserve: reserve() },
        Refusal::ReserveOfAnotherCustomer { reserve: reserve() },
        Refusal::TooManyReserves { most: 100 },
    ]
}

/// The refusals of sales and calculations, but for their vouchers.
fn of_sales() -> Vec<Refusal> {
    let (asked, least, field) = (bonus(500), bonus(300), "bonus_redeem_amount");
    let at = zoned(Timestamp::default());
    let too_large = ["items", "giftCards", "gift_cards", "total_amount", "lines", field];
    let mut refusals = vec![
        Refusal::DuplicateSale { sale: SaleId(1) },
        Refusal::ExternalIdRequired,
        Refusal::DuplicateExt,
        Refusal::LateSale,
        Refusal::LateRedemption,
        Refusal::SaleDateAhead { at },
        Refusal::SaleDateTooOld { at, days: 30 },
        Refusal::SaleDateBeforeJoin { at, hours: 24 },
        Refusal::TooManySalesToday { from: 5 },
        Refusal::ConfirmationMissing { from: least },
        Refusal::ConfirmationInvalid,
        Refusal::RedemptionOnOpeningDay { field },
        Refusal::DebitDenied { field },
        Refusal::RedeemOverCap { field, asked, cap: least },
        Refusal::BalanceTooLow { field, asked, redeemable: least, held: least },
        Refusal::RedeemOffStep { field, asked, step: least },
        Refusal::RedeemTooSmall { field, asked, least },
        Refusal::RedeemOverReceiptMax { field, asked, most: least },
        Refusal::RedeemOverDayMax { field, asked, most: least, left: least },
        Refusal::RedeemOverReserve { asked, left: least },
    ];
    refusals.extend(too_large.map(|field| Refusal::AmountTooLarge { field }));
    refusals
}

/// The refusals of gift cards and coupons, by themselves and in a sale.
fn of_vouchers() -> Vec<Refusal> {
    let (asked, left) = (money(500), money(300));
    let later = "must be later than now and than activates_at";
    vec![
        Refusal::GiftCardNotFound { card: code() },
        Refusal::GiftCardNotActive { card: code() },
        Refusal::GiftCardBlocked { card: code() },
        Refusal::GiftCardExpired { card: code() },
        Refusal::GiftCardVoid { card: code() },
        Refusal::GiftCardBalanceTooLow { card: code(), asked, balance: left },
        Refusal::GiftCardsOverReceipt { asked, left },
        Refusal::CouponNotFound { coupon: code() },
        Refusal::CouponNotActive { coupon: code() },
        Refusal::CouponExpired { coupon: code() },
        Refusal::CouponEnded { coupon: code() },
        Refusal::CouponUsedUp { coupon: code() },
        Refusal::VoucherNotFound { code: code() },
        Refusal::VoucherCodeTaken { code: code() },
        Refusal::VoucherInvalid { field: "nominal", reason: "must be above 0" },
        Refusal::VoucherInvalid { field: "expires_at", reason: later },
    ]
}

/// The refusals of returns, articles and subscriptions.
fn of_the_rest() -> Vec<Refusal> {
    let (at, field) = (zoned(Timestamp::default()), "lines");
    vec![
        Refusal::PositionNotFound,
        Refusal::AmbiguousExt,
        Refusal::SaleNotFound { field: "id" },
        Refusal::NothingLeftToReturn { field },
        Refusal::OverReturn { field },
        Refusal::ReturnTooOld { sold_at: at, days: 365 },
        Refusal::RefundDateAhead { at },
        Refusal::RefundBeforeSale { at, sold_at: at },
        Refusal::InventoryFull,
        Refusal::WebhookNotFound,
        Refusal::TooManyWebhooks,
    ]
}

fn told(refusal: &Refusal, language: &'static str) -> ErrorShape {
    let mut headers = HeaderMap::new();
    headers.insert("accept-language", language.parse().unwrap());
    ErrorShape::of(&ApiError::from(refusal.clone()), Manner::of(&headers)).1
}

#[test]
fn no_refusal_speaks_of_the_fields_of_the_other_dialect() {
    let all = [of_customers(), of_balances(), of_sales(), of_vouchers(), of_the_rest()];
    for refusal in all.iter().flatten() {
        for language in ["ru", "en"] {
            let shape = serde_json::to_value(told(refusal, language)).unwrap();
            let msg = shape["msg"].as_str().unwrap();
            assert!(!msg.contains('_') && msg.ends_with('.'), "{language} {msg}");
            let russian = msg.chars().any(|letter| ('а'..='я').contains(&letter));
            assert_eq!(russian, language == "ru", "{msg}");
            let dev_msg = shape["devMsg"].as_str().unwrap();
            let Some((_, field)) = dev_msg.split_once(": ") else { continue };
            let known = BODY.contains(&format!(" {field}:")) || field == "Idempotency-Key";
            assert!(known || BODY.contains(&format!("name: {field},")), "{dev_msg}");
        }
    }
}
