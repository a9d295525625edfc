//! What a broken journal still has: records found in the file of its store, without the store. A record
//! says where it begins and proves itself, and each holds the hash of the one before, so what follows a copy
//! can be told from everything else that lies there.

use crate::journal::data_dir::{HIGH_WATER_FILE, JOURNAL_DIR};
use crate::journal::error::JournalError;
use crate::journal::high_water::{HighWater, Mark};
use crate::journal::house_key_file::house_key_in;
use crate::journal::log::{LogError, LogReader};
use crate::journal::record::{
    FRAME_BEGINS, Hash, Header, RECORD_BYTES_MAX, Tail, check_link, frame_bytes, peek_frame,
    read_frame,
};
use crate::journal::sled_files::{Lock, wait_for_lock};
use crate::journal::sled_log::STORE_FILE;
use crate::journal::sled_tail::read;
use crate::journal::snapshot::manifest::Span;
use crate::journal::vault::{MASTER_KEY_FILE, MasterKey, VaultCopy, vault_in};
use crate::values::EventNumber;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::Path;

/// So many bytes of the file are looked through at once.
const WINDOW_BYTES: usize = 8 << 20;
/// Most records of one read.
const READ_RECORDS_MAX: usize = 256;

/// Records that continue a copy, in the file of a broken store.
pub(super) struct Salvage {
    /// Those that were found, without gaps; none if the last is before the first.
    pub(super) records: Span,
    /// Where the journal ends with the last of them.
    pub(super) tail: Tail,
    pub(super) lost: Option<Lost>,
    pub(super) house_key: Option<[u8; 32]>,
    pub(super) vault: Option<VaultCopy>,
    pub(super) master_key: Option<MasterKey>,
    file: File,
    places: Vec<Place>,
}

/// What was durable in a broken journal, and is in no copy and not to be found any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    pub records: Span,
    /// Receipts with these numbers may be of it.
    pub events: Span,
}

/// Where a record lies in the file.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: u64,
    length: usize,
}

/// A record that was found.
#[derive(Debug, Clone)]
struct Candidate {
    header: Header,
    hash: Hash,
    place: Place,
}

/// All records behind a copy that were found, linked or not, and what was found of its last one.
#[derive(Default)]
struct Findings {
    candidates: BTreeMap<u64, Vec<Candidate>>,
    same_end: bool,
    other_end: bool,
}

impl Salvage {
    /// Looks through the store's file of a data directory for what follows `after`. `progress` is told how
    /// many bytes of all were looked through.
    ///
    /// # Errors
    /// `Damaged` if it is of another journal; `InUse`, `Io`.
    pub(super) fn find(
        data_dir: &Path,
        after: &Tail,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, JournalError> {
        let path = data_dir.join(JOURNAL_DIR).join(STORE_FILE);
        if matches!(wait_for_lock(&path), Lock::HeldByAnother) {
            return Err(JournalError::InUse(data_dir.to_path_buf()));
        }
        let file = File::open(&path).map_err(|error| JournalError::io("read", &path, &error))?;
        let findings = look_through(&file, after, progress)
            .map_err(|error| JournalError::io("read", &path, &error))?;
        let chain = findings.chain_after(after);
        if chain.is_empty() && findings.other_end && !findings.same_end {
            let what =
                format!("its record {} is not the one that the copies end with", after.record);
            return Err(JournalError::damaged(data_dir, what));
        }
        let tail = chain.last().map_or(*after, |last| Tail::of(&last.header, last.hash));
        let records = Span { first: after.record.saturating_add(1), last: tail.record };
        let lost = findings.lost(&tail, mark_of(data_dir));
        let places = chain.iter().map(|candidate| candidate.place).collect();
        Ok(Self {
            records,
            tail,
            lost,
            house_key: house_key_in(data_dir).unwrap_or_default(),
            vault: VaultCopy::broken(&vault_in(data_dir))?,
            master_key: MasterKey::read(&data_dir.join(MASTER_KEY_FILE)).ok(),
            file,
            places,
        })
    }
}

impl LogReader for Salvage {
    fn read(&self, from: u64, through: u64) -> Result<Vec<(u64, Vec<u8>)>, LogError> {
        let mut records = Vec::new();
        for number in (from..=through.min(self.records.last)).take(READ_RECORDS_MAX) {
            let index =
                number.checked_sub(self.records.first).and_then(|at| usize::try_from(at).ok());
            let Some(place) = index.and_then(|index| self.places.get(index)) else { break };
            let record = read(&self.file, place.at, place.length);
            records
                .push((number, record.map_err(|error| LogError::Unavailable(error.to_string()))?));
        }
        Ok(records)
    }

