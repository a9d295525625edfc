//! How history rows, sale rows and references to operations lie in the tables.

use crate::journal::codec::{CodecError, Decode, Encode};
use crate::journal::operation::OperationRef;
use crate::journal::record::StoredSaleKind;
use crate::journal::record::fields::{balance, bonus, instant, money, optional};
use crate::ledger::{Row, RowKind, SaleFigures, SaleRow};
use crate::values::{CustomerId, EventNumber, SaleId, Timestamp, TransactionId};

#[derive(Debug, Encode, Decode)]
pub(super) struct RowRecord {
    id: u64,
    kind: RowKindRecord,
    amount: i64,
    balance_after: i64,
    sale: Option<u64>,
    /// Amount and business time.
    sale_figures: Option<(u64, i64)>,
    at: i64,
    created_at: i64,
    event: u64,
}

#[derive(Debug, Encode, Decode)]
enum RowKindRecord {
    Accrual,
    Redeem,
    Welcome,
    Expire,
    Adjust,
    Birthday,
    DebtWrittenOff,
    ExpireRevert,
    ReferralInvitee,
    ReferralInviter,
    RefundAccrual,
    RefundRedeem,
    MergeOut,
    MergeIn,
    Forfeit,
    Import,
}

/// Sale records of one account in a row, oldest first.
#[derive(Debug, Encode, Decode)]
pub(super) struct SaleBucket {
    /// No purchase or return of this bucket or an older one of the account has a later business time.
    pub(super) latest_at: i64,
    pub(super) sales: Vec<SaleRowRecord>,
}

#[derive(Debug, Encode, Decode)]
pub(super) struct SaleRowRecord {
    id: u64,
    kind: StoredSaleKind,
    event: u64,
    at: i64,
    total: u64,
    accrued: u64,
    redeemed: u64,
    unspent_at: Option<i64>,
}

#[derive(Debug, Encode, Decode)]
pub(super) enum OperationRefRecord {
    Sale { customer: u64, sale: u64, event: u64, meaning: Option<[u8; 16]> },
    Redemption { customer: u64, sale: u64, event: u64, amount: u64, order_total: u64 },
    Marked { customer: u64, event: u64, meaning: [u8; 16] },
    Return { customer: u64, sale: u64, event: u64 },
    Reserve { customer: u64, event: u64 },
    PhoneMark { customer: u64, event: u64 },
    Item { customer: u64, sale: u64, line: u16, event: u64 },
    MarkedAlone { event: u64, meaning: [u8; 16] },
}

impl RowRecord {
    pub(super) fn of(row: &Row) -> Self {
        Self {
            id: row.id.number(),
            kind: match row.kind {
                RowKind::Accrual => RowKindRecord::Accrual,
                RowKind::Redeem => RowKindRecord::Redeem,
                RowKind::Welcome => RowKindRecord::Welcome,
                RowKind::Expire => RowKindRecord::Expire,
                RowKind::Adjust => RowKindRecord::Adjust,
                RowKind::RefundAccrual => RowKindRecord::RefundAccrual,
                RowKind::RefundRedeem => RowKindRecord::RefundRedeem,
                RowKind::ExpireRevert => RowKindRecord::ExpireRevert,
                RowKind::DebtWrittenOff => RowKindRecord::DebtWrittenOff,
                RowKind::Birthday => RowKindRecord::Birthday,
                RowKind::ReferralInviter => RowKindRecord::ReferralInviter,
                RowKind::ReferralInvitee => RowKindRecord::ReferralInvitee,
                RowKind::MergeOut => RowKindRecord::MergeOut,
                RowKind::MergeIn => RowKindRecord::MergeIn,
                RowKind::Forfeit => RowKindRecord::Forfeit,
                RowKind::Import => RowKindRecord::Import,
            },
            amount: row.amount.cents(),
            balance_after: row.balance_after.cents(),
            sale: row.sale.map(SaleId::number),
            sale_figures: row.sale_figures.map(|sale| (sale.amount.cents(), sale.at.millis())),
            at: row.at.millis(),
            created_at: row.created_at.millis(),
            event: row.event.number(),
        }
    }

