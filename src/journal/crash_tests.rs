//! What a crash, a power cut or a bad disk leaves, and what the journal makes of it.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::high_water::{HighWater, Mark};
use crate::journal::log::{Claim, LogError, LogFactory, LogReader, Opening, PartitionLog};
use crate::journal::memory_log::MemoryLog;
use crate::journal::opened::{JournalOptions, OpenedLog, open_read_only};
use crate::journal::operation::{Operation, Outcome};
use crate::journal::record::samples::{every_event, large_sale, random_operation, small_operation};
use crate::journal::record::{read_frame, write_frame};
use crate::journal::sled_log::open_sled_log;
use crate::journal::test_kit::{Kit, all_operations, opened, options};
use crate::values::EventNumber;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The embedded log; after each of its syncs, exactly what was synced is copied to a directory of its own.
struct Imaging {
    log: Box<dyn PartitionLog>,
    data_dir: PathBuf,
    images: PathBuf,
    taken: Arc<AtomicUsize>,
}

impl Imaging {
    fn factory(data_dir: &Path, images: &Path, taken: &Arc<AtomicUsize>) -> LogFactory {
        let (data_dir, images) = (data_dir.to_path_buf(), images.to_path_buf());
        let taken = Arc::clone(taken);
        Arc::new(move |place| {
            Ok(Box::new(Self {
                log: open_sled_log(place)?,
                data_dir: data_dir.clone(),
                images: images.clone(),
                taken: Arc::clone(&taken),
            }))
        })
    }

    fn take(&self) {
        let number = self.taken.fetch_add(1, Ordering::AcqRel);
        let image = self.images.join(number.to_string());
        std::fs::create_dir_all(image.join("journal")).unwrap();
        std::fs::create_dir_all(image.join("tables")).unwrap();
        for file in ["kopilka.format", "high-water", "journal/conf", "journal/db"] {
            std::fs::copy(self.data_dir.join(file), image.join(file)).unwrap();
        }
    }
}

impl PartitionLog for Imaging {
    fn open(&mut self, opening: &mut Opening<'_>) -> Result<Claim, LogError> {
        let claim = self.log.open(opening)?;
        self.take();
        Ok(claim)
    }

    fn append(&mut self, claim: &Claim, expected: u64, record: &[u8]) -> Result<u64, LogError> {
        let number = self.log.append(claim, expected, record)?;
        self.take();
        Ok(number)
    }

    fn stored_bytes(&self) -> u64 {
        self.log.stored_bytes()
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        self.log.reader()
    }
}

fn operations_of(path: &Path) -> Vec<Operation> {
    let opened = opened(path, None).unwrap();
    all_operations(&opened.reader()).into_iter().map(|one| one.operation).collect()
}

#[test]
fn a_power_cut_after_any_sync_loses_nothing_that_was_answered() {
    let (temp, images) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let taken = Arc::new(AtomicUsize::new(0));
    let mut answered: Vec<Operation> = Vec::new();
    // How many operations had been answered when the image was taken, by image.
    let mut known = Vec::new();
    for _ in 0..2 {
        let factory = Imaging::factory(temp.path(), images.path(), &taken);
        let kit = Kit::open(temp.path(), Some(factory));
        known.resize(taken.load(Ordering::Acquire), answered.len());
        for seed in 0..12 {
            let operation = if seed == 6 { large_sale(300) } else { random_operation(seed) };
            let outcome = kit.submit_and_wait(operation.clone()).1;
            assert_eq!(outcome, Outcome::Durable(None));
            answered.push(operation);
            // The image that was taken before the answer has it as well.
            known.resize(taken.load(Ordering::Acquire), answered.len() - 1);
            *known.last_mut().unwrap() += 1;
        }
    }
    assert!(known.len() >= 26);
    for (image, count) in known.into_iter().enumerate() {
        let found = operations_of(&images.path().join(image.to_string()));
        assert_eq!(found, answered[..count], "image {image}");
    }
}

