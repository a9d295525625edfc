//! Makes a data directory of copies: whole, as of an event or an instant, or of one tenant alone. Built
//! beside its place and verified there, so that the name stands for a ledger that was proven.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::misfold::FoldError;
use crate::journal::opened::{JournalOptions, open_read_only};
use crate::journal::record::Tail;
use crate::journal::recovery::recover;
use crate::journal::sled_files::wait_for_lock;
use crate::journal::sled_log::STORE_FILE;
use crate::journal::snapshot::archive::TornEnd;
use crate::journal::snapshot::builder::JournalBuilder;
use crate::journal::snapshot::manifest::Manifest;
use crate::journal::snapshot::material::{Copies, Material};
use crate::journal::snapshot::salvage::Lost;
use crate::journal::snapshot::selection::{copy_one_tenant, copy_records};
use crate::journal::snapshot::totals::Totals;
use crate::journal::snapshot::workplace::Workplace;
use crate::journal::tables::Tables;
use crate::journal::vault::{DamagedKey, Sealing, VaultSource, keep_keys_of, lay_vaults};
use crate::journal::verify::{VerifyReport, verify_but_for_keys};
use crate::values::{CustomerId, EventNumber, TenantId, Timestamp};
use std::collections::BTreeSet;
use std::path::PathBuf;
use thiserror::Error;

/// What is restored, and where to.
#[derive(Debug, Clone)]
pub struct RestoreWish {
    pub from: RestoreSources,
    /// The data directory to be; it must not exist.
    pub to: PathBuf,
    pub end: RestoreEnd,
    /// This one alone; `None`: all of them.
    pub tenant: Option<TenantId>,
    /// Memory for the pages of the journal and of the tables, in bytes each (soft).
    pub cache_bytes: u64,
    /// Opens the keys of the copies. Where it has no master key, that of the broken directory is taken, and
    /// kept in the new one.
    pub vault: VaultSource,
    /// Whether the master key goes into the new directory, so that it opens by itself.
    pub keep_master_key: bool,
}

/// What a ledger is restored from: at least one of these, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RestoreSources {
    /// The directory of a snapshot.
    pub snapshot: Option<PathBuf>,
    /// The directory of an archive: what comes after the snapshot, or everything.
    pub archive: Option<PathBuf>,
    /// A data directory whose journal is broken: what it still has beyond the others is taken in.
    pub salvage: Option<PathBuf>,
}

impl RestoreSources {
    /// A snapshot alone.
    #[must_use]
    pub fn snapshot(path: PathBuf) -> Self {
        Self { snapshot: Some(path), ..Self::default() }
    }
}

/// Where the restored ledger ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreEnd {
    /// With what it is restored from.
    Whole,
    /// With the last operation that is complete at this event.
    Event(EventNumber),
    /// Before the first operation that is later than this instant.
    Time(Timestamp),
}

/// What a restore is at, with how much of how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreStage {
    /// Bytes of a snapshot, of an archive, or of the file of a broken store.
    Checking(u64, u64),
    /// Records of what is restored from.
    Copying(u64, u64),
    /// The tables are made; how far is not known.
    Deriving,
    /// Records of the new journal.
    Verifying(u64, u64),
}

/// A ledger that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The proof of the new ledger, tables included.
    pub report: VerifyReport,
    /// The newest operation in it.
    pub last_time: Timestamp,
    /// The last event of what it was restored from that is in it, in the numbers of that.
    pub through: EventNumber,
    /// What was cut off the archive: it had not become durable.
    pub torn: Option<TornEnd>,
    /// What the broken journal had and is gone.
    pub lost: Option<Lost>,
    /// Who was forgotten after the moment at which it ends: nobody can read who they were, and their accounts are
    /// there with balance and logins, until they are forgotten again.
    pub forgotten_later: Vec<(TenantId, CustomerId)>,
    /// Keys that no copy has as they were written: what they sealed cannot be read.
    pub damaged_keys: Vec<DamagedKey>,
}

/// What the new ledger is sealed under, and who is forgotten anywhere in what it is made of.
type Laid = (Sealing, BTreeSet<(TenantId, CustomerId)>);

