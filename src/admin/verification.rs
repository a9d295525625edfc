//! `verify` over a data directory that no server has open, or over a snapshot, and how what a verification found is told.

use crate::admin::exit::Failure;
use crate::admin::master_key;
use crate::api::{CoveredDocument, ReceiptsDocument, VerifyDocument};
use crate::engine::{Clock, SNAPSHOT_DIR};
use crate::journal::{
    ArchiveProof, Covered, DataDir, JournalError, JournalOptions, JournalReader, JournalTrouble,
    MasterKey, OperatorsFile, Proof, Snapshot, Span, Tables, TornEnd, VerifyReport, archive_of,
    list_snapshots, open_read_only, rebuild_tables, verify, verify_archive as prove_archive,
    verify_snapshot,
};
use crate::ledger::books::Book;
use crate::values::{Balance, EventNumber, TenantId};
use indicatif::ProgressBar;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Memory for the pages of the journal and of the tables, each.
const CACHE_BYTES: u64 = 64 << 20;

/// The trial balance of every tenant.
pub(super) type Books = BTreeMap<TenantId, BTreeMap<Book, Balance>>;

/// A ledger that no server has open, and that nobody else opens meanwhile.
pub(super) struct ClosedLedger {
    data_dir: DataDir,
    journal: JournalReader,
}

impl ClosedLedger {
    /// Opens the journal to be read; appends nothing.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let data_dir = DataDir::open_existing(path).map_err(|error| unusable(&error))?;
        let keys = master_key::source(master_key::from_environment()?);
        let sealing = data_dir.sealing(&keys).map_err(|error| unusable(&error))?;
        let options = JournalOptions::new(CACHE_BYTES, Clock::wall().now()).under(sealing);
        let journal = open_read_only(&data_dir, &options).map_err(|error| lost(&error, path))?;
        Ok(Self { data_dir, journal })
    }

    /// Reads the whole ledger and what lies beside it, and compares its tables, where there are any.
    pub(super) fn verify(&self) -> Result<VerifyReport, Failure> {
        self.data_dir.kept_house_key().map_err(|error| unusable(&error))?;
        OperatorsFile::of(&self.data_dir).read().map_err(|error| unusable(&error))?;
        let (path, sealing) = (self.data_dir.tables_path(), self.journal.sealing());
        let tables = Tables::open_as_they_lie(&path, CACHE_BYTES, sealing);
        let tables = tables.map_err(|error| unusable(&error))?;
        let tail = self.journal.tail().map_err(|error| unusable(&error))?;
        let bar = ProgressBar::new(tail.map_or(0, |tail| tail.record));
        let report = verify(&self.journal, tables.as_ref(), &mut |covered: &Covered| {
            bar.set_position(covered.records);
        });
        bar.finish_and_clear();
        Ok(report)
    }

    /// What became of each of these.
    pub(super) fn receipts(&self, proofs: &[Proof]) -> Result<ReceiptsDocument, Failure> {
        let tail = self.journal.tail().map_err(|error| unusable(&error))?;
        let last = tail.map_or(EventNumber(0), |tail| tail.last_event);
        let found = self.journal.presence(proofs, last).map_err(|error| unusable(&error))?;
        Ok(ReceiptsDocument::new(last, proofs, &found))
    }

    /// Throws the tables away and makes them anew. How many operations were folded.
    pub(super) fn rebuild(&self) -> Result<u64, Failure> {
        let tail = self.journal.tail().map_err(|error| unusable(&error))?;
        let bar = ProgressBar::new(tail.map_or(0, |tail| tail.last_event.number()));
        let path = self.data_dir.tables_path();
        let mut progress = |event: EventNumber| bar.set_position(event.number());
        let rebuilt = rebuild_tables(&path, CACHE_BYTES, &self.journal, &mut progress);
        bar.finish_and_clear();
        let recovered = rebuilt.map_err(|error| Failure::DataDir(error.to_string()))?;
        Ok(recovered.replayed)
    }
}

