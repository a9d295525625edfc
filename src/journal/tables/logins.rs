//! The table of logins: the phones that were sent a code within about a day. All of it is read when a
//! ledger opens, so what is over leaves it with the checkpoint that says so.

use crate::journal::codec::encode;
use crate::journal::error::JournalError;
use crate::journal::keys::LookUpKey;
use crate::journal::operation::LoginCapture;
use crate::journal::tables::login_record::LoginRecord;
use crate::journal::tables::shelf::Shelf;
use crate::journal::tables::{Tables, layout};
use std::collections::BTreeMap;

impl Tables {
    /// The logins of all phones that were sent a code of late.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn logins(&self) -> Result<Vec<LoginCapture>, JournalError> {
        self.carefully(Shelf::all_logins)
    }
}

impl Shelf {
    fn all_logins(&self) -> Result<Vec<LoginCapture>, JournalError> {
        self.logins
            .iter()
            .map(|entry| {
                let (key, value) = self.next(entry)?;
                let key =
                    LookUpKey::try_from(&*key).map_err(|_| self.malformed_key(layout::LOGINS))?;
                let record: LoginRecord = self.decode(layout::LOGINS, &value)?;
                record.restore(key).map_err(|error| self.damaged(layout::LOGINS, &error))
            })
            .collect()
    }

    pub(super) fn write_logins(&self, captures: &[LoginCapture]) -> Result<(), JournalError> {
        let sorted: BTreeMap<LookUpKey, &LoginCapture> =
            captures.iter().map(|capture| (capture.key, capture)).collect();
        for (key, capture) in sorted {
            self.put(&self.logins, &key, encode(&LoginRecord::of(capture)))?;
        }
        Ok(())
    }

    /// Only once everything about them is covered: whatever is folded again must find its state.
    pub(super) fn delete_logins(&self, keys: &[LookUpKey]) -> Result<(), JournalError> {
        let mut sorted = keys.to_vec();
        sorted.sort_unstable();
        sorted.iter().try_for_each(|key| self.remove(&self.logins, key))
    }
}
