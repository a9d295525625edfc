//! Goes through the accounts of a tenant in the order of their numbers, a bounded number at a time.

use crate::journal::error::JournalError;
use crate::journal::tables::account_record::AccountRecord;
use crate::journal::tables::layout;
use crate::journal::tables::shelf::Shelf;
use crate::ledger::Account;
use crate::values::{CustomerId, TenantId};

/// What a look at some accounts found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scan {
    pub found: Vec<CustomerId>,
    /// The last account looked at; `None`: there are no more.
    pub through: Option<CustomerId>,
}

impl Shelf {
    /// Looks at up to `limit` accounts behind one for those that are `wanted`; an account is shown without
    /// the lots that lie in pieces beside it.
    pub(super) fn scan_accounts(
        &self,
        tenant: TenantId,
        after: CustomerId,
        limit: usize,
        wanted: &dyn Fn(&Account) -> bool,
    ) -> Result<Scan, JournalError> {
        let range = layout::account_key(tenant, after.plus(1))
            ..=layout::account_key(tenant, CustomerId(u64::MAX));
        let mut scan = Scan::default();
        for entry in self.rack.accounts.range(range)?.take(limit) {
            let (key, value) = entry?;
            let (_, customer) = layout::parse_account_key(&key)
                .ok_or_else(|| self.malformed_key(layout::ACCOUNTS))?;
            let mut record: AccountRecord = self.decode(layout::ACCOUNTS, &value)?;
            let opened = record.unseal(&self.sealing, tenant, customer);
            let account = opened.and_then(|()| record.restore(customer));
            let account = account.map_err(|error| self.damaged(layout::ACCOUNTS, &error))?;
            if wanted(&account) {
                scan.found.push(customer);
            }
            scan.through = Some(customer);
        }
        Ok(scan)
    }
}
