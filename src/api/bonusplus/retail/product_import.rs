//! `POST /product/import`: articles of the catalog, by their ids. What tills say of an item is completed
//! from it.

use crate::api::bonusplus::call::Call;
use crate::api::bonusplus::reader::Fields;
use crate::api::bonusplus::respond::done;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::engine::{TenantOrder, TenantWish};
use crate::ledger::{Actor, Inventory, Item, SYNC_ITEMS_MAX, Sku};
use crate::values::Text;
use axum::body::Body;
use axum::http::Response;
use std::collections::BTreeMap;

type Category = Text<64>;

/// An entry of the list: an article, or a group of them.
#[derive(Debug)]
struct Product {
    id: Sku,
    /// The group it belongs to.
    parent: Option<Category>,
    name: Option<Text<255>>,
    is_group: bool,
}

pub(in crate::api::bonusplus) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let items = items_of(read(call)?, &call.tenant.inventory);
    let tenant = call.tenant.id;
    let wish = TenantWish::SyncInventory { tenant, items, deactivate_missing: false };
    let order = TenantOrder { at: call.asked.at, actor: Actor::Integration, wish };
    call.house.change_tenant(order).await?;
    Ok(done())
}

fn read(call: &Call<'_>) -> Result<Vec<Product>, FieldError> {
    let fields = call.fields()?;
    let entries = fields.required("products", fields.entries("products", SYNC_ITEMS_MAX)?)?;
    entries.iter().map(read_product).collect()
}

fn read_product(fields: &Fields<'_>) -> Result<Product, FieldError> {
    Ok(Product {
        id: fields.required("id", fields.text("id")?)?,
        parent: fields.text("pid")?,
        name: fields.text("n")?,
        is_group: fields.flag("g")?.unwrap_or(false),
    })
}

/// The articles among the products; of an id that occurs twice, the last one. A group is no article: it
/// gives its name to the category of what belongs to it. What the ERP told of an article stays.
fn items_of(products: Vec<Product>, known: &Inventory) -> Vec<Item> {
    let groups = products.iter().filter(|product| product.is_group);
    let groups: BTreeMap<String, Category> = groups
        .filter_map(|group| {
            let name = Text::parse(group.name.as_ref()?.as_str()).ok()?;
            Some((group.id.to_string(), name))
        })
        .collect();
    let articles = products.into_iter().filter(|product| !product.is_group);
    let items = articles.map(|product| {
        let named = |parent: &Category| groups.get(parent.as_str()).cloned();
        let category = product.parent.map(|parent| named(&parent).unwrap_or(parent));
        let before = known.item(&product.id).cloned();
        let item = before.unwrap_or_else(|| Item::bare(product.id.clone()));
        let item = Item {
            name: product.name.or(item.name),
            category_code: category.or(item.category_code),
            ..item
        };
        (product.id, item)
    });
    items.collect::<BTreeMap<Sku, Item>>().into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Quantity;

    fn product(id: &str, parent: Option<&str>, name: Option<&str>, is_group: bool) -> Product {
        Product {
            id: Text::parse(id).unwrap(),
            parent: parent.map(|parent| Text::parse(parent).unwrap()),
            name: name.map(|name| Text::parse(name).unwrap()),
            is_group,
        }
    }

    #[test]
    fn articles_have_the_name_of_their_group_and_keep_what_the_erp_told() {
        let mut milk = Item::bare(Text::parse("1").unwrap());
        milk.name = Text::parse("Old").ok();
        milk.quantity = Some(Quantity::ONE);
        let known = Inventory::of([(milk, true)], 1);
        let products = vec![
            product("d", None, Some("Dairy"), true),
            product("1", Some("d"), Some("Milk"), false),
            product("2", Some("other"), None, false),
            product("3", None, Some("First"), false),
            product("3", None, Some("Last"), false),
        ];
        let items = items_of(products, &known);
        let told: Vec<String> = items
            .iter()
            .map(|item| {
                let text = |text: Option<String>| text.unwrap_or_default();
                let name = text(item.name.as_ref().map(ToString::to_string));
                let category = text(item.category_code.as_ref().map(ToString::to_string));
                format!("{} {name} {category} {}", item.sku, item.quantity.is_some())
            })
            .collect();
        assert_eq!(told, ["1 Milk Dairy true", "2  other false", "3 Last  false"]);
    }
}
