//! Sales of the scenario in the BonusPlus dialect, with ids of items that sometimes occur again.

use super::Scenario;
use crate::journal::keys::item_key;
use crate::ledger::{ExtUse, ItemExt, RetailItem, RetailSale, Sell};
use crate::values::{Money, TenantId};

impl Scenario {
    /// The same sale, in either dialect; only a sale with lines can be of this one.
    pub(super) fn in_some_dialect(&mut self, tenant: TenantId, sell: Sell) -> Sell {
        if sell.lines.is_empty() || self.dice.below(2) == 0 {
            return sell;
        }
        let meaning = [u8::try_from(self.dice.below(250)).unwrap(); 16];
        let mut items = Vec::new();
        for line in &sell.lines {
            let sum = line.amount().unwrap();
            items.push(self.item(tenant, sum, &items));
        }
        let retail = RetailSale {
            meaning,
            certificate: self.dice.below(8) == 0,
            tags: vec![1],
            note: None,
            items,
            calculation: false,
        };
        Sell { retail: Some(Box::new(retail)), ..sell }
    }

    fn item(&mut self, tenant: TenantId, sum: Money, before: &[RetailItem]) -> RetailItem {
        let ext = ItemExt::parse(&format!("i-{}", self.dice.below(200))).unwrap();
        let ext = Some(ext).filter(|ext| before.iter().all(|item| item.ext.as_ref() != Some(ext)));
        let taken = |ext: &ItemExt, ext_use| {
            let key = item_key(tenant, ext, ext_use).unwrap();
            self.operations.contains_key(&key)
        };
        let ext_use = match &ext {
            Some(ext) if taken(ext, ExtUse::Second) => ExtUse::Later,
            Some(ext) if taken(ext, ExtUse::First) => ExtUse::Second,
            Some(_) | None => ExtUse::First,
        };
        RetailItem {
            sum,
            discount: Money::ZERO,
            ext,
            ext_use,
            label: None,
            first_cost: None,
            cost_price: None,
            sell_mode: None,
        }
    }
}
