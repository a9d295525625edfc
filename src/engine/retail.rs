//! What a house tells of single sale records: by their ids, by the ids of their items, by the address of
//! their receipt.

use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::fresh_sales::SalePlace;
use crate::engine::house::House;
use crate::engine::order_uid::OrderUid;
use crate::engine::readers::Sources;
use crate::engine::written::note;
use crate::journal::{EntityEvents, Numbered, OperationRef, item_key};
use crate::ledger::{ExtUse, ItemExt, Receipt, Refusal, SaleRecord, TrailStep, receipt_of};
use crate::values::{CustomerId, EventNumber, SaleId, TenantId};

/// A sale record and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSale {
    pub customer: CustomerId,
    pub record: SaleRecord,
}

/// An item of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoldItem {
    pub customer: CustomerId,
    pub sale: SaleId,
    /// The index of the line, from 0.
    pub line: u16,
}

impl House {
    /// The durable sale record with an id; `None`: the tenant has none.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn sale(
        &self,
        tenant: TenantId,
        sale: SaleId,
    ) -> Result<Option<FoundSale>, EngineError> {
        self.core()?.sale(tenant, sale).await
    }

    /// The item that the caller's own id leads to; `None`: none was sold under it.
    ///
    /// # Errors
    /// `AmbiguousExt` where several sales have it; as [`Self::perform`].
    pub async fn item(
        &self,
        tenant: TenantId,
        ext: &ItemExt,
    ) -> Result<Option<SoldItem>, EngineError> {
        let core = self.core()?;
        let Some(item) = core.item(tenant, ext, ExtUse::First).await? else { return Ok(None) };
        if core.item(tenant, ext, ExtUse::Second).await?.is_some() {
            return Err(Refusal::AmbiguousExt.into());
        }
        Ok(Some(item))
    }

    /// The unguessable name of a sale record in the address of its receipt.
    ///
    /// # Errors
    /// `Unavailable`: nothing can be said.
    pub fn order_uid(&self, tenant: TenantId, sale: SaleId) -> Result<OrderUid, EngineError> {
        Ok(self.core()?.house_key.order_uid(tenant, sale))
    }

    /// The sale record that such a name stands for; `None`: none.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn sale_of_uid(
        &self,
        uid: OrderUid,
    ) -> Result<Option<(TenantId, FoundSale)>, EngineError> {
        let core = self.core()?;
        let Some((tenant, sale)) = core.house_key.sale_of(uid) else { return Ok(None) };
        Ok(core.sale(tenant, sale).await?.map(|found| (tenant, found)))
    }
}

impl Core {
    /// The answer that the operation which begins at `event` was given, with its proof, once more.
    pub(super) async fn repeat(&self, event: EventNumber) -> Result<Receipt, EngineError> {
        self.repeat_if_any(event).await?.ok_or_else(|| no_receipt(event))
    }

    /// The same; `None`: the operation has no receipt.
    pub(super) async fn repeat_if_any(
        &self,
        event: EventNumber,
    ) -> Result<Option<Receipt>, EngineError> {
        let read = move |sources: &Sources| sources.journal.proven_operation(event);
        let (numbered, proof) = self.readers.read(read).await?.unzip();
        note(proof);
        Ok(receipt_in(numbered))
    }

    /// What the operation that begins at `event` was answered with.
    pub(super) async fn receipt_at(&self, event: EventNumber) -> Result<Receipt, EngineError> {
        let numbered = self.readers.read(move |sources| sources.journal.operation(event)).await?;
        receipt_in(numbered).ok_or_else(|| no_receipt(event))
    }

    pub(super) async fn sale(
        &self,
        tenant: TenantId,
        sale: SaleId,
    ) -> Result<Option<FoundSale>, EngineError> {
        let Some((customer, event)) = self.sale_place(tenant, sale).await? else { return Ok(None) };
        let read = self.readers.read(move |sources| sources.journal.operation(event)).await?;
        let entities = read.map(|numbered| numbered.operation.entities).unwrap_or_default();
        let record = entities.iter().find_map(|entity| match entity {
            EntityEvents::Account(owner, events) if *owner == customer => {
                SaleRecord::find(events, sale)
            }
            EntityEvents::Account(..)
            | EntityEvents::Tenant(_)
            | EntityEvents::Login(..)
            | EntityEvents::Voucher(..) => None,
        });
        let lost = || EngineError::Broken(format!("sale {sale} is not where its trail says"));
        Ok(Some(FoundSale { customer, record: record.ok_or_else(lost)? }))
    }

    /// In memory first: what leaves it is in the tables by then.
    async fn sale_place(
        &self,
        tenant: TenantId,
        sale: SaleId,
    ) -> Result<Option<SalePlace>, EngineError> {
        if let Some(place) = self.fresh_sales.find(tenant, sale) {
            return Ok(Some(place));
        }
        let trail = self.readers.read(move |sources| sources.tables.trail(tenant, sale)).await?;
        Ok(trail.into_iter().find_map(|trailed| match trailed.step {
            TrailStep::Recorded { customer, .. } => Some((customer, trailed.event)),
            TrailStep::Completed { .. }
            | TrailStep::Expired { .. }
            | TrailStep::Returned
            | TrailStep::ExpiryReverted { .. } => None,
        }))
    }

    async fn item(
        &self,
        tenant: TenantId,
        ext: &ItemExt,
        ext_use: ExtUse,
    ) -> Result<Option<SoldItem>, EngineError> {
        let Some(key) = item_key(tenant, ext, ext_use) else { return Ok(None) };
        Ok(match self.operation_under(key).await? {
            Some(OperationRef::Item { customer, sale, line, .. }) => {
                Some(SoldItem { customer, sale, line })
            }
            Some(
                OperationRef::Sale { .. }
                | OperationRef::Redemption { .. }
                | OperationRef::Marked { .. }
                | OperationRef::Return { .. }
                | OperationRef::Reserve { .. }
                | OperationRef::PhoneMark { .. }
                | OperationRef::MarkedAlone { .. },
            )
            | None => None,
        })
    }
}

/// What an operation was answered with.
fn receipt_in(numbered: Option<Numbered>) -> Option<Receipt> {
    let entities = numbered.map(|numbered| numbered.operation.entities).unwrap_or_default();
    entities.iter().find_map(|entity| match entity {
        EntityEvents::Account(_, events) => receipt_of(events),
        EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => None,
    })
}

fn no_receipt(event: EventNumber) -> EngineError {
    EngineError::Broken(format!("no receipt is recorded at event {event}"))
}
