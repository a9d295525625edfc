//! The JSON shapes of the Bonex dialect, field by field as in the contract.

use super::LoggedIn;
use super::render::Rendering;
use crate::api::amount::Amount;
use crate::api::vouchers::GiftPartShape;
use crate::ledger::SettingsDraft;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(in crate::api) struct TierShape<'a> {
    pub(super) id: u32,
    pub(super) name: &'a str,
    pub(super) color: &'a str,
}

/// The contract's `Client`.
#[derive(Debug, Serialize)]
pub(in crate::api) struct ClientShape<'a> {
    pub(super) id: u64,
    pub(super) phone: String,
    pub(super) barcode_ean13: String,
    pub(super) club_card_number: Option<&'a str>,
    pub(super) account_number: String,
    pub(super) full_name: Option<&'a str>,
    pub(super) birth_date: Option<String>,
    pub(super) gender: Option<&'a str>,
    pub(super) bonus_balance: Amount,
    pub(super) welcome_bonus_balance: Amount,
    pub(super) welcome_expires_at: Option<String>,
    pub(super) birthday_bonus_balance: Amount,
    pub(super) birthday_expires_at: Option<String>,
    pub(super) total_spent: Amount,
    pub(super) tier: TierShape<'a>,
    pub(super) telegram_username: Option<&'a str>,
    pub(super) has_mobile_app: bool,
    pub(super) is_blocked: bool,
    pub(super) last_visit_at: Option<String>,
    pub(super) tier_projection: TierProjectionShape<'a>,
}

/// What stands between a customer and the tiers above and below: our extension.
#[derive(Debug, Serialize)]
pub(in crate::api) struct TierProjectionShape<'a> {
    pub(super) next: Option<TierShape<'a>>,
    pub(super) to_spend: Option<Amount>,
    pub(super) keep_until: Option<String>,
    pub(super) to_keep: Option<Amount>,
}

/// The contract's `Referral`.
#[derive(Debug, Serialize)]
pub(super) struct ReferralShape {
    pub(super) code: String,
    pub(super) share_text: String,
    pub(super) telegram_start_param: String,
    pub(super) invite_url: Option<String>,
    pub(super) invited_count: u64,
    pub(super) completed_count: u64,
    pub(super) bonuses_earned: Amount,
}

/// The contract's `CashierClient`.
#[derive(Debug, Serialize)]
pub(super) struct CashierClientShape<'a> {
    pub(super) id: u64,
    pub(super) phone: String,
    pub(super) barcode_ean13: String,
    pub(super) club_card_number: Option<&'a str>,
    pub(super) account_number: String,
    pub(super) full_name: Option<&'a str>,
    pub(super) bonus_balance: Amount,
    pub(super) redeemable_balance: Amount,
    pub(super) held_balance: Amount,
    pub(super) welcome_bonus_balance: Amount,
    pub(super) total_spent: Amount,
    pub(super) tier: TierShape<'a>,
    pub(super) is_blocked: bool,
    pub(super) last_visit_at: Option<String>,
    pub(super) loyalty: LoyaltyShape<'a>,
    /// Our extension: what is set aside for checkouts.
    pub(super) reserved_balance: Amount,
    pub(super) tier_projection: TierProjectionShape<'a>,
}

#[derive(Debug, Serialize)]
pub(super) struct LoyaltyShape<'a> {
    pub(super) bonus_percent: Amount,
    pub(super) max_redeem_percent: Amount,
    pub(super) redeem_hold_seconds: u32,
    pub(super) redeem_hold_human: String,
    pub(super) redeemable_balance: Amount,
    pub(super) held_balance: Amount,
    pub(super) min_purchase_amount: Amount,
    pub(super) currency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_redeem_amount: Option<Amount>,
}

/// Not `Debug`: the token is for the caller alone.
#[derive(Serialize)]
pub(super) struct LoginShape<'a> {
    pub(super) token: &'a str,
    pub(super) created: bool,
    pub(super) client: ClientShape<'a>,
}

/// Not `Debug`: the token is for the caller alone.
#[derive(Serialize)]
pub(super) struct TokenShape<'a> {
    token: &'a str,
    client_id: u64,
}

/// Not `Debug`: the token is for the caller alone.
#[derive(Serialize)]
pub(super) struct TokenClientShape<'a> {
    token: &'a str,
    client: ClientShape<'a>,
}

impl<'a> TokenShape<'a> {
    pub(super) fn new(done: &'a LoggedIn) -> Self {
        Self { token: &done.token, client_id: done.view.id.number() }
    }
}

impl<'a> TokenClientShape<'a> {
    pub(super) fn new(done: &'a LoggedIn, rules: &SettingsDraft) -> Self {
        Self { token: &done.token, client: Rendering::new(rules).client(&done.view) }
    }
}

/// The contract's `Sale`; `lines` is our extension for fiscal receipts (rule 9), `unfunded_discount` for
/// late sales (rule 20).
#[derive(Debug, Serialize)]
pub(super) struct SaleShape<'a> {
    pub(super) id: u64,
    pub(super) client_id: u64,
    pub(super) total_amount: Amount,
    pub(super) bonus_accrued: Amount,
    pub(super) bonus_redeemed: Amount,
    pub(super) external_sale_id: Option<&'a str>,
    pub(super) sale_date: String,
    pub(super) new_balance: Amount,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) lines: Vec<LineShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unfunded_discount: Option<Amount>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) gift_cards: Vec<GiftPartShape<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) coupons: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
pub(super) struct LineShape {
    pub(super) redeem_share: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gift_share: Option<Amount>,
    pub(super) net: Amount,
    pub(super) accrual: Amount,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) promotions: Vec<u32>,
}

#[derive(Debug, Serialize)]
pub(super) struct RedemptionShape {
    pub(super) transaction_id: u64,
    pub(super) amount_redeemed: Amount,
    pub(super) new_balance: Amount,
    pub(super) sale_id: u64,
}

/// Bonuses that were set aside.
#[derive(Debug, Serialize)]
pub(super) struct ReserveShape<'a> {
    pub(super) id: &'a str,
    /// What is in the reserve.
    pub(super) amount: Amount,
    pub(super) expires_at: String,
    pub(super) redeemable_balance: Amount,
    pub(super) new_balance: Amount,
    pub(super) external_reserve_id: Option<&'a str>,
}

/// An order paid from a reserve: a redemption, and what was left over.
#[derive(Debug, Serialize)]
pub(super) struct CommitShape {
    #[serde(flatten)]
    pub(super) redemption: RedemptionShape,
    pub(super) released: Amount,
}

#[derive(Debug, Serialize)]
pub(super) struct ReleaseShape<'a> {
    pub(super) id: &'a str,
    pub(super) released: Amount,
}
