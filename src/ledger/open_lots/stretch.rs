//! Lots that follow one another in spend order, shared by copies of an account: some side by side, or many as
//! a tree, so that a change copies what lies on the way to it and no more.

use crate::ledger::lot::{Lot, SpendKey};
use crate::ledger::open_lots::figures::Figures;
use crate::values::LotId;
use std::sync::Arc;

/// Most lots side by side; one more makes two of it.
pub(super) const LOTS_MAX: usize = 64;
/// Most parts side by side below the top; one more makes two of it.
pub(super) const PARTS_MAX: usize = 16;

/// Lots in spend order, at least one.
#[derive(Clone)]
pub(super) struct Stretch {
    content: Content,
    lots: usize,
    /// How many stretches lie in one another.
    height: u8,
    first: SpendKey,
    last: SpendKey,
    figures: Figures,
}

/// What a stretch is made of.
#[derive(Clone)]
pub(super) enum Content {
    Lots(Arc<[Lot]>),
    Parts(Arc<[Stretch]>),
}

impl Stretch {
    pub(super) fn of_lots(lots: Arc<[Lot]>) -> Self {
        let figures = Figures::of(&lots);
        Self::of_counted(lots, figures)
    }

    fn of_counted(lots: Arc<[Lot]>, figures: Figures) -> Self {
        let end = |lot: Option<&Lot>| lot.expect("a stretch has a lot").spend_key();
        let (first, last) = (end(lots.first()), end(lots.last()));
        Self { lots: lots.len(), height: 0, first, last, figures, content: Content::Lots(lots) }
    }

    pub(super) fn of_parts(parts: Arc<[Self]>) -> Self {
        let (first, others) = parts.split_first().expect("a stretch has a part");
        let (mut figures, mut last) = (first.figures, first.last);
        for part in others {
            figures = figures.joined(&part.figures, last < part.first);
            last = part.last;
        }
        let height = parts.iter().map(Self::height).max().unwrap_or(0).saturating_add(1);
        let first = first.first;
        let lots = count(&parts);
        Self { lots, height, first, last, figures, content: Content::Parts(parts) }
    }

    pub(super) const fn content(&self) -> &Content {
        &self.content
    }

    pub(super) const fn figures(&self) -> &Figures {
        &self.figures
    }

    pub(super) const fn height(&self) -> u8 {
        self.height
    }

    pub(super) const fn last(&self) -> &SpendKey {
        &self.last
    }

    /// Whether all of it is spent before all of another.
    pub(super) fn is_before(&self, next: &Self) -> bool {
        self.last < next.first
    }

    /// The lots, if they lie side by side.
    pub(super) fn side_by_side(&self) -> Option<&Arc<[Lot]>> {
        match &self.content {
            Content::Lots(lots) => Some(lots),
            Content::Parts(_) => None,
        }
    }

    /// Puts a lot where it belongs; what there is no room for any more is returned, to follow this one.
    pub(super) fn insert(&mut self, lot: Lot) -> Option<Self> {
        match &mut self.content {
            Content::Lots(lots) => {
                let key = lot.spend_key();
                let index = lots.partition_point(|other| other.spend_key() < key);
                let (before, after) = lots.split_at(index);
                // Whose number is known beforehand, so that they are copied once.
                let all: Arc<[Lot]> = before.iter().chain([&lot]).chain(after).copied().collect();
                if all.len() > LOTS_MAX {
                    let (first, second) = all.split_at(all.len().div_ceil(2));
                    *self = Self::of_lots(first.into());
                    return Some(Self::of_lots(second.into()));
                }
                let mut figures = self.figures;
                figures.insert(&all, index);
                *self = Self::of_counted(all, figures);
                None
            }
            Content::Parts(parts) => {
                let mut all = parts.to_vec();
                insert_into(&mut all, lot);
                let second = (all.len() > PARTS_MAX).then(|| all.split_off(all.len().div_ceil(2)));
                *self = Self::of_parts(all.into());
                second.map(|second| Self::of_parts(second.into()))
            }
        }
    }

    /// Changes a lot, but not its place in the order.
    pub(super) fn change(&mut self, index: usize, change: impl FnOnce(&mut Lot)) {
        match &mut self.content {
            Content::Lots(lots) => {
                let before = lots[index];
                if Arc::get_mut(lots).is_none() {
                    // All at once, where `make_mut` would copy lot by lot.
                    *lots = Arc::from(&**lots);
                }
                change(&mut Arc::make_mut(lots)[index]);
                self.figures.change(&before, lots, index);
                *self = Self::of_counted(Arc::clone(lots), self.figures);
            }
            Content::Parts(parts) => {
                let (part, index) = locate(parts, index);
                Arc::make_mut(parts)[part].change(index, change);
                *self = Self::of_parts(Arc::clone(parts));
            }
        }
    }