fn filled(path: &Path, count: u64) {
    let kit = Kit::open(path, None);
    for number in 0..count {
        assert_eq!(kit.submit_and_wait(small_operation(number, 0)).1, Outcome::Durable(None));
    }
    kit.journal.close().unwrap();
}

fn journal_files(path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<(PathBuf, Vec<u8>)> = std::fs::read_dir(path.join("journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    files.push((path.join("high-water"), std::fs::read(path.join("high-water")).unwrap()));
    files.sort();
    files
}

/// Where in the store's file the last record begins.
fn last_record_at(bytes: &[u8], record: u64) -> usize {
    let is_it = |at: &usize| {
        bytes[*at..].starts_with(b"KPJ\x01") && bytes[at + 18..at + 26] == record.to_be_bytes()
    };
    (0..bytes.len() - 26).rfind(is_it).unwrap()
}

#[test]
fn a_lost_end_is_refused_before_anything_is_changed() {
    let temp = tempfile::tempdir().unwrap();
    filled(temp.path(), 40);
    let db = temp.path().join("journal/db");
    let whole = std::fs::read(&db).unwrap();
    for length in [0, whole.len().div_euclid(2), last_record_at(&whole, 41) + 100] {
        std::fs::write(&db, &whole[..length]).unwrap();
        let before = journal_files(temp.path());
        let error = opened(temp.path(), None).map(|_| ()).unwrap_err();
        let path = temp.path().to_path_buf();
        assert_eq!(error, JournalError::LostTail { path, record: 41 }, "{length}");
        assert!(journal_files(temp.path()) == before, "{length}");
    }
    std::fs::remove_file(&db).unwrap();
    assert!(matches!(opened(temp.path(), None), Err(JournalError::LostTail { .. })));
    assert!(!db.exists());
}

#[test]
fn a_store_that_gave_unused_space_back_opens() {
    let temp = tempfile::tempdir().unwrap();
    filled(temp.path(), 5);
    let path = temp.path().join("high-water");
    let (high_water, mut marks, mark) = HighWater::open(&path).unwrap();
    let longer = Mark { stored_bytes: mark.stored_bytes + (8 << 20), ..mark };
    marks.write(&high_water, &longer).unwrap();
    assert_eq!(operations_of(temp.path()).len(), 5);
}

#[test]
fn a_store_that_opens_without_its_end_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let memory = MemoryLog::default();
    let kit = Kit::open(temp.path(), Some(memory.factory()));
    for number in 0..5 {
        kit.submit_and_wait(small_operation(number, 0));
    }
    drop(kit);
    let whole = memory.records();
    memory.replace(whole[..5].to_vec());
    let path = temp.path().to_path_buf();
    let lost = JournalError::LostTail { path: path.clone(), record: 6 };
    assert_eq!(opened(&path, Some(memory.factory())).map(|_| ()), Err(lost));
    memory.replace(Vec::new());
    assert!(opened(&path, Some(memory.factory())).is_err());

    // Another record in the place of the marked one.
    let twin = MemoryLog::default();
    let other = tempfile::tempdir().unwrap();
    let kit = Kit::open(other.path(), Some(twin.factory()));
    for number in 10..15 {
        kit.submit_and_wait(small_operation(number, 0));
    }
    drop(kit);
    let error = opened(&path, Some(twin.factory())).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("record 6: it is not the one"), "{error}");

    // A mark that lags is nothing to worry about.
    memory.replace(whole);
    let (high_water, mut marks, mark) = HighWater::open(&path.join("high-water")).unwrap();
    let first = opened(&path, Some(memory.factory())).unwrap().reader().tail_at(3).unwrap();
    marks.write(&high_water, &Mark { record: 3, hash: first.hash, ..mark }).unwrap();
    marks.write(&high_water, &Mark { record: 3, hash: first.hash, ..mark }).unwrap();
    assert_eq!(opened(&path, Some(memory.factory())).unwrap().tail().record, 8);
}

