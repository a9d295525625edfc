//! What there is to know of many lots without looking at them: sums, the nearest instants, and whether
//! each is one that may be.

use crate::ledger::lot::{Kept, Lot};
use crate::values::{LotId, Timestamp};

/// What is left of lots, by what may be done with it. In cents, and wider than any one amount: a sum that is
/// out of range is still told right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct LotSums {
    pub(super) all: u64,
    pub(super) held: u64,
    pub(super) unexpired: u64,
    pub(super) spendable: u64,
    /// Kept because reserves cover it.
    pub(super) covered: u64,
}

/// What there is to know of lots that follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) sums: LotSums,
    pub(super) first_id: LotId,
    pub(super) last_id: LotId,
    /// Of lots that expire, kept or not.
    pub(super) first_expiry: Option<Timestamp>,
    pub(super) last_expiry: Option<Timestamp>,
    /// When the first of those that are held becomes active.
    pub(super) next_activation: Option<Timestamp>,
    /// When the first of those that are active is lost.
    pub(super) next_end: Option<Timestamp>,
    pub(super) any_kept: bool,
    /// Whether each is one that may be, and they are in spend order.
    pub(super) sound: bool,
}

impl LotSums {
    fn count(&mut self, lot: &Lot) {
        let cents = lot.remaining.cents();
        let add = |sum: &mut u64, counts: bool| {
            *sum = sum.saturating_add(if counts { cents } else { 0 });
        };
        add(&mut self.all, true);
        add(&mut self.held, !lot.active);
        add(&mut self.unexpired, lot.is_unexpired());
        add(&mut self.spendable, lot.is_spendable());
        add(&mut self.covered, lot.kept == Some(Kept::Covered));
    }

    pub(super) const fn add(&mut self, other: &Self) {
        self.all = self.all.saturating_add(other.all);
        self.held = self.held.saturating_add(other.held);
        self.unexpired = self.unexpired.saturating_add(other.unexpired);
        self.spendable = self.spendable.saturating_add(other.spendable);
        self.covered = self.covered.saturating_add(other.covered);
    }

    pub(super) const fn subtract(&mut self, other: &Self) {
        self.all = self.all.saturating_sub(other.all);
        self.held = self.held.saturating_sub(other.held);
        self.unexpired = self.unexpired.saturating_sub(other.unexpired);
        self.spendable = self.spendable.saturating_sub(other.spendable);
        self.covered = self.covered.saturating_sub(other.covered);
    }
}

impl Figures {
    pub(super) fn of(lots: &[Lot]) -> Self {
        let mut figures = Self {
            sums: LotSums::default(),
            first_id: LotId(u64::MAX),
            last_id: LotId(0),
            first_expiry: None,
            last_expiry: None,
            next_activation: None,
            next_end: None,
            any_kept: false,
            sound: lots.is_sorted_by(|left, right| left.spend_order(right).is_lt()),
        };
        for lot in lots {
            figures.count(lot);
        }
        figures
    }

    fn count(&mut self, lot: &Lot) {
        self.sums.count(lot);
        self.first_id = self.first_id.min(lot.id);
        self.last_id = self.last_id.max(lot.id);
        self.first_expiry = earliest(self.first_expiry, lot.expires_at);
        self.last_expiry = self.last_expiry.max(lot.expires_at);
        if lot.active {
            self.next_end = earliest(self.next_end, lot.ends_at());
        } else {
            self.next_activation = earliest(self.next_activation, Some(lot.activates_at));
        }
        self.any_kept |= lot.kept.is_some();
        self.sound &= lot.has_fitting_size() && lot.has_fitting_dates();
    }

    pub(super) fn may_have_id(&self, id: LotId) -> bool {
        self.first_id <= id && id <= self.last_id
    }
}

/// The earlier of two instants, if there are two.
fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
