//! The record that a sale leaves: what the till said, and every figure that was decided about it.

use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::sale::Sale;
use crate::ledger::event::AccountEvent;
use crate::ledger::rules::earn::Earned;
use crate::ledger::sale::{RecordedLine, RecordedSale};
use std::sync::Arc;

pub(super) fn record(draft: &mut Draft, sale: &Sale<'_>, earned: Earned) -> Result<(), DraftError> {
    let sell = sale.sell;
    let lines = sell.lines.iter().cloned().zip(earned.lines);
    let recorded = RecordedSale {
        id: sale.id,
        at: sale.time.at,
        late: sale.time.late,
        total: sale.payment.total,
        gross: sell.gross_amount,
        redeem_mode: sell.redeem_mode,
        redeemed: sale.funding.redeemed(),
        completes: sale.completes.copied(),
        accrued: earned.accrued,
        tier: sale.tier.id,
        percent: sale.tier.bonus_percent,
        earned_under: sale.earning.version,
        unfunded: sale.funding.unfunded,
        external_id: sell.external_id.clone(),
        receipt_number: sell.receipt_number.clone(),
        payment_method: sell.payment_method.clone(),
        point_of_sale: sell.point_of_sale.clone(),
        lines: lines.map(|(input, split)| RecordedLine { input, split }).collect(),
        unlisted: earned.unlisted,
        balance_after: draft.account.balance(),
        promoted: earned.promoted,
        external_scope: sell.external_scope,
        gift_cards: sale.gift_cards.clone(),
        coupons: sale.coupons.used.clone(),
        retail: sell.retail.clone(),
    };
    draft.record(AccountEvent::SaleRecorded(Arc::new(recorded)))
}
