//! The JSON shapes of a customer's past, field by field as in the contract, with our extensions.

use crate::api::amount::Amount;
use serde::Serialize;

/// The contract's `BonusTransaction`; `exact_at`, `business_at` and `sale_id` are extensions.
#[derive(Debug, Serialize)]
pub(in crate::api) struct TransactionShape<'a> {
    pub(super) id: u64,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) amount: Amount,
    pub(super) amount_unit: &'a str,
    pub(super) balance_after: Amount,
    pub(super) sale_amount: Option<Amount>,
    pub(super) purchase_currency: Option<&'a str>,
    pub(super) note: &'static str,
    pub(super) created_at: String,
    pub(super) exact_at: String,
    pub(super) business_at: String,
    pub(super) sale_id: Option<u64>,
}

/// The contract's `Purchase`; `external_sale_id`, `order_total` and `return_of` are extensions.
#[derive(Debug, Serialize)]
pub(in crate::api) struct PurchaseShape<'a> {
    pub(super) id: u64,
    pub(super) kind: &'static str,
    pub(super) title: &'static str,
    pub(super) receipt_number: Option<&'a str>,
    pub(super) sale_date: String,
    pub(super) total_amount: Amount,
    pub(super) currency: &'a str,
    pub(super) bonus_accrued: Amount,
    pub(super) bonus_redeemed: Amount,
    pub(super) store_name: Option<&'a str>,
    pub(super) store_address: Option<&'a str>,
    pub(super) lines: Vec<PurchaseLineShape<'a>>,
    pub(super) external_sale_id: Option<&'a str>,
    /// Of a redemption: the order that it was paid towards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) order_total: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) return_of: Option<u64>,
}

/// The contract's `SaleLine`.
#[derive(Debug, Serialize)]
pub(super) struct PurchaseLineShape<'a> {
    pub(super) sku: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) quantity: Amount,
    pub(super) unit_price: Amount,
    pub(super) line_amount: Amount,
}

/// The contract's `Store`.
#[derive(Debug, Serialize)]
pub(super) struct StoreShape<'a> {
    pub(super) id: u32,
    pub(super) name: &'a str,
    pub(super) address: Option<&'a str>,
}
