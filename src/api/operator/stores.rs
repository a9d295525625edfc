//! A tenant's stores: shown with the closed ones, and listed anew as a whole.

use super::Call;
use super::tenants::order;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::api::scan::Raw;
use crate::engine::TenantWish;
use crate::ledger::{STORES_MAX, Store, StoreDraft, Tenant};
use crate::values::StoreId;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

const FIELDS: [&str; 1] = ["stores"];
const STORE_FIELDS: [&str; 3] = ["id", "name", "address"];

/// A store of a tenant.
#[derive(Debug, Serialize)]
struct StoreShape<'a> {
    id: u32,
    name: &'a str,
    address: Option<&'a str>,
    open: bool,
}

pub(super) fn show(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    Ok(stores_of(&*call.tenant()?))
}

/// Stores that are not in the list are closed; they stay known for the sales that were made there.
pub(super) async fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let stores = read(call.asked.json()?)?;
    let done = order(call, TenantWish::ListStores { tenant, stores }).await?;
    Ok(stores_of(&done.tenant))
}

fn stores_of(tenant: &Tenant) -> Response<Body> {
    let shapes: Vec<_> = tenant.stores.all().iter().map(StoreShape::of).collect();
    success(StatusCode::OK, &shapes)
}

impl<'a> StoreShape<'a> {
    fn of(store: &'a Store) -> Self {
        Self {
            id: store.id.number(),
            name: store.name.as_str(),
            address: store.address.as_ref().map(|address| address.as_str()),
            open: store.open,
        }
    }
}

fn read(json: &str) -> Result<Vec<StoreDraft>, FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let entries = object.required("stores", object.list("stores", STORES_MAX)?)?;
    entries.into_iter().enumerate().map(|(index, raw)| read_store(raw, index)).collect()
}

fn read_store(raw: Raw<'_>, index: usize) -> Result<StoreDraft, FieldError> {
    let object = Object::entry(raw, &STORE_FIELDS, "stores", index)?;
    let name = object.trimmed("name")?;
    Ok(StoreDraft {
        id: object.whole("id", u32::MAX)?.map(StoreId),
        name: name.ok_or_else(|| object.complain("name", Complaint::Required))?,
        address: object.trimmed("address")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Text;

    #[test]
    fn a_store_needs_a_name_and_may_have_an_id_and_an_address() {
        let found = read(r#"{"stores":[{"name":" Rudaki ","address":"12"},{"id":7,"name":"B"}]}"#);
        let draft = |id: Option<u32>, name, address: Option<&str>| StoreDraft {
            id: id.map(StoreId),
            name: Text::parse(name).unwrap(),
            address: address.map(|address| Text::parse(address).unwrap()),
        };
        assert_eq!(found, Ok(vec![draft(None, "Rudaki", Some("12")), draft(Some(7), "B", None)]));
        assert_eq!(read(r#"{"stores":[]}"#), Ok(vec![]));
        let check = |json: &str, field: &str, code: &str| {
            let error = read(json).unwrap_err();
            assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{json}");
        };
        check("{}", "stores", "required");
        check(r#"{"stores":{}}"#, "stores", "wrong_type");
        check(r#"{"stores":[{}]}"#, "stores[0].name", "required");
        check(r#"{"stores":[{"name":" "}]}"#, "stores[0].name", "required");
        check(
            r#"{"stores":[{"name":"a"},{"name":"b","id":-1}]}"#,
            "stores[1].id",
            "not_whole_number",
        );
        check(r#"{"stores":[{"name":"a","city":"b"}]}"#, "stores[0].city", "unknown_field");
        let many = vec![r#"{"name":"a"}"#; STORES_MAX + 1].join(",");
        check(&format!(r#"{{"stores":[{many}]}}"#), "stores", "too_many_entries");
    }
}
