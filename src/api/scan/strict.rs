//! Takes any JSON apart, and tells every mistake in it.

use super::{Fields, Raw, ScanError};
use crate::api::complaint::Complaint;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// How much of an unknown field's name is repeated, in characters.
const UNKNOWN_NAME_MAX: usize = 64;

/// The values of an object, in the order of `names`. Broken JSON is reported before anything that is
/// wrong within it.
pub(super) fn object<'a, const N: usize>(
    json: &'a str,
    names: &'static [&'static str; N],
) -> Result<Fields<'a, N>, ScanError> {
    let mut found = Found { names, values: [None; N], first_complaint: None };
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let whole = deserializer.deserialize_map(&mut found).and_then(|()| deserializer.end());
    whole.map_err(|error| ScanError::Itself(complaint_of(&error)))?;
    match found.first_complaint {
        Some((name, complaint)) => Err(ScanError::Field { name, complaint }),
        None => Ok(Fields { values: found.values, tape: None }),
    }
}

/// Whether an object has a field of this name, be it as null; what is no JSON object has none.
pub(in crate::api) fn mentions(json: &str, name: &str) -> bool {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    deserializer.deserialize_map(Mentioned { name }).unwrap_or(false)
}

struct Mentioned<'n> {
    name: &'n str,
}

impl<'a> Visitor<'a> for Mentioned<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(name) = map.next_key::<Cow<'a, str>>()? {
            found |= name == self.name;
            map.next_value::<&RawValue>()?;
        }
        Ok(found)
    }
}

/// The entries of a list.
pub(in crate::api) fn list(json: &str, most: usize) -> Result<Vec<Raw<'_>>, Complaint> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let entries = deserializer.deserialize_seq(Entries { most });
    entries.map_err(|_| Complaint::NotList)?.ok_or(Complaint::TooManyEntries(most))
}

/// Whether it is no JSON, or JSON of another kind.
pub(in crate::api) fn complaint_of(error: &serde_json::Error) -> Complaint {
    match error.classify() {
        serde_json::error::Category::Data => Complaint::NotAnObject,
        serde_json::error::Category::Io
        | serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof => {
            Complaint::MalformedJson { line: error.line(), column: error.column() }
        }
    }
}

struct Found<'a, const N: usize> {
    names: &'static [&'static str; N],
    values: [Option<Raw<'a>>; N],
    first_complaint: Option<(String, Complaint)>,
}

impl<'a, const N: usize> Visitor<'a> for &mut Found<'a, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key_seed(Name { names: self.names })? {
            match name {
                Ok(index) if self.values[index].is_none() => {
                    self.values[index] = Some(map.next_value::<&RawValue>()?.into());
                }
                Ok(index) => {
                    map.next_value::<IgnoredAny>()?;
                    let complaint = (self.names[index].to_owned(), Complaint::Duplicate);
                    self.first_complaint.get_or_insert(complaint);
                }
                Err(unknown) => {
                    map.next_value::<IgnoredAny>()?;
                    self.first_complaint.get_or_insert((unknown, Complaint::Unknown));
                }
            }
        }
        Ok(())
    }
}

/// Finds a key in the table of names, or says what it was.
struct Name {
    names: &'static [&'static str],
}

impl<'a> DeserializeSeed<'a> for Name {
    type Value = Result<usize, String>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Result<usize, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        let index = self.names.iter().position(|name| *name == key);
        Ok(index.ok_or_else(|| key.chars().take(UNKNOWN_NAME_MAX).collect()))
    }
}

/// The entries of a list; `None` if there are more than `most`.
struct Entries {
    most: usize,
}

impl<'a> Visitor<'a> for Entries {
    type Value = Option<Vec<Raw<'a>>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while entries.len() < self.most {
            match seq.next_element::<&RawValue>()? {
                Some(entry) => entries.push(entry.into()),
                None => return Ok(Some(entries)),
            }
        }
        let mut within = true;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            within = false;
        }
        Ok(within.then_some(entries))
    }
}
