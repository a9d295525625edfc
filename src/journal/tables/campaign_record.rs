//! How a tenant's campaign lies in the tables, inside its record.

use crate::journal::codec::{CodecError, Decode, Encode};
use crate::journal::record::fields::{all, text};
use crate::ledger::{Campaign, CampaignTarget};
use crate::values::{CustomerId, PromotionId};
use std::sync::Arc;

#[derive(Debug, Encode, Decode)]
pub(super) struct CampaignRecord {
    sync: u64,
    /// Promotions, each with its categories.
    targets: Vec<(u32, Vec<String>)>,
    through: u64,
}

impl CampaignRecord {
    pub(super) fn of(campaign: &Campaign) -> Self {
        let target = |target: &CampaignTarget| {
            let categories = target.categories.iter().map(|code| code.as_str().to_owned());
            (target.promotion.number(), categories.collect())
        };
        Self {
            sync: campaign.sync,
            targets: campaign.targets.iter().map(target).collect(),
            through: campaign.through.number(),
        }
    }

    pub(super) fn restore(self) -> Result<Campaign, CodecError> {
        let target = |(promotion, categories): (u32, Vec<String>)| {
            let categories = all(categories, |code| text(&code))?;
            Ok(CampaignTarget { promotion: PromotionId(promotion), categories })
        };
        Ok(Campaign {
            sync: self.sync,
            targets: Arc::new(all(self.targets, target)?),
            through: CustomerId(self.through),
        })
    }
}
