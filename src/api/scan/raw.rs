//! A JSON value that nobody has looked into yet.

use serde_json::value::RawValue;
use std::fmt;

/// One value as it was written, without the spaces around it; it is known to be well formed.
#[derive(Clone, Copy)]
pub(in crate::api) struct Raw<'a> {
    text: &'a str,
    /// Whether it is known that nothing in it is escaped.
    is_plain: bool,
}

impl<'a> Raw<'a> {
    /// `text` is one well-formed value in which nothing is escaped: whoever calls this has read it to its end.
    #[inline]
    pub(super) const fn plain(text: &'a str) -> Self {
        Self { text, is_plain: true }
    }

    /// The value as it was written.
    #[inline]
    pub(in crate::api) const fn get(self) -> &'a str {
        self.text
    }

    #[inline]
    pub(in crate::api) fn is_null(self) -> bool {
        self.text == "null"
    }

    /// What stands between the quotes of a string; `None` if it is none.
    #[inline]
    pub(in crate::api) fn inside_quotes(self) -> Option<&'a str> {
        if !self.text.starts_with('"') {
            return None;
        }
        self.text.get(1..self.text.len().checked_sub(1)?)
    }

    /// Whether something in a string is escaped.
    #[inline]
    pub(in crate::api) fn has_escapes(self) -> bool {
        !self.is_plain && self.text.contains('\\')
    }
}

/// What was written counts, not what is known about it.
impl PartialEq for Raw<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Raw<'_> {}

impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.text, f)
    }
}

impl<'a> From<&'a RawValue> for Raw<'a> {
    fn from(value: &'a RawValue) -> Self {
        Self { text: value.get(), is_plain: false }
    }
}