/// Reads a whole snapshot; changes nothing.
pub(super) fn verify_copy(path: &Path) -> Result<VerifyReport, Failure> {
    let snapshot = Snapshot::open(path).map_err(|error| unusable(&error))?;
    let bar = ProgressBar::new(snapshot.bytes());
    let records = snapshot.manifest().records.last;
    let report = verify_snapshot(
        &snapshot,
        &mut |bytes| bar.set_position(bytes),
        &mut |covered: &Covered| {
            bar.set_length(records);
            bar.set_position(covered.records);
        },
    );
    bar.finish_and_clear();
    report.map_err(|error| unusable(&error))
}

/// Reads a whole archive; changes nothing.
pub(super) fn verify_archive(
    path: &Path,
    master_key: Option<&MasterKey>,
) -> Result<ArchiveProof, Failure> {
    let bar = ProgressBar::new(0);
    let (mut checked, mut covered) = (
        |bytes, all| {
            bar.set_length(all);
            bar.set_position(bytes);
        },
        |covered: &Covered| bar.set_position(covered.records),
    );
    let proof = prove_archive(path, master_key, &mut checked, &mut covered);
    bar.finish_and_clear();
    proof.map_err(|error| unusable(&error))
}

/// What was found of an archive, besides what comes out of its records.
pub(super) fn of_archive(path: &Path, proof: &ArchiveProof) -> String {
    let Span { first, last } = proof.records;
    let path = path.display();
    let mut text = format!(
        "the archive {path} has records {first} to {last}, the last event {} at {}; root {}",
        proof.last_event,
        proof.last_time,
        hex::encode(proof.root)
    );
    if proof.report.is_none() {
        text.push_str("\nits files and the links between its records are sound; with a snapshot that has those before it can be restored");
    }
    if let Some(torn) = &proof.torn {
        text.push('\n');
        text.push_str(&of_torn(torn));
    }
    text
}

/// What a restore leaves out of an archive.
pub(super) fn of_torn(torn: &TornEnd) -> String {
    let TornEnd { file, whole_through, what } = torn;
    let file = file.display();
    format!(
        "{file} has a torn end ({what}), which had not become durable: it is whole through record {whole_through}"
    )
}

/// Damage is a difference: that is what is being looked for. Everything else says that this directory
/// cannot be looked at.
pub(super) fn unusable(error: &JournalError) -> Failure {
    match error.trouble() {
        JournalTrouble::Damaged => Failure::Differs(error.to_string()),
        JournalTrouble::Full | JournalTrouble::Failing | JournalTrouble::Refused => {
            Failure::DataDir(error.to_string())
        }
    }
}

/// The same of the journal itself: what makes a new ledger of its copies and of what it still has.
fn lost(error: &JournalError, data_dir: &Path) -> Failure {
    match unusable(error) {
        Failure::Differs(reason) => Failure::Differs(format!(
            "{reason}; this makes a new ledger of its copies and of what can still be read of it: {}",
            way_back(data_dir)
        )),
        other @ (Failure::Usage(_)
        | Failure::DataDir(_)
        | Failure::Refused(_)
        | Failure::Unreachable(_)) => other,
    }
}

/// The command that brings a ledger back whose journal does not open: from the newest snapshot that lies in
/// it, its archive, and its own file.
fn way_back(data_dir: &Path) -> String {
    let shelf = data_dir.join(SNAPSHOT_DIR);
    let mut whole = list_snapshots(&shelf).unwrap_or_default().into_iter();
    let newest = whole.rfind(|shelved| shelved.manifest().is_some());
    let snapshot = newest.map(|newest| format!(" --from {}", shelf.join(newest.name).display()));
    let archive = archive_of(data_dir).map(|path| format!(" --archive {}", path.display()));
    let mut restored = data_dir.as_os_str().to_owned();
    restored.push(".restored");
    format!(
        "kopilka restore{}{} --salvage {} --data-dir {}",
        snapshot.unwrap_or_default(),
        archive.unwrap_or_default(),
        data_dir.display(),
        Path::new(&restored).display()
    )
}

/// The books of a report, by tenant.
pub(super) fn books_of(report: &VerifyReport) -> Result<Books, Failure> {
    let mut books = Books::new();
    for line in &report.trial_balance {
        let beyond = |_| Failure::Differs(format!("book {:?} is beyond any amount", line.book));
        let amount = i64::try_from(line.cents).map(Balance::from_cents).map_err(beyond)?;
        books.entry(line.tenant).or_default().insert(line.book, amount);
    }
    Ok(books)
}

