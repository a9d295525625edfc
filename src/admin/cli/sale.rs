//! `kopilka sale` and `kopilka webhook`: what tills recorded, and how it is told on.

use crate::admin::cli::tenant::TenantName;
use clap::{Args, Subcommand};

const SHOW_EXAMPLE: &str = "Example:\n  kopilka sale show --tenant 1 --sale 1001";
const REPLAY_EXAMPLE: &str =
    "Example:\n  kopilka webhook replay --tenant 1 --webhook 3 --after 1000";
pub(super) const SALE_EXAMPLE: &str =
    "Example:\n  kopilka sale find --tenant 1 --external-id order-2026-000123";
pub(super) const WEBHOOK_EXAMPLE: &str = "Example:\n  kopilka webhook list --tenant 1";

#[derive(Debug, Subcommand)]
pub(in crate::admin) enum Sale {
    /// Find sales, redemptions and returns by the till's own id
    #[command(after_help = SALE_EXAMPLE)]
    Find(SaleFind),
    /// Show a sale with its lines, their figures, and what was returned of it
    #[command(after_help = SHOW_EXAMPLE)]
    Show(SaleShow),
}

#[derive(Debug, Args)]
pub(in crate::admin) struct SaleFind {
    #[command(flatten)]
    pub of: TenantName,
    /// The till's own id
    #[arg(long, value_name = "ID")]
    pub external_id: String,
    /// The store, where ids belong to stores
    #[arg(long, value_name = "NAME")]
    pub store: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct SaleShow {
    #[command(flatten)]
    pub of: TenantName,
    /// The number of the sale
    #[arg(long, value_name = "N")]
    pub sale: u64,
}

#[derive(Debug, Subcommand)]
pub(in crate::admin) enum Webhook {
    /// List the webhooks of a chain and how their deliveries go
    #[command(after_help = WEBHOOK_EXAMPLE)]
    List(TenantName),
    /// Deliver again from a number of the feed on, also what is paused
    #[command(after_help = REPLAY_EXAMPLE)]
    Replay(WebhookReplay),
}

#[derive(Debug, Args)]
pub(in crate::admin) struct WebhookReplay {
    #[command(flatten)]
    pub of: TenantName,
    /// The number of the webhook
    #[arg(long, value_name = "N")]
    pub webhook: u32,
    /// Begin behind this entry of the feed
    #[arg(long, value_name = "N")]
    pub after: u64,
}