    pub(super) fn restore(self) -> Result<Row, CodecError> {
        Ok(Row {
            id: TransactionId(self.id),
            kind: match self.kind {
                RowKindRecord::Accrual => RowKind::Accrual,
                RowKindRecord::Redeem => RowKind::Redeem,
                RowKindRecord::Welcome => RowKind::Welcome,
                RowKindRecord::Expire => RowKind::Expire,
                RowKindRecord::Adjust => RowKind::Adjust,
                RowKindRecord::RefundAccrual => RowKind::RefundAccrual,
                RowKindRecord::RefundRedeem => RowKind::RefundRedeem,
                RowKindRecord::MergeOut => RowKind::MergeOut,
                RowKindRecord::MergeIn => RowKind::MergeIn,
                RowKindRecord::Forfeit => RowKind::Forfeit,
                RowKindRecord::Import => RowKind::Import,
                RowKindRecord::ExpireRevert => RowKind::ExpireRevert,
                RowKindRecord::DebtWrittenOff => RowKind::DebtWrittenOff,
                RowKindRecord::Birthday => RowKind::Birthday,
                RowKindRecord::ReferralInviter => RowKind::ReferralInviter,
                RowKindRecord::ReferralInvitee => RowKind::ReferralInvitee,
            },
            amount: balance(self.amount),
            balance_after: balance(self.balance_after),
            sale: self.sale.map(SaleId),
            sale_figures: optional(self.sale_figures, figures)?,
            at: instant(self.at)?,
            created_at: instant(self.created_at)?,
            event: EventNumber(self.event),
        })
    }
}

fn figures((amount, at): (u64, i64)) -> Result<SaleFigures, CodecError> {
    Ok(SaleFigures { amount: money(amount)?, at: instant(at)? })
}

impl SaleRowRecord {
    pub(super) fn of(sale: &SaleRow) -> Self {
        Self {
            id: sale.id.number(),
            kind: sale.kind.into(),
            event: sale.event.number(),
            at: sale.at.millis(),
            total: sale.total.cents(),
            accrued: sale.accrued.cents(),
            redeemed: sale.redeemed.cents(),
            unspent_at: sale.unspent_at.map(Timestamp::millis),
        }
    }

    pub(super) fn restore(self) -> Result<SaleRow, CodecError> {
        Ok(SaleRow {
            id: SaleId(self.id),
            kind: self.kind.into(),
            event: EventNumber(self.event),
            at: instant(self.at)?,
            total: money(self.total)?,
            accrued: bonus(self.accrued)?,
            redeemed: bonus(self.redeemed)?,
            unspent_at: optional(self.unspent_at, instant)?,
        })
    }
}

impl OperationRefRecord {
    pub(super) fn of(reference: &OperationRef) -> Self {
        match *reference {
            OperationRef::Sale { customer, sale, event, meaning } => Self::Sale {
                customer: customer.number(),
                sale: sale.number(),
                event: event.number(),
                meaning,
            },
            OperationRef::Redemption { customer, sale, event, amount, order_total } => {
                Self::Redemption {
                    customer: customer.number(),
                    sale: sale.number(),
                    event: event.number(),
                    amount: amount.cents(),
                    order_total: order_total.cents(),
                }
            }
            OperationRef::Marked { customer, event, meaning } => {
                Self::Marked { customer: customer.number(), event: event.number(), meaning }
            }
            OperationRef::Return { customer, sale, event } => Self::Return {
                customer: customer.number(),
                sale: sale.number(),
                event: event.number(),
            },
            OperationRef::Reserve { customer, event } => {
                Self::Reserve { customer: customer.number(), event: event.number() }
            }
            OperationRef::PhoneMark { customer, event } => {
                Self::PhoneMark { customer: customer.number(), event: event.number() }
            }
            OperationRef::Item { customer, sale, line, event } => Self::Item {
                customer: customer.number(),
                sale: sale.number(),
                line,
                event: event.number(),
            },
            OperationRef::MarkedAlone { event, meaning } => {
                Self::MarkedAlone { event: event.number(), meaning }
            }
        }
    }

    pub(super) fn restore(self) -> Result<OperationRef, CodecError> {
        Ok(match self {
            Self::Sale { customer, sale, event, meaning } => OperationRef::Sale {
                customer: CustomerId(customer),
                sale: SaleId(sale),
                event: EventNumber(event),
                meaning,
            },
            Self::Redemption { customer, sale, event, amount, order_total } => {
                OperationRef::Redemption {
                    customer: CustomerId(customer),
                    sale: SaleId(sale),
                    event: EventNumber(event),
                    amount: bonus(amount)?,
                    order_total: money(order_total)?,
                }
            }
            Self::Marked { customer, event, meaning } => OperationRef::Marked {
                customer: CustomerId(customer),
                event: EventNumber(event),
                meaning,
            },
            Self::Return { customer, sale, event } => OperationRef::Return {
                customer: CustomerId(customer),
                sale: SaleId(sale),
                event: EventNumber(event),
            },
            Self::Reserve { customer, event } => {
                OperationRef::Reserve { customer: CustomerId(customer), event: EventNumber(event) }
            }
            Self::PhoneMark { customer, event } => {
                let (customer, event) = (CustomerId(customer), EventNumber(event));
                OperationRef::PhoneMark { customer, event }
            }
            Self::Item { customer, sale, line, event } => OperationRef::Item {
                customer: CustomerId(customer),
                sale: SaleId(sale),
                line,
                event: EventNumber(event),
            },
            Self::MarkedAlone { event, meaning } => {
                OperationRef::MarkedAlone { event: EventNumber(event), meaning }
            }
        })
    }
}
