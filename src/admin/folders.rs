//! New folders for ledgers that a command makes for itself, closed to everybody but their owner.

use crate::admin::exit::Failure;
use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Most folders that are looked past for a free number.
const FOLDERS_MAX: u32 = 10_000;
const FOR_ITS_OWNER: u32 = 0o700;

/// Makes the first `NAME-N` that is free.
pub(super) fn new_folder(parent: &Path, name: &str) -> Result<PathBuf, Failure> {
    let failed = |path: &Path, error: &std::io::Error| {
        Failure::DataDir(format!("cannot make {}: {error}", path.display()))
    };
    fs::create_dir_all(parent).map_err(|error| failed(parent, &error))?;
    for number in 1..=FOLDERS_MAX {
        let folder = parent.join(format!("{name}-{number}"));
        match DirBuilder::new().mode(FOR_ITS_OWNER).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&folder, &error)),
        }
    }
    Err(Failure::DataDir(format!("{} has {FOLDERS_MAX} folders {name}-N", parent.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn every_ledger_has_a_folder_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let parent = dir.path().join("data");
        assert_eq!(new_folder(&parent, "demo"), Ok(parent.join("demo-1")));
        assert_eq!(new_folder(&parent, "demo"), Ok(parent.join("demo-2")));
        let mode = fs::metadata(parent.join("demo-1")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert_eq!(new_folder(&parent, "load"), Ok(parent.join("load-1")));
        fs::remove_dir(parent.join("demo-1")).unwrap();
        assert_eq!(new_folder(&parent, "demo"), Ok(parent.join("demo-1")));
    }
}
