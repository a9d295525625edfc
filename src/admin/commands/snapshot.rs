//! `kopilka snapshot`: copies of a ledger made, listed and removed; of a running server through its operator
//! API, of a closed data directory directly.

use crate::admin::cli::{Snapshot, SnapshotCreate, SnapshotList, SnapshotPrune, WayIn};
use crate::admin::config::{Configuration, Layer};
use crate::admin::exit::Failure;
use crate::admin::verification::unusable;
use crate::admin::way_in::Missing;
use crate::admin::{master_key, requests, sheet, terminal};
use crate::api::{write_pruned, write_snapshot_list};
use crate::engine::Clock;
use crate::journal::{
    CreatedSnapshot, DataDir, JournalOptions, Shelved, ShelvedState, SnapshotError, SnapshotKind,
    SnapshotPlace, SnapshotSource, create_snapshot, list_snapshots, open_read_only,
    prune_snapshots,
};
use indicatif::ProgressBar;
use serde::Deserialize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

const COLUMNS: [&str; 9] = [
    "name",
    "state",
    "last_event",
    "operations",
    "customers",
    "tenants",
    "bytes",
    "parent",
    "reason",
];
/// How often a running server is asked how far it has got.
const POLL: Duration = Duration::from_millis(200);
/// Memory for the pages of the journal that is copied.
const CACHE_BYTES: u64 = 64 << 20;
/// A closed ledger needs no room besides the copy itself.
const DISK_FREE_MIN: u64 = 0;

/// What a running server says of its snapshots.
#[derive(Deserialize)]
struct Overview {
    snapshots: Vec<serde_json::Value>,
    under_way: Option<UnderWay>,
    last_failure: Option<String>,
}

#[derive(Deserialize)]
struct UnderWay {
    name: String,
    records: u64,
    records_total: u64,
}

pub(in crate::admin) async fn snapshot(asked: &Snapshot) -> Result<(), Failure> {
    match asked {
        Snapshot::Create(asked) if asked.inquiry.way_in.url.is_some() => {
            create_on_server(asked).await
        }
        Snapshot::Create(asked) => create_of_closed(asked),
        Snapshot::List(asked) => list(asked).await,
        Snapshot::Prune(asked) => prune(asked).await,
    }
}

async fn create_on_server(asked: &SnapshotCreate) -> Result<(), Failure> {
    let request = requests::create_snapshot(asked.incremental);
    let answer = asked.inquiry.way_in.ask(request, Missing::Refuse).await?;
    let begun: UnderWay = answer.read()?;
    let bar = ProgressBar::new(begun.records_total);
    loop {
        tokio::time::sleep(POLL).await;
        let answer = asked.inquiry.way_in.ask(requests::list_snapshots(), Missing::Refuse).await?;
        let overview: Overview = answer.read()?;
        match overview.under_way.filter(|under_way| under_way.name == begun.name) {
            Some(under_way) => bar.set_position(under_way.records),
            None => {
                bar.finish_and_clear();
                let made = overview.snapshots.iter().find(|one| one["name"] == begun.name);
                let failed = || {
                    let reason = overview.last_failure.unwrap_or_else(|| "it is gone".into());
                    Failure::Refused(format!("there is no snapshot {}: {reason}", begun.name))
                };
                let made = made.map(ToString::to_string).ok_or_else(failed)?;
                return say_snapshot(&made, asked.inquiry.json);
            }
        }
    }
}

fn create_of_closed(asked: &SnapshotCreate) -> Result<(), Failure> {
    let configuration = configuration_of(&asked.inquiry.way_in)?;
    let directory = asked.to.clone().unwrap_or_else(|| configuration.snapshot_dir.clone());
    let made = copy(&configuration.data_dir, &directory, asked.incremental)?;
    let name = made.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let shelved = Shelved { name, state: ShelvedState::Whole(Box::new(made.manifest)) };
    let list = write_snapshot_list(&[shelved]);
    let made = sheet::items(&list).first().copied().unwrap_or_default().to_owned();
    say_snapshot(&made, asked.inquiry.json)
}

