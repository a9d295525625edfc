//! One change of a customer's bonuses, with the lots it made, changed or drew from.

use crate::courier::amount::Amount;
use crate::ledger::{
    AccountEvent, Clawback, Credit, CreditKind, Debit, DebitKind, Draw, Forfeit, LotDraw, MergedIn,
    Restoration, Slice, TakenBack,
};
use crate::values::{Balance, Bonus, CustomerId, LotId, TransactionId};
use serde::Serialize;

/// Bonuses that were held can be spent: the balance stays.
const ACTIVATE: &str = "activate";

/// A movement. The amounts of all but `activate` add up to the change of the balance.
#[derive(Debug, Serialize)]
pub(super) struct Movement {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Where it is not the customer whom the entry is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<u64>,
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
    /// Of another customer than the one whom the entry is about.
    pub(super) fn of_other(self, customer: CustomerId) -> Self {
        Self { client_id: Some(customer.number()), ..self }
    }

    /// What an event did to bonuses; `None`: nothing.
    #[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
    pub(super) fn of(event: &AccountEvent) -> Option<Self> {
        match event {
            AccountEvent::Credited(credit) => Some(Self::of_credit(credit)),
            AccountEvent::Debited(debit) => Some(Self::of_debit(debit)),
            AccountEvent::LotActivated { lot, amount, debt_paid, .. } => Some(Self {
                kind: ACTIVATE,
                client_id: None,
                transaction_id: None,
                amount: (*amount).into(),
                debt: paid(*debt_paid),
                lots: vec![LotPart::of(*lot, amount.saturating_sub(*debt_paid).as_balance())],
            }),
            AccountEvent::LotExpired { transaction, lot, amount, .. } => Some(Self {
                kind: "expire",
                client_id: None,
                transaction_id: Some(transaction.number()),
                amount: taken(*amount).into(),
                debt: None,
                lots: vec![LotPart::of(*lot, taken(*amount))],
            }),
            AccountEvent::ClawedBack(clawback) => Self::of_clawback(clawback),
            AccountEvent::RewardTakenBack(taken) => Some(Self::of_reward(taken)),
            AccountEvent::Import(event) => {
                event.taken().map(|taken| Self { kind: "import", ..Self::of_reward(taken) })
            }
            AccountEvent::Restored(restoration) => Some(Self::of_restoration(restoration)),
            AccountEvent::ExpiryReverted(revert) => Some(Self {
                kind: "expire_revert",
                client_id: None,
                transaction_id: Some(revert.transaction.number()),
                amount: revert.amount.into(),
                debt: None,
                lots: vec![LotPart::of(revert.lot, revert.amount.as_balance())],
            }),
            AccountEvent::DebtPaid { draws, .. } => Some(Self::of_debt_paid(draws)),
            AccountEvent::DebtWrittenOff { transaction, amount, .. } => Some(Self {
                kind: "debt_written_off",
                client_id: None,
                transaction_id: Some(transaction.number()),
                amount: (*amount).into(),
                debt: paid(*amount),
                lots: Vec::new(),
            }),
            AccountEvent::MergedOut(out) => {
                Self::of_merge("merge_out", out.transaction, out.amount.checked_neg()?)
            }
            AccountEvent::MergedIn(merged) => Self::of_merged_in(merged),
            AccountEvent::GiftForfeited(forfeit) => Some(Self::of_forfeit(forfeit)),
            AccountEvent::AccountOpened { .. }
            | AccountEvent::Forgotten { .. }
            | AccountEvent::PhoneRetired { .. }
            | AccountEvent::PhoneMarked { .. }
            | AccountEvent::PhoneAssigned { .. }
            | AccountEvent::CardAssigned { .. }
            | AccountEvent::ProfileChanged(_)
            | AccountEvent::Person(_)
            | AccountEvent::TokenIssued { .. }
            | AccountEvent::TokenRevoked { .. }
            | AccountEvent::Blocked { .. }
            | AccountEvent::FlagSet { .. }
            | AccountEvent::Unblocked { .. }
            | AccountEvent::SaleRecorded(_)
            | AccountEvent::RedemptionRecorded(_)
            | AccountEvent::ReturnRecorded(_)
            | AccountEvent::Reserved(_)
            | AccountEvent::ReserveReleased(_)
            | AccountEvent::LotKept { .. }
            | AccountEvent::DebtDated { .. }
            | AccountEvent::Referral(_)
            | AccountEvent::Tier(_)
            | AccountEvent::BirthdayAwaited(_)
            | AccountEvent::ExpiryNoticed { .. }
            | AccountEvent::DayCounted(_)
            | AccountEvent::TelegramLinked(_)
            | AccountEvent::DeviceRegistered(_)
            | AccountEvent::DeviceForgotten { .. }
            | AccountEvent::AdjustmentRecorded { .. }
            | AccountEvent::LimitsGivenBack(_)
            | AccountEvent::OverstockNoticed { .. } => None,
        }
    }

