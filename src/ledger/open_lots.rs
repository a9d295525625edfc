//! The open lots of an account in spend order, in chunks that copies of the account share: a change copies
//! one chunk, and figures beside each chunk answer what would otherwise take a look at every lot. A new lot
//! nearly always comes last, so the last chunk is a small one until there are enough of it to join another.

use crate::ledger::lot::Lot;
use crate::ledger::lot_figures::{Extremes, Figures, LotSums};
use crate::values::{Bonus, LotId, Timestamp};
use std::fmt;
use std::iter::FlatMap;
use std::ops::Index;
use std::slice;
use std::sync::Arc;

/// Most lots of a chunk; one more makes two chunks of it.
const CHUNK_MAX: usize = 64;
/// Most lots of a last chunk that takes one more at its end, which copies all it has.
const TAIL_MAX: usize = 16;

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
        self.chunks.iter().filter_map(|chunk| chunk.figures.extremes.next_activation).min()
    }

    /// When the first active lot is lost.
    pub(in crate::ledger) fn next_end(&self) -> Option<Timestamp> {
        self.chunks.iter().filter_map(|chunk| chunk.figures.extremes.next_end).min()
    }

    /// The slices of a lot.
    pub(in crate::ledger) fn of_id(&self, id: LotId) -> impl Iterator<Item = &Lot> {
        self.within(move |figures| figures.may_have_id(id)).filter(move |lot| lot.id == id)
    }

    /// What becomes active at an instant.
    pub(in crate::ledger) fn activating_at(&self, at: Timestamp) -> impl Iterator<Item = &Lot> {
        self.within_extremes(move |chunk| chunk.next_activation.is_some_and(|first| first <= at))
            .filter(move |lot| !lot.active && lot.activates_at == at)
    }

    /// What is active and lost at an instant.
    pub(in crate::ledger) fn ending_at(&self, at: Timestamp) -> impl Iterator<Item = &Lot> {
        self.within_extremes(move |chunk| chunk.next_end.is_some_and(|first| first <= at))
            .filter(move |lot| lot.active && lot.ends_at() == Some(at))
    }

    /// What expires at an instant, or did, but was kept.
    pub(in crate::ledger) fn expiring_at(&self, at: Timestamp) -> impl Iterator<Item = &Lot> {
        self.within_extremes(move |chunk| {
            chunk.first_expiry <= Some(at) && chunk.last_expiry >= Some(at)
        })
        .filter(move |lot| lot.expires_at == Some(at))
    }

    /// What expires after an instant.
    pub(in crate::ledger) fn expiring_after(&self, at: Timestamp) -> impl Iterator<Item = &Lot> {
        self.within_extremes(move |chunk| chunk.last_expiry > Some(at))
            .filter(move |lot| lot.expires_at.is_some_and(|end| end > at))
    }

    /// What expires by an instant, or did, but was kept.
    pub(in crate::ledger) fn expiring_by(&self, at: Timestamp) -> impl Iterator<Item = &Lot> {
        self.within_extremes(move |chunk| chunk.first_expiry.is_some_and(|first| first <= at))
            .filter(move |lot| lot.expires_at.is_some_and(|end| end <= at))
    }

    /// What is kept beyond its end.
    pub(in crate::ledger) fn kept(&self) -> impl DoubleEndedIterator<Item = &Lot> {
        self.within_extremes(|chunk| chunk.any_kept).filter(|lot| lot.kept.is_some())
    }

    /// The lots of chunks that may have what is looked for.
    fn within(&self, may_have: impl Fn(&Figures) -> bool) -> impl DoubleEndedIterator<Item = &Lot> {
        self.chunks.iter().filter(move |chunk| may_have(&chunk.figures)).flat_map(Chunk::lots)
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
        if self.is_behind_all(lot) {
            return None;
        }
        let place = self.place_for(lot);
        let found = self.chunks.get(place.chunk)?.lots.get(place.index)?;
        found.spend_order(lot).is_eq().then_some(place)
    }

    /// Puts a lot where it belongs.
    pub(in crate::ledger) fn insert(&mut self, lot: Lot) {
        if self.is_behind_all(&lot) {
            return self.append(lot);
        }
        let LotPlace { chunk, index } = self.place_for(&lot);
        let Chunk { lots, .. } = &self.chunks[chunk];
        if lots.len() < CHUNK_MAX {
            return self.insert_into(chunk, index, lot);
        }
        let (before, after) = lots.split_at(index);
        let mut all = [before, &[lot], after].concat();
        let second = all.split_off(all.len().div_ceil(2));
        self.replace_chunks(chunk, 1, [Chunk::of(all.into()), Chunk::of(second.into())]);
    }

    fn is_behind_all(&self, lot: &Lot) -> bool {
        let last = self.chunks.last().and_then(|chunk| chunk.lots.last());
        last.is_none_or(|last| last.spend_order(lot).is_lt())
    }

    /// Puts a lot behind all others: into the last chunk as long as it is small, or into a new one. One
    /// that is not small any more joins the chunk before it, as far as that has room, so that there are
    /// never many.
    fn append(&mut self, lot: Lot) {
        let last = self.chunks.len().saturating_sub(1);
        match self.chunks.last() {
            Some(tail) if tail.lots.len() < TAIL_MAX => {
                return self.insert_into(last, tail.lots.len(), lot);
            }
            Some(_) => self.join_with_next(last.saturating_sub(1)),
            // Most accounts have but one.
            None => self.chunks.reserve_exact(1),
        }
        let chunk = Chunk::of(Arc::new([lot]));
        self.sums.add(&chunk.figures.sums);
        self.chunks.push(chunk);
    }

    fn join_with_next(&mut self, chunk: usize) {
        let Some([one, next]) = self.chunks.get(chunk..chunk.saturating_add(2)) else { return };
        if one.lots.len().saturating_add(next.lots.len()) <= CHUNK_MAX {
            self.chunks[chunk] = one.joined(next);
            self.chunks.remove(chunk.saturating_add(1));
        }
    }

    fn insert_into(&mut self, chunk: usize, index: usize, lot: Lot) {
        self.sums.add(&LotSums::of(&lot));
        self.chunks[chunk].insert(index, lot);
    }

    /// Changes a lot, but not its place in the order.
    pub(in crate::ledger) fn change(&mut self, place: LotPlace, change: impl FnOnce(&mut Lot)) {
        let chunk = &mut self.chunks[place.chunk];
        self.sums.subtract(&chunk.figures.sums);
        chunk.change(place.index, change);
        self.sums.add(&chunk.figures.sums);
    }

    pub(in crate::ledger) fn remove(&mut self, LotPlace { chunk: place, index }: LotPlace) {
        let chunk = &mut self.chunks[place];
        self.sums.subtract(&LotSums::of(&chunk.lots[index]));
        if chunk.lots.len() == 1 {
            self.chunks.remove(place);
            return;
        }
        chunk.remove(index);
        let left = chunk.lots.len();
        let next = self.chunks.get(place.saturating_add(1)).map(|next| next.lots.len());
        // Two that are nearly empty become one, so that there are never many of them.
        if next.is_some_and(|next| left.saturating_add(next) < CHUNK_MAX.div_ceil(2)) {
            self.join_with_next(place);
        }
    }

    fn replace_chunks(&mut self, from: usize, count: usize, by: impl IntoIterator<Item = Chunk>) {
        let mut added = LotSums::default();
        let by = by.into_iter().inspect(|chunk| added.add(&chunk.figures.sums));
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
    pub(in crate::ledger) const fn chunks(&self) -> usize {
        self.chunks.len()
    }

    #[cfg(test)]
    pub(crate) fn edit(&mut self, edit: impl FnOnce(&mut Vec<Lot>)) {
        let mut all: Vec<Lot> = self.iter().cloned().collect();
        edit(&mut all);
        *self = all.into_iter().collect();
    }
}

