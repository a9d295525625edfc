//! Reserves for tests, in a few words each.

use crate::ledger::command::{Action, CommitReserve, ReleaseReserve, Sell, SetAside};
use crate::ledger::reserve::ReserveId;
use crate::ledger::testing::{bonus, redemption};

impl Sell {
    /// With the reserve of this name.
    pub(in crate::ledger) fn from(self, reserve: &str) -> Self {
        Self { reserve: Some(named(reserve)), ..self }
    }
}

pub(in crate::ledger) fn named(reserve: &str) -> ReserveId {
    ReserveId::parse(reserve).unwrap()
}

pub(in crate::ledger) fn set_aside(reserve: &str, amount: &str) -> Action {
    Action::SetAside(Box::new(SetAside {
        reserve: named(reserve),
        amount: bonus(amount),
        order_total: None,
        external_id: None,
        claimed: true,
        by_plus: false,
    }))
}

/// Of an order of 1000.
pub(in crate::ledger) fn commit(reserve: &str, amount: &str) -> Action {
    let redeem = redemption(amount, "1000.00");
    Action::CommitReserve(Box::new(CommitReserve { reserve: named(reserve), redeem }))
}

pub(in crate::ledger) fn release(reserve: &str, amount: Option<&str>) -> Action {
    let reserve = named(reserve);
    Action::ReleaseReserve(ReleaseReserve { reserve, amount: amount.map(bonus) })
}
