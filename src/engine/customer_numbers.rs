//! The numbers that customers to come are given.

use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::perform::Errand;
use crate::ledger::Refusal;
use crate::values::{CustomerId, ean13_of};

impl Core {
    /// The next number whose key can seal something. One that was destroyed or damaged is passed over: it was of
    /// somebody whom a restore took back, and gaps do no harm.
    pub(super) fn next_customer(&self, errand: &Errand) -> Result<CustomerId, EngineError> {
        loop {
            let customer = errand.tenant.counters.next_customer();
            ean13_of(customer.number()).ok_or(Refusal::CustomerNumbersUsedUp)?;
            if self.vault.is_free(errand.tenant_id(), customer)? {
                return Ok(customer);
            }
        }
    }
}
