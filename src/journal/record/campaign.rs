//! What happened to a tenant's campaign, as it is stored. The order of variants and fields is the format.

use crate::journal::codec::{BorrowDecode, CodecError, Encode};
use crate::journal::record::fields::{all, instant, text};
use crate::ledger::{CampaignEvent, CampaignTarget};
use crate::values::{CustomerId, PromotionId, Text};
use std::sync::Arc;

/// Something that happened to a campaign.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) enum StoredCampaignEvent<'a> {
    Begun { sync: u64, targets: Vec<StoredCampaignTarget<'a>>, at: i64 },
    Advanced { through: u64, at: i64 },
    Ended { at: i64 },
}

/// A promotion, and the categories of whom it is told.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredCampaignTarget<'a> {
    promotion: u32,
    categories: Vec<&'a str>,
}

impl<'a> From<&'a CampaignEvent> for StoredCampaignEvent<'a> {
    fn from(event: &'a CampaignEvent) -> Self {
        match event {
            CampaignEvent::Begun { sync, targets, at } => Self::Begun {
                sync: *sync,
                targets: targets.iter().map(StoredCampaignTarget::from).collect(),
                at: at.millis(),
            },
            CampaignEvent::Advanced { through, at } => {
                Self::Advanced { through: through.number(), at: at.millis() }
            }
            CampaignEvent::Ended { at } => Self::Ended { at: at.millis() },
        }
    }
}

impl TryFrom<StoredCampaignEvent<'_>> for CampaignEvent {
    type Error = CodecError;

    fn try_from(stored: StoredCampaignEvent<'_>) -> Result<Self, CodecError> {
        Ok(match stored {
            StoredCampaignEvent::Begun { sync, targets, at } => Self::Begun {
                sync,
                targets: Arc::new(all(targets, CampaignTarget::try_from)?),
                at: instant(at)?,
            },
            StoredCampaignEvent::Advanced { through, at } => {
                Self::Advanced { through: CustomerId(through), at: instant(at)? }
            }
            StoredCampaignEvent::Ended { at } => Self::Ended { at: instant(at)? },
        })
    }
}

impl<'a> From<&'a CampaignTarget> for StoredCampaignTarget<'a> {
    fn from(target: &'a CampaignTarget) -> Self {
        Self {
            promotion: target.promotion.number(),
            categories: target.categories.iter().map(Text::as_str).collect(),
        }
    }
}

impl TryFrom<StoredCampaignTarget<'_>> for CampaignTarget {
    type Error = CodecError;

    fn try_from(stored: StoredCampaignTarget<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            promotion: PromotionId(stored.promotion),
            categories: all(stored.categories, text)?,
        })
    }
}
