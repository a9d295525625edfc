//! Every change of the operators of a house in a file of its own, a line each: tokens belong to an
//! installation, not to its books, and a copy of the books must not bring back who was revoked.

use crate::journal::data_dir::{DataDir, keep_private};
use crate::journal::error::JournalError;
use crate::ledger::{
    ActingName, OperatorChange, OperatorEvent, OperatorName, Operators, Role, TokenHash,
};
use crate::values::Timestamp;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const FILE: &str = "operators";
/// The same while it is being written.
const FILE_BEGUN: &str = "operators.begun";
const FIRST_LINE: &str = "kopilka operators 1";
/// How the last line begins: the hash of all before it.
const SEAL: &str = "sha256 ";

/// The file of a data directory that this process has locked.
#[derive(Debug, Clone)]
pub struct OperatorsFile {
    dir: PathBuf,
}

impl OperatorsFile {
    #[must_use]
    pub fn of(data_dir: &DataDir) -> Self {
        Self { dir: data_dir.path().to_path_buf() }
    }

    /// Lays the same file into another directory, where there is one.
    pub(in crate::journal) fn copy_into(&self, other: &DataDir) -> Result<(), JournalError> {
        let path = self.dir.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => keep_private(other.path(), (FILE, FILE_BEGUN), &bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(JournalError::io("read", &path, &error)),
        }
    }

    /// The operators that the file tells of; none, if there is no file yet.
    ///
    /// # Errors
    /// `Damaged` if it is not as it was written; `Io`.
    pub fn read(&self) -> Result<Operators, JournalError> {
        let path = self.dir.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Operators::default()),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return Err(damaged(&self.dir, "it is not text"));
            }
            Err(error) => return Err(JournalError::io("read", &path, &error)),
        };
        parse(&text).map_err(|place| damaged(&self.dir, &place))
    }

    /// Keeps the operators, whole or not at all, readable for the owner of the directory alone.
    ///
    /// # Errors
    /// `Io`: the file is as it was before.
    pub fn keep(&self, operators: &Operators) -> Result<(), JournalError> {
        keep_private(&self.dir, (FILE, FILE_BEGUN), written(operators).as_bytes())
    }
}

fn damaged(dir: &Path, place: &str) -> JournalError {
    JournalError::damaged(dir, format!("file {FILE}: {place}"))
}

fn written(operators: &Operators) -> String {
    let mut text = format!("{FIRST_LINE}\n");
    for event in operators.history() {
        text.push_str(&line(event));
        text.push('\n');
    }
    let seal = seal_of(&text);
    text.push_str(&seal);
    text.push('\n');
    text
}

/// What, when, whose, its particulars, and last, since it may have spaces, by whom.
fn line(event: &OperatorEvent) -> String {
    let OperatorEvent { name, change, at, by } = event;
    let mut line = format!("{} {at} {name} ", change.name());
    match change {
        OperatorChange::Added { role, token } => {
            let _ = write!(line, "{role} {} ", hex::encode(token));
        }
        OperatorChange::Rotated { token } => {
            let _ = write!(line, "{} ", hex::encode(token));
        }
        OperatorChange::Revoked => {}
    }
    line.push_str(by.as_str());
    line
}

fn seal_of(text: &str) -> String {
    format!("{SEAL}{}", hex::encode(Sha256::digest(text.as_bytes())))
}

/// The operators, or what is wrong and where.
fn parse(text: &str) -> Result<Operators, String> {
    let body = text.strip_suffix('\n').unwrap_or_default();
    let (lines, seal) = body.rsplit_once('\n').ok_or("it has no end")?;
    let sealed = format!("{lines}\n");
    if seal != seal_of(&sealed) {
        return Err("its checksum differs".into());
    }
    let mut lines = sealed.lines();
    if lines.next() != Some(FIRST_LINE) {
        return Err("it was written by a newer Kopilka".into());
    }
    let mut operators = Operators::default();
    for (index, line) in lines.enumerate() {
        let event = event_of(line).ok_or_else(|| format!("change {} is none", index + 1))?;
        operators.apply(event);
    }
    Ok(operators)
}

fn event_of(line: &str) -> Option<OperatorEvent> {
    let (what, rest) = line.split_once(' ')?;
    let (at, rest) = rest.split_once(' ')?;
    let (name, rest) = rest.split_once(' ')?;
    let (change, by) = match what {
        "added" => {
            let (role, rest) = rest.split_once(' ')?;
            let (token, by) = rest.split_once(' ')?;
            let (role, token) = (Role::named(role)?, token_of(token)?);
            (OperatorChange::Added { role, token }, by)
        }
        "rotated" => {
            let (token, by) = rest.split_once(' ')?;
            (OperatorChange::Rotated { token: token_of(token)? }, by)
        }
        "revoked" => (OperatorChange::Revoked, rest),
        _ => return None,
    };
    Some(OperatorEvent {
        name: OperatorName::parse(name)?,
        change,
        at: Timestamp::parse_rfc3339(at)?,
        by: ActingName::parse(by).ok()?,
    })
}

fn token_of(text: &str) -> Option<TokenHash> {
    let mut token = TokenHash::default();
    hex::decode_to_slice(text, &mut token).ok().map(|()| token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn operators() -> Operators {
        let mut operators = Operators::default();
        let changes = [
            ("anna", OperatorChange::Added { role: Role::Support, token: [1; 32] }),
            ("boris", OperatorChange::Added { role: Role::Auditor, token: [2; 32] }),
            ("anna", OperatorChange::Rotated { token: [3; 32] }),
            ("boris", OperatorChange::Revoked),
        ];
        for (index, (name, change)) in changes.into_iter().enumerate() {
            operators.apply(OperatorEvent {
                name: OperatorName::parse(name).unwrap(),
                change,
                at: Timestamp::from_millis(i64::try_from(index).unwrap() * 1_001),
                by: ActingName::parse("Ольга on call").unwrap(),
            });
        }
        operators
    }

    #[test]
    fn what_is_kept_is_read_by_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = DataDir::create_or_open(&dir.path().join("ledger")).unwrap();
        let file = OperatorsFile::of(&data_dir);
        assert_eq!(file.read(), Ok(Operators::default()));
        file.keep(&operators()).unwrap();
        assert_eq!(file.read(), Ok(operators()));
        let mode = data_dir.path().join(FILE).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(data_dir);
        // The directory is ours still.
        let data_dir = DataDir::open_existing(&dir.path().join("ledger")).unwrap();
        assert_eq!(OperatorsFile::of(&data_dir).read(), Ok(operators()));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let whole = written(&operators());
        assert_eq!(parse(&whole), Ok(operators()));
        for end in 0..whole.len() {
            let cut = whole.get(..end);
            assert!(cut.is_none_or(|cut| parse(cut).is_err()), "cut at {end}");
        }
        for place in 0..whole.len() {
            let mut bytes = whole.clone().into_bytes();
            bytes[place] ^= 1;
            let read = String::from_utf8(bytes).map(|text| parse(&text));
            assert!(!matches!(read, Ok(Ok(_))), "byte {place}");
        }
    }
}
