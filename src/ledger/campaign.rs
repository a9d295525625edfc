//! A campaign: after a synchronisation of the inventory customers are told, in the order of their
//! numbers, of promotions on what came to lie on the shelf too long. How far it has got is journaled.

use crate::ledger::event::TenantEvent;
use crate::ledger::promotion::CategoryCode;
use crate::values::{CustomerId, PromotionId, Timestamp};
use std::sync::Arc;

/// Most promotions that a campaign tells of; those with the lowest ids.
pub const CAMPAIGN_PROMOTIONS_MAX: usize = 20;
/// Most categories by which customers are found for one of them.
pub const CAMPAIGN_CATEGORIES_MAX: usize = 200;

/// A campaign under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// The synchronisation that began it, by the version that it made of the inventory.
    pub sync: u64,
    pub targets: Arc<Vec<CampaignTarget>>,
    /// Customers up to this one have been looked at.
    pub through: CustomerId,
}

/// A promotion, and whom it is told: who buys in one of these categories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignTarget {
    pub promotion: PromotionId,
    /// In ascending order.
    pub categories: Vec<CategoryCode>,
}

/// Something that happened to the campaign of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CampaignEvent {
    /// In the place of the one before, if that was not over.
    Begun {
        sync: u64,
        targets: Arc<Vec<CampaignTarget>>,
        at: Timestamp,
    },
    Advanced {
        through: CustomerId,
        at: Timestamp,
    },
    Ended {
        at: Timestamp,
    },
}

/// What is said of how far a campaign has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CampaignProgress {
    Through(CustomerId),
    /// Everybody has been looked at, or nobody is to be told any more.
    Over,
}

impl Campaign {
    /// What happens when one that synchronisation `sync` began gets on; of another one nothing.
    pub(in crate::ledger) fn decide(
        campaign: Option<&Self>,
        sync: u64,
        progress: CampaignProgress,
        at: Timestamp,
    ) -> Vec<TenantEvent> {
        let Some(known) = campaign.filter(|known| known.sync == sync) else { return Vec::new() };
        match progress {
            CampaignProgress::Through(through) if through <= known.through => Vec::new(),
            CampaignProgress::Through(through) => {
                vec![TenantEvent::Campaign(CampaignEvent::Advanced { through, at })]
            }
            CampaignProgress::Over => vec![TenantEvent::Campaign(CampaignEvent::Ended { at })],
        }
    }

    /// The campaign after an event.
    pub(in crate::ledger) fn apply(campaign: &mut Option<Self>, event: &CampaignEvent) {
        match event {
            CampaignEvent::Begun { sync, targets, .. } => {
                let (sync, targets) = (*sync, Arc::clone(targets));
                *campaign = Some(Self { sync, targets, through: CustomerId(0) });
            }
            CampaignEvent::Advanced { through, .. } => {
                if let Some(known) = campaign {
                    known.through = *through;
                }
            }
            CampaignEvent::Ended { .. } => *campaign = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_gets_on_until_it_is_over_or_another_begins() {
        let at = Timestamp::default();
        let mut campaign = None;
        let begun = |sync| CampaignEvent::Begun { sync, targets: Arc::default(), at };
        let step = |campaign: &mut Option<Campaign>, sync, progress| {
            let events = Campaign::decide(campaign.as_ref(), sync, progress, at);
            for event in &events {
                let TenantEvent::Campaign(event) = event else { panic!("{event:?}") };
                Campaign::apply(campaign, event);
            }
            (events.len(), campaign.as_ref().map(|known| known.through.number()))
        };
        let through = |customer| CampaignProgress::Through(CustomerId(customer));
        assert_eq!(step(&mut campaign, 1, through(5)), (0, None));
        Campaign::apply(&mut campaign, &begun(1));
        assert_eq!(step(&mut campaign, 1, through(5)), (1, Some(5)));
        assert_eq!(step(&mut campaign, 1, through(5)), (0, Some(5)));
        assert_eq!(step(&mut campaign, 1, through(4)), (0, Some(5)));
        Campaign::apply(&mut campaign, &begun(2));
        assert_eq!(step(&mut campaign, 1, CampaignProgress::Over), (0, Some(0)));
        assert_eq!(step(&mut campaign, 2, CampaignProgress::Over), (1, None));
    }
}
