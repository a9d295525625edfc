//! Maps over keys that are numbers of ours or hashes already: a few instructions for a look-up, under a
//! secret of the map, so that nobody outside can choose keys that fall together.

use dashmap::DashMap;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

/// A map that many threads share.
pub(super) type QuickMap<K, V> = DashMap<K, V, Secret>;

/// A map that is read by many and never changed.
pub(super) type QuickTable<K, V> = HashMap<K, V, Secret>;

/// What the keys of one map are mixed with. Who sends ids to a till chooses some bits of their SHA-256 by
/// trying, which is of no use without knowing this.
#[derive(Debug, Clone)]
pub(super) struct Secret {
    start: u64,
    factor: u64,
}

impl Default for Secret {
    fn default() -> Self {
        // The standard library draws its keys from the system.
        let drawn = RandomState::new();
        Self { start: drawn.hash_one(0_u8), factor: drawn.hash_one(1_u8) | 1 }
    }
}

impl BuildHasher for Secret {
    type Hasher = Mixer;

    fn build_hasher(&self) -> Mixer {
        Mixer { state: self.start, factor: self.factor }
    }
}

/// Multiplies each word by the secret and folds the product: every bit of it depends on all of them.
#[derive(Debug)]
pub(super) struct Mixer {
    state: u64,
    factor: u64,
}

impl Mixer {
    fn mix(&mut self, word: u64) {
        let (low, high) = (self.state ^ word).carrying_mul(self.factor, 0);
        self.state = low ^ high;
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.mix(u64::from_le_bytes(last));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.mix(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.mix(number);
    }

    /// The length of a key, which is the same for all keys of a map.
    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        // The product's own low bits are what a table looks at first.
        let (low, high) = self.state.carrying_mul(self.factor, 0);
        low ^ high
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::core::AccountKey;
    use crate::values::{CustomerId, TenantId};
    use std::collections::BTreeSet;
    use std::hash::Hash;

    /// How many of so many keys are alone in the low bits that a table of four times their number uses,
    /// and in the high ones.
    fn spread<K: Hash>(keys: &[K]) -> (usize, usize) {
        let secret = Secret::default();
        let bits = (keys.len() * 4).ilog2();
        let hashes: Vec<u64> = keys.iter().map(|key| secret.hash_one(key)).collect();
        let low: BTreeSet<u64> = hashes.iter().map(|hash| hash & ((1 << bits) - 1)).collect();
        let high: BTreeSet<u64> = hashes.iter().map(|hash| hash >> (64 - bits)).collect();
        (low.len(), high.len())
    }

    /// Chance leaves 88 of a hundred alone.
    #[test]
    fn keys_spread_whatever_they_have_in_common() {
        let account = |number| AccountKey { tenant: TenantId(1), customer: CustomerId(number) };
        let key = |low: u64, high: u64| (u128::from(low) << 64 | u128::from(high)).to_be_bytes();
        let numbers = || 0..4_096_u64;
        let check = |(low, high): (usize, usize)| {
            assert!(low > 3_400 && high > 3_400, "{low} and {high} of 4096");
        };
        check(spread(&numbers().map(account).collect::<Vec<_>>()));
        check(spread(&numbers().map(|number| key(number, 0)).collect::<Vec<_>>()));
        check(spread(&numbers().map(|number| key(0, number << 52)).collect::<Vec<_>>()));
        check(spread(&numbers().map(|number| (number << 40).to_le_bytes()).collect::<Vec<_>>()));
    }

    #[test]
    fn each_map_has_a_secret_of_its_own() {
        let key = [7_u8; 16];
        assert_ne!(Secret::default().hash_one(key), Secret::default().hash_one(key));
        let secret = Secret::default();
        assert_ne!(secret.hash_one([1_u8, 2, 3]), secret.hash_one([1_u8, 2, 4]));
    }
}
