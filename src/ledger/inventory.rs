//! What a tenant has on its shelves, as its ERP reports it: only what lies there too long matters to
//! the ledger, since promotions and pushes are made of it (rule 34).

use crate::ledger::refusal::Refusal;
use crate::ledger::rules::overstock::is_overstock;
use crate::values::{Quantity, Text};
use std::collections::{BTreeMap, BTreeSet};

/// Most items in one synchronisation (contract).
pub const SYNC_ITEMS_MAX: usize = 5_000;
/// Most items of a tenant, inactive ones included.
pub const INVENTORY_ITEMS_MAX: usize = 100_000;

pub type Sku = Text<64>;
/// What links an item to a customer's interest: a category or a tag of the ERP.
pub type InterestTag = Text<64>;

/// An item as the ERP last reported it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub sku: Sku,
    pub name: Option<Text<255>>,
    pub category_code: Option<Text<64>>,
    pub interest_tag: Option<InterestTag>,
    pub quantity: Option<Quantity>,
    pub quantity_on_hand: Option<Quantity>,
    pub overstock_threshold: Option<Quantity>,
    pub days_without_sale: Option<u32>,
}

/// All items of a tenant, and what follows from them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inventory {
    items: BTreeMap<Sku, Kept>,
    /// Tags and categories of active items that lie there too long.
    overstock: BTreeSet<InterestTag>,
    /// How many changes there were.
    version: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    item: Item,
    active: bool,
}

/// What a synchronisation changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InventoryChange {
    /// New, changed or active again.
    pub items: Vec<Item>,
    pub deactivated: Vec<Sku>,
}

/// What a synchronisation did, in the caller's count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InventorySync {
    pub received: usize,
    pub created: usize,
    /// Known before, changed or not.
    pub updated: usize,
    pub deactivated: usize,
}

impl Inventory {
    /// What the ERP's list changes: each item replaces what was known under its sku; with
    /// `deactivate_missing` all others become inactive.
    ///
    /// # Errors
    /// `InventoryFull` beyond [`INVENTORY_ITEMS_MAX`] items; the callers see to it that no sku occurs
    /// twice.
    pub(super) fn sync(
        &self,
        items: &[Item],
        deactivate_missing: bool,
    ) -> Result<(InventoryChange, InventorySync), Refusal> {
        let created = items.iter().filter(|item| !self.items.contains_key(&item.sku)).count();
        if self.items.len().saturating_add(created) > INVENTORY_ITEMS_MAX {
            return Err(Refusal::InventoryFull);
        }
        let is_news = |item: &&Item| {
            self.items.get(&item.sku).is_none_or(|kept| !kept.active || kept.item != **item)
        };
        let mut change = InventoryChange {
            items: items.iter().filter(is_news).cloned().collect(),
            deactivated: Vec::new(),
        };
        if deactivate_missing {
            let received: BTreeSet<&Sku> = items.iter().map(|item| &item.sku).collect();
            let missing = self.items.values().filter(|kept| kept.active).map(|kept| &kept.item.sku);
            change.deactivated = missing.filter(|sku| !received.contains(sku)).cloned().collect();
        }
        let sync = InventorySync {
            received: items.len(),
            created,
            updated: items.len().saturating_sub(created),
            deactivated: change.deactivated.len(),
        };
        Ok((change, sync))
    }

    /// Takes a change in.
    pub(super) fn apply(&mut self, change: &InventoryChange) {
        self.version = self.version.saturating_add(1);
        for item in &change.items {
            self.items.insert(item.sku.clone(), Kept { item: item.clone(), active: true });
        }
        for sku in &change.deactivated {
            if let Some(kept) = self.items.get_mut(sku) {
                kept.active = false;
            }
        }
        self.find_overstock();
    }

    /// An inventory from its items, each with whether it is active, after so many changes.
    #[must_use]
    pub fn of(items: impl IntoIterator<Item = (Item, bool)>, version: u64) -> Self {
        let kept =
            items.into_iter().map(|(item, active)| (item.sku.clone(), Kept { item, active }));
        let mut inventory = Self { items: kept.collect(), version, ..Self::default() };
        inventory.find_overstock();
        inventory
    }

    fn find_overstock(&mut self) {
        self.overstock = self.overstocked().flat_map(Item::interests).cloned().collect();
    }

