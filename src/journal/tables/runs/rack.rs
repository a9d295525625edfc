//! The files of all runs: new ones are written and named in a list before anybody reads them, those that
//! were merged go once no list names them any more.

use crate::journal::codec::{Decode, Encode, decode, encode};
use crate::journal::data_dir::sync_dir;
use crate::journal::disk::disk_space;
use crate::journal::error::JournalError;
use crate::journal::tables::runs::merge::{Job, Merged, Merger, job_of, leaves_room};
use crate::journal::tables::runs::run::Run;
use crate::journal::tables::runs::run_writer::RunWriter;
use crate::journal::tables::runs::staged::Staged;
use crate::journal::tables::runs::{RunList, Runs};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The folder of the files, beside the store.
const FOLDER: &str = "runs";

/// How many tables there are in runs; their places in the list never change.
const TABLES: usize = 6;

/// The tables in runs, and their files.
pub(in crate::journal::tables) struct Rack {
    pub(in crate::journal::tables) accounts: Runs,
    pub(in crate::journal::tables) identifiers: Runs,
    pub(in crate::journal::tables) operations: Runs,
    pub(in crate::journal::tables) history: Runs,
    pub(in crate::journal::tables) sales: Runs,
    pub(in crate::journal::tables) trails: Runs,
    folder: PathBuf,
    /// The number of the next file.
    next: AtomicU64,
    merger: Mutex<Merger>,
}

/// Which files there are: the numbers of each table's runs, oldest first.
#[derive(Debug, Default, Encode, Decode)]
struct Listing {
    next: u64,
    tables: Vec<Vec<u64>>,
}

/// New lists of runs that are not read yet, and the files that they leave out.
pub(in crate::journal::tables) struct Sealed {
    lists: Vec<(usize, RunList)>,
    obsolete: Vec<PathBuf>,
    listing: Vec<u8>,
    whole: bool,
}

impl Sealed {
    /// What the store must keep before anybody reads the new lists; empty where nothing is new.
    pub(in crate::journal::tables) fn listing(&self) -> &[u8] {
        &self.listing
    }
}

impl Rack {
    /// Opens what a listing names beside the store at `path`.
    pub(in crate::journal::tables) fn open(
        path: &Path,
        listing: Option<&[u8]>,
    ) -> Result<Self, JournalError> {
        let folder = path.join(FOLDER);
        fs::create_dir_all(&folder).map_err(|error| JournalError::io("make", &folder, &error))?;
        let damaged = || JournalError::damaged(&folder, "the list of runs");
        let listing: Listing = match listing {
            Some(bytes) => decode(bytes).map_err(|_| damaged())?,
            None => Listing { next: 1, tables: vec![Vec::new(); TABLES] },
        };
        let open = |number: &u64| open_run(&folder, *number).map(Arc::new);
        let runs =
            |numbers: &Vec<u64>| numbers.iter().map(open).collect::<Result<_, _>>().map(Runs::of);
        let tables: Vec<Runs> = listing.tables.iter().map(runs).collect::<Result<_, _>>()?;
        let tables: [Runs; TABLES] = tables.try_into().map_err(|_| damaged())?;
        let [accounts, identifiers, operations, history, sales, trails] = tables;
        let next = AtomicU64::new(listing.next);
        let merger = Mutex::default();
        let rack = Self {
            accounts,
            identifiers,
            operations,
            history,
            sales,
            trails,
            folder,
            next,
            merger,
        };
        Ok(rack)
    }

    /// In the order of the listing.
    fn tables(&self) -> [&Runs; TABLES] {
        let Self { accounts, identifiers, operations, history, sales, trails, .. } = self;
        [accounts, identifiers, operations, history, sales, trails]
    }

    /// Writes what is staged, durably. With a checkpoint that is whole it takes in what was merged meanwhile:
    /// until then the files of the last one stay.
    pub(in crate::journal::tables) fn seal(&self, whole: bool) -> Result<Sealed, JournalError> {
        let mut sealed =
            Sealed { lists: Vec::new(), obsolete: Vec::new(), listing: Vec::new(), whole };
        let mut merged = if whole { self.lock_merger().finished()? } else { None };
        for (index, table) in self.tables().into_iter().enumerate() {
            let mut staged = table.take_staged();
            let ready = merged.take_if(|merged| merged.table == index);
            let written = table.written().take();
            if !staged.is_empty() || written.is_some() || ready.is_some() {
                let list = match ready {
                    Some(merged) => with_merged(&table.list(), merged, &mut sealed.obsolete),
                    None => table.list(),
                };
                let list = self.with_new(&list, written, &mut staged)?;
                sealed.lists.push((index, list));
            }
            table.take_back(staged);
        }
        if !sealed.lists.is_empty() {
            sync_dir(&self.folder)?;
        }
        if !sealed.lists.is_empty() || whole {
            sealed.listing = encode(&self.listing(&sealed.lists));
        }
        Ok(sealed)
    }

