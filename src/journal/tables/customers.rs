//! The customers of a tenant, in the order of their numbers.

use crate::journal::error::JournalError;
use crate::journal::tables::account_record::AccountRecord;
use crate::journal::tables::runs::Walked;
use crate::journal::tables::shelf::Shelf;
use crate::journal::tables::{Tables, layout};
use crate::values::{CustomerId, TenantId};

impl Tables {
    /// The first `most` customers of a tenant by number, without those who were merged into others or
    /// forgotten; of each account only the front is read.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn customers(
        &self,
        tenant: TenantId,
        most: usize,
    ) -> Result<Vec<CustomerId>, JournalError> {
        self.carefully(|shelf| {
            let all = layout::account_key(tenant, CustomerId(0))
                ..=layout::account_key(tenant, CustomerId(u64::MAX));
            let entries = shelf.rack.accounts.range(all)?;
            entries.filter_map(|entry| shelf.own_customer(entry).transpose()).take(most).collect()
        })
    }
}

impl Shelf {
    /// Whose account it is; `None`: of nobody any more.
    fn own_customer(
        &self,
        entry: Result<Walked, JournalError>,
    ) -> Result<Option<CustomerId>, JournalError> {
        let (key, value) = entry?;
        let known = layout::parse_account_key(&key);
        let (_, customer) = known.ok_or_else(|| self.malformed_key(layout::ACCOUNTS))?;
        let gone = AccountRecord::is_gone(&value);
        let gone = gone.map_err(|error| self.damaged(layout::ACCOUNTS, &error))?;
        Ok((!gone).then_some(customer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::scenario::Scenario;
    use crate::journal::tables::TablesWriter;
    use crate::values::EventNumber;

    #[test]
    fn who_was_merged_or_forgotten_is_no_customer_of_a_list() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = TablesWriter::open(dir.path(), 8 << 20, EventNumber(u64::MAX)).unwrap();
        let mut world = Scenario::new(3);
        world.play(3_000);
        writer.write_checkpoint(&world.batch()).unwrap();
        let mut left_out = 0;
        for tenant in world.tenants.keys() {
            let accounts = world.accounts.iter().filter(|((of, _), _)| of == tenant);
            let (gone, own): (Vec<_>, Vec<_>) = accounts
                .map(|((_, customer), (account, _))| (*customer, account))
                .partition(|(_, one)| one.merged_into.is_some() || one.is_forgotten());
            let own: Vec<CustomerId> = own.into_iter().map(|(customer, _)| customer).collect();
            assert_eq!(writer.reader().customers(*tenant, usize::MAX).unwrap(), own);
            let few = writer.reader().customers(*tenant, 3).unwrap();
            assert_eq!(few, own[..own.len().min(3)]);
            left_out += gone.len();
        }
        assert!(left_out > 5, "{left_out}");
    }
}
