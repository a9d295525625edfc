//! The table of where each tenant's operations begin, held against the journal.

use crate::journal::operation::Numbered;
use crate::journal::verify::compare::Stored;
use crate::journal::verify::report::{Difference, Place};
use crate::values::{EventNumber, TenantId};
use std::collections::{BTreeMap, VecDeque};

/// How far the table was met, tenant by tenant.
#[derive(Default)]
pub(super) struct FeedMet(BTreeMap<TenantId, Met>);

#[derive(Default)]
struct Met {
    /// The tenant's last number that was met.
    number: u64,
    /// What the table says of the next ones, as far as it was read.
    next: VecDeque<EventNumber>,
}

impl Stored<'_> {
    /// An operation that the tables cover must be where they say.
    pub(super) fn compare_feed(&mut self, numbered: &Numbered) -> Result<(), Box<Difference>> {
        let (tenant, begins) = (numbered.operation.tenant, numbered.first_event);
        if begins > self.covers {
            return Ok(());
        }
        let met = self.feed.0.entry(tenant).or_default();
        met.number = numbered.tenant_number;
        if met.next.is_empty() {
            let before = numbered.tenant_number.saturating_sub(1);
            met.next.extend(self.tables.feed_bucket_after(tenant, before)?);
        }
        let found = met.next.pop_front();
        if found == Some(begins) {
            return Ok(());
        }
        let what = format!("where operation {} of the tenant begins", numbered.tenant_number);
        let found = found.map_or_else(|| "none".to_owned(), |event| event.to_string());
        Err(Place::of_tenant(tenant, begins).differs(what, begins, found))
    }

    /// The table ends where the checkpoint does.
    pub(super) fn no_other_feed(&self) -> Result<(), Box<Difference>> {
        for (tenant, met) in &self.feed.0 {
            let beyond = self.tables.feed_bucket_after(*tenant, met.number)?;
            if let Some(event) = beyond.first() {
                let what = format!("an operation behind number {}", met.number);
                return Err(Place::of_tenant(*tenant, *event).differs(what, "none", "one"));
            }
        }
        Ok(())
    }
}
