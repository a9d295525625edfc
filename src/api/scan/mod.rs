//! Takes JSON apart without looking into its values: the fields of an object by a table of names, the
//! entries of a list up to a limit. All of the text is checked, whatever of it is used.
//!
//! Two readers do it. [`quick`] takes what tills write in one pass over the bytes, and declines whatever
//! is the least unusual; [`strict`] takes everything, and tells every mistake. What the quick one takes,
//! the strict one takes for the same.

mod quick;
mod raw;
mod strict;

pub(in crate::api) use raw::Raw;
pub(in crate::api) use strict::{complaint_of, mentions};

use crate::api::complaint::Complaint;

/// Why an object could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::api) enum ScanError {
    /// It is no object, or no JSON.
    Itself(Complaint),
    /// A field of it is unknown or occurs twice.
    Field { name: String, complaint: Complaint },
}

/// The values of an object, in the order of `names`. Broken JSON is reported before anything that is
/// wrong within it.
pub(in crate::api) fn object<'a, const N: usize>(
    json: &'a str,
    names: &'static [&'static str; N],
) -> Result<[Option<Raw<'a>>; N], ScanError> {
    quick::object(json, names).map_or_else(|| strict::object(json, names), Ok)
}

/// The entries of a list, at most `most`.
pub(in crate::api) fn list(json: &str, most: usize) -> Result<Vec<Raw<'_>>, Complaint> {
    quick::list(json, most).map_or_else(|| strict::list(json, most), Ok)
}
