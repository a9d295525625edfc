//! The lines of an export: one row of figures, as CSV with a header or as an object of NDJSON. Amounts are
//! digits with two decimals in both, never through a float.

use crate::courier::kind_of;
use crate::journal::{EntityEvents, Numbered};
use crate::ledger::books::{Posting, postings, voucher_postings};
use crate::ledger::{Account, Kept, Lot};
use crate::values::{CustomerId, EventNumber, Timestamp};
use axum::body::Bytes;

pub(super) const OPERATION_COLUMNS: &[&str] =
    &["event", "operation", "at", "actor", "client_id", "kind", "book", "amount"];
pub(super) const BALANCE_COLUMNS: &[&str] = &[
    "client_id",
    "balance",
    "redeemable",
    "held",
    "reserved",
    "debt",
    "total_spent",
    "purchases",
    "merged_into",
];
pub(super) const LOT_COLUMNS: &[&str] =
    &["client_id", "lot_id", "pool", "state", "amount", "remaining", "activates_at", "expires_at"];

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Ndjson,
}

/// Lines that wait to be sent.
pub(super) struct Lines {
    format: Format,
    columns: &'static [&'static str],
    text: String,
}

/// A figure of a line.
enum Cell {
    Number(String),
    /// Of letters, digits and what dates need: nothing of it has to be escaped.
    Word(String),
    Nothing,
}

impl Format {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }
}

impl Cell {
    fn number(value: &impl ToString) -> Self {
        Self::Number(value.to_string())
    }

    fn word(value: &str) -> Self {
        Self::Word(value.to_owned())
    }

    fn instant(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Nothing, |at| Self::Word(at.to_string()))
    }
}

impl Lines {
    /// Begins with the names of the columns, where the format has them.
    pub(super) fn new(format: Format, columns: &'static [&'static str]) -> Self {
        let text = match format {
            Format::Csv => columns.join(",") + "\n",
            Format::Ndjson => String::new(),
        };
        Self { format, columns, text }
    }

    /// What was written since the last time.
    pub(super) fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.text).into()
    }

    /// A line for every posting of an operation.
    pub(super) fn operation(&mut self, numbered: &Numbered) {
        let operation = &numbered.operation;
        let mut event = numbered.first_event;
        for entity in &operation.entities {
            let (customer, posted): (_, Vec<Vec<Posting>>) = match entity {
                EntityEvents::Account(customer, events) => {
                    (Some(*customer), events.iter().map(postings).collect())
                }
                EntityEvents::Voucher(_, _, events) => {
                    (None, events.iter().map(voucher_postings).collect())
                }
                EntityEvents::Tenant(events) => (None, events.iter().map(|_| Vec::new()).collect()),
                EntityEvents::Login(_, events) => {
                    (None, events.iter().map(|_| Vec::new()).collect())
                }
            };
            for postings in posted {
                for posting in postings.iter().filter(|posting| !posting.amount.is_zero()) {
                    self.posting(numbered, event, customer, posting);
                }
                event = event.plus(1);
            }
        }
    }

    fn posting(
        &mut self,
        numbered: &Numbered,
        event: EventNumber,
        customer: Option<CustomerId>,
        posting: &Posting,
    ) {
        let operation = &numbered.operation;
        self.line(&[
            Cell::number(&event),
            Cell::number(&numbered.tenant_number),
            Cell::instant(Some(operation.at)),
            Cell::word(operation.actor.name()),
            customer.map_or(Cell::Nothing, |customer| Cell::number(&customer)),
            Cell::word(kind_of(operation).name()),
            Cell::word(posting.book.name()),
            Cell::number(&posting.amount),
        ]);
    }

    pub(super) fn balance(&mut self, account: &Account) {
        self.line(&[
            Cell::number(&account.id),
            Cell::number(&account.balance()),
            Cell::number(&account.redeemable()),
            Cell::number(&account.held()),
            Cell::number(&account.covered()),
            Cell::number(&account.debt),
            Cell::number(&account.total_spent),
            Cell::number(&account.purchases),
            account.merged_into.map_or(Cell::Nothing, |customer| Cell::number(&customer)),
        ]);
    }

    pub(super) fn lots(&mut self, account: &Account) {
        for lot in &account.lots {
            self.line(&[
                Cell::number(&account.id),
                Cell::number(&lot.id),
                Cell::word(lot.pool.name()),
                Cell::word(state_of(lot)),
                Cell::number(&lot.amount),
                Cell::number(&lot.remaining),
                Cell::instant(Some(lot.activates_at)),
                Cell::instant(lot.expires_at),
            ]);
        }
    }

    fn line(&mut self, cells: &[Cell]) {
        let line = match self.format {
            Format::Csv => cells.iter().map(csv).collect::<Vec<_>>().join(","),
            Format::Ndjson => {
                let fields = self.columns.iter().zip(cells);
                let fields = fields.map(|(name, cell)| format!("\"{name}\":{}", json(cell)));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
            }
        };
        self.text.push_str(&line);
        self.text.push('\n');
    }
}

/// What can become of a lot.
const fn state_of(lot: &Lot) -> &'static str {
    match lot.kept {
        Some(Kept::Covered) => "kept_for_reserves",
        Some(Kept::Until(_)) => "kept_for_a_while",
        None if lot.active => "active",
        None => "held",
    }
}

fn csv(cell: &Cell) -> String {
    match cell {
        Cell::Number(text) | Cell::Word(text) => text.clone(),
        Cell::Nothing => String::new(),
    }
}

fn json(cell: &Cell) -> String {
    match cell {
        Cell::Number(text) => text.clone(),
        Cell::Word(text) => format!("\"{text}\""),
        Cell::Nothing => "null".to_owned(),
    }
}