#[test]
fn a_group_without_its_last_part_was_never_there() {
    let temp = tempfile::tempdir().unwrap();
    let memory = MemoryLog::default();
    let kit = Kit::open(temp.path(), Some(memory.factory()));
    kit.submit_and_wait(small_operation(1, 0));
    drop(kit);
    let fails = memory.intercepted(|number| match number {
        6 => Err(LogError::Unavailable("no disk".into())),
        _ => Ok(()),
    });
    let kit = Kit::open(temp.path(), Some(fails));
    let large = large_sale(800);
    assert_eq!(kit.submit_and_wait(large.clone()), (EventNumber(2), Outcome::Lost));
    drop(kit);
    assert_eq!(memory.records().len(), 5);
    let kit = Kit::open(temp.path(), Some(memory.factory()));
    let reader = kit.reader.clone();
    assert_eq!(all_operations(&reader).len(), 1);
    assert_eq!(kit.submit_and_wait(large.clone()), (EventNumber(2), Outcome::Durable(None)));
    assert_eq!(kit.submit_and_wait(small_operation(3, 0)).0, EventNumber(3));
    let all: Vec<Operation> =
        all_operations(&reader).into_iter().map(|one| one.operation).collect();
    assert_eq!(all, [small_operation(1, 0), large.clone(), small_operation(3, 0)]);
    assert_eq!(reader.operation(EventNumber(2)).unwrap().unwrap().operation, large);
    let records = memory.records().len();
    assert_eq!(reader.records(1).map(Result::unwrap).count(), records);
    // From the middle of a group means from its beginning.
    let from_middle = reader.records(8).map(Result::unwrap).next().unwrap().0;
    assert_eq!(from_middle.number, 7);
}

#[test]
fn every_flipped_byte_is_noticed_with_its_place() {
    let temp = tempfile::tempdir().unwrap();
    let memory = MemoryLog::default();
    let kit = Kit::open(temp.path(), Some(memory.factory()));
    for operation in every_event() {
        kit.submit_and_wait(operation);
    }
    kit.submit_and_wait(small_operation(1, 0));
    let reader = kit.reader;
    let whole = memory.records();
    for record in 0..whole.len() {
        for at in 0..whole[record].len() {
            let mut damaged = whole.clone();
            damaged[record][at] ^= 1;
            memory.replace(damaged);
            let error = reader.records(1).find_map(Result::err).unwrap();
            let place = format!("record {}: ", record + 1);
            assert!(error.to_string().contains(&place), "{at}: {error}");
        }
        let mut swapped = whole.clone();
        swapped.swap(record, (record + 1) % whole.len());
        memory.replace(swapped);
        assert!(reader.records(1).any(|record| record.is_err()));
    }
}

#[test]
fn a_record_put_in_the_place_of_another_is_noticed() {
    let temp = tempfile::tempdir().unwrap();
    let memory = MemoryLog::default();
    let kit = Kit::open(temp.path(), Some(memory.factory()));
    for number in 0..4 {
        kit.submit_and_wait(small_operation(number, 0));
    }
    let reader = kit.reader;
    let whole = memory.records();
    // Right in itself, with another root: the next record does not follow it, and its events do not fit.
    let forge = |record: usize| {
        let frame = read_frame(&whole[record]).unwrap();
        let mut header = frame.header;
        header.root = [7; 32];
        let mut forged = whole.clone();
        forged[record] = write_frame(&header, frame.body).0;
        memory.replace(forged);
    };
    forge(2);
    let all = reader.operations(EventNumber(1), EventNumber(9));
    let error = all.collect::<Result<Vec<_>, _>>().unwrap_err();
    let expected =
        "record 4: it does not continue the record before it: the hash of the record before";
    assert!(error.to_string().contains(expected), "{error}");
    forge(4);
    let error = reader.records(1).find_map(Result::err).unwrap();
    assert!(error.to_string().ends_with("record 5: the root over its events differs"), "{error}");
}

