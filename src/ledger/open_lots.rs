//! The open lots of an account in spend order, in chunks that copies of the account share: a change copies
//! one chunk, and figures beside each chunk answer what would otherwise take a look at every lot.

use crate::ledger::lot::Lot;
use crate::ledger::lot_figures::{Figures, LotSums};
use crate::values::{Bonus, LotId, Timestamp};
use std::fmt;
use std::iter::FlatMap;
use std::ops::Index;
use std::slice;
use std::sync::Arc;

/// Most lots of a chunk; one more makes two chunks of it.
const CHUNK_MAX: usize = 128;

/// Lots with something left, in spend order.
#[derive(Clone, Default)]
pub struct OpenLots {
    /// None of them is empty.
    chunks: Vec<Chunk>,
    sums: LotSums,
}

/// Lots that follow one another; copied before a change if another account shares them.
#[derive(Clone)]
struct Chunk {
    lots: Arc<[Lot]>,
    figures: Figures,
}

/// Where a lot is, until the next change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct LotPlace {
    chunk: usize,
    index: usize,
}

/// Takes a chunk apart.
type Lots<'a> = fn(&'a Chunk) -> &'a [Lot];

/// Lots in spend order.
pub struct LotIter<'a>(FlatMap<slice::Iter<'a, Chunk>, &'a [Lot], Lots<'a>>);

