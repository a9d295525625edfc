//! A log in memory whose power can be cut at any append, with the disk as it was at that instant: what a
//! house leaves that is killed, or whose machine is.

use kopilka::journal::{
    Claim, JournalError, LogError, LogFactory, LogReader, Opening, PartitionLog,
};
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::{fs, io};

/// How often something is read until it is the same twice.
const READS_MAX: usize = 1_000;
const NO_POWER: &str = "the test took the power away";

/// What happens to an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Refused with nothing written; the house goes on.
    Refused,
    /// Written, and reported as failed; the house goes on.
    Unsure,
    /// The power goes before it reaches the disk.
    CutBefore,
    /// The power goes after it reached the disk, before anybody is told.
    CutAfter,
}

/// Clones are the same log.
#[derive(Clone, Default)]
pub(crate) struct Mains {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    /// What was synced.
    records: Vec<Vec<u8>>,
    epoch: u64,
    /// What happens to the append after so many others.
    armed: Option<(usize, Fault)>,
    /// The directory that is copied when the power goes, and where to.
    camera: Option<(PathBuf, PathBuf)>,
    is_off: bool,
    /// Whether a fault was met.
    has_failed: bool,
}

impl Fault {
    /// Whether the house is gone with it.
    pub(crate) fn is_cut(self) -> bool {
        matches!(self, Self::CutBefore | Self::CutAfter)
    }

    /// Whether the append is there all the same.
    pub(crate) fn is_written(self) -> bool {
        matches!(self, Self::Unsure | Self::CutAfter)
    }
}

impl Mains {
    /// A log that holds these records already.
    pub(crate) fn with(records: Vec<Vec<u8>>) -> Self {
        let mains = Self::default();
        mains.lock().records = records;
        mains
    }

    pub(crate) fn factory(&self) -> LogFactory {
        let mains = self.clone();
        Arc::new(move |place| {
            if mains.lock().is_off {
                let (path, reason) = (place.directory.clone(), NO_POWER.to_owned());
                return Err(JournalError::Unavailable { path, reason });
            }
            Ok(Box::new(mains.clone()))
        })
    }

    /// Everything that is on the disk, in order.
    pub(crate) fn records(&self) -> Vec<Vec<u8>> {
        self.lock().records.clone()
    }

    /// Lets this happen to the append after `after` others. If the power goes, `from` is copied to `to` as
    /// it is then.
    pub(crate) fn arm(&self, after: usize, fault: Fault, (from, to): (&Path, &Path)) {
        let mut shared = self.lock();
        shared.armed = Some((after, fault));
        shared.camera = Some((from.to_path_buf(), to.to_path_buf()));
    }

    /// Takes back what was armed.
    pub(crate) fn disarm(&self) {
        self.lock().armed = None;
    }

    pub(crate) fn is_armed(&self) -> bool {
        self.lock().armed.is_some()
    }

    /// Whether a fault was met since the last call.
    pub(crate) fn take_fault(&self) -> bool {
        std::mem::take(&mut self.lock().has_failed)
    }

    pub(crate) fn is_off(&self) -> bool {
        self.lock().is_off
    }

    /// The power is back.
    pub(crate) fn turn_on(&self) {
        self.lock().is_off = false;
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }
}

impl Shared {
    /// The fault that the append now under way meets.
    fn fault(&mut self) -> Option<Fault> {
        match &mut self.armed {
            Some((0, fault)) => {
                let fault = *fault;
                self.armed = None;
                Some(fault)
            }
            Some((after, _)) => {
                *after -= 1;
                None
            }
            None => None,
        }
    }

    fn cut(&mut self) {
        if let Some((from, to)) = self.camera.take() {
            copy_disk(&from, &to);
        }
        self.is_off = true;
    }
}

fn gone() -> LogError {
    LogError::Unavailable(NO_POWER.to_owned())
}

