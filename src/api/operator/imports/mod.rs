//! Imports of what an old system knew: `POST /tenants/{tenant}/imports/customers`, `.../sales` and
//! `.../reversals`. A batch names itself, which is its key: the same one again does nothing.

mod customers;
mod report;
mod sales;

use super::Call;
use crate::api::bonex::parse_sale_date;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::Meaning;
use crate::api::operator::imports::report::{ReportShape, ReversalShape, RowFault};
use crate::api::respond::success;
use crate::api::scan::Raw;
use crate::engine::{ImportBatch, ImportReport, ImportRows};
use crate::ledger::{BatchName, BusinessTime, IMPORT_ROWS_MAX, Refusal, Tenant, local_instant};
use crate::values::{Country, Phone, Text, TierId, Timestamp};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use chrono::NaiveTime;
use std::sync::Arc;

const FIELDS: [&str; 4] = ["batch", "dry_run", "rows", "accrue"];
const REVERSAL_FIELDS: [&str; 2] = ["batch", "dry_run"];

/// The time of day of what an old system has only a date for.
const NOON: (u32, u32, u32) = (12, 0, 0);

/// Rows as they were read: those that can be, each with its number, and what is wrong with the others.
struct Read<T> {
    rows: Vec<(usize, T)>,
    faults: Vec<RowFault>,
    meaning: Meaning,
}

/// What a row is read with.
struct Reader<'a> {
    tenant: &'a Tenant,
    call: &'a Call<'a>,
    country: Option<Country>,
}

pub(super) async fn customers(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let object = Object::parse(call.asked.json()?, &FIELDS)?;
    let reader = Reader::new(&tenant, call);
    let read = reader.rows(&object, "customers", customers::read)?;
    let (rows, faults, meaning) = (read.rows, read.faults, read.meaning);
    take_over(call, &tenant, &object, (ImportRows::Customers(rows), faults, meaning)).await
}

pub(super) async fn sales(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let object = Object::parse(call.asked.json()?, &FIELDS)?;
    let accrues = object.flag("accrue")?.unwrap_or(false);
    let reader = Reader::new(&tenant, call);
    let mut read = reader.rows(&object, "sales", sales::read)?;
    read.meaning.field("accrue", accrues);
    let rows = ImportRows::Sales { rows: read.rows, accrues };
    take_over(call, &tenant, &object, (rows, read.faults, read.meaning)).await
}

pub(super) async fn reverse(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let object = Object::parse(call.asked.json()?, &REVERSAL_FIELDS)?;
    let name = batch_name(&object)?;
    let who = (tenant.id, call.asked.at);
    let dry_run = object.flag("dry_run")?.unwrap_or(false);
    let report = if dry_run {
        call.house.foresee_import_reversal(who, &call.actor, &name).await?
    } else {
        call.house.reverse_import(who, &call.actor, &name).await?
    };
    Ok(success(StatusCode::OK, &ReversalShape::new(&name, dry_run, &report)))
}

fn batch_name<const N: usize>(object: &Object<'_, N>) -> Result<BatchName, FieldError> {
    object.required("batch", object.trimmed("batch")?)
}

async fn take_over(
    call: &Call<'_>,
    tenant: &Arc<Tenant>,
    object: &Object<'_, 4>,
    (rows, faults, meaning): (ImportRows, Vec<RowFault>, Meaning),
) -> Result<Response<Body>, ApiError> {
    let name = batch_name(object)?;
    let asked_dry = object.flag("dry_run")?.unwrap_or(false);
    let batch = ImportBatch {
        tenant: tenant.id,
        at: call.asked.at,
        actor: call.actor.clone(),
        name: name.clone(),
        meaning: meaning.hash(),
        // With a row that cannot be read nothing is done, but the others are looked at, too.
        dry_run: asked_dry || !faults.is_empty(),
        rows,
    };
    let report: ImportReport = call.house.import(batch).await?;
    let shape = ReportShape::new(&name, asked_dry, &report, faults);
    let status = match (shape.is_clean(), asked_dry, report.event) {
        (false, false, _) => StatusCode::UNPROCESSABLE_ENTITY,
        (true, false, Some(_)) if !report.repeated => StatusCode::CREATED,
        (true | false, _, _) => StatusCode::OK,
    };
    Ok(shape.answer(status))
}

impl<'a> Reader<'a> {
    fn new(tenant: &'a Tenant, call: &'a Call<'a>) -> Self {
        let country = tenant.settings.at(call.asked.at).rules.default_country;
        Self { tenant, call, country }
    }

    /// Every row, with all that is wrong; the rows are numbered from 1.
    fn rows<T>(
        &self,
        object: &Object<'_, 4>,
        kind: &'static str,
        read: impl Fn(&Self, Raw<'_>, &mut Meaning) -> Result<T, ApiError>,
    ) -> Result<Read<T>, FieldError> {
        let listed = object.required("rows", object.list("rows", IMPORT_ROWS_MAX)?)?;
        let mut meaning = Meaning::default();
        meaning.field("import", kind);
        let (mut rows, mut faults) = (Vec::new(), Vec::new());
        for (number, raw) in (1..).zip(listed) {
            meaning.field("row", number);
            match read(self, raw, &mut meaning) {
                Ok(row) => rows.push((number, row)),
                Err(error) => faults.push(RowFault::of(number, &error)),
            }
        }
        Ok(Read { rows, faults, meaning })
    }

    fn phone<const N: usize>(&self, object: &Object<'_, N>) -> Result<Phone, FieldError> {
        let text = object.required("phone", object.string("phone")?)?;
        Phone::parse(&text, self.country).map_err(|error| object.complain("phone", error))
    }

    /// An instant, a wall-clock time of the tenant's zone, or a day: at noon.
    fn instant<const N: usize>(
        &self,
        object: &Object<'_, N>,
        name: &'static str,
    ) -> Result<Option<BusinessTime>, FieldError> {
        let Some(text) = object.string(name)? else { return Ok(None) };
        let (hour, minute, second) = NOON;
        let noon = NaiveTime::from_hms_opt(hour, minute, second);
        let day = object.date(name).ok().flatten().zip(noon);
        let said = match day {
            Some((day, noon)) => Some(BusinessTime::Local(day.and_time(noon))),
            None => parse_sale_date(&text),
        };
        said.map(Some).ok_or_else(|| object.complain(name, Complaint::NotInstant))
    }

    /// The same as an instant, which must not lie ahead.
    fn past_instant<const N: usize>(
        &self,
        object: &Object<'_, N>,
        name: &'static str,
    ) -> Result<Option<Timestamp>, FieldError> {
        let Some(said) = self.instant(object, name)? else { return Ok(None) };
        Ok(Some(self.exact(said).min(self.call.asked.at)))
    }

    fn exact(&self, said: BusinessTime) -> Timestamp {
        let rules = &self.tenant.settings.at(self.call.asked.at).rules;
        match said {
            BusinessTime::Instant(instant) => instant,
            BusinessTime::Local(local) => local_instant(local, rules.time_zone),
        }
    }

    fn tier(&self, name: Option<&Text<64>>) -> Result<Option<TierId>, Refusal> {
        let settings = self.tenant.settings.at(self.call.asked.at);
        name.map(|name| super::tiers::tier_of(name, settings)).transpose()
    }
}
