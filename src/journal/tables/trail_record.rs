//! How the trail of a sale lies in the tables: the steps of each operation under its first event.

use crate::journal::codec::{CodecError, Decode, Encode, encode_into};
use crate::journal::error::JournalError;
use crate::journal::record::fields::{all, bonus};
use crate::journal::record::{StoredSaleKind, StoredSlice};
use crate::journal::tables::layout;
use crate::journal::tables::shelf::Shelf;
use crate::ledger::{Slice, TrailStep, Trailed};
use crate::values::{CustomerId, EventNumber, SaleId, TenantId};
use std::ops::Range;

#[derive(Debug, Encode, Decode)]
enum StepRecord {
    Recorded { customer: u64, kind: StoredSaleKind, slices: Vec<StoredSlice> },
    Completed { by: u64 },
    Expired { amount: u64 },
    Returned,
    ExpiryReverted { amount: u64 },
}

/// Steps of the trails of sales on their way into the table, as bytes.
#[derive(Default)]
pub(super) struct Trails {
    /// Each with where its bytes are.
    steps: Vec<(StepKey, Range<usize>)>,
    bytes: Vec<u8>,
}

/// Compared as numbers, which is the order of the bytes of the keys.
type StepKey = (TenantId, SaleId, EventNumber);

impl Trails {
    pub(super) fn take(&mut self, tenant: TenantId, trailed: &Trailed) {
        let from = self.bytes.len();
        encode_into(&StepRecord::of(&trailed.step), &mut self.bytes);
        self.steps.push(((tenant, trailed.sale, trailed.event), from..self.bytes.len()));
    }

    /// Takes all that another one has.
    pub(super) fn append(&mut self, other: &mut Self) {
        let moved = self.bytes.len();
        let place = |place: Range<usize>| {
            place.start.saturating_add(moved)..place.end.saturating_add(moved)
        };
        self.steps.extend(other.steps.drain(..).map(|(key, bytes)| (key, place(bytes))));
        self.bytes.append(&mut other.bytes);
    }
}

impl Shelf {
    /// Steps are written over what an unfinished checkpoint left: the same operation makes the same ones.
    pub(super) fn write_trails(&self, trails: &mut Trails) {
        let Trails { mut steps, bytes: told } = std::mem::take(trails);
        // Steps of one operation stay in their order.
        steps.sort_by_key(|(key, _)| *key);
        for steps in steps.chunk_by(|(one, _), (other, _)| one == other) {
            let Some(((tenant, sale, event), _)) = steps.first() else { continue };
            let key = layout::trail_key(*tenant, *sale, *event);
            self.rack.trails.put_written(&key, |bytes| {
                encode_into(&steps.len(), bytes);
                for (_, place) in steps {
                    bytes.extend_from_slice(&told[place.clone()]);
                }
            });
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
