//! Returns on their way to the account: which sale is meant. Returns of one sale follow
//! one another, so that none counts on what another is taking.

use crate::engine::claims::{Claim, Guard, Key};
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::external_ids::ever_by_store;
use crate::engine::order::{Done, Identifier};
use crate::engine::perform::{Command, Errand};
use crate::journal::{OperationRef, external_key, return_key, sale_key};
use crate::ledger::{
    Action, Dialect, ExternalId, ExternalIdScope, LookUp, Refund, Refusal, SaleKind, SaleName,
    StoreName,
};
use crate::values::{CustomerId, SaleId, TenantId};
use std::sync::Arc;

/// A sale as its return names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct NamedSale {
    pub(super) id: SaleId,
    /// The field to blame.
    pub(super) field: &'static str,
}

impl Core {
    /// Idempotency-Key and external id first, then the customer, then the sale (rule 40).
    pub(super) async fn refund(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        refund: Box<Refund>,
    ) -> Result<Done, EngineError> {
        let name = refund.sale.clone();
        let store = refund.point_of_sale.store.clone();
        let mut command = Command::from(Action::Refund(refund));
        if let Some(repeated) = self.claim_ids(&errand, &mut command).await? {
            return Ok(repeated);
        }
        let tenant = errand.tenant_id();
        let known = self.resolve(tenant, &who, errand.country()).await?;
        let forgotten = self.forgotten_owner(&errand, (store.as_ref(), &name), known).await?;
        let customer = forgotten.or(known).ok_or(Refusal::CustomerNotFound)?;
        let id = match &name {
            SaleName::Id(id) => *id,
            SaleName::External(external) => {
                self.sale_under(&errand, (store.as_ref(), external), customer).await?
            }
        };
        if id > errand.tenant.counters.last_sale() {
            return Err(Refusal::SaleNotFound { field: name.field() }.into());
        }
        command.returns = Some(NamedSale { id, field: name.field() });
        command.taken.operations.push(self.claim_return(tenant, id).await);
        self.act(errand, customer, command).await
    }

    /// The customer who made a sale and was forgotten since: their phone leads nowhere, or to whoever has
    /// it now, and the money for what comes back is theirs all the same.
    async fn forgotten_owner(
        self: &Arc<Self>,
        errand: &Errand,
        (store, name): (Option<&StoreName>, &SaleName),
        known: Option<CustomerId>,
    ) -> Result<Option<CustomerId>, EngineError> {
        let tenant = errand.tenant_id();
        let owner = match name {
            SaleName::Id(id) => self.sale(tenant, *id).await?.map(|found| found.customer),
            SaleName::External(external) => {
                self.owned_under(errand, (store, external)).await?.map(|(owner, _)| owner)
            }
        };
        let Some(owner) = owner else { return Ok(None) };
        let owner = self.follow(tenant, owner).await?;
        if known == Some(owner) {
            return Ok(None);
        }
        let key = AccountKey { tenant, customer: owner };
        let view = self.look_at_any(key, errand.at, LookUp::default(), None).await?;
        Ok(view.filter(|view| view.forgotten_at.is_some()).map(|view| view.id))
    }

    /// The sale with an external id, where ids are taken by store the one of the store that names the
    /// return; else the redemption with it, which is completed by none.
    async fn sale_under(
        &self,
        errand: &Errand,
        (store, external): (Option<&StoreName>, &ExternalId),
        customer: CustomerId,
    ) -> Result<SaleId, EngineError> {
        let field = "external_sale_id";
        let found = self.owned_under(errand, (store, external)).await?;
        let (owner, sale) = found.ok_or(Refusal::SaleNotFound { field })?;
        if self.follow(errand.tenant_id(), owner).await? != customer {
            return Err(Refusal::SaleOfAnotherCustomer { field }.into());
        }
        Ok(sale)
    }

    /// The same with whose it is, whoever that is.
    async fn owned_under(
        &self,
        errand: &Errand,
        (store, external): (Option<&StoreName>, &ExternalId),
    ) -> Result<Option<(CustomerId, SaleId)>, EngineError> {
        let tenant = errand.tenant_id();
        let of_store = || sale_key(tenant, Dialect::Bonex, ExternalIdScope::Store, store, external);
        let of_store = ever_by_store(errand).then(of_store);
        let of_all = [SaleKind::Purchase, SaleKind::Redemption];
        let of_all = of_all.map(|kind| external_key(tenant, kind, external));
        for key in of_store.into_iter().chain(of_all) {
            if let Some(
                OperationRef::Sale { customer: owner, sale, .. }
                | OperationRef::Redemption { customer: owner, sale, .. },
            ) = self.operation_under(key).await?
            {
                return Ok(Some((owner, sale)));
            }
        }
        Ok(None)
    }

    /// Waits until no other return of the sale is under way.
    async fn claim_return(&self, tenant: TenantId, sale: SaleId) -> (Key, Guard<OperationRef>) {
        let key = return_key(tenant, sale);
        loop {
            match self.operations.claim(key, |_| true) {
                Claim::Mine(guard) => return (key, guard),
                Claim::Wait(told) => drop(told.await),
                // Nothing is ever recorded under it.
                Claim::Taken(_) => {}
            }
        }
    }
}
