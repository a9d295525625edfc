//! Lists of customers in the order of their numbers: from the tables, and from memory where that is ahead
//! of them, without waking the accounts that sleep.

use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::ledger::{Account, AccountView, LookUp, Refusal, SettingsHistory, view};
use crate::values::{CustomerId, TenantId, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most customers that one request looks past; a list goes no further.
const CUSTOMERS_LOOKED_AT_MAX: usize = 2_000_000;
/// Most customers whose accounts one request reads to find those it wants.
const CUSTOMERS_FILTERED_MAX: usize = 200_000;
/// Accounts that are read at a time, so that others get their turn in between.
const CUSTOMERS_AT_ONCE: usize = 200;

impl House {
    /// Up to `limit` customers, after the first `skip` of them.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn customers_from(
        &self,
        tenant: TenantId,
        at: Timestamp,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<AccountView>, EngineError> {
        let core = self.core()?;
        let most = skip.saturating_add(limit).min(CUSTOMERS_LOOKED_AT_MAX);
        let ahead = core.dirty.of_tenant(tenant);
        let customers = core.customers_of((tenant, at), most, &ahead).await?;
        let wanted: Vec<CustomerId> = customers.into_iter().skip(skip).take(limit).collect();
        core.views_of(tenant, at, wanted).await
    }

    /// Up to `limit` customers who are wanted, after the first `skip` of those.
    ///
    /// # Errors
    /// `FilterTooWide` where more customers than can be looked at would have to be; as [`Self::perform`].
    pub async fn customers_where(
        &self,
        (tenant, at): (TenantId, Timestamp),
        (skip, limit): (usize, usize),
        wanted: &(dyn Fn(&AccountView) -> bool + Sync),
    ) -> Result<Vec<AccountView>, EngineError> {
        let core = self.core()?;
        let (most, ahead) = (CUSTOMERS_FILTERED_MAX + 1, core.dirty.of_tenant(tenant));
        let customers = core.customers_of((tenant, at), most, &ahead).await?;
        let customers: Vec<CustomerId> = customers.into_iter().collect();
        let filtered = customers.get(..CUSTOMERS_FILTERED_MAX).unwrap_or(&customers);
        let enough = skip.saturating_add(limit);
        let mut found = Vec::new();
        for some in filtered.chunks(CUSTOMERS_AT_ONCE) {
            let views = core.views_of(tenant, at, some.to_vec()).await?;
            found.extend(views.into_iter().filter(|view| wanted(view)));
            if found.len() >= enough {
                break;
            }
        }
        if found.len() < enough && filtered.len() < customers.len() {
            return Err(Refusal::FilterTooWide { most: CUSTOMERS_FILTERED_MAX }.into());
        }
        Ok(found.into_iter().skip(skip).take(limit).collect())
    }

    /// How many customers a tenant has, without those who were merged into others or forgotten; of more
    /// than two million it says no more than that.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn customer_count(
        &self,
        tenant: TenantId,
        at: Timestamp,
    ) -> Result<usize, EngineError> {
        let core = self.core()?;
        let (most, ahead) = (CUSTOMERS_LOOKED_AT_MAX, core.dirty.of_tenant(tenant));
        let mut customers = core.customers_of((tenant, at), most, &ahead).await?;
        // Memory may know of a merge that the tables do not.
        for customer in ahead {
            if customers.contains(&customer) && !core.is_own(tenant, customer, at).await? {
                customers.remove(&customer);
            }
        }
        Ok(customers.len())
    }
}

impl Core {
    /// The customers that the tables know, and those that they do not know yet among `ahead`, of which memory
    /// was ahead of the tables before these are read.
    async fn customers_of(
        self: &Arc<Self>,
        (tenant, at): (TenantId, Timestamp),
        most: usize,
        ahead: &BTreeSet<CustomerId>,
    ) -> Result<BTreeSet<CustomerId>, EngineError> {
        let _place = self.places.take()?;
        let read = self.readers.read(move |sources| sources.tables.customers(tenant, most));
        let stored: Vec<CustomerId> = read.await?;
        let full = stored.len() == most;
        let last = stored.last().copied().filter(|_| full);
        let mut known: BTreeSet<CustomerId> = stored.into_iter().collect();
        for customer in ahead.iter().copied() {
            let beyond = last.is_some_and(|last| customer > last);
            if !beyond && !known.contains(&customer) && self.is_own(tenant, customer, at).await? {
                known.insert(customer);
            }
        }
        Ok(known)
    }

    /// Whether it is a customer of their own: one who is being registered may be refused yet, one who was
    /// merged into another is that one, and one who was forgotten nobody.
    async fn is_own(
        self: &Arc<Self>,
        tenant: TenantId,
        customer: CustomerId,
        at: Timestamp,
    ) -> Result<bool, EngineError> {
        match self.look(AccountKey { tenant, customer }, at, LookUp::default(), None).await {
            Ok(found) => Ok(found.is_some_and(|view| view.id == customer)),
            Err(EngineError::Refused(Refusal::CustomerNotFound)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn views_of(
        self: &Arc<Self>,
        tenant: TenantId,
        at: Timestamp,
        wanted: Vec<CustomerId>,
    ) -> Result<Vec<AccountView>, EngineError> {
        let settings = Arc::clone(&self.tenant_entry(tenant)?.tenant.settings);
        let mut views = Vec::with_capacity(wanted.len());
        for (customer, account) in self.accounts_of(tenant, wanted).await? {
            views.extend(self.view_of((tenant, customer), account, &settings, at).await?);
        }
        Ok(views)
    }

    /// Accounts as the tables have them; `None` for those that are in memory. An account that leaves
    /// memory is in the tables by then, so memory is looked at first.
    async fn accounts_of(
        &self,
        tenant: TenantId,
        wanted: Vec<CustomerId>,
    ) -> Result<Vec<(CustomerId, Option<Account>)>, EngineError> {
        let resident = |customer| self.accounts.contains_key(&AccountKey { tenant, customer });
        let wanted: Vec<(CustomerId, bool)> =
            wanted.into_iter().map(|customer| (customer, resident(customer))).collect();
        let _place = self.places.take()?;
        let read = self.readers.read(move |sources| {
            let account = |(customer, resident)| {
                if resident {
                    return Ok((customer, None));
                }
                let stored = sources.tables.account(tenant, customer)?;
                Ok((customer, stored.map(|(account, _)| account)))
            };
            wanted
                .into_iter()
                .map(account)
                .collect::<Result<Vec<_>, crate::journal::JournalError>>()
        });
        read.await
    }

    /// `None`: there is no such customer, or they were merged into another one.
    async fn view_of(
        self: &Arc<Self>,
        (tenant, customer): (TenantId, CustomerId),
        stored: Option<Account>,
        settings: &Arc<SettingsHistory>,
        at: Timestamp,
    ) -> Result<Option<AccountView>, EngineError> {
        if let Some(account) = stored {
            let own = account.merged_into.is_none() && !account.is_forgotten();
            return Ok(own.then(|| view(&account, settings, LookUp::default(), at)));
        }
        match self.look(AccountKey { tenant, customer }, at, LookUp::default(), None).await {
            Err(EngineError::Refused(Refusal::CustomerNotFound)) => Ok(None),
            found => Ok(found?.filter(|view| view.id == customer)),
        }
    }
}
