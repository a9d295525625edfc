//! The frame of a record: a header of fixed size, then the body. Everything that must be known
//! without reading a body is in the header, at a fixed place, in big-endian integers.
//!
//! | bytes | what |
//! |---|---|
//! | 0-2, 3 | `KPJ`, format version |
//! | 4-5 | flags: 1 open, 2 compressed |
//! | 6-7, 8-9 | number of this part, of how many |
//! | 10-17 | epoch: the number of the Open record it was written under |
//! | 18-25 | record number |
//! | 26-33 | time, in milliseconds since 1970 UTC |
//! | 34-41, 42-45 | number of the first event, count of events |
//! | 46-77 | hash of the previous record |
//! | 78-109 | root over the hashes of the events |
//! | 110-141 | SHA-256 of the body as stored |
//! | 142-145, 146-149 | length of the body as stored, before compression |
//! | 150-153 | CRC-32 of everything before and of the body |
//!
//! The hash of a record is the SHA-256 of its header, which binds the body through its hash: so a
//! chain of headers can be checked, and one event proven, without any body.

use crate::journal::record::merkle::Hash;
use crate::values::{EventNumber, Timestamp};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Most bytes of a body before compression: what does not fit is written as several parts. Larger
/// values cost the embedded store more than their size, and it must never move one into a file of
/// its own.
pub(in crate::journal) const RECORD_BODY_MAX: usize = 64 << 10;
/// Most bytes of a record.
pub(in crate::journal) const RECORD_BYTES_MAX: usize = HEADER_BYTES + RECORD_BODY_MAX;
/// Most parts of one group.
pub(in crate::journal) const PARTS_MAX: u16 = 512;

const HEADER_BYTES: usize = 154;
const TIME_AT: usize = 26;
const CHECKSUM_AT: usize = 150;
const STORED_LENGTH_AT: usize = 142;
/// How every record begins.
pub(in crate::journal) const FRAME_BEGINS: &[u8; 4] = b"KPJ\x01";
#[cfg(any(test, feature = "fuzzing"))]
const BODY_HASH_AT: usize = 110;
const MAGIC: [u8; 3] = *b"KPJ";
const VERSION: u8 = 1;
const OPEN: u16 = 1;
const COMPRESSED: u16 = 2;

/// What a record says about itself, apart from what follows from its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::journal) struct Header {
    /// A record that opens an epoch; it has no body.
    pub(in crate::journal) open: bool,
    /// From 1; a group is there when its last part is.
    pub(in crate::journal) part: u16,
    pub(in crate::journal) of: u16,
    pub(in crate::journal) epoch: u64,
    pub(in crate::journal) number: u64,
    /// The newest operation so far; never before that of an earlier record.
    pub(in crate::journal) time: Timestamp,
    /// The number of the first event, or of the next one where there are none.
    pub(in crate::journal) first_event: EventNumber,
    /// All events of the group in its last part, none in those before.
    pub(in crate::journal) events: u32,
    pub(in crate::journal) previous: Hash,
    pub(in crate::journal) root: Hash,
}

/// The body of a record as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::journal) struct Body<'a> {
    pub(in crate::journal) bytes: &'a [u8],
    pub(in crate::journal) compressed: bool,
    /// Its length before compression.
    pub(in crate::journal) length: usize,
}

/// A record that passed all checks that it can pass alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::journal) struct Frame<'a> {
    pub(in crate::journal) header: Header,
    pub(in crate::journal) body: Body<'a>,
    pub(in crate::journal) hash: Hash,
}

