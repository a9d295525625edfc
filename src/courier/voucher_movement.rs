//! One change of a gift card or a coupon. Codes are not told: whoever has one may spend it.

use crate::courier::amount::Amount;
use crate::ledger::VoucherEvent;
use crate::values::VoucherId;
use serde::Serialize;

/// A change of a voucher. The amounts of a gift card add up to what is on it.
#[derive(Debug, Serialize)]
pub(super) struct VoucherMovement {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    gift_card_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
}

impl VoucherMovement {
    pub(super) fn of(id: VoucherId, event: &VoucherEvent) -> Self {
        match event {
            VoucherEvent::GiftCard(event) => Self {
                kind: event.name(),
                gift_card_id: Some(id.number()),
                coupon_id: None,
                amount: Some(event.amount().into()),
            },
            VoucherEvent::Coupon(event) => Self {
                kind: event.name(),
                gift_card_id: None,
                coupon_id: Some(id.number()),
                amount: None,
            },
        }
    }
}
