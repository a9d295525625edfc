//! Takes JSON apart without looking into its values: the fields of an object by a table of names, the
//! entries of a list up to a limit. All of the text is checked, whatever of it is used.
//!
//! Two readers do it. [`quick`] takes what tills write in one pass over the bytes, and declines whatever
//! is the least unusual; [`strict`] takes everything, and tells every mistake. What the quick one takes,
//! the strict one takes for the same. Whoever knows what each field means can have it read
//! straight into figures by [`typed`], which declines as the quick one does.

mod listed;
mod quick;
#[cfg(test)]
mod quick_tests;
mod raw;
mod strict;
mod typed;

pub(in crate::api) use listed::Listed;
pub(in crate::api) use quick::{Unread, is_plain};
pub(in crate::api) use raw::Raw;
pub(in crate::api) use strict::{complaint_of, list, mentions};
pub(in crate::api) use typed::whole_object;

use self::listed::Tape;
use crate::api::complaint::Complaint;

/// Why an object could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::api) enum ScanError {
    /// It is no object, or no JSON.
    Itself(Complaint),
    /// A field of it is unknown or occurs twice.
    Field { name: String, complaint: Complaint },
}

/// The values of an object, in the order of its table of names.
#[derive(Debug)]
pub(in crate::api) struct Fields<'a, const N: usize> {
    values: [Option<Raw<'a>>; N],
    /// The entries of all its lists, if they were met on the way.
    tape: Option<Tape<'a>>,
}

impl<'a, const N: usize> Fields<'a, N> {
    /// The value of a field; `None`: it is not there.
    pub(in crate::api) fn value(&self, field: usize) -> Option<Raw<'a>> {
        self.values[field]
    }

    /// The entries of a list, at most `most`; `None`: the field is not there, or null.
    pub(in crate::api) fn list(
        &self,
        field: usize,
        most: usize,
    ) -> Result<Option<Vec<Raw<'a>>>, Complaint> {
        let listed = self.listed(field, most)?;
        Ok(listed.map(|entries| entries.into_iter().map(Listed::value).collect()))
    }

    /// The same, where the entries are objects that are looked into next.
    pub(in crate::api) fn listed(
        &self,
        field: usize,
        most: usize,
    ) -> Result<Option<Vec<Listed<'_, 'a>>>, Complaint> {
        let Some(raw) = self.value(field).filter(|raw| !raw.is_null()) else { return Ok(None) };
        let Some(tape) = self.tape.as_ref().filter(|_| raw.get().starts_with('[')) else {
            let entries = list(raw.get(), most)?;
            return Ok(Some(entries.into_iter().map(Listed::from).collect()));
        };
        let entries: Vec<_> = tape.entries(field).collect();
        if entries.len() > most { Err(Complaint::TooManyEntries(most)) } else { Ok(Some(entries)) }
    }
}

/// Where `name` stands among `names`, which are tried from `next` on, and then from the first: names mostly
/// come in the order of the table.
pub(in crate::api) fn position(names: &[&str], name: &str, next: usize) -> Option<usize> {
    let (before, behind) = names.split_at_checked(next)?;
    let found = behind.iter().position(|known| *known == name);
    found
        .map(|index| index.saturating_add(next))
        .or_else(|| before.iter().position(|known| *known == name))
}

/// The fields of an object. Broken JSON is reported before anything that is wrong within it.
pub(in crate::api) fn object<'a, const N: usize>(
    json: &'a str,
    names: &'static [&'static str; N],
) -> Result<Fields<'a, N>, ScanError> {
    quick::object(json, names).map_or_else(|| strict::object(json, names), Ok)
}
