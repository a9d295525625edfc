//! What a record of a disk holds, entry by entry, in the order in which it happened: what the program did to
//! its files, and between that what it told others. Compiled into the recorder and into the tests alike.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where the program finds the folder that is recorded, and the file to record it in.
pub(crate) const DISK_VARIABLE: &str = "RECORDED_DISK";
pub(crate) const RECORD_VARIABLE: &str = "RECORDED_IN";

/// Something that happened. Files and folders are told apart by their inode, which a later one may take over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A new file has a name.
    File {
        path: PathBuf,
        inode: u64,
    },
    /// A new folder has one.
    Folder {
        path: PathBuf,
        inode: u64,
    },
    /// Bytes were written into a file from a place on.
    Written {
        inode: u64,
        at: u64,
        bytes: Vec<u8>,
    },
    /// A file has another length.
    Resized {
        inode: u64,
        length: u64,
    },
    /// All that was done to a file, or all names in a folder, are durable.
    Synced {
        inode: u64,
    },
    Renamed {
        from: PathBuf,
        to: PathBuf,
    },
    Removed {
        path: PathBuf,
    },
    /// A call that changes files and that nobody here knows how to replay.
    Unknown {
        call: String,
    },
    /// What was told to somebody outside, and must be true from now on.
    Told {
        text: String,
    },
}

/// An entry as it is written: numbers and texts that mean something or are empty.
struct Row<'a> {
    kind: u8,
    inode: u64,
    number: u64,
    first: &'a [u8],
    second: &'a [u8],
}

const HEAD_BYTES: usize = 1 + 4 * 8;

impl Entry {
    /// One piece, to be appended in one go.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let Row { kind, inode, number, first, second } = self.row();
        let lengths = [first.len() as u64, second.len() as u64];
        let mut bytes = Vec::with_capacity(HEAD_BYTES + first.len() + second.len());
        bytes.push(kind);
        for field in [inode, number, lengths[0], lengths[1]] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(first);
        bytes.extend(second);
        bytes
    }

    fn row(&self) -> Row<'_> {
        let row = |kind, inode, number, first, second| Row { kind, inode, number, first, second };
        match self {
            Self::File { path, inode } => row(1, *inode, 0, bytes_of(path), &[]),
            Self::Folder { path, inode } => row(2, *inode, 0, bytes_of(path), &[]),
            Self::Written { inode, at, bytes } => row(3, *inode, *at, bytes, &[]),
            Self::Resized { inode, length } => row(4, *inode, *length, &[], &[]),
            Self::Synced { inode } => row(5, *inode, 0, &[], &[]),
            Self::Renamed { from, to } => row(6, 0, 0, bytes_of(from), bytes_of(to)),
            Self::Removed { path } => row(7, 0, 0, bytes_of(path), &[]),
            Self::Unknown { call } => row(8, 0, 0, call.as_bytes(), &[]),
            Self::Told { text } => row(9, 0, 0, text.as_bytes(), &[]),
        }
    }

    fn of(row: &Row<'_>) -> Option<Self> {
        let Row { kind, inode, number, first, second } = *row;
        let text = || String::from_utf8_lossy(first).into_owned();
        Some(match kind {
            1 => Self::File { path: path_of(first), inode },
            2 => Self::Folder { path: path_of(first), inode },
            3 => Self::Written { inode, at: number, bytes: first.to_vec() },
            4 => Self::Resized { inode, length: number },
            5 => Self::Synced { inode },
            6 => Self::Renamed { from: path_of(first), to: path_of(second) },
            7 => Self::Removed { path: path_of(first) },
            8 => Self::Unknown { call: text() },
            9 => Self::Told { text: text() },
            _ => return None,
        })
    }

    /// The next entry of a record; `None`: the record is at its end.
    pub(crate) fn read(record: &mut impl Read) -> io::Result<Option<Self>> {
        let mut kind = [0];
        if record.read(&mut kind)? == 0 {
            return Ok(None);
        }
        let mut number = || {
            let mut bytes = [0; 8];
            record.read_exact(&mut bytes).map(|()| u64::from_le_bytes(bytes))
        };
        let (inode, at, lengths) = (number()?, number()?, [number()?, number()?]);
        let [mut first, mut second] = lengths
            .map(|length| vec![0; usize::try_from(length).expect("a record fits into memory")]);
        record.read_exact(&mut first)?;
        record.read_exact(&mut second)?;
        let row = Row { kind: kind[0], inode, number: at, first: &first, second: &second };
        Self::of(&row).map(Some).ok_or(io::ErrorKind::InvalidData.into())
    }
}

fn bytes_of(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}
