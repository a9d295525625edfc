//! `kopilka settings`: a chain's settings tried, compared, scheduled and taken back.

use crate::admin::cli::parse::timestamp;
use crate::admin::cli::tenant::TenantName;
use crate::values::Timestamp;
use clap::{ArgGroup, Args, Subcommand};
use std::path::PathBuf;

const VALIDATE_EXAMPLE: &str = "Example:\n  kopilka settings validate --tenant 1 --file shop.toml";
const DIFF_EXAMPLE: &str =
    "Example:\n  kopilka settings diff --tenant 1 --file shop.toml --at 2027-01-01T00:00:00Z";
const SHOW_EXAMPLE: &str = "Example:\n  kopilka settings show --tenant 1 --version 3 --json";
const SCHEDULE_EXAMPLE: &str = "Example:\n  kopilka settings schedule --tenant 1 --file shop.toml --effective-from 2027-01-01T00:00:00Z";
const ROLLBACK_EXAMPLE: &str = "Example:\n  kopilka settings rollback --tenant 1 --version 3";
pub(super) const SETTINGS_EXAMPLE: &str = "Example:\n  kopilka settings versions --tenant 1";

#[derive(Debug, Subcommand)]
pub(in crate::admin) enum Settings {
    /// Say whether a settings file could be adopted, and change nothing
    #[command(after_help = VALIDATE_EXAMPLE)]
    Validate(SettingsValidate),
    /// Show what a settings file, or an older version, would change
    #[command(after_help = DIFF_EXAMPLE)]
    Diff(SettingsDiff),
    /// Show the settings in force, or another version
    #[command(after_help = SHOW_EXAMPLE)]
    Show(SettingsShow),
    /// Adopt a settings file from a time in the future on
    #[command(after_help = SCHEDULE_EXAMPLE)]
    Schedule(SettingsSchedule),
    /// Adopt a new version that equals an older one
    #[command(after_help = ROLLBACK_EXAMPLE)]
    Rollback(SettingsRollback),
    /// List all versions and from when they rule
    #[command(after_help = SETTINGS_EXAMPLE)]
    Versions(TenantName),
}

#[derive(Debug, Args)]
pub(in crate::admin) struct SettingsValidate {
    #[command(flatten)]
    pub of: TenantName,
    /// A settings file
    #[arg(long, value_name = "FILE.toml")]
    pub file: PathBuf,
    /// From when it would rule; from now on unless given
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    pub effective_from: Option<Timestamp>,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["file", "version"])))]
pub(in crate::admin) struct SettingsDiff {
    #[command(flatten)]
    pub of: TenantName,
    /// A settings file
    #[arg(long, value_name = "FILE.toml")]
    pub file: Option<PathBuf>,
    /// A version there is
    #[arg(long, value_name = "N")]
    pub version: Option<u32>,
    /// Compare with what is in force at this time; now unless given
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    pub at: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct SettingsShow {
    #[command(flatten)]
    pub of: TenantName,
    /// This version instead of the one in force
    #[arg(long, value_name = "N")]
    pub version: Option<u32>,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct SettingsSchedule {
    #[command(flatten)]
    pub of: TenantName,
    /// A settings file that becomes the next version, whole
    #[arg(long, value_name = "FILE.toml")]
    pub file: PathBuf,
    /// From when it rules
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    pub effective_from: Timestamp,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct SettingsRollback {
    #[command(flatten)]
    pub of: TenantName,
    /// The version to equal
    #[arg(long, value_name = "N")]
    pub version: u32,
    /// From when it rules; from now on unless given
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    pub effective_from: Option<Timestamp>,
}
