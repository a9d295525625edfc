//! The trails of sales in the tables held against the journal.

use crate::journal::verify::compare::Stored;
use crate::journal::verify::report::{Difference, Place};
use crate::ledger::{TrailStep, Trailed};
use crate::values::{EventNumber, SaleId, TenantId};
use std::collections::BTreeMap;

impl Stored<'_> {
    /// The steps that an operation added to trails, of an account that the tables have up to
    /// `stored_as_of`.
    pub(super) fn compare_trails(
        &mut self,
        tenant: TenantId,
        trails: Vec<Trailed>,
        stored_as_of: EventNumber,
        place: Place,
    ) -> Result<(), Box<Difference>> {
        let mut expected: BTreeMap<(SaleId, EventNumber), Vec<TrailStep>> = BTreeMap::new();
        for Trailed { sale, event, step } in trails {
            expected.entry((sale, event)).or_default().push(step);
        }
        for ((sale, event), steps) in expected {
            let found = self.tables.trail_at(tenant, sale, event)?;
            let must_be_there = event <= stored_as_of;
            if found.is_empty() && !must_be_there {
                continue;
            }
            if found != steps {
                let what = format!("the trail of sale {sale} in the tables");
                return Err(place.differs(what, format!("{steps:?}"), format!("{found:?}")));
            }
            self.trails_met += u64::from(must_be_there);
        }
        Ok(())
    }

    pub(super) fn no_other_trails(&self) -> Result<(), Box<Difference>> {
        let found = self.tables.trails_count()?;
        Place::default().same("steps of trails in the tables", self.trails_met, found)
    }
}
