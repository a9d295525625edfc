//! What bounds the callers of both doors: how often a chain may call, and how many wrong keys an address
//! may try. In memory alone: a restart forgets it.

mod allowance;
mod rates;
mod recent;
mod wrong_keys;

pub(in crate::api) use rates::CallerKind;
pub(in crate::api) use wrong_keys::Regular;

use self::rates::Rates;
use self::wrong_keys::WrongKeys;
use crate::api::error::ApiError;
use crate::api::request::Asked;
use crate::engine::House;
use crate::ledger::Tenant;
use std::net::IpAddr;
use std::sync::{Arc, LockResult};

/// Wrong keys of an address in a minute, unless told otherwise.
pub const WRONG_KEYS_PER_MINUTE_MAX: u32 = 60;

/// The limits of a server. Clones count together.
#[derive(Clone)]
pub struct CallerLimits(Arc<Counted>);

struct Counted {
    rates: Rates,
    wrong_keys: WrongKeys,
}

impl Default for CallerLimits {
    fn default() -> Self {
        Self::new(WRONG_KEYS_PER_MINUTE_MAX)
    }
}

impl CallerLimits {
    /// An address may try so many wrong keys in a minute; zero: any number.
    #[must_use]
    pub fn new(wrong_keys_per_minute_max: u32) -> Self {
        let wrong_keys = WrongKeys::new(wrong_keys_per_minute_max);
        Self(Arc::new(Counted { rates: Rates::default(), wrong_keys }))
    }

    /// What a caller is told of the check of their key; see [`WrongKeys`].
    pub(in crate::api) fn told<T>(
        &self,
        asked: &Asked,
        verdict: Result<T, ApiError>,
        regular: impl FnOnce(&T) -> Option<Regular>,
    ) -> Result<T, ApiError> {
        let client = asked.arrival.map(|arrival| arrival.client);
        self.0.wrong_keys.told((client, asked.at), verdict, regular)
    }

    /// Counts a call of a chain.
    pub(in crate::api) fn count(
        &self,
        tenant: &Tenant,
        kind: CallerKind,
        asked: &Asked,
    ) -> Result<(), ApiError> {
        self.0.rates.take(tenant, kind, asked.at)
    }

    /// The error of an answer, counted if it tells that a key was wrong which the door could not check.
    pub(in crate::api) fn noted(
        &self,
        house: &House,
        client: Option<IpAddr>,
        error: ApiError,
    ) -> ApiError {
        let late = matches!(error, ApiError::BearerInvalid | ApiError::TelegramHashInvalid);
        if let (true, Ok(at)) = (late, house.stamp()) {
            self.0.wrong_keys.note((client, at), &error);
        }
        error
    }
}

/// A lock whose holder panicked guards counts that are still counts.
fn unpoisoned<T>(locked: LockResult<T>) -> T {
    locked.unwrap_or_else(std::sync::PoisonError::into_inner)
}