    /// How many changes there were; another number means another content.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// All items by sku, each with whether it is active.
    pub fn items(&self) -> impl Iterator<Item = (&Item, bool)> {
        self.items.values().map(|kept| (&kept.item, kept.active))
    }

    /// The item with a sku, active or not.
    #[must_use]
    pub fn item(&self, sku: &Sku) -> Option<&Item> {
        self.items.get(sku).map(|kept| &kept.item)
    }

    /// Tags and categories of what lies there too long.
    #[must_use]
    pub fn overstock(&self) -> &BTreeSet<InterestTag> {
        &self.overstock
    }

    /// Active items that lie there too long.
    pub(in crate::ledger) fn overstocked(&self) -> impl Iterator<Item = &Item> {
        let active = self.items.values().filter(|kept| kept.active).map(|kept| &kept.item);
        active.filter(|item| is_overstock(item))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl Item {
    /// An item of which nothing is known.
    #[must_use]
    pub const fn bare(sku: Sku) -> Self {
        Self {
            sku,
            name: None,
            category_code: None,
            interest_tag: None,
            quantity: None,
            quantity_on_hand: None,
            overstock_threshold: None,
            days_without_sale: None,
        }
    }

    pub(in crate::ledger) fn interests(&self) -> impl Iterator<Item = &InterestTag> {
        self.interest_tag.iter().chain(&self.category_code)
    }
}

impl InventoryChange {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.deactivated.is_empty()
    }
}

#[cfg(test)]
pub(in crate::ledger) mod tests {
    use super::*;

    pub(in crate::ledger) fn item(sku: &str, on_hand: &str) -> Item {
        Item {
            sku: Sku::parse(sku).unwrap(),
            name: None,
            category_code: Text::parse("dairy").ok(),
            interest_tag: Text::parse(&format!("tag {sku}")).ok(),
            quantity: None,
            quantity_on_hand: Quantity::parse(on_hand).ok(),
            overstock_threshold: Quantity::parse("10").ok(),
            days_without_sale: None,
        }
    }

    fn overstock(inventory: &Inventory) -> Vec<&str> {
        inventory.overstock().iter().map(Text::as_str).collect()
    }

    #[test]
    fn a_list_replaces_what_it_names_and_may_retire_the_rest() {
        let mut inventory = Inventory::default();
        let mut check = |items: &[Item], missing: bool, counts: [usize; 4], changed: usize| {
            let (change, sync) = inventory.sync(items, missing).unwrap();
            let told = [sync.received, sync.created, sync.updated, sync.deactivated];
            assert_eq!((told, change.items.len()), (counts, changed), "{items:?}");
            inventory.apply(&change);
            assert_eq!(
                Inventory::of(
                    inventory.items().map(|(item, active)| (item.clone(), active)),
                    inventory.version()
                ),
                inventory
            );
            overstock(&inventory).join(", ")
        };
        let (a, b, more) = (item("A", "11"), item("B", "10"), item("B", "20"));
        assert_eq!(check(&[a.clone(), b.clone()], false, [2, 2, 0, 0], 2), "dairy, tag A");
        assert_eq!(check(std::slice::from_ref(&b), false, [1, 0, 1, 0], 0), "dairy, tag A");
        assert_eq!(check(std::slice::from_ref(&more), true, [1, 0, 1, 1], 1), "dairy, tag B");
        assert_eq!(check(std::slice::from_ref(&more), true, [1, 0, 1, 0], 0), "dairy, tag B");
        assert_eq!(check(&[a, more], false, [2, 0, 2, 0], 1), "dairy, tag A, tag B");
        assert_eq!(check(&[], true, [0, 0, 0, 2], 0), "");
        assert_eq!(check(&[], true, [0, 0, 0, 0], 0), "");
    }

    #[test]
    fn there_is_an_end_to_the_shelves() {
        let full: Vec<Item> =
            (0..INVENTORY_ITEMS_MAX).map(|number| item(&number.to_string(), "1")).collect();
        let inventory = Inventory::of(full.into_iter().map(|item| (item, false)), 1);
        assert!(inventory.sync(&[item("7", "5")], true).is_ok());
        assert_eq!(inventory.sync(&[item("new", "5")], true), Err(Refusal::InventoryFull));
    }
}
