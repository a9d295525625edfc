//! An item of a receipt: what the till says of it, and the line it is in the ledger.

use crate::api::bonusplus::reader::Fields;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::idempotency::Meaning;
use crate::ledger::{ExtUse, LINES_MAX, LineInput, RetailItem, item_net};
use crate::values::{Money, Quantity, Text};
use std::collections::BTreeSet;

/// An item and its line.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) item: RetailItem,
    pub(super) line: LineInput,
}

/// All items of a receipt; there is at least one, and no `ext` occurs twice.
pub(super) fn read_items(fields: &Fields<'_>) -> Result<Vec<Item>, FieldError> {
    let entries = fields.entries("items", LINES_MAX)?.filter(|entries| !entries.is_empty());
    let entries = fields.required("items", entries)?;
    let mut exts = BTreeSet::new();
    let mut items = Vec::with_capacity(entries.len());
    for entry in &entries {
        let item = read_item(entry)?;
        if item.item.ext.clone().is_some_and(|ext| !exts.insert(ext)) {
            return Err(entry.complain("ext", Complaint::Duplicate));
        }
        items.push(item);
    }
    Ok(items)
}

fn read_item(fields: &Fields<'_>) -> Result<Item, FieldError> {
    let sum = fields.required("sum", fields.money("sum")?)?;
    let discount = fields.money("ds")?.unwrap_or(Money::ZERO);
    let quantity = fields.quantity("qnt")?.unwrap_or(Quantity::ONE);
    let price = fields.unit_price("price")?;
    let (sku, name) = read_product(fields)?;
    Ok(Item {
        line: LineInput {
            sku,
            category_code: fields.text("cat")?,
            name,
            quantity: Some(quantity),
            unit_price: price,
            line_amount: Some(item_net(sum, discount, price, quantity)),
        },
        item: RetailItem {
            sum,
            discount,
            ext: fields.text("ext")?,
            ext_use: ExtUse::First,
            label: fields.text("label")?,
            first_cost: fields.money("firstCost")?,
            cost_price: fields.money("costPrice")?,
            sell_mode: fields.text("sellMode")?,
        },
    })
}

/// The product is an article; what is too long for one is a name.
fn read_product(fields: &Fields<'_>) -> Result<(Option<Text<64>>, Option<Text<255>>), FieldError> {
    let Some(product) = fields.text::<255>("product")? else { return Ok((None, None)) };
    Ok(match Text::parse(product.as_str()) {
        Ok(sku) => (Some(sku), None),
        Err(_) => (None, Some(product)),
    })
}

/// Adds what makes a sale with another item another sale (rule 19).
pub(super) fn mean(meaning: &mut Meaning, index: usize, item: &Item) {
    let name = |field: &str| format!("items[{index}].{field}");
    // An item without a field is an item all the same.
    meaning.field(name("item"), "");
    meaning.optional(name("ext"), item.item.ext.as_ref());
    let product = item.line.sku.as_ref().map(ToString::to_string);
    let product = product.or_else(|| item.line.name.as_ref().map(ToString::to_string));
    meaning.optional(name("product"), product);
    meaning.field(name("sum"), item.item.sum);
    meaning.optional(name("qnt"), item.line.quantity);
    meaning.field(name("ds"), item.item.discount);
}
