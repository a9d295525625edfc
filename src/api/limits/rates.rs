//! How often a chain may call: a bucket for each kind of caller, so that neither a flood of its apps nor
//! a shop gone wild keeps its tills from selling.

use super::allowance::{Allowance, Bucket};
use super::recent::Recent;
use super::unpoisoned;
use crate::api::error::ApiError;
use crate::ledger::{RateRules, Tenant};
use crate::values::{TenantId, Timestamp};
use std::sync::Mutex;

/// Buckets that are remembered; one forgotten is full again.
const BUCKETS_MAX: usize = 1 << 16;
const SECONDS_PER_MINUTE: u32 = 60;
const SECONDS_PER_HOUR: u32 = 3_600;

/// As what a chain is called upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::api) enum CallerKind {
    /// Tills and backends, by a signature.
    Partner,
    /// Apps, by the token alone.
    App,
    /// Tills and shops of the BonusPlus dialect, by its key.
    Plus,
}

/// The buckets of all chains.
pub(super) struct Rates(Mutex<Recent<(TenantId, CallerKind), Bucket>>);

impl Default for Rates {
    fn default() -> Self {
        Self(Mutex::new(Recent::new(BUCKETS_MAX)))
    }
}

impl Rates {
    /// Counts a call, or says when the next one may come.
    pub(super) fn take(
        &self,
        tenant: &Tenant,
        kind: CallerKind,
        at: Timestamp,
    ) -> Result<(), ApiError> {
        let rules = &tenant.settings.at(at).rules.policy.rates;
        let Some(allowance) = allowance(rules, kind) else { return Ok(()) };
        let mut buckets = unpoisoned(self.0.lock());
        let key = (tenant.id, kind);
        let mut bucket = buckets.get(&key).copied().unwrap_or_default();
        if let Some(retry_after_seconds) = bucket.wait(allowance, at) {
            return Err(ApiError::RateLimited { retry_after_seconds });
        }
        bucket.take(allowance, at);
        buckets.put(key, bucket);
        Ok(())
    }
}

fn allowance(rules: &RateRules, kind: CallerKind) -> Option<Allowance> {
    match kind {
        CallerKind::Partner => {
            rules.partner_per_minute.map(|most| Allowance::new(most, SECONDS_PER_MINUTE))
        }
        CallerKind::App => {
            rules.app_per_minute.map(|most| Allowance::new(most, SECONDS_PER_MINUTE))
        }
        CallerKind::Plus => rules.plus_per_hour.map(|most| Allowance::new(most, SECONDS_PER_HOUR)),
    }
}
