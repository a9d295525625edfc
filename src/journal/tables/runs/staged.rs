//! What is to be written of a table: keys and values one behind the other in pages, since a checkpoint adds
//! hundreds of thousands, nearly always in the order of their keys. The pages serve the next checkpoint as
//! well: memory that is new each time has to be cleared by the kernel first.

use crate::journal::codec::{Encode, encode_into};
use crate::journal::tables::runs::block::Entry;

/// A page takes entries until it has so many bytes; the last one may be longer.
const PAGE_BYTES: usize = 1 << 20;
/// Room for that.
const LAST_ENTRY_BYTES: usize = 64 << 10;
/// Pages that a table keeps for the next checkpoint.
const PAGES_KEPT: usize = 16;
/// Places of entries that it keeps room for, 5 MiB.
const PLACES_KEPT: usize = 1 << 18;

/// Entries on their way into a run. Of several with the same key the last one counts.
#[derive(Default)]
pub(in crate::journal::tables) struct Staged {
    /// Each key with its value behind it.
    pages: Vec<Vec<u8>>,
    /// Empty pages.
    spare: Vec<Vec<u8>>,
    places: Vec<Place>,
    /// Whether a key came behind a greater one.
    unordered: bool,
}

/// Where an entry stands.
#[derive(Clone, Copy)]
struct Place {
    page: u32,
    key_from: u32,
    value_from: u32,
    /// Where the value ends; `None`: the key is to go.
    value_to: Option<u32>,
}

impl Staged {
    /// Takes a key with the value that `write` appends to the page.
    pub(in crate::journal::tables) fn put(&mut self, key: &[u8], write: impl FnOnce(&mut Vec<u8>)) {
        let (page, mut place) = self.begin(key);
        write(page);
        place.value_to = Some(short(page.len()));
        self.places.push(place);
    }

    pub(in crate::journal::tables) fn put_encoded<T: Encode>(&mut self, key: &[u8], value: &T) {
        self.put(key, |bytes| encode_into(value, bytes));
    }

    /// Takes all that count of others.
    pub(in crate::journal::tables) fn extend_from(&mut self, others: &mut Self) {
        for (key, value) in others.entries() {
            match value {
                Some(value) => self.put(key, |bytes| bytes.extend_from_slice(value)),
                None => self.remove(key),
            }
        }
    }

    pub(in crate::journal::tables) fn remove(&mut self, key: &[u8]) {
        let (_, place) = self.begin(key);
        self.places.push(place);
    }

    /// How many entries there are, those that others follow with the same key included.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(in crate::journal::tables) fn is_empty(&self) -> bool {
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
    pub(in crate::journal::tables) fn entries(&mut self) -> impl Iterator<Item = Entry<'_>> {
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

    /// Empty again, with the memory that the next entries will need; of much only a part.
    pub(in crate::journal::tables) fn emptied(mut self) -> Self {
        self.places.clear();
        self.places.shrink_to(PLACES_KEPT);
        self.spare.append(&mut self.pages);
        self.spare.truncate(PAGES_KEPT);
        for page in &mut self.spare {
            page.clear();
            page.shrink_to(PAGE_BYTES.saturating_add(LAST_ENTRY_BYTES));
        }
        Self { unordered: false, ..self }
    }

    /// Appends a key; the page that it stands on, and a place that has no value yet.
    fn begin(&mut self, key: &[u8]) -> (&mut Vec<u8>, Place) {
        let follows = self.places.last().is_none_or(|last| self.key(last) <= key);
        self.unordered |= !follows;
        if self.pages.last().is_none_or(|page| page.len() >= PAGE_BYTES) {
            let room = PAGE_BYTES.saturating_add(LAST_ENTRY_BYTES);
            let page = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(room));
            self.pages.push(page);
        }
        let number = short(self.pages.len().saturating_sub(1));
        let page = self.pages.last_mut().expect("there is one by now");
        let key_from = short(page.len());
        page.extend_from_slice(key);
        let value_from = short(page.len());
        (page, Place { page: number, key_from, value_from, value_to: None })
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
        self.bytes(place, place.key_from, place.value_from)
    }

    fn value(&self, place: &Place) -> Option<&[u8]> {
        place.value_to.map(|to| self.bytes(place, place.value_from, to))
    }

    fn bytes(&self, place: &Place, from: u32, to: u32) -> &[u8] {
        &self.pages[long(place.page)][long(from)..long(to)]
    }
}

fn short(number: usize) -> u32 {
    u32::try_from(number).expect("no checkpoint has so many pages, and no page so many bytes")
}

fn long(number: u32) -> usize {
    usize::try_from(number).expect("no machine has smaller addresses")
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

    /// What was told of several pages is the same, and of much only a part is kept.
    #[test]
    fn pages_are_used_again() {
        let mut staged = Staged::default();
        let value = |number: usize| vec![u8::try_from(number % 251).unwrap(); 100_000];
        for (entries, pages) in [(5_usize, 1), (400, PAGES_KEPT), (12, PAGES_KEPT)] {
            for number in (0..entries).rev() {
                staged.put(&number.to_be_bytes(), |bytes| bytes.extend(value(number)));
            }
            let found = staged.entries().enumerate().all(|(number, (key, told))| {
                key == number.to_be_bytes() && told == Some(&value(number))
            });
            assert!(found && staged.len() == entries);
            staged = staged.emptied();
            assert!(staged.is_empty() && staged.entries().next().is_none());
            assert_eq!(staged.spare.len(), pages, "after {entries}");
            let most = PAGE_BYTES + LAST_ENTRY_BYTES;
            assert!(staged.spare.iter().all(|page| page.capacity() <= most));
        }
        for number in 0..=PLACES_KEPT {
            staged.remove(&number.to_be_bytes());
        }
        assert!(staged.emptied().places.capacity() <= PLACES_KEPT);
    }
}
