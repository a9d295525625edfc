//! The entries of lists, and the members of those that are objects, as they were met while the object was read
//! to which the lists belong: nothing is read twice.

use super::{Fields, Raw, ScanError, object, position};

/// How many entries of lists are remembered; more are left to the reader that stops where a list ends to be
/// allowed.
pub(super) const ENTRIES_MAX: usize = 5_000;
/// How many members of entries are remembered; entries behind are read again when they are looked into.
pub(super) const MEMBERS_MAX: usize = 4_096;
/// Room for the lines of an ordinary sale.
const MEMBERS_ROOM: usize = 24;

/// What was met of the lists of an object, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Tape<'a> {
    entries: Vec<Entry<'a>>,
    members: Vec<Member<'a>>,
}

#[derive(Debug)]
struct Entry<'a> {
    /// Which field the list is the value of.
    field: usize,
    value: Raw<'a>,
    /// Where its members begin and end; `None`: not all of them are there.
    members: Option<(usize, usize)>,
}

/// A name and its value.
#[derive(Debug)]
struct Member<'a> {
    name: &'a str,
    value: Raw<'a>,
}

/// An entry of a list, which may be an object whose members are known.
#[derive(Debug, Clone, Copy)]
pub(in crate::api) struct Listed<'t, 'a> {
    value: Raw<'a>,
    members: Option<&'t [Member<'a>]>,
}

impl<'a> Tape<'a> {
    /// Where the members of the next entry begin; `None`: that would be an entry too many.
    pub(super) fn begin_entry(&self) -> Option<usize> {
        (self.entries.len() < ENTRIES_MAX).then_some(self.members.len())
    }

    /// The entry was read to its end.
    pub(super) fn end_entry(&mut self, field: usize, value: Raw<'a>, members_from: usize) {
        let end = self.members.len();
        let is_object = value.get().starts_with('{');
        let members = (is_object && end < MEMBERS_MAX).then_some((members_from, end));
        self.entries.push(Entry { field, value, members });
    }

    pub(super) fn member(&mut self, name: &'a str, value: Raw<'a>) {
        if self.members.is_empty() {
            self.members.reserve(MEMBERS_ROOM);
        }
        if self.members.len() < MEMBERS_MAX {
            self.members.push(Member { name, value });
        }
    }

    /// The entries of the list that is the value of a field.
    pub(super) fn entries(&self, field: usize) -> impl Iterator<Item = Listed<'_, 'a>> {
        let entries = self.entries.iter().filter(move |entry| entry.field == field);
        entries.map(|entry| {
            let members = entry.members.and_then(|(begin, end)| self.members.get(begin..end));
            Listed { value: entry.value, members }
        })
    }
}

impl<'a> Listed<'_, 'a> {
    pub(in crate::api) const fn value(self) -> Raw<'a> {
        self.value
    }

    /// The fields of an entry that is an object.
    pub(in crate::api) fn fields<const N: usize>(
        self,
        names: &'static [&'static str; N],
    ) -> Result<Fields<'a, N>, ScanError> {
        let known = self.members.and_then(|members| in_order_of(members, names));
        known.map_or_else(|| object(self.value.get(), names), Ok)
    }
}

impl<'a> From<Raw<'a>> for Listed<'_, 'a> {
    fn from(value: Raw<'a>) -> Self {
        Self { value, members: None }
    }
}

/// The values of members in the order of a table of names; `None` if one of them is unknown or occurs twice.
fn in_order_of<'a, const N: usize>(
    members: &[Member<'a>],
    names: &[&str; N],
) -> Option<Fields<'a, N>> {
    let (mut values, mut next) = ([None; N], 0);
    for Member { name, value } in members {
        let index = position(names, name, next)?;
        let repeated = values[index].replace(*value);
        if repeated.is_some() {
            return None;
        }
        next = index.saturating_add(1);
    }
    Some(Fields { values, tape: None })
}
