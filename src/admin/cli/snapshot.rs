//! `kopilka snapshot` and `kopilka restore`: copies of a ledger, and ledgers made of them.

use crate::admin::cli::Inquiry;
use crate::admin::cli::parse::{tenant_id, timestamp};
use crate::values::{TenantId, Timestamp};
use clap::{Args, Subcommand};
use std::path::PathBuf;

pub(super) const SNAPSHOT_EXAMPLE: &str = "Example:\n  kopilka snapshot create --url http://127.0.0.1:8082 --token-file data/ledger/operator.token";
const CREATE_EXAMPLE: &str =
    "Example:\n  kopilka snapshot create --data-dir data/ledger --to data/copies";
const LIST_EXAMPLE: &str = "Example:\n  kopilka snapshot list --in data/copies";
const PRUNE_EXAMPLE: &str = "Example:\n  kopilka snapshot prune --keep 14 --in data/copies";
pub(super) const RESTORE_EXAMPLE: &str = "Example:\n  kopilka restore --from data/copies/2026-03-02T09-00-00.000Z-event-1234 --to-time 2026-03-02T08:59:00Z --master-key data/ledger/master.key --data-dir data/restored";

#[derive(Debug, Subcommand)]
pub(in crate::admin) enum Snapshot {
    /// Copy a ledger, also while it is served
    #[command(after_help = CREATE_EXAMPLE)]
    Create(SnapshotCreate),
    /// List the snapshots there are
    #[command(after_help = LIST_EXAMPLE)]
    List(SnapshotList),
    /// Remove all snapshots but the newest
    #[command(after_help = PRUNE_EXAMPLE)]
    Prune(SnapshotPrune),
}

#[derive(Debug, Args)]
pub(in crate::admin) struct SnapshotCreate {
    /// The directory that holds the snapshots [default: snapshots in the data directory]; a running server has its own, --snapshot-dir of serve
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    pub to: Option<PathBuf>,
    /// Only what came after the newest snapshot that is there, which is needed to restore it
    #[arg(long)]
    pub incremental: bool,
    #[command(flatten)]
    pub inquiry: Inquiry,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct SnapshotList {
    /// The directory that holds the snapshots [default: snapshots in the data directory]
    #[arg(long = "in", value_name = "DIR", conflicts_with = "url")]
    pub directory: Option<PathBuf>,
    #[command(flatten)]
    pub inquiry: Inquiry,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct SnapshotPrune {
    /// How many of the newest stay
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub keep: u16,
    /// The directory that holds the snapshots [default: snapshots in the data directory]
    #[arg(long = "in", value_name = "DIR", conflicts_with = "url")]
    pub directory: Option<PathBuf>,
    #[command(flatten)]
    pub inquiry: Inquiry,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct Restore {
    /// The directory of a snapshot; those that it continues lie beside it
    #[arg(long, value_name = "SNAPSHOT", required_unless_present_any = ["archive", "salvage"])]
    pub from: Option<PathBuf>,
    /// The directory of an archive: what came after the snapshot, or everything
    #[arg(long, value_name = "DIR")]
    pub archive: Option<PathBuf>,
    /// A data directory whose journal is broken: what can still be read of it beyond the copies
    #[arg(long, value_name = "DIR")]
    pub salvage: Option<PathBuf>,
    /// The data directory to be; it must not exist
    #[arg(long, value_name = "DIR")]
    pub data_dir: PathBuf,
    /// Only what is complete at this event
    #[arg(long, value_name = "N", conflicts_with = "to_time", value_parser = clap::value_parser!(u64).range(1..))]
    pub to_event: Option<u64>,
    /// Only what happened before the first operation later than this
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    pub to_time: Option<Timestamp>,
    /// One chain alone, by its number
    #[arg(long, value_name = "ID", value_parser = tenant_id)]
    pub tenant: Option<TenantId>,
    /// The master key that the keys of the snapshot were wrapped by, `master.key` of its data directory; it is laid into the new one [default: KOPILKA_MASTER_KEY, which is laid nowhere]
    #[arg(long, value_name = "FILE")]
    pub master_key: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
