//! What happened to a customer's tier, as it is stored.

use crate::journal::codec::{CodecError, Decode, Encode};
use crate::journal::record::fields::{instant, optional};
use crate::ledger::TierEvent;
use crate::values::{TierId, Timestamp};

/// An event of a tier.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) enum StoredTierEvent {
    Changed { from: u32, to: u32, review_at: Option<i64>, at: i64 },
    Kept { review_at: Option<i64>, at: i64 },
    Assigned { tier: Option<u32>, at: i64 },
}

impl From<&TierEvent> for StoredTierEvent {
    fn from(event: &TierEvent) -> Self {
        match *event {
            TierEvent::Changed { from, to, review_at, at } => Self::Changed {
                from: from.number(),
                to: to.number(),
                review_at: review_at.map(Timestamp::millis),
                at: at.millis(),
            },
            TierEvent::Kept { review_at, at } => {
                Self::Kept { review_at: review_at.map(Timestamp::millis), at: at.millis() }
            }
            TierEvent::Assigned { tier, at } => {
                Self::Assigned { tier: tier.map(TierId::number), at: at.millis() }
            }
        }
    }
}

impl TryFrom<StoredTierEvent> for TierEvent {
    type Error = CodecError;

    fn try_from(stored: StoredTierEvent) -> Result<Self, CodecError> {
        Ok(match stored {
            StoredTierEvent::Changed { from, to, review_at, at } => Self::Changed {
                from: TierId(from),
                to: TierId(to),
                review_at: optional(review_at, instant)?,
                at: instant(at)?,
            },
            StoredTierEvent::Kept { review_at, at } => {
                Self::Kept { review_at: optional(review_at, instant)?, at: instant(at)? }
            }
            StoredTierEvent::Assigned { tier, at } => {
                Self::Assigned { tier: tier.map(TierId), at: instant(at)? }
            }
        })
    }
}