    fn bounds(&self) -> Result<Option<(u64, u64)>, LogError> {
        let Span { first, last } = self.records;
        Ok((first <= last).then_some((first, last)))
    }
}

/// What the directory says of how far its journal had got.
fn mark_of(data_dir: &Path) -> Mark {
    let found = HighWater::open(&data_dir.join(HIGH_WATER_FILE));
    found.map_or(Mark::default(), |(_, _, mark)| mark)
}

fn look_through(
    file: &File,
    after: &Tail,
    progress: &mut dyn FnMut(u64, u64),
) -> std::io::Result<Findings> {
    let length = file.metadata()?.len();
    let mut findings = Findings::default();
    let mut at = 0_u64;
    while at < length {
        let bytes = read(file, at, WINDOW_BYTES.saturating_add(RECORD_BYTES_MAX))?;
        let begins = bytes.windows(FRAME_BEGINS.len()).take(WINDOW_BYTES).enumerate();
        for (index, _) in begins.filter(|(_, begins)| begins == FRAME_BEGINS) {
            let offset = at.saturating_add(u64::try_from(index).unwrap_or(u64::MAX));
            findings.look_at(bytes.get(index..).unwrap_or_default(), offset, after);
        }
        at = at.saturating_add(u64::try_from(WINDOW_BYTES).unwrap_or(u64::MAX));
        progress(at.min(length), length);
    }
    Ok(findings)
}

impl Findings {
    /// Notes the record at the front of `bytes`, if there is a whole one that matters.
    fn look_at(&mut self, bytes: &[u8], at: u64, after: &Tail) {
        let Some((header, hash)) = peek_frame(bytes) else { return };
        if header.number < after.record {
            return;
        }
        let Some(record) = frame_bytes(bytes) else { return };
        if read_frame(record).is_err() {
            return;
        }
        if header.number == after.record {
            self.same_end |= hash == after.hash;
            self.other_end |= hash != after.hash;
            return;
        }
        let place = Place { at, length: record.len() };
        let same_number = self.candidates.entry(header.number).or_default();
        if same_number.iter().all(|known| known.hash != hash) {
            same_number.push(Candidate { header, hash, place });
        }
    }

    /// The longest run of records behind `after` of which each continues the one before it.
    fn chain_after(&self, after: &Tail) -> Vec<Candidate> {
        let mut reached: HashMap<Hash, &Candidate> = HashMap::new();
        let mut ends = vec![*after];
        let mut last = None;
        loop {
            let number = ends.first().map_or(u64::MAX, |end| end.record.saturating_add(1));
            let next = self.candidates.get(&number).into_iter().flatten();
            let linked: Vec<&Candidate> = next
                .filter(|one| ends.iter().any(|end| check_link(&one.header, end).is_ok()))
                .collect();
            if linked.is_empty() {
                break;
            }
            last = linked.first().map(|one| one.hash);
            ends = linked.iter().map(|one| Tail::of(&one.header, one.hash)).collect();
            reached.extend(linked.into_iter().map(|one| (one.hash, one)));
        }
        let mut chain = Vec::new();
        while let Some(candidate) = last.and_then(|hash| reached.get(&hash)) {
            chain.push((*candidate).clone());
            last = Some(candidate.header.previous);
        }
        chain.reverse();
        chain
    }

    /// What is known to have been there behind `tail`.
    fn lost(&self, tail: &Tail, mark: Mark) -> Option<Lost> {
        let newest = self.candidates.last_key_value();
        let found = newest.map_or(0, |(number, _)| *number);
        let all = self.candidates.values().flatten();
        let event = all.map(|one| one.header.last_event()).max().unwrap_or(EventNumber(0));
        let last = found.max(mark.record);
        let last_event = event.number().max(mark.last_event);
        (last > tail.record).then(|| Lost {
            records: Span { first: tail.record.saturating_add(1), last },
            events: Span { first: tail.last_event.plus(1).number(), last: last_event },
        })
    }
}