/// Flips bytes of the store's file all over, one at a time. Every opening is refused with nothing changed,
/// or reads all that was answered.
fn check_damage(path: &Path, count: u64, flips: usize) -> usize {
    let files = journal_files(path);
    let db = path.join("journal/db");
    let whole = std::fs::read(&db).unwrap();
    let end = last_record_at(&whole, count + 1) + 100;
    let mut refused = 0;
    for flip in 0..flips {
        let mut damaged = whole.clone();
        damaged[(end * flip).div_euclid(flips)] ^= 0x55;
        std::fs::write(&db, damaged).unwrap();
        let before = journal_files(path);
        let outcome = opened(path, None).and_then(|opened| {
            let all = opened.reader().operations(EventNumber(1), EventNumber(u64::MAX));
            all.collect::<Result<Vec<_>, _>>()
        });
        match outcome {
            Ok(read) => assert_eq!(read.len(), usize::try_from(count).unwrap(), "flip {flip}"),
            Err(error) => {
                let clear =
                    matches!(error, JournalError::Damaged { .. } | JournalError::LostTail { .. });
                assert!(clear, "flip {flip}: {error}");
                assert!(journal_files(path) == before, "flip {flip}: {error}");
                refused += 1;
            }
        }
        for (left, _) in journal_files(path) {
            std::fs::remove_file(left).unwrap();
        }
        for (file, bytes) in &files {
            std::fs::write(file, bytes).unwrap();
        }
    }
    refused
}

#[test]
fn a_damaged_store_is_refused_unchanged_or_read_to_the_letter() {
    let temp = tempfile::tempdir().unwrap();
    filled(temp.path(), 30);
    assert!(check_damage(temp.path(), 30, 60) > 50);
}

#[test]
fn left_over_snapshots_of_the_store_do_not_keep_it_from_opening() {
    let temp = tempfile::tempdir().unwrap();
    filled(temp.path(), 5);
    let journal = temp.path().join("journal");
    let snapshots = || {
        let entries = std::fs::read_dir(&journal).unwrap().map(|entry| entry.unwrap().file_name());
        entries.filter(|name| name.to_string_lossy().starts_with("snap.")).collect::<Vec<_>>()
    };
    filled(temp.path(), 1);
    assert!(!snapshots().is_empty());
    std::fs::write(journal.join("snap.00000000FFFFFFFF.generating"), "half of").unwrap();
    std::fs::write(journal.join("snap.FFFFFFFFFFFFFFF0"), "").unwrap();
    std::fs::write(journal.join("snap.FFFFFFFFFFFFFFF1"), "contents length and checksum").unwrap();
    assert_eq!(operations_of(temp.path()).len(), 6);
    let left = snapshots();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("FFFF")), "{left:?}");
}

#[test]
fn a_full_disk_is_refused_before_it_is_written_to() {
    let temp = tempfile::tempdir().unwrap();
    filled(temp.path(), 3);
    let data_dir = DataDir::open_existing(temp.path()).unwrap();
    let full = JournalOptions { disk_free_min: u64::MAX, ..options(None) };
    let error = OpenedLog::open(&data_dir, &full).map(|_| ()).unwrap_err();
    assert!(matches!(error, JournalError::Full { free_min: u64::MAX, .. }), "{error}");
    let reader = open_read_only(&data_dir, &full).unwrap();
    assert_eq!(reader.tail().unwrap().unwrap().record, 4);
}

#[test]
fn reading_only_appends_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let data_dir = DataDir::create_or_open(temp.path()).unwrap();
    assert_eq!(open_read_only(&data_dir, &options(None)).unwrap().tail(), Ok(None));
    drop(data_dir);
    filled(temp.path(), 3);
    for _ in 0..2 {
        let data_dir = DataDir::open_existing(temp.path()).unwrap();
        let reader = open_read_only(&data_dir, &options(None)).unwrap();
        assert_eq!(reader.tail().unwrap().unwrap().record, 4);
        assert_eq!(all_operations(&reader).len(), 3);
    }
}
