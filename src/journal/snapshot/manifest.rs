//! The manifest of a snapshot: what is in it, by figures that can be checked, and every file with its
//! length and SHA-256. JSON that anybody can read; its own SHA-256 stands before it.

use crate::journal::data_dir::{private_file, sync_dir};
use crate::journal::error::JournalError;
use crate::journal::record::Hash;
use crate::journal::snapshot::totals::TenantTotals;
use crate::journal::vault::is_vault_file;
use crate::values::{EventNumber, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::io::{ErrorKind, Write};
use std::path::Path;

pub(super) const MANIFEST_FILE: &str = "manifest.json";
/// The version of the snapshot that this program writes.
pub(super) const VERSION: u32 = 2;
/// The version that held no wrapped keys and continued no other.
const PLAIN_VERSION: u32 = 1;
const FORMAT: &str = "kopilka snapshot";
/// A manifest has a line or two for each file and each tenant; nothing larger is one.
const MANIFEST_BYTES_MAX: u64 = 256 << 20;

/// What a snapshot says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: String,
    version: u32,
    /// The version of the program that made it.
    pub program: String,
    /// The version of the data directory that it was made of.
    pub data_dir_version: u32,
    #[serde(with = "as_rfc3339")]
    pub created_at: Timestamp,
    /// The newest operation in it, or the last opening if that was later.
    #[serde(with = "as_rfc3339")]
    pub last_time: Timestamp,
    pub records: Span,
    pub events: Span,
    /// The hash of the record before the first one; zeros before record 1.
    #[serde(with = "as_hex")]
    pub before: Hash,
    /// The hash of the last record: each record holds that of the one before it, so this one stands for
    /// all of them.
    #[serde(with = "as_hex")]
    pub root: Hash,
    pub customers: u64,
    pub operations: u64,
    pub tenants: Vec<TenantTotals>,
    pub files: Vec<FileEntry>,
    /// The snapshot that this one continues; `None`: it has everything from record 1 on itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
}

/// What an incremental snapshot continues. The number and the hash of its last record stand in `records` and
/// `before`; its figures count all of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// The name of its directory, beside that of its child.
    pub name: String,
    /// The SHA-256 of its manifest.
    #[serde(with = "as_hex")]
    pub sha256: Hash,
}

/// Numbers from one through another; none if the last is before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    pub first: u64,
    pub last: u64,
}

impl Span {
    pub(super) fn holds(self, number: u64) -> bool {
        (self.first..=self.last).contains(&number)
    }
}

/// A file beside the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    pub name: String,
    pub bytes: u64,
    #[serde(with = "as_hex")]
    pub sha256: Hash,
    /// Of a record file: which records it holds.
    pub records: Option<Span>,
}

/// The whole file: the manifest behind its own hash.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed<'a> {
    sha256: String,
    #[serde(borrow)]
    manifest: &'a RawValue,
}

/// What every version of the manifest says.
#[derive(Deserialize)]
struct Versioned {
    format: String,
    version: u32,
}

/// What a manifest is made of, besides what is the same in every one.
pub(super) struct Contents {
    pub(super) data_dir_version: u32,
    pub(super) created_at: Timestamp,
    pub(super) last_time: Timestamp,
    pub(super) records: Span,
    pub(super) events: Span,
    pub(super) before: Hash,
    pub(super) root: Hash,
    pub(super) tenants: Vec<TenantTotals>,
    pub(super) files: Vec<FileEntry>,
    pub(super) parent: Option<Parent>,
}

impl Manifest {
    pub(super) fn of(contents: Contents) -> Self {
        let sum = |figure: fn(&TenantTotals) -> u64| {
            contents.tenants.iter().map(figure).fold(0, u64::saturating_add)
        };
        Self {
            format: FORMAT.into(),
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").into(),
            data_dir_version: contents.data_dir_version,
            created_at: contents.created_at,
            last_time: contents.last_time,
            records: contents.records,
            events: contents.events,
            before: contents.before,
            root: contents.root,
            customers: sum(|tenant| tenant.customers),
            operations: sum(|tenant| tenant.operations),
            tenants: contents.tenants,
            files: contents.files,
            parent: contents.parent,
        }
    }

    /// Whether it has nothing that its version cannot have.
    pub(super) fn fits_its_version(&self) -> bool {
        let is_later =
            self.parent.is_some() || self.files.iter().any(|file| is_vault_file(&file.name));
        !is_later || self.version > PLAIN_VERSION
    }