    /// The runs of a table and behind them what is new.
    fn with_new(
        &self,
        list: &RunList,
        written: Option<Arc<Run>>,
        staged: &mut Staged,
    ) -> Result<RunList, JournalError> {
        let staged = if staged.is_empty() { None } else { Some(Arc::new(self.write(staged)?)) };
        Ok(Arc::new(list.iter().cloned().chain(written).chain(staged).collect()))
    }

    /// Lets the new lists be read: the store keeps their listing.
    pub(in crate::journal::tables) fn publish(&self, sealed: Sealed) {
        for (index, list) in sealed.lists {
            self.tables()[index].publish(list);
        }
        for path in sealed.obsolete {
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(path = %path.display(), %error, "a merged run stays");
            }
        }
        let lists = self.tables().map(Runs::list);
        let mut merger = self.lock_merger();
        if sealed.whole
            && merger.is_free()
            && let Some(job) = job_of(&lists)
            && self.has_room_for(&job)
        {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            merger.begin(job, &self.path_of(number), number);
        }
    }

    /// Deletes the files that no list names: a crash left them.
    pub(in crate::journal::tables) fn delete_strays(&self) -> Result<(), JournalError> {
        let lists = self.tables().map(Runs::list);
        let known =
            |path: &Path| lists.iter().flat_map(|list| list.iter()).any(|run| run.path() == path);
        let failed = |error| JournalError::io("read", &self.folder, &error);
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if !known(&path) {
                let removed = fs::remove_file(&path);
                removed.map_err(|error| JournalError::io("remove", &path, &error))?;
            }
        }
        Ok(())
    }

    /// A merge needs the bytes of all its runs once more, for as long as it runs: it must not take the
    /// disk from the journal.
    fn has_room_for(&self, job: &Job) -> bool {
        let bytes = job.bytes();
        let disk = disk_space(&self.folder);
        let has_room = disk.is_ok_and(|disk| leaves_room(bytes, disk.free_bytes));
        if !has_room {
            tracing::warn!(bytes, "runs of the tables are not merged: the disk is too full");
        }
        has_room
    }

    /// Begins a run of at most so many entries, for a fold that has them in order; until it is taken by its
    /// table it is nothing.
    pub(in crate::journal::tables) fn begin_run_of_fold(
        &self,
        entries_max: usize,
    ) -> Result<RunWriter, JournalError> {
        self.begin_run(entries_max)?.synced_aside()
    }

    fn begin_run(&self, entries_max: usize) -> Result<RunWriter, JournalError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let entries_max = u64::try_from(entries_max).unwrap_or(u64::MAX);
        RunWriter::begin(&self.path_of(number), number, entries_max)
    }

    fn write(&self, staged: &mut Staged) -> Result<Run, JournalError> {
        let mut writer = self.begin_run(staged.len())?;
        for (key, value) in staged.entries() {
            writer.push(key, value)?;
        }
        writer.finish()
    }

    fn listing(&self, changed: &[(usize, RunList)]) -> Listing {
        let tables = self.tables().map(Runs::list).into_iter().enumerate().map(|(index, list)| {
            let new = changed.iter().find(|(table, _)| *table == index);
            let list = new.map_or(&list, |(_, new)| new);
            list.iter().map(|run| run.number).collect()
        });
        Listing { next: self.next.load(Ordering::Relaxed), tables: tables.collect() }
    }

    fn path_of(&self, number: u64) -> PathBuf {
        path_of(&self.folder, number)
    }

    fn lock_merger(&self) -> std::sync::MutexGuard<'_, Merger> {
        self.merger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The list with one run in the place of those that were merged into it.
fn with_merged(list: &RunList, merged: Merged, obsolete: &mut Vec<PathBuf>) -> RunList {
    let Merged { run, replaces, .. } = merged;
    let gone = |run: &&Arc<Run>| replaces.contains(&run.number);
    obsolete.extend(list.iter().filter(gone).map(|run| run.path().into()));
    let mut merged = Some(run);
    let place = |run: &Arc<Run>| {
        if replaces.contains(&run.number) { merged.take() } else { Some(Arc::clone(run)) }
    };
    Arc::new(list.iter().filter_map(place).collect())
}

/// A run that a list names must be there.
fn open_run(folder: &Path, number: u64) -> Result<Run, JournalError> {
    let path = path_of(folder, number);
    if !path.exists() {
        return Err(JournalError::damaged(folder, format!("run {number} is missing")));
    }
    Run::open(&path, number)
}

fn path_of(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:010}"))
}
