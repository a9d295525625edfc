//! Makes a data directory of a snapshot: whole, as of an event or an instant, or of one tenant alone. Built
//! beside its place and verified there, so that the name stands for a ledger that was proven.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::misfold::FoldError;
use crate::journal::opened::{JournalOptions, open_read_only};
use crate::journal::record::Tail;
use crate::journal::recovery::recover;
use crate::journal::sled_files::wait_for_lock;
use crate::journal::sled_log::STORE_FILE;
use crate::journal::snapshot::builder::JournalBuilder;
use crate::journal::snapshot::opened::Snapshot;
use crate::journal::snapshot::selection::{copy_one_tenant, copy_records};
use crate::journal::snapshot::totals::Totals;
use crate::journal::snapshot::workplace::Workplace;
use crate::journal::vault::{Sealing, VaultSource, keep_keys_of};
use crate::journal::verify::{VerifyReport, verify};
use crate::values::{EventNumber, TenantId, Timestamp};
use std::path::PathBuf;
use thiserror::Error;

/// What is restored, and where to.
#[derive(Debug, Clone)]
pub struct RestoreWish {
    /// The directory of the snapshot.
    pub from: PathBuf,
    /// The data directory to be; it must not exist.
    pub to: PathBuf,
    pub end: RestoreEnd,
    /// This one alone; `None`: all of them.
    pub tenant: Option<TenantId>,
    /// Memory for the pages of the journal and of the tables, in bytes each (soft).
    pub cache_bytes: u64,
    /// Opens the keys of the snapshot.
    pub vault: VaultSource,
    /// Whether the master key goes into the new directory, so that it opens by itself.
    pub keep_master_key: bool,
}

/// Where the restored ledger ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreEnd {
    /// With the snapshot.
    Whole,
    /// With the last operation that is complete at this event.
    Event(EventNumber),
    /// Before the first operation that is later than this instant.
    Time(Timestamp),
}

/// What a restore is at, with how much of how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreStage {
    /// Bytes of the snapshot's files.
    Checking(u64, u64),
    /// Records of the snapshot.
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
    /// The last event of the snapshot that is in it, in the numbers of the snapshot.
    pub through: EventNumber,
}

/// Why nothing was restored; nothing of it stays.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RestoreError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the snapshot ends with event {last}, so event {asked} is not in it")]
    EventBeyond { asked: EventNumber, last: EventNumber },
    #[error(
        "the snapshot was made at {created_at}, so it does not know what happened until {asked}"
    )]
    TimeBeyond { asked: Timestamp, created_at: Timestamp },
    #[error("nothing had happened by then: there would be nothing to restore")]
    NothingYet,
    #[error("the snapshot has no tenant {0}")]
    TenantUnknown(TenantId),
    #[error("what was restored does not fold: {0}")]
    Misfold(String),
    #[error("what was restored is not what the manifest says of it: {0} differs")]
    NotAsTold(&'static str),
    #[error("what was restored does not verify: {0}")]
    Differs(String),
}

/// Restores a snapshot. `progress` is told after every piece of work.
///
/// # Errors
/// `Journal` with `Damaged` naming a file that is not as it was written, `Exists` if there is something at
/// the place already; the others as they say.
pub fn restore(
    wish: &RestoreWish,
    now: Timestamp,
    progress: &mut dyn FnMut(RestoreStage),
) -> Result<Restored, RestoreError> {
    let snapshot = Snapshot::open(&wish.from)?;
    refuse_beyond(wish, &snapshot)?;
    let workplace = Workplace::begin(&wish.to)?;
    let bytes = snapshot.manifest().bytes();
    snapshot.check_files(&mut |read| progress(RestoreStage::Checking(read, bytes)))?;
    let data_dir = DataDir::begin(workplace.path())?;
    if let Some(key) = snapshot.house_key()? {
        data_dir.house_key(|| key)?;
    }
    let sealing = lay_keys(wish, &snapshot, &data_dir)?;
    let options = JournalOptions::new(wish.cache_bytes, now).under(sealing);
    let through = copy(wish, &snapshot, JournalBuilder::create(&data_dir, &options)?, progress)?;
    let (report, last_time) = prove(&data_dir, &options, progress)?;
    if let Some(tenant) = wish.tenant {
        keep_keys_of(tenant, &data_dir)?;
    }
    drop(data_dir);
    workplace.commit()?;
    Ok(Restored { report, last_time, through })
}

