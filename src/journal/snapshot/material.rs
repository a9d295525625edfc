//! What a ledger is restored from, held against each other: a snapshot with those it continues, the archive
//! behind it, and what a broken journal still has. All of it is read as one journal.

use crate::journal::error::JournalError;
use crate::journal::log::LogReader;
use crate::journal::reader::JournalReader;
use crate::journal::record::{Hash, Tail};
use crate::journal::snapshot::archive::{Archive, TornEnd};
use crate::journal::snapshot::copied_log::{CopiedFile, CopiedLog, JoinedLog};
use crate::journal::snapshot::manifest::{Manifest, Span};
use crate::journal::snapshot::opened::Snapshot;
use crate::journal::snapshot::restore::{RestoreEnd, RestoreError, RestoreSources, RestoreWish};
use crate::journal::snapshot::salvage::{Lost, Salvage};
use crate::journal::vault::{MasterKey, Sealing, VaultCopy};
use crate::values::{EventNumber, TenantId, Timestamp};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The copies that were named, not yet checked.
pub(super) struct Copies {
    snapshot: Option<Snapshot>,
    archive: Option<PathBuf>,
    salvage: Option<PathBuf>,
}

/// What is restored, every byte of it checked.
pub(super) struct Material {
    pub(super) journal: JournalReader,
    /// Where it ends.
    pub(super) tail: Tail,
    /// Of a ledger without a vault.
    pub(super) house_key: Option<[u8; 32]>,
    /// What the sources have of the vault.
    pub(super) vaults: Vec<VaultCopy>,
    /// What lies beside a broken journal.
    pub(super) master_key: Option<MasterKey>,
    /// Of a snapshot, where there is nothing besides it: it tells what must come out.
    pub(super) manifest: Option<Manifest>,
    pub(super) torn: Option<TornEnd>,
    pub(super) lost: Option<Lost>,
}

/// The same while it is put together.
struct Joining {
    stretches: Vec<(Span, Arc<dyn LogReader>)>,
    tail: Tail,
    /// The instant until which it knows what happened.
    reaches: Timestamp,
    house_key: Option<[u8; 32]>,
    vaults: Vec<VaultCopy>,
    master_key: Option<MasterKey>,
    torn: Option<TornEnd>,
    lost: Option<Lost>,
    /// Why nothing can be read behind `tail` that should be there.
    damage: Option<JournalError>,
}

type Progress<'a> = dyn FnMut(u64, u64) + 'a;

impl Copies {
    pub(super) fn open(sources: &RestoreSources) -> Result<Self, RestoreError> {
        if *sources == RestoreSources::default() {
            return Err(RestoreError::NoSource);
        }
        let snapshot = sources.snapshot.as_deref().map(Snapshot::open).transpose()?;
        let (archive, salvage) = (sources.archive.clone(), sources.salvage.clone());
        Ok(Self { snapshot, archive, salvage })
    }

    /// Reads all that is needed for the wish, and joins it.
    pub(super) fn check(
        self,
        wish: &RestoreWish,
        progress: &mut Progress<'_>,
    ) -> Result<Material, RestoreError> {
        let alone = (&self.archive, &self.salvage) == (&None, &None);
        let snapshot = self.snapshot.as_ref();
        if let Some(snapshot) = snapshot.filter(|_| alone) {
            let manifest = snapshot.manifest();
            let ends = (manifest.last_event(), manifest.created_at);
            refuse_beyond(wish.end, ends)?;
            refuse_unknown(wish.tenant, manifest)?;
        }
        let mut joining = Joining::nothing();
        if let Some(snapshot) = snapshot {
            joining.take_snapshot(snapshot, progress)?;
        }
        if let Some(path) = &self.archive {
            joining.take_archive(path, snapshot, progress)?;
        }
        if let Some(damage) = joining.damage.take().filter(|_| !joining.holds_all_of(wish.end)) {
            return Err(damage.into());
        }
        if let Some(path) = &self.salvage {
            joining.salvage(path, progress)?;
        }
        if joining.tail.record == 0 {
            return Err(RestoreError::NothingYet);
        }
        if !alone {
            refuse_beyond(wish.end, (joining.tail.last_event, joining.reaches))?;
        }
        let manifest = snapshot.filter(|_| alone).map(|snapshot| snapshot.manifest().clone());
        let named = [&wish.from.snapshot, &wish.from.archive, &wish.from.salvage];
        let path = named.into_iter().flatten().next().cloned().unwrap_or_default();
        Ok(Material {
            journal: JournalReader::new(
                Arc::new(JoinedLog { stretches: joining.stretches }),
                &path,
            )
            .under(Sealing::Blind),
            tail: joining.tail,
            house_key: joining.house_key,
            vaults: joining.vaults,
            master_key: joining.master_key,
            manifest,
            torn: joining.torn,
            lost: joining.lost,
        })
    }
}

impl Joining {
    fn nothing() -> Self {
        Self {
            stretches: Vec::new(),
            tail: Tail::nothing(),
            reaches: Timestamp::from_millis(i64::MIN),
            house_key: None,
            vaults: Vec::new(),
            master_key: None,
            torn: None,
            lost: None,
            damage: None,
        }
    }