    /// What was to be had by a merge; `None`: nothing.
    fn of_merge(kind: &'static str, transaction: TransactionId, amount: Balance) -> Option<Self> {
        (!amount.is_zero()).then(|| Self {
            kind,
            client_id: None,
            transaction_id: Some(transaction.number()),
            amount: amount.into(),
            debt: None,
            lots: Vec::new(),
        })
    }

    fn of_merged_in(merged: &MergedIn) -> Option<Self> {
        let estate = &merged.estate;
        let lots = estate.lots.iter().map(|lot| LotPart {
            activates_at: (!lot.active).then(|| lot.activates_at.to_string()),
            expires_at: lot.expires_at.map(|at| at.to_string()),
            ..LotPart::of(lot.id, lot.remaining.as_balance())
        });
        let debt = (!estate.debt.is_zero()).then(|| estate.debt.into());
        let moved = Self::of_merge("merge_in", merged.transaction, merged.amount)?;
        Some(Self { debt, lots: lots.collect(), ..moved })
    }

    fn of_forfeit(forfeit: &Forfeit) -> Self {
        let lot = |draw: &LotDraw| LotPart::of(draw.lot, taken(draw.amount));
        Self {
            kind: "forfeit",
            client_id: None,
            transaction_id: Some(forfeit.transaction.number()),
            amount: taken(forfeit.amount).into(),
            debt: None,
            lots: forfeit.draws.iter().map(lot).collect(),
        }
    }

    fn of_credit(credit: &Credit) -> Self {
        let kind = match credit.kind {
            CreditKind::Accrual => "accrual",
            CreditKind::Welcome => "welcome",
            CreditKind::Adjust => "adjust",
            CreditKind::Birthday => "birthday",
            CreditKind::ReferralInviter => "referral_inviter",
            CreditKind::ReferralInvitee => "referral_invitee",
            CreditKind::Import => "import",
        };
        let kept = credit.amount.saturating_sub(credit.debt_paid);
        let lot = LotPart {
            activates_at: credit.held.then(|| credit.activates_at.to_string()),
            expires_at: credit.expires_at.map(|at| at.to_string()),
            ..LotPart::of(credit.lot, kept.as_balance())
        };
        Self {
            kind,
            client_id: None,
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
            client_id: None,
            transaction_id: Some(debit.transaction.number()),
            amount: taken(debit.amount).into(),
            debt: (!debit.debt.is_zero()).then(|| debit.debt.into()),
            lots: draws.collect(),
        }
    }
}

impl Movement {
    /// Why the balance changed, in the words of the history, and by how much; `None`: it did not.
    pub(super) fn into_change(self) -> Option<(&'static str, Amount)> {
        let stays = self.kind == ACTIVATE || self.amount.is_zero();
        (!stays).then_some((self.kind, self.amount))
    }

    /// `None` if all of it was let go.
    fn of_clawback(clawback: &Clawback) -> Option<Self> {
        let draws = clawback.draws.iter().map(|draw| LotPart::of(draw.lot, taken(draw.amount)));
        (!clawback.amount.is_zero()).then(|| Self {
            kind: "refund_accrual",
            client_id: None,
            transaction_id: Some(clawback.transaction.number()),
            amount: taken(clawback.amount).into(),
            debt: (!clawback.debt.is_zero()).then(|| clawback.debt.into()),
            lots: draws.collect(),
        })
    }

    /// Out of lots into debt: the balance stays.
    fn of_debt_paid(draws: &[Draw]) -> Self {
        let sum = Bonus::checked_sum(draws.iter().map(|draw| draw.amount)).unwrap_or_default();
        Self {
            kind: "debt_paid",
            client_id: None,
            transaction_id: None,
            amount: Bonus::ZERO.into(),
            debt: paid(sum),
            lots: draws.iter().map(|draw| LotPart::of(draw.lot, taken(draw.amount))).collect(),
        }
    }

    fn of_reward(reward: &TakenBack) -> Self {
        let draws = reward.draws.iter().map(|draw| LotPart::of(draw.lot, taken(draw.amount)));
        Self {
            kind: "refund_accrual",
            client_id: None,
            transaction_id: Some(reward.transaction.number()),
            amount: taken(reward.amount).into(),
            debt: (!reward.debt.is_zero()).then(|| reward.debt.into()),
            lots: draws.collect(),
        }
    }

    fn of_restoration(restoration: &Restoration) -> Self {
        let part = |part: &Slice| LotPart {
            activates_at: part.held.then(|| part.activates_at.to_string()),
            expires_at: part.expires_at.map(|at| at.to_string()),
            ..LotPart::of(part.lot, part.amount.as_balance())
        };
        Self {
            kind: "refund_redeem",
            client_id: None,
            transaction_id: Some(restoration.transaction.number()),
            amount: restoration.amount.into(),
            debt: paid(restoration.debt_paid),
            lots: restoration.parts.iter().map(part).collect(),
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
