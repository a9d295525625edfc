//! A snapshot that is read: its manifest and those of the snapshots it continues, the check of their files,
//! and their records as a journal.

use crate::journal::error::JournalError;
use crate::journal::house_key_file::KEY_FILE;
use crate::journal::reader::JournalReader;
use crate::journal::record::Hash;
use crate::journal::snapshot::copied_log::{CopiedFile, CopiedLog};
use crate::journal::snapshot::manifest::{FileEntry, MANIFEST_FILE, Manifest, Parent, Span};
use crate::journal::snapshot::record_file::{MISSING, name_of, unreadable};
use crate::journal::snapshot::workplace::is_unfinished;
use crate::journal::vault::{Sealing, VaultCopy, is_vault_file};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Bytes of a file that are in memory at once while it is checked.
const CHECK_BYTES: usize = 256 << 10;

/// Most snapshots of one chain; the next one has everything itself again.
pub(super) const CHAIN_MAX: usize = 366;

/// A snapshot whose manifest is sound, with those that it continues.
pub struct Snapshot {
    /// The oldest first; the last one is the snapshot itself.
    chain: Vec<Part>,
}

/// One directory of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    path: PathBuf,
    manifest: Manifest,
    /// Of its manifest.
    sha256: Hash,
}

impl Snapshot {
    /// Reads the manifest of a snapshot, and of those beside it that it continues.
    ///
    /// # Errors
    /// `NoSnapshot`, `NewerSnapshot`, `Damaged` naming the file, `Io`.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let none = || JournalError::NoSnapshot(path.to_path_buf());
        let mut chain = vec![Part::read(path)?.ok_or_else(none)?];
        while let Some(parent) = chain.last().and_then(|child| child.manifest.parent.clone()) {
            let Some(child) = chain.last() else { break };
            let found = child.read_parent(&parent)?;
            if chain.len() >= CHAIN_MAX {
                return Err(JournalError::damaged(path, "its chain is longer than any"));
            }
            chain.push(found);
        }
        chain.reverse();
        Ok(Self { chain })
    }

    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.own().manifest
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.own().path
    }

    /// How many bytes all files have, those of the snapshots that it continues included.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.chain.iter().map(|part| part.manifest.bytes()).fold(0, u64::saturating_add)
    }

    /// How many snapshots a restore reads.
    pub(super) fn length(&self) -> usize {
        self.chain.len()
    }

    /// What one that continues it says of it.
    pub(super) fn as_parent(&self) -> Parent {
        let own = self.own();
        let name = own.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Parent { name, sha256: own.sha256 }
    }

    fn own(&self) -> &Part {
        self.chain.last().expect("a chain has the snapshot itself")
    }

    /// Reads every file and holds it against its length and SHA-256. `progress` is told after every piece
    /// how many bytes were read so far.
    ///
    /// # Errors
    /// `Damaged` naming the file; `Io`.
    pub fn check_files(&self, progress: &mut dyn FnMut(u64)) -> Result<(), JournalError> {
        let mut read = 0;
        for part in &self.chain {
            for entry in &part.manifest.files {
                part.check_file(entry, &mut read, progress)?;
            }
        }
        Ok(())
    }

    /// The records as a journal, which is read like any other, but for what is sealed in it; its reads do not
    /// hold the files against the manifest again.
    #[must_use]
    pub fn journal(&self) -> JournalReader {
        let log = CopiedLog::new(self.record_files());
        JournalReader::new(Arc::new(log), self.path()).under(Sealing::Blind)
    }

    /// The record files of the whole chain.
    pub(super) fn record_files(&self) -> Vec<CopiedFile> {
        let of_part = |part: &Part| {
            let entries = part.manifest.files.iter();
            let spans =
                entries.filter_map(|entry| Some((part.path.join(&entry.name), entry.records?)));
            spans.map(|(path, span)| CopiedFile::new(&path, span.first, span)).collect::<Vec<_>>()
        };
        self.chain.iter().flat_map(of_part).collect()
    }

    /// Its copy of the vault; `None`: it has no keys.
    pub(super) fn vault(&self) -> Option<VaultCopy> {
        let files = self.manifest().files.iter().map(|file| file.name.clone());
        VaultCopy::of(self.path(), files.filter(|name| is_vault_file(name)).collect())
    }

    /// The key of the house that the snapshot is of, where that lay in a file of its own.
    ///
    /// # Errors
    /// `Damaged` if it has another length; `Io`.
    pub(super) fn house_key(&self) -> Result<Option<[u8; 32]>, JournalError> {
        if !self.manifest().files.iter().any(|file| file.name == KEY_FILE) {
            return Ok(None);
        }
        let path = self.path().join(KEY_FILE);
        let bytes =
            std::fs::read(&path).map_err(|error| JournalError::io("read", &path, &error))?;
        let key = bytes.try_into().map_err(|_| JournalError::damaged(&path, "it is no key"))?;
        Ok(Some(key))
    }
}

