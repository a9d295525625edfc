//! Opens a ledger: the log, what the tables lack of it, the writer, the actors of the tenants.

use crate::engine::admission::Places;
use crate::engine::arbiters::Arbiters;
use crate::engine::checkpointer::{Checkpointer, Rhythm, Stores};
use crate::engine::claims::Claims;
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::feeds::Feeds;
use crate::engine::fresh_sales::FreshSales;
use crate::engine::house::HouseOptions;
use crate::engine::house_key::HouseKey;
use crate::engine::logins::Logins;
use crate::engine::lone_marks::LoneMarks;
use crate::engine::readers::Readers;
use crate::engine::snapshots::Snapshots;
use crate::engine::tenants::Tenants;
use crate::engine::vouchers::Vouchers;
use crate::journal::{DataDir, Journal, JournalError, JournalOptions, OpenedLog, recover};
use dashmap::DashMap;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// A ledger in use.
pub(super) struct Opened {
    pub(super) core: Arc<Core>,
    pub(super) checkpointer: Checkpointer,
    pub(super) snapshots: Snapshots,
}

/// Opens the data directory's journal and tables; the same path after a start and after a failure.
pub(super) fn open(
    options: &HouseOptions,
    data_dir: &DataDir,
    arbiters: &Arc<Arbiters>,
) -> Result<Opened, EngineError> {
    let house_key = data_dir.house_key(|| options.entropy.bytes())?;
    let journal_options = JournalOptions {
        log: options.log.clone(),
        ..JournalOptions::new(options.cache_bytes, options.clock.now())
    };
    let log = OpenedLog::open(data_dir, &journal_options)?;
    let reader = log.reader();
    let record = log.tail().record;
    let (writer, recovered) = recover(&data_dir.tables_path(), options.cache_bytes, &reader)
        .map_err(|error| EngineError::Unavailable(error.to_string()))?;
    let tables = writer.reader();
    let (forward, forwarded) = channel();
    let post = Arc::clone(arbiters);
    let numbers = recovered.counts.iter().map(|(id, counts)| (*id, counts.operations)).collect();
    let feeds = Arc::new(Feeds::new(&numbers));
    let growing = Arc::clone(&feeds);
    let journal = Journal::start(
        log,
        &numbers,
        Arc::new(move |home, finishes, outcome| post.post(home, finishes, outcome)),
        Arc::new(move |tenant, number| growing.grew(tenant, number)),
    )?;
    let core = Arc::new(Core {
        clock: options.clock.clone(),
        entropy: options.entropy.clone(),
        places: Places::new(options.places_max, journal.approach()),
        readers: Readers::start(&tables, &reader)?,
        seen: tables.seen().clone(),
        journal,
        arbiters: Arc::clone(arbiters),
        tenants: Tenants::default(),
        accounts: DashMap::new(),
        identifiers: Claims::new(),
        operations: Claims::new(),
        fresh_sales: FreshSales::default(),
        turns: Claims::new(),
        logins: Logins::new(recovered.logins),
        vouchers: Vouchers::new(),
        house_key: HouseKey::new(house_key),
        dirty: Mutex::new(Vec::new()),
        last_time: AtomicI64::new(recovered.last_time.millis()),
        dismissed: AtomicBool::new(false),
        forwarded: forward,
        failure: Arc::new(Notify::new()),
        feeds,
        lone_marks: LoneMarks::default(),
    });
    let mut usage = recovered.usage;
    for (tenant, as_of) in recovered.tenants {
        let counts = recovered.counts.get(&tenant.id).copied().unwrap_or_default();
        let usage = usage.remove(&tenant.id).unwrap_or_default();
        core.admit_tenant(tenant, as_of, &counts.counters, usage);
    }
    let directory = options.snapshot_dir.clone();
    let snapshots = Snapshots::new(reader.clone(), record, house_key, directory);
    let stores = Stores { writer, tables, journal: reader, forwarded };
    let rhythm = Rhythm {
        checkpoint_seconds: options.checkpoint_seconds,
        idle_seconds: options.idle_seconds,
    };
    let checkpointer = Checkpointer::start(Arc::clone(&core), stores, rhythm)?;
    Ok(Opened { core, checkpointer, snapshots })
}

impl Opened {
    /// Actors, then the writer, then the tables and readers: all handles on the store are let go.
    pub(super) fn close(&self) {
        self.core.dismiss();
        self.snapshots.close();
        if let Err(error) = self.core.journal.close() {
            tracing::error!(%error, "the journal was closed after a failure");
        }
        self.checkpointer.stop();
        self.core.readers.close();
    }
}

impl From<JournalError> for EngineError {
    fn from(error: JournalError) -> Self {
        Self::Unavailable(error.to_string())
    }
}