    fn take_snapshot(
        &mut self,
        snapshot: &Snapshot,
        progress: &mut Progress<'_>,
    ) -> Result<(), RestoreError> {
        let bytes = snapshot.bytes();
        snapshot.check_files(&mut |read| progress(read, bytes))?;
        let manifest = snapshot.manifest();
        let log = Arc::new(CopiedLog::new(snapshot.record_files()));
        self.tail = snapshot.journal().tail_at(manifest.records.last)?;
        self.reaches = manifest.created_at;
        self.house_key = snapshot.house_key()?;
        self.vaults.extend(snapshot.vault());
        self.stretches.push((Span { first: 1, last: manifest.records.last }, log));
        Ok(())
    }

    /// Adds what an archive has behind the snapshot. The two must be of the same journal.
    fn take_archive(
        &mut self,
        path: &Path,
        snapshot: Option<&Snapshot>,
        progress: &mut Progress<'_>,
    ) -> Result<(), RestoreError> {
        let archive = Archive::open(path, &[self.tail.record], progress)?;
        match snapshot {
            Some(snapshot) => self.check_joint(&archive, snapshot)?,
            None if archive.before.record > 0 => {
                let first = archive.records().first;
                return Err(RestoreError::BeginsLater { archive: path.to_path_buf(), first });
            }
            None => {}
        }
        self.damage = archive.damage().cloned();
        self.torn = archive.torn().cloned();
        self.vaults.extend(archive.vault()?);
        if archive.tail.record <= self.tail.record {
            return Ok(());
        }
        let next = self.tail.record.saturating_add(1);
        let files: Vec<CopiedFile> =
            archive.files.into_iter().filter_map(|file| file.beginning_with(next)).collect();
        let span = Span { first: next, last: archive.tail.record };
        self.stretches.push((span, Arc::new(CopiedLog::new(files))));
        self.tail = archive.tail;
        self.reaches = self.reaches.max(archive.tail.last_time);
        Ok(())
    }

    /// Where one ends, the other must have the same record.
    fn check_joint(&self, archive: &Archive, snapshot: &Snapshot) -> Result<(), RestoreError> {
        let unjoined = |what: String| RestoreError::Unjoined {
            archive: archive.path().to_path_buf(),
            snapshot: snapshot.path().to_path_buf(),
            what,
        };
        let Span { first, last } = archive.records();
        let (end, root) = (self.tail.record, self.tail.hash);
        if first > end.saturating_add(1) {
            return Err(unjoined(format!(
                "it begins with record {first}, that one ends with {end}"
            )));
        }
        let (joint, of_archive, of_snapshot): (u64, Option<Hash>, Hash) = if last < end {
            let hash = match last {
                0 => Tail::nothing().hash,
                last => snapshot.journal().tail_at(last)?.hash,
            };
            (last, Some(archive.tail.hash), hash)
        } else if archive.before.record == end {
            (end, Some(archive.before.hash), root)
        } else {
            (end, archive.asked.get(&end).copied(), root)
        };
        if of_archive == Some(of_snapshot) {
            return Ok(());
        }
        Err(unjoined(format!("their record {joint} is not the same: they are of two journals")))
    }

    fn salvage(
        &mut self,
        data_dir: &Path,
        progress: &mut Progress<'_>,
    ) -> Result<(), RestoreError> {
        let salvage = Salvage::find(data_dir, &self.tail, progress)?;
        self.lost = salvage.lost;
        self.house_key = self.house_key.or(salvage.house_key);
        self.master_key = salvage.master_key.clone();
        self.vaults.extend(salvage.vault.clone());
        let (records, tail) = (salvage.records, salvage.tail);
        if records.first <= records.last {
            self.stretches.push((records, Arc::new(salvage)));
            self.tail = tail;
            self.reaches = self.reaches.max(tail.last_time);
        }
        Ok(())
    }

    /// Whether nothing that is wanted can lie behind what can be read.
    fn holds_all_of(&self, end: RestoreEnd) -> bool {
        match end {
            RestoreEnd::Whole => false,
            RestoreEnd::Event(event) => event <= self.tail.last_event,
            RestoreEnd::Time(time) => time < self.tail.last_time,
        }
    }
}

fn refuse_beyond(
    end: RestoreEnd,
    (last, reaches): (EventNumber, Timestamp),
) -> Result<(), RestoreError> {
    match end {
        RestoreEnd::Event(asked) if asked > last => Err(RestoreError::EventBeyond { asked, last }),
        RestoreEnd::Time(asked) if asked > reaches => {
            Err(RestoreError::TimeBeyond { asked, reaches })
        }
        RestoreEnd::Whole | RestoreEnd::Event(_) | RestoreEnd::Time(_) => Ok(()),
    }
}

fn refuse_unknown(tenant: Option<TenantId>, manifest: &Manifest) -> Result<(), RestoreError> {
    let known = |tenant: TenantId| {
        manifest.tenants.iter().any(|totals| totals.tenant_id == tenant.number())
    };
    match tenant {
        Some(tenant) if !known(tenant) => Err(RestoreError::TenantUnknown(tenant)),
        Some(_) | None => Ok(()),
    }
}
