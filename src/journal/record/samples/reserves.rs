//! Samples of the events of reserves and of debt.

use super::{at, bonus, sale, text};
use crate::ledger::{
    AccountEvent, Draw, ExpiryRevert, RecordedReserve, RecordedSale, ReleaseReason, ReserveRelease,
};
use crate::values::{Balance, LotId, TransactionId};
use std::sync::Arc;

pub(super) fn reserve_events() -> Vec<AccountEvent> {
    let reserved = |external_id| {
        AccountEvent::Reserved(Box::new(RecordedReserve {
            reserve: text("корзина-7"),
            external_id,
            amount: bonus(1_000),
            total: bonus(2_500),
            deadline: at(604_800_000),
            redeemable_after: bonus(9_500),
            balance_after: Balance::from_cents(15_000),
            at: at(14),
        }))
    };
    let released = |why| {
        AccountEvent::ReserveReleased(Box::new(ReserveRelease {
            reserve: text("корзина-7"),
            amount: bonus(500),
            left: bonus(2_000),
            why,
            freed: vec![Draw { lot: LotId(30), amount: bonus(400) }],
            freed_until: at(900_015),
            at: at(15),
        }))
    };
    vec![
        reserved(Some(text("checkout-7"))),
        reserved(None),
        released(ReleaseReason::Committed),
        released(ReleaseReason::Rest),
        released(ReleaseReason::Released),
        released(ReleaseReason::Lapsed),
        AccountEvent::LotKept { lot: LotId(30), amount: bonus(600), at: at(16) },
    ]
}

/// Late debits, and what becomes of debt.
pub(super) fn debt_events() -> Vec<AccountEvent> {
    vec![
        AccountEvent::SaleRecorded(Arc::new(RecordedSale { unfunded: bonus(700), ..sale() })),
        AccountEvent::ExpiryReverted(ExpiryRevert {
            transaction: TransactionId(36),
            lot: LotId(30),
            amount: bonus(300),
            expired_at: at(17),
            at: at(18),
        }),
        AccountEvent::DebtPaid {
            draws: vec![Draw { lot: LotId(31), amount: bonus(200) }],
            at: at(19),
        },
        AccountEvent::DebtDated { write_off_at: at(864_000_000), at: at(20) },
        AccountEvent::DebtWrittenOff {
            transaction: TransactionId(37),
            amount: bonus(100),
            at: at(21),
        },
    ]
}