/// What a verification found, as a sheet.
pub(super) fn for_people(found: &VerifyDocument) -> String {
    let mut text = String::from("verified\n");
    let mut line = |name: &str, figure: &str| {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {name:<28}{figure:>16}");
    };
    for (name, count) in CoveredDocument::figures(&found.covered) {
        line(name, &count.to_string());
    }
    for book in &found.trial_balance {
        let name = book.book.replace('_', " ");
        line(&format!("tenant {} {name}", book.tenant_id), &book.amount);
    }
    // Writing into a String cannot fail.
    let _ = writeln!(text, "  root {}", found.root);
    text.push_str(match (found.clean, found.tables_cover) {
        (false, _) => "  something differs",
        (true, Some(_)) => "  everything agrees, every trial balance is zero",
        (true, None) => "  everything agrees; there were no tables to compare with",
    });
    text
}

pub(super) fn for_programs(found: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(found).map_err(|error| Failure::Differs(error.to_string()))
}

/// What the command ends with.
pub(super) fn outcome(found: &VerifyDocument) -> Result<(), Failure> {
    match &found.difference {
        None => Ok(()),
        Some(difference) => Err(Failure::Differs(difference.sentence.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{BookLine, Difference, Place};
    use crate::ledger::Pool;

    fn report(difference: Option<Difference>) -> VerifyReport {
        let line = |book, cents| BookLine { tenant: TenantId(1), book, cents };
        VerifyReport {
            covered: Covered { records: 7, accounts: 3, ..Covered::default() },
            trial_balance: vec![
                line(Book::Issued(Pool::Main), -4_775),
                line(Book::CustomerHeld, 4_775),
            ],
            difference,
        }
    }

    #[test]
    fn a_clean_ledger_is_told_with_its_books() {
        let report = report(None);
        let books = &books_of(&report).unwrap()[&TenantId(1)];
        assert_eq!(books.get(&Book::CustomerHeld), Some(&Balance::from_cents(4_775)));
        let found = VerifyDocument::from(&report);
        assert_eq!(outcome(&found), Ok(()));
        let sheet = for_people(&found);
        for part in ["records", "tenant 1 issued main", "-47.75", "root 00", "everything agrees"] {
            assert!(sheet.contains(part), "{part} in\n{sheet}");
        }
        let json: serde_json::Value = serde_json::from_str(&for_programs(&found).unwrap()).unwrap();
        assert_eq!(json["clean"], true);
        assert_eq!(json["covered"]["accounts"], 3);
        assert_eq!(json["trial_balance"][1]["amount"], "47.75");
    }

    #[test]
    fn a_difference_is_told_with_its_place() {
        let place = Place {
            record: Some(7),
            event: Some(EventNumber(9)),
            tenant: Some(TenantId(1)),
            customer: None,
        };
        let difference = Difference {
            place,
            what: "the balance".into(),
            expected: "1.00".into(),
            found: "2.00".into(),
        };
        let found = VerifyDocument::from(&report(Some(difference)));
        let sentence = outcome(&found).unwrap_err().to_string();
        for part in ["record 7", "event 9", "tenant 1", "expected 1.00, found 2.00"] {
            assert!(sentence.contains(part), "{part} in {sentence}");
        }
        assert!(!for_people(&found).contains("agrees"));
        let json: serde_json::Value = serde_json::from_str(&for_programs(&found).unwrap()).unwrap();
        assert_eq!((&json["clean"], &json["difference"]["event"]), (&false.into(), &9.into()));
    }

    #[test]
    fn damage_is_a_difference_and_a_strange_folder_is_not() {
        let path = std::path::PathBuf::from("d");
        let damaged = JournalError::Damaged { path: path.clone(), place: "record 7".into() };
        assert!(matches!(unusable(&damaged), Failure::Differs(_)));
        assert!(matches!(unusable(&JournalError::InUse(path.clone())), Failure::DataDir(_)));
        assert!(matches!(unusable(&JournalError::NotOurs(path)), Failure::DataDir(_)));
    }
}
