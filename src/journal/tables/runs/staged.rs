//! What is to be written of a table: keys and values one behind the other in one buffer, since a checkpoint
//! adds hundreds of thousands, nearly always in the order of their keys.

use crate::journal::tables::runs::block::Entry;

/// Entries on their way into a run. Of several with the same key the last one counts.
#[derive(Default)]
pub(super) struct Staged {
    /// Each key with its value behind it.
    bytes: Vec<u8>,
    places: Vec<Place>,
    /// Whether a key came behind a greater one.
    unordered: bool,
}

/// Where an entry stands in the buffer.
#[derive(Clone, Copy)]
struct Place {
    key_from: usize,
    value_from: usize,
    /// Where the value ends; `None`: the key is to go.
    value_to: Option<usize>,
}

impl Staged {
    /// Takes a key with the value that `write` appends to the buffer.
    pub(super) fn put(&mut self, key: &[u8], write: impl FnOnce(&mut Vec<u8>)) {
        let (key_from, value_from) = self.begin(key);
        write(&mut self.bytes);
        let value_to = Some(self.bytes.len());
        self.places.push(Place { key_from, value_from, value_to });
    }

    pub(super) fn remove(&mut self, key: &[u8]) {
        let (key_from, value_from) = self.begin(key);
        self.places.push(Place { key_from, value_from, value_to: None });
    }

    /// How many entries there are, those that others follow with the same key included.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// What is staged of a key: nothing, that it is to go, or its value.
    pub(super) fn get(&mut self, key: &[u8]) -> Option<Option<&[u8]>> {
        self.put_in_order();
        let behind = self.places.partition_point(|place| self.key(place) <= key);
        let place = self.places.get(behind.checked_sub(1)?)?;
        (self.key(place) == key).then(|| self.value(place))
    }

    /// All entries that count, in the order of their keys.
    pub(super) fn entries(&mut self) -> impl Iterator<Item = Entry<'_>> {
        self.put_in_order();
        let this = &*self;
        let counts = |index: &usize| {
            let next = this.places.get(index.saturating_add(1));
            next.is_none_or(|next| this.key(next) != this.key(&this.places[*index]))
        };
        let entry = |index: usize| {
            let place = &this.places[index];
            (this.key(place), this.value(place))
        };
        (0..this.places.len()).filter(counts).map(entry)
    }

    /// Appends a key; returns where it begins and ends.
    fn begin(&mut self, key: &[u8]) -> (usize, usize) {
        let follows = self.places.last().is_none_or(|last| self.key(last) <= key);
        self.unordered |= !follows;
        let key_from = self.bytes.len();
        self.bytes.extend_from_slice(key);
        (key_from, self.bytes.len())
    }

    /// Entries with the same key stay in the order in which they came.
    fn put_in_order(&mut self) {
        if std::mem::take(&mut self.unordered) {
            let mut places = std::mem::take(&mut self.places);
            places.sort_by(|one, other| self.key(one).cmp(self.key(other)));
            self.places = places;
        }
    }

    fn key(&self, place: &Place) -> &[u8] {
        &self.bytes[place.key_from..place.value_from]
    }

    fn value(&self, place: &Place) -> Option<&[u8]> {
        place.value_to.map(|to| &self.bytes[place.value_from..to])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_entry_of_a_key_counts_whatever_order_they_came_in() {
        type Told<'a> = (&'a str, Option<&'a str>);
        let check = |came: &[Told<'_>], expected: &[Told<'_>]| {
            let mut staged = Staged::default();
            for (key, value) in came {
                match value {
                    Some(value) => staged.put(key.as_bytes(), |bytes| bytes.extend(value.bytes())),
                    None => staged.remove(key.as_bytes()),
                }
                let value = value.map(str::as_bytes);
                assert_eq!(staged.get(key.as_bytes()), Some(value), "{came:?}");
            }
            assert_eq!((staged.len(), staged.is_empty()), (came.len(), came.is_empty()));
            let entries: Vec<_> = staged.entries().collect();
            let expected: Vec<Entry<'_>> = expected
                .iter()
                .map(|(key, value)| (key.as_bytes(), value.map(str::as_bytes)))
                .collect();
            assert_eq!(entries, expected, "{came:?}");
            assert_eq!(staged.get(b"nobody's"), None);
        };
        let (a, b, gone) = (("a", Some("1")), ("b", Some("2")), ("b", None));
        check(&[], &[]);
        check(&[a, b], &[a, b]);
        check(&[b, a], &[a, b]);
        check(&[b, a, gone], &[a, gone]);
        check(&[gone, b, a, ("ab", Some(""))], &[a, ("ab", Some("")), b]);
        check(
            &[b, ("b", Some("3")), a, ("a", None), ("b", Some("4"))],
            &[("a", None), ("b", Some("4"))],
        );
    }
}
