//! For fuzzers: the documents that operators write, of settings and of promotions.

use super::promotion_document::{PromotionDocument, read_promotion};
use super::settings_document::read_settings_document;
use super::settings_shape::write_settings_document;
use crate::fuzzing::Target;

/// Every field, none at its default.
pub(super) const FULL_SETTINGS: &str = r##"{
    "currency": "RUB", "bonus_unit": "points", "time_zone": "Europe/Moscow",
    "default_country": "RU", "redeem_hold_seconds": 1, "hold_from": "arrival",
    "expire_after_months": 6, "min_purchase_amount": "0.01", "max_redeem_percent": "99.5",
    "redeem_step": "1.00", "min_redeem": "10.00", "redeem_max_per_receipt": "500.00",
    "redeem_from_app": false, "earn_while_redeeming": false, "accrue_on_bonus_part": true,
    "accrual_step": "1", "earn_max_per_receipt": "1000.00", "payment_type_without_gross": "net",
    "welcome_bonus": "50.00", "welcome_hold_seconds": 2, "welcome_expire_after_days": 30,
    "backdate_days_max": 3, "backdate_before_join_hours": 4, "require_external_id": true,
    "signature_path": "with_query", "offline_debit": "allow_debt",
    "store_name": "Khorosho", "logo_url": "https://example.com/logo.png",
    "primary_color": "#0E7C66", "return_days_max": 14, "restore_grace_days": 7,
    "return_debt": "clamp", "tier_drop_on_return": false, "offline_debt_max": "100.00",
    "debt_write_off_days": 90, "reserve_deadline_seconds": 3600, "tier_window_days": 365,
    "birthday_bonus": "200.00", "birthday_expire_after_months": 1,
    "referral_inviter_bonus": "50.00", "referral_invitee_bonus": "25.00",
    "referral_min_amount": "100.00", "referral_hold_days": 3, "referral_expire_after_days": 60,
    "referral_share_text": "Join with {code}: {url}", "earn_max_per_day": "300.00",
    "redeem_max_per_day": "400.00", "expiry_notice_days": 7, "overstock_push": true,
    "promotion_stacking": true, "redeem_confirm_from": "500.00",
    "sales_per_day_report_from": 4, "sales_per_day_refuse_from": 10, "late_sales": "refuse",
    "redeem_on_opening_day": "refuse", "external_id_scope": "store", "ext_unique": "strict", "support_adjust_max": "50.00",
    "unknown_customer_status": 404, "bonusplus_reserve_deadline_seconds": 3600,
    "partner_requests_per_minute_max": 600, "app_requests_per_minute_max": 60,
    "bonusplus_requests_per_hour_max": 3000,
    "category_rules": [{"sku": "vodka", "effect": "min_price", "min_price": "12.50"}],
    "tiers": [
        {"name": "Start", "color": "#111111", "from_total_spent": "0.00", "bonus_percent": "1"},
        {"name": "Gold", "color": "#C9A227", "from_total_spent": "1000.00", "bonus_percent": "7.5"}
    ]
}"##;
const SETTINGS: &str = r#"{"expire_after_days": 0, "birthday_expire_after_days": 0,
    "referral_expire_after_months": 2, "category_rules": [{"category": "tobacco", "effect": "both"}]}"#;
const PROMOTIONS: [&str; 3] = [
    r#"{"name": "Dairy days", "description": "Twice as much", "type": "category_multiplier",
    "condition": {"categories": ["dairy", " tea "], "skus": ["M-1"], "tags": ["milk"], "min_amount": "20.00"},
    "reward": {"multiplier": "2.5"}, "starts_at": "2026-03-01T00:00:00+05:00",
    "ends_at": "2026-04-01T00:00:00+05:00", "limit_per_customer": 10, "limit_per_day": 1,
    "limit_total": 1000, "active": false}"#,
    r#"{"name": "A", "type": "fixed_bonus", "condition": {"coupon": true}, "reward": {"bonus": "5.00"}}"#,
    r#"{"name": "B", "type": "tier_boost", "condition": {"tiers": ["Gold"]}, "reward": {"plus_percent": "1.5"}}"#,
];

pub(in crate::api) fn target() -> Target {
    Target { name: "documents", run, seeds }
}

fn seeds() -> Vec<Vec<u8>> {
    let documents = [FULL_SETTINGS, SETTINGS].into_iter().chain(PROMOTIONS);
    documents.map(|document| document.as_bytes().to_vec()).collect()
}

/// A document that is taken is shown as one that says the same.
fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(settings) = read_settings_document(text) {
        let written = write_settings_document(&settings);
        assert_eq!(read_settings_document(&written), Ok(settings), "{written}");
    }
    if let Ok(terms) = read_promotion(text) {
        let document = PromotionDocument::of(&terms);
        let written = serde_json::to_string(&document).expect("a promotion's document is JSON");
        assert_eq!(read_promotion(&written), Ok(terms), "{written}");
    }
}
