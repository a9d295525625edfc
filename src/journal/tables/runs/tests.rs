//! Runs against a map: whatever was written, sealed, merged and opened again, both say the same.

use crate::journal::codec::encode;
use crate::journal::error::JournalError;
use crate::journal::tables::runs::{LastBlocks, Rack, Runs, Walked};
use std::collections::BTreeMap;
use std::fs;
use std::ops::{Bound, RangeBounds};
use std::path::{Path, PathBuf};

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// A rack and what its store would keep of it.
struct Bench {
    path: PathBuf,
    rack: Rack,
    listing: Vec<u8>,
    map: Map,
    seed: u64,
}

impl Bench {
    fn new(path: &Path) -> Self {
        let rack = Rack::open(path, None).unwrap();
        Self { path: path.into(), rack, listing: Vec::new(), map: Map::new(), seed: 7 }
    }

    fn chance(&mut self, below: u64) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.seed >> 33).checked_rem(below).unwrap()
    }

    fn key(&mut self) -> Vec<u8> {
        let number = self.chance(1_500);
        let length = if number.is_multiple_of(5) { 7 } else { 8 };
        number.to_be_bytes()[8 - length..].to_vec()
    }

    fn write(&mut self, entries: u64) {
        for _ in 0..entries {
            let (key, length) = (self.key(), self.chance(60));
            if self.chance(4) == 0 {
                self.rack.sales.remove(&key);
                self.map.remove(&key);
            } else {
                let numbers = vec![self.seed; usize::try_from(length).unwrap()];
                self.rack.sales.put(&key, &numbers);
                let value = encode(&numbers);
                assert_eq!(self.rack.sales.get_staged(&key), Ok(Some(value.clone())));
                self.map.insert(key, value);
            }
        }
    }

    fn seal(&mut self) {
        self.seal_as(true);
    }

    fn seal_as(&mut self, whole: bool) {
        let sealed = self.rack.seal(whole).unwrap();
        if !sealed.listing().is_empty() {
            self.listing = sealed.listing().to_vec();
        }
        self.rack.publish(sealed);
    }

    fn reopen(&mut self) {
        self.rack = Rack::open(&self.path, Some(&self.listing)).unwrap();
        self.rack.delete_strays().unwrap();
    }

    fn assert_same(&mut self) {
        let runs = &self.rack.sales;
        assert_same_within(runs, &self.map, ..);
        let mut last = LastBlocks::default();
        for (key, value) in &self.map {
            assert_eq!(runs.get(key), Ok(Some(value.clone())));
            assert_eq!(runs.get_near(key, &mut last), Ok(Some(value.clone())));
        }
        for _ in 0..12 {
            let (from, to) = (self.key(), self.key());
            let (from, to) = (from.clone().min(to.clone()), from.max(to));
            let runs = &self.rack.sales;
            assert_eq!(runs.get(&from), Ok(self.map.get(&from).cloned()));
            assert_same_within(runs, &self.map, from.clone()..=to.clone());
            assert_same_within(runs, &self.map, from.clone()..);
            assert_same_within(runs, &self.map, ..=to.clone());
            if from < to {
                assert_same_within(runs, &self.map, from.clone()..to.clone());
                let between = (Bound::Excluded(from), Bound::Included(to));
                assert_same_within(runs, &self.map, between);
            }
        }
    }
}

fn assert_same_within(runs: &Runs, map: &Map, range: impl RangeBounds<Vec<u8>> + Clone) {
    let expected = || map.range(range.clone()).map(|(key, value)| (key.clone(), value.clone()));
    let found: Result<Vec<Walked>, _> = runs.range(range.clone()).unwrap().collect();
    assert_eq!(found, Ok(expected().collect()));
    let found: Result<Vec<Walked>, _> = runs.range_down(range.clone()).unwrap().collect();
    assert_eq!(found, Ok(expected().rev().collect()));
}

#[test]
fn runs_say_what_a_map_says() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(dir.path());
    bench.assert_same();
    for round in 0..40 {
        let entries = bench.chance(300);
        bench.write(entries);
        bench.seal();
        if round % 7 == 0 {
            bench.reopen();
        }
        if round % 13 == 0 {
            bench.assert_same();
        }
    }
    bench.reopen();
    bench.assert_same();
    let files = fs::read_dir(dir.path().join("runs")).unwrap().count();
    assert_eq!(files, bench.rack.sales.list().len());
    assert!(files < 20, "{files} runs");
}