fn copy(data_dir: &Path, directory: &Path, incremental: bool) -> Result<CreatedSnapshot, Failure> {
    let data_dir = DataDir::open_existing(data_dir).map_err(|error| unusable(&error))?;
    let now = Clock::wall().now();
    let keys = master_key::source(master_key::from_environment()?);
    let sealing = data_dir.sealing(&keys).map_err(|error| unusable(&error))?;
    let options = JournalOptions::new(CACHE_BYTES, now).under(sealing);
    let journal = open_read_only(&data_dir, &options).map_err(|error| unusable(&error))?;
    let through = journal.cut_at_end().map_err(|error| unusable(&error))?;
    let house_key = data_dir.kept_house_key().map_err(|error| unusable(&error))?;
    let kind = if incremental { SnapshotKind::Incremental } else { SnapshotKind::Full };
    let source = SnapshotSource { journal, through, house_key, created_at: now, kind };
    let place = SnapshotPlace::claim(directory, DISK_FREE_MIN).map_err(of_snapshot)?;
    let bar = ProgressBar::new(through);
    let made = create_snapshot(&source, &place, &mut |progress| {
        bar.set_position(progress.records);
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    made.map_err(of_snapshot)
}

async fn list(asked: &SnapshotList) -> Result<(), Failure> {
    if asked.inquiry.way_in.url.is_some() {
        let answer = asked.inquiry.way_in.ask(requests::list_snapshots(), Missing::Refuse).await?;
        return say_list(sheet::field_of(answer.data()?, "snapshots")?, asked.inquiry.json);
    }
    let directory = directory_of(asked.directory.as_deref(), &asked.inquiry.way_in)?;
    let shelf = list_snapshots(&directory).map_err(|error| unusable(&error))?;
    say_list(&write_snapshot_list(&shelf), asked.inquiry.json)
}

async fn prune(asked: &SnapshotPrune) -> Result<(), Failure> {
    if asked.inquiry.way_in.url.is_some() {
        let request = requests::prune_snapshots(asked.keep);
        let answer = asked.inquiry.way_in.ask(request, Missing::Refuse).await?;
        return say_pruned(answer.data()?, asked.inquiry.json);
    }
    let directory = directory_of(asked.directory.as_deref(), &asked.inquiry.way_in)?;
    let pruned = prune_snapshots(&directory, usize::from(asked.keep));
    let pruned = pruned.map_err(|error| unusable(&error))?;
    say_pruned(&write_pruned(&pruned), asked.inquiry.json)
}

fn configuration_of(way_in: &WayIn) -> Result<Configuration, Failure> {
    Configuration::load(Layer::of_data_dir(way_in.data_dir.clone()), way_in.config.as_deref())
}

fn directory_of(given: Option<&Path>, way_in: &WayIn) -> Result<PathBuf, Failure> {
    match given {
        Some(directory) => Ok(directory.to_path_buf()),
        None => configuration_of(way_in).map(|configuration| configuration.snapshot_dir),
    }
}

fn say_snapshot(json: &str, as_json: bool) -> Result<(), Failure> {
    terminal::say(&if as_json { json.to_owned() } else { sheet::lines(json)? });
    Ok(())
}

fn say_list(json: &str, as_json: bool) -> Result<(), Failure> {
    terminal::say(&if as_json { json.to_owned() } else { sheet::table(json, &COLUMNS)? });
    Ok(())
}

fn say_pruned(json: &str, as_json: bool) -> Result<(), Failure> {
    if as_json {
        terminal::say(json);
        return Ok(());
    }
    let names = |field| sheet::field_of(json, field).map(sheet::items).map(|names| names.len());
    let (removed, kept) = (names("removed")?, names("kept")?);
    terminal::say(&sheet::lines(json)?);
    terminal::say(&format!("{removed} removed, {kept} kept"));
    Ok(())
}

fn of_snapshot(error: SnapshotError) -> Failure {
    match error {
        SnapshotError::Journal(error) => unusable(&error),
        SnapshotError::Stopped | SnapshotError::UnderWay(_) => Failure::Refused(error.to_string()),
    }
}
