//! How a customer's past becomes the JSON shapes of the Bonex dialect.

use super::history_shapes::{PurchaseLineShape, PurchaseShape, StoreShape, TransactionShape};
use super::render::{Rendering, date_time};
use crate::api::amount::Amount;
use crate::ledger::{
    LineInput, RecordedRedemption, RecordedReturn, RecordedSale, Row, SaleRecord, Store,
    StoreCatalog,
};
use crate::values::{Balance, Bonus, Money, Quantity, SaleId, UnitPrice};

impl<'a> Rendering<'a> {
    /// A row of bonus history. What concerns no sale took place when it was written.
    pub(in crate::api) fn transaction(&self, row: &Row) -> TransactionShape<'a> {
        let rules = self.rules();
        let business_at = row.sale_figures.map_or(row.at, |sale| sale.at);
        TransactionShape {
            id: row.id.number(),
            kind: row.kind.name(),
            amount: row.amount.into(),
            amount_unit: rules.bonus_unit.as_str(),
            balance_after: row.balance_after.into(),
            sale_amount: row.sale_figures.map(|sale| sale.amount.into()),
            purchase_currency: row.sale_figures.map(|_| rules.currency.as_str()),
            note: row.kind.note(),
            created_at: date_time(row.created_at, rules),
            exact_at: date_time(row.at, rules),
            business_at: date_time(business_at, rules),
            sale_id: row.sale.map(SaleId::number),
        }
    }

    /// A sale record as its customer sees it.
    pub(in crate::api) fn purchase<'s>(
        &self,
        record: &'s SaleRecord,
        stores: &'s StoreCatalog,
    ) -> PurchaseShape<'s>
    where
        'a: 's,
    {
        match record {
            SaleRecord::Purchase(sale) => self.bought(sale, stores),
            SaleRecord::Redemption(redemption) => self.paid_in_bonuses(redemption),
            SaleRecord::Return(returned) => self.came_back(returned),
        }
    }

    fn bought<'s>(&self, sale: &'s RecordedSale, stores: &'s StoreCatalog) -> PurchaseShape<'s>
    where
        'a: 's,
    {
        let store = store_of(sale, stores);
        PurchaseShape {
            id: sale.id.number(),
            kind: "purchase",
            title: "Purchase",
            receipt_number: sale.receipt_number.as_ref().map(|number| number.as_str()),
            sale_date: date_time(sale.at, self.rules()),
            total_amount: sale.total.into(),
            currency: self.rules().currency.as_str(),
            bonus_accrued: sale.accrued.into(),
            bonus_redeemed: sale.redeemed.into(),
            store_name: store.map(|store| store.name),
            store_address: store.and_then(|store| store.address),
            lines: sale.lines.iter().map(|line| line_of(&line.input)).collect(),
            external_sale_id: sale.external_id.as_ref().map(|id| id.as_str()),
            order_total: None,
            return_of: None,
        }
    }

    fn paid_in_bonuses<'s>(&self, redemption: &'s RecordedRedemption) -> PurchaseShape<'s>
    where
        'a: 's,
    {
        PurchaseShape {
            id: redemption.id.number(),
            kind: "redemption",
            title: "Redemption",
            receipt_number: None,
            sale_date: date_time(redemption.at, self.rules()),
            total_amount: Money::ZERO.into(),
            currency: self.rules().currency.as_str(),
            bonus_accrued: Money::ZERO.into(),
            bonus_redeemed: redemption.amount.into(),
            store_name: None,
            store_address: None,
            lines: Vec::new(),
            external_sale_id: redemption.external_id.as_ref().map(|id| id.as_str()),
            order_total: Some(redemption.order_total.into()),
            return_of: None,
        }
    }

    /// Its sums take away what the sale had given; of the lines the sale itself tells.
    fn came_back<'s>(&self, returned: &'s RecordedReturn) -> PurchaseShape<'s>
    where
        'a: 's,
    {
        PurchaseShape {
            id: returned.id.number(),
            kind: "return",
            title: "Return",
            receipt_number: None,
            sale_date: date_time(returned.at, self.rules()),
            total_amount: less(returned.money.as_bonus()),
            currency: self.rules().currency.as_str(),
            bonus_accrued: less(returned.accrual),
            bonus_redeemed: less(returned.restored),
            store_name: returned.point_of_sale.store.as_ref().map(|store| store.as_str()),
            store_address: None,
            lines: Vec::new(),
            external_sale_id: None,
            order_total: None,
            return_of: Some(returned.of.number()),
        }
    }
}

/// An amount that was taken away.
fn less(amount: Bonus) -> Amount {
    Balance::ZERO.checked_sub(amount.as_balance()).unwrap_or_default().into()
}

impl<'a> StoreShape<'a> {
    pub(super) fn of(store: &'a Store) -> Self {
        Self { id: store.id.number(), name: store.name.as_str(), address: address_of(store) }
    }
}

/// Where a sale was made: the store of that name, be it closed by now, else the till's own words.
fn store_of<'s>(sale: &'s RecordedSale, stores: &'s StoreCatalog) -> Option<StoreTold<'s>> {
    let said = sale.point_of_sale.store.as_ref()?;
    let address = stores.named(said).and_then(address_of);
    Some(StoreTold { name: said.as_str(), address })
}

/// A store as a purchase tells of it.
#[derive(Debug, Clone, Copy)]
struct StoreTold<'s> {
    name: &'s str,
    address: Option<&'s str>,
}

fn address_of(store: &Store) -> Option<&str> {
    store.address.as_ref().map(|address| address.as_str())
}

/// What the till left out follows from the rest: one piece, and the price that makes up the amount.
fn line_of(line: &LineInput) -> PurchaseLineShape<'_> {
    let quantity = line.quantity.unwrap_or(Quantity::ONE);
    let amount = line.amount().expect("a sale with a larger line is refused");
    let price = || UnitPrice::of_half_up(amount, quantity).unwrap_or_default();
    PurchaseLineShape {
        sku: line.sku.as_ref().map(|sku| sku.as_str()),
        name: line.name.as_ref().map(|name| name.as_str()),
        quantity: Amount::from(quantity),
        unit_price: Amount::from(line.unit_price.unwrap_or_else(price)),
        line_amount: Amount::from(amount),
    }
}
