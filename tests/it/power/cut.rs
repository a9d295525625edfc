//! Cuts of the power: when, what they leave, and how to repeat one.

use crate::power::disk::{Disk, Loss};
use crate::power::entry::Entry;
use crate::power::examination::examine;
use crate::power::facts::Facts;
use std::path::PathBuf;

/// A moment at which the power is cut, and what that takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// After so many entries of the record.
    pub(super) after: usize,
    pub(super) loss: Loss,
}

impl Cut {
    /// Reads `RECORD:ENTRY[:SEED]`.
    pub(super) fn read(told: &str) -> (PathBuf, Self) {
        let mut parts = told.split(':');
        let record = PathBuf::from(parts.next().unwrap());
        let after = parts.next().unwrap().parse().unwrap();
        let loss = parts.next().map_or(Loss::Everything, |seed| Loss::Some(seed.parse().unwrap()));
        (record, Self { after, loss })
    }
}

/// The last moment of each image that has lost everything unsynced: by then the most was told.
pub(super) fn moments(record: &[Entry]) -> Vec<usize> {
    let mut disk = Disk::default();
    let entries = (0..).zip(record);
    let before_syncs = entries.filter_map(|(index, entry)| disk.replay(entry).then_some(index));
    before_syncs.chain([record.len()]).collect()
}

/// From when on mixtures are examined: before anything was told there is no ledger yet, and a store that is torn
/// while it is made is refused; its folder can be removed.
pub(super) fn begun(record: &[Entry]) -> usize {
    let told = record.iter().position(|entry| matches!(entry, Entry::Told { .. }));
    told.map_or(record.len(), |index| index + 1)
}

/// A walk through a record, from its beginning on.
pub(super) struct Walk<'a> {
    record: &'a [Entry],
    gone: usize,
    disk: Disk,
    facts: Facts,
}

impl<'a> Walk<'a> {
    pub(super) fn begin(record: &'a [Entry]) -> Self {
        Self { record, gone: 0, disk: Disk::default(), facts: Facts::default() }
    }

    /// Goes on to a cut and examines what it leaves; `keep` keeps the record if that is not as it must be.
    pub(super) async fn examine(&mut self, cut: &Cut, keep: &dyn Fn() -> PathBuf) {
        for entry in &self.record[self.gone..cut.after] {
            self.disk.replay(entry);
            if let Entry::Told { text } = entry {
                self.facts.take(text);
            }
        }
        self.gone = cut.after;
        let image = tempfile::tempdir().unwrap();
        self.disk.lay(cut.loss, image.path());
        let _advice = Advice { cut, record: self.record, keep };
        examine(image.path(), &self.facts).await;
    }
}

/// Says how to repeat a cut whose examination ends with a panic.
struct Advice<'a> {
    cut: &'a Cut,
    record: &'a [Entry],
    keep: &'a dyn Fn() -> PathBuf,
}

impl Drop for Advice<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let Cut { after, loss } = *self.cut;
        println!(
            "the power was cut after entry {after}, and took: {loss:?}; before it, newest first:"
        );
        for entry in self.record[..after].iter().rev().take(12) {
            println!("  {}", shown(entry));
        }
        let seed = match loss {
            Loss::Some(seed) => format!(":{seed}"),
            Loss::Nothing | Loss::Everything => String::new(),
        };
        let record = (self.keep)();
        println!(
            "again: KOPILKA_POWER_CUT={}:{after}{seed} cargo test --test it power::",
            record.display()
        );
    }
}

/// An entry without its bytes.
fn shown(entry: &Entry) -> String {
    match entry {
        Entry::Written { inode, at, bytes } => {
            format!("{} bytes into inode {inode} at {at}", bytes.len())
        }
        Entry::File { .. }
        | Entry::Folder { .. }
        | Entry::Resized { .. }
        | Entry::Synced { .. }
        | Entry::Renamed { .. }
        | Entry::Removed { .. }
        | Entry::Unknown { .. }
        | Entry::Told { .. } => format!("{entry:?}"),
    }
}
