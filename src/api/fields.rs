//! Reads the fields of a JSON object by name, strictly: unknown and repeated ones, wrong types and
//! wrong figures are refused by name. Numbers are read from their text, strings are borrowed.

use crate::api::complaint::{Complaint, FieldError};
use crate::api::scan::{self, Listed, Raw, ScanError};
use crate::values::{Date, DecimalError, Text};
use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

/// `2026-12-31`, digits shown as zeros.
const DATE_PATTERN: &[u8; 10] = b"0000-00-00";

/// Where an object stands in the body, for the names of its fields.
#[derive(Debug, Clone, Copy)]
enum Place {
    Top,
    Entry { list: &'static str, index: usize },
}

/// The fields of an object, each known by name and present at most once.
#[derive(Debug)]
pub(in crate::api) struct Object<'a, const N: usize> {
    place: Place,
    names: &'static [&'static str; N],
    fields: scan::Fields<'a, N>,
    /// Behind the field that was asked for last: they mostly are in the order of the table. Atomic, as a future
    /// that holds fields may move between threads.
    next: AtomicUsize,
}

impl<'a, const N: usize> Object<'a, N> {
    /// Reads a whole body.
    pub(in crate::api) fn parse(
        json: &'a str,
        names: &'static [&'static str; N],
    ) -> Result<Self, FieldError> {
        Self::read(json, names, Place::Top, "body")
    }

    /// Reads an object that is itself a field, with names of its own.
    pub(in crate::api) fn inner(
        raw: Raw<'a>,
        names: &'static [&'static str; N],
        name: &'static str,
    ) -> Result<Self, FieldError> {
        Self::read(raw.get(), names, Place::Top, name)
    }

    /// Reads an entry of a list; its fields are called `list[index].name`.
    pub(in crate::api) fn entry(
        raw: Raw<'a>,
        names: &'static [&'static str; N],
        list: &'static str,
        index: usize,
    ) -> Result<Self, FieldError> {
        Self::listed(raw.into(), names, list, index)
    }

    /// The same of an entry whose members may be known.
    pub(in crate::api) fn listed(
        entry: Listed<'_, 'a>,
        names: &'static [&'static str; N],
        list: &'static str,
        index: usize,
    ) -> Result<Self, FieldError> {
        let place = Place::Entry { list, index };
        Self::of(entry.fields(names), names, place, format_args!("{list}[{index}]"))
    }

    fn read(
        json: &'a str,
        names: &'static [&'static str; N],
        place: Place,
        itself: impl fmt::Display,
    ) -> Result<Self, FieldError> {
        Self::of(scan::object(json, names), names, place, itself)
    }

    fn of(
        fields: Result<scan::Fields<'a, N>, ScanError>,
        names: &'static [&'static str; N],
        place: Place,
        itself: impl fmt::Display,
    ) -> Result<Self, FieldError> {
        let fields = fields.map_err(|error| match error {
            ScanError::Itself(complaint) => FieldError::new(itself, complaint),
            ScanError::Field { name, complaint } => {
                FieldError::new(place.name_of(&name), complaint)
            }
        })?;
        Ok(Self { place, names, fields, next: AtomicUsize::new(0) })
    }

    /// A complaint about one of the fields.
    pub(in crate::api) fn complain(
        &self,
        name: &str,
        complaint: impl Into<Complaint>,
    ) -> FieldError {
        FieldError::new(self.place.name_of(name), complaint)
    }

    /// The value of a field that must be there.
    pub(in crate::api) fn required<T>(
        &self,
        name: &str,
        value: Option<T>,
    ) -> Result<T, FieldError> {
        value.ok_or_else(|| self.complain(name, Complaint::Required))
    }

    /// The field as it was written; null counts as absent.
    pub(in crate::api) fn raw(&self, name: &str) -> Option<Raw<'a>> {
        self.value_of(name).filter(|raw| !raw.is_null())
    }

    fn value_of(&self, name: &str) -> Option<Raw<'a>> {
        self.fields.value(self.index_of(name))
    }

    fn index_of(&self, name: &str) -> usize {
        let index = scan::position(self.names, name, self.next.load(Ordering::Relaxed));
        let index = index.expect("every field that is read is in the table of names");
        self.next.store(index.saturating_add(1), Ordering::Relaxed);
        index
    }

    /// Whether the field is there, be it as null.
    pub(in crate::api) fn mentions(&self, name: &str) -> bool {
        self.value_of(name).is_some()
    }

    pub(in crate::api) fn string(&self, name: &str) -> Result<Option<Cow<'a, str>>, FieldError> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        let text = text_of(raw).ok_or_else(|| self.complain(name, Complaint::NotText))?;
        Ok(Some(text))
    }

    /// A text of at most `MAX` characters.
    pub(in crate::api) fn text<const MAX: usize>(
        &self,
        name: &str,
    ) -> Result<Option<Text<MAX>>, FieldError> {
        let Some(text) = self.string(name)? else { return Ok(None) };
        Text::parse(&text).map(Some).map_err(|error| self.complain(name, error))
    }

    /// As [`Object::text`], without the spaces around it; nothing but spaces counts as absent.
    pub(in crate::api) fn trimmed<const MAX: usize>(
        &self,
        name: &str,
    ) -> Result<Option<Text<MAX>>, FieldError> {
        let text = self.string(name)?;
        let Some(text) = text.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        Text::parse(text).map(Some).map_err(|error| self.complain(name, error))
    }

    /// A JSON number, read from its text.
    pub(in crate::api) fn number<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, DecimalError>,
    ) -> Result<Option<T>, FieldError> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        if raw.get().starts_with('"') {
            return Err(self.complain(name, Complaint::NumberInQuotes));
        }
        parse(raw.get()).map(Some).map_err(|error| self.complain(name, error))
    }

    /// A decimal in a JSON string.
    pub(in crate::api) fn quoted<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, DecimalError>,
    ) -> Result<Option<T>, FieldError> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        let text = text_of(raw).ok_or_else(|| self.complain(name, Complaint::NumberNotInQuotes))?;
        parse(&text).map(Some).map_err(|error| self.complain(name, error))
    }

    pub(in crate::api) fn flag(&self, name: &str) -> Result<Option<bool>, FieldError> {
        match self.raw(name).map(Raw::get) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(self.complain(name, Complaint::NotFlag)),
        }
    }

    /// A whole number from 0 to `most`.
    pub(in crate::api) fn whole(&self, name: &str, most: u32) -> Result<Option<u32>, FieldError> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        let number = raw.get().parse().ok().filter(|number| *number <= most);
        let complaint = || Complaint::NotWhole { least: 0, most: u64::from(most) };
        number.map(Some).ok_or_else(|| self.complain(name, complaint()))
    }

    /// A day of the calendar, such as `2026-12-31`.
    pub(in crate::api) fn date(&self, name: &str) -> Result<Option<Date>, FieldError> {
        let Some(text) = self.string(name)? else { return Ok(None) };
        let well_formed = text.len() == DATE_PATTERN.len()
            && text.bytes().zip(DATE_PATTERN).all(|(byte, pattern)| match pattern {
                b'0' => byte.is_ascii_digit(),
                other => byte == *other,
            });
        let date = text.parse().ok().filter(|_| well_formed);
        date.map(Some).ok_or_else(|| self.complain(name, Complaint::NotDate))
    }

    /// One of a closed list of words.
    pub(in crate::api) fn word<T: Copy>(
        &self,
        name: &str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, FieldError> {
        let Some(text) = self.string(name)? else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == text);
        let complaint = || {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            Complaint::NotOneOf(known.join(", "))
        };
        found.map(|(_, meaning)| Some(*meaning)).ok_or_else(|| self.complain(name, complaint()))
    }

    /// A list of words of a closed list, at most as many as there are.
    pub(in crate::api) fn words<T: Copy>(
        &self,
        name: &str,
        words: &[(&str, T)],
    ) -> Result<Option<Vec<T>>, FieldError> {
        let Some(entries) = self.list(name, words.len())? else { return Ok(None) };
        let word = |(index, raw): (usize, Raw<'_>)| {
            let complain = |complaint| self.complain(&format!("{name}[{index}]"), complaint);
            let text = text_of(raw).ok_or_else(|| complain(Complaint::NotText))?;
            let found = words.iter().find(|(word, _)| *word == text);
            let known = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            found.map(|(_, one)| *one).ok_or_else(|| complain(Complaint::NotOneOf(known())))
        };
        entries.into_iter().enumerate().map(word).collect::<Result<_, _>>().map(Some)
    }

    /// A list of at most `most` entries that are objects.
    pub(in crate::api) fn objects(
        &self,
        name: &str,
        most: usize,
    ) -> Result<Option<Vec<Listed<'_, 'a>>>, FieldError> {
        let list = self.fields.listed(self.index_of(name), most);
        list.map_err(|complaint| self.complain(name, complaint))
    }

    /// A list of at most `most` entries.
    pub(in crate::api) fn list(
        &self,
        name: &str,
        most: usize,
    ) -> Result<Option<Vec<Raw<'a>>>, FieldError> {
        let list = self.fields.list(self.index_of(name), most);
        list.map_err(|complaint| self.complain(name, complaint))
    }
}

