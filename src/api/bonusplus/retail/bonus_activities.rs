//! `POST /retail/bonusActivities`: a customer's bonus history, in pages.

use super::row_words::name_of;
use crate::api::amount::Amount;
use crate::api::bonex::date_time;
use crate::api::bonusplus::call::Call;
use crate::api::bonusplus::language::Language;
use crate::api::bonusplus::respond::success;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::engine::{Identifier, Page, Window};
use crate::ledger::{Row, SettingsDraft};
use crate::values::{Balance, CustomerId, Phone};
use axum::body::Body;
use axum::http::Response;
use serde::Serialize;

/// Most rows of a page, and how many there are where nobody says.
const ROWS_MAX: u64 = 1_000;
const ROWS: u64 = 100;
/// Beyond it JSON numbers are not exact everywhere.
const START_MAX: u64 = (1 << 53) - 1;
const SORTS: [(&str, Sort); 4] = [
    ("desc", Sort::NewestFirst),
    ("asc", Sort::OldestFirst),
    ("-receiptdate", Sort::NewestFirst),
    ("receiptdate", Sort::OldestFirst),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Sort {
    #[default]
    NewestFirst,
    OldestFirst,
}

#[derive(Debug)]
struct Asked {
    phone: Phone,
    count: u64,
    /// Rows before the page.
    skip: u64,
    sort: Sort,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ActivitiesShape {
    bonus_activities: Vec<ActivityShape>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ActivityShape {
    receipt_date: String,
    transaction_name: &'static str,
    description: &'static str,
    bonus_credit: Amount,
    bonus_debit: Amount,
    /// The balance after it.
    remain_amount: Amount,
}

pub(in crate::api::bonusplus) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let asked = read(call)?;
    let customer = call.customer(Identifier::Phone(asked.phone)).await?.id;
    let rows = rows(call, customer, &asked).await?;
    let language = Language::of(&call.asked.headers);
    let shapes = rows.iter().map(|row| shape(row, call.rules(), language));
    Ok(success(&ActivitiesShape { bonus_activities: shapes.collect() }))
}

fn read(call: &Call<'_>) -> Result<Asked, FieldError> {
    let fields = call.fields()?;
    let country = call.rules().default_country;
    let phone = fields.required("phone", fields.phone("phone", country)?)?;
    let count = fields.whole("rowCount", 0, ROWS_MAX)?.filter(|count| *count > 0);
    let start = fields.whole("startRow", 0, START_MAX)?.unwrap_or(1);
    let sort = match fields.string("sort")?.filter(|sort| !sort.is_empty()) {
        None => Sort::default(),
        Some(word) => {
            let found = SORTS.iter().find(|(name, _)| name.eq_ignore_ascii_case(&word));
            let names = || Complaint::NotOneOf(SORTS.map(|(name, _)| name).join(", "));
            found.map(|(_, sort)| *sort).ok_or_else(|| fields.complain("sort", names()))?
        }
    };
    Ok(Asked { phone, count: count.unwrap_or(ROWS), skip: start.saturating_sub(1), sort })
}

/// A page in the order asked for. What the house lists is newest first; from the other end, places are
/// counted from how many rows there are.
async fn rows(call: &Call<'_>, customer: CustomerId, asked: &Asked) -> Result<Vec<Row>, ApiError> {
    let history = async |skip: u64, count: u64| -> Result<Page<Row>, ApiError> {
        let limit = usize::try_from(count).unwrap_or(usize::MAX);
        let window = Window { skip, limit };
        Ok(call.house.history(call.tenant.id, call.asked.at, customer, window).await?)
    };
    match asked.sort {
        Sort::NewestFirst => Ok(history(asked.skip, asked.count).await?.entries),
        Sort::OldestFirst => {
            let total = history(0, 0).await?.total;
            let count = asked.count.min(total.saturating_sub(asked.skip));
            let skip = total.saturating_sub(asked.skip).saturating_sub(count);
            let mut entries = history(skip, count).await?.entries;
            entries.reverse();
            Ok(entries)
        }
    }
}

fn shape(row: &Row, rules: &SettingsDraft, language: Language) -> ActivityShape {
    let nothing = Balance::from_cents(0);
    let credit = row.amount.max(nothing);
    let debit = Balance::from_cents(row.amount.min(nothing).cents().saturating_neg());
    ActivityShape {
        receipt_date: date_time(row.created_at, rules),
        transaction_name: row.kind.name(),
        description: name_of(row.kind, language),
        bonus_credit: credit.into(),
        bonus_debit: debit.into(),
        remain_amount: row.balance_after.into(),
    }
}
