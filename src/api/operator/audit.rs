//! `GET /operator/v1/audit`: what operators did, across chains, in the order of events; filtered, in
//! bounded pages.

use super::Call;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::respond::success;
use crate::courier::FeedEntry;
use crate::engine::{Identifier, TrailPage, TrailSearch};
use crate::journal::{EntityEvents, Numbered};
use crate::ledger::{Actor, FeedKind, LookUp, Operator, RequestId};
use crate::values::{CustomerId, EventNumber, TenantId, Timestamp};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;
use std::collections::BTreeSet;

const LIMIT_DEFAULT: u64 = 50;
const LIMIT_MAX: u64 = 200;

#[derive(Debug, Serialize)]
struct AuditShape<'a> {
    entries: Vec<EntryShape<'a>>,
    /// Where to go on, though `entries` may be empty: a call looks at so many operations.
    next_after: Option<u64>,
}

#[derive(Debug, Serialize)]
struct EntryShape<'a> {
    /// The number of the operation's first event.
    event: u64,
    tenant_id: u32,
    operator: &'a str,
    /// Null: recorded before operators had roles.
    role: Option<&'static str>,
    /// Whether the name is vouched for by a token of their own.
    own_token: bool,
    request_id: Option<&'a str>,
    operation: FeedEntry<'a>,
}

/// Which operations are wanted.
#[derive(Debug, Default)]
struct Filter {
    tenant: Option<TenantId>,
    operator: Option<String>,
    kind: Option<FeedKind>,
    /// One customer, and whoever was merged into them.
    customers: Option<BTreeSet<CustomerId>>,
}

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (search, filter) = (read_search(call)?, read_filter(call).await?);
    let page = call.house.search_trail(search, &|numbered| filter.wants(numbered)).await?;
    Ok(success(StatusCode::OK, &AuditShape::of(&page)))
}

fn read_search(call: &Call<'_>) -> Result<TrailSearch, FieldError> {
    let asked = &call.asked;
    let limit = asked.whole("limit", 1, LIMIT_MAX)?.unwrap_or(LIMIT_DEFAULT);
    Ok(TrailSearch {
        after: EventNumber(asked.whole("after", 0, u64::MAX)?.unwrap_or(0)),
        from: instant(call, "from")?,
        until: instant(call, "to")?,
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
    })
}

fn instant(call: &Call<'_>, name: &str) -> Result<Option<Timestamp>, FieldError> {
    let Some(text) = call.asked.query(name)? else { return Ok(None) };
    let instant = Timestamp::parse_rfc3339(&text);
    instant.map(Some).ok_or_else(|| FieldError::new(name, Complaint::NotInstant))
}

async fn read_filter(call: &Call<'_>) -> Result<Filter, ApiError> {
    let asked = &call.asked;
    let tenant = asked.whole("tenant", 1, u64::from(u32::MAX))?;
    let tenant = tenant.and_then(|id| u32::try_from(id).ok()).map(TenantId);
    let kind = match asked.query("kind")? {
        None => None,
        Some(name) => Some(FeedKind::named(&name).ok_or_else(|| {
            let names = FeedKind::ALL.map(FeedKind::name).join(", ");
            FieldError::new("kind", Complaint::NotOneOf(names))
        })?),
    };
    let customers = match asked.query("customer")? {
        None => None,
        Some(text) => {
            let of = tenant.ok_or_else(|| FieldError::new("tenant", Complaint::Required))?;
            Some(customers_of(call, of, text).await?)
        }
    };
    Ok(Filter { tenant, operator: asked.query("operator")?, kind, customers })
}

async fn customers_of(
    call: &Call<'_>,
    tenant: TenantId,
    text: String,
) -> Result<BTreeSet<CustomerId>, ApiError> {
    let who = Identifier::Text(text);
    let view = call.house.look_up(tenant, call.asked.at, who, LookUp::default()).await?;
    Ok(view.absorbed.into_iter().chain([view.id]).collect())
}

impl Filter {
    fn wants(&self, numbered: &Numbered) -> bool {
        let operation = &numbered.operation;
        let Some(operator) = operator_of(numbered) else { return false };
        self.tenant.is_none_or(|tenant| tenant == operation.tenant)
            && self.operator.as_ref().is_none_or(|name| name == operator.name.as_str())
            && self.kind.is_none_or(|kind| kind == FeedEntry::kind_of(operation))
            && self.customers.as_ref().is_none_or(|wanted| concerns(numbered, wanted))
    }
}

fn concerns(numbered: &Numbered, wanted: &BTreeSet<CustomerId>) -> bool {
    numbered.operation.entities.iter().any(|entity| match entity {
        EntityEvents::Account(customer, _) => wanted.contains(customer),
        EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => false,
    })
}

fn operator_of(numbered: &Numbered) -> Option<&Operator> {
    match &numbered.operation.actor {
        Actor::Operator(operator) => Some(operator),
        Actor::Partner | Actor::House | Actor::Integration | Actor::Customer => None,
    }
}

impl<'a> AuditShape<'a> {
    fn of(page: &'a TrailPage) -> Self {
        Self {
            entries: page.operations.iter().filter_map(EntryShape::of).collect(),
            next_after: page.next_after.map(EventNumber::number),
        }
    }
}

impl<'a> EntryShape<'a> {
    fn of(numbered: &'a Numbered) -> Option<Self> {
        let operator = operator_of(numbered)?;
        let acting = operator.acting.as_ref();
        Some(Self {
            event: numbered.first_event.number(),
            tenant_id: numbered.operation.tenant.number(),
            operator: operator.name.as_str(),
            role: acting.map(|acting| acting.role.name()),
            own_token: acting.is_some_and(|acting| acting.own_token),
            request_id: acting.and_then(|it| it.request.as_ref()).map(RequestId::as_str),
            operation: FeedEntry::of(numbered),
        })
    }
}
