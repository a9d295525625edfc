//! What of a record file is whole: its blocks, each with its checksum, and its records, each of which must
//! continue the one before it. A file that was being written ends where the first thing is wrong.

use crate::journal::error::JournalError;
use crate::journal::record::{Hash, Tail, check_link, read_frame};
use crate::journal::snapshot::block::{BLOCK_HEAD_BYTES, BlockHead, End, HEAD_BYTES, Head};
use crate::journal::snapshot::record_file::{MISSING, name_of, unreadable};
use crate::values::{EventNumber, Timestamp};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// What is whole of a record file.
#[derive(Clone)]
pub(in crate::journal::snapshot) struct Whole {
    pub(in crate::journal::snapshot) head: Head,
    /// Where the journal ended with the last whole record.
    pub(in crate::journal::snapshot) tail: Tail,
    /// So many bytes of the file, and the hash over them.
    pub(in crate::journal::snapshot) bytes: u64,
    pub(in crate::journal::snapshot) hash: Sha256,
    /// Whether it was brought to its end.
    pub(super) ended: bool,
    /// What is wrong with what follows; `None`: nothing follows.
    pub(super) trouble: Option<String>,
}

/// Is told where the journal ended with each record.
pub(super) type OnRecord<'a> = dyn FnMut(&Tail) + 'a;

/// Reads a file from its beginning. It must continue `before`; `None`: it is the first one, whatever it
/// continues.
pub(super) fn scan(
    path: &Path,
    before: Option<&Tail>,
    on_record: &mut OnRecord<'_>,
) -> Result<Whole, JournalError> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut scanner = Scanner { file: BufReader::new(file), path: path.to_path_buf() };
    let mut bytes = [0; HEAD_BYTES];
    scanner.file.read_exact(&mut bytes).map_err(|error| unreadable(path, &error))?;
    let head = Head::read(&bytes).map_err(|what| JournalError::damaged(path, what))?;
    let tail = match before {
        Some(before) if Head::after(before) == head => *before,
        Some(before) if head.first_record > before.record.saturating_add(1) => {
            let between = path.with_file_name(name_of(before.record.saturating_add(1)));
            return Err(JournalError::damaged(&between, MISSING));
        }
        Some(_) => {
            return Err(JournalError::damaged(path, "it does not continue the file before it"));
        }
        None => tail_before(&head),
    };
    let hash = Sha256::new_with_prefix(bytes);
    let count = u64::try_from(HEAD_BYTES).unwrap_or(u64::MAX);
    let mut whole = Whole { head, tail, bytes: count, hash, ended: false, trouble: None };
    scanner.run(&mut whole, on_record)?;
    Ok(whole)
}

/// What a head says of the record before its first; the rest is as that of the first.
fn tail_before(head: &Head) -> Tail {
    Tail {
        record: head.first_record.saturating_sub(1),
        epoch: 0,
        last_event: EventNumber(head.last_event_before),
        last_time: Timestamp::from_millis(i64::MIN),
        hash: head.before,
    }
}

struct Scanner {
    file: BufReader<File>,
    path: PathBuf,
}

impl Scanner {
    /// Reads block after block, until the end or the first thing that is wrong.
    fn run(&mut self, whole: &mut Whole, on_record: &mut OnRecord<'_>) -> Result<(), JournalError> {
        loop {
            let mut head = [0; BLOCK_HEAD_BYTES];
            match self.fill(&mut head)? {
                0 => return Ok(()),
                _ if whole.ended => whole.trouble = Some("something follows its end".into()),
                BLOCK_HEAD_BYTES => {
                    whole.trouble = self.take_block(&head, whole, on_record)?.err();
                }
                _ => whole.trouble = Some("it is cut off".into()),
            }
            if whole.trouble.is_some() {
                return Ok(());
            }
        }
    }

    /// Takes in a block; inside, what is wrong with it.
    fn take_block(
        &mut self,
        bytes: &[u8; BLOCK_HEAD_BYTES],
        whole: &mut Whole,
        on_record: &mut OnRecord<'_>,
    ) -> Result<Result<(), String>, JournalError> {
        let head = match BlockHead::read(bytes) {
            Ok(head) => head,
            Err(what) => return Ok(Err(what)),
        };
        let mut stored = vec![0; head.stored];
        if self.fill(&mut stored)? < head.stored {
            return Ok(Err("it is cut off".into()));
        }
        let taken = if head.is_end {
            head.end(bytes, &stored).and_then(|end| whole.end_with(end))
        } else {
            whole.take_records(&head, (bytes, &stored), on_record)
        };
        if taken.is_ok() {
            whole.hash.update(bytes);
            whole.hash.update(&stored);
            let count = bytes.len().saturating_add(stored.len());
            whole.bytes = whole.bytes.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        }
        Ok(taken)
    }

    /// Reads as many bytes as there are.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<usize, JournalError> {
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.file.read(rest) {
                Ok(0) => break,
                Ok(count) => filled = filled.saturating_add(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(JournalError::io("read", &self.path, &error)),
            }
        }
        Ok(filled)
    }
}

impl Whole {
    /// Where the journal ended before its first record.
    pub(super) fn before(&self) -> Tail {
        tail_before(&self.head)
    }

    /// The SHA-256 of its whole part.
    pub(super) fn sha256(&self) -> Hash {
        self.hash.clone().finalize().into()
    }

    /// The damage of a file that held a record and is whole no further than this.
    pub(super) fn damaged(&self, path: &Path, held: u64) -> JournalError {
        let what = self.trouble.as_deref().unwrap_or("it lacks its end");
        let whole = self.tail.record;
        let place = format!("{what}; it held record {held} and is whole through record {whole}");
        JournalError::damaged(path, place)
    }

    fn end_with(&mut self, end: End) -> Result<(), String> {
        if end != End::at(&self.tail) {
            return Err("its end is not behind its last record".into());
        }
        self.ended = true;
        Ok(())
    }

    /// All records of a block, or none.
    fn take_records(
        &mut self,
        head: &BlockHead,
        (bytes, stored): (&[u8; BLOCK_HEAD_BYTES], &[u8]),
        on_record: &mut OnRecord<'_>,
    ) -> Result<(), String> {
        let mut tails = Vec::new();
        let mut before = self.tail;
        for (number, record) in head.records(bytes, stored)? {
            let told = |error: &dyn std::fmt::Display| format!("record {number}: {error}");
            let frame = read_frame(&record).map_err(|error| told(&error))?;
            if before.epoch == 0 {
                // The first one of all: what its epoch continues is not known here.
                before.epoch = frame.header.epoch;
            }
            check_link(&frame.header, &before).map_err(|error| told(&error))?;
            if frame.header.number != number {
                return Err(told(&"it has another number"));
            }
            before = Tail::of(&frame.header, frame.hash);
            tails.push(before);
        }
        self.tail = before;
        tails.iter().for_each(on_record);
        Ok(())
    }
}
