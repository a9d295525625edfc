//! Bytes of our own record types, and their compression: the one place that names bincode and zstd.

use crate::journal::vault::SealError;
use bincode::enc::write::Writer;
use bincode::error::EncodeError;
use std::cell::RefCell;
use std::io;
use thiserror::Error;

pub(in crate::journal) use bincode::{BorrowDecode, Decode, Encode};

/// Most memory that the collections of one decoded value may claim: no length in damaged bytes can
/// ask for more.
const DECODED_BYTES_MAX: usize = 64 << 20;
/// Bodies up to this many bytes are stored as they are.
const UNCOMPRESSED_BYTES_MAX: usize = 1_024;
/// The fastest level: the journal thread compresses while others wait for it.
const COMPRESSION_LEVEL: i32 = 1;
/// Without a code of its own for the letters of each body: small bodies of the tables are written again with
/// every merge, and this takes half of the time for a few bytes more.
const QUICK_COMPRESSION_LEVEL: i32 = -1;

/// Why bytes are not a value of ours.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(in crate::journal) enum CodecError {
    #[error("the bytes do not decode: {0}")]
    Malformed(String),
    #[error("{0} bytes follow the value")]
    Trailing(usize),
    #[error("{0} is out of range")]
    OutOfRange(&'static str),
    #[error("personal data or a secret is sealed in way {0}, which this program cannot open")]
    UnknownSealing(u8),
    #[error(transparent)]
    Sealed(SealError),
    #[error("the body does not decompress: {0}")]
    Compression(String),
}

/// Appends the bytes of `value`.
pub(in crate::journal) fn encode_into<T: Encode>(value: &T, bytes: &mut Vec<u8>) {
    bincode::encode_into_writer(value, Appended(bytes), bincode::config::standard())
        .expect("our record types encode, and a Vec takes every byte");
}

/// Takes bytes at the end of a vector: a number is a few of them, so each call counts.
struct Appended<'a>(&'a mut Vec<u8>);

impl Writer for Appended<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// Appends the bytes of a list of `values`, which are never in memory all at once.
pub(in crate::journal) fn encode_list_into<T: Encode>(
    values: impl ExactSizeIterator<Item = T>,
    bytes: &mut Vec<u8>,
) {
    encode_into(&values.len(), bytes);
    values.for_each(|value| encode_into(&value, bytes));
}

/// The bytes of `value`.
pub(in crate::journal) fn encode<T: Encode>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_into(value, &mut bytes);
    bytes
}

/// The value at the front of `bytes`, and how many bytes it takes.
pub(in crate::journal) fn decode_front<'a, T: BorrowDecode<'a, ()>>(
    bytes: &'a [u8],
) -> Result<(T, usize), CodecError> {
    let config = bincode::config::standard().with_limit::<DECODED_BYTES_MAX>();
    bincode::borrow_decode_from_slice(bytes, config)
        .map_err(|error| CodecError::Malformed(error.to_string()))
}

/// The value that `bytes` are, to the last byte.
pub(in crate::journal) fn decode<'a, T: BorrowDecode<'a, ()>>(
    bytes: &'a [u8],
) -> Result<T, CodecError> {
    let (value, length) = decode_front(bytes)?;
    match bytes.len().saturating_sub(length) {
        0 => Ok(value),
        trailing => Err(CodecError::Trailing(trailing)),
    }
}

/// Compresses bodies; keeps its working memory between them.
pub(in crate::journal) struct Compressor(zstd::bulk::Compressor<'static>);

impl Compressor {
    pub(in crate::journal) fn new() -> io::Result<Self> {
        zstd::bulk::Compressor::new(COMPRESSION_LEVEL).map(Self)
    }

    /// One that would rather be done than save every byte.
    pub(in crate::journal) fn quick() -> io::Result<Self> {
        zstd::bulk::Compressor::new(QUICK_COMPRESSION_LEVEL).map(Self)
    }

    /// The compressed form; `None` where it is not worth it.
    pub(in crate::journal) fn compress(&mut self, body: &[u8]) -> Option<Vec<u8>> {
        if body.len() <= UNCOMPRESSED_BYTES_MAX {
            return None;
        }
        let compressed = self.0.compress(body).ok()?;
        (compressed.len() < body.len()).then_some(compressed)
    }
}

thread_local! {
    /// Its working memory costs more to make than a small body to decompress.
    static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> =
        const { RefCell::new(None) };
}

/// What was compressed; it must have had exactly `length` bytes, and no more are ever made.
pub(in crate::journal) fn decompress(bytes: &[u8], length: usize) -> Result<Vec<u8>, CodecError> {
    let body = DECOMPRESSOR
        .with_borrow_mut(|decompressor| match decompressor {
            Some(decompressor) => decompressor.decompress(bytes, length),
            none => none.insert(zstd::bulk::Decompressor::new()?).decompress(bytes, length),
        })
        .map_err(|error| CodecError::Compression(error.to_string()))?;
    if body.len() == length {
        Ok(body)
    } else {
        Err(CodecError::Compression(format!("{} bytes instead of {length}", body.len())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_takes_every_byte_and_trusts_no_length() {
        let bytes = encode(&vec![1_u64, 2, 300]);
        assert_eq!(decode::<Vec<u64>>(&bytes), Ok(vec![1, 2, 300]));
        let mut listed = Vec::new();
        encode_list_into([1_u64, 2, 300].into_iter(), &mut listed);
        assert_eq!(listed, bytes);
        let mut longer = bytes;
        longer.push(0);
        assert_eq!(decode::<Vec<u64>>(&longer), Err(CodecError::Trailing(1)));
        let enormous = encode(&u64::MAX);
        assert!(matches!(decode::<Vec<u64>>(&enormous), Err(CodecError::Malformed(_))));
    }

    #[test]
    fn only_what_shrinks_is_compressed() {
        let mut compressor = Compressor::new().unwrap();
        assert_eq!(compressor.compress(&[7; UNCOMPRESSED_BYTES_MAX]), None);
        let body = vec![7; UNCOMPRESSED_BYTES_MAX + 1];
        let compressed = compressor.compress(&body).unwrap();
        assert!(compressed.len() < 100);
        assert_eq!(decompress(&compressed, body.len()), Ok(body.clone()));
        assert!(decompress(&compressed, body.len() - 1).is_err());
        assert!(decompress(&compressed, body.len() + 1).is_err());
        let noise: Vec<u8> =
            (0..4_096_u32).flat_map(|n| crc32fast::hash(&n.to_le_bytes()).to_le_bytes()).collect();
        assert_eq!(compressor.compress(&noise), None);
    }
}
