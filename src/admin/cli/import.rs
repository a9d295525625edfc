//! `kopilka import`: customers and sales of an old system.

use crate::admin::cli::Inquiry;
use crate::admin::cli::parse::{balance, tenant_id};
use crate::values::{Balance, TenantId};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

pub(super) const IMPORT_EXAMPLE: &str = "Example:\n  kopilka import customers --tenant 1 --file customers.csv --batch old-crm --dry-run";
const CUSTOMERS_EXAMPLE: &str = "Example:\n  kopilka import customers --tenant 1 --file customers.csv --batch old-crm --expect-customers 1200 --expect-balance 45000.00";
const SALES_EXAMPLE: &str =
    "Example:\n  kopilka import sales --tenant 1 --file sales.ndjson --batch old-sales --dry-run";
const REVERSE_EXAMPLE: &str = "Example:\n  kopilka import reverse --tenant 1 --batch old-crm";

#[derive(Debug, Subcommand)]
pub(in crate::admin) enum Import {
    /// Take customers over, with opening balances and totals
    #[command(after_help = CUSTOMERS_EXAMPLE)]
    Customers(ImportCustomers),
    /// Take sales over as history: they count for totals and tiers, and earn nothing
    #[command(after_help = SALES_EXAMPLE)]
    Sales(ImportSales),
    /// Take a batch back: unspent bonuses go, what was spent of them is owed
    #[command(after_help = REVERSE_EXAMPLE)]
    Reverse(ImportReverse),
}

#[derive(Debug, Args)]
pub(in crate::admin) struct ImportFile {
    /// The number of the chain
    #[arg(long, value_name = "ID", value_parser = tenant_id)]
    pub tenant: TenantId,
    /// The file; its ending says what it is, .csv or .ndjson
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
    /// A name for what the file brings; the same name again imports nothing twice
    #[arg(long, value_name = "NAME")]
    pub batch: String,
    /// Tell what would happen, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// What the file is, where its ending does not say so
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<RowFormat>,
    /// What stands between the fields of a CSV file; with ";" decimals may have a comma
    #[arg(long, value_name = "CHARACTER", default_value = ",")]
    pub separator: char,
    /// How many rows are imported at once, all or none of them
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub batch_rows: u16,
    #[command(flatten)]
    pub inquiry: Inquiry,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct ImportCustomers {
    #[command(flatten)]
    pub file: ImportFile,
    /// How many customers the file must have
    #[arg(long, value_name = "N")]
    pub expect_customers: Option<u64>,
    /// What all opening balances of the file must come to
    #[arg(long, value_name = "AMOUNT", value_parser = balance)]
    pub expect_balance: Option<Balance>,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct ImportSales {
    #[command(flatten)]
    pub file: ImportFile,
    /// How many sales the file must have
    #[arg(long, value_name = "N")]
    pub expect_sales: Option<u64>,
    /// What all sales of the file must come to
    #[arg(long, value_name = "AMOUNT", value_parser = balance)]
    pub expect_total: Option<Balance>,
    /// Let them earn, each by the rules and the tier of its day
    #[arg(long)]
    pub accrue: bool,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct ImportReverse {
    /// The number of the chain
    #[arg(long, value_name = "ID", value_parser = tenant_id)]
    pub tenant: TenantId,
    /// The name that the import was given
    #[arg(long, value_name = "NAME")]
    pub batch: String,
    /// Tell what would be taken back, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub inquiry: Inquiry,
}

/// How the rows of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::admin) enum RowFormat {
    Csv,
    Ndjson,
}
