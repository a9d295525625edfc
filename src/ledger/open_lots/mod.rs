//! The open lots of an account in spend order, in stretches that copies of the account share: a change copies
//! what lies on the way to one lot, and figures beside each stretch answer what would otherwise take a look at
//! every lot. A new lot nearly always comes last, so the last stretch is a short one until there are enough of
//! it to join another.

mod figures;
mod iter;
mod stretch;
#[cfg(test)]
mod tests;

use crate::ledger::lot::Lot;
use crate::ledger::open_lots::figures::{Extremes, Figures, LotSums};
use crate::ledger::open_lots::iter::Within;
use crate::ledger::open_lots::stretch::{LOTS_MAX, Stretch};
use crate::values::{Bonus, LotId, Timestamp};
use std::fmt;
use std::ops::Index;
use std::sync::Arc;

pub use crate::ledger::open_lots::iter::LotIter;

/// Most lots of a last stretch that takes one more at its end, which copies all it has.
const TAIL_MAX: usize = 16;
/// So many stretches of one height at the top become one; once there are twice as many, so that the last ones,
/// where new lots come, stay flat.
const GATHERED: usize = 8;

/// Lots with something left, in spend order.
#[derive(Clone, Default)]
pub struct OpenLots {
    /// Each followed by the next.
    top: Vec<Stretch>,
    sums: LotSums,
}

/// How many lots come before a lot, until the next change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct LotPlace(usize);

impl OpenLots {
    #[must_use]
    pub fn iter(&self) -> LotIter<'_> {
        LotIter::new(&self.top)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        stretch::count(&self.top)
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.top.is_empty()
    }

    /// All that is left, if that is an amount that may be.
    pub(in crate::ledger) fn total(&self) -> Option<Bonus> {
        Bonus::from_cents(self.sums.all)
    }

    pub(in crate::ledger) const fn sums(&self) -> &LotSums {
        &self.sums
    }

    /// When the first lot that is held becomes active.
    pub(in crate::ledger) fn next_activation(&self) -> Option<Timestamp> {
        self.top.iter().filter_map(|it| it.figures().extremes.next_activation).min()
    }

    /// When the first active lot is lost.
    pub(in crate::ledger) fn next_end(&self) -> Option<Timestamp> {
        self.top.iter().filter_map(|it| it.figures().extremes.next_end).min()
    }

    /// The slices of a lot.
    pub(in crate::ledger) fn of_id(&self, id: LotId) -> impl Iterator<Item = &Lot> {
        self.within(move |figures| figures.may_have_id(id)).filter(move |lot| lot.id == id)
    }

    /// What becomes active at an instant.
    pub(in crate::ledger) fn activating_at(&self, at: Timestamp) -> impl Iterator<Item = &Lot> {
        self.within_extremes(move |it| it.next_activation.is_some_and(|first| first <= at))
            .filter(move |lot| !lot.active && lot.activates_at == at)
    }

    /// What is active and lost at an instant.
    pub(in crate::ledger) fn ending_at(&self, at: Timestamp) -> impl Iterator<Item = &Lot> {
        self.within_extremes(move |it| it.next_end.is_some_and(|first| first <= at))
            .filter(move |lot| lot.active && lot.ends_at() == Some(at))
    }

    /// What expires at an instant, or did, but was kept.
    pub(in crate::ledger) fn expiring_at(&self, at: Timestamp) -> impl Iterator<Item = &Lot> {
        self.within_extremes(move |it| it.first_expiry <= Some(at) && it.last_expiry >= Some(at))
            .filter(move |lot| lot.expires_at == Some(at))
    }

    /// What expires after an instant.
    pub(in crate::ledger) fn expiring_after(&self, at: Timestamp) -> impl Iterator<Item = &Lot> {
        self.within_extremes(move |it| it.last_expiry > Some(at))
            .filter(move |lot| lot.expires_at.is_some_and(|end| end > at))
    }

    /// What expires by an instant, or did, but was kept.
    pub(in crate::ledger) fn expiring_by(&self, at: Timestamp) -> impl Iterator<Item = &Lot> {
        self.within_extremes(move |it| it.first_expiry.is_some_and(|first| first <= at))
            .filter(move |lot| lot.expires_at.is_some_and(|end| end <= at))
    }

    /// What is kept beyond its end.
    pub(in crate::ledger) fn kept(&self) -> impl DoubleEndedIterator<Item = &Lot> {
        self.within_extremes(|it| it.any_kept).filter(|lot| lot.kept.is_some())
    }

    /// The lots of stretches that may have what is looked for.
    fn within(&self, may_have: impl Fn(&Figures) -> bool) -> impl DoubleEndedIterator<Item = &Lot> {
        Within::new(&self.top, may_have)
    }

    fn within_extremes(
        &self,
        may_have: impl Fn(&Extremes) -> bool,
    ) -> impl DoubleEndedIterator<Item = &Lot> {
        self.within(move |figures| may_have(&figures.extremes))
    }

    /// Where the first slice of a lot is of those meant.
    pub(in crate::ledger) fn find(
        &self,
        id: LotId,
        which: impl Fn(&Lot) -> bool,
    ) -> Option<LotPlace> {
        stretch::find(&self.top, id, &which).map(LotPlace)
    }

    /// A slice of the same lot with the same end.
    pub(in crate::ledger) fn same_slice(&self, lot: &Lot) -> Option<LotPlace> {
        stretch::find_key(&self.top, &lot.spend_key()).map(LotPlace)
    }

    /// Puts a lot where it belongs.
    pub(in crate::ledger) fn insert(&mut self, lot: Lot) {
        self.sums.add(&LotSums::of(&lot));
        if self.top.last().is_none_or(|last| *last.last() < lot.spend_key()) {
            self.append(lot);
        } else {
            stretch::insert_into(&mut self.top, lot);
        }
        self.gather();
    }

    /// Puts a lot behind all others: into the last stretch as long as it is short, or into a new one. One that
    /// is not short any more joins the one before it, as far as that has room, so that there are never many.
    fn append(&mut self, lot: Lot) {
        let is_short =
            |tail: &&mut Stretch| tail.side_by_side().is_some_and(|lots| lots.len() < TAIL_MAX);
        if let Some(tail) = self.top.last_mut().filter(is_short) {
            let split = tail.insert(lot);
            debug_assert!(split.is_none(), "a short stretch has room for one more");
            return;
        }
        match &*self.top {
            [.., one, last] => {
                if let Some(joined) = one.joined(last, LOTS_MAX) {
                    self.top.truncate(self.top.len().saturating_sub(2));
                    self.top.push(joined);
                }
            }
            [_] => {}
            // Most accounts have but one.
            [] => self.top.reserve_exact(1),
        }
        self.top.push(Stretch::of_lots(Arc::new([lot])));
    }

    /// Where many of one height follow one another, the first of them become one that is higher.
    fn gather(&mut self) {
        while self.top.len() >= GATHERED.saturating_mul(2) {
            let mut from = 0_usize;
            let run = self.top.chunk_by(|one, next| one.height() == next.height()).find(|run| {
                let is_long = run.len() >= GATHERED.saturating_mul(2);
                from = from.saturating_add(if is_long { 0 } else { run.len() });
                is_long
            });
            if run.is_none() {
                return;
            }
            let parts: Arc<[Stretch]> =
                self.top.drain(from..from.saturating_add(GATHERED)).collect();
            self.top.insert(from, Stretch::of_parts(parts));
        }
    }

    /// Changes a lot, but not its place in the order.
    pub(in crate::ledger) fn change(
        &mut self,
        LotPlace(place): LotPlace,
        change: impl FnOnce(&mut Lot),
    ) {
        let (at, index) = stretch::locate(&self.top, place);
        let stretch = &mut self.top[at];
        self.sums.subtract(&stretch.figures().sums);
        stretch.change(index, change);
        self.sums.add(&stretch.figures().sums);
    }

    pub(in crate::ledger) fn remove(&mut self, place: LotPlace) {
        self.sums.subtract(&LotSums::of(&self[place]));
        stretch::remove_from(&mut self.top, place.0);
    }

    /// Whether every lot is one that may be and all are in spend order, from what was found when each stretch
    /// was made.
    pub(in crate::ledger) fn is_sound(&self) -> bool {
        self.top.iter().all(|stretch| stretch.figures().sound)
            && self.top.is_sorted_by(Stretch::is_before)
    }

    /// Whether the figures are what the lots say.
    pub(in crate::ledger) fn are_figures_right(&self) -> bool {
        let mut sums = LotSums::default();
        self.top.iter().for_each(|stretch| sums.add(&stretch.figures().sums));
        sums == self.sums && self.top.iter().all(Stretch::is_right)
    }

    #[cfg(test)]
    pub(in crate::ledger) fn stretches(&self) -> usize {
        self.top.len()
    }

    #[cfg(test)]
    pub(crate) fn edit(&mut self, edit: impl FnOnce(&mut Vec<Lot>)) {
        let mut all: Vec<Lot> = self.iter().cloned().collect();
        edit(&mut all);
        *self = all.into_iter().collect();
    }
}