impl Chunk {
    fn of(lots: Arc<[Lot]>) -> Self {
        let figures = Figures::of(&lots);
        Self { lots, figures }
    }

    fn lots(&self) -> &[Lot] {
        &self.lots
    }

    fn joined(&self, next: &Self) -> Self {
        let figures = self.figures.joined((&self.lots, &next.lots), &next.figures);
        Self { lots: [&*self.lots, &*next.lots].concat().into(), figures }
    }

    fn insert(&mut self, index: usize, lot: Lot) {
        let (before, after) = self.lots.split_at(index);
        self.lots = [before, &[lot], after].concat().into();
        self.figures.insert(&self.lots, index);
    }

    fn change(&mut self, index: usize, change: impl FnOnce(&mut Lot)) {
        let before = self.lots[index];
        if Arc::get_mut(&mut self.lots).is_none() {
            // All at once, where `make_mut` would copy lot by lot.
            self.lots = Arc::from(&*self.lots);
        }
        change(&mut Arc::make_mut(&mut self.lots)[index]);
        self.figures.change(&before, &self.lots, index);
    }

    fn remove(&mut self, index: usize) {
        let gone = self.lots[index];
        let (before, after) = self.lots.split_at(index);
        self.lots = [before, after.get(1..).unwrap_or_default()].concat().into();
        self.figures.remove(&gone, &self.lots);
    }
}

impl FromIterator<Lot> for OpenLots {
    /// Takes the lots in the order in which they come.
    fn from_iter<I: IntoIterator<Item = Lot>>(lots: I) -> Self {
        let lots: Vec<Lot> = lots.into_iter().collect();
        let mut all = Self::default();
        let chunks = lots.chunks(CHUNK_MAX).map(|lots| Chunk::of(lots.into()));
        all.chunks.reserve_exact(chunks.len());
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
