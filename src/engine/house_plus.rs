//! What a house answers the BonusPlus dialect beyond what it answers all of them.

use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::perform::Errand;
use crate::ledger::{Actor, LoginCode, Tenant, TokenHash};
use crate::values::{Phone, TenantId, Timestamp};
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

    /// Uses up the code that was sent to a phone, whether a customer has it or not; the account of one
    /// who has remembers it.
    ///
    /// # Errors
    /// `CodeInvalid`, `CodeAttemptsUsedUp`; as [`Self::perform`].
    pub async fn check_code(
        &self,
        tenant: TenantId,
        at: Timestamp,
        phone: Phone,
        code: LoginCode,
    ) -> Result<(), EngineError> {
        let core = self.core()?;
        let place = core.places.take()?;
        let tenant = core.tenant_entry(tenant)?;
        let errand = Errand { tenant, at, actor: Actor::Partner, mark: None, place };
        core.check_code(errand, phone, code).await
    }
}
