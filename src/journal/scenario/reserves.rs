//! What customers of the scenario set aside, spend from it and release.

use super::Scenario;
use crate::ledger::{
    Account, Action, CommitReserve, ExternalId, Redeem, ReleaseReserve, ReserveId, SetAside,
};
use crate::values::{Bonus, Money};

impl Scenario {
    pub(super) fn reserve_action(&mut self, account: &Account) -> Action {
        let amount = Bonus::from_cents(1 + self.dice.below(300)).unwrap();
        match self.named_reserve(account) {
            Some(reserve) if self.dice.below(2) == 0 => {
                let amount = (self.dice.below(2) == 0).then_some(amount);
                Action::ReleaseReserve(ReleaseReserve { reserve, amount })
            }
            Some(reserve) if self.dice.below(2) == 0 => {
                let order_total = Money::from_cents(100_000).unwrap();
                let confirmation = self.confirmation();
                let redeem = Redeem { amount, order_total, external_id: None, confirmation };
                Action::CommitReserve(Box::new(CommitReserve { reserve, redeem }))
            }
            Some(_) | None => {
                let external_id = (self.dice.below(2) == 0)
                    .then(|| ExternalId::parse(&format!("C-{}", self.next_event)).unwrap());
                // Often a name that the customer has used before.
                let name = format!("{}-{}", account.id, self.dice.below(4));
                let reserve = ReserveId::parse(&name).unwrap();
                Action::SetAside(Box::new(SetAside {
                    reserve,
                    amount,
                    order_total: None,
                    external_id,
                    claimed: true,
                    by_plus: false,
                }))
            }
        }
    }

    /// One of the open reserves, mostly.
    pub(super) fn named_reserve(&mut self, account: &Account) -> Option<ReserveId> {
        let count = u64::try_from(account.reserves.len()).unwrap();
        let index = usize::try_from(self.dice.below(count + 1)).unwrap();
        account.reserves.get(index).map(|reserve| reserve.id.clone())
    }
}
