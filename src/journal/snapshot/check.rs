//! Proof of copies. Of a snapshot: its files against the manifest, its records as `verify` reads a journal, and what
//! comes out of them against the manifest again; of an archive: its files, and its records.
//! Changes nothing.

use crate::journal::error::JournalError;
use crate::journal::record::Hash;
use crate::journal::snapshot::archive::{Archive, TornEnd};
use crate::journal::snapshot::manifest::{Manifest, Span};
use crate::journal::snapshot::opened::Snapshot;
use crate::journal::snapshot::totals::{Totals, amount};
use crate::journal::vault::{KeyNeeds, MasterKey, Sealing};
use crate::journal::verify::{Covered, Difference, Place, VerifyReport, verify};
use crate::values::{EventNumber, Timestamp};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Verifies a snapshot up to the first difference. `checked` is told how many bytes of its files were held
/// against the manifest, then `progress` after every record how much has been covered.
///
/// # Errors
/// `Damaged` naming the file that is not as it was written; `Io`.
pub fn verify_snapshot(
    snapshot: &Snapshot,
    checked: &mut dyn FnMut(u64),
    progress: &mut dyn FnMut(&Covered),
) -> Result<VerifyReport, JournalError> {
    snapshot.check_files(checked)?;
    let mut report = verify(&snapshot.journal(), None, progress);
    if report.is_clean() {
        report.difference = compare(snapshot.manifest(), &report);
    }
    Ok(report)
}

/// What was found of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveProof {
    /// The records that it has.
    pub records: Span,
    pub last_event: EventNumber,
    pub last_time: Timestamp,
    /// The hash of its last record.
    pub root: Hash,
    pub torn: Option<TornEnd>,
    /// What comes out of its records; `None`: it does not have the first ones, so that its files and the
    /// links between its records alone are proven.
    pub report: Option<VerifyReport>,
}

/// Verifies an archive, also one that is growing: every byte of its files, the links between its records, what
/// comes out of them, and its keys, which are opened with the master key where it is given. `checked` is told how many bytes of all were read, then `progress` after every
/// record how much has been covered.
///
/// # Errors
/// `Archive` if there is none; `Damaged` naming the file that is not as it was written; `MasterKeyWrong`; `Io`.
pub fn verify_archive(
    path: &Path,
    master: Option<&MasterKey>,
    checked: &mut dyn FnMut(u64, u64),
    progress: &mut dyn FnMut(&Covered),
) -> Result<ArchiveProof, JournalError> {
    let archive = Archive::open(path, &[], checked)?;
    if let Some(damage) = archive.damage() {
        return Err(damage.clone());
    }
    let needs = Arc::new(KeyNeeds::default());
    let noting = Sealing::Noting(Arc::clone(&needs));
    let journal = archive.journal().map(|journal| journal.under(noting));
    let report = journal.map(|journal| verify(&journal, None, progress));
    archive.check_keys(&needs, master)?;
    let tail = archive.tail();
    Ok(ArchiveProof {
        records: archive.records(),
        last_event: tail.last_event,
        last_time: tail.last_time,
        root: tail.hash,
        torn: archive.torn().cloned(),
        report,
    })
}

/// What the manifest says against what its records say.
fn compare(manifest: &Manifest, report: &VerifyReport) -> Option<Difference> {
    let covered = &report.covered;
    let figures = [
        ("the last record", manifest.records.last, covered.records),
        ("the last event", manifest.events.last, covered.events),
        ("the customers", manifest.customers, covered.accounts),
        ("the operations", manifest.operations, covered.operations),
    ];
    let figure = figures.into_iter().find(|(_, told, found)| told != found);
    if let Some((what, told, found)) = figure {
        return Some(differs(what, told.to_string(), found.to_string()));
    }
    if manifest.root != report.covered.root {
        let [told, found] = [manifest.root, report.covered.root].map(hex::encode);
        return Some(differs("the root", told, found));
    }
    let mut books: BTreeMap<(u32, &str), String> = BTreeMap::new();
    for line in &report.trial_balance {
        books.insert((line.tenant.number(), line.book.name()), amount(line.cents));
    }
    let told = manifest.tenants.iter().flat_map(|tenant| {
        let of_tenant =
            |(book, sum)| ((tenant.tenant_id, String::as_str(book)), String::clone(sum));
        tenant.books.iter().map(of_tenant)
    });
    let told: BTreeMap<(u32, &str), String> = told.collect();
    let shown = |books: &BTreeMap<(u32, &str), String>| format!("{books:?}");
    (told != books).then(|| differs("the books", shown(&told), shown(&books)))
}

fn differs(what: &str, expected: String, found: String) -> Difference {
    Difference { place: Place::default(), what: format!("{what} of the manifest"), expected, found }
}

impl Manifest {
    /// Whether these are the figures of all its operations.
    pub(super) fn has_totals(&self, totals: &Totals) -> bool {
        self.tenants == totals.finish()
    }
}
