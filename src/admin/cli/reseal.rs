//! `kopilka reseal`: a ledger from before personal data was sealed, written anew.

use clap::Args;
use std::path::PathBuf;

pub(super) const RESEAL_EXAMPLE: &str =
    "Example:\n  kopilka reseal --data-dir data/ledger --into data/sealed";

#[derive(Debug, Args)]
pub(in crate::admin) struct Reseal {
    /// A data directory that no server has open; nothing in it is changed
    #[arg(long, value_name = "DIR")]
    pub data_dir: PathBuf,
    /// The data directory to be; it must not exist
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
