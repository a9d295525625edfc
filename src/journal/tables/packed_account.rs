//! An account that rests in memory: the bytes that the tables would keep of it, a few hundred instead of some
//! thousands.

use crate::journal::codec::{decode, encode};
use crate::journal::error::JournalError;
use crate::journal::tables::account_record::{AccountRecord, LotRecord};
use crate::ledger::Account;
use crate::values::{CustomerId, EventNumber};
use std::path::Path;

/// An account and the last event in it, packed.
pub struct PackedAccount(Box<[u8]>);

impl PackedAccount {
    #[must_use]
    pub fn of(account: &Account, as_of: EventNumber) -> Self {
        let mut record = AccountRecord::of(account, as_of);
        record.lots = account.lots.iter().map(LotRecord::of).collect();
        Self(encode(&record).into_boxed_slice())
    }

    /// The account again.
    ///
    /// # Errors
    /// `Damaged`: the bytes are not what was packed.
    pub fn unpack(&self, customer: CustomerId) -> Result<(Account, EventNumber), JournalError> {
        let damaged = |error| JournalError::damaged(Path::new("memory"), format!("{error}"));
        let record: AccountRecord = decode(&self.0).map_err(damaged)?;
        let as_of = EventNumber(record.as_of);
        Ok((record.restore(customer).map_err(damaged)?, as_of))
    }

    /// The memory it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::scenario::Scenario;

    #[test]
    fn accounts_come_out_as_they_went_in_and_are_small() {
        let mut world = Scenario::new(11);
        world.play(400);
        let mut bytes = 0;
        for ((_, customer), (account, as_of)) in &world.accounts {
            let packed = PackedAccount::of(account, *as_of);
            bytes += packed.bytes();
            assert_eq!(packed.unpack(*customer), Ok((account.clone(), *as_of)));
        }
        let each = bytes.checked_div(world.accounts.len()).unwrap();
        assert!(each < 800, "{each} bytes each");
    }
}
