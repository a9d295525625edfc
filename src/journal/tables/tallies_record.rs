//! How an account's sums of days, uses of promotions and categories lie in the tables.

use crate::journal::codec::{CodecError, Decode, Encode};
use crate::journal::record::fields::{all, bonus, date, text};
use crate::ledger::{CouponUses, DayCount, PromotionUses, Tallies};
use crate::values::{PromotionId, VoucherId};
use std::sync::Arc;

#[derive(Debug, Encode, Decode)]
pub(super) struct TalliesRecord {
    days: Vec<DayRecord>,
    /// Promotion and uses.
    promotions: Vec<(u32, u32)>,
    categories: Vec<String>,
    /// Coupon and uses.
    coupons: Vec<(u64, u32)>,
}

#[derive(Debug, Encode, Decode)]
struct DayRecord {
    day: i32,
    earned: u64,
    redeemed: u64,
    promotions: Vec<u32>,
    sales: u32,
}

impl TalliesRecord {
    pub(super) fn of(tallies: &Tallies) -> Self {
        let uses = |known: &PromotionUses| (known.promotion.number(), known.uses);
        Self {
            days: tallies.days.iter().map(DayRecord::of).collect(),
            promotions: tallies.promotions.iter().map(uses).collect(),
            coupons: tallies.coupons.iter().map(|it| (it.coupon.number(), it.uses)).collect(),
            categories: tallies.categories.iter().map(|code| code.as_str().to_owned()).collect(),
        }
    }

    pub(super) fn restore(self) -> Result<Tallies, CodecError> {
        let uses = |(promotion, uses)| PromotionUses { promotion: PromotionId(promotion), uses };
        let coupon = |(coupon, uses)| CouponUses { coupon: VoucherId(coupon), uses };
        Ok(Tallies {
            coupons: self.coupons.into_iter().map(coupon).collect(),
            days: all(self.days, DayRecord::restore)?,
            promotions: self.promotions.into_iter().map(uses).collect(),
            categories: Arc::new(all(self.categories, |code| text(&code))?),
        })
    }
}

impl DayRecord {
    fn of(count: &DayCount) -> Self {
        Self {
            day: count.day.to_epoch_days(),
            earned: count.earned.cents(),
            redeemed: count.redeemed.cents(),
            promotions: count.promotions.iter().map(|id| id.number()).collect(),
            sales: count.sales,
        }
    }

    fn restore(self) -> Result<DayCount, CodecError> {
        Ok(DayCount {
            day: date(self.day)?,
            earned: bonus(self.earned)?,
            redeemed: bonus(self.redeemed)?,
            promotions: self.promotions.into_iter().map(PromotionId).collect(),
            sales: self.sales,
        })
    }
}
