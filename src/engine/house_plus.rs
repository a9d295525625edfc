//! What a house answers the BonusPlus dialect beyond what it answers all of them.

use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::ledger::{Tenant, TokenHash};
use crate::values::Timestamp;
use std::sync::Arc;

impl House {
    /// The tenant whose key of the BonusPlus dialect (current, or before within its grace) has this
    /// SHA-256.
    ///
    /// # Errors
    /// `Unavailable`: nothing can be said.
    pub fn tenant_by_plus_key(
        &self,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<Arc<Tenant>>, EngineError> {
        Ok(self.core()?.tenants.by_plus_key(hash, now))
    }
}
