//! What `verify` found: how much it covered, the trial balance, and the first thing that is wrong.

use crate::journal::error::JournalError;
use crate::journal::misfold::Misfold;
use crate::journal::proof::RecordHash;
use crate::ledger::books::Book;
use crate::values::{CustomerId, EventNumber, TenantId};
use std::fmt::{self, Display};

/// The outcome of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    pub covered: Covered,
    /// By tenant and book; every tenant's lines add up to zero.
    pub trial_balance: Vec<BookLine>,
    /// The first thing that is wrong; everything counted in `covered` came before it.
    pub difference: Option<Difference>,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Covered {
    pub records: u64,
    pub events: u64,
    pub operations: u64,
    pub tenants: u64,
    pub accounts: u64,
    /// Lots ever made.
    pub lots: u64,
    pub history_rows: u64,
    /// Sale records: purchases and redemptions.
    pub sales: u64,
    pub external_ids: u64,
    pub idempotency_keys: u64,
    /// Accounts whose state, history, sales, identifiers and due date were compared with the tables.
    pub accounts_compared: u64,
    /// The last event that the tables cover; `None`: there were none to compare with.
    pub tables_cover: Option<EventNumber>,
    /// Accounts that were not merged into another one; what the gift cards hold is the book of the same name.
    pub customers: u64,
    pub gift_cards: u64,
    pub coupons: u64,
    /// The hash of the last record, and through the chain of all before it.
    pub root: RecordHash,
}

/// What a book of a tenant holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookLine {
    pub tenant: TenantId,
    pub book: Book,
    /// In hundredths.
    pub cents: i128,
}

/// Something that is not as it must be, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub place: Place,
    /// What was compared.
    pub what: String,
    pub expected: String,
    pub found: String,
}

/// Where in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    pub record: Option<u64>,
    pub event: Option<EventNumber>,
    pub tenant: Option<TenantId>,
    pub customer: Option<CustomerId>,
}

impl VerifyReport {
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.difference.is_none()
    }
}

impl Place {
    pub(super) fn of_account(tenant: TenantId, customer: CustomerId, event: EventNumber) -> Self {
        Self { record: None, event: Some(event), tenant: Some(tenant), customer: Some(customer) }
    }

    pub(super) fn of_tenant(tenant: TenantId, event: EventNumber) -> Self {
        Self { tenant: Some(tenant), event: Some(event), ..Self::default() }
    }

    /// A difference here.
    pub(super) fn differs(
        self,
        what: impl Into<String>,
        expected: impl Display,
        found: impl Display,
    ) -> Box<Difference> {
        let (expected, found) = (expected.to_string(), found.to_string());
        Box::new(Difference { place: self, what: what.into(), expected, found })
    }

    /// A difference here, unless both are equal.
    pub(super) fn same<T: PartialEq + Display>(
        self,
        what: &str,
        expected: T,
        found: T,
    ) -> Result<(), Box<Difference>> {
        if expected == found { Ok(()) } else { Err(self.differs(what, expected, found)) }
    }
}

impl From<Misfold> for Box<Difference> {
    fn from(misfold: Misfold) -> Self {
        let Misfold { event, tenant, customer, reason } = misfold;
        let place = Place { record: None, event: Some(event), tenant: Some(tenant), customer };
        place.differs("an event", "one that fits what came before it", reason)
    }
}

/// What cannot be read is as wrong as what reads differently; the message has the place.
impl From<JournalError> for Box<Difference> {
    fn from(error: JournalError) -> Self {
        Place::default().differs("what is stored", "something readable", error)
    }
}

impl Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, what, expected, found } = self;
        write!(f, "{place}{what}: expected {expected}, found {found}")
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.record.map(|record| format!("record {record}")),
            self.event.map(|event| format!("event {event}")),
            self.tenant.map(|tenant| format!("tenant {tenant}")),
            self.customer.map(|customer| format!("customer {customer}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { Ok(()) } else { write!(f, "{}: ", parts.join(", ")) }
    }
}
