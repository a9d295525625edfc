//! What concerns the guard against abuse: stores with external ids of their own, flags of customers.

use crate::journal::scenario::Scenario;
use crate::ledger::{
    Account, AccountFlag, Action, Confirmation, ExternalIdScope, GuardRules, PointOfSale, StoreName,
};
use crate::values::{Bonus, TenantId};

/// Rules that are in force without refusing everything.
pub(super) fn rules() -> GuardRules {
    GuardRules {
        redeem_confirm_from: Bonus::from_cents(100),
        sales_per_day_refuse_from: Some(50),
        ..GuardRules::default()
    }
}

impl Scenario {
    /// Every other sale names a store.
    pub(super) fn point_of_sale(&self) -> PointOfSale {
        let named = self.next_event.number().is_multiple_of(2);
        let store = named.then(|| StoreName::parse("Store 1").unwrap());
        PointOfSale { store, cashier: None }
    }

    /// One tenant's ids are unique by store.
    pub(super) fn external_scope(&self, tenant: TenantId) -> ExternalIdScope {
        if tenant == TenantId(1) { ExternalIdScope::Store } else { ExternalIdScope::Tenant }
    }

    pub(super) fn confirmation(&self) -> Confirmation {
        Confirmation::Proved
    }

    /// What an operator says of a customer, or takes back.
    pub(super) fn set_flag(&mut self, account: &Account) -> Action {
        if self.dice.below(2) == 0 {
            return Action::SetFlag { flag: AccountFlag::Staff, on: !account.staff };
        }
        Action::SetFlag { flag: AccountFlag::DebitDenied, on: !account.debit_denied }
    }
}