/// Copies a data directory as it is at one moment, without what other directories stand in it and without its
/// lock. Threads of the house may write meanwhile: what was read twice alike was there between the two.
pub(crate) fn copy_disk(from: &Path, to: &Path) {
    twice_alike(|| Tree::read(from)).write(to);
}

/// A file as it is at one moment, whoever writes to it meanwhile.
///
/// # Errors
/// There is none.
pub(crate) fn read_at_once(path: &Path) -> io::Result<Vec<u8>> {
    fs::metadata(path)?;
    Ok(twice_alike(|| fs::read(path)))
}

/// What is read twice alike, one time after the other.
fn twice_alike<T: PartialEq>(read: impl Fn() -> io::Result<T>) -> T {
    let mut before = read();
    for _ in 0..READS_MAX {
        let now = read();
        match (before, now) {
            (Ok(before), Ok(now)) if before == now => return now,
            (_, now) => before = now,
        }
    }
    panic!("it never stays as it is: {:?}", before.err());
}

/// The folders and files of a directory.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tree {
    folders: Vec<PathBuf>,
    files: BTreeMap<PathBuf, (Permissions, Vec<u8>)>,
}

impl Tree {
    /// Fails if something goes while it is read.
    fn read(from: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(from, Path::new(""))?;
        tree.folders.sort();
        Ok(tree)
    }

    fn read_folder(&mut self, from: &Path, within: &Path) -> io::Result<()> {
        self.folders.push(within.to_path_buf());
        for entry in fs::read_dir(from.join(within))? {
            let entry = entry?;
            let (name, path) = (entry.file_name(), within.join(entry.file_name()));
            if entry.file_type()?.is_dir() {
                if name != "snapshots" {
                    self.read_folder(from, &path)?;
                }
            } else if name != "lock" {
                let file = (entry.metadata()?.permissions(), fs::read(entry.path())?);
                self.files.insert(path, file);
            }
        }
        Ok(())
    }

    fn write(&self, to: &Path) {
        for folder in &self.folders {
            fs::create_dir_all(to.join(folder)).unwrap();
        }
        for (path, (permissions, bytes)) in &self.files {
            fs::write(to.join(path), bytes).unwrap();
            fs::set_permissions(to.join(path), permissions.clone()).unwrap();
        }
    }
}

impl PartitionLog for Mains {
    fn open(&mut self, opening: &mut Opening<'_>) -> Result<Claim, LogError> {
        let mut shared = self.lock();
        let count = u64::try_from(shared.records.len()).unwrap();
        let record = opening(shared.records.last().map(|record| (count, &record[..])))?;
        shared.records.push(record);
        shared.epoch = count + 1;
        Ok(Claim { epoch: shared.epoch })
    }

    fn append(&mut self, claim: &Claim, expected: u64, record: &[u8]) -> Result<u64, LogError> {
        let mut shared = self.lock();
        if shared.is_off {
            return Err(gone());
        }
        let next = u64::try_from(shared.records.len()).unwrap() + 1;
        if claim.epoch != shared.epoch || expected != next {
            return Err(LogError::Fenced);
        }
        let fault = shared.fault();
        if fault.is_none_or(Fault::is_written) {
            shared.records.push(record.to_vec());
        }
        let Some(fault) = fault else { return Ok(expected) };
        shared.has_failed = true;
        if fault.is_cut() {
            shared.cut();
        }
        Err(gone())
    }

    fn stored_bytes(&self) -> u64 {
        0
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        Arc::new(self.clone())
    }
}

impl LogReader for Mains {
    fn read(&self, from: u64, through: u64) -> Result<Vec<(u64, Vec<u8>)>, LogError> {
        let shared = self.lock();
        let numbered = (1..).zip(&shared.records);
        let wanted = numbered.filter(|(number, _)| (from..=through).contains(number));
        Ok(wanted.take(64).map(|(number, record)| (number, record.clone())).collect())
    }

    fn bounds(&self) -> Result<Option<(u64, u64)>, LogError> {
        let count = u64::try_from(self.lock().records.len()).unwrap();
        Ok((count > 0).then_some((1, count)))
    }
}
