//! Opens a ledger: the log, what the tables lack of it, the writer, the actors of the tenants.

use crate::engine::admission::Places;
use crate::engine::arbiters::Arbiters;
use crate::engine::archiver::Archiver;
use crate::engine::checkpointer::{Checkpointer, Letters, Request, Rhythm, Stores};
use crate::engine::claims::Claims;
use crate::engine::core::Core;
use crate::engine::coverage::Coverage;
use crate::engine::dirty_accounts::DirtyAccounts;
use crate::engine::error::EngineError;
use crate::engine::feeds::Feeds;
use crate::engine::fresh_sales::FreshSales;
use crate::engine::house_key::HouseKey;
use crate::engine::house_options::HouseOptions;
use crate::engine::key_watch::KeyWatch;
use crate::engine::logins::Logins;
use crate::engine::lone_marks::LoneMarks;
use crate::engine::measured_log::measured;
use crate::engine::not_ready::NotReady;
use crate::engine::pulse::Pulse;
use crate::engine::quick_map::QuickMap;
use crate::engine::readers::Readers;
use crate::engine::room::Room;
use crate::engine::snapshots::Snapshots;
use crate::engine::statements::STATEMENTS_AT_ONCE;
use crate::engine::tenants::Tenants;
use crate::engine::verifier::Verifier;
use crate::engine::vouchers::Vouchers;
use crate::journal::{
    DataDir, FoldError, Journal, JournalError, JournalOptions, JournalReader, OpenedLog, Recovered,
    Sealing, TablesMemory, TablesWriter, Vault, VaultSource, recover_watched,
};
use crate::values::TenantId;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::mpsc::channel;
use tokio::sync::{Notify, Semaphore};

/// A ledger in use.
pub(super) struct Opened {
    pub(super) core: Arc<Core>,
    pub(super) checkpointer: Checkpointer,
    pub(super) snapshots: Snapshots,
    pub(super) verifier: Verifier,
    pub(super) keys: KeyWatch,
    pub(super) archiver: Option<Archiver>,
}

/// Opens the data directory's journal and tables; the same path after a start and after a failure.
pub(super) fn open(
    options: &HouseOptions,
    data_dir: &DataDir,
    arbiters: &Arc<Arbiters>,
    pulse: &Arc<Pulse>,
) -> Result<Opened, NotReady> {
    pulse.look_at_disk();
    let vault = open_vault(options, data_dir)?;
    let log = open_log(options, data_dir, pulse, &vault)?;
    let reader = log.reader();
    let record = log.tail().record;
    let (writer, mut recovered) = catch_up(options, data_dir, &reader, pulse)?;
    let tables = writer.reader();
    let (forward, forwarded) = channel();
    let numbers = recovered.counts.iter().map(|(id, counts)| (*id, counts.operations)).collect();
    let feeds = Arc::new(Feeds::new(&numbers));
    let journal = start_journal(log, &numbers, arbiters, &feeds)?;
    let letters = Letters::new();
    let requests = letters.requests.clone();
    let make_room = move || drop(requests.send(Request::MakeRoom));
    let core = Arc::new(Core {
        clock: options.clock.clone(),
        entropy: options.entropy.clone(),
        places: Places::new(
            options.places_max,
            journal.approach(),
            pulse.admission_refusals.clone(),
        ),
        readers: Readers::start(&tables, &reader)?,
        seen: tables.seen().clone(),
        journal,
        arbiters: Arc::clone(arbiters),
        tenants: Tenants::default(),
        accounts: QuickMap::default(),
        identifiers: Claims::new(),
        operations: Claims::new(),
        fresh_sales: FreshSales::default(),
        turns: Claims::new(),
        logins: Logins::new(recovered.logins),
        vouchers: Vouchers::new(),
        house_key: HouseKey::new(vault.house_key()),
        vault,
        dirty: DirtyAccounts::default(),
        last_time: AtomicI64::new(recovered.last_time.millis()),
        dismissed: AtomicBool::new(false),
        forwarded: forward,
        failure: Arc::new(Notify::new()),
        feeds,
        lone_marks: LoneMarks::default(),
        pulse: Arc::clone(pulse),
        room: Room::new(options.resident_accounts_max, make_room),
        coverage: Coverage::new(recovered.covers, options.clock.now()),
        statements: Arc::new(Semaphore::new(STATEMENTS_AT_ONCE)),
        #[cfg(test)]
        gate: Default::default(),
    });
    for (tenant, as_of) in recovered.tenants {
        let counts = recovered.counts.get(&tenant.id).copied().unwrap_or_default();
        let usage = recovered.usage.remove(&tenant.id).unwrap_or_default();
        core.admit_tenant(tenant, as_of, &counts.counters, usage);
    }
    let snapshots = Snapshots::new(reader.clone(), record, options.snapshot_dir.clone());
    let archiver = Archiver::start(options, &core, reader.clone())?;
    let stores = Stores { writer, tables, journal: reader, forwarded };
    let rhythm = Rhythm {
        checkpoint_seconds: options.checkpoint_seconds,
        idle_seconds: options.idle_seconds,
    };
    let checkpointer = Checkpointer::start(Arc::clone(&core), stores, rhythm, letters)?;
    let verifier = Verifier::new(options.verify_share_percent);
    let keys = KeyWatch::start(&core.vault)?;
    Ok(Opened { core, checkpointer, snapshots, verifier, keys, archiver })
}