/// Stretches of one height as [`OpenLots::gather`] leaves those that came one after another.
fn gathered(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    if stretches.len() < GATHERED.saturating_mul(2) {
        return stretches;
    }
    let flat = GATHERED.saturating_add(stretches.len().rem_euclid(GATHERED));
    let last = stretches.split_off(stretches.len().saturating_sub(flat));
    let higher = stretches.chunks(GATHERED).map(|parts| Stretch::of_parts(parts.into()));
    let mut all = gathered(higher.collect());
    all.extend(last);
    all
}

impl FromIterator<Lot> for OpenLots {
    /// Takes the lots in the order in which they come.
    fn from_iter<I: IntoIterator<Item = Lot>>(lots: I) -> Self {
        let lots: Vec<Lot> = lots.into_iter().collect();
        let stretches = lots.chunks(LOTS_MAX).map(|lots| Stretch::of_lots(lots.into()));
        let top = gathered(stretches.collect());
        let mut sums = LotSums::default();
        top.iter().for_each(|stretch| sums.add(&stretch.figures().sums));
        Self { top, sums }
    }
}

impl Index<LotPlace> for OpenLots {
    type Output = Lot;

    fn index(&self, LotPlace(place): LotPlace) -> &Lot {
        stretch::lot_at(&self.top, place)
    }
}

#[cfg(test)]
impl Index<usize> for OpenLots {
    type Output = Lot;

    fn index(&self, index: usize) -> &Lot {
        self.iter().nth(index).unwrap()
    }
}

impl<'a> IntoIterator for &'a OpenLots {
    type Item = &'a Lot;
    type IntoIter = LotIter<'a>;

    fn into_iter(self) -> LotIter<'a> {
        self.iter()
    }
}

impl PartialEq for OpenLots {
    /// The same lots, however they lie in stretches.
    fn eq(&self, other: &Self) -> bool {
        self.sums == other.sums && self.iter().eq(other)
    }
}

impl Eq for OpenLots {}

impl fmt::Debug for OpenLots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}
