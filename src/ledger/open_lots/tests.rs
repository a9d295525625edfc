//! Lots in stretches against a plain list of them.

use crate::ledger::lot::{Kept, Lot, LotOrigin, Pool};
use crate::ledger::open_lots::{GATHERED, OpenLots};
use crate::values::{Bonus, LotId, Timestamp};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop, proptest};
use proptest::{prop_assert, prop_assert_eq, prop_oneof};

/// What is done to both.
#[derive(Debug, Clone)]
enum Change {
    Insert {
        expires: Option<i64>,
        activates: i64,
        active: bool,
        kept: Option<Kept>,
    },
    Remove(prop::sample::Index),
    Take(prop::sample::Index),
    Activate(prop::sample::Index),
    /// The first so many go.
    RemoveFirst(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let kept = || {
        prop_oneof![
            8 => Just(None),
            1 => Just(Some(Kept::Covered)),
            1 => (0..50_i64).prop_map(|end| Some(Kept::Until(Timestamp::from_millis(end)))),
        ]
    };
    let insert = (proptest::option::weighted(0.8, 20..50_i64), 0..20_i64, any::<bool>(), kept());
    prop_oneof![
        40 => insert.prop_map(|(expires, activates, active, kept)| {
            Change::Insert { expires, activates, active, kept }
        }),
        6 => any::<prop::sample::Index>().prop_map(Change::Remove),
        6 => any::<prop::sample::Index>().prop_map(Change::Take),
        6 => any::<prop::sample::Index>().prop_map(Change::Activate),
        1 => (0..200_usize).prop_map(Change::RemoveFirst),
    ]
}

fn bonus(cents: u64) -> Bonus {
    Bonus::from_cents(cents).unwrap()
}

#[derive(Default)]
struct Pair {
    stretched: OpenLots,
    plain: Vec<Lot>,
    made: u64,
}

impl Pair {
    /// So many lots that were there before.
    fn with(count: u64) -> Self {
        let mut pair = Self::default();
        for number in 0..count {
            let activates = i64::try_from(number.wrapping_mul(7_919).rem_euclid(30)).unwrap();
            let (expires, active) = (activates.saturating_add(20), number.rem_euclid(3) > 0);
            let lot = pair.make(Some(expires), activates, active, None);
            pair.plain.push(lot);
        }
        pair.plain.sort_by(Lot::spend_order);
        pair.stretched = pair.plain.iter().copied().collect();
        pair
    }

    fn make(
        &mut self,
        expires: Option<i64>,
        activates: i64,
        active: bool,
        kept: Option<Kept>,
    ) -> Lot {
        self.made = self.made.saturating_add(1);
        Lot {
            id: LotId(self.made),
            origin: LotOrigin::Registration,
            pool: Pool::Main,
            amount: bonus(100),
            remaining: bonus(self.made.rem_euclid(100).saturating_add(1)),
            active,
            activates_at: Timestamp::from_millis(activates),
            expires_at: expires.map(Timestamp::from_millis),
            graced: false,
            kept: expires.and(kept),
        }
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Insert { expires, activates, active, kept } => {
                let lot = self.make(*expires, *activates, *active, *kept);
                let place = self.plain.partition_point(|other| other.spend_order(&lot).is_lt());
                self.plain.insert(place, lot);
                self.stretched.insert(lot);
            }
            Change::Remove(index) => {
                if !self.plain.is_empty() {
                    self.remove(index.index(self.plain.len()));
                }
            }
            Change::Take(index) => self.change(*index, |lot| lot.remaining = Bonus::CENT),
            Change::Activate(index) => self.change(*index, |lot| lot.active = true),
            Change::RemoveFirst(count) => {
                for _ in 0..(*count).min(self.plain.len()) {
                    self.remove(0);
                }
            }
        }
    }

    fn remove(&mut self, index: usize) {
        let lot = self.plain.remove(index);
        self.stretched.remove(self.stretched.find(lot.id, |_| true).unwrap());
    }

    fn change(&mut self, index: prop::sample::Index, change: fn(&mut Lot)) {
        if self.plain.is_empty() {
            return;
        }
        let index = index.index(self.plain.len());
        let lot = &mut self.plain[index];
        self.stretched.change(self.stretched.find(lot.id, |_| true).unwrap(), change);
        change(lot);
    }

    fn sum(&self, which: impl Fn(&Lot) -> bool) -> u64 {
        self.plain.iter().filter(|lot| which(lot)).map(|lot| lot.remaining.cents()).sum()
    }

    fn ids(&self, which: impl Fn(&Lot) -> bool) -> Vec<LotId> {
        self.plain.iter().filter(|lot| which(lot)).map(|lot| lot.id).collect()
    }
}

fn ids<'a>(lots: impl Iterator<Item = &'a Lot>) -> Vec<LotId> {
    lots.map(|lot| lot.id).collect()
}

