//! How often a chain may call.

/// The most requests of each kind of caller; `None`: as many as come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RateRules {
    /// Of tills and backends, by a signature.
    pub partner_per_minute: Option<u32>,
    /// Of apps.
    pub app_per_minute: Option<u32>,
    /// Of the BonusPlus dialect, by its key.
    pub plus_per_hour: Option<u32>,
}
