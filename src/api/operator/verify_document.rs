//! What a verification found, as a document: the same for a closed data directory and a running server.

use crate::journal::{Covered, Difference, VerifyReport};
use crate::values::TenantId;
use serde::{Deserialize, Serialize};

/// What was covered, the books, and the first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyDocument {
    pub clean: bool,
    pub covered: CoveredDocument,
    /// The last event that the tables cover; `None`: they were not looked at.
    pub tables_cover: Option<u64>,
    /// The hash of the last record, and through the chain of all before it.
    pub root: String,
    pub trial_balance: Vec<BookDocument>,
    pub difference: Option<DifferenceDocument>,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredDocument {
    pub records: u64,
    pub events: u64,
    pub operations: u64,
    pub tenants: u64,
    pub accounts: u64,
    pub accounts_compared: u64,
    pub lots: u64,
    pub history_rows: u64,
    pub sales: u64,
    pub external_ids: u64,
    pub idempotency_keys: u64,
    pub customers: u64,
    pub gift_cards: u64,
    pub coupons: u64,
}

/// What a book of a tenant holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookDocument {
    pub tenant_id: u32,
    pub book: String,
    /// Signed, in bonuses; in quotes, so that nobody reads it through a float.
    pub amount: String,
}

/// Something that is not as it must be, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceDocument {
    pub what: String,
    pub expected: String,
    pub found: String,
    pub record: Option<u64>,
    pub event: Option<u64>,
    pub tenant_id: Option<u32>,
    pub customer_id: Option<u64>,
    /// All of it in one sentence.
    pub sentence: String,
}

impl From<&VerifyReport> for VerifyDocument {
    fn from(report: &VerifyReport) -> Self {
        let book = |line: &crate::journal::BookLine| BookDocument {
            tenant_id: line.tenant.number(),
            book: line.book.name().to_owned(),
            amount: amount_of(line.cents),
        };
        Self {
            clean: report.is_clean(),
            covered: (&report.covered).into(),
            tables_cover: report.covered.tables_cover.map(|event| event.number()),
            root: hex::encode(report.covered.root),
            trial_balance: report.trial_balance.iter().map(book).collect(),
            difference: report.difference.as_ref().map(DifferenceDocument::from),
        }
    }
}

impl From<&Covered> for CoveredDocument {
    fn from(covered: &Covered) -> Self {
        Self {
            records: covered.records,
            events: covered.events,
            operations: covered.operations,
            tenants: covered.tenants,
            accounts: covered.accounts,
            accounts_compared: covered.accounts_compared,
            lots: covered.lots,
            history_rows: covered.history_rows,
            sales: covered.sales,
            external_ids: covered.external_ids,
            idempotency_keys: covered.idempotency_keys,
            customers: covered.customers,
            gift_cards: covered.gift_cards,
            coupons: covered.coupons,
        }
    }
}

impl From<&Difference> for DifferenceDocument {
    fn from(difference: &Difference) -> Self {
        let place = difference.place;
        Self {
            what: difference.what.clone(),
            expected: difference.expected.clone(),
            found: difference.found.clone(),
            record: place.record,
            event: place.event.map(|event| event.number()),
            tenant_id: place.tenant.map(TenantId::number),
            customer_id: place.customer.map(|customer| customer.number()),
            sentence: difference.to_string(),
        }
    }
}

impl CoveredDocument {
    /// Every figure by name, in the order in which it is told.
    #[must_use]
    pub const fn figures(&self) -> [(&'static str, u64); 14] {
        [
            ("records", self.records),
            ("events", self.events),
            ("operations", self.operations),
            ("tenants", self.tenants),
            ("accounts", self.accounts),
            ("accounts compared", self.accounts_compared),
            ("lots", self.lots),
            ("history rows", self.history_rows),
            ("sales", self.sales),
            ("external ids", self.external_ids),
            ("idempotency keys", self.idempotency_keys),
            ("customers", self.customers),
            ("gift cards", self.gift_cards),
            ("coupons", self.coupons),
        ]
    }
}

/// Hundredths as an amount with two decimals, however large the sum.
fn amount_of(cents: i128) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents.div_euclid(100), cents.rem_euclid(100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{BookLine, Place};
    use crate::ledger::Pool;
    use crate::ledger::books::Book;
    use crate::values::EventNumber;

    #[test]
    fn a_report_is_told_with_its_books_and_its_difference() {
        let place = Place { record: Some(7), event: Some(EventNumber(9)), ..Place::default() };
        let difference = Difference {
            place,
            what: "the balance".into(),
            expected: "1.00".into(),
            found: "2.00".into(),
        };
        let line = |book, cents| BookLine { tenant: TenantId(1), book, cents };
        let report = VerifyReport {
            covered: Covered { records: 7, root: [0xAB; 32], ..Covered::default() },
            trial_balance: vec![
                line(Book::Issued(Pool::Main), -4_705),
                line(Book::Redeemed, 4_705),
            ],
            difference: Some(difference),
        };
        let document = VerifyDocument::from(&report);
        assert_eq!((document.clean, document.covered.records), (false, 7));
        assert_eq!(document.root, "ab".repeat(32));
        assert_eq!(document.trial_balance[0].amount, "-47.05");
        let told = document.difference.clone().unwrap();
        assert_eq!((told.record, told.event), (Some(7), Some(9)));
        assert!(told.sentence.contains("expected 1.00, found 2.00"), "{}", told.sentence);
        let json = serde_json::to_string(&document).unwrap();
        assert_eq!(serde_json::from_str::<VerifyDocument>(&json).unwrap(), document);
    }

    #[test]
    fn sums_beyond_any_balance_are_still_told() {
        for (cents, expected) in [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (i128::MIN, "-170")] {
            assert!(amount_of(cents).starts_with(expected), "{cents}");
        }
    }
}
