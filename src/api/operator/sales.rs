//! Sales of a tenant, found by the till's own id, or shown with their lines and what was returned of them.

use super::Call;
use crate::api::bonex::{LineFigures, PurchaseShape, RefundShape, Rendering, refund_shape};
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::respond::success;
use crate::engine::FoundSale;
use crate::ledger::{
    ExternalId, RecordedReturn, Refusal, SaleRecord, SettingsDraft, StoreCatalog, StoreName, Tenant,
};
use crate::values::{SaleId, Text};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

/// A sale record as an operator sees it.
#[derive(Debug, Serialize)]
struct SaleShape<'a> {
    client_id: u64,
    cashier: Option<&'a str>,
    record: PurchaseShape<'a>,
    /// Of each line, in order: how its bonuses came about.
    figures: Vec<LineFigures>,
    /// Of what no line lists.
    unlisted: Option<LineFigures>,
    /// What was returned of it, oldest first.
    returns: Vec<RefundShape<'a>>,
}

/// A sale with its returns.
struct Told {
    found: FoundSale,
    returns: Vec<RecordedReturn>,
}

pub(super) async fn show(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let unknown = || Refusal::SaleNotFound { field: "sale" };
    let text = call.asked.segment("sale")?;
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    let sale = text.parse().ok().filter(|_| digits_only).map(SaleId).ok_or_else(unknown)?;
    let told = told(call, &tenant, sale).await?.ok_or_else(unknown)?;
    Ok(success(StatusCode::OK, &told.shape(call, &tenant)))
}

pub(super) async fn find(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let external = call.asked.query("external_id")?;
    let external = external.ok_or_else(|| FieldError::new("external_id", Complaint::Required))?;
    let external = text_of::<255>("external_id", &external)?;
    let store = call.asked.query("store")?;
    let store = store.map(|store| text_of::<255>("store", &store)).transpose()?;
    let (external, store): (ExternalId, Option<StoreName>) = (external, store);
    let mut found = Vec::new();
    for sale in call.house.sales_under(tenant.id, &external, store.as_ref()).await? {
        found.extend(told(call, &tenant, sale).await?);
    }
    let shapes: Vec<_> = found.iter().map(|told| told.shape(call, &tenant)).collect();
    Ok(success(StatusCode::OK, &shapes))
}

fn text_of<const MAX: usize>(name: &str, text: &str) -> Result<Text<MAX>, FieldError> {
    Text::parse(text.trim()).map_err(|error| FieldError::new(name, error))
}

async fn told(call: &Call<'_>, tenant: &Tenant, sale: SaleId) -> Result<Option<Told>, ApiError> {
    let Some(found) = call.house.sale(tenant.id, sale).await? else { return Ok(None) };
    let of = (found.customer, sale);
    let returns = call.house.returns_of(tenant.id, call.asked.at, of).await?;
    Ok(Some(Told { found, returns }))
}

impl Told {
    fn shape<'a>(&'a self, call: &Call<'_>, tenant: &'a Tenant) -> SaleShape<'a> {
        let rules: &SettingsDraft = &tenant.settings.at(call.asked.at).rules;
        let stores: &StoreCatalog = &tenant.stores;
        let (figures, unlisted) = match &self.found.record {
            SaleRecord::Purchase(sale) => {
                (LineFigures::of_lines(sale).collect(), LineFigures::of_unlisted(sale))
            }
            SaleRecord::Redemption(_) | SaleRecord::Return(_) => (Vec::new(), None),
        };
        SaleShape {
            client_id: self.found.customer.number(),
            cashier: self.cashier(),
            record: Rendering::new(rules).purchase(&self.found.record, stores),
            figures,
            unlisted,
            returns: self.returns.iter().map(|returned| refund_shape(returned, rules)).collect(),
        }
    }

    fn cashier(&self) -> Option<&str> {
        let point_of_sale = match &self.found.record {
            SaleRecord::Purchase(sale) => &sale.point_of_sale,
            SaleRecord::Redemption(_) => return None,
            SaleRecord::Return(returned) => &returned.point_of_sale,
        };
        point_of_sale.cashier.as_ref().map(|cashier| cashier.as_str())
    }
}
