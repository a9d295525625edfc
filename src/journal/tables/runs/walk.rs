//! Walks over several runs as if they were one, up or down the order of the keys: what a newer run says of
//! a key counts, and what older ones say does not.

use crate::journal::error::JournalError;
use crate::journal::tables::runs::block::{Block, Entry};
use crate::journal::tables::runs::run::Run;
use std::cmp::Ordering;
use std::ops::Bound;
use std::sync::Arc;

/// Which way a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
}

/// A key and its value.
pub(in crate::journal::tables) type Walked = (Vec<u8>, Vec<u8>);
/// A key, and its value unless it is gone.
type Told = (Vec<u8>, Option<Vec<u8>>);

/// A place in one run.
struct Cursor {
    run: Arc<Run>,
    way: Way,
    block: Option<Block>,
    /// The index of `block`; of the entry in it.
    at: (usize, usize),
}

/// A place in all runs of a table.
pub(in crate::journal::tables) struct Walk {
    /// Newest first.
    cursors: Vec<Cursor>,
    way: Way,
    end: Bound<Vec<u8>>,
    /// The key that is being left behind.
    passed: Vec<u8>,
}

impl Walk {
    /// Begins where the way does: upwards at the lower bound, downwards at the upper one.
    pub(super) fn begin(
        runs: &[Arc<Run>],
        way: Way,
        (lower, upper): (Bound<Vec<u8>>, Bound<Vec<u8>>),
    ) -> Result<Self, JournalError> {
        let (start, end) = match way {
            Way::Up => (lower, upper),
            Way::Down => (upper, lower),
        };
        let start = start.as_ref().map(Vec::as_slice);
        let cursors = runs.iter().rev().map(|run| Cursor::begin(Arc::clone(run), way, start));
        let cursors = cursors.collect::<Result<_, _>>()?;
        Ok(Self { cursors, way, end, passed: Vec::new() })
    }

    /// The next key with what the newest run that knows it says of it.
    fn advance(&mut self) -> Result<Option<Told>, JournalError> {
        self.advance_with(|(key, value)| Ok((key.to_vec(), value.map(<[u8]>::to_vec))))
    }

    /// Goes to the next key and lets `look` see what the newest run that knows it says of it.
    pub(super) fn advance_with<T>(
        &mut self,
        look: impl FnOnce(Entry<'_>) -> Result<T, JournalError>,
    ) -> Result<Option<T>, JournalError> {
        let mut first: Option<(usize, Entry<'_>)> = None;
        for (index, cursor) in self.cursors.iter().enumerate() {
            let Some(entry) = cursor.entry() else { continue };
            if first.is_none_or(|(_, (key, _))| self.comes_before(entry.0, key)) {
                first = Some((index, entry));
            }
        }
        let Some((_, (key, value))) = first.filter(|(_, (key, _))| !self.is_beyond(key)) else {
            return Ok(None);
        };
        let seen = look((key, value))?;
        self.passed.clear();
        self.passed.extend_from_slice(key);
        for cursor in &mut self.cursors {
            if cursor.entry().is_some_and(|(key, _)| key == self.passed) {
                cursor.step()?;
            }
        }
        Ok(Some(seen))
    }

    fn comes_before(&self, key: &[u8], other: &[u8]) -> bool {
        match self.way {
            Way::Up => key < other,
            Way::Down => key > other,
        }
    }

    fn is_beyond(&self, key: &[u8]) -> bool {
        let (end, included) = match &self.end {
            Bound::Unbounded => return false,
            Bound::Included(end) => (end, true),
            Bound::Excluded(end) => (end, false),
        };
        match (key.cmp(end), self.way) {
            (Ordering::Equal, _) => !included,
            (Ordering::Greater, Way::Up) | (Ordering::Less, Way::Down) => true,
            (Ordering::Greater, Way::Down) | (Ordering::Less, Way::Up) => false,
        }
    }
}

/// The entries that are there.
impl Iterator for Walk {
    type Item = Result<Walked, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.advance() {
                Ok(Some((key, Some(value)))) => return Some(Ok((key, value))),
                Ok(Some((_, None))) => {}
                Ok(None) => return None,
                Err(error) => {
                    self.cursors.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}

impl Cursor {
    fn begin(run: Arc<Run>, way: Way, start: Bound<&[u8]>) -> Result<Self, JournalError> {
        let last = run.blocks().saturating_sub(1);
        let block = match (start, way) {
            (Bound::Unbounded, Way::Up) => 0,
            (Bound::Unbounded, Way::Down) => last,
            (Bound::Included(key) | Bound::Excluded(key), _) => run.block_of(key).unwrap_or(0),
        };
        let mut cursor = Self { run, way, block: None, at: (block, 0) };
        cursor.load(block)?;
        let Some(loaded) = &cursor.block else { return Ok(cursor) };
        // How many entries of the block the walk leaves out below, or takes in up to, its start.
        let below = match (start, way) {
            (Bound::Unbounded, Way::Up) => 0,
            (Bound::Unbounded, Way::Down) => loaded.count(),
            (Bound::Included(key), Way::Up) | (Bound::Excluded(key), Way::Down) => {
                loaded.count_through(key, false)
            }
            (Bound::Excluded(key), Way::Up) | (Bound::Included(key), Way::Down) => {
                loaded.count_through(key, true)
            }
        };
        match way {
            Way::Up => cursor.settle(Some(below))?,
            Way::Down => cursor.settle(below.checked_sub(1))?,
        }
        Ok(cursor)
    }

    fn entry(&self) -> Option<Entry<'_>> {
        self.block.as_ref()?.entry(self.at.1)
    }

    fn step(&mut self) -> Result<(), JournalError> {
        let next = match self.way {
            Way::Up => self.at.1.checked_add(1),
            Way::Down => self.at.1.checked_sub(1),
        };
        self.settle(next)
    }

    /// Goes to an entry of the block, or to the block behind it if it has no such entry.
    fn settle(&mut self, entry: Option<usize>) -> Result<(), JournalError> {
        let count = self.block.as_ref().map_or(0, Block::count);
        if let Some(entry) = entry.filter(|entry| *entry < count) {
            self.at.1 = entry;
            return Ok(());
        }
        let next = match self.way {
            Way::Up => self.at.0.checked_add(1).filter(|next| *next < self.run.blocks()),
            Way::Down => self.at.0.checked_sub(1),
        };
        let Some(next) = next else {
            self.block = None;
            return Ok(());
        };
        self.load(next)?;
        let last = self.block.as_ref().map_or(0, Block::count).saturating_sub(1);
        self.at.1 = match self.way {
            Way::Up => 0,
            Way::Down => last,
        };
        Ok(())
    }

    fn load(&mut self, block: usize) -> Result<(), JournalError> {
        self.at.0 = block;
        self.block = if block < self.run.blocks() { Some(self.run.block(block)?) } else { None };
        Ok(())
    }
}