    /// How many bytes all files have.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).fold(0, u64::saturating_add)
    }

    /// The last event in it; 0: there is none.
    #[must_use]
    pub fn last_event(&self) -> EventNumber {
        EventNumber(self.events.last)
    }

    /// Writes the manifest into the directory of a snapshot, durably.
    pub(super) fn write(&self, directory: &Path) -> Result<(), JournalError> {
        let path = directory.join(MANIFEST_FILE);
        private_file(&path)
            .and_then(|mut file| {
                file.write_all(self.text().as_bytes())?;
                file.sync_all()
            })
            .map_err(|error| JournalError::io("write", &path, &error))?;
        sync_dir(directory)
    }

    /// Reads the manifest of a snapshot and its SHA-256; `None`: the directory has none.
    pub(super) fn read(directory: &Path) -> Result<Option<(Self, Hash)>, JournalError> {
        let path = directory.join(MANIFEST_FILE);
        let cannot = |error: std::io::Error| JournalError::io("read", &path, &error);
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.len() > MANIFEST_BYTES_MAX => {
                return Err(JournalError::damaged(&path, "it is larger than any manifest"));
            }
            Ok(_) => {}
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(cannot(error)),
        }
        let bytes = std::fs::read(&path).map_err(cannot)?;
        Self::parse(&bytes).map(Some).map_err(|trouble| match trouble {
            Trouble::Damaged(what) => JournalError::damaged(&path, what),
            Trouble::Newer(found) => {
                JournalError::NewerSnapshot { path: path.clone(), found, known: VERSION }
            }
        })
    }

    pub(super) fn text(&self) -> String {
        let manifest = serde_json::to_string_pretty(self).expect("a manifest is JSON");
        sealed(&manifest)
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<(Self, Hash), Trouble> {
        let damaged = |what: &str| Trouble::Damaged(what.to_owned());
        let text = std::str::from_utf8(bytes).map_err(|_| damaged("it is not text"))?;
        let whole: Sealed<'_> =
            serde_json::from_str(text).map_err(|_| damaged("it is not a whole manifest"))?;
        let manifest = whole.manifest.get();
        if sha256_text(manifest) != whole.sha256 || sealed(manifest) != text {
            return Err(damaged("it is not what was written: its SHA-256 differs"));
        }
        let versioned: Versioned = serde_json::from_str(manifest)
            .map_err(|_| damaged("it is not the manifest of a snapshot"))?;
        if versioned.format != FORMAT || versioned.version == 0 {
            return Err(damaged("it is not the manifest of a snapshot"));
        }
        if versioned.version > VERSION {
            return Err(Trouble::Newer(versioned.version));
        }
        let sha256 = Sha256::digest(manifest.as_bytes()).into();
        let manifest = serde_json::from_str(manifest);
        let manifest = manifest.map_err(|error| Trouble::Damaged(error.to_string()))?;
        Ok((manifest, sha256))
    }
}

pub(super) enum Trouble {
    Damaged(String),
    Newer(u32),
}

/// The whole file: a byte more or less is not it.
fn sealed(manifest: &str) -> String {
    format!("{{\n\"sha256\": \"{}\",\n\"manifest\": {manifest}\n}}\n", sha256_text(manifest))
}

fn sha256_text(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// For fuzzers: the manifest that the bytes hold, behind the hash that belongs to it.
#[cfg(any(test, feature = "fuzzing"))]
pub(super) fn mend_manifest(bytes: &[u8]) -> Option<String> {
    let (_, manifest) = std::str::from_utf8(bytes).ok()?.split_once("\"manifest\": ")?;
    Some(sealed(manifest.strip_suffix("\n}\n").unwrap_or(manifest)))
}

mod as_hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(hash: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(hash))
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(from)?;
        let bytes = hex::decode(&text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| D::Error::custom(format!("{text:?} is not a SHA-256")))
    }
}

mod as_rfc3339 {
    use crate::values::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(at)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(from)?;
        let at = Timestamp::parse_rfc3339(&text);
        at.ok_or_else(|| D::Error::custom(format!("{text:?} is not an instant")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let at = Timestamp::parse_rfc3339("2026-03-02T09:00:00Z").unwrap();
        Manifest::of(Contents {
            data_dir_version: 1,
            created_at: at,
            last_time: at,
            records: Span { first: 1, last: 9 },
            events: Span { first: 1, last: 40 },
            before: [0; 32],
            root: [7; 32],
            tenants: Vec::new(),
            files: vec![FileEntry {
                name: "house-key".into(),
                bytes: 32,
                sha256: [1; 32],
                records: None,
            }],
            parent: None,
        })
    }

    #[test]
    fn a_manifest_comes_back_and_notices_every_flipped_bit_and_cut() {
        let text = manifest().text();
        let parse = |bytes: &[u8]| Manifest::parse(bytes).ok().map(|(manifest, _)| manifest);
        assert_eq!(parse(text.as_bytes()), Some(manifest()));
        for at in 0..text.len() * 8 {
            let mut flipped = text.clone().into_bytes();
            flipped[at.div_euclid(8)] ^= 1 << at.rem_euclid(8);
            assert_eq!(parse(&flipped), None, "bit {at}");
        }
        for length in 0..text.len() {
            assert_eq!(parse(&text.as_bytes()[..length]), None, "cut to {length}");
        }
    }

    #[test]
    fn a_newer_version_is_named_whatever_else_it_says() {
        let newer = r#"{"format": "kopilka snapshot", "version": 3, "more": []}"#;
        let parsed = Manifest::parse(sealed(newer).as_bytes());
        assert!(matches!(parsed, Err(Trouble::Newer(3))));
    }
}
