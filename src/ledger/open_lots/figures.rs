//! What there is to know of many lots without looking at them: sums, the nearest instants, and whether
//! each is one that may be. They follow a change of one lot without a look at the others, as far as that goes.

use crate::ledger::lot::{Kept, Lot};
use crate::values::{LotId, Timestamp};

/// What is left of lots, by what may be done with it. In cents, and wider than any one amount: a sum that is
/// out of range is still told right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::ledger) struct LotSums {
    pub(in crate::ledger) all: u64,
    pub(in crate::ledger) held: u64,
    pub(in crate::ledger) unexpired: u64,
    pub(in crate::ledger) spendable: u64,
    /// Kept because reserves cover it.
    pub(in crate::ledger) covered: u64,
}

/// What there is to know of lots that follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) sums: LotSums,
    pub(super) extremes: Extremes,
    /// Whether each is one that may be, and they are in spend order.
    pub(super) sound: bool,
}

/// The outermost ids and instants of lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extremes {
    first_id: LotId,
    last_id: LotId,
    /// Of lots that expire, kept or not.
    pub(super) first_expiry: Option<Timestamp>,
    pub(super) last_expiry: Option<Timestamp>,
    /// When the first of those that are held becomes active.
    pub(super) next_activation: Option<Timestamp>,
    /// When the first of those that are active is lost.
    pub(super) next_end: Option<Timestamp>,
    pub(super) any_kept: bool,
}

impl LotSums {
    pub(super) fn of(lot: &Lot) -> Self {
        let cents = lot.remaining.cents();
        let counted = |counts: bool| if counts { cents } else { 0 };
        Self {
            all: cents,
            held: counted(!lot.active),
            unexpired: counted(lot.is_unexpired()),
            spendable: counted(lot.is_spendable()),
            covered: counted(lot.kept == Some(Kept::Covered)),
        }
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
        let mut sums = LotSums::default();
        for lot in lots {
            sums.add(&LotSums::of(lot));
        }
        let sound = lots.iter().all(is_sound) && lots.is_sorted_by(is_before);
        Self { sums, extremes: Extremes::of(lots), sound }
    }

    /// Of the lots of two that follow one another; `in_order`: all of these are spent before those.
    pub(super) fn joined(&self, next: &Self, in_order: bool) -> Self {
        let mut joined = *self;
        joined.sums.add(&next.sums);
        joined.extremes.widen(&next.extremes);
        joined.sound &= next.sound && in_order;
        joined
    }

    /// One lot came: `lots` have it at `index`.
    pub(super) fn insert(&mut self, lots: &[Lot], index: usize) {
        let lot = &lots[index];
        self.sums.add(&LotSums::of(lot));
        self.extremes.widen(&Extremes::of_one(lot));
        self.sound &= is_sound(lot) && is_in_its_place(lots, index);
    }

    /// One lot, which was as `before`, is another now: `lots` have it at `index`.
    pub(super) fn change(&mut self, before: &Lot, lots: &[Lot], index: usize) {
        if !self.sound {
            *self = Self::of(lots);
            return;
        }
        let lot = &lots[index];
        self.sums.subtract(&LotSums::of(before));
        self.sums.add(&LotSums::of(lot));
        self.extremes.change(&Extremes::of_one(before), &Extremes::of_one(lot), lots);
        self.sound = is_sound(lot) && is_in_its_place(lots, index);
    }

    /// One lot went: `lots` are those that are left.
    pub(super) fn remove(&mut self, gone: &Lot, lots: &[Lot]) {
        if !self.sound {
            *self = Self::of(lots);
            return;
        }
        self.sums.subtract(&LotSums::of(gone));
        if self.extremes.rest_on(&Extremes::of_one(gone)) {
            self.extremes = Extremes::of(lots);
        }
    }

    pub(super) fn may_have_id(&self, id: LotId) -> bool {
        self.extremes.first_id <= id && id <= self.extremes.last_id
    }
}

impl Extremes {
    const NOTHING: Self = Self {
        first_id: LotId(u64::MAX),
        last_id: LotId(0),
        first_expiry: None,
        last_expiry: None,
        next_activation: None,
        next_end: None,
        any_kept: false,
    };

    fn of(lots: &[Lot]) -> Self {
        let mut extremes = Self::NOTHING;
        for lot in lots {
            extremes.widen(&Self::of_one(lot));
        }
        extremes
    }

    fn of_one(lot: &Lot) -> Self {
        Self {
            first_id: lot.id,
            last_id: lot.id,
            first_expiry: lot.expires_at,
            last_expiry: lot.expires_at,
            next_activation: if lot.active { None } else { Some(lot.activates_at) },
            next_end: if lot.active { lot.ends_at() } else { None },
            any_kept: lot.kept.is_some(),
        }
    }

    fn widen(&mut self, other: &Self) {
        self.first_id = self.first_id.min(other.first_id);
        self.last_id = self.last_id.max(other.last_id);
        self.first_expiry = earliest(self.first_expiry, other.first_expiry);
        self.last_expiry = self.last_expiry.max(other.last_expiry);
        self.next_activation = earliest(self.next_activation, other.next_activation);
        self.next_end = earliest(self.next_end, other.next_end);
        self.any_kept |= other.any_kept;
    }

    /// What one of the `lots` says changed from `old` to `new`.
    fn change(&mut self, old: &Self, new: &Self, lots: &[Lot]) {
        if old == new {
            return;
        }
        let activated = Self { next_activation: None, next_end: new.next_end, ..*old };
        if *new == activated && old.next_end.is_none() {
            let held = lots.iter().filter(|lot| !lot.active);
            self.next_activation = held.map(|lot| lot.activates_at).min();
            self.next_end = earliest(self.next_end, new.next_end);
        } else {
            *self = Self::of(lots);
        }
    }

    /// Whether they may be others without a lot that is one of theirs.
    fn rest_on(&self, lot: &Self) -> bool {
        let same = |one: Option<Timestamp>, other: Option<Timestamp>| one.is_some() && one == other;
        self.first_id == lot.first_id
            || self.last_id == lot.last_id
            || same(self.first_expiry, lot.first_expiry)
            || same(self.last_expiry, lot.last_expiry)
            || same(self.next_activation, lot.next_activation)
            || same(self.next_end, lot.next_end)
            || lot.any_kept
    }
}

fn is_sound(lot: &Lot) -> bool {
    lot.has_fitting_size() && lot.has_fitting_dates()
}

fn is_before(one: &Lot, other: &Lot) -> bool {
    one.spend_order(other).is_lt()
}

/// Whether a lot is spent after the one before it and before the one after it.
fn is_in_its_place(lots: &[Lot], index: usize) -> bool {
    let around = &lots[index.saturating_sub(1)..lots.len().min(index.saturating_add(2))];
    around.is_sorted_by(is_before)
}

/// The earlier of two instants, if there are two.
fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
