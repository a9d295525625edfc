//! A row of bonus history: a signed amount and the balance after it.

use crate::ledger::event::AccountEvent;
use crate::ledger::returned::RecordedReturn;
use crate::values::{Balance, EventNumber, Money, SaleId, Timestamp, TransactionId};

/// Why the balance changed, in the contract's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKind {
    Accrual,
    Redeem,
    Welcome,
    Expire,
    Adjust,
    /// A clawback of what a returned sale earned.
    RefundAccrual,
    /// Bonuses given back that a returned sale had redeemed.
    RefundRedeem,
    ExpireRevert,
    DebtWrittenOff,
    Birthday,
    ReferralInviter,
    ReferralInvitee,
    MergeOut,
    MergeIn,
    /// Given up for something larger.
    Forfeit,
    /// An opening balance of an old system, or a batch of them that was taken back.
    Import,
}

/// One change of a balance; the amounts of all rows of an account add up to its balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub id: TransactionId,
    pub kind: RowKind,
    /// Positive: credit, negative: debit.
    pub amount: Balance,
    pub balance_after: Balance,
    pub sale: Option<SaleId>,
    /// What the sale that wrote this row came to.
    pub sale_figures: Option<SaleFigures>,
    /// The exact instant of the change.
    pub at: Timestamp,
    /// Not before the row before it, so that id, date and balance agree (rule 30).
    pub created_at: Timestamp,
    /// The first event of the operation that wrote it; 0 until that has its place in the journal.
    pub event: EventNumber,
}

/// What a row tells of its sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaleFigures {
    /// Money paid; of a redemption, the amount of its order; of a return, what it paid out.
    pub amount: Money,
    /// The business time.
    pub at: Timestamp,
}

impl RowKind {
    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.words().0
    }

    /// What customers read beside the amount.
    #[must_use]
    pub const fn note(self) -> &'static str {
        self.words().1
    }

    /// Name and note of every kind.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Accrual => ("accrual", "Accrual for purchase"),
            Self::Redeem => ("redeem", "Redemption towards a purchase"),
            Self::Welcome => ("welcome", "Welcome bonus"),
            Self::Expire => ("expire", "Bonuses expired"),
            Self::Adjust => ("adjust", "Correction"),
            Self::RefundAccrual => ("refund_accrual", "Taken back for a return"),
            Self::RefundRedeem => ("refund_redeem", "Given back for a return"),
            Self::ExpireRevert => ("expire_revert", "Expiry undone for a late redemption"),
            Self::DebtWrittenOff => ("debt_written_off", "Debt written off"),
            Self::Birthday => ("birthday", "Birthday bonus"),
            Self::ReferralInviter => ("referral_inviter", "Bonus for a friend who came"),
            Self::ReferralInvitee => ("referral_invitee", "Bonus for coming by a friend"),
            Self::MergeOut => ("merge_out", "Moved to another account"),
            Self::MergeIn => ("merge_in", "Moved from another account"),
            Self::Forfeit => ("forfeit", "Given up: such a gift is given once"),
            Self::Import => ("import", "Carried over from the system before"),
        }
    }
}

