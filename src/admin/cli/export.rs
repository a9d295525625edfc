//! `kopilka export`: the ledger as lines.

use crate::admin::cli::WayIn;
use crate::admin::cli::import::RowFormat;
use crate::admin::cli::parse::tenant_id;
use crate::values::TenantId;
use clap::{Args, Subcommand};
use std::path::PathBuf;

pub(super) const EXPORT_EXAMPLE: &str =
    "Example:\n  kopilka export balances --tenant 1 --as-of 2026-03-31 --out balances.csv";
const OPERATIONS_EXAMPLE: &str =
    "Example:\n  kopilka export operations --tenant 1 --format ndjson --out operations.ndjson";
const BALANCES_EXAMPLE: &str =
    "Example:\n  kopilka export balances --tenant 1 --as-of-event 120000";
const LOTS_EXAMPLE: &str =
    "Example:\n  kopilka export lots --tenant 1 --as-of 2026-03-31T21:00:00Z --out lots.csv";

#[derive(Debug, Subcommand)]
pub(in crate::admin) enum Export {
    /// Every entry of the books, in order
    #[command(after_help = OPERATIONS_EXAMPLE)]
    Operations(ExportTo),
    /// The balance of every customer
    #[command(after_help = BALANCES_EXAMPLE)]
    Balances(ExportTo),
    /// Every open lot of every customer
    #[command(after_help = LOTS_EXAMPLE)]
    Lots(ExportTo),
}

#[derive(Debug, Args)]
pub(in crate::admin) struct ExportTo {
    /// The number of the chain
    #[arg(long, value_name = "ID", value_parser = tenant_id)]
    pub tenant: TenantId,
    /// As of this time, or the end of this day of the chain's zone; now unless given
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// As of this event of the journal
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub as_of_event: Option<u64>,
    /// How lines are written
    #[arg(long, value_name = "FORMAT", default_value = "csv")]
    pub format: RowFormat,
    /// A file that is not there yet; the terminal unless given
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub way_in: WayIn,
}