/// Starts the writer: replies leave through the arbiters, and the feeds are told of what is durable.
fn start_journal(
    log: OpenedLog,
    numbers: &HashMap<TenantId, u64>,
    arbiters: &Arc<Arbiters>,
    feeds: &Arc<Feeds>,
) -> Result<Journal, JournalError> {
    let (post, growing) = (Arc::clone(arbiters), Arc::clone(feeds));
    let journal = Journal::start(
        log,
        numbers,
        Arc::new(move |home, finishes, outcome| post.post(home, finishes, outcome)),
        Arc::new(move |tenant, number| growing.grew(tenant, number)),
    )?;
    journal.heed(arbiters.crew());
    Ok(journal)
}

/// Opens the keys that personal data and secrets are sealed under.
fn open_vault(options: &HouseOptions, data_dir: &DataDir) -> Result<Arc<Vault>, JournalError> {
    let journal_options = JournalOptions {
        log: options.log.clone(),
        ..JournalOptions::new(options.cache_bytes, options.clock.now())
    };
    data_dir.refuse_lost_vault(&journal_options)?;
    let master_key = options.master_key.clone();
    let source = options.entropy.vault_source(master_key, options.clock.now());
    data_dir.vault(&VaultSource { keys_at_once: options.keys_at_once, ..source })
}

/// Opens the log; how long its appends take and how large its groups are is measured.
fn open_log(
    options: &HouseOptions,
    data_dir: &DataDir,
    pulse: &Arc<Pulse>,
    vault: &Arc<Vault>,
) -> Result<OpenedLog, JournalError> {
    let journal_options = JournalOptions {
        log: Some(measured(options.log.clone(), pulse, &options.clock)),
        sealing: Sealing::Under(Arc::clone(vault)),
        ..JournalOptions::new(options.cache_bytes, options.clock.now())
    };
    let counting = Arc::clone(pulse);
    let log = OpenedLog::open(data_dir, &journal_options)?;
    Ok(log.watched_by(Arc::new(move |operations| counting.group_written(operations))))
}

/// Brings the tables up to the end of the journal, and notes how far it has got.
fn catch_up(
    options: &HouseOptions,
    data_dir: &DataDir,
    journal: &JournalReader,
    pulse: &Pulse,
) -> Result<(TablesWriter, Recovered), FoldError> {
    let note = |replayed| pulse.note_replayed(Some(replayed));
    let HouseOptions { cache_bytes, filter_bytes, .. } = *options;
    let memory = TablesMemory { cache_bytes, filter_bytes };
    let recovered = recover_watched(&data_dir.tables_path(), memory, journal, &note);
    pulse.note_replayed(None);
    let full = |(writer, _): &(TablesWriter, Recovered)| writer.reader().seen().fill().full;
    if recovered.as_ref().is_ok_and(full) {
        tracing::warn!("the filter of seen ids is full: raise filter_mib and rebuild the tables");
    }
    recovered
}

impl Opened {
    /// Actors, then the writer, then the tables and readers: all handles on the store are let go.
    pub(super) fn close(&self) {
        self.core.dismiss();
        self.snapshots.close();
        self.verifier.stop();
        self.keys.stop();
        if let Err(error) = self.core.journal.close() {
            tracing::error!(%error, "the journal was closed after a failure");
        }
        self.archiver.iter().for_each(Archiver::close);
        self.checkpointer.stop();
        self.core.readers.close();
    }
}

impl From<JournalError> for EngineError {
    fn from(error: JournalError) -> Self {
        Self::Unavailable(error.to_string())
    }
}
