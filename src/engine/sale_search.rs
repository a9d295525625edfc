//! Sale records as an operator looks for them: by the till's own id, and with what was returned of them.

use crate::engine::core::AccountKey;
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::order::Window;
use crate::journal::{OperationRef, external_key, sale_key};
use crate::ledger::{
    Dialect, ExternalId, ExternalIdScope, LookUp, RecordedReturn, Refusal, SaleKind, SaleRecord,
    StoreName,
};
use crate::values::{CustomerId, SaleId, TenantId, Timestamp};
use std::collections::BTreeSet;

/// Sale records that are read in one go.
const PAGE: usize = 50;
/// Sale records of one customer that are looked at for the returns of a sale.
const LOOKED_AT_MAX: u64 = 10_000;

impl House {
    /// The sales, redemptions and returns that were recorded under an external id, in either dialect;
    /// where ids belong to stores, those of this store.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn sales_under(
        &self,
        tenant: TenantId,
        external: &ExternalId,
        store: Option<&StoreName>,
    ) -> Result<BTreeSet<SaleId>, EngineError> {
        let core = self.core()?;
        let of_sales = [Dialect::Bonex, Dialect::BonusPlus].into_iter().flat_map(|dialect| {
            [ExternalIdScope::Tenant, ExternalIdScope::Store]
                .map(|scope| sale_key(tenant, dialect, scope, store, external))
        });
        let of_others = [SaleKind::Redemption, SaleKind::Return]
            .map(|kind| external_key(tenant, kind, external));
        let mut found = BTreeSet::new();
        for key in of_sales.chain(of_others) {
            match core.operation_under(key).await? {
                Some(
                    OperationRef::Sale { sale, .. }
                    | OperationRef::Redemption { sale, .. }
                    | OperationRef::Return { sale, .. },
                ) => {
                    found.insert(sale);
                }
                Some(
                    OperationRef::Marked { .. }
                    | OperationRef::MarkedAlone { .. }
                    | OperationRef::Reserve { .. }
                    | OperationRef::Item { .. }
                    | OperationRef::PhoneMark { .. },
                )
                | None => {}
            }
        }
        Ok(found)
    }

    /// What was returned of a sale of a customer, oldest first.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn returns_of(
        &self,
        tenant: TenantId,
        at: Timestamp,
        (customer, sale): (CustomerId, SaleId),
    ) -> Result<Vec<RecordedReturn>, EngineError> {
        // Whoever took the customer in has the returns that came after.
        let key = AccountKey { tenant, customer };
        let owner = self.core()?.look_at_any(key, at, LookUp::default(), None).await?;
        let owner = owner.ok_or(Refusal::CustomerNotFound)?.id;
        let mut found = Vec::new();
        for owner in BTreeSet::from([customer, owner]) {
            self.gather_returns((tenant, at), owner, sale, &mut found).await?;
        }
        found.sort_unstable_by_key(|returned: &RecordedReturn| returned.id);
        Ok(found)
    }

    /// Sale records are numbered as they are recorded, so none before the sale returns it.
    async fn gather_returns(
        &self,
        (tenant, at): (TenantId, Timestamp),
        customer: CustomerId,
        sale: SaleId,
        found: &mut Vec<RecordedReturn>,
    ) -> Result<(), EngineError> {
        let mut skip = 0;
        while skip < LOOKED_AT_MAX {
            let window = Window { skip, limit: PAGE };
            let page = self.sales(tenant, at, customer, window).await?;
            let oldest = page.entries.last().map(id_of);
            for record in page.entries {
                if let SaleRecord::Return(returned) = record
                    && returned.of == sale
                {
                    found.push(*returned);
                }
            }
            if oldest.is_none_or(|oldest| oldest <= sale) {
                return Ok(());
            }
            skip = skip.saturating_add(u64::try_from(PAGE).unwrap_or(u64::MAX));
        }
        Ok(())
    }
}

fn id_of(record: &SaleRecord) -> SaleId {
    match record {
        SaleRecord::Purchase(sale) => sale.id,
        SaleRecord::Redemption(redemption) => redemption.id,
        SaleRecord::Return(returned) => returned.id,
    }
}
