//! `POST /integration/inventory/sync`: what the ERP has on its shelves, whole or not at all.

use super::Call;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::api::scan::Raw;
use crate::engine::{EngineError, TenantOrder, TenantWish};
use crate::ledger::{Actor, Item, SYNC_ITEMS_MAX, Sku};
use crate::values::Quantity;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;
use std::collections::BTreeSet;

const FIELDS: [&str; 2] = ["items", "deactivate_missing"];
const ITEM_FIELDS: [&str; 8] = [
    "sku",
    "name",
    "category_code",
    "interest_tag",
    "quantity",
    "quantity_on_hand",
    "overstock_threshold",
    "days_without_sale",
];

#[derive(Debug, Serialize)]
struct SyncShape {
    received: usize,
    created: usize,
    updated: usize,
    deactivated: usize,
}

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (items, deactivate_missing) = read(call.asked.json()?)?;
    let tenant = call.tenant.id;
    let wish = TenantWish::SyncInventory { tenant, items, deactivate_missing };
    let order = TenantOrder { at: call.asked.at, actor: Actor::Integration, wish };
    let synced = call.house.change_tenant(order).await?.synced;
    let sync = synced.ok_or_else(|| {
        EngineError::Broken("a synchronisation was answered with something else".into())
    })?;
    let shape = SyncShape {
        received: sync.received,
        created: sync.created,
        updated: sync.updated,
        deactivated: sync.deactivated,
    };
    Ok(success(StatusCode::OK, &shape))
}

fn read(json: &str) -> Result<(Vec<Item>, bool), FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let raw = object.required("items", object.list("items", SYNC_ITEMS_MAX)?)?;
    let mut skus = BTreeSet::new();
    let mut items = Vec::with_capacity(raw.len());
    for (index, raw) in raw.into_iter().enumerate() {
        let item = read_item(raw, index, &skus)?;
        skus.insert(item.sku.clone());
        items.push(item);
    }
    Ok((items, object.flag("deactivate_missing")?.unwrap_or(false)))
}

fn read_item(raw: Raw<'_>, index: usize, before: &BTreeSet<Sku>) -> Result<Item, FieldError> {
    let item = Object::entry(raw, &ITEM_FIELDS, "items", index)?;
    let quantity = |name| item.number(name, Quantity::parse);
    let sku: Sku = item.required("sku", item.trimmed("sku")?)?;
    if before.contains(&sku) {
        return Err(item.complain("sku", Complaint::Duplicate));
    }
    Ok(Item {
        sku,
        name: item.text("name")?,
        category_code: item.trimmed("category_code")?,
        interest_tag: item.trimmed("interest_tag")?,
        quantity: quantity("quantity")?,
        quantity_on_hand: quantity("quantity_on_hand")?,
        overstock_threshold: quantity("overstock_threshold")?,
        days_without_sale: item.whole("days_without_sale", u32::MAX)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"items":[{"sku":" SKU-001 ","name":"Milk 1L","category_code":"dairy","interest_tag":"milk","quantity":5,"quantity_on_hand":12.5,"overstock_threshold":10,"days_without_sale":30},{"sku":"SKU-002"}],"deactivate_missing":true}"#;

    #[test]
    fn a_list_is_read_whole() {
        let (items, deactivate_missing) = read(GOOD).unwrap();
        assert!(deactivate_missing);
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].sku.as_str(), "SKU-001");
        assert_eq!(items[0].quantity_on_hand, Quantity::parse("12.5").ok());
        assert_eq!(items[1].name, None);
        assert_eq!(read(r#"{"items":[]}"#), Ok((Vec::new(), false)));
    }

    #[test]
    fn a_bad_item_is_refused_by_name() {
        let check = |from: &str, to: &str, field: &str, code: &str| {
            let json = GOOD.replace(from, to);
            let error = read(&json).unwrap_err();
            assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{json}");
        };
        check("SKU-002", "SKU-001", "items[1].sku", "duplicate_field");
        check(r#""sku":"SKU-002""#, "", "items[1].sku", "required");
        check("SKU-002", " ", "items[1].sku", "required");
        check("SKU-002", &"x".repeat(65), "items[1].sku", "too_long");
        check("12.5", "-1", "items[0].quantity_on_hand", "too_small");
        check("12.5", "\"12\"", "items[0].quantity_on_hand", "wrong_type");
        check(":30}", ":0.5}", "items[0].days_without_sale", "not_whole_number");
        check("interest_tag", "tag", "items[0].tag", "unknown_field");
        check(r#""items":["#, r#""things":["#, "things", "unknown_field");
        let many: Vec<String> =
            (0..=SYNC_ITEMS_MAX).map(|n| format!(r#"{{"sku":"{n}"}}"#)).collect();
        let all = |items: &[String]| read(&format!(r#"{{"items":[{}]}}"#, items.join(",")));
        assert_eq!(all(&many[1..]).unwrap().0.len(), SYNC_ITEMS_MAX);
        let error = all(&many).unwrap_err();
        assert_eq!((error.field.as_str(), error.complaint.code()), ("items", "too_many_entries"));
    }
}
