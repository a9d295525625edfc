//! Whose key seals something, and where what is sealed stands.

use crate::values::{CustomerId, EventNumber, TenantId, Timestamp};
use std::fmt;

/// Milliseconds of a day.
const DAY_MILLIS: i64 = 86_400_000;
/// The largest label of a slot.
const DAY_MAX: u32 = 0xff_ffff;

/// Whose key seals something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::journal) enum Holder {
    /// A tenant's own: what it signs and calls others with.
    Tenant(TenantId),
    Customer(TenantId, CustomerId),
    /// Everybody's of a day: phones that a code was sent to, most of them no customer's yet.
    Day(TenantId, Day),
}

/// A day of universal time, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::journal) struct Day(u32);

/// Where something sealed stands: it opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::journal) struct Place {
    pub(in crate::journal) holder: Holder,
    shelf: PlaceKind,
    /// The event that says it, or that the state which holds it rests on.
    event: EventNumber,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PlaceKind {
    Record = 1,
    Table = 2,
}

impl Day {
    pub(in crate::journal) fn of(at: Timestamp) -> Self {
        let days = at.millis().div_euclid(DAY_MILLIS).clamp(0, i64::from(DAY_MAX));
        Self(u32::try_from(days).unwrap_or(0))
    }

    pub(super) const fn number(self) -> u32 {
        self.0
    }
}

impl Place {
    /// In a record of the journal.
    pub(in crate::journal) const fn in_record(holder: Holder, event: EventNumber) -> Self {
        Self { holder, shelf: PlaceKind::Record, event }
    }

    /// In the tables, in a state as of an event.
    pub(in crate::journal) const fn in_table(holder: Holder, event: EventNumber) -> Self {
        Self { holder, shelf: PlaceKind::Table, event }
    }

    /// As it is authenticated.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let (kind, tenant, number) = match self.holder {
            Holder::Tenant(tenant) => (1, tenant, 0),
            Holder::Customer(tenant, customer) => (2, tenant, customer.number()),
            Holder::Day(tenant, day) => (3, tenant, u64::from(day.number())),
        };
        let (tenant, number) = (tenant.number().to_be_bytes(), number.to_be_bytes());
        let event = self.event.number().to_be_bytes();
        [&[self.shelf as u8, kind][..], &tenant, &number, &event].concat()
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant(tenant) => write!(f, "tenant {tenant}"),
            Self::Customer(tenant, customer) => write!(f, "customer {customer} of tenant {tenant}"),
            Self::Day(_, day) => write!(f, "day {}", day.number()),
        }
    }
}