/// A ledger that was proven.
pub(super) struct Proven {
    pub(super) report: VerifyReport,
    pub(super) last_time: Timestamp,
    /// Who of those that were asked about has an account that was not forgotten.
    forgotten_later: Vec<(TenantId, CustomerId)>,
}

/// Why nothing was restored; nothing of it stays.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RestoreError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(
        "nothing was named to restore from: a snapshot, an archive, or a broken data directory"
    )]
    NoSource,
    #[error(
        "the archive {} begins with record {first}: a snapshot must be named that has those before",
        archive.display()
    )]
    BeginsLater { archive: PathBuf, first: u64 },
    #[error("{} does not continue {}: {what}", archive.display(), snapshot.display())]
    Unjoined { archive: PathBuf, snapshot: PathBuf, what: String },
    #[error("the copy ends with event {last}, so event {asked} is not in it")]
    EventBeyond { asked: EventNumber, last: EventNumber },
    #[error("the copy reaches to {reaches}, so it does not know what happened until {asked}")]
    TimeBeyond { asked: Timestamp, reaches: Timestamp },
    #[error("nothing had happened by then: there would be nothing to restore")]
    NothingYet,
    #[error("the copy has no tenant {0}")]
    TenantUnknown(TenantId),
    #[error("what was restored does not fold: {0}")]
    Misfold(String),
    #[error("what was restored is not what the manifest says of it: {0} differs")]
    NotAsTold(&'static str),
    #[error("what was restored does not verify: {0}")]
    Differs(String),
}

/// Restores a ledger from copies. `progress` is told after every piece of work.
///
/// # Errors
/// `Journal` with `Damaged` naming a file that is not as it was written, `Exists` if there is something at
/// the place already; the others as they say.
pub fn restore(
    wish: &RestoreWish,
    now: Timestamp,
    progress: &mut dyn FnMut(RestoreStage),
) -> Result<Restored, RestoreError> {
    let copies = Copies::open(&wish.from)?;
    let workplace = Workplace::begin(&wish.to)?;
    let material = copies.check(wish, &mut |done, all| {
        progress(RestoreStage::Checking(done, all));
    })?;
    let data_dir = DataDir::begin(workplace.path())?;
    let (sealing, forgotten) = lay_keys(wish, &material, &data_dir)?;
    let options = JournalOptions::new(wish.cache_bytes, now).under(sealing);
    let through = copy(wish, &material, JournalBuilder::create(&data_dir, &options)?, progress)?;
    let proven = prove(&data_dir, &options, &forgotten, progress)?;
    if let Some(tenant) = wish.tenant {
        keep_keys_of(tenant, &data_dir)?;
    }
    let vault = options.sealing.vault();
    let damaged_keys = vault.map(|vault| vault.damaged_keys()).transpose()?.unwrap_or_default();
    drop(data_dir);
    workplace.commit()?;
    let Material { torn, lost, .. } = material;
    let Proven { report, last_time, forgotten_later } = proven;
    Ok(Restored { report, last_time, through, torn, lost, forgotten_later, damaged_keys })
}

/// Brings the keys over, but for those of everybody whom any of the copies forgets anywhere: what they were
/// made to forget stays forgotten, wherever the restored ledger ends. The key of a house without a vault
/// comes as it is.
fn lay_keys(
    wish: &RestoreWish,
    material: &Material,
    data_dir: &DataDir,
) -> Result<Laid, RestoreError> {
    let vault = VaultSource {
        master_key: wish.vault.master_key.clone().or_else(|| material.master_key.clone()),
        ..wish.vault.clone()
    };
    if !lay_vaults(&material.vaults, data_dir, vault.master_key.as_ref(), &material.journal)? {
        if let Some(key) = material.house_key {
            data_dir.house_key(|| key)?;
        }
        return Ok((Sealing::Plain, BTreeSet::new()));
    }
    let is_found = wish.vault.master_key.is_none();
    if let Some(key) = vault.master_key.as_ref().filter(|_| wish.keep_master_key || is_found) {
        data_dir.keep_master_key(key)?;
    }
    let sealing = data_dir.sealing(&vault)?;
    let forgotten = match sealing.vault() {
        Some(vault) => vault.forget_all(&material.journal)?,
        None => BTreeSet::new(),
    };
    Ok((sealing, forgotten))
}

