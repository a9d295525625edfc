//! What befalls the house of a simulation from outside: checkpoints, sweeps, restarts, cuts, and a copy
//! that takes the place of the ledger it was made of.

use super::disk::Fate;
use super::world::{Fails, World};
use crate::house::sealing_of;
use crate::mains::{Fault, Mains};
use crate::reads::every_good_read;
use crate::snapshots::{keys_of, snapshot};
use kopilka::journal::{
    DataDir, JournalOptions, LogPlace, RestoreEnd, RestoreSources, RestoreWish, Tables,
    open_read_only, open_sled_log, restore, verify,
};
use kopilka::values::Timestamp;
use std::fs;
use std::path::Path;

impl World {
    pub(super) async fn checkpoint(&mut self) {
        if self.house().house.checkpoint().await.is_ok() {
            self.disk.keep();
        }
    }

    /// Does what is due on everybody; whatever happens to the machine meanwhile.
    pub(super) async fn sweep(&mut self, fate: Fate) -> Fails {
        let _ = self.house().house.sweep().await;
        if !self.is_back().await {
            self.come_up_again(fate).await?;
        }
        Ok(())
    }

    /// Lets everybody be told of whom they brought: whatever happens to the machine meanwhile, once.
    pub(super) async fn bring_news(&mut self, fate: Fate) -> Fails {
        self.sweep(fate).await?;
        self.mains.disarm();
        self.sweep(fate).await
    }

    pub(super) async fn restart(&mut self, fate: Fate) -> Fails {
        self.close().await;
        if self.mains.is_off() {
            self.disk.take_image(fate);
            self.mains.turn_on();
        }
        self.open().await
    }

    pub(super) fn arm(&mut self, after: usize, fault: Fault) {
        // One fault at a time.
        if !self.mains.is_armed() {
            let (from, to) = (self.disk.ledger(), self.disk.image());
            self.mains.arm(after, fault, (&from, &to));
        }
    }

    /// Whether a write has failed since the last call.
    pub(super) fn take_fault(&self) -> bool {
        self.mains.take_fault()
    }

    /// Goes on with a copy: it has the same journal to the byte, the same root, the same answers to every read.
    pub(super) async fn restore(&mut self) -> Fails {
        self.mains.disarm();
        let phones: Vec<String> =
            self.phones(self.now()).into_iter().map(super::requests::phone_of).collect();
        let shop = self.shop.clone();
        // Reading a history may write down what is due: the second time nothing is left to write.
        every_good_read(self.house(), &[&shop], &phones).await;
        let original = every_good_read(self.house(), &[&shop], &phones).await;
        let from = self.copy_whole().await;
        let to = self.disk.root().join("restored");
        let wish = RestoreWish {
            vault: keys_of(&self.disk.ledger()),
            from,
            to: to.clone(),
            end: RestoreEnd::Whole,
            tenant: None,
            cache_bytes: 1 << 20,
            keep_master_key: true,
        };
        let restored = restore(&wish, self.clock.now(), &mut |_| {});
        let restored = restored.map_err(|error| format!("restore: {error}"))?;
        let root = self.proven()?;
        if restored.report.covered.root != root {
            return Err("the copy has another root".to_owned());
        }
        let records = records_of(&to)?;
        if records != self.mains.records() {
            return Err("the copy has other records".to_owned());
        }
        self.mains = Mains::with(records);
        let ledger = self.disk.move_on();
        drop(DataDir::create_or_open(&ledger).unwrap());
        fs::rename(to.join("master.key"), ledger.join("master.key")).unwrap();
        fs::rename(to.join("vault"), ledger.join("vault")).unwrap();
        fs::remove_dir_all(ledger.join("tables")).unwrap();
        fs::rename(to.join("tables"), ledger.join("tables")).unwrap();
        fs::remove_dir_all(to).unwrap();
        self.open().await?;
        let copy = every_good_read(self.house(), &[&shop], &phones).await;
        match original.iter().zip(&copy).find(|(one, other)| one != other) {
            Some((one, other)) => Err(format!("the copy answers {other:?} instead of {one:?}")),
            None => Ok(()),
        }
    }

    /// Closes it with all of it in a snapshot, or in its archive.
    async fn copy_whole(&mut self) -> RestoreSources {
        if self.has_archive() {
            self.close().await;
            return RestoreSources {
                archive: Some(self.disk.archive()),
                ..RestoreSources::default()
            };
        }
        let name = snapshot(self.house()).await;
        self.close().await;
        RestoreSources::snapshot(self.disk.ledger().join("snapshots").join(name))
    }

    /// The root over a closed ledger that verifies.
    fn proven(&self) -> Result<[u8; 32], String> {
        let data_dir = DataDir::open_existing(&self.disk.ledger()).unwrap();
        let sealing = sealing_of(&data_dir);
        let options = JournalOptions {
            log: Some(self.mains.factory()),
            ..JournalOptions::new(1 << 20, Timestamp::default()).under(sealing.clone())
        };
        let journal = open_read_only(&data_dir, &options).map_err(|error| error.to_string())?;
        let tables = Tables::open_as_they_lie(&data_dir.tables_path(), 1 << 20, &sealing).unwrap();
        let report = verify(&journal, tables.as_ref(), &mut |_| {});
        match &report.difference {
            None if tables.is_some() => Ok(report.covered.root),
            None => Err("there are no tables".to_owned()),
            Some(difference) => Err(format!("it does not verify: {difference}")),
        }
    }

    pub(super) async fn verify(&mut self) -> Fails {
        self.close().await;
        self.proven().map(drop)
    }
}

/// All records of a restored directory, as they are.
fn records_of(data_dir: &Path) -> Result<Vec<Vec<u8>>, String> {
    let place =
        LogPlace { directory: data_dir.join("journal"), cache_bytes: 1 << 20, disk_free_min: 0 };
    let log = open_sled_log(&place).map_err(|error| error.to_string())?;
    let reader = log.reader();
    let mut records = Vec::new();
    loop {
        let next = u64::try_from(records.len()).unwrap() + 1;
        let read = reader.read(next, u64::MAX).map_err(|error| error.to_string())?;
        if read.is_empty() {
            return Ok(records);
        }
        records.extend(read.into_iter().map(|(_, record)| record));
    }
}
