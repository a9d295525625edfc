//! `verify` over a data directory that no server has open: what it covered, what differs and where,
//! for people and for programs.

use crate::admin::exit::Failure;
use crate::engine::Clock;
use crate::journal::{
    Covered, DataDir, Difference, JournalError, JournalOptions, Snapshot, Tables, VerifyReport,
    open_read_only, verify as verify_journal, verify_snapshot,
};
use crate::ledger::books::Book;
use crate::values::{Balance, TenantId};
use indicatif::ProgressBar;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Memory for the pages of the journal and of the tables, each.
const CACHE_BYTES: u64 = 64 << 20;

/// What was found.
pub(super) struct Verified {
    /// For people.
    pub covered: String,
    /// For programs.
    pub json: String,
    /// The first thing that is wrong, with its exact place.
    pub difference: Option<String>,
    /// The trial balance of every tenant.
    pub books: BTreeMap<TenantId, BTreeMap<Book, Balance>>,
}

#[derive(Serialize)]
struct ReportShape<'a> {
    clean: bool,
    covered: BTreeMap<&'static str, u64>,
    tables_cover: Option<u64>,
    /// The hash of the last record.
    root: String,
    trial_balance: Vec<BookShape>,
    difference: Option<DifferenceShape<'a>>,
}

#[derive(Serialize)]
struct BookShape {
    tenant_id: u32,
    book: String,
    /// Signed, in bonuses; in quotes, so that nobody reads it through a float.
    amount: String,
}

#[derive(Serialize)]
struct DifferenceShape<'a> {
    what: &'a str,
    expected: &'a str,
    found: &'a str,
    record: Option<u64>,
    event: Option<u64>,
    tenant_id: Option<u32>,
    customer_id: Option<u64>,
}

/// Reads the whole ledger; appends nothing.
pub(super) fn verify(data_dir: &Path) -> Result<Verified, Failure> {
    let data_dir = DataDir::open_existing(data_dir).map_err(|error| unusable(&error))?;
    let options = JournalOptions::new(CACHE_BYTES, Clock::wall().now());
    let journal = open_read_only(&data_dir, &options).map_err(|error| unusable(&error))?;
    let tables = Tables::open_as_they_are(&data_dir.tables_path(), CACHE_BYTES);
    let tables = tables.map_err(|error| unusable(&error))?;
    let records = journal.tail().map_err(|error| unusable(&error))?.map_or(0, |tail| tail.record);
    let bar = ProgressBar::new(records);
    let report = verify_journal(&journal, tables.as_ref(), &mut |covered: &Covered| {
        bar.set_position(covered.records);
    });
    bar.finish_and_clear();
    told(&report)
}

/// Reads a whole snapshot; changes nothing.
pub(super) fn verify_copy(path: &Path) -> Result<Verified, Failure> {
    let snapshot = Snapshot::open(path).map_err(|error| unusable(&error))?;
    let bar = ProgressBar::new(snapshot.manifest().bytes());
    let records = snapshot.manifest().records.last;
    let report = verify_snapshot(
        &snapshot,
        &mut |bytes| bar.set_position(bytes),
        &mut |covered: &Covered| {
            bar.set_length(records);
            bar.set_position(covered.records);
        },
    );
    bar.finish_and_clear();
    told(&report.map_err(|error| unusable(&error))?)
}

/// Damage is a difference: that is what is being looked for. Everything else says that this directory
/// cannot be looked at.
pub(super) fn unusable(error: &JournalError) -> Failure {
    match error {
        JournalError::Damaged { .. } | JournalError::LostTail { .. } => {
            Failure::Differs(error.to_string())
        }
        JournalError::NoDataDir(_)
        | JournalError::NotOurs(_)
        | JournalError::NewerVersion { .. }
        | JournalError::NewerSnapshot { .. }
        | JournalError::NoSnapshot(_)
        | JournalError::Exists(_)
        | JournalError::Unfinished(_)
        | JournalError::InUse(_)
        | JournalError::Io { .. }
        | JournalError::Full { .. }
        | JournalError::Fenced(_)
        | JournalError::Unavailable { .. } => Failure::DataDir(error.to_string()),
    }
}

pub(super) fn told(report: &VerifyReport) -> Result<Verified, Failure> {
    let mut books: BTreeMap<TenantId, BTreeMap<Book, Balance>> = BTreeMap::new();
    for line in &report.trial_balance {
        let beyond = |_| Failure::Differs(format!("book {:?} is beyond any amount", line.book));
        let amount = i64::try_from(line.cents).map(Balance::from_cents).map_err(beyond)?;
        books.entry(line.tenant).or_default().insert(line.book, amount);
    }
    Ok(Verified {
        covered: for_people(report, &books),
        json: for_programs(report, &books)?,
        difference: report.difference.as_ref().map(ToString::to_string),
        books,
    })
}