impl OpenLots {
    #[must_use]
    pub fn iter(&self) -> LotIter<'_> {
        LotIter(self.chunks.iter().flat_map(Chunk::lots))
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.lots.len()).sum()
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.chunks.is_empty()
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
        self.chunks.iter().filter_map(|chunk| chunk.figures.next_activation).min()
    }

    /// When the first active lot is lost.
    pub(in crate::ledger) fn next_end(&self) -> Option<Timestamp> {
        self.chunks.iter().filter_map(|chunk| chunk.figures.next_end).min()
    }

    /// The slices of a lot.
    pub(in crate::ledger) fn of_id(&self, id: LotId) -> impl Iterator<Item = &Lot> {
        self.within(move |chunk| chunk.may_have_id(id)).filter(move |lot| lot.id == id)
    }

    /// What becomes active at an instant.
    pub(in crate::ledger) fn activating_at(&self, at: Timestamp) -> impl Iterator<Item = &Lot> {
        self.within(move |chunk| chunk.next_activation.is_some_and(|first| first <= at))
            .filter(move |lot| !lot.active && lot.activates_at == at)
    }

    /// What is active and lost at an instant.
    pub(in crate::ledger) fn ending_at(&self, at: Timestamp) -> impl Iterator<Item = &Lot> {
        self.within(move |chunk| chunk.next_end.is_some_and(|first| first <= at))
            .filter(move |lot| lot.active && lot.ends_at() == Some(at))
    }

    /// What expires at an instant, or did, but was kept.
    pub(in crate::ledger) fn expiring_at(&self, at: Timestamp) -> impl Iterator<Item = &Lot> {
        self.within(move |chunk| chunk.first_expiry <= Some(at) && chunk.last_expiry >= Some(at))
            .filter(move |lot| lot.expires_at == Some(at))
    }

    /// What expires after an instant.
    pub(in crate::ledger) fn expiring_after(&self, at: Timestamp) -> impl Iterator<Item = &Lot> {
        self.within(move |chunk| chunk.last_expiry > Some(at))
            .filter(move |lot| lot.expires_at.is_some_and(|end| end > at))
    }

    /// What expires by an instant, or did, but was kept.
    pub(in crate::ledger) fn expiring_by(&self, at: Timestamp) -> impl Iterator<Item = &Lot> {
        self.within(move |chunk| chunk.first_expiry.is_some_and(|first| first <= at))
            .filter(move |lot| lot.expires_at.is_some_and(|end| end <= at))
    }

    /// What is kept beyond its end.
    pub(in crate::ledger) fn kept(&self) -> impl DoubleEndedIterator<Item = &Lot> {
        self.within(|chunk| chunk.any_kept).filter(|lot| lot.kept.is_some())
    }

    /// The lots of chunks that may have what is looked for.
    fn within(&self, may_have: impl Fn(&Figures) -> bool) -> impl DoubleEndedIterator<Item = &Lot> {
        self.chunks.iter().filter(move |chunk| may_have(&chunk.figures)).flat_map(Chunk::lots)
    }

    /// Where the first slice of a lot is of those meant.
    pub(in crate::ledger) fn find(
        &self,
        id: LotId,
        which: impl Fn(&Lot) -> bool,
    ) -> Option<LotPlace> {
        let chunks = self.chunks.iter().enumerate();
        chunks.filter(|(_, chunk)| chunk.figures.may_have_id(id)).find_map(|(at, chunk)| {
            let index = chunk.lots.iter().position(|lot| lot.id == id && which(lot))?;
            Some(LotPlace { chunk: at, index })
        })
    }

    /// Where a lot belongs: that of the first one that is not spent before it.
    fn place_for(&self, lot: &Lot) -> LotPlace {
        let before = |other: &Lot| other.spend_order(lot).is_lt();
        let chunk = self.chunks.partition_point(|chunk| chunk.lots.last().is_some_and(before));
        let lots = self.chunks.get(chunk).map(|chunk| &chunk.lots);
        LotPlace { chunk, index: lots.map_or(0, |lots| lots.partition_point(before)) }
    }

    /// A slice of the same lot with the same end.
    pub(in crate::ledger) fn same_slice(&self, lot: &Lot) -> Option<LotPlace> {
        let place = self.place_for(lot);
        let found = self.chunks.get(place.chunk)?.lots.get(place.index)?;
        found.spend_order(lot).is_eq().then_some(place)
    }

    /// Puts a lot where it belongs.
    pub(in crate::ledger) fn insert(&mut self, lot: Lot) {
        let LotPlace { chunk, index } = self.place_for(&lot);
        match self.chunks.last().map(|last| last.lots.len()) {
            // Behind all others, as most new lots.
            Some(length) if chunk == self.chunks.len() && length < CHUNK_MAX => {
                self.insert_into(chunk.saturating_sub(1), length, lot);
            }
            Some(_) if chunk < self.chunks.len() => self.insert_into(chunk, index, lot),
            Some(_) | None => self.replace_chunks(chunk, 0, [Chunk::of([lot])]),
        }
    }

    fn insert_into(&mut self, chunk: usize, index: usize, lot: Lot) {
        let (before, after) = self.chunks[chunk].lots.split_at(index);
        let all = before.iter().cloned().chain([lot]).chain(after.iter().cloned());
        if before.len().saturating_add(after.len()) < CHUNK_MAX {
            let grown = Chunk::of(all);
            return self.replace_chunks(chunk, 1, [grown]);
        }
        let mut all: Vec<Lot> = all.collect();
        let second = all.split_off(all.len().div_ceil(2));
        self.replace_chunks(chunk, 1, [Chunk::of(all), Chunk::of(second)]);
    }

    /// Changes a lot, but not its place in the order.
    pub(in crate::ledger) fn change(&mut self, place: LotPlace, change: impl FnOnce(&mut Lot)) {
        let chunk = &mut self.chunks[place.chunk];
        self.sums.subtract(&chunk.figures.sums);
        change(&mut Arc::make_mut(&mut chunk.lots)[place.index]);
        chunk.figures = Figures::of(&chunk.lots);
        self.sums.add(&chunk.figures.sums);
    }

    pub(in crate::ledger) fn remove(&mut self, place: LotPlace) {
        let lots = &self.chunks[place.chunk].lots;
        let (before, after) = lots.split_at(place.index);
        let after = after.get(1..).unwrap_or_default();
        let next = self.chunks.get(place.chunk.saturating_add(1)).map(|next| &*next.lots);
        let left = before.len().saturating_add(after.len());
        // Two that are nearly empty become one, so that there are never many of them.
        let joined = next.filter(|next| left.saturating_add(next.len()) < CHUNK_MAX.div_ceil(2));
        let taken = if joined.is_some() { 2 } else { 1 };
        let all = before.iter().chain(after).chain(joined.unwrap_or_default()).cloned();
        let kept = (left > 0 || joined.is_some()).then(|| Chunk::of(all));
        self.replace_chunks(place.chunk, taken, kept);
    }

    fn replace_chunks(&mut self, from: usize, count: usize, by: impl IntoIterator<Item = Chunk>) {
        let mut added = LotSums::default();
        let by = by.into_iter().inspect(|chunk| added.add(&chunk.figures.sums));
        if self.chunks.is_empty() {
            // Most accounts have but one.
            self.chunks.reserve_exact(1);
        }
        let taken = self.chunks.splice(from..from.saturating_add(count), by);
        for chunk in taken {
            self.sums.subtract(&chunk.figures.sums);
        }
        self.sums.add(&added);
    }

    /// Whether every lot is one that may be and all are in spend order, from what was found when each chunk
    /// was made.
    pub(in crate::ledger) fn is_sound(&self) -> bool {
        let ends = |(one, next): (&Chunk, &Chunk)| {
            let (last, first) = (one.lots.last(), next.lots.first());
            last.zip(first).is_some_and(|(last, first)| last.spend_order(first).is_lt())
        };
        let pairs = self.chunks.iter().zip(self.chunks.iter().skip(1));
        self.chunks.iter().all(|chunk| chunk.figures.sound) && pairs.into_iter().all(ends)
    }

    /// Whether the figures are what the lots say.
    pub(in crate::ledger) fn are_figures_right(&self) -> bool {
        let mut sums = LotSums::default();
        for chunk in &self.chunks {
            sums.add(&Figures::of(&chunk.lots).sums);
        }
        sums == self.sums
            && self.chunks.iter().all(|chunk| Figures::of(&chunk.lots) == chunk.figures)
    }

    #[cfg(test)]
    pub(crate) fn edit(&mut self, edit: impl FnOnce(&mut Vec<Lot>)) {
        let mut all: Vec<Lot> = self.iter().cloned().collect();
        edit(&mut all);
        *self = all.into_iter().collect();
    }
}

