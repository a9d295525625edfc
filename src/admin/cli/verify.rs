//! `kopilka verify` and `kopilka rebuild`: whether all of a ledger is there, and what is derived made anew.

use crate::admin::cli::Inquiry;
use clap::Args;
use std::path::PathBuf;

pub(super) const VERIFY_EXAMPLE: &str = "Example:\n  kopilka verify --url http://127.0.0.1:8082 --token-file data/ledger/operator.token --receipts till-7.csv";
pub(super) const REBUILD_EXAMPLE: &str = "Example:\n  kopilka rebuild --data-dir data/ledger";

#[derive(Debug, Args)]
pub(in crate::admin) struct Verify {
    /// Also look for what tills were given proof of: lines `event hash`, CSV, or JSON objects
    #[arg(long, value_name = "FILE")]
    pub receipts: Option<PathBuf>,
    /// Look for the receipts alone, without reading the whole ledger
    #[arg(long, requires = "receipts")]
    pub receipts_only: bool,
    /// A snapshot instead: its files, its records and what its manifest says of them
    #[arg(long, value_name = "DIR", conflicts_with_all = ["data_dir", "url", "receipts"])]
    pub snapshot: Option<PathBuf>,
    /// An archive instead: its files, its records and its keys
    #[arg(long, value_name = "DIR", conflicts_with_all = ["data_dir", "url", "receipts", "snapshot"])]
    pub archive: Option<PathBuf>,
    /// A file with the master key that opens the keys of the archive [env KOPILKA_MASTER_KEY]; without it they are only held against what the records need
    #[arg(long, value_name = "FILE", requires = "archive")]
    pub master_key: Option<PathBuf>,
    #[command(flatten)]
    pub inquiry: Inquiry,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct Rebuild {
    /// A data directory that no server has open [env KOPILKA_DATA_DIR; default data/ledger]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// A TOML configuration file [env KOPILKA_CONFIG]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}