    /// What is left without a lot; `None`: nothing is.
    pub(super) fn without(&self, index: usize) -> Option<Self> {
        match &self.content {
            Content::Lots(lots) => {
                let (before, after) = lots.split_at(index);
                let left = [before, after.get(1..).unwrap_or_default()].concat();
                let mut figures = self.figures;
                figures.remove(&lots[index], &left);
                (!left.is_empty()).then(|| Self::of_counted(left.into(), figures))
            }
            Content::Parts(parts) => {
                let mut all = parts.to_vec();
                remove_from(&mut all, index);
                match &*all {
                    [] => None,
                    [only] => Some(only.clone()),
                    [..] => Some(Self::of_parts(all.into())),
                }
            }
        }
    }

    /// The two as one, if both are side by side and short enough for that.
    pub(super) fn joined(&self, next: &Self, lots_max: usize) -> Option<Self> {
        let (lots, following) = (self.side_by_side()?, next.side_by_side()?);
        if lots.len().saturating_add(following.len()) > lots_max {
            return None;
        }
        let figures = self.figures.joined(&next.figures, self.is_before(next));
        Some(Self::of_counted([&**lots, &**following].concat().into(), figures))
    }

    /// Whether the figures are what the lots say.
    pub(super) fn is_right(&self) -> bool {
        let anew = match &self.content {
            Content::Lots(lots) => Self::of_lots(Arc::clone(lots)),
            Content::Parts(parts) => {
                if !parts.iter().all(Self::is_right) {
                    return false;
                }
                Self::of_parts(Arc::clone(parts))
            }
        };
        let told = |it: &Self| (it.lots, it.height, it.first, it.last, it.figures);
        told(self) == told(&anew)
    }
}

/// How many lots there are.
pub(super) fn count(stretches: &[Stretch]) -> usize {
    stretches.iter().map(|stretch| stretch.lots).sum()
}

/// In which stretch a lot is, and where in that.
pub(super) fn locate(stretches: &[Stretch], mut index: usize) -> (usize, usize) {
    for (at, stretch) in stretches.iter().enumerate() {
        if index < stretch.lots {
            return (at, index);
        }
        index = index.saturating_sub(stretch.lots);
    }
    (stretches.len(), index)
}

/// The lot at an index.
pub(super) fn lot_at(stretches: &[Stretch], index: usize) -> &Lot {
    let (at, index) = locate(stretches, index);
    match &stretches[at].content {
        Content::Lots(lots) => &lots[index],
        Content::Parts(parts) => lot_at(parts, index),
    }
}

/// Where the first slice of a lot is of those meant.
pub(super) fn find(
    stretches: &[Stretch],
    id: LotId,
    which: &impl Fn(&Lot) -> bool,
) -> Option<usize> {
    let mut before = 0_usize;
    for stretch in stretches {
        if stretch.figures.may_have_id(id) {
            let found = match &stretch.content {
                Content::Lots(lots) => lots.iter().position(|lot| lot.id == id && which(lot)),
                Content::Parts(parts) => find(parts, id, which),
            };
            if let Some(index) = found {
                return Some(before.saturating_add(index));
            }
        }
        before = before.saturating_add(stretch.lots);
    }
    None
}

/// Where a place of the order is taken.
pub(super) fn find_key(stretches: &[Stretch], key: &SpendKey) -> Option<usize> {
    let at = stretches.partition_point(|stretch| stretch.last < *key);
    let index = match &stretches.get(at)?.content {
        Content::Lots(lots) => lots.binary_search_by_key(key, Lot::spend_key).ok()?,
        Content::Parts(parts) => find_key(parts, key)?,
    };
    Some(count(&stretches[..at]).saturating_add(index))
}

/// Puts a lot where it belongs among stretches of which at least one is not before it.
pub(super) fn insert_into(stretches: &mut Vec<Stretch>, lot: Lot) {
    let key = lot.spend_key();
    let at = stretches.partition_point(|stretch| stretch.last < key);
    if let Some(second) = stretches[at].insert(lot) {
        stretches.insert(at.saturating_add(1), second);
    }
}

/// Takes a lot away. Two stretches that are nearly empty become one, so that there are never many of them.
pub(super) fn remove_from(stretches: &mut Vec<Stretch>, index: usize) {
    let (at, index) = locate(stretches, index);
    let Some(left) = stretches[at].without(index) else {
        stretches.remove(at);
        return;
    };
    let next = stretches.get(at.saturating_add(1));
    let joined = next.and_then(|next| left.joined(next, LOTS_MAX.div_ceil(2)));
    if joined.is_some() {
        stretches.remove(at.saturating_add(1));
    }
    stretches[at] = joined.unwrap_or(left);
}
