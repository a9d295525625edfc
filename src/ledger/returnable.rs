//! What a return must know of the sale it is about: its record, the slices it drew, what was returned
//! of it before. The account keeps no past sales, so this is fetched before its turn.

use crate::ledger::event::AccountEvent;
use crate::ledger::lot::Slice;
use crate::ledger::returned::RecordedReturn;
use crate::ledger::sale::{SaleKind, SaleRecord};
use crate::ledger::tally::DayCount;
use crate::ledger::trail::TrailStep;
use crate::ledger::voucher::{VoucherCode, VoucherKind};
use crate::values::{Bonus, CustomerId, SaleId, Timestamp};

/// A sale as its record and its trail tell it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SaleHistory {
    recorded: Option<(CustomerId, SaleRecord)>,
    slices: Vec<Slice>,
    expired: Bonus,
    returns: Vec<RecordedReturn>,
    completed_by: Option<SaleId>,
    counted: Vec<DayCount>,
}

/// What a sale or a redemption counted against limits of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// What of the bonuses it drew can come back.
    pub drawn: Bonus,
    pub days: Vec<DayCount>,
}

/// A sale that is being returned, with all that happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returnable {
    pub customer: CustomerId,
    pub record: SaleRecord,
    /// What it drew, of an earlier redemption too, in the order in which it is given back: the slices
    /// drawn last come back first, so that what stays redeemed is what a smaller order would have drawn.
    pub slices: Vec<Slice>,
    /// What of its own bonuses expired unspent.
    pub expired: Bonus,
    /// In the order in which they were recorded.
    pub returns: Vec<RecordedReturn>,
    /// Of a redemption: the sale that completed it.
    pub completed_by: Option<SaleId>,
    /// Of the sale, then of the redemption that it completed.
    pub counted: Vec<Counted>,
}

impl SaleHistory {
    /// Takes in a step of the trail of `sale`, with the account's events of the operation that made it.
    pub fn take(&mut self, sale: SaleId, step: &TrailStep, events: &[AccountEvent]) {
        match step {
            TrailStep::Recorded { customer, slices, .. } => {
                self.recorded = SaleRecord::find(events, sale).map(|record| (*customer, record));
                self.slices.clone_from(slices);
                self.counted = events.iter().filter_map(count_of).cloned().collect();
            }
            TrailStep::Completed { by } => self.completed_by = Some(*by),
            TrailStep::Expired { amount } => {
                self.expired = self.expired.checked_add(*amount).unwrap_or(self.expired);
            }
            TrailStep::ExpiryReverted { amount } => {
                self.expired = self.expired.saturating_sub(*amount);
            }
            TrailStep::Returned => {
                self.returns
                    .extend(events.iter().find_map(|event| return_of(event, sale)).cloned());
            }
        }
    }

    /// The redemption that this sale completed; its history belongs to a return, too.
    #[must_use]
    pub fn completes(&self) -> Option<SaleId> {
        match &self.recorded {
            Some((_, SaleRecord::Purchase(sale))) => sale.completes.map(|fact| fact.sale),
            Some((_, SaleRecord::Redemption(_) | SaleRecord::Return(_))) | None => None,
        }
    }

    /// The sale as a return sees it, with the redemption it completed; `None` if it was never recorded.
    #[must_use]
    pub fn returnable(self, completed: Option<Self>) -> Option<Returnable> {
        let (customer, record) = self.recorded?;
        let mut slices: Vec<Slice> = self.slices.into_iter().rev().collect();
        let mut counted = vec![Counted { drawn: sum_of(&slices), days: self.counted }];
        if let Some(redemption) = completed {
            let restored = restored_by(&redemption.returns);
            let drawn: Vec<Slice> = redemption.slices.into_iter().rev().collect();
            let left = without_first(&drawn, restored);
            counted.push(Counted { drawn: sum_of(&left), days: redemption.counted });
            slices.extend(left);
        }
        Some(Returnable {
            customer,
            record,
            slices,
            expired: self.expired,
            returns: self.returns,
            completed_by: self.completed_by,
            counted,
        })
    }
}

impl SaleRecord {
    #[must_use]
    pub fn id(&self) -> SaleId {
        match self {
            Self::Purchase(sale) => sale.id,
            Self::Redemption(redemption) => redemption.id,
            Self::Return(returned) => returned.id,
        }
    }

    #[must_use]
    pub const fn kind(&self) -> SaleKind {
        match self {
            Self::Purchase(_) => SaleKind::Purchase,
            Self::Redemption(_) => SaleKind::Redemption,
            Self::Return(_) => SaleKind::Return,
        }
    }

    /// The business time.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Purchase(sale) => sale.at,
            Self::Redemption(redemption) => redemption.at,
            Self::Return(returned) => returned.at,
        }
    }

    /// What it earned.
    #[must_use]
    pub fn accrued(&self) -> Bonus {
        match self {
            Self::Purchase(sale) => sale.accrued,
            Self::Redemption(_) | Self::Return(_) => Bonus::ZERO,
        }
    }
}

impl Returnable {
    /// The gift cards and coupons that the sale used.
    #[must_use]
    pub fn vouchers(&self) -> Vec<(VoucherKind, &VoucherCode)> {
        let SaleRecord::Purchase(sale) = &self.record else { return Vec::new() };
        let cards = sale.gift_cards.iter().map(|part| (VoucherKind::GiftCard, &part.card));
        cards.chain(sale.coupons.iter().map(|used| (VoucherKind::Coupon, &used.code))).collect()
    }

    /// What can still be given back of what was redeemed, in order.
    #[must_use]
    pub fn unrestored(&self) -> Vec<Slice> {
        without_first(&self.slices, restored_by(&self.returns))
    }
}

/// What returns have given back.
fn restored_by(returns: &[RecordedReturn]) -> Bonus {
    Bonus::checked_sum(returns.iter().map(|returned| returned.restored)).unwrap_or_default()
}

fn sum_of(slices: &[Slice]) -> Bonus {
    Bonus::checked_sum(slices.iter().map(|slice| slice.amount)).unwrap_or_default()
}

fn count_of(event: &AccountEvent) -> Option<&DayCount> {
    if let AccountEvent::DayCounted(count) = event { Some(count) } else { None }
}

/// Slices without their first so many bonuses.
fn without_first(slices: &[Slice], skipped: Bonus) -> Vec<Slice> {
    let mut left = skipped;
    let mut rest = Vec::new();
    for slice in slices {
        let amount = slice.amount.saturating_sub(left);
        left = left.saturating_sub(slice.amount);
        if !amount.is_zero() {
            rest.push(Slice { amount, ..slice.clone() });
        }
    }
    rest
}

fn return_of(event: &AccountEvent, sale: SaleId) -> Option<&RecordedReturn> {
    if let AccountEvent::ReturnRecorded(returned) = event {
        return Some(&**returned).filter(|returned| returned.of == sale);
    }
    None
}
