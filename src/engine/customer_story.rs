//! All that the ledger keeps of one customer, read from its first record about them: the accounts as they
//! are at one event, and the operations that made them so, page by page.

use crate::engine::core::AccountKey;
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::house_key::HouseKey;
use crate::engine::order::Identifier;
use crate::journal::{EntityEvents, JournalError, Numbered, Operation, phone_key};
use crate::ledger::{Account, AccountEvent, LookUp, Refusal, Row, tell_sale_figures};
use crate::values::{CustomerId, EventNumber, TenantId, Timestamp};
use std::collections::BTreeMap;

/// Operations that are read in one go while the customer's are looked for.
const SCANNED_AT_ONCE: usize = 512;
/// Operations of the customer that are told in one go.
const TOLD_AT_ONCE: usize = 256;

/// A customer as of an event, and what is still to be told of how they came to be so.
pub struct CustomerStory {
    /// Every event up to this one is in it, and none after.
    pub through: EventNumber,
    /// The customer.
    pub account: Account,
    /// Those who were merged into the customer, in the order in which they were.
    pub aliases: Vec<Account>,
    house: House,
    tenant: TenantId,
    operations: std::vec::IntoIter<EventNumber>,
    told: Accounts,
}

/// An operation that concerns a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    pub numbered: Numbered,
    /// The rows that it wrote into the histories of the customer and of those merged into them.
    pub rows: Vec<Row>,
}

/// The accounts of one person, by number, as far as they were read.
#[derive(Default)]
struct Accounts {
    by_number: BTreeMap<CustomerId, Account>,
}

impl House {
    /// All that is kept of a customer. What is due by `at` is settled before.
    ///
    /// # Errors
    /// `CustomerNotFound`, who was forgotten included; as [`Self::perform`].
    pub async fn customer_story(
        &self,
        (tenant, at): (TenantId, Timestamp),
        who: Identifier,
    ) -> Result<CustomerStory, EngineError> {
        let core = self.core()?;
        let view = self.look_up(tenant, at, who, LookUp::default()).await?;
        core.settle(AccountKey { tenant, customer: view.id }, at).await?;
        let through = core.journal.durable();
        let customers: Vec<CustomerId> = view.absorbed.iter().copied().chain([view.id]).collect();
        let mut accounts = Accounts::default();
        let mut operations = Vec::new();
        let mut after = self.event_before(self.opened_at(tenant, &customers).await?).await?;
        'pages: loop {
            let page = self.operations_after(after, SCANNED_AT_ONCE).await?;
            for numbered in &page {
                if numbered.first_event > through {
                    break 'pages;
                }
                after = numbered.first_event.plus(numbered.operation.count().saturating_sub(1));
                if accounts.are_in(&numbered.operation, tenant, &customers, &core.house_key) {
                    accounts.take(&numbered.operation, &customers).map_err(EngineError::Broken)?;
                    operations.push(numbered.first_event);
                }
            }
            if page.len() < SCANNED_AT_ONCE {
                break;
            }
            tokio::task::yield_now().await;
        }
        let account = accounts.by_number.remove(&view.id).ok_or(Refusal::CustomerNotFound)?;
        if account.is_forgotten() || account.merged_into.is_some() {
            return Err(Refusal::CustomerNotFound.into());
        }
        if account.absorbed.iter().any(|alias| !customers.contains(alias)) {
            // Somebody was merged into them meanwhile: asked again, they are known.
            return Err(EngineError::Overloaded);
        }
        let known = &mut accounts.by_number;
        let aliases = account.absorbed.iter().filter_map(|alias| known.remove(alias)).collect();
        Ok(CustomerStory {
            through,
            account,
            aliases,
            house: self.clone(),
            tenant,
            operations: operations.into_iter(),
            told: Accounts::default(),
        })
    }

    /// When the first of some accounts was opened; unless the tables know all of them, the beginning.
    async fn opened_at(
        &self,
        tenant: TenantId,
        customers: &[CustomerId],
    ) -> Result<Timestamp, EngineError> {
        let customers = customers.to_vec();
        let core = self.core()?;
        let read = core.readers.read(move |sources| {
            let mut first = Some(Timestamp::from_millis(i64::MAX));
            for customer in customers {
                let stored = sources.tables.account(tenant, customer)?;
                let opened = stored.map(|(account, _)| account.opened_at);
                first = first.zip(opened).map(|(first, opened)| first.min(opened));
            }
            Ok::<_, JournalError>(first)
        });
        Ok(read.await?.unwrap_or_default())
    }
}

impl CustomerStory {
    /// The next operations, oldest first; empty: that was all.
    ///
    /// # Errors
    /// As [`House::perform`].
    pub async fn next(&mut self) -> Result<Vec<Chapter>, EngineError> {
        let events: Vec<EventNumber> = self.operations.by_ref().take(TOLD_AT_ONCE).collect();
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let core = self.house.core()?;
        let read = core.readers.read(move |sources| sources.journal.operations_at(&events));
        let customers: Vec<CustomerId> = self.customers().collect();
        let mut chapters = Vec::new();
        for found in read.await? {
            let lost = || EngineError::Broken("an operation is not where it was".into());
            let numbered = found.ok_or_else(lost)?;
            let rows =
                self.told.take(&numbered.operation, &customers).map_err(EngineError::Broken)?;
            chapters.push(Chapter { numbered, rows });
        }
        Ok(chapters)
    }

    /// The customer's numbers: the own one first.
    pub fn customers(&self) -> impl Iterator<Item = CustomerId> {
        [self.account.id].into_iter().chain(self.account.absorbed.iter().copied())
    }

    /// Whose it is.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }
}

impl Accounts {
    /// Whether an operation concerns them: it changes one of the accounts, or is about a code for a phone
    /// that is theirs at that time.
    fn are_in(
        &self,
        operation: &Operation,
        tenant: TenantId,
        customers: &[CustomerId],
        house_key: &HouseKey,
    ) -> bool {
        operation.tenant == tenant
            && operation.entities.iter().any(|entity| match entity {
                EntityEvents::Account(customer, _) => customers.contains(customer),
                EntityEvents::Login(key, _) => {
                    let mut phones = self.by_number.values().filter_map(|account| account.phone);
                    phones.any(|phone| {
                        // Before there was a vault, the journal named logins by the key of the phone.
                        house_key.logins_key(tenant, phone) == *key
                            || phone_key(tenant, phone) == *key
                    })
                }
                EntityEvents::Tenant(_) | EntityEvents::Voucher(..) => false,
            })
    }

    /// Takes an operation in; returns the rows that it wrote.
    fn take(
        &mut self,
        operation: &Operation,
        customers: &[CustomerId],
    ) -> Result<Vec<Row>, String> {
        let mut rows = Vec::new();
        for entity in &operation.entities {
            if let EntityEvents::Account(customer, events) = entity
                && customers.contains(customer)
            {
                self.take_account(*customer, events, &mut rows)?;
            }
        }
        Ok(rows)
    }

    fn take_account(
        &mut self,
        customer: CustomerId,
        events: &[AccountEvent],
        rows: &mut Vec<Row>,
    ) -> Result<(), String> {
        let mut own = Vec::new();
        for event in events {
            match self.by_number.get_mut(&customer) {
                Some(account) => own.extend(account.apply(event).map_err(told)?),
                None => drop(self.by_number.insert(customer, Account::open(event).map_err(told)?)),
            }
            tell_sale_figures(&mut own, event);
        }
        rows.append(&mut own);
        Ok(())
    }
}

fn told(misfit: impl std::fmt::Display) -> String {
    format!("the journal does not fit its accounts: {misfit}")
}
