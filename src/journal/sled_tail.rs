//! What the embedded store will keep of its own file at its next opening, found out without writing to it.
//!
//! sled ends its log at the first bad message in its newest segments, and wipes whatever follows: one
//! flipped bit before a thousand good records, and an opening destroys them. So its walk is made here
//! first, as sled 0.34.7 makes it: segments of a fixed size, each with its log sequence number; from the
//! newest one that is known to be stable they must follow each other, message after message.

use crate::journal::sled_log::SEGMENT_BYTES;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

const SEGMENT: u64 = SEGMENT_BYTES as u64;
const SEGMENT_HEADER_BYTES: usize = 20;
/// No message begins nearer to the end of its segment.
const MESSAGE_HEADER_MAX: usize = 32;
/// Where the header of a message has its kind, and where its three numbers begin.
const KIND_AT: usize = 4;
const NUMBERS_AT: usize = 5;
/// The kinds of messages: none, the one that ends a segment early, and the last one there is.
const BAD: u8 = 0;
const CAP: u8 = 2;
const KIND_MAX: u8 = 11;
/// Numbers in a segment's header are stored xored with this.
const NUMBER_MASK: u64 = i64::MAX as u64;

/// The parts of the file, newest first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) kept: Vec<Range<u64>>,
    /// What would be wiped, or be free to be written over.
    pub(super) wiped: Vec<Range<u64>>,
}

/// What one step of the walk meets.
enum Message {
    /// Good, and so long.
    Good(usize),
    /// The segment ends here.
    Cap,
    Bad,
}

/// Tells what an opening keeps. `snapshot` is the log sequence number of the newest of the store's own
/// snapshots: older segments are not walked.
pub(super) fn parts_of(file: &File, snapshot: u64) -> io::Result<Parts> {
    let oldest = snapshot.div_euclid(SEGMENT).saturating_mul(SEGMENT);
    let length = file.metadata()?.len();
    let mut stable = oldest;
    let mut walked = BTreeMap::new();
    let mut parts = Parts::default();
    for index in 0..length.div_ceil(SEGMENT) {
        let offset = index.saturating_mul(SEGMENT);
        match read_segment_header(&read(file, offset, SEGMENT_HEADER_BYTES)?) {
            Some((number, stable_then)) if number >= oldest => {
                stable = stable.max(stable_then);
                walked.insert(number, offset);
            }
            // Covered by the snapshot.
            Some(_) => parts.kept.push(whole(offset)),
            // Taken for unused space.
            None => parts.wiped.push(whole(offset)),
        }
    }
    let end = walk(file, &walked, stable.div_euclid(SEGMENT).saturating_mul(SEGMENT))?;
    for (number, offset) in walked {
        let sound = end.saturating_sub(number).min(SEGMENT);
        let cut = offset.saturating_add(sound);
        parts.kept.insert(0, offset..cut);
        parts.wiped.insert(0, cut..whole(offset).end);
    }
    Ok(parts)
}

fn whole(offset: u64) -> Range<u64> {
    offset..offset.saturating_add(SEGMENT)
}

/// The log sequence number where the log ends, beginning with the segment `first`.
fn walk(file: &File, segments: &BTreeMap<u64, u64>, first: u64) -> io::Result<u64> {
    let mut end = 0;
    let mut expected = first;
    for (number, offset) in segments.range(first..) {
        if *number != expected {
            break;
        }
        let segment = read(file, *offset, SEGMENT_BYTES)?;
        let mut at = SEGMENT_HEADER_BYTES;
        let capped = loop {
            if at > SEGMENT_BYTES.saturating_sub(MESSAGE_HEADER_MAX) {
                break true;
            }
            match read_message(segment.get(at..).unwrap_or_default(), number.div_euclid(SEGMENT)) {
                Message::Good(length) => at = at.saturating_add(length),
                Message::Cap => break true,
                Message::Bad => break false,
            }
        };
        expected = expected.saturating_add(SEGMENT);
        end = if capped { expected } else { number.saturating_add(at as u64) };
        if !capped {
            break;
        }
    }
    Ok(end)
}

/// A segment's own log sequence number, and the highest one known to be stable when it was begun; `None`
/// if it is not a segment. Before the first message is -1, which counts as 0.
fn read_segment_header(bytes: &[u8]) -> Option<(u64, u64)> {
    let (checksum, numbers) = bytes.split_first_chunk()?;
    let (number, stable) = numbers.split_first_chunk()?;
    let stable = u64::from_le_bytes(*stable.first_chunk()?) ^ NUMBER_MASK;
    let good = crc32fast::hash(numbers) == !u32::from_le_bytes(*checksum);
    let number = u64::from_le_bytes(*number) ^ NUMBER_MASK;
    let not_negative = |number: u64| if number > NUMBER_MASK { 0 } else { number };
    (good && number <= NUMBER_MASK).then_some((number, not_negative(stable)))
}

/// Reads the message at the front of `bytes`, which end with its segment.
fn read_message(bytes: &[u8], segment_number: u64) -> Message {
    let checked = || {
        let mut at = NUMBERS_AT;
        let length = read_number(bytes, &mut at)?;
        let stated_segment = read_number(bytes, &mut at)?;
        let _page = read_number(bytes, &mut at)?;
        let end = at.checked_add(usize::try_from(length).ok()?)?;
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(bytes.get(at..end)?);
        checksum.update(bytes.get(KIND_AT..at)?);
        let stated = u32::from_le_bytes(*bytes.first_chunk()?);
        let good = checksum.finalize() == !stated && stated_segment == segment_number;
        good.then_some(end)
    };
    match (bytes.get(KIND_AT), checked()) {
        (Some(&CAP), Some(_)) => Message::Cap,
        (Some(&kind), Some(end)) if kind != BAD && kind <= KIND_MAX => Message::Good(end),
        (Some(_) | None, _) => Message::Bad,
    }
}

/// sled's numbers of varying length.
fn read_number(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let rest = bytes.get(*at..)?;
    let (&first, rest) = rest.split_first()?;
    let byte = |index: usize| rest.get(index).copied().map(u64::from);
    let (number, length) = match first {
        0..=240 => (u64::from(first), 1),
        241..=248 => (240 + 256 * (u64::from(first) - 241) + byte(0)?, 2),
        249 => (2_288 + 256 * byte(0)? + byte(1)?, 3),
        250..=255 => {
            let count = usize::from(first - 247);
            let mut digits = [0; 8];
            digits.get_mut(..count)?.copy_from_slice(rest.get(..count)?);
            (u64::from_le_bytes(digits), count + 1)
        }
    };
    *at = at.checked_add(length)?;
    Some(number)
}

/// The bytes at an offset; fewer where the file ends.
pub(super) fn read(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while filled < length {
        let at = offset.saturating_add(filled as u64);
        match file.read_at(&mut bytes[filled..], at)? {
            0 => break,
            count => filled = filled.saturating_add(count),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
