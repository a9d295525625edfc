//! A map that remembers what was used of late, and never more than it may.

use std::collections::HashMap;
use std::hash::Hash;

/// Two generations: when the young one is full it becomes the old one, and what was old is forgotten. So
/// every step takes the same time, and what is used again and again stays.
pub(super) struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    young_max: usize,
}

impl<K: Eq + Hash, V> Recent<K, V> {
    /// Remembers at most `most` entries.
    pub(super) fn new(most: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), young_max: most.div_ceil(2).max(1) }
    }

    /// What is remembered under `key`; this is a use of it.
    pub(super) fn get(&mut self, key: &K) -> Option<&mut V> {
        if !self.young.contains_key(key) {
            let (key, value) = self.old.remove_entry(key)?;
            self.put(key, value);
        }
        self.young.get_mut(key)
    }

    /// Whether anything is remembered under `key`; this is a use of it.
    pub(super) fn knows(&mut self, key: &K) -> bool {
        // Who is known is mostly young: one look is enough for them.
        self.young.contains_key(key) || self.get(key).is_some()
    }

    pub(super) fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.young_max && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_remembered_than_may_be_and_what_is_used_stays() {
        let mut recent = Recent::new(8);
        recent.put(0, "used");
        for key in 1..1_000 {
            recent.put(key, "once");
            assert!(recent.len() <= 8, "{key}");
            assert_eq!(recent.get(&0), Some(&mut "used"), "{key}");
            assert!(recent.knows(&0), "{key}");
        }
        assert_eq!(recent.get(&1), None);
        assert!(!recent.knows(&1));
        assert_eq!(recent.get(&999), Some(&mut "once"));
        recent.put(999, "again");
        assert_eq!(recent.get(&999), Some(&mut "again"));
    }
}
