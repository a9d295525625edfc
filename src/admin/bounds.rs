//! What the settings of a server may be; what cannot be meant is refused by name.

use crate::admin::config::Configuration;
use crate::admin::exit::Failure;

/// Most arbiters: more threads than any machine of one ledger needs.
const ARBITERS_MAX: usize = 256;
/// Longest of the settable times, in seconds: a day.
const SECONDS_MAX: u64 = 86_400;
/// Largest cache, in MiB: a TiB.
const CACHE_MIB_MAX: u64 = 1 << 20;

/// Fewest accounts in memory: more than one operation, and all that run beside it, ever needs.
const RESIDENT_ACCOUNTS_MIN: u64 = 1_000;
const RESIDENT_ACCOUNTS_MAX: u64 = 1 << 30;
/// Largest filter, in MiB: a TiB.
const FILTER_MIB_MAX: u64 = 1 << 20;

impl Configuration {
    /// Whether every number is one that can be meant.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let within = |name: &str, value: u64, least: u64, most: u64| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(Failure::Usage(format!("{name} must be {least} to {most}, not {value}")))
        };
        let count = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        within("arbiters", count(self.arbiters), 0, count(ARBITERS_MAX))?;
        within("places_max", count(self.places_max), 1, 1 << 20)?;
        within("checkpoint_seconds", self.checkpoint_seconds, 1, SECONDS_MAX)?;
        within("idle_seconds", self.idle_seconds, 1, SECONDS_MAX)?;
        let resident = count(self.resident_accounts_max);
        within("resident_accounts_max", resident, RESIDENT_ACCOUNTS_MIN, RESIDENT_ACCOUNTS_MAX)?;
        within("cache_mib", self.cache_mib, 1, CACHE_MIB_MAX)?;
        within("filter_mib", self.filter_mib, 1, FILTER_MIB_MAX)?;
        within("shutdown_seconds", self.shutdown_seconds, 1, SECONDS_MAX)?;
        within("verify_share_percent", u64::from(self.verify_share_percent), 1, 100)
    }
}