/// Why bytes are not a record.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(in crate::journal) enum FrameError {
    #[error("it is not a record of a Kopilka journal")]
    NotARecord,
    #[error("its format version {0} is newer than this program")]
    NewerVersion(u8),
    #[error("checksum differs")]
    Checksum,
    #[error("its {0} cannot be")]
    Impossible(&'static str),
    #[error("it does not continue the record before it: {0} differs")]
    Unchained(&'static str),
}

/// A record's bytes and its hash.
pub(in crate::journal) fn write_frame(header: &Header, body: Body<'_>) -> (Vec<u8>, Hash) {
    let flags = if header.open { OPEN } else { 0 } | if body.compressed { COMPRESSED } else { 0 };
    let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let mut bytes = Vec::with_capacity(HEADER_BYTES.saturating_add(body.bytes.len()));
    bytes.extend(MAGIC);
    bytes.push(VERSION);
    bytes.extend(flags.to_be_bytes());
    bytes.extend(header.part.to_be_bytes());
    bytes.extend(header.of.to_be_bytes());
    bytes.extend(header.epoch.to_be_bytes());
    bytes.extend(header.number.to_be_bytes());
    bytes.extend(header.time.millis().to_be_bytes());
    bytes.extend(header.first_event.number().to_be_bytes());
    bytes.extend(header.events.to_be_bytes());
    bytes.extend(header.previous);
    bytes.extend(header.root);
    bytes.extend(sha256(body.bytes));
    bytes.extend(length(body.bytes.len()));
    bytes.extend(length(body.length));
    bytes.extend(checksum(&bytes, body.bytes).to_be_bytes());
    let hash = sha256(&bytes);
    bytes.extend(body.bytes);
    (bytes, hash)
}

/// Reads and checks a record.
pub(in crate::journal) fn read_frame(bytes: &[u8]) -> Result<Frame<'_>, FrameError> {
    let (header_bytes, body) =
        bytes.split_at_checked(HEADER_BYTES).ok_or(FrameError::NotARecord)?;
    let mut fields = Fields(header_bytes);
    if fields.take::<3>() != MAGIC {
        return Err(FrameError::NotARecord);
    }
    match fields.take::<1>() {
        [VERSION] => {}
        [0] => return Err(FrameError::NotARecord),
        [newer] => return Err(FrameError::NewerVersion(newer)),
    }
    let stated = Fields(&header_bytes[CHECKSUM_AT..]).take();
    if checksum(&header_bytes[..CHECKSUM_AT], body) != u32::from_be_bytes(stated) {
        return Err(FrameError::Checksum);
    }
    let (flags, header) = fields.header();
    let body_hash: Hash = fields.take();
    let stored_length = u32::from_be_bytes(fields.take());
    let length = usize::try_from(u32::from_be_bytes(fields.take())).unwrap_or(usize::MAX);
    let body = Body { bytes: body, compressed: flags & COMPRESSED != 0, length };
    check_figures(&header, flags, body, stored_length)?;
    if header.time.millis() != i64::from_be_bytes(Fields(&header_bytes[TIME_AT..]).take()) {
        return Err(FrameError::Impossible("time"));
    }
    if sha256(body.bytes) != body_hash {
        return Err(FrameError::Impossible("body hash"));
    }
    Ok(Frame { header, body, hash: sha256(header_bytes) })
}

/// The figures that the checksum vouches for must also make sense together.
fn check_figures(
    header: &Header,
    flags: u16,
    body: Body<'_>,
    stored_length: u32,
) -> Result<(), FrameError> {
    let impossible = |what: &'static str, possible: bool| {
        if possible { Ok(()) } else { Err(FrameError::Impossible(what)) }
    };
    let last = header.part == header.of;
    impossible("flags", flags & !(OPEN | COMPRESSED) == 0)?;
    impossible("part number", (1..=header.of).contains(&header.part) && header.of <= PARTS_MAX)?;
    impossible("count of events", last || header.events == 0)?;
    impossible("epoch", (1..=header.number).contains(&header.epoch))?;
    impossible("body length", u32::try_from(body.bytes.len()) == Ok(stored_length))?;
    impossible("uncompressed length", body.length <= RECORD_BODY_MAX)?;
    impossible("uncompressed length", body.compressed || body.length == body.bytes.len())?;
    impossible(
        "opening",
        !header.open
            || (header.epoch == header.number
                && header.of == 1
                && header.events == 0
                && body.bytes.is_empty()),
    )
}

/// Whether a record can begin at the front of `bytes`, and what its number and hash would be; looks
/// at the header alone.
pub(in crate::journal) fn peek_frame(bytes: &[u8]) -> Option<(Header, Hash)> {
    let header_bytes = bytes.get(..HEADER_BYTES)?;
    let mut fields = Fields(header_bytes);
    if fields.take::<3>() != MAGIC || fields.take::<1>() != [VERSION] {
        return None;
    }
    Some((fields.header().1, sha256(header_bytes)))
}

/// The record at the front of `bytes`, as long as its header says; not yet checked. `None`: it is not all
/// there.
pub(in crate::journal) fn frame_bytes(bytes: &[u8]) -> Option<&[u8]> {
    let (_, after) = bytes.split_at_checked(STORED_LENGTH_AT)?;
    let length = usize::try_from(u32::from_be_bytes(*after.first_chunk()?)).ok()?;
    bytes.get(..HEADER_BYTES.checked_add(length)?)
}

/// The fields of a header, taken from the front.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (field, rest) = self.0.split_first_chunk().expect("a header has its full length");
        self.0 = rest;
        *field
    }

    /// What follows the version, up to the hash of the body.
    fn header(&mut self) -> (u16, Header) {
        let flags = u16::from_be_bytes(self.take());
        let header = Header {
            open: flags & OPEN != 0,
            part: u16::from_be_bytes(self.take()),
            of: u16::from_be_bytes(self.take()),
            epoch: u64::from_be_bytes(self.take()),
            number: u64::from_be_bytes(self.take()),
            time: Timestamp::from_millis(i64::from_be_bytes(self.take())),
            first_event: EventNumber(u64::from_be_bytes(self.take())),
            events: u32::from_be_bytes(self.take()),
            previous: self.take(),
            root: self.take(),
        };
        (flags, header)
    }
}