/// What is staged is nothing until it is sealed, and what is sealed nothing until its listing is kept.
#[test]
fn what_no_listing_names_was_never_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(dir.path());
    bench.write(100);
    bench.seal();
    let before = bench.map.clone();
    bench.write(100);
    assert_same_within(&bench.rack.sales, &before, ..);
    let unlisted = bench.rack.seal(true).unwrap();
    assert!(!unlisted.listing().is_empty());
    bench.reopen();
    assert_same_within(&bench.rack.sales, &before, ..);
    assert_eq!(fs::read_dir(dir.path().join("runs")).unwrap().count(), 1);
}

/// A run that was written beside what is staged is nothing until it is sealed, and older than that.
#[test]
fn a_run_of_a_fold_is_sealed_with_what_is_staged() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(dir.path());
    bench.write(100);
    bench.seal();
    let before = bench.map.clone();
    let mut writer = bench.rack.begin_run_of_fold(5_000).unwrap();
    for number in 0..5_000_u64 {
        let (key, value) = (number.to_be_bytes(), encode(&vec![number; 60]));
        writer.push(&key, Some(&value)).unwrap();
        bench.map.insert(key.to_vec(), value);
    }
    bench.rack.sales.take_run(writer).unwrap();
    bench.write(100);
    assert_same_within(&bench.rack.sales, &before, ..);
    bench.seal();
    bench.assert_same();
    bench.reopen();
    bench.assert_same();
    drop(bench.rack.begin_run_of_fold(10).unwrap());
    bench.reopen();
    bench.assert_same();
    assert_eq!(fs::read_dir(dir.path().join("runs")).unwrap().count(), 3);
}

/// Whatever is sealed before the next checkpoint is whole, the files of the last one stay as they are.
#[test]
fn what_a_whole_checkpoint_has_stays_until_the_next_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(dir.path());
    for _ in 0..12 {
        bench.write(60);
        bench.seal();
    }
    let (whole, listing) = (bench.map.clone(), bench.listing.clone());
    for _ in 0..40 {
        bench.write(60);
        bench.seal_as(false);
    }
    bench.assert_same();
    bench.listing = listing;
    bench.reopen();
    assert_same_within(&bench.rack.sales, &whole, ..);
    bench.map = whole;
    for _ in 0..12 {
        bench.write(60);
        bench.seal();
    }
    bench.assert_same();
}

#[test]
fn merging_leaves_few_runs_and_forgets_what_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(dir.path());
    for round in 0..8 {
        for number in 0..200_u64 {
            let key = number.to_be_bytes();
            if round % 2 == 0 {
                bench.rack.sales.put(&key, &[round; 40]);
            } else {
                bench.rack.sales.remove(&key);
            }
        }
        bench.seal();
    }
    while bench.rack.sales.list().len() >= 4 {
        std::thread::yield_now();
        bench.seal();
    }
    assert_eq!(bench.rack.sales.range::<&[u8]>(..).unwrap().count(), 0);
    let entries: u64 = bench.rack.sales.list().iter().map(|run| run.entries).sum();
    assert!(entries < 600, "{entries} entries that say nothing");
}

#[test]
fn damage_is_met_as_damage() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(dir.path());
    bench.write(2_000);
    bench.seal();
    let file = fs::read_dir(dir.path().join("runs")).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&file).unwrap();
    for at in (0..whole.len()).step_by(97) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(&file, &damaged).unwrap();
        let met = Rack::open(dir.path(), Some(&bench.listing))
            .and_then(|rack| rack.sales.range::<&[u8]>(..)?.collect::<Result<Vec<_>, _>>());
        assert!(matches!(met, Err(JournalError::Damaged { .. })), "byte {at}");
    }
    fs::write(&file, &whole[..whole.len() - 1]).unwrap();
    assert!(Rack::open(dir.path(), Some(&bench.listing)).is_err());
    fs::remove_file(&file).unwrap();
    assert!(Rack::open(dir.path(), Some(&bench.listing)).is_err());
}
