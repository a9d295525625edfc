//! What taking a batch of an import back would do: decided as it would be, and written nowhere.

use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::import_batch::ReversalReport;
use crate::engine::import_crowd::{IMPORT_HOLD_MAX, perform};
use crate::engine::import_reversal::Brought;
use crate::engine::marks::Mark;
use crate::engine::perform::Errand;
use crate::journal::{import_batch_key, import_reversal_key, imports_key};
use crate::ledger::{Account, Actor, BatchKey, BatchName, OperationMark, Refusal, StepError};
use crate::values::{CustomerId, SaleId, TenantId, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A reversal that is only thought through.
struct Foresight<'a> {
    tenant: TenantId,
    at: Timestamp,
    actor: &'a Actor,
    batch: BatchKey,
    report: ReversalReport,
    /// Accounts as they would be: customers of a batch may have been merged since.
    accounts: BTreeMap<CustomerId, Account>,
}

impl House {
    /// What [`Self::reverse_import`] would answer now.
    ///
    /// # Errors
    /// `ImportBatchNotFound`; as [`Self::perform`].
    pub async fn foresee_import_reversal(
        &self,
        (tenant, at): (TenantId, Timestamp),
        actor: &Actor,
        name: &BatchName,
    ) -> Result<ReversalReport, EngineError> {
        let core = self.core()?;
        drop(core.places.take()?);
        let _turn = core.turns.turn(imports_key(tenant)).await;
        let batch = import_batch_key(tenant, name);
        let (report, accounts) = (ReversalReport::default(), BTreeMap::new());
        let mut foresight = Foresight { tenant, at, actor, batch, report, accounts };
        for (customer, brought) in core.brought_by(batch).await? {
            for sale in &brought.sales {
                let back = self.is_returned(tenant, at, (customer, *sale)).await?;
                let count =
                    if back { &mut foresight.report.before } else { &mut foresight.report.sales };
                *count = count.saturating_add(1);
            }
            Box::pin(foresight.take_back_from(&core, customer, brought)).await?;
        }
        Ok(foresight.report)
    }

    /// Whether nothing of a sale is left to be returned.
    async fn is_returned(
        &self,
        tenant: TenantId,
        at: Timestamp,
        sale: (CustomerId, SaleId),
    ) -> Result<bool, EngineError> {
        let returns = self.returns_of(tenant, at, sale).await?;
        Ok(returns.iter().any(|returned| returned.completes))
    }
}

impl Foresight<'_> {
    async fn take_back_from(
        &mut self,
        core: &Arc<Core>,
        customer: CustomerId,
        brought: Brought,
    ) -> Result<(), EngineError> {
        let key = import_reversal_key(self.tenant, self.batch, customer);
        if core.operation_under(key).await?.is_some() {
            self.report.before = self.report.before.saturating_add(1);
            return Ok(());
        }
        let now = core.follow(self.tenant, customer).await?;
        let account = AccountKey { tenant: self.tenant, customer: now };
        let held = core.hold_up_to(account, self.at, IMPORT_HOLD_MAX).await?;
        let errand = Errand {
            tenant: core.tenants.entry(self.tenant).ok_or(Refusal::TenantNotFound)?,
            at: self.at.max(held.not_before),
            actor: self.actor.clone(),
            mark: Some(Mark::of_house(OperationMark { key, meaning: self.batch })),
            place: core.places.take()?,
        };
        let is_customer = brought.row.is_some();
        let before = self.accounts.remove(&now).unwrap_or(held.account);
        match perform(&errand, Some(&before), brought.reversal(self.batch), None) {
            Ok(step) => {
                self.report.customers =
                    self.report.customers.saturating_add(u64::from(is_customer));
                self.report.count(&step.events);
                self.accounts.insert(now, *step.account);
                Ok(())
            }
            Err(StepError::Refused(refusal)) => Err(refusal.into()),
            Err(broken @ (StepError::Misfit(_) | StepError::Broken(_))) => {
                Err(EngineError::Broken(broken.to_string()))
            }
        }
    }
}