/// Brings the keys over, but for those of everybody whom the snapshot forgets anywhere: what it was made to
/// forget stays forgotten, wherever the restored ledger ends.
fn lay_keys(
    wish: &RestoreWish,
    snapshot: &Snapshot,
    data_dir: &DataDir,
) -> Result<Sealing, RestoreError> {
    if !snapshot.lay_keys(data_dir)? {
        return Ok(Sealing::Plain);
    }
    if wish.keep_master_key
        && let Some(key) = &wish.vault.master_key
    {
        data_dir.keep_master_key(key)?;
    }
    let sealing = data_dir.sealing(&wish.vault)?;
    if let Some(vault) = sealing.vault() {
        vault.forget_all(&snapshot.journal())?;
    }
    Ok(sealing)
}

fn refuse_beyond(wish: &RestoreWish, snapshot: &Snapshot) -> Result<(), RestoreError> {
    let manifest = snapshot.manifest();
    match wish.end {
        RestoreEnd::Event(asked) if asked > manifest.last_event() => {
            return Err(RestoreError::EventBeyond { asked, last: manifest.last_event() });
        }
        RestoreEnd::Time(asked) if asked > manifest.created_at => {
            return Err(RestoreError::TimeBeyond { asked, created_at: manifest.created_at });
        }
        RestoreEnd::Whole | RestoreEnd::Event(_) | RestoreEnd::Time(_) => {}
    }
    let known = |tenant: TenantId| {
        manifest.tenants.iter().any(|totals| totals.tenant_id == tenant.number())
    };
    match wish.tenant {
        Some(tenant) if !known(tenant) => Err(RestoreError::TenantUnknown(tenant)),
        Some(_) | None => Ok(()),
    }
}

/// Writes the new journal; returns the last event of the snapshot that is in it.
fn copy(
    wish: &RestoreWish,
    snapshot: &Snapshot,
    mut builder: JournalBuilder,
    progress: &mut dyn FnMut(RestoreStage),
) -> Result<EventNumber, RestoreError> {
    let records = snapshot.manifest().records.last;
    let mut told = |record| progress(RestoreStage::Copying(record, records));
    let mut totals = Totals::default();
    let journal = snapshot.journal().under(builder.sealing().clone());
    let through = match wish.tenant {
        None => copy_records(&journal, wish.end, &mut builder, &mut totals, &mut told)?,
        Some(tenant) => copy_one_tenant(&journal, (tenant, wish.end), &mut builder, &mut told)?,
    };
    let tail = builder.finish()?;
    if tail.last_event == EventNumber::default() && wish.end != RestoreEnd::Whole {
        return Err(RestoreError::NothingYet);
    }
    if (wish.end, wish.tenant) == (RestoreEnd::Whole, None) {
        hold_against_manifest(snapshot, &tail, &totals)?;
    }
    Ok(through)
}

fn hold_against_manifest(
    snapshot: &Snapshot,
    tail: &Tail,
    totals: &Totals,
) -> Result<(), RestoreError> {
    let manifest = snapshot.manifest();
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
    progress: &mut dyn FnMut(RestoreStage),
) -> Result<(VerifyReport, Timestamp), RestoreError> {
    progress(RestoreStage::Deriving);
    let journal = open_read_only(data_dir, options)?;
    let (tables, recovered) =
        recover(&data_dir.tables_path(), options.cache_bytes, &journal).map_err(of_fold)?;
    let records = journal.tail()?.map_or(0, |tail| tail.record);
    let report = verify(&journal, Some(&tables.reader()), &mut |covered| {
        progress(RestoreStage::Verifying(covered.records, records));
    });
    drop((tables, journal));
    // The stores let their files go a moment after their last handle is gone.
    for store in [data_dir.journal_path(), data_dir.tables_path()] {
        drop(wait_for_lock(&store.join(STORE_FILE)));
    }
    match &report.difference {
        None => Ok((report, recovered.last_time)),
        Some(difference) => Err(RestoreError::Differs(difference.to_string())),
    }
}

fn of_fold(error: FoldError) -> RestoreError {
    match error {
        FoldError::Journal(error) => error.into(),
        FoldError::Misfold(misfold) => RestoreError::Misfold(misfold.to_string()),
    }
}
