//! A file of what tills were given proof of: lines of text `event hash`, CSV, or one JSON object a line.

use crate::admin::exit::Failure;
use crate::journal::Proof;
use crate::values::EventNumber;
use serde::Deserialize;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Longest line, in bytes: a till may keep other things beside its receipts.
const LINE_BYTES_MAX: usize = 4_096;
/// Most lines of a file.
const LINES_MAX: u64 = 100_000_000;

/// A receipt and the line that it stands in, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listed {
    pub line: u64,
    pub proof: Proof,
}

/// The receipts of a file, one after the other; ends after the first line that cannot be read.
pub(super) struct ReceiptList {
    path: PathBuf,
    lines: BufReader<File>,
    line: u64,
    columns: Columns,
    ended: bool,
}

/// Where in a line of text or of CSV the two figures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Columns {
    event: usize,
    hash: usize,
}

/// What is read of a JSON object; what else there is, is the till's own.
#[derive(Deserialize)]
struct Row {
    event: Value,
    hash: String,
}

impl ReceiptList {
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let file = File::open(path)
            .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))?;
        let lines = BufReader::new(file);
        let columns = Columns { event: 0, hash: 1 };
        Ok(Self { path: path.to_path_buf(), lines, line: 0, columns, ended: false })
    }

    /// The next receipts, at most so many; none at the end.
    pub(super) fn portion(&mut self, most: usize) -> Result<Vec<Listed>, Failure> {
        self.by_ref().take(most).collect()
    }

    fn step(&mut self) -> Result<Option<Listed>, Failure> {
        while let Some(text) = self.read_line()? {
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            if let Some(columns) = Columns::of_heading(text).filter(|_| self.line == 1) {
                self.columns = columns;
                continue;
            }
            let proof = proof_in(text, self.columns);
            let proof = proof.ok_or_else(|| self.complain("has no event number and hash"))?;
            return Ok(Some(Listed { line: self.line, proof }));
        }
        Ok(None)
    }

    fn read_line(&mut self) -> Result<Option<String>, Failure> {
        self.line = self.line.saturating_add(1);
        if self.line > LINES_MAX {
            return Err(self.complain("is one too many"));
        }
        let most = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        let read = self.lines.by_ref().take(most).read_until(b'\n', &mut bytes);
        let count = read.map_err(|error| self.complain(&format!("cannot be read: {error}")))?;
        if count == LINE_BYTES_MAX && !bytes.ends_with(b"\n") {
            return Err(self.complain("is too long"));
        }
        Ok((count > 0).then(|| String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn complain(&self, what: &str) -> Failure {
        Failure::Usage(format!("{}: line {} {what}", self.path.display(), self.line))
    }
}

impl Iterator for ReceiptList {
    type Item = Result<Listed, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let step = self.step().transpose();
        self.ended = !matches!(step, Some(Ok(_)));
        step
    }
}

impl Columns {
    /// Where the columns are whose headings name the two figures, in any of their spellings.
    fn of_heading(text: &str) -> Option<Self> {
        let headings: Vec<String> = cells(text).map(str::to_lowercase).collect();
        let ends_with = |word: &str| headings.iter().position(|heading| heading.ends_with(word));
        Some(Self { event: ends_with("event")?, hash: ends_with("hash")? })
    }
}

fn proof_in(text: &str, columns: Columns) -> Option<Proof> {
    if text.starts_with('{') {
        let row: Row = serde_json::from_str(text).ok()?;
        let event = match row.event {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        return proof_of(&event, &row.hash);
    }
    proof_of(cells(text).nth(columns.event)?, cells(text).nth(columns.hash)?)
}

fn proof_of(event: &str, hash: &str) -> Option<Proof> {
    let event = event.parse().ok().filter(|number| *number > 0).map(EventNumber)?;
    Some(Proof { event, hash: Proof::parse_hash(hash)? })
}

/// The cells of a line: by commas or semicolons where there are any, else by spaces.
fn cells(text: &str) -> impl Iterator<Item = &str> {
    let separator = [';', ','].into_iter().find(|separator| text.contains(*separator));
    let (by_separator, by_space) = match separator {
        Some(separator) => (Some(text.split(separator)), None),
        None => (None, Some(text.split_whitespace())),
    };
    let cells = by_separator.into_iter().flatten().chain(by_space.into_iter().flatten());
    cells.map(|cell| cell.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn list(text: &str) -> Result<Vec<(u64, u64, u8)>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("receipts");
        fs::write(&path, text).unwrap();
        let all: Result<Vec<Listed>, Failure> = ReceiptList::open(&path).unwrap().collect();
        let told = |one: Listed| (one.line, one.proof.event.number(), one.proof.hash[0]);
        let all = all.map_err(|failure| failure.to_string().replace(&*path.to_string_lossy(), "F"));
        Ok(all?.into_iter().map(told).collect())
    }

    #[test]
    fn every_form_is_read() {
        let (a, b) = ("aa".repeat(32), "BB".repeat(32));
        let both = Ok(vec![(1, 7, 0xAA), (2, 9, 0xBB)]);
        assert_eq!(list(&format!("7 {a}\n9\t{b}\n")), both);
        assert_eq!(list(&format!("7,{a}\r\n\"9\",\"{b}\"")), both);
        assert_eq!(list(&format!("{{\"event\":7,\"hash\":\"{a}\"}}\n9 {b}\n")), both);
        let json = format!("{{\"sale\":5,\"event\":\"7\",\"hash\":\"{a}\"}}\n\n 9;{b}");
        assert_eq!(list(&json), Ok(vec![(1, 7, 0xAA), (3, 9, 0xBB)]));
        let with_heading = format!("sale;X-Ledger-Hash;X-Ledger-Event\nS-1;{a};7\n");
        assert_eq!(list(&with_heading), Ok(vec![(2, 7, 0xAA)]));
        assert_eq!(list("event,hash\n"), Ok(vec![]));
        assert_eq!(list(""), Ok(vec![]));
    }

    #[test]
    fn a_line_that_says_nothing_is_named() {
        let hash = "aa".repeat(32);
        let wrong = Err("F: line 2 has no event number and hash".to_owned());
        for line in [
            "seven",
            "7",
            "7 aa",
            &format!("0 {hash}"),
            &format!("-7 {hash}"),
            "{\"event\":7}",
            &format!("{{\"event\":true,\"hash\":\"{hash}\"}}"),
            "event hash",
            "{",
        ] {
            assert_eq!(list(&format!("7 {hash}\n{line}\n")), wrong, "{line}");
        }
        let long = format!("7 {hash}\n{}\n", "x".repeat(LINE_BYTES_MAX));
        assert_eq!(list(&long), Err("F: line 2 is too long".to_owned()));
        let whole = format!("7 {hash} {}\n", "x".repeat(LINE_BYTES_MAX - 68));
        assert_eq!((whole.len(), list(&whole)), (LINE_BYTES_MAX, Ok(vec![(1, 7, 0xAA)])));
    }

    #[test]
    fn a_list_comes_in_portions() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("receipts");
        fs::write(&path, format!("7 {}\n", "aa".repeat(32)).repeat(5)).unwrap();
        let mut list = ReceiptList::open(&path).unwrap();
        let sizes: Vec<usize> = (0..4).map(|_| list.portion(2).unwrap().len()).collect();
        assert_eq!(sizes, [2, 2, 1, 0]);
        assert!(ReceiptList::open(&dir.path().join("none")).is_err());
    }
}
