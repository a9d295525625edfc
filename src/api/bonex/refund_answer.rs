//! The answer to a return: what the till pays out, and what became of the bonuses.

use super::date_time;
use crate::api::amount::Amount;
use crate::api::vouchers::{GiftPartShape, gift_share};
use crate::ledger::{Extent, RecordedReturn, ReturnedPart, SettingsDraft};
use crate::values::Quantity;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(in crate::api) struct RefundShape<'a> {
    id: u64,
    sale_id: u64,
    money: Amount,
    bonus_restored: Amount,
    accrual_reversed: Amount,
    already_expired: Amount,
    let_go: Amount,
    /// Of fixed bonuses that went back whole, beyond the lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed_bonus: Option<Amount>,
    /// Gift cards that were credited.
    gift_cards: Vec<GiftPartShape<'a>>,
    new_balance: Amount,
    lines: Vec<ReturnedLineShape>,
    external_refund_id: Option<&'a str>,
    refund_date: String,
}

#[derive(Debug, Serialize)]
struct ReturnedLineShape {
    /// From 1.
    line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<Amount>,
    redeem_share: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    gift_share: Option<Amount>,
    net: Amount,
    accrual: Amount,
}

/// A return as it was recorded; a repeated answer is rendered from the same record.
pub(in crate::api) fn shape<'r>(
    returned: &'r RecordedReturn,
    rules: &SettingsDraft,
) -> RefundShape<'r> {
    RefundShape {
        id: returned.id.number(),
        sale_id: returned.of.number(),
        money: returned.money.into(),
        bonus_restored: returned.restored.into(),
        accrual_reversed: returned.reversed.into(),
        already_expired: returned.already_expired.into(),
        let_go: returned.let_go.into(),
        fixed_bonus: (!returned.fixed_bonus.is_zero()).then(|| returned.fixed_bonus.into()),
        gift_cards: GiftPartShape::list(&returned.gift_cards),
        new_balance: returned.balance_after.into(),
        lines: returned.parts.iter().filter_map(line_of).collect(),
        external_refund_id: returned.external_id.as_ref().map(|id| id.as_str()),
        refund_date: date_time(returned.at, rules),
    }
}

/// What no line lists is in the sums alone.
fn line_of(part: &ReturnedPart) -> Option<ReturnedLineShape> {
    Some(ReturnedLineShape {
        line: part.line?.saturating_add(1),
        quantity: quantity_of(part.extent).map(Amount::from),
        redeem_share: part.shares.redeem_share.into(),
        gift_share: gift_share(part.shares.gift_share),
        net: part.shares.money.into(),
        accrual: part.shares.accrual.into(),
    })
}

const fn quantity_of(extent: Extent) -> Option<Quantity> {
    match extent {
        Extent::Quantity(quantity) => Some(quantity),
        Extent::Amount(_) | Extent::Rest => None,
    }
}
