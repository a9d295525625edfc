//! What lies in a data directory is for its owner alone: what others could read is closed to them, and
//! said.

use crate::admin::exit::Failure;
use crate::admin::operator_token;
use crate::journal::MASTER_KEY_FILE;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const FOR_OTHERS: u32 = 0o077;
const OF_DIRECTORY: u32 = 0o700;
const OF_FILE: u32 = 0o600;

/// Closes a data directory of ours, and what lies directly in it, to everybody but its owner. The operator's
/// token and the master key are left as they are: one that others could read is no secret any more, and
/// refused elsewhere.
pub(super) fn close_to_others(data_dir: &Path) -> Result<(), Failure> {
    close(data_dir)?;
    let unreadable =
        |error: io::Error| Failure::DataDir(format!("cannot read {}: {error}", data_dir.display()));
    for entry in fs::read_dir(data_dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let secret = path.ends_with(MASTER_KEY_FILE);
        if !secret && path != operator_token::path_in(data_dir) {
            close(&path)?;
        }
    }
    Ok(())
}

fn close(path: &Path) -> Result<(), Failure> {
    // What is gone again is open to nobody; a link shows what its target lets see.
    let Ok(found) = fs::symlink_metadata(path) else { return Ok(()) };
    let mode = found.permissions().mode() & 0o777;
    if found.is_symlink() || mode & FOR_OTHERS == 0 {
        return Ok(());
    }
    let wanted = if found.is_dir() { OF_DIRECTORY } else { OF_FILE };
    let shown = path.display();
    fs::set_permissions(path, Permissions::from_mode(wanted)).map_err(|error| {
        Failure::DataDir(format!(
            "{shown} is open to others than its owner (mode {mode:04o}) and cannot be closed \
             ({error}): make it mode {wanted:04o}"
        ))
    })?;
    tracing::warn!("{shown} was open to others than its owner (mode {mode:04o}); now {wanted:04o}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn everything_but_the_token_is_closed() {
        let dir = tempfile::tempdir().unwrap();
        let around = mode(dir.path());
        let data = dir.path().join("ledger");
        let (key, journal) = (data.join("house-key"), data.join("journal"));
        fs::create_dir_all(&journal).unwrap();
        fs::write(&key, "key").unwrap();
        fs::write(operator_token::path_in(&data), "token").unwrap();
        for (path, open) in [(&data, 0o755), (&journal, 0o750), (&key, 0o644)] {
            fs::set_permissions(path, Permissions::from_mode(open)).unwrap();
        }
        let token = operator_token::path_in(&data);
        fs::set_permissions(&token, Permissions::from_mode(0o644)).unwrap();
        close_to_others(&data).unwrap();
        assert_eq!((mode(&data), mode(&journal), mode(&key)), (0o700, 0o700, 0o600));
        assert_eq!(mode(&token), 0o644);
        close_to_others(&data).unwrap();
        assert_eq!(mode(dir.path()), around, "what is around it is not ours");
    }
}
