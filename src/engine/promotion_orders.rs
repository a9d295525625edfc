//! Promotions that operators set and end: under one Idempotency-Key once.

use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::lone_marks::LoneClaim;
use crate::engine::order::TenantOrder;
use crate::journal::EntityEvents;
use crate::ledger::{OperationMark, Refusal, Tenant, TenantEvent};
use crate::values::{EventNumber, PromotionId, TenantId};
use std::sync::Arc;

impl House {
    /// Sets or ends a promotion; the outcome is durable. The tenant as it is now, and the promotion: the one
    /// that the first request with the same `mark` was about.
    ///
    /// # Errors
    /// As [`Self::change_tenant`]; `IdempotencyKeyReused`.
    pub async fn change_promotion(
        &self,
        order: TenantOrder,
        (tenant, promotion): (TenantId, Option<PromotionId>),
        mark: Option<OperationMark>,
    ) -> Result<(Arc<Tenant>, PromotionId), EngineError> {
        let core = self.core()?;
        Box::pin(core.change_promotion(order, (tenant, promotion), mark)).await
    }
}

impl Core {
    async fn change_promotion(
        self: &Arc<Self>,
        order: TenantOrder,
        (tenant, promotion): (TenantId, Option<PromotionId>),
        mark: Option<OperationMark>,
    ) -> Result<(Arc<Tenant>, PromotionId), EngineError> {
        let mark = mark.map(|mark| self.house_key.mark(mark));
        let marked = match self.claim_lone_mark(mark).await? {
            LoneClaim::Fresh(claim) => mark.map(|mark| mark.kept()).zip(claim),
            LoneClaim::Repeated(event) => {
                let tenant = self.unless_dismissed(self.tenants.tenant(tenant))?;
                let tenant = tenant.ok_or(Refusal::TenantNotFound)?;
                return Ok((tenant, self.promotion_at(event).await?));
            }
        };
        let done = self.change_tenant_marked(order, marked).await?;
        let latest = || done.tenant.promotions.versions().last().map(|version| version.id);
        let found = promotion.or_else(latest);
        let lost = || EngineError::Broken("a promotion that was set is not there".into());
        Ok((Arc::clone(&done.tenant), found.ok_or_else(lost)?))
    }

    /// The promotion that the operation which begins at `event` set or ended.
    async fn promotion_at(&self, event: EventNumber) -> Result<PromotionId, EngineError> {
        let numbered = self.readers.read(move |sources| sources.journal.operation(event)).await?;
        let entities = numbered.map(|numbered| numbered.operation.entities).unwrap_or_default();
        let found = entities.iter().find_map(|entity| match entity {
            EntityEvents::Tenant(events) => events.iter().find_map(promotion_of),
            EntityEvents::Account(..) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => None,
        });
        let lost = || EngineError::Broken(format!("no promotion was changed at event {event}"));
        found.ok_or_else(lost)
    }
}

fn promotion_of(event: &TenantEvent) -> Option<PromotionId> {
    if let TenantEvent::PromotionSet { promotion, .. } = event {
        return Some(promotion.id);
    }
    if let TenantEvent::PromotionEnded { promotion, .. } = event {
        return Some(*promotion);
    }
    None
}
