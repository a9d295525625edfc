//! The archive: the records of a journal, appended to files of their own as they become durable, so that
//! the distance to the last copy is seconds.
//!
//! It is a directory of record files as those of a snapshot, one after the other, of which the newest grows;
//! a file that is complete has its SHA-256 beside it. `high-water` says how far it had come when it was last
//! durable: less than that is damage, and what is torn beyond it is cut off.

mod layout;
mod opened;
mod scan;
mod writer;

pub use opened::{Archive, ArchiveSummary, TornEnd, archive_summary};
pub(super) use scan::Whole;
pub use writer::{ArchivePlace, ArchiveWriter, archive_of};
