//! Lots in spend order out of their stretches, from both ends, past those that cannot have what is looked for.

use crate::ledger::lot::Lot;
use crate::ledger::open_lots::figures::Figures;
use crate::ledger::open_lots::stretch::{Content, Stretch};
use std::collections::VecDeque;
use std::slice;

/// The lots of stretches that may have what is looked for.
pub(super) struct Within<'a, F> {
    may_have: F,
    front: slice::Iter<'a, Lot>,
    /// Parts that follow what is in front.
    before: VecDeque<&'a Stretch>,
    top: slice::Iter<'a, Stretch>,
    /// Parts that precede what is at the back.
    behind: VecDeque<&'a Stretch>,
    back: slice::Iter<'a, Lot>,
}

/// All lots.
pub struct LotIter<'a>(Within<'a, fn(&Figures) -> bool>);

impl<'a, F: Fn(&Figures) -> bool> Within<'a, F> {
    pub(super) fn new(stretches: &'a [Stretch], may_have: F) -> Self {
        Self {
            may_have,
            front: [].iter(),
            before: VecDeque::new(),
            top: stretches.iter(),
            behind: VecDeque::new(),
            back: [].iter(),
        }
    }
}

impl<'a> LotIter<'a> {
    pub(super) fn new(stretches: &'a [Stretch]) -> Self {
        Self(Within::new(stretches, |_| true))
    }
}

impl<'a, F: Fn(&Figures) -> bool> Iterator for Within<'a, F> {
    type Item = &'a Lot;

    fn next(&mut self) -> Option<&'a Lot> {
        loop {
            if let Some(lot) = self.front.next() {
                return Some(lot);
            }
            let next = self.before.pop_front().or_else(|| self.top.next());
            let Some(stretch) = next.or_else(|| self.behind.pop_front()) else {
                return self.back.next();
            };
            if (self.may_have)(stretch.figures()) {
                match stretch.content() {
                    Content::Lots(lots) => self.front = lots.iter(),
                    Content::Parts(parts) => {
                        parts.iter().rev().for_each(|part| self.before.push_front(part));
                    }
                }
            }
        }
    }
}

impl<F: Fn(&Figures) -> bool> DoubleEndedIterator for Within<'_, F> {
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(lot) = self.back.next_back() {
                return Some(lot);
            }
            let next = self.behind.pop_back().or_else(|| self.top.next_back());
            let Some(stretch) = next.or_else(|| self.before.pop_back()) else {
                return self.front.next_back();
            };
            if (self.may_have)(stretch.figures()) {
                match stretch.content() {
                    Content::Lots(lots) => self.back = lots.iter(),
                    Content::Parts(parts) => self.behind.extend(parts.iter()),
                }
            }
        }
    }
}

impl<'a> Iterator for LotIter<'a> {
    type Item = &'a Lot;

    fn next(&mut self) -> Option<&'a Lot> {
        self.0.next()
    }
}

impl DoubleEndedIterator for LotIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back()
    }
}
