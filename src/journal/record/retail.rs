//! What only a sale of the BonusPlus dialect has, as it is stored.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode};
use crate::journal::record::fields::{all, money, optional, text};
use crate::ledger::{ExtUse, RetailItem, RetailSale};
use crate::values::{Money, Text};

#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredRetail<'a> {
    meaning: [u8; 16],
    certificate: bool,
    tags: Vec<i64>,
    note: Option<&'a str>,
    items: Vec<StoredRetailItem<'a>>,
}

#[derive(Debug, Encode, BorrowDecode)]
struct StoredRetailItem<'a> {
    sum: u64,
    discount: u64,
    ext: Option<&'a str>,
    ext_use: StoredExtUse,
    label: Option<&'a str>,
    first_cost: Option<u64>,
    cost_price: Option<u64>,
    sell_mode: Option<&'a str>,
}

#[derive(Debug, Encode, Decode)]
enum StoredExtUse {
    First,
    Second,
    Later,
}

impl<'a> From<&'a RetailSale> for StoredRetail<'a> {
    fn from(retail: &'a RetailSale) -> Self {
        Self {
            meaning: retail.meaning,
            certificate: retail.certificate,
            tags: retail.tags.clone(),
            note: retail.note.as_ref().map(Text::as_str),
            items: retail.items.iter().map(StoredRetailItem::from).collect(),
        }
    }
}

impl TryFrom<StoredRetail<'_>> for RetailSale {
    type Error = CodecError;

    fn try_from(stored: StoredRetail<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            meaning: stored.meaning,
            certificate: stored.certificate,
            tags: stored.tags,
            note: optional(stored.note, text)?,
            items: all(stored.items, RetailItem::try_from)?,
            calculation: false,
        })
    }
}

impl<'a> From<&'a RetailItem> for StoredRetailItem<'a> {
    fn from(item: &'a RetailItem) -> Self {
        Self {
            sum: item.sum.cents(),
            discount: item.discount.cents(),
            ext: item.ext.as_ref().map(Text::as_str),
            ext_use: item.ext_use.into(),
            label: item.label.as_ref().map(Text::as_str),
            first_cost: item.first_cost.map(Money::cents),
            cost_price: item.cost_price.map(Money::cents),
            sell_mode: item.sell_mode.as_ref().map(Text::as_str),
        }
    }
}

impl TryFrom<StoredRetailItem<'_>> for RetailItem {
    type Error = CodecError;

    fn try_from(stored: StoredRetailItem<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            sum: money(stored.sum)?,
            discount: money(stored.discount)?,
            ext: optional(stored.ext, text)?,
            ext_use: stored.ext_use.into(),
            label: optional(stored.label, text)?,
            first_cost: optional(stored.first_cost, money)?,
            cost_price: optional(stored.cost_price, money)?,
            sell_mode: optional(stored.sell_mode, text)?,
        })
    }
}

impl From<ExtUse> for StoredExtUse {
    fn from(ext_use: ExtUse) -> Self {
        match ext_use {
            ExtUse::First => Self::First,
            ExtUse::Second => Self::Second,
            ExtUse::Later => Self::Later,
        }
    }
}

impl From<StoredExtUse> for ExtUse {
    fn from(stored: StoredExtUse) -> Self {
        match stored {
            StoredExtUse::First => Self::First,
            StoredExtUse::Second => Self::Second,
            StoredExtUse::Later => Self::Later,
        }
    }
}
