//! `GET /tenants/{tenant}/reports/liability` and `.../trial-balance`: what a chain owes, how it came to
//! that, and its books, as of an event or an instant.

use super::Call;
use super::as_of::{self, DayEnd};
use crate::api::amount::Amount;
use crate::api::error::ApiError;
use crate::api::respond::success;
use crate::engine::{AsOf, Cut, LiabilityCut, LiabilityReport};
use crate::ledger::{LiabilityLine, LotAge, Movements};
use crate::values::Balance;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Serialize)]
struct CutShape {
    event: u64,
    at: String,
}

#[derive(Debug, Serialize)]
struct LiabilityShape {
    /// Absent: the period begins with the ledger.
    from: Option<CutShape>,
    to: CutShape,
    rows: Vec<RowShape>,
    total: RowShape,
    /// What is owed at the end, by pool and by how long ago it became spendable.
    ages: Vec<AgesShape>,
}

#[derive(Debug, Serialize)]
struct RowShape {
    line: &'static str,
    opening: Amount,
    issued: Amount,
    redeemed: Amount,
    expired: Amount,
    reversed: Amount,
    adjusted: Amount,
    moved: Amount,
    closing: Amount,
}

#[derive(Debug, Serialize)]
struct AgesShape {
    line: &'static str,
    held: Amount,
    days_0_30: Amount,
    days_31_90: Amount,
    days_91_180: Amount,
    days_181_365: Amount,
    days_366_on: Amount,
}

#[derive(Debug, Serialize)]
struct TrialBalanceShape {
    as_of: CutShape,
    books: Vec<BookShape>,
    /// Zero, or the journal is not what it must be.
    total: Amount,
}

#[derive(Debug, Serialize)]
struct BookShape {
    book: &'static str,
    amount: Amount,
}

pub(super) async fn liability(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let rules = &tenant.settings.at(call.asked.at).rules;
    let opening = as_of::read(&call.asked, ("from", "from_event"), DayEnd::First, rules)?;
    let closing = as_of::read(&call.asked, ("to", "to_event"), DayEnd::Last, rules)?;
    let opening = (opening != AsOf::default()).then_some(opening);
    let report = call.house.liability(tenant.id, opening, closing).await?;
    Ok(success(StatusCode::OK, &LiabilityShape::new(&report)))
}

pub(super) async fn trial_balance(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let rules = &tenant.settings.at(call.asked.at).rules;
    let as_of = as_of::read(&call.asked, ("as_of", "as_of_event"), DayEnd::Last, rules)?;
    let found = call.house.liability(tenant.id, None, as_of).await?.closing;
    let books = &found.fold.books;
    let total = books.values().map(|amount| amount.cents()).fold(0, i64::saturating_add);
    let shape = TrialBalanceShape {
        as_of: found.cut.into(),
        books: books
            .iter()
            .map(|(book, amount)| BookShape { book: book.name(), amount: (*amount).into() })
            .collect(),
        total: Balance::from_cents(total).into(),
    };
    Ok(success(StatusCode::OK, &shape))
}

impl From<Cut> for CutShape {
    fn from(cut: Cut) -> Self {
        Self { event: cut.event.number(), at: cut.at.to_string() }
    }
}

impl LiabilityShape {
    fn new(report: &LiabilityReport) -> Self {
        let LiabilityReport { opening, closing } = report;
        let nothing = BTreeMap::new();
        let before = opening.as_ref().map_or(&nothing, |opening| &opening.fold.lines);
        let figures = |line: &LiabilityLine| {
            let opening = before.get(line).copied().unwrap_or_default();
            let closing = closing.fold.lines.get(line).copied().unwrap_or_default();
            (opening.balance(), closing.since(&opening), closing.balance())
        };
        let lines: Vec<LiabilityLine> = closing.fold.lines.keys().copied().collect();
        let rows = lines.iter().map(|line| RowShape::new(line.name(), figures(line))).collect();
        let total = lines.iter().map(figures).fold(Default::default(), joined);
        Self {
            from: opening.as_ref().map(|opening| opening.cut.into()),
            to: closing.cut.into(),
            rows,
            total: RowShape::new("total", total),
            ages: lines.iter().map(|line| AgesShape::new(*line, closing)).collect(),
        }
    }
}

/// Opening, what moved, closing.
type Figures = (Balance, Movements, Balance);

fn joined(one: Figures, other: Figures) -> Figures {
    let sum = |one: Balance, other: Balance| {
        Balance::from_cents(one.cents().saturating_add(other.cents()))
    };
    let moved = Movements {
        issued: sum(one.1.issued, other.1.issued),
        redeemed: sum(one.1.redeemed, other.1.redeemed),
        expired: sum(one.1.expired, other.1.expired),
        reversed: sum(one.1.reversed, other.1.reversed),
        adjusted: sum(one.1.adjusted, other.1.adjusted),
        moved: sum(one.1.moved, other.1.moved),
    };
    (sum(one.0, other.0), moved, sum(one.2, other.2))
}

impl RowShape {
    fn new(line: &'static str, (opening, moved, closing): Figures) -> Self {
        Self {
            line,
            opening: opening.into(),
            issued: moved.issued.into(),
            redeemed: moved.redeemed.into(),
            expired: moved.expired.into(),
            reversed: moved.reversed.into(),
            adjusted: moved.adjusted.into(),
            moved: moved.moved.into(),
            closing: closing.into(),
        }
    }
}

impl AgesShape {
    fn new(line: LiabilityLine, closing: &LiabilityCut) -> Self {
        let of = |age: LotAge| -> Amount {
            closing.ages.get(&(line, age)).copied().unwrap_or_default().into()
        };
        Self {
            line: line.name(),
            held: of(LotAge::Held),
            days_0_30: of(LotAge::UpTo30Days),
            days_31_90: of(LotAge::UpTo90Days),
            days_91_180: of(LotAge::UpTo180Days),
            days_181_365: of(LotAge::UpTo365Days),
            days_366_on: of(LotAge::Older),
        }
    }
}
