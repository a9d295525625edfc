//! Goods in the scenario: what lies on the shelf too long, promotions on it, and who is told of them.

use crate::journal::scenario::Scenario;
use crate::ledger::{
    Action, CampaignProgress, CampaignTarget, Item, OverstockOffer, PromotionCondition,
    PromotionKind, PromotionLimits, PromotionReward, PromotionTerms, TenantAction,
};
use crate::values::{Bonus, CustomerId, Money, Percent, PromotionId, Quantity, TenantId, Text};
use std::sync::Arc;

impl Scenario {
    /// A sum on receipts of enough money, or more on one category.
    pub(super) fn promotion_terms(&mut self) -> PromotionTerms {
        let fixed = self.dice.below(2) == 0;
        let (kind, reward, min_amount) = if fixed {
            let gift = PromotionReward::FixedBonus(Bonus::from_cents(300).unwrap());
            (PromotionKind::FixedBonus, gift, Money::from_cents(8_000).unwrap())
        } else {
            let all = PromotionReward::PlusPercent(Percent::HUNDRED);
            (PromotionKind::CategoryMultiplier, all, Money::ZERO)
        };
        PromotionTerms {
            name: Text::parse("Dairy").unwrap(),
            description: None,
            kind,
            condition: PromotionCondition {
                categories: vec![Text::parse("dairy").unwrap()],
                min_amount,
                ..PromotionCondition::default()
            },
            reward,
            starts_at: None,
            ends_at: None,
            limits: PromotionLimits { per_day: Some(2), ..PromotionLimits::default() },
            active: true,
        }
    }

    /// An article that lies on the shelf too long, or does not any more; or a campaign gets on.
    pub(super) fn goods_action(&mut self, tenant: TenantId) -> TenantAction {
        let sync = self.tenants[&tenant].0.inventory.version();
        match self.dice.below(4) {
            0 => TenantAction::AdvanceCampaign { sync, progress: CampaignProgress::Over },
            1 => TenantAction::AdvanceCampaign {
                sync,
                progress: CampaignProgress::Through(CustomerId(1 + self.dice.below(20))),
            },
            _ => TenantAction::SyncInventory {
                items: vec![Item {
                    sku: Text::parse(&format!("SKU-{}", self.dice.below(3))).unwrap(),
                    name: None,
                    category_code: Text::parse("dairy").ok(),
                    interest_tag: None,
                    quantity: Quantity::from_millionths(self.dice.below(20) * 1_000_000),
                    quantity_on_hand: None,
                    overstock_threshold: Quantity::from_millionths(10_000_000),
                    days_without_sale: None,
                }],
                deactivate_missing: false,
            },
        }
    }

    /// A campaign comes by.
    pub(super) fn offer(&self, tenant: TenantId) -> Action {
        let tenant = &self.tenants[&tenant].0;
        let categories = vec![Text::parse("dairy").unwrap()];
        let last = tenant.promotions.courses().last().map_or(PromotionId(1), |(id, _)| id);
        let targets = vec![CampaignTarget { promotion: last, categories }];
        let sync = tenant.inventory.version();
        Action::NoticeOverstock(OverstockOffer { sync, targets: Arc::new(targets) })
    }
}
