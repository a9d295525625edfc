//! What the catalog knows of an item that a till names by its product alone.

use crate::ledger::{Inventory, LineInput};

/// Completes a line with the name and the category of its product, where the till gave none.
pub(super) fn complete(line: &mut LineInput, inventory: &Inventory) {
    let Some(item) = line.sku.as_ref().and_then(|sku| inventory.item(sku)) else { return };
    line.name = line.name.take().or_else(|| item.name.clone());
    line.category_code = line.category_code.take().or_else(|| item.category_code.clone());
}
