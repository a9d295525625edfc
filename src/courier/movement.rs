//! One change of a customer's bonuses, with the lots it made, changed or drew from.

use crate::courier::amount::Amount;
use crate::ledger::{AccountEvent, Credit, CreditKind, Debit, DebitKind};
use crate::values::{Balance, Bonus, LotId};
use serde::Serialize;

/// A movement. The amounts of all but `activate` add up to the change of the balance.
#[derive(Debug, Serialize)]
pub(super) struct Movement {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<u64>,
    /// Positive: given, or spendable from now; negative: taken.
    amount: Amount,
    /// What of it became debt (positive) or paid debt (negative), and so is in no lot.
    #[serde(skip_serializing_if = "Option::is_none")]
    debt: Option<Amount>,
    lots: Vec<LotPart>,
}

#[derive(Debug, Serialize)]
struct LotPart {
    lot_id: u64,
    amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    activates_at: Option<String>,
    /// The first instant at which it can no longer be spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

impl Movement {
    /// What an event did to bonuses; `None`: nothing.
    pub(super) fn of(event: &AccountEvent) -> Option<Self> {
        match event {
            AccountEvent::Credited(credit) => Some(Self::of_credit(credit)),
            AccountEvent::Debited(debit) => Some(Self::of_debit(debit)),
            AccountEvent::LotActivated { lot, amount, debt_paid, .. } => Some(Self {
                kind: "activate",
                transaction_id: None,
                amount: (*amount).into(),
                debt: paid(*debt_paid),
                lots: vec![LotPart::of(*lot, amount.saturating_sub(*debt_paid).as_balance())],
            }),
            AccountEvent::LotExpired { transaction, lot, amount, .. } => Some(Self {
                kind: "expire",
                transaction_id: Some(transaction.number()),
                amount: taken(*amount).into(),
                debt: None,
                lots: vec![LotPart::of(*lot, taken(*amount))],
            }),
            AccountEvent::AccountOpened { .. }
            | AccountEvent::PhoneAssigned { .. }
            | AccountEvent::CardAssigned { .. }
            | AccountEvent::ProfileChanged(_)
            | AccountEvent::TokenIssued { .. }
            | AccountEvent::TokenRevoked { .. }
            | AccountEvent::Blocked { .. }
            | AccountEvent::Unblocked { .. }
            | AccountEvent::SaleRecorded(_)
            | AccountEvent::RedemptionRecorded(_)
            | AccountEvent::DayCounted(_)
            | AccountEvent::TelegramLinked(_)
            | AccountEvent::DeviceRegistered(_)
            | AccountEvent::DeviceForgotten { .. }
            | AccountEvent::AdjustmentRecorded { .. } => None,
        }
    }

    fn of_credit(credit: &Credit) -> Self {
        let kind = match credit.kind {
            CreditKind::Accrual => "accrual",
            CreditKind::Welcome => "welcome",
            CreditKind::Adjust => "adjust",
        };
        let kept = credit.amount.saturating_sub(credit.debt_paid);
        let lot = LotPart {
            activates_at: credit.held.then(|| credit.activates_at.to_string()),
            expires_at: credit.expires_at.map(|at| at.to_string()),
            ..LotPart::of(credit.lot, kept.as_balance())
        };
        Self {
            kind,
            transaction_id: Some(credit.transaction.number()),
            amount: credit.amount.into(),
            debt: paid(credit.debt_paid),
            lots: vec![lot],
        }
    }

    fn of_debit(debit: &Debit) -> Self {
        let kind = match debit.kind {
            DebitKind::Redeem => "redeem",
            DebitKind::Adjust => "adjust",
        };
        let draws = debit.draws.iter().map(|draw| LotPart::of(draw.lot, taken(draw.amount)));
        Self {
            kind,
            transaction_id: Some(debit.transaction.number()),
            amount: taken(debit.amount).into(),
            debt: (!debit.debt.is_zero()).then(|| debit.debt.into()),
            lots: draws.collect(),
        }
    }
}

impl LotPart {
    fn of(lot: LotId, amount: Balance) -> Self {
        Self { lot_id: lot.number(), amount: amount.into(), activates_at: None, expires_at: None }
    }
}

fn taken(amount: Bonus) -> Balance {
    Balance::from_cents(amount.as_balance().cents().saturating_neg())
}

fn paid(debt: Bonus) -> Option<Amount> {
    (!debt.is_zero()).then(|| taken(debt).into())
}
