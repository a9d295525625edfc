//! Shapes against the contract's examples, and a view for tests of other files.

use super::*;
use crate::api::read_settings_document;
use crate::ledger::{
    Device, ExternalIdScope, LineInput, LoyaltyView, Membership, OpenLots, PointOfSale, Profile,
    ReceiptNumber, RedeemMode, Referral, Split, Tallies, TelegramUser, Turnover,
};
use crate::values::{
    Balance, Bonus, Money, Percent, Phone, SaleId, SettingsVersion, TelegramId, Text, TierId,
    TransactionId,
};
use serde::Serialize;
use serde_json::{Value, json};

fn bonus(cents: u64) -> Bonus {
    Bonus::from_cents(cents).unwrap()
}

fn money(cents: u64) -> Money {
    Money::from_cents(cents).unwrap()
}

fn instant(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn rules() -> SettingsDraft {
    read_settings_document(r#"{"currency": "TJS", "time_zone": "Asia/Dushanbe"}"#).unwrap()
}

/// The customer of the contract's examples.
pub(in crate::api) fn view() -> AccountView {
    let percent = |text| Percent::parse(text).unwrap();
    AccountView {
        former_phones: Vec::new(),
        absorbed: Vec::new(),
        id: CustomerId(42),
        phone: Phone::parse("+992901234567", None).ok(),
        card: None,
        profile: Some(Box::new(Profile {
            full_name: Text::parse("John Smith").ok(),
            birth_date: "1990-05-01".parse().ok(),
            gender: Text::parse("male").ok(),
        })),
        opened_at: instant("2026-01-01T00:00:00Z"),
        blocked: false,
        balance: Balance::from_cents(15_000),
        redeemable: bonus(12_000),
        held: bonus(3_000),
        reserved: bonus(1_000),
        debt: Bonus::ZERO,
        welcome: (bonus(1_050), Some(instant("2027-01-10T18:59:59Z"))),
        birthday: (Bonus::ZERO, None),
        total_spent: money(120_000),
        purchases: 2,
        last_visit_at: Some(instant("2026-01-10T09:00:00Z")),
        tier: Tier {
            id: TierId(2),
            name: Text::parse("Gold").unwrap(),
            color: Text::parse("#C9A227").unwrap(),
            from_total_spent: money(100_000),
            bonus_percent: percent("5"),
        },
        loyalty: LoyaltyView {
            bonus_percent: percent("5"),
            max_redeem_percent: percent("30"),
            redeem_hold_seconds: 86_400,
            min_purchase_amount: money(1_000),
            currency: Text::parse("TJS").unwrap(),
            max_redeem_amount: Some(bonus(6_000)),
        },
        tallies: Tallies::default(),
        lots: OpenLots::default(),
        telegram: Some(Box::new(TelegramUser {
            id: TelegramId(7),
            username: Text::parse("johnsmith").ok(),
        })),
        devices: vec![Device { token: Text::parse("token").unwrap(), platform: None }],
        projection: TierProjection::default(),
        referral: Referral::default(),
        staff: false,
        debit_denied: false,
        person: None,
        membership: Membership::default(),
        turnover: Turnover::default(),
        reserves: vec![],
        forgotten_at: None,
    }
}

fn check(shape: &impl Serialize, expected: &Value) {
    assert_eq!(&serde_json::to_value(shape).unwrap(), expected);
}

#[test]
fn a_client_has_the_shape_of_the_contract() {
    let rules = rules();
    let expected = json!({
        "id": 42, "phone": "+992901234567", "barcode_ean13": "2000000000428",
        "club_card_number": null, "account_number": "ACC-000042", "full_name": "John Smith",
        "birth_date": "1990-05-01", "gender": "male", "bonus_balance": 150,
        "welcome_bonus_balance": 10.5, "welcome_expires_at": "2027-01-10T23:59:59+05:00",
        "birthday_bonus_balance": 0, "birthday_expires_at": null, "total_spent": 1200,
        "tier": {"id": 2, "name": "Gold", "color": "#C9A227"}, "telegram_username": "johnsmith",
        "has_mobile_app": true, "is_blocked": false,
        "last_visit_at": "2026-01-10T14:00:00+05:00",
        "tier_projection": {"next": null, "to_spend": null, "keep_until": null, "to_keep": null}
    });
    check(&Rendering::new(&rules).client(&view()), &expected);
}

#[test]
fn a_tier_is_kept_through_the_last_second_shown() {
    let rules = rules();
    let mut view = view();
    view.projection = TierProjection {
        next: Some(view.tier.clone()),
        to_spend: Some(money(18_000)),
        keep_until: Some(instant("2026-01-21T00:00:00+05:00")),
        to_keep: Some(money(1)),
    };
    let expected = json!({
        "next": {"id": 2, "name": "Gold", "color": "#C9A227"}, "to_spend": 180,
        "keep_until": "2026-01-20T23:59:59+05:00", "to_keep": 0.01
    });
    check(&Rendering::new(&rules).client(&view).tier_projection, &expected);
}

#[test]
fn a_cashier_sees_what_may_be_redeemed() {
    let rules = rules();
    let mut view = view();
    let shape = serde_json::to_value(Rendering::new(&rules).cashier_client(&view)).unwrap();
    let loyalty = json!({
        "bonus_percent": 5, "max_redeem_percent": 30, "redeem_hold_seconds": 86400,
        "redeem_hold_human": "24 h", "redeemable_balance": 120, "held_balance": 30,
        "min_purchase_amount": 10, "currency": "TJS", "max_redeem_amount": 60
    });
    assert_eq!(shape["loyalty"], loyalty);
    assert_eq!((&shape["redeemable_balance"], &shape["held_balance"]), (&json!(120), &json!(30)));
    view.loyalty.max_redeem_amount = None;
    let shape = serde_json::to_value(Rendering::new(&rules).cashier_client(&view)).unwrap();
    assert!(!shape["loyalty"].as_object().unwrap().contains_key("max_redeem_amount"));
}

#[test]
fn a_sale_has_the_shape_of_the_contract_and_its_lines_if_it_had_any() {
    let input = LineInput {
        sku: None,
        category_code: None,
        name: None,
        quantity: None,
        unit_price: None,
        line_amount: Some(money(100_000)),
    };
    let split = Split {
        net: money(95_500),
        redeem_share: bonus(4_500),
        gift_share: Money::ZERO,
        base: money(95_500),
        percent: Percent::parse("5").unwrap(),
        accrual: bonus(4_775),
    };
    let mut sale = RecordedSale {
        id: SaleId(1_001),
        at: instant("2026-01-10T09:00:00Z"),
        late: false,
        total: money(95_500),
        gross: Some(money(100_000)),
        redeem_mode: RedeemMode::Discount,
        redeemed: bonus(4_500),
        completes: None,
        accrued: bonus(4_775),
        tier: TierId(1),
        percent: Percent::parse("5").unwrap(),
        earned_under: SettingsVersion(1),
        unfunded: Bonus::ZERO,
        external_id: Text::parse("order-2026-000123").ok(),
        receipt_number: ReceiptNumber::parse("000123").ok(),
        payment_method: None,
        point_of_sale: PointOfSale::default(),
        lines: vec![RecordedLine { input, split }],
        unlisted: None,
        promoted: Vec::new(),
        gift_cards: Vec::new(),
        coupons: Vec::new(),
        retail: None,
        balance_after: Balance::from_cents(15_275),
        external_scope: ExternalIdScope::Tenant,
    };
    let mut expected = json!({
        "id": 1001, "client_id": 42, "total_amount": 955, "bonus_accrued": 47.75,
        "bonus_redeemed": 45, "external_sale_id": "order-2026-000123",
        "sale_date": "2026-01-10T14:00:00+05:00", "new_balance": 152.75,
        "lines": [{"redeem_share": 45, "net": 955, "accrual": 47.75}]
    });
    let rules = rules();
    check(&Rendering::new(&rules).sale(CustomerId(42), &sale), &expected);
    sale.lines.clear();
    sale.external_id = None;
    let fields = expected.as_object_mut().unwrap();
    fields.remove("lines");
    fields.insert("external_sale_id".into(), Value::Null);
    check(&Rendering::new(&rules).sale(CustomerId(42), &sale), &expected);
}

#[test]
fn a_redemption_has_the_shape_of_the_contract() {
    let redemption = RecordedRedemption {
        id: SaleId(1_002),
        transaction: TransactionId(5_012),
        at: instant("2026-01-10T09:00:00Z"),
        amount: bonus(5_000),
        order_total: money(20_000),
        external_id: None,
        balance_after: Balance::from_cents(10_275),
    };
    let expected = json!({
        "transaction_id": 5012, "amount_redeemed": 50, "new_balance": 102.75, "sale_id": 1002
    });
    check(&Rendering::redemption(&redemption), &expected);
}

#[test]
fn a_hold_is_told_in_its_largest_whole_unit() {
    let check = |seconds, expected| assert_eq!(human_span(seconds), expected);
    check(0, "0 h");
    check(86_400, "24 h");
    check(7_200, "2 h");
    check(5_400, "90 min");
    check(90, "90 s");
    check(60, "1 min");
}
