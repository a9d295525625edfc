//! A JSON value that nobody has looked into yet.

use serde_json::value::RawValue;

/// One value as it was written, without the spaces around it; it is known to be well formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// `text` is one well-formed value: whoever calls this has read it to its end.
    #[inline]
    pub(super) const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The value as it was written.
    #[inline]
    pub(in crate::api) const fn get(self) -> &'a str {
        self.0
    }

    #[inline]
    pub(in crate::api) fn is_null(self) -> bool {
        self.0 == "null"
    }
}

impl<'a> From<&'a RawValue> for Raw<'a> {
    fn from(value: &'a RawValue) -> Self {
        Self(value.get())
    }
}
