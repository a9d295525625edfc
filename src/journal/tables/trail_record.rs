//! How the trail of a sale lies in the tables: the steps of each operation under its first event.

use crate::journal::codec::{CodecError, Decode, Encode, encode_list_into};
use crate::journal::error::JournalError;
use crate::journal::operation::Capture;
use crate::journal::record::fields::{all, bonus};
use crate::journal::record::{StoredSaleKind, StoredSlice};
use crate::journal::tables::layout;
use crate::journal::tables::shelf::Shelf;
use crate::ledger::{Slice, TrailStep, Trailed};
use crate::values::{CustomerId, EventNumber, SaleId, TenantId};

#[derive(Debug, Encode, Decode)]
enum StepRecord {
    Recorded { customer: u64, kind: StoredSaleKind, slices: Vec<StoredSlice> },
    Completed { by: u64 },
    Expired { amount: u64 },
    Returned,
    ExpiryReverted { amount: u64 },
}

impl Shelf {
    /// Steps are written over what an unfinished checkpoint left: the same operation makes the same ones.
    pub(super) fn write_trails(&self, captures: &[&Capture]) {
        let mut trails = Vec::new();
        for capture in captures {
            for trailed in &capture.additions.trails {
                let key = (capture.tenant, trailed.sale, trailed.event);
                trails.push((key, &trailed.step));
            }
        }
        // In the order of the bytes of the keys, but compared as numbers. Steps of one operation stay in their
        // order.
        trails.sort_by_key(|(key, _)| *key);
        for steps in trails.chunk_by(|(one, _), (other, _)| one == other) {
            let Some(((tenant, sale, event), _)) = steps.first() else { continue };
            let key = layout::trail_key(*tenant, *sale, *event);
            let records = steps.iter().map(|(_, step)| StepRecord::of(step));
            self.rack.trails.put_written(&key, |bytes| encode_list_into(records, bytes));
        }
    }

    pub(super) fn trail(
        &self,
        tenant: TenantId,
        sale: SaleId,
    ) -> Result<Vec<Trailed>, JournalError> {
        let range = layout::trail_key(tenant, sale, EventNumber(0))
            ..=layout::trail_key(tenant, sale, EventNumber(u64::MAX));
        let mut trail = Vec::new();
        for entry in self.rack.trails.range(range)? {
            let (key, value) = entry?;
            let event = layout::parse_trail_event(&key)
                .ok_or_else(|| self.malformed_key(layout::TRAILS))?;
            let steps = self.steps_of(&value)?.into_iter();
            trail.extend(steps.map(|step| Trailed { sale, event, step }));
        }
        Ok(trail)
    }

    /// What one operation added to the trail of a sale.
    pub(super) fn trail_at(
        &self,
        tenant: TenantId,
        sale: SaleId,
        event: EventNumber,
    ) -> Result<Vec<TrailStep>, JournalError> {
        let value = self.rack.trails.get(&layout::trail_key(tenant, sale, event))?;
        value.map_or_else(|| Ok(Vec::new()), |value| self.steps_of(&value))
    }

    fn steps_of(&self, bytes: &[u8]) -> Result<Vec<TrailStep>, JournalError> {
        let steps: Vec<StepRecord> = self.decode(layout::TRAILS, bytes)?;
        all(steps, StepRecord::restore).map_err(|error| self.damaged(layout::TRAILS, &error))
    }
}

impl StepRecord {
    fn of(step: &TrailStep) -> Self {
        match step {
            TrailStep::Recorded { customer, kind, slices } => Self::Recorded {
                customer: customer.number(),
                kind: (*kind).into(),
                slices: slices.iter().map(StoredSlice::from).collect(),
            },
            TrailStep::Completed { by } => Self::Completed { by: by.number() },
            TrailStep::Expired { amount } => Self::Expired { amount: amount.cents() },
            TrailStep::Returned => Self::Returned,
            TrailStep::ExpiryReverted { amount } => Self::ExpiryReverted { amount: amount.cents() },
        }
    }

    fn restore(self) -> Result<TrailStep, CodecError> {
        Ok(match self {
            Self::Recorded { customer, kind, slices } => TrailStep::Recorded {
                customer: CustomerId(customer),
                kind: kind.into(),
                slices: all(slices, Slice::try_from)?,
            },
            Self::Completed { by } => TrailStep::Completed { by: SaleId(by) },
            Self::Expired { amount } => TrailStep::Expired { amount: bonus(amount)? },
            Self::Returned => TrailStep::Returned,
            Self::ExpiryReverted { amount } => TrailStep::ExpiryReverted { amount: bonus(amount)? },
        })
    }
}
