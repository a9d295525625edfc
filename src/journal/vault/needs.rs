//! Whose keys records need: what a copy of the vault beside them must have.

use crate::journal::vault::TENANT_SLOT;
use crate::journal::vault::place::Holder;
use crate::values::TenantId;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The last slot of each tenant that something was sealed under, noted while records are read without any key.
#[derive(Debug, Default)]
pub struct KeyNeeds(Mutex<BTreeMap<TenantId, u64>>);

impl KeyNeeds {
    pub(super) fn note(&self, holder: Holder) {
        let (tenant, slot) = match holder {
            Holder::Tenant(tenant) => (tenant, TENANT_SLOT),
            Holder::Customer(tenant, customer) => (tenant, customer.number()),
            // Keys of days are in no copy.
            Holder::Day(..) => return,
        };
        let mut needs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = needs.entry(tenant).or_default();
        *last = slot.max(*last);
    }

    pub(super) fn of_tenants(&self) -> BTreeMap<TenantId, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
