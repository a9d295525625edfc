//! What an import is told: what was done, or would be, and what is wrong with which row.

use crate::api::amount::Amount;
use crate::api::error::ApiError;
use crate::api::respond::{json, success};
use crate::engine::{ImportReport, ReversalReport, RowProblem};
use crate::ledger::BatchName;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

/// The code of a batch with rows that are wrong.
const ROWS_INVALID: &str = "import_rows_invalid";

/// What is wrong with a row, numbered from 1.
#[derive(Debug, Serialize)]
pub(super) struct RowFault {
    row: usize,
    field: Option<String>,
    code: &'static str,
    error: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ReportShape<'a> {
    batch: &'a str,
    dry_run: bool,
    /// Imported before: nothing was done now.
    repeated: bool,
    event: Option<u64>,
    opened: u64,
    joined: u64,
    sales: u64,
    /// Rows that another batch brought before.
    known: &'a [usize],
    balance: Amount,
    spent: Amount,
    accrued: Amount,
    problems: Vec<RowFault>,
}

#[derive(Debug, Serialize)]
pub(super) struct ReversalShape<'a> {
    batch: &'a str,
    /// Nothing was done: this is what would be.
    dry_run: bool,
    customers: u64,
    sales: u64,
    before: u64,
    taken: Amount,
    debt: Amount,
}

#[derive(Serialize)]
struct FaultyShape<'a, 'b> {
    success: bool,
    error: String,
    code: &'static str,
    field: &'static str,
    data: &'b ReportShape<'a>,
}

impl RowFault {
    pub(super) fn of(row: usize, error: &ApiError) -> Self {
        let told = error.row();
        Self { row, field: told.field, code: told.code, error: told.text }
    }

    fn of_problem(problem: &RowProblem) -> Self {
        Self::of(problem.row, &ApiError::from(problem.refusal.clone()))
    }
}

impl<'a> ReportShape<'a> {
    pub(super) fn new(
        name: &'a BatchName,
        dry_run: bool,
        report: &'a ImportReport,
        faults: Vec<RowFault>,
    ) -> Self {
        let mut problems = faults;
        problems.extend(report.problems.iter().map(RowFault::of_problem));
        problems.sort_by_key(|fault| fault.row);
        Self {
            batch: name.as_str(),
            dry_run,
            repeated: report.repeated,
            event: report.event.map(|event| event.number()),
            opened: report.opened,
            joined: report.joined,
            sales: report.sales,
            known: &report.known,
            balance: report.balance.into(),
            spent: report.spent.into(),
            accrued: report.accrued.into(),
            problems,
        }
    }

    pub(super) fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// A refusal names the first row that is wrong, and lists all of them.
    pub(super) fn answer(&self, status: StatusCode) -> Response<Body> {
        match self.problems.first().filter(|_| status.is_client_error()) {
            None => success(status, self),
            Some(first) => {
                let error = format!("Nothing was imported. Row {}: {}", first.row, first.error);
                let (success, code, field) = (false, ROWS_INVALID, "rows");
                json(status, &FaultyShape { success, error, code, field, data: self })
            }
        }
    }
}

impl<'a> ReversalShape<'a> {
    pub(super) fn new(name: &'a BatchName, dry_run: bool, report: &ReversalReport) -> Self {
        Self {
            batch: name.as_str(),
            dry_run,
            customers: report.customers,
            sales: report.sales,
            before: report.before,
            taken: report.taken.into(),
            debt: report.debt.into(),
        }
    }
}