proptest! {
    #[test]
    fn lots_in_stretches_are_what_a_plain_list_is(
        before in prop_oneof![4 => Just(0), 1 => 0..8_000_u64],
        changes in vec(change(), 1..1_500),
        at in 0..51_i64,
    ) {
        let mut pair = Pair::with(before);
        let mut copies = Vec::new();
        for (number, change) in changes.iter().enumerate() {
            if number % 200 == 0 {
                copies.push((pair.stretched.clone(), pair.plain.clone()));
            }
            pair.apply(change);
            if number % 20 == 0 {
                prop_assert!(pair.stretched.are_figures_right() && pair.stretched.is_sound());
            }
        }
        let Pair { stretched, plain, .. } = &pair;
        prop_assert!(stretched.iter().eq(plain) && stretched.iter().rev().eq(plain.iter().rev()));
        prop_assert_eq!((stretched.len(), stretched.is_empty()), (plain.len(), plain.is_empty()));
        prop_assert!(stretched.are_figures_right() && stretched.is_sound());
        prop_assert_eq!(stretched, &plain.iter().cloned().collect::<OpenLots>());
        let sums = stretched.sums();
        prop_assert_eq!(sums.all, pair.sum(|_| true));
        prop_assert_eq!(sums.held, pair.sum(|lot| !lot.active));
        prop_assert_eq!(sums.unexpired, pair.sum(Lot::is_unexpired));
        prop_assert_eq!(sums.spendable, pair.sum(Lot::is_spendable));
        prop_assert_eq!(sums.covered, pair.sum(|lot| lot.kept == Some(Kept::Covered)));
        let due = [stretched.next_activation(), stretched.next_end()].into_iter().flatten().min();
        prop_assert_eq!(due, plain.iter().filter_map(Lot::next_due).min());
        let at = Timestamp::from_millis(at);
        let expires = |lot: &Lot, by: fn(&Timestamp, &Timestamp) -> bool| {
            lot.expires_at.is_some_and(|end| by(&end, &at))
        };
        prop_assert_eq!(ids(stretched.expiring_by(at)), pair.ids(|lot| expires(lot, Timestamp::le)));
        prop_assert_eq!(ids(stretched.expiring_at(at)), pair.ids(|lot| expires(lot, Timestamp::eq)));
        prop_assert_eq!(ids(stretched.expiring_after(at)), pair.ids(|lot| expires(lot, Timestamp::gt)));
        prop_assert_eq!(ids(stretched.kept()), pair.ids(|lot| lot.kept.is_some()));
        let activates = |lot: &Lot| !lot.active && lot.activates_at == at;
        prop_assert_eq!(ids(stretched.activating_at(at)), pair.ids(activates));
        let ends = |lot: &Lot| lot.active && lot.ends_at() == Some(at);
        prop_assert_eq!(ids(stretched.ending_at(at)), pair.ids(ends));
        // Nobody's copy changes with it.
        for (copy, as_it_was) in &copies {
            prop_assert!(copy.iter().eq(as_it_was) && copy.are_figures_right());
        }
    }
}

#[test]
fn a_lot_that_may_not_be_is_noticed_in_any_stretch() {
    let mut pair = Pair::default();
    for number in 0..1_000 {
        let (expires, activates) = (Some(100 + number), 0);
        pair.apply(&Change::Insert { expires, activates, active: true, kept: None });
    }
    for at in [0, 127, 128, 500, 999] {
        let check = |damage: fn(&mut Lot)| {
            let mut damaged = pair.stretched.clone();
            damaged.edit(|lots| damage(&mut lots[at]));
            assert!(!damaged.is_sound(), "{at}");
        };
        check(|lot| lot.remaining = Bonus::ZERO);
        check(|lot| lot.remaining = bonus(101));
        check(|lot| lot.activates_at = Timestamp::from_millis(2_000));
    }
    for at in [0, 127, 128, 500, 998] {
        let mut disordered = pair.stretched.clone();
        disordered.edit(|lots| lots.swap(at, at + 1));
        assert!(!disordered.is_sound(), "{at}");
    }
    assert!(pair.stretched.is_sound());
}

/// Lots that expire in the order in which they came, as nearly all do: whoever holds a copy from before keeps
/// it, and there are never many stretches.
#[test]
fn lots_that_come_last_are_put_last() {
    let mut pair = Pair::default();
    let mut copies = Vec::new();
    for number in 0..1_000 {
        copies.push((pair.stretched.clone(), pair.plain.clone()));
        let (expires, activates) = (Some(100 + number), number);
        pair.apply(&Change::Insert { expires, activates, active: number < 900, kept: None });
        assert!(pair.stretched.iter().eq(&pair.plain), "{number}");
        assert!(pair.stretched.are_figures_right() && pair.stretched.is_sound(), "{number}");
        // Nearly all of them are full, and of each height there are so many at most.
        let heights = (1..6).take_while(|height| GATHERED.pow(*height) * 48 <= pair.plain.len());
        let at_the_top = (heights.count() + 1) * GATHERED * 2;
        let stretches = pair.plain.len().div_ceil(48) + 1;
        assert!(pair.stretched.stretches() <= stretches.min(at_the_top), "{number}");
        let every_tenth = number.rem_euclid(10) == 0;
        if every_tenth {
            pair.remove(0);
            assert!(pair.stretched.are_figures_right() && pair.stretched.is_sound(), "{number}");
        }
    }
    for (copy, as_it_was) in &copies {
        assert!(copy.iter().eq(as_it_was) && copy.are_figures_right());
    }
}