/// Writes the new journal; returns the last event of what it is made of that is in it.
fn copy(
    wish: &RestoreWish,
    material: &Material,
    mut builder: JournalBuilder,
    progress: &mut dyn FnMut(RestoreStage),
) -> Result<EventNumber, RestoreError> {
    let records = material.tail.record;
    let mut told = |record| progress(RestoreStage::Copying(record, records));
    let mut totals = Totals::default();
    let journal = &material.journal.clone().under(builder.sealing().clone());
    let through = match wish.tenant {
        None => copy_records(journal, wish.end, &mut builder, &mut totals, &mut told)?,
        Some(tenant) => copy_one_tenant(journal, (tenant, wish.end), &mut builder, &mut told)?,
    };
    let tail = builder.finish()?;
    if tail.last_event == EventNumber::default() {
        match (wish.end, wish.tenant) {
            (RestoreEnd::Whole, Some(tenant)) => return Err(RestoreError::TenantUnknown(tenant)),
            (RestoreEnd::Whole, None) => {}
            (RestoreEnd::Event(_) | RestoreEnd::Time(_), _) => {
                return Err(RestoreError::NothingYet);
            }
        }
    }
    match &material.manifest {
        Some(manifest) if (wish.end, wish.tenant) == (RestoreEnd::Whole, None) => {
            hold_against_manifest(manifest, &tail, &totals)?;
        }
        Some(_) | None => {}
    }
    Ok(through)
}

fn hold_against_manifest(
    manifest: &Manifest,
    tail: &Tail,
    totals: &Totals,
) -> Result<(), RestoreError> {
    let same = |what: &'static str, same: bool| {
        if same { Ok(()) } else { Err(RestoreError::NotAsTold(what)) }
    };
    same("the root", tail.hash == manifest.root)?;
    same("the last event", tail.last_event == manifest.last_event())?;
    same("the totals of a tenant", manifest.has_totals(totals))
}

/// Makes the tables, and verifies all of it.
pub(super) fn prove(
    data_dir: &DataDir,
    options: &JournalOptions,
    forgotten: &BTreeSet<(TenantId, CustomerId)>,
    progress: &mut dyn FnMut(RestoreStage),
) -> Result<Proven, RestoreError> {
    progress(RestoreStage::Deriving);
    let journal = open_read_only(data_dir, options)?;
    let (tables, recovered) =
        recover(&data_dir.tables_path(), options.cache_bytes, &journal).map_err(of_fold)?;
    let records = journal.tail()?.map_or(0, |tail| tail.record);
    let report = verify_but_for_keys(&journal, Some(&tables.reader()), &mut |covered| {
        progress(RestoreStage::Verifying(covered.records, records));
    });
    let forgotten_later = not_forgotten_in(&tables.reader(), forgotten)?;
    drop((tables, journal));
    // The stores let their files go a moment after their last handle is gone.
    for store in [data_dir.journal_path(), data_dir.tables_path()] {
        drop(wait_for_lock(&store.join(STORE_FILE)));
    }
    match &report.difference {
        None => Ok(Proven { report, last_time: recovered.last_time, forgotten_later }),
        Some(difference) => Err(RestoreError::Differs(difference.to_string())),
    }
}

/// Those of the forgotten who have an account of their own here that knows nothing of it.
fn not_forgotten_in(
    tables: &Tables,
    forgotten: &BTreeSet<(TenantId, CustomerId)>,
) -> Result<Vec<(TenantId, CustomerId)>, JournalError> {
    let mut found = Vec::new();
    for (tenant, customer) in forgotten {
        let account = tables.account(*tenant, *customer)?.map(|(account, _)| account);
        if account.is_some_and(|one| one.forgotten_at.is_none() && one.merged_into.is_none()) {
            found.push((*tenant, *customer));
        }
    }
    Ok(found)
}

fn of_fold(error: FoldError) -> RestoreError {
    match error {
        FoldError::Journal(error) => error.into(),
        FoldError::Misfold(misfold) => RestoreError::Misfold(misfold.to_string()),
    }
}