impl Part {
    /// `None`: there is no whole snapshot.
    fn read(path: &Path) -> Result<Option<Self>, JournalError> {
        if is_unfinished(path) {
            return Ok(None);
        }
        let Some((manifest, sha256)) = Manifest::read(path)? else { return Ok(None) };
        let part = Self { path: path.to_path_buf(), manifest, sha256 };
        part.check_entries()?;
        Ok(Some(part))
    }

    /// Reads the one that this one continues.
    fn read_parent(&self, parent: &Parent) -> Result<Self, JournalError> {
        let damaged = |what: &str| self.damaged(what);
        let mut names = Path::new(&parent.name).components();
        if !matches!((names.next(), names.next()), (Some(Component::Normal(_)), None)) {
            return Err(damaged("it continues what no snapshot can be called"));
        }
        let path = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        let path = path.with_file_name(&parent.name);
        let child = self.path.display();
        let Some(found) = Self::read(&path)? else {
            let what = format!("{MISSING}, and {child} continues it");
            return Err(JournalError::damaged(&path.join(MANIFEST_FILE), what));
        };
        let (own, before) = (&self.manifest, &found.manifest);
        let continued = found.sha256 == parent.sha256
            && before.root == own.before
            && before.records.last.saturating_add(1) == own.records.first
            && before.events.last.saturating_add(1) == own.events.first;
        if continued {
            return Ok(found);
        }
        let what = format!("it is not the one that {child} continues");
        Err(JournalError::damaged(&path.join(MANIFEST_FILE), what))
    }

    fn damaged(&self, what: &str) -> JournalError {
        JournalError::damaged(&self.path.join(MANIFEST_FILE), what)
    }

    fn check_file(
        &self,
        entry: &FileEntry,
        read: &mut u64,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), JournalError> {
        let path = self.path.join(&entry.name);
        let cannot = |error: std::io::Error| unreadable(&path, &error);
        let mut file = File::open(&path).map_err(cannot)?;
        let found = file.metadata().map_err(cannot)?.len();
        if found != entry.bytes {
            let what = format!("it has {found} bytes instead of {}", entry.bytes);
            return Err(JournalError::damaged(&path, what));
        }
        let (mut hash, mut piece) = (Sha256::new(), vec![0; CHECK_BYTES]);
        loop {
            let count = file.read(&mut piece).map_err(cannot)?;
            if count == 0 {
                break;
            }
            hash.update(piece.get(..count).unwrap_or_default());
            *read = read.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            progress(*read);
        }
        if Hash::from(hash.finalize()) == entry.sha256 {
            return Ok(());
        }
        Err(JournalError::damaged(&path, "its SHA-256 is not the one in the manifest"))
    }

    /// The entries of a manifest must make sense together, and name files of the snapshot alone.
    fn check_entries(&self) -> Result<(), JournalError> {
        let damaged = |what: &str| self.damaged(what);
        if !self.manifest.fits_its_version() {
            return Err(damaged("it has what its version cannot have"));
        }
        let mut next = self.manifest.records.first;
        for entry in &self.manifest.files {
            match entry.records {
                Some(Span { first, last }) => {
                    if first != next || last < first || entry.name != name_of(first) {
                        return Err(damaged("its record files do not follow each other"));
                    }
                    next = last.saturating_add(1);
                }
                None if entry.name == KEY_FILE || is_vault_file(&entry.name) => {}
                None => return Err(damaged("it names a file that no snapshot has")),
            }
        }
        let begins = self.manifest.records.first == 1 || self.manifest.parent.is_some();
        if begins && next == self.manifest.records.last.saturating_add(1) {
            return Ok(());
        }
        Err(damaged("its record files do not hold all of its records"))
    }
}
