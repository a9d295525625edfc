//! What comes off the sums of a day, as it is stored.

use crate::journal::codec::{CodecError, Decode, Encode};
use crate::journal::record::fields::{bonus, date};
use crate::ledger::DayCount;
use crate::values::PromotionId;

/// A part of the sums of a local day.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredDayCount {
    day: i32,
    earned: u64,
    redeemed: u64,
    promotions: Vec<u32>,
}

impl From<&DayCount> for StoredDayCount {
    fn from(count: &DayCount) -> Self {
        Self {
            day: count.day.to_epoch_days(),
            earned: count.earned.cents(),
            redeemed: count.redeemed.cents(),
            promotions: count.promotions.iter().map(|id| id.number()).collect(),
        }
    }
}

impl TryFrom<StoredDayCount> for DayCount {
    type Error = CodecError;

    fn try_from(stored: StoredDayCount) -> Result<Self, CodecError> {
        Ok(Self {
            day: date(stored.day)?,
            earned: bonus(stored.earned)?,
            redeemed: bonus(stored.redeemed)?,
            promotions: stored.promotions.into_iter().map(PromotionId).collect(),
            sales: 0,
        })
    }
}