/// How much was looked at, by name, in the order in which it is told.
fn counts(report: &VerifyReport) -> [(&'static str, u64); 14] {
    let covered = &report.covered;
    [
        ("records", covered.records),
        ("events", covered.events),
        ("operations", covered.operations),
        ("tenants", covered.tenants),
        ("accounts", covered.accounts),
        ("accounts_compared", covered.accounts_compared),
        ("lots", covered.lots),
        ("history_rows", covered.history_rows),
        ("sales", covered.sales),
        ("external_ids", covered.external_ids),
        ("idempotency_keys", covered.idempotency_keys),
        ("customers", covered.customers),
        ("gift_cards", covered.gift_cards),
        ("coupons", covered.coupons),
    ]
}

fn for_people(
    report: &VerifyReport,
    books: &BTreeMap<TenantId, BTreeMap<Book, Balance>>,
) -> String {
    let mut text = String::from("verified\n");
    let mut line = |name: &str, figure: String| {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {name:<28}{figure:>16}");
    };
    for (name, count) in counts(report) {
        line(&name.replace('_', " "), count.to_string());
    }
    for (tenant, lines) in books {
        for (book, amount) in lines {
            let name = book.name().replace('_', " ");
            line(&format!("tenant {tenant} {name}"), amount.to_string());
        }
    }
    line("root", hex::encode(report.root));
    text.push_str(match (&report.difference, report.covered.tables_cover) {
        (Some(_), _) => "  something differs",
        (None, Some(_)) => "  everything agrees, every trial balance is zero",
        (None, None) => "  everything agrees; there were no tables to compare with",
    });
    text
}

fn for_programs(
    report: &VerifyReport,
    books: &BTreeMap<TenantId, BTreeMap<Book, Balance>>,
) -> Result<String, Failure> {
    let mut trial_balance = Vec::new();
    for (tenant, lines) in books {
        trial_balance.extend(lines.iter().map(|(book, amount)| BookShape {
            tenant_id: tenant.number(),
            book: book.name().to_owned(),
            amount: amount.to_string(),
        }));
    }
    let shape = ReportShape {
        clean: report.is_clean(),
        covered: counts(report).into_iter().collect(),
        tables_cover: report.covered.tables_cover.map(|event| event.number()),
        root: hex::encode(report.root),
        trial_balance,
        difference: report.difference.as_ref().map(DifferenceShape::of),
    };
    serde_json::to_string_pretty(&shape).map_err(|error| Failure::Differs(error.to_string()))
}

impl<'a> DifferenceShape<'a> {
    fn of(difference: &'a Difference) -> Self {
        let place = difference.place;
        Self {
            what: &difference.what,
            expected: &difference.expected,
            found: &difference.found,
            record: place.record,
            event: place.event.map(|event| event.number()),
            tenant_id: place.tenant.map(TenantId::number),
            customer_id: place.customer.map(|customer| customer.number()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{BookLine, Place};
    use crate::ledger::Pool;
    use crate::values::EventNumber;

    fn report(difference: Option<Difference>) -> VerifyReport {
        let line = |book, cents| BookLine { tenant: TenantId(1), book, cents };
        VerifyReport {
            covered: Covered { records: 7, accounts: 3, ..Covered::default() },
            trial_balance: vec![
                line(Book::Issued(Pool::Main), -4_775),
                line(Book::CustomerHeld, 4_775),
            ],
            root: [0; 32],
            difference,
        }
    }

    #[test]
    fn a_clean_ledger_is_told_with_its_books() {
        let verified = told(&report(None)).unwrap();
        assert_eq!(verified.difference, None);
        let books = &verified.books[&TenantId(1)];
        assert_eq!(books.get(&Book::CustomerHeld), Some(&Balance::from_cents(4_775)));
        for part in ["records", "tenant 1 issued main", "-47.75", "everything agrees"] {
            assert!(verified.covered.contains(part), "{part} in\n{}", verified.covered);
        }
        let json: serde_json::Value = serde_json::from_str(&verified.json).unwrap();
        assert_eq!(json["clean"], true);
        assert_eq!(json["covered"]["accounts"], 3);
        assert_eq!(json["trial_balance"][0]["amount"], "47.75");
    }

    #[test]
    fn a_difference_is_told_with_its_place() {
        let place = Place {
            record: Some(7),
            event: Some(EventNumber(9)),
            tenant: Some(TenantId(1)),
            customer: None,
        };
        let difference = Difference {
            place,
            what: "the balance".into(),
            expected: "1.00".into(),
            found: "2.00".into(),
        };
        let verified = told(&report(Some(difference))).unwrap();
        let sentence = verified.difference.unwrap();
        for part in ["record 7", "event 9", "tenant 1", "expected 1.00, found 2.00"] {
            assert!(sentence.contains(part), "{part} in {sentence}");
        }
        assert!(!verified.covered.contains("agrees"));
        let json: serde_json::Value = serde_json::from_str(&verified.json).unwrap();
        assert_eq!((&json["clean"], &json["difference"]["event"]), (&false.into(), &9.into()));
    }

    #[test]
    fn damage_is_a_difference_and_a_strange_folder_is_not() {
        let path = std::path::PathBuf::from("d");
        let damaged = JournalError::Damaged { path: path.clone(), place: "record 7".into() };
        assert!(matches!(unusable(&damaged), Failure::Differs(_)));
        assert!(matches!(unusable(&JournalError::InUse(path.clone())), Failure::DataDir(_)));
        assert!(matches!(unusable(&JournalError::NotOurs(path)), Failure::DataDir(_)));
    }
}