/// Tells the rows that an operation made so far what its sale came to: a sale is recorded after what it
/// redeemed and accrued.
pub fn tell_sale_figures(rows: &mut [Row], event: &AccountEvent) {
    let (id, amount, at) = match event {
        AccountEvent::SaleRecorded(sale) => (sale.id, sale.total, sale.at),
        AccountEvent::RedemptionRecorded(redemption) => {
            (redemption.id, redemption.order_total, redemption.at)
        }
        AccountEvent::ReturnRecorded(returned) => return tell_return_figures(rows, returned),
        AccountEvent::AccountOpened { .. }
        | AccountEvent::PhoneAssigned { .. }
        | AccountEvent::CardAssigned { .. }
        | AccountEvent::ProfileChanged(_)
        | AccountEvent::Person(_)
        | AccountEvent::TokenIssued { .. }
        | AccountEvent::TokenRevoked { .. }
        | AccountEvent::Blocked { .. }
        | AccountEvent::FlagSet { .. }
        | AccountEvent::Unblocked { .. }
        | AccountEvent::Credited(_)
        | AccountEvent::LotActivated { .. }
        | AccountEvent::LotExpired { .. }
        | AccountEvent::Debited(_)
        | AccountEvent::AdjustmentRecorded { .. }
        | AccountEvent::DayCounted(_)
        | AccountEvent::ClawedBack(_)
        | AccountEvent::Restored(_)
        | AccountEvent::Reserved(_)
        | AccountEvent::ReserveReleased(_)
        | AccountEvent::LotKept { .. }
        | AccountEvent::ExpiryReverted(_)
        | AccountEvent::DebtPaid { .. }
        | AccountEvent::DebtDated { .. }
        | AccountEvent::DebtWrittenOff { .. }
        | AccountEvent::TelegramLinked(_)
        | AccountEvent::DeviceRegistered(_)
        | AccountEvent::DeviceForgotten { .. }
        | AccountEvent::Referral(_)
        | AccountEvent::Tier(_)
        | AccountEvent::BirthdayAwaited(_)
        | AccountEvent::ExpiryNoticed { .. }
        | AccountEvent::RewardTakenBack(_)
        | AccountEvent::LimitsGivenBack(_)
        | AccountEvent::OverstockNoticed { .. }
        | AccountEvent::PhoneRetired { .. }
        | AccountEvent::PhoneMarked { .. }
        | AccountEvent::MergedOut(_)
        | AccountEvent::MergedIn(_)
        | AccountEvent::GiftForfeited(_)
        | AccountEvent::Import(_)
        | AccountEvent::Forgotten { .. } => return,
    };
    for row in rows.iter_mut().filter(|row| row.sale == Some(id)) {
        row.sale_figures = Some(SaleFigures { amount, at });
    }
}

/// Also to what was let go before and is taken back on the way, for the return of another sale.
fn tell_return_figures(rows: &mut [Row], returned: &RecordedReturn) {
    let is_of_return = |row: &&mut Row| match row.kind {
        RowKind::RefundAccrual | RowKind::RefundRedeem => row.sale_figures.is_none(),
        RowKind::Accrual
        | RowKind::Redeem
        | RowKind::Welcome
        | RowKind::Expire
        | RowKind::Adjust
        | RowKind::ExpireRevert
        | RowKind::DebtWrittenOff
        | RowKind::Birthday
        | RowKind::ReferralInviter
        | RowKind::ReferralInvitee
        | RowKind::MergeOut
        | RowKind::MergeIn
        | RowKind::Forfeit
        | RowKind::Import => false,
    };
    for row in rows.iter_mut().filter(is_of_return) {
        row.sale_figures = Some(SaleFigures { amount: returned.money, at: returned.at });
    }
}

#[cfg(test)]
mod tests {
    use crate::ledger::testing::{DAY, Scene, adjust, plain, redeem, sale};

    #[test]
    fn rows_of_a_sale_tell_what_it_came_to() {
        let mut scene = Scene::new(plain);
        scene.perform(adjust("100.00")).unwrap();
        scene.perform(sale("80.00").redeeming("20.00").act()).unwrap();
        scene.perform(redeem("30.00", "150.00")).unwrap();
        // What the sale earned expires with no sale of its own.
        scene.wait(400 * DAY);
        scene.perform(adjust("1.00")).unwrap();
        let told = |row: &super::Row| {
            let amount =
                row.sale_figures.map_or_else(|| "-".to_owned(), |it| it.amount.to_string());
            format!("{} {amount}", row.kind.name())
        };
        let expected = [
            "adjust -",
            "redeem 80.00",
            "accrual 80.00",
            "redeem 150.00",
            "expire -",
            "expire -",
            "adjust -",
        ];
        assert_eq!(scene.rows.iter().map(told).collect::<Vec<_>>(), expected);
    }
}
