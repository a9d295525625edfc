//! `kopilka load`: what is posted, how fast, and to whom.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

pub(super) const LOAD_EXAMPLE: &str =
    "Example:\n  kopilka load --connections 64 --seconds 30 --baseline";

#[derive(Debug, Clone, Args)]
pub(in crate::admin) struct Load {
    /// The public address of a running server, such as http://127.0.0.1:8081; unless given, a server of its own is started in a new folder under data
    #[arg(long, value_name = "URL", requires = "keys")]
    pub url: Option<String>,
    /// The chain's keys, as `tenant create --json` prints them
    #[arg(long, value_name = "FILE", requires = "url")]
    pub keys: Option<PathBuf>,
    /// Where its own server keeps its ledger; a new folder unless given, else the ledger that is there goes on, with its customers
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    pub data_dir: Option<PathBuf>,
    /// Connections that post at the same time
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub connections: u16,
    /// How long each part is measured, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub seconds: u64,
    /// How long sales are posted before anything is measured, in seconds; before that every customer is sold to once, so that all are in memory. 0: neither
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(0..=3_600))]
    pub warm_seconds: u64,
    /// Customers of the chain
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=20_000_000))]
    pub customers: u32,
    /// Whose sale is next
    #[arg(long, value_enum, default_value_t = Spread::Uniform)]
    pub spread: Spread,
    /// Sales, or batches, a second, begun whether earlier ones are answered or not; latencies count from the planned start. Unless given, each connection posts as soon as it has its answer
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate: Option<u32>,
    /// Posts batches of so many sales instead of single ones
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub batch: Option<u16>,
    /// How many of a hundred sales redeem
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub redeem_share: u8,
    /// Posts the sales of this file, one JSON body of POST /partner/sale a line, once and in order
    #[arg(long, value_name = "FILE", conflicts_with_all = ["spread", "redeem_share"])]
    pub file: Option<PathBuf>,
    /// Measures the no-op route of the same server in turn and tells the ratio; the server needs --bench-routes
    #[arg(long, conflicts_with_all = ["rate", "batch", "file"])]
    pub baseline: bool,
    /// How many times each part is measured
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=50))]
    pub rounds: u8,
    /// Fills the ledger with so many sales, in batches and to one customer after the other, before anything is measured
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1_000_000_000))]
    pub fill: u64,
    /// Registers the customers, fills the ledger and tells of the registrations alone
    #[arg(long, conflicts_with_all = ["baseline", "at_half", "kill", "file"])]
    pub registrations_only: bool,
    /// Measures once more at the end, with half of the sales a second that were reached
    #[arg(long, conflicts_with_all = ["rate", "batch", "file"])]
    pub at_half: bool,
    /// Kills its own server amid sales at the end, and measures how long a new one takes to answer the first sale
    #[arg(long, conflicts_with_all = ["url", "file"])]
    pub kill: bool,
    /// Repeats the same customers and sales
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// How sales spread over the customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::admin) enum Spread {
    /// Every customer is as likely
    Uniform,
    /// A few customers buy most: the chance falls with the rank to the power of 1.07
    Zipf,
    /// One customer buys everything
    Hot,
}
