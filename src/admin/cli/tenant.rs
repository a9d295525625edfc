//! `kopilka tenant`: chains of shops.

use crate::admin::cli::Inquiry;
use crate::admin::cli::parse::{tenant_id, timestamp};
use crate::values::{TenantId, Timestamp};
use clap::{ArgGroup, Args, Subcommand};
use std::fmt;
use std::path::PathBuf;

const LIST_EXAMPLE: &str = "Example:\n  kopilka tenant list --url http://127.0.0.1:8082 --token-file data/ledger/operator.token";
const SHOW_EXAMPLE: &str = "Example:\n  kopilka tenant show --tenant 1";
const SETTINGS_EXAMPLE: &str = "Example:\n  kopilka tenant settings --tenant 1 --set shop.toml --effective-from 2027-01-01T00:00:00Z";
const PROMOTIONS_EXAMPLE: &str =
    "Example:\n  kopilka tenant promotions --tenant 1 --set dairy.toml --promotion 7";
const ROTATE_EXAMPLE: &str =
    "Example:\n  kopilka tenant rotate --tenant 1 --token --grace-seconds 3600";
const TELEGRAM_EXAMPLE: &str = "Example:\n  kopilka tenant telegram --tenant 1 --bot-token 123456:ABC-def --bot-username shop_bot";
const SUSPEND_EXAMPLE: &str = "Example:\n  kopilka tenant suspend --tenant 1";
const STORES_EXAMPLE: &str = "Example:\n  kopilka tenant stores --tenant 1 --set stores.toml";
const RESUME_EXAMPLE: &str = "Example:\n  kopilka tenant resume --tenant 1";
pub(super) const TENANT_EXAMPLE: &str = "Example:\n  kopilka tenant create --data-dir data/ledger --name \"Corner shops\" --settings shop.toml --json";

#[derive(Debug, Subcommand)]
pub(in crate::admin) enum Tenant {
    /// Create a chain; its token, secret and key are shown once
    #[command(after_help = TENANT_EXAMPLE)]
    Create(TenantCreate),
    /// List all chains
    #[command(after_help = LIST_EXAMPLE)]
    List(Inquiry),
    /// Show a chain
    #[command(after_help = SHOW_EXAMPLE)]
    Show(TenantName),
    /// Show the settings of a chain, or set new ones
    #[command(after_help = SETTINGS_EXAMPLE)]
    Settings(TenantSettings),
    /// List the promotions of a chain, set one, or end one
    #[command(after_help = PROMOTIONS_EXAMPLE)]
    Promotions(TenantPromotions),
    /// Make a new token, secret or BonusPlus key; it is shown once
    #[command(after_help = ROTATE_EXAMPLE)]
    Rotate(TenantRotate),
    /// Close the doors of a chain: every request gets 403
    #[command(after_help = SUSPEND_EXAMPLE)]
    Suspend(TenantName),
    /// Open the doors of a suspended chain
    #[command(after_help = RESUME_EXAMPLE)]
    Resume(TenantName),
    /// Show the stores of a chain, or list the open ones anew
    #[command(after_help = STORES_EXAMPLE)]
    Stores(TenantStores),
    /// Set the Telegram bot that vouches for customers; its token is never shown
    #[command(after_help = TELEGRAM_EXAMPLE)]
    Telegram(TenantTelegram),
}

#[derive(Debug, Args)]
pub(in crate::admin) struct TenantCreate {
    /// The name of the chain
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// A settings file; what it does not name has its default
    #[arg(long, value_name = "FILE.toml")]
    pub settings: Option<PathBuf>,
    #[command(flatten)]
    pub inquiry: Inquiry,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct TenantSettings {
    #[command(flatten)]
    pub of: TenantName,
    /// A settings file that becomes the next version, whole
    #[arg(long, value_name = "FILE.toml")]
    pub set: Option<PathBuf>,
    /// From when the new version counts (RFC 3339); from now on unless given
    #[arg(long, value_name = "TIME", requires = "set", value_parser = timestamp)]
    pub effective_from: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct TenantPromotions {
    #[command(flatten)]
    pub of: TenantName,
    /// A promotion file that becomes a new promotion, or the next version of --promotion
    #[arg(long, value_name = "FILE.toml")]
    pub set: Option<PathBuf>,
    /// The number of the promotion to set
    #[arg(long, value_name = "ID", requires = "set")]
    pub promotion: Option<u32>,
    /// The number of a promotion to end for good
    #[arg(long, value_name = "ID", conflicts_with = "set")]
    pub end: Option<u32>,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["token", "secret", "bonusplus_key"])))]
pub(in crate::admin) struct TenantRotate {
    #[command(flatten)]
    pub of: TenantName,
    /// Make a new token for X-Tenant-Token
    #[arg(long)]
    pub token: bool,
    /// Make a new secret for signatures
    #[arg(long)]
    pub secret: bool,
    /// Make a new key for the BonusPlus dialect
    #[arg(long)]
    pub bonusplus_key: bool,
    /// How long the one before is still good
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub grace_seconds: u32,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct TenantName {
    /// The number of the chain
    #[arg(long, value_name = "ID", value_parser = tenant_id)]
    pub tenant: TenantId,
    #[command(flatten)]
    pub inquiry: Inquiry,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct TenantStores {
    #[command(flatten)]
    pub of: TenantName,
    /// A file with all open stores: [[stores]] with name, address and, to rename one, its id
    #[arg(long, value_name = "FILE.toml")]
    pub set: Option<PathBuf>,
}

/// Not `Debug`: the token is a secret.
#[derive(Args)]
pub(in crate::admin) struct TenantTelegram {
    #[command(flatten)]
    pub of: TenantName,
    /// The token of the bot, from BotFather; better in the environment than on a command line
    #[arg(long, value_name = "TOKEN", env = "KOPILKA_BOT_TOKEN", hide_env_values = true)]
    pub bot_token: String,
    /// The user name of the bot
    #[arg(long, value_name = "NAME")]
    pub bot_username: String,
}

impl fmt::Debug for TenantTelegram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of, bot_username, .. } = self;
        f.debug_struct("TenantTelegram")
            .field("of", of)
            .field("bot_username", bot_username)
            .finish_non_exhaustive()
    }
}
