//! `GET /tenants/{tenant}/reports/abuse`: what tills, cashiers and cards did that honest ones seldom do.

use super::Call;
use crate::api::amount::Amount;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::request::Asked;
use crate::api::respond::success;
use crate::ledger::{
    AbuseFigures, AbuseQuestion, AbuseReport, BusyCard, PointOfSale, ReportBy, SettingsDraft,
};
use crate::values::Date;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

const BY: [(&str, ReportBy); 2] = [("store", ReportBy::Store), ("cashier", ReportBy::Cashier)];
/// The length of `2026-12-31`.
const DATE_LENGTH: usize = 10;

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let question = read(&call.asked, &tenant.settings.at(call.asked.at).rules)?;
    let report = call.house.abuse_report(tenant.id, question).await?;
    Ok(success(StatusCode::OK, &ReportShape::new(&report)))
}

fn read(asked: &Asked, rules: &SettingsDraft) -> Result<AbuseQuestion, ApiError> {
    let days = (date(asked, "from")?, date(asked, "to")?);
    Ok(AbuseQuestion::new(days, by(asked)?, rules)?)
}

fn date(asked: &Asked, name: &str) -> Result<Date, FieldError> {
    let text = asked.query(name)?.ok_or_else(|| FieldError::new(name, Complaint::Required))?;
    let date = text.parse().ok().filter(|_| text.len() == DATE_LENGTH);
    date.ok_or_else(|| FieldError::new(name, Complaint::NotDate))
}

/// By cashier, unless it says otherwise.
fn by(asked: &Asked) -> Result<ReportBy, FieldError> {
    let Some(text) = asked.query("by")? else { return Ok(ReportBy::Cashier) };
    let found = BY.iter().find(|(word, _)| *word == text);
    let known = || BY.map(|(word, _)| word).join(", ");
    let complaint = || FieldError::new("by", Complaint::NotOneOf(known()));
    found.map(|(_, by)| *by).ok_or_else(complaint)
}

#[derive(Debug, Serialize)]
struct ReportShape<'a> {
    from: String,
    to: String,
    by: &'static str,
    busy_from: u32,
    totals: FiguresShape,
    rows: Vec<RowShape<'a>>,
    /// What more rows than a report has come to together.
    others: FiguresShape,
    busy_cards: Vec<BusyCardShape>,
    cards_not_told_apart: u64,
}

#[derive(Debug, Serialize)]
struct RowShape<'a> {
    store: Option<&'a str>,
    cashier: Option<&'a str>,
    #[serde(flatten)]
    figures: FiguresShape,
}

#[derive(Debug, Serialize)]
struct FiguresShape {
    sales: u64,
    sales_amount: Amount,
    late_sales: u64,
    late_redemptions: u64,
    late_redeemed: Amount,
    unfunded: Amount,
    busy_cards: u64,
    opening_day_redemptions: u64,
    opening_day_redeemed: Amount,
    returns: u64,
    returned_amount: Amount,
}

#[derive(Debug, Serialize)]
struct BusyCardShape {
    client_id: u64,
    day: String,
    sales: u32,
}

impl<'a> ReportShape<'a> {
    fn new(report: &'a AbuseReport) -> Self {
        let question = &report.question;
        Self {
            from: question.from.to_string(),
            to: question.to.to_string(),
            by: question.by.name(),
            busy_from: question.busy_from,
            totals: (&report.totals).into(),
            rows: report.rows.iter().map(RowShape::new).collect(),
            others: (&report.others).into(),
            busy_cards: report.busy_cards.iter().map(BusyCardShape::from).collect(),
            cards_not_told_apart: report.cards_not_told_apart,
        }
    }
}

impl<'a> RowShape<'a> {
    fn new((place, figures): &'a (PointOfSale, AbuseFigures)) -> Self {
        Self {
            store: place.store.as_ref().map(|text| text.as_str()),
            cashier: place.cashier.as_ref().map(|text| text.as_str()),
            figures: figures.into(),
        }
    }
}

impl From<&AbuseFigures> for FiguresShape {
    fn from(figures: &AbuseFigures) -> Self {
        Self {
            sales: figures.sales,
            sales_amount: figures.sales_amount.into(),
            late_sales: figures.late_sales,
            late_redemptions: figures.late_redemptions,
            late_redeemed: figures.late_redeemed.into(),
            unfunded: figures.unfunded.into(),
            busy_cards: figures.busy_cards,
            opening_day_redemptions: figures.opening_day_redemptions,
            opening_day_redeemed: figures.opening_day_redeemed.into(),
            returns: figures.returns,
            returned_amount: figures.returned_amount.into(),
        }
    }
}

impl From<&BusyCard> for BusyCardShape {
    fn from(card: &BusyCard) -> Self {
        let BusyCard { customer, day, sales } = *card;
        Self { client_id: customer.number(), day: day.to_string(), sales }
    }
}
