//! `kopilka archive`: how the continuous copy of a ledger stands.

use crate::admin::cli::Inquiry;
use clap::{Args, Subcommand};
use std::path::PathBuf;

pub(super) const ARCHIVE_EXAMPLE: &str = "Example:\n  kopilka archive status --url http://127.0.0.1:8082 --token-file data/ledger/operator.token";
const STATUS_EXAMPLE: &str = "Example:\n  kopilka archive status --in data/archive";

#[derive(Debug, Subcommand)]
pub(in crate::admin) enum Archive {
    /// Show how far the archive has come, and what keeps it from following
    #[command(after_help = STATUS_EXAMPLE)]
    Status(ArchiveStatus),
}

#[derive(Debug, Args)]
pub(in crate::admin) struct ArchiveStatus {
    /// The directory of the archive [default: where the server of the data directory has it]
    #[arg(long = "in", value_name = "DIR", conflicts_with = "url")]
    pub directory: Option<PathBuf>,
    #[command(flatten)]
    pub inquiry: Inquiry,
}
