//! Items of an inventory as they are stored. The order of the fields is the format.

use crate::journal::codec::{BorrowDecode, CodecError, Encode};
use crate::journal::record::fields::{all, optional, quantity, text};
use crate::ledger::{InventoryChange, Item};
use crate::values::{Quantity, Text};

/// An item as the ERP reported it.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredItem<'a> {
    sku: &'a str,
    name: Option<&'a str>,
    category_code: Option<&'a str>,
    interest_tag: Option<&'a str>,
    quantity: Option<u64>,
    quantity_on_hand: Option<u64>,
    overstock_threshold: Option<u64>,
    days_without_sale: Option<u32>,
}

/// What a synchronisation changed.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredInventoryChange<'a> {
    items: Vec<StoredItem<'a>>,
    deactivated: Vec<&'a str>,
}

impl<'a> From<&'a Item> for StoredItem<'a> {
    fn from(item: &'a Item) -> Self {
        Self {
            sku: item.sku.as_str(),
            name: item.name.as_ref().map(Text::as_str),
            category_code: item.category_code.as_ref().map(Text::as_str),
            interest_tag: item.interest_tag.as_ref().map(Text::as_str),
            quantity: item.quantity.map(Quantity::millionths),
            quantity_on_hand: item.quantity_on_hand.map(Quantity::millionths),
            overstock_threshold: item.overstock_threshold.map(Quantity::millionths),
            days_without_sale: item.days_without_sale,
        }
    }
}

impl TryFrom<StoredItem<'_>> for Item {
    type Error = CodecError;

    fn try_from(stored: StoredItem<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            sku: text(stored.sku)?,
            name: optional(stored.name, text)?,
            category_code: optional(stored.category_code, text)?,
            interest_tag: optional(stored.interest_tag, text)?,
            quantity: optional(stored.quantity, quantity)?,
            quantity_on_hand: optional(stored.quantity_on_hand, quantity)?,
            overstock_threshold: optional(stored.overstock_threshold, quantity)?,
            days_without_sale: stored.days_without_sale,
        })
    }
}

impl<'a> From<&'a InventoryChange> for StoredInventoryChange<'a> {
    fn from(change: &'a InventoryChange) -> Self {
        Self {
            items: change.items.iter().map(StoredItem::from).collect(),
            deactivated: change.deactivated.iter().map(Text::as_str).collect(),
        }
    }
}

impl TryFrom<StoredInventoryChange<'_>> for InventoryChange {
    type Error = CodecError;

    fn try_from(stored: StoredInventoryChange<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            items: all(stored.items, Item::try_from)?,
            deactivated: all(stored.deactivated, text)?,
        })
    }
}
