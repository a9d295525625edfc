//! Promotions on the shelf: their versions, which never change, and how often they were used.

use crate::journal::codec::{Decode, Encode, encode};
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

impl Shelf {
    /// Versions never change, so only new ones are written.
    pub(super) fn write_promotions(&self, tenant: &Tenant) -> Result<(), JournalError> {
        for promotion in tenant.promotions.versions().iter().rev() {
            let key = layout::promotion_key(tenant.id, promotion.version.number());
            if self.get(&self.promotions, &key)?.is_some() {
                break;
            }
            self.put(&self.promotions, &key, encode(&StoredPromotion::from(&**promotion)))?;
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
                let stored: StoredPromotion<'_> = self.decode(layout::PROMOTIONS, &value)?;
                stored.try_into().map_err(|error| self.damaged(layout::PROMOTIONS, &error))
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
