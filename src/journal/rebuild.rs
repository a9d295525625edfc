//! The tables made anew from the journal's first record, whatever became of those there were.

use crate::journal::misfold::FoldError;
use crate::journal::reader::JournalReader;
use crate::journal::recovery::{Recovered, replay_journal};
use crate::journal::tables::{TablesMemory, TablesWriter, wipe_tables};
use crate::values::EventNumber;
use std::path::Path;

/// Removes the tables at `path`, without opening them, and folds the whole journal into new ones.
/// `progress` is told of every operation the event that it begins with.
///
/// # Errors
/// `Misfold` if an operation does not fit what came before it; if the journal cannot be read, or the
/// tables written, or somebody holds them.
pub fn rebuild_tables(
    path: &Path,
    cache_bytes: u64,
    journal: &JournalReader,
    progress: &mut dyn FnMut(EventNumber),
) -> Result<Recovered, FoldError> {
    let tail = journal.tail()?.map_or(EventNumber::default(), |tail| tail.last_event);
    wipe_tables(path)?;
    let memory = TablesMemory::with_whole_filter(cache_bytes);
    let mut writer = TablesWriter::open_under(path, memory, tail, journal.sealing())?;
    replay_journal(&mut writer, journal, (EventNumber(1), tail), progress)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::scenario::{Scenario, journal_of};
    use crate::journal::tables::Tables;
    use crate::journal::verify::verify;
    use std::fs;

    const CACHE_BYTES: u64 = 8 << 20;

    #[test]
    fn tables_are_made_anew_whatever_lies_where_they_were() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tables");
        let (_, journal) = journal_of(&Scenario::new(11).play(300));
        for found in ["nothing", "rubbish", "good tables"] {
            if found == "rubbish" {
                fs::remove_dir_all(&path).unwrap();
                fs::create_dir_all(&path).unwrap();
                for file in ["db", "conf", "note"] {
                    fs::write(path.join(file), b"rubbish").unwrap();
                }
            }
            let mut told = Vec::new();
            let mut progress = |event| told.push(event);
            let recovered = rebuild_tables(&path, CACHE_BYTES, &journal, &mut progress).unwrap();
            assert_eq!(recovered.replayed, 300, "{found}");
            assert!(told.len() == 300 && told.is_sorted() && told[0] == EventNumber(1));
            let tables = Tables::open_as_they_are(&path, CACHE_BYTES).unwrap().unwrap();
            let report = verify(&journal, Some(&tables), &mut |_| {});
            assert_eq!(report.difference, None, "{found}");
            assert_eq!(report.covered.accounts_compared, report.covered.accounts, "{found}");
        }
    }
}