impl Header {
    /// The last event that a reader knows of after this record.
    pub(in crate::journal) fn last_event(&self) -> EventNumber {
        let after = self.first_event.number().saturating_add(u64::from(self.events));
        EventNumber(after.saturating_sub(1))
    }

    /// Whether the group is complete with this record.
    pub(in crate::journal) fn is_last_part(&self) -> bool {
        self.part == self.of
    }
}

fn checksum(header: &[u8], body: &[u8]) -> u32 {
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(header);
    checksum.update(body);
    checksum.finalize()
}

fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// For fuzzers: the bytes with everything right that vouches for them, whatever they say.
#[cfg(any(test, feature = "fuzzing"))]
pub(super) fn mend_frame(bytes: &[u8]) -> Vec<u8> {
    let Some((header, body)) = bytes.split_at_checked(HEADER_BYTES) else { return bytes.to_vec() };
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut mended = [&MAGIC[..], &[VERSION], &header[4..BODY_HASH_AT]].concat();
    mended.extend(sha256(body));
    mended.extend(length);
    mended.extend(&header[mended.len()..CHECKSUM_AT]);
    mended.extend(checksum(&mended, body).to_be_bytes());
    mended.extend(body);
    mended
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"some body";

    fn header() -> Header {
        Header {
            open: false,
            part: 2,
            of: 2,
            epoch: 3,
            number: 7,
            time: Timestamp::from_millis(1_767_769_016_000),
            first_event: EventNumber(41),
            events: 5,
            previous: [7; 32],
            root: [9; 32],
        }
    }

    fn body() -> Body<'static> {
        Body { bytes: BODY, compressed: false, length: BODY.len() }
    }

    #[test]
    fn a_frame_survives_and_peeks() {
        let (bytes, hash) = write_frame(&header(), body());
        assert_eq!(bytes.len(), HEADER_BYTES + BODY.len());
        let frame = read_frame(&bytes).unwrap();
        assert_eq!(frame, Frame { header: header(), body: body(), hash });
        assert_eq!(frame.header.last_event(), EventNumber(45));
        assert_eq!(peek_frame(&bytes), Some((header(), hash)));
        assert_eq!(peek_frame(&bytes[..HEADER_BYTES - 1]), None);
        assert!(bytes.starts_with(FRAME_BEGINS));
        assert_eq!(frame_bytes(&[&bytes[..], b"more"].concat()), Some(&bytes[..]));
        assert_eq!(frame_bytes(&bytes[..bytes.len() - 1]), None);
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let (bytes, _) = write_frame(&header(), body());
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                assert!(read_frame(&flipped).is_err(), "bit {bit} of byte {at}");
            }
        }
        for length in 0..bytes.len() {
            assert!(read_frame(&bytes[..length]).is_err(), "cut to {length}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(read_frame(&longer), Err(FrameError::Checksum));
    }

    #[test]
    fn figures_that_cannot_be_are_named() {
        let check = |change: fn(&mut Header, &mut Body<'static>), expected: &'static str| {
            let (mut header, mut body) = (header(), body());
            change(&mut header, &mut body);
            let (bytes, _) = write_frame(&header, body);
            assert_eq!(read_frame(&bytes), Err(FrameError::Impossible(expected)));
        };
        check(|header, _| header.part = 3, "part number");
        check(|header, _| header.part = 0, "part number");
        check(|header, _| (header.part, header.of) = (1, PARTS_MAX + 1), "part number");
        check(|header, _| header.part = 1, "count of events");
        check(|header, _| header.epoch = 8, "epoch");
        check(|header, _| header.open = true, "opening");
        check(|_, body| body.length = 1, "uncompressed length");
        check(
            |_, body| (body.compressed, body.length) = (true, RECORD_BODY_MAX + 1),
            "uncompressed length",
        );
    }

    #[test]
    fn a_time_that_no_calendar_has_is_named() {
        let (mut bytes, _) = write_frame(&header(), body());
        bytes[TIME_AT] = 0x40;
        assert_eq!(read_frame(&mend_frame(&bytes)), Err(FrameError::Impossible("time")));
    }

    #[test]
    fn a_newer_version_is_named() {
        let (mut bytes, _) = write_frame(&header(), body());
        bytes[3] = 2;
        assert_eq!(read_frame(&bytes), Err(FrameError::NewerVersion(2)));
    }
}
