//! Syncs a file beside whoever writes it, where no sale waits for the disk meanwhile.

use std::fs::File;
use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

/// A thread that syncs whenever it is asked. Its errors are told at the end: what a sync has told once, no
/// other one tells again.
pub(super) struct SyncAside {
    ask: SyncSender<()>,
    syncs: JoinHandle<io::Result<()>>,
}

impl SyncAside {
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let file = file.try_clone()?;
        let (ask, asked) = sync_channel(1);
        let work = move || {
            while asked.recv().is_ok() {
                file.sync_data()?;
            }
            Ok(())
        };
        Ok(Self { ask, syncs: Builder::new().name("tables-sync".into()).spawn(work)? })
    }

    /// Has the file synced soon; who is asked already need not be asked again.
    pub(super) fn ask(&self) {
        let _ = self.ask.try_send(());
    }

    /// Whether all that was asked for went well.
    pub(super) fn end(self) -> io::Result<()> {
        drop(self.ask);
        self.syncs.join().unwrap_or_else(|_| Err(io::Error::other("the thread that syncs is gone")))
    }
}
