//! Promotions on the shelf: their versions, which never change, and how often they were used.

use crate::journal::codec::{BorrowDecode, Decode, Encode, encode};
use crate::journal::error::JournalError;
use crate::journal::record::StoredPromotion;
use crate::journal::tables::layout;
use crate::journal::tables::shelf::Shelf;
use crate::journal::usage::{Usage, Used};
use crate::ledger::{Promotion, Tenant};
use crate::values::{EventNumber, TenantId};
use std::collections::BTreeMap;

#[derive(Encode, Decode)]
struct UsedRecord {
    uses: u64,
    as_of: u64,
}

/// A version of a promotion as the journal has it, and what its form there has no place for.
#[derive(Encode, BorrowDecode)]
struct PromotionRecord<'a> {
    promotion: StoredPromotion<'a>,
    coupon: bool,
}

impl Shelf {
    /// Versions never change, so only new ones are written.
    pub(super) fn write_promotions(&self, tenant: &Tenant) -> Result<(), JournalError> {
        for promotion in tenant.promotions.versions().iter().rev() {
            let key = layout::promotion_key(tenant.id, promotion.version.number());
            if self.get(&self.promotions, &key)?.is_some() {
                break;
            }
            let coupon = promotion.terms.condition.coupon;
            let record = PromotionRecord { promotion: (&**promotion).into(), coupon };
            self.put(&self.promotions, &key, encode(&record))?;
        }
        Ok(())
    }

    /// A tenant's promotions up to a version.
    pub(super) fn promotions(
        &self,
        tenant: TenantId,
        latest: u32,
    ) -> Result<Vec<Promotion>, JournalError> {
        let range = layout::promotion_key(tenant, 0)..=layout::promotion_key(tenant, latest);
        self.promotions
            .range(range)
            .map(|entry| {
                let (_, value) = self.next(entry)?;
                let PromotionRecord { promotion, coupon } =
                    self.decode(layout::PROMOTIONS, &value)?;
                let promotion = Promotion::try_from(promotion);
                let mut promotion =
                    promotion.map_err(|error| self.damaged(layout::PROMOTIONS, &error))?;
                promotion.terms.condition.coupon = coupon;
                Ok(promotion)
            })
            .collect()
    }

    /// What the last checkpoint covers is there already.
    pub(super) fn write_usage(
        &self,
        usage: &BTreeMap<TenantId, Usage>,
    ) -> Result<(), JournalError> {
        let covers = EventNumber(self.checkpoint()?.covers);
        for (tenant, usage) in usage {
            for (promotion, used) in usage.iter().filter(|(_, used)| used.as_of > covers) {
                let record = UsedRecord { uses: used.uses, as_of: used.as_of.number() };
                let key = layout::usage_key(*tenant, promotion);
                self.put(&self.usage, &key, encode(&record))?;
            }
        }
        Ok(())
    }

    pub(super) fn usage_of_all(&self) -> Result<Vec<(TenantId, Usage)>, JournalError> {
        let mut all: BTreeMap<TenantId, Usage> = BTreeMap::new();
        for entry in self.usage.iter() {
            let (key, value) = self.next(entry)?;
            let (tenant, promotion) =
                layout::parse_usage_key(&key).ok_or_else(|| self.malformed_key(layout::USAGE))?;
            let UsedRecord { uses, as_of } = self.decode(layout::USAGE, &value)?;
            let used = Used { uses, as_of: EventNumber(as_of) };
            all.entry(tenant).or_default().insert(promotion, used);
        }
        Ok(all.into_iter().collect())
    }
}
