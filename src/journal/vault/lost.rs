//! A vault that is gone: a new one in its place would hide that nobody can read what the old one sealed.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::high_water::HighWater;
use crate::journal::opened::{JournalOptions, open_read_only};
use crate::journal::sled_files::wait_for_lock;
use crate::journal::sled_log::STORE_FILE;
use crate::journal::vault::copies::HOUSE_FILE;
use crate::journal::vault::sealing::Sealing;
use crate::values::EventNumber;

impl DataDir {
    /// Refuses to go on without the vault that a journal was sealed under; to be asked before the vault is made.
    /// A journal that was never sealed is read to its end for it, once.
    ///
    /// # Errors
    /// `VaultMissing`: nothing was changed. As the journal is opened and read.
    pub fn refuse_lost_vault(&self, options: &JournalOptions) -> Result<(), JournalError> {
        if self.vault_path().join(HOUSE_FILE).exists() {
            return Ok(());
        }
        let (_, _, mark) = HighWater::open(&self.high_water_path())?;
        if mark.record == 0 {
            return Ok(());
        }
        let journal = open_read_only(self, &options.clone().under(Sealing::Plain))?;
        let mut all = journal.operations(EventNumber(1), EventNumber(u64::MAX));
        let read = all.try_for_each(|numbered| numbered.map(drop));
        drop(journal);
        // The store lets its file go a moment after its last handle is gone.
        drop(wait_for_lock(&self.journal_path().join(STORE_FILE)));
        read
    }
}
