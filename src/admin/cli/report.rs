//! `kopilka report`: what is read out of a chain's journal.

use crate::admin::cli::Inquiry;
use crate::admin::cli::parse::{date, tenant_id};
use crate::values::{Date, TenantId};
use clap::{Args, Subcommand, ValueEnum};

pub(super) const REPORT_EXAMPLE: &str =
    "Example:\n  kopilka report abuse --tenant 1 --from 2026-03-01 --to 2026-03-31";
const BY_STORE_EXAMPLE: &str = "Example:\n  kopilka report abuse --tenant 1 --from 2026-03-01 --to 2026-03-31 --by store --json";

const LIABILITY_EXAMPLE: &str =
    "Example:\n  kopilka report liability --tenant 1 --from 2026-03-01 --to 2026-03-31";
const TRIAL_BALANCE_EXAMPLE: &str =
    "Example:\n  kopilka report trial-balance --tenant 1 --as-of 2026-03-31 --json";

#[derive(Debug, Subcommand)]
pub(in crate::admin) enum Report {
    /// What tills, cashiers and cards did that honest ones seldom do
    #[command(after_help = BY_STORE_EXAMPLE)]
    Abuse(ReportAbuse),
    /// What the chain owes its customers, and how it came to that
    #[command(after_help = LIABILITY_EXAMPLE)]
    Liability(ReportLiability),
    /// The books, which add up to zero
    #[command(after_help = TRIAL_BALANCE_EXAMPLE)]
    TrialBalance(ReportTrialBalance),
}

#[derive(Debug, Args)]
pub(in crate::admin) struct ReportLiability {
    /// The number of the chain
    #[arg(long, value_name = "ID", value_parser = tenant_id)]
    pub tenant: TenantId,
    /// The first day, or a time; the beginning of the ledger unless given
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// The last day, or a time; now unless given
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// The last event that counts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub to_event: Option<u64>,
    #[command(flatten)]
    pub inquiry: Inquiry,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct ReportTrialBalance {
    /// The number of the chain
    #[arg(long, value_name = "ID", value_parser = tenant_id)]
    pub tenant: TenantId,
    /// As of this time, or the end of this day; now unless given
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// As of this event of the journal
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub as_of_event: Option<u64>,
    #[command(flatten)]
    pub inquiry: Inquiry,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct ReportAbuse {
    /// The number of the chain
    #[arg(long, value_name = "ID", value_parser = tenant_id)]
    pub tenant: TenantId,
    /// The first day, in the chain's time zone
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub from: Date,
    /// The last day; at most 92 days in all
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub to: Date,
    /// What a row is about
    #[arg(long, value_name = "WHAT", default_value = "cashier")]
    pub by: ReportRows,
    #[command(flatten)]
    pub inquiry: Inquiry,
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::admin) enum ReportRows {
    Store,
    Cashier,
}

impl ReportRows {
    /// The name in the API.
    pub(in crate::admin) const fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Cashier => "cashier",
        }
    }
}