impl Chunk {
    fn of(lots: impl IntoIterator<Item = Lot>) -> Self {
        let lots: Arc<[Lot]> = lots.into_iter().collect();
        let figures = Figures::of(&lots);
        Self { lots, figures }
    }

    fn lots(&self) -> &[Lot] {
        &self.lots
    }
}

impl FromIterator<Lot> for OpenLots {
    /// Takes the lots in the order in which they come.
    fn from_iter<I: IntoIterator<Item = Lot>>(lots: I) -> Self {
        let lots: Vec<Lot> = lots.into_iter().collect();
        let mut all = Self::default();
        let chunks = lots.chunks(CHUNK_MAX).map(|lots| Chunk::of(lots.iter().cloned()));
        all.replace_chunks(0, 0, chunks);
        all
    }
}

impl Index<LotPlace> for OpenLots {
    type Output = Lot;

    fn index(&self, place: LotPlace) -> &Lot {
        &self.chunks[place.chunk].lots[place.index]
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

impl<'a> Iterator for LotIter<'a> {
    type Item = &'a Lot;

    fn next(&mut self) -> Option<&'a Lot> {
        self.0.next()
    }

    fn fold<B, F: FnMut(B, &'a Lot) -> B>(self, first: B, fold: F) -> B {
        self.0.fold(first, fold)
    }
}

impl DoubleEndedIterator for LotIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back()
    }
}

impl PartialEq for OpenLots {
    /// The same lots, however they lie in chunks.
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
