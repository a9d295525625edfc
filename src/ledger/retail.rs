//! A sale in the words of the BonusPlus dialect: what it says of its items beyond the figures of a line,
//! and what is kept and echoed without any effect (rules 5, 19 and 31).

use crate::ledger::command::{LineInput, Sell};
use crate::ledger::sale::RecordedSale;
use crate::values::{Money, Text};

/// Most tags of a sale.
pub const TAGS_MAX: usize = 100;

/// The caller's own id of an item of a receipt.
pub type ItemExt = Text<255>;
pub type SaleNote = Text<1000>;
pub type ItemLabel = Text<255>;
pub type SellMode = Text<64>;

/// Whose words a sale was reported in. External ids of different dialects never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Bonex,
    BonusPlus,
}

/// What only a sale of the BonusPlus dialect has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetailSale {
    /// The hash of all that makes a sale with the same external id the same sale (rule 19).
    pub meaning: [u8; 16],
    /// Paid by a certificate of somebody else: it earns nothing.
    pub certificate: bool,
    pub tags: Vec<i64>,
    pub note: Option<SaleNote>,
    /// One for each line.
    pub items: Vec<RetailItem>,
    /// Asked about, not sold: it needs no external id.
    pub calculation: bool,
}

/// What a line was reported as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetailItem {
    /// As sent; a return names its amounts in the terms of this one.
    pub sum: Money,
    /// Given outside already.
    pub discount: Money,
    pub ext: Option<ItemExt>,
    pub ext_use: ExtUse,
    pub label: Option<ItemLabel>,
    pub first_cost: Option<Money>,
    pub cost_price: Option<Money>,
    pub sell_mode: Option<SellMode>,
}

/// Whether the id of an item was used in an earlier sale: only while one sale has it, it names the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExtUse {
    #[default]
    First,
    Second,
    Later,
}

impl Dialect {
    /// What a customer pays in money at least.
    pub(in crate::ledger) const fn money_least(self) -> Money {
        match self {
            Self::Bonex => Money::CENT,
            Self::BonusPlus => Money::ZERO,
        }
    }

    /// Only a sale of the BonusPlus dialect has a retail part.
    const fn of(retail: bool) -> Self {
        if retail { Self::BonusPlus } else { Self::Bonex }
    }
}

impl Sell {
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        Dialect::of(self.retail.is_some())
    }

    /// What the lines come to; `None`: more than there can be.
    #[must_use]
    pub fn items_total(&self) -> Option<Money> {
        let amounts: Option<Vec<Money>> = self.lines.iter().map(LineInput::amount).collect();
        Money::checked_sum(amounts?)
    }

    /// Whether it earns nothing, whatever the rules say.
    pub(in crate::ledger) fn is_paid_by_certificate(&self) -> bool {
        self.retail.as_ref().is_some_and(|retail| retail.certificate)
    }

    /// Whether nothing is sold.
    pub(in crate::ledger) fn is_calculation(&self) -> bool {
        self.retail.as_ref().is_some_and(|retail| retail.calculation)
    }
}

impl RecordedSale {
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        Dialect::of(self.retail.is_some())
    }

    /// The item that a line was reported as.
    #[must_use]
    pub fn item(&self, line: usize) -> Option<&RetailItem> {
        self.retail.as_ref()?.items.get(line)
    }

    /// The amount of a line in the terms that its till used.
    pub(in crate::ledger) fn own_amount(&self, line: usize) -> Money {
        let as_a_line = || self.lines.get(line).and_then(|line| line.input.amount());
        let as_an_item = self.item(line).map(|item| item.sum);
        as_an_item.or_else(as_a_line).unwrap_or_default()
    }
}
