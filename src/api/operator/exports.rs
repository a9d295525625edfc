//! `GET /tenants/{tenant}/exports/operations`, `.../balances`, `.../lots`: the ledger as lines, CSV or
//! NDJSON, as of an event or an instant.

use super::Call;
use super::as_of::{self, DayEnd};
use super::export_lines::{BALANCE_COLUMNS, Format, LOT_COLUMNS, Lines, OPERATION_COLUMNS};
use super::growing::{Growing, growing};
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::request::Asked;
use crate::engine::{AsOf, EngineError, House, Statement};
use crate::ledger::{Account, Refusal};
use crate::values::{EventNumber, TenantId, Timestamp};
use axum::body::Body;
use axum::http::Response;

/// Operations that are read in one go.
const PAGE: u64 = 256;
const FORMATS: [(&str, Format); 2] = [("csv", Format::Csv), ("ndjson", Format::Ndjson)];

/// Which operations are told.
struct Span {
    house: House,
    tenant: TenantId,
    /// The tenant's own number of the last one that was durable when this was asked.
    last: u64,
    event: Option<EventNumber>,
    at: Option<Timestamp>,
}

pub(super) async fn operations(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let (format, as_of) = read(call)?;
    let page = call.house.feed(tenant.id, 0, 1).await?;
    let durable = call.house.durable()?;
    if as_of.event.is_some_and(|event| event > durable)
        || as_of.at.is_some_and(|at| at > call.asked.at)
    {
        return Err(Refusal::AsOfInvalid { field: "as_of" }.into());
    }
    let AsOf { event, at } = as_of;
    let span = Span { house: call.house.clone(), tenant: tenant.id, last: page.last, event, at };
    let write = async move |pages| tell_operations(&span, format, &pages).await;
    Ok(growing(format.content_type(), write))
}

pub(super) async fn balances(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    accounts(call, BALANCE_COLUMNS, Lines::balance).await
}

pub(super) async fn lots(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    accounts(call, LOT_COLUMNS, Lines::lots).await
}

/// What of an account makes lines.
type Tell = fn(&mut Lines, &Account);

async fn accounts(
    call: &Call<'_>,
    columns: &'static [&'static str],
    tell: Tell,
) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let (format, as_of) = read(call)?;
    let statement = call.house.statement(tenant.id, as_of).await?;
    let lines = Lines::new(format, columns);
    let write = async move |pages| tell_accounts(statement, lines, tell, &pages).await;
    Ok(growing(format.content_type(), write))
}

fn read(call: &Call<'_>) -> Result<(Format, AsOf), ApiError> {
    let tenant = call.tenant()?;
    let rules = &tenant.settings.at(call.asked.at).rules;
    let as_of = as_of::read(&call.asked, ("as_of", "as_of_event"), DayEnd::Last, rules)?;
    Ok((format_of(&call.asked)?, as_of))
}

/// CSV, unless it says otherwise.
fn format_of(asked: &Asked) -> Result<Format, FieldError> {
    let Some(text) = asked.query("format")? else { return Ok(Format::Csv) };
    let found = FORMATS.iter().find(|(word, _)| *word == text);
    let known = || FORMATS.map(|(word, _)| word).join(", ");
    let complaint = || FieldError::new("format", Complaint::NotOneOf(known()));
    found.map(|(_, format)| *format).ok_or_else(complaint)
}

async fn tell_operations(span: &Span, format: Format, pages: &Growing) -> Result<(), EngineError> {
    let mut lines = Lines::new(format, OPERATION_COLUMNS);
    let mut after = 0;
    while after < span.last {
        let count = PAGE.min(span.last.saturating_sub(after));
        let page = span.house.feed(span.tenant, after, count).await?;
        // The ledger is being opened again: what was told so far is not all.
        let Some(last) = page.operations.last() else {
            return Err(EngineError::Unavailable("it is being opened again".to_owned()));
        };
        after = last.tenant_number;
        for numbered in &page.operations {
            let count = numbered.operation.count().saturating_sub(1);
            let end = numbered.first_event.plus(count);
            let beyond = span.event.is_some_and(|event| end > event);
            if beyond || span.at.is_some_and(|at| numbered.operation.at > at) {
                after = span.last;
                break;
            }
            lines.operation(numbered);
        }
        if !pages.send(lines.take()).await {
            return Ok(());
        }
    }
    pages.send(lines.take()).await;
    Ok(())
}

async fn tell_accounts(
    mut statement: Statement,
    mut lines: Lines,
    tell: Tell,
    pages: &Growing,
) -> Result<(), EngineError> {
    loop {
        let page = statement.next().await?;
        page.iter().for_each(|account| tell(&mut lines, account));
        let over = page.is_empty();
        if !pages.send(lines.take()).await || over {
            return Ok(());
        }
    }
}