impl Place {
    fn name_of(self, name: &str) -> String {
        match self {
            Self::Top => name.to_owned(),
            Self::Entry { list, index } => format!("{list}[{index}].{name}"),
        }
    }
}

/// A JSON string without its quotes; borrowed unless it has escapes. `None` if it is not a string.
fn text_of(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    let inside = raw.inside_quotes()?;
    if raw.has_escapes() {
        return serde_json::from_str(raw.get()).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inside))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{Money, Precision};

    const NAMES: [&str; 4] = ["name", "amount", "flag", "list"];

    fn complaint(json: &str) -> (String, &'static str) {
        let read = || {
            let object = Object::parse(json, &NAMES)?;
            object.text::<4>("name")?;
            object.number("amount", |text| Money::parse(text, Precision::Exact))?;
            object.flag("flag")?;
            object.list("list", 2)
        };
        read().map_or_else(
            |error| (error.field.clone(), error.complaint.code()),
            |_| ("-".to_owned(), "fine"),
        )
    }

    fn check(json: &str, field: &str, code: &str) {
        let found = complaint(json);
        assert_eq!((found.0.as_str(), found.1), (field, code), "{json}");
    }

    #[test]
    fn fields_are_read_strictly() {
        check("{}", "-", "fine");
        check(r#" {"name":"a\u00e9","amount":1e1,"flag":true,"list":[1,[2]]} "#, "-", "fine");
        check(r#"{"name":null,"amount":null,"flag":null,"list":null}"#, "-", "fine");
        check("", "body", "malformed_json");
        check("{", "body", "malformed_json");
        check("{} x", "body", "malformed_json");
        check(r#"{"other":1, oops"#, "body", "malformed_json");
        check("[]", "body", "wrong_type");
        check("null", "body", "wrong_type");
        check("5", "body", "wrong_type");
        check(r#"{"other":{"a":[1]},"name":5}"#, "other", "unknown_field");
        check(r#"{"Name":"a"}"#, "Name", "unknown_field");
        check(r#"{"name":"a","name":"a"}"#, "name", "duplicate_field");
        check(r#"{"name":null,"n\u0061me":"a"}"#, "name", "duplicate_field");
        check(r#"{"name":5}"#, "name", "wrong_type");
        check(r#"{"name":"\ud800"}"#, "name", "wrong_type");
        check(r#"{"name":"abcde"}"#, "name", "too_long");
        check(r#"{"name":"a\n"}"#, "name", "control_character");
        check(r#"{"amount":"5"}"#, "amount", "wrong_type");
        check(r#"{"amount":true}"#, "amount", "wrong_type");
        check(r#"{"amount":[5]}"#, "amount", "wrong_type");
        check(r#"{"amount":-1}"#, "amount", "too_small");
        check(r#"{"amount":1.005}"#, "amount", "too_many_decimals");
        check(r#"{"amount":1e30}"#, "amount", "too_large");
        check(r#"{"flag":1}"#, "flag", "wrong_type");
        check(r#"{"flag":"true"}"#, "flag", "wrong_type");
        check(r#"{"list":{}}"#, "list", "wrong_type");
        check(r#"{"list":[1,2,3]}"#, "list", "too_many_entries");
    }

    #[test]
    fn deep_nesting_is_no_danger() {
        let deep = format!(r#"{{"list":{}{}}}"#, "[".repeat(400_000), "]".repeat(400_000));
        check(&deep, "-", "fine");
        let unknown = format!(r#"{{"other":{}{}}}"#, "[".repeat(400_000), "]".repeat(400_000));
        check(&unknown, "other", "unknown_field");
    }

    #[test]
    fn words_and_whole_numbers_say_what_they_expect() {
        let words = [("one", 1), ("two", 2)];
        let object = Object::parse(r#"{"name":"three","amount":7.0}"#, &NAMES).unwrap();
        let error = object.word("name", &words).unwrap_err();
        assert_eq!(error.to_string(), "name must be one of: one, two.");
        let error = object.whole("amount", 9).unwrap_err();
        assert_eq!(error.to_string(), "amount must be a whole number from 0 to 9.");
        let object = Object::parse(r#"{"name":"two","amount":7}"#, &NAMES).unwrap();
        assert_eq!(object.word("name", &words), Ok(Some(2)));
        assert_eq!(object.whole("amount", 9), Ok(Some(7)));
        assert!(object.whole("amount", 6).is_err());
    }
}
