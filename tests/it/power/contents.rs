//! What a file holds: what is durable of it, what was done to it since, and what a power cut makes of the two.

use crate::chance::Chance;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a disk writes whole or not at all.
const PAGE: usize = 4_096;

/// A file.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    durable: Vec<u8>,
    /// In the order in which it was done.
    unsynced: Vec<Change>,
}

#[derive(Debug, Clone)]
pub(super) enum Change {
    Written { at: usize, bytes: Arc<[u8]> },
    Resized { length: usize },
}

impl Change {
    /// The length of a file afterwards.
    fn length_after(&self, before: usize) -> usize {
        match self {
            Self::Written { at, bytes } => before.max(at + bytes.len()),
            Self::Resized { length } => *length,
        }
    }

    /// Does it where `counts` says so of a page; the file is as long as it was, or longer.
    fn apply(&self, file: &mut Vec<u8>, mut counts: impl FnMut(usize) -> bool) {
        let (at, bytes) = match self {
            Self::Written { at, bytes } => (*at, Arc::clone(bytes)),
            // What is cut off is zeros if the file grows again.
            Self::Resized { length } => {
                (*length, vec![0; file.len().saturating_sub(*length)].into())
            }
        };
        let end = at + bytes.len();
        file.resize(file.len().max(end), 0);
        let mut from = at;
        while from < end {
            let to = end.min((from / PAGE + 1) * PAGE);
            if counts(from / PAGE) {
                file[from..to].copy_from_slice(&bytes[from - at..to - at]);
            }
            from = to;
        }
    }
}

impl Contents {
    pub(super) fn change(&mut self, change: Change) {
        self.unsynced.push(change);
    }

    /// All of it is durable. False: it was before.
    pub(super) fn sync(&mut self) -> bool {
        let unsynced = std::mem::take(&mut self.unsynced);
        for change in &unsynced {
            let length = change.length_after(self.durable.len());
            change.apply(&mut self.durable, |_| true);
            self.durable.resize(length, 0);
        }
        !unsynced.is_empty()
    }

    pub(super) fn is_durable(&self) -> bool {
        self.unsynced.is_empty()
    }

    /// What is certainly there.
    pub(super) fn durable(&self) -> &[u8] {
        &self.durable
    }

    /// What the program sees.
    pub(super) fn whole(&self) -> Vec<u8> {
        self.at(self.unsynced.len(), |_| usize::MAX)
    }

    /// What a cut may leave: each page as it was at some moment since the last sync, and the length of another
    /// such moment; pages that were not written before that length are zeros.
    pub(super) fn mixed(&self, chance: &mut Chance) -> Vec<u8> {
        let moments = self.unsynced.len();
        let moment = |chance: &mut Chance| match chance.below(3) {
            0 => 0,
            1 => moments,
            _ => usize::try_from(chance.below(moments as u64 + 1)).unwrap(),
        };
        let length_at = moment(chance);
        // Often enough all pages lived through the same.
        let together = (chance.below(2) == 0).then(|| moment(chance));
        let mut of_pages: BTreeMap<usize, usize> = BTreeMap::new();
        self.at(length_at, |page| {
            *of_pages.entry(page).or_insert_with(|| together.unwrap_or_else(|| moment(chance)))
        })
    }

    /// The length after so many changes, with each page after as many as are told of it.
    fn at(&self, length_after: usize, mut page_after: impl FnMut(usize) -> usize) -> Vec<u8> {
        let mut file = self.durable.clone();
        let mut length = file.len();
        for (index, change) in self.unsynced.iter().enumerate() {
            change.apply(&mut file, |page| index < page_after(page));
            if index < length_after {
                length = change.length_after(length);
            }
        }
        file.resize(length, 0);
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(at: usize, bytes: &[u8]) -> Change {
        Change::Written { at, bytes: bytes.into() }
    }

    #[test]
    fn what_was_not_synced_is_there_page_by_page_or_not() {
        let mut file = Contents::default();
        file.change(written(0, &[1; 2 * PAGE]));
        assert!(file.durable().is_empty() && file.whole() == [1; 2 * PAGE]);
        assert!(file.sync() && !file.sync());
        file.change(written(PAGE - 1, &[2; 2]));
        file.change(Change::Resized { length: PAGE + 1 });
        file.change(written(2 * PAGE, &[3; 1]));
        assert_eq!(file.durable(), [1; 2 * PAGE]);
        let whole = [vec![1; PAGE - 1], vec![2; 2], vec![0; PAGE - 1], vec![3]].concat();
        assert_eq!(file.whole(), whole);
        let mut chance = Chance::new(1);
        let mixed: Vec<_> = (0..500).map(|_| file.mixed(&mut chance)).collect();
        assert!(mixed.contains(&whole) && mixed.contains(&file.durable().to_vec()));
        let torn = |file: &Vec<u8>| file[PAGE - 1] == 1 && file.get(PAGE) == Some(&2);
        assert!(mixed.iter().any(torn), "one page of a write and not the other");
        let hole = |file: &Vec<u8>| file.len() == 2 * PAGE + 1 && file[2 * PAGE] == 0;
        assert!(mixed.iter().any(hole), "its length and not its bytes");
        let possible: &[&[u8]] = &[&[1, 1], &[2, 2], &[1, 2], &[2, 1], &[1], &[2]];
        assert!(mixed.iter().all(|file| {
            let end = file.len().min(PAGE + 1);
            possible.contains(&&file[PAGE - 1..end])
        }));
    }
}
