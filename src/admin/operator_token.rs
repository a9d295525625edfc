//! The operator's token: given by the environment, or made at the first start and kept in the data
//! directory, readable by its owner alone.

use crate::admin::exit::Failure;
use crate::engine::Entropy;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The environment variable that carries the token.
pub(super) const VARIABLE: &str = "KOPILKA_OPERATOR_TOKEN";

const FILE_NAME: &str = "operator.token";
/// Characters of a token that is made here.
pub(super) const MADE_LENGTH: usize = 48;
/// Fewest characters of a token that is given: it opens every chain of the house.
const GIVEN_LENGTH_MIN: usize = 32;

/// Where the token of a data directory is kept.
pub(super) fn path_in(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE_NAME)
}

/// The token of a server over an opened data directory: the given one, or the kept one, or a new one.
pub(super) fn of_server(
    data_dir: &Path,
    given: Option<String>,
    entropy: &Entropy,
) -> Result<String, Failure> {
    if let Some(token) = given {
        return checked(token.trim(), VARIABLE);
    }
    let path = path_in(data_dir);
    if path.exists() {
        return kept(&path);
    }
    make(&path, entropy)
        .map_err(|error| Failure::DataDir(format!("cannot write {}: {error}", path.display())))
}

/// The token in a file that the caller names.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("cannot read {shown}: {error}")))?;
    checked(text.trim(), &shown.to_string())
}

/// A token of a fit length.
pub(super) fn checked(token: &str, source: &str) -> Result<String, Failure> {
    let fit = token.len() >= GIVEN_LENGTH_MIN && token.bytes().all(|byte| byte.is_ascii_graphic());
    if fit {
        return Ok(token.to_owned());
    }
    Err(Failure::Usage(format!(
        "{source} must hold an operator's token of at least {GIVEN_LENGTH_MIN} visible ASCII characters"
    )))
}

/// Written beside its place and then renamed, so that a full disk or a crash leaves no empty token,
/// with which no later start would serve. The caller holds the data directory's lock.
fn make(path: &Path, entropy: &Entropy) -> std::io::Result<String> {
    let unfinished = path.with_extension("token.new");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = open_new(&unfinished)?;
    let token = entropy.text(MADE_LENGTH);
    file.write_all(token.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    // Operators are told to use it: its name outlives a power cut, too.
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())?;
    Ok(token)
}

fn kept(path: &Path) -> Result<String, Failure> {
    let shown = path.display();
    if readable_by_others(path) {
        return Err(Failure::DataDir(format!(
            "{shown} can be read by others than its owner: make it mode 0600"
        )));
    }
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::DataDir(format!("cannot read {shown}: {error}")))?;
    checked(text.trim(), &shown.to_string())
        .map_err(|failure| Failure::DataDir(failure.to_string()))
}

#[cfg(unix)]
fn open_new(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn open_new(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn readable_by_others(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_token_is_made_once_and_kept_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let made = of_server(dir.path(), None, &Entropy::seeded(1)).unwrap();
        assert!(made.len() >= 40);
        assert_eq!(of_server(dir.path(), None, &Entropy::seeded(2)), Ok(made));
        let path = path_in(dir.path());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = of_server(dir.path(), None, &Entropy::seeded(2)).unwrap_err();
        assert!(refused.to_string().contains("0600"), "{refused}");
    }

    #[test]
    fn a_start_that_died_while_it_made_the_token_is_no_obstacle() {
        let dir = tempfile::tempdir().unwrap();
        let unfinished = dir.path().join("operator.token.new");
        fs::write(&unfinished, "").unwrap();
        let made = of_server(dir.path(), None, &Entropy::seeded(1)).unwrap();
        assert!(!unfinished.exists());
        assert_eq!(of_server(dir.path(), None, &Entropy::seeded(2)), Ok(made));
    }

    #[test]
    fn a_given_token_is_used_and_nothing_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let given = "0123456789abcdef0123456789abcdef".to_owned();
        let token = of_server(dir.path(), Some(format!("{given}\n")), &Entropy::seeded(1));
        assert_eq!(token, Ok(given));
        assert!(!path_in(dir.path()).exists());
        let short = of_server(dir.path(), Some("short".into()), &Entropy::seeded(1)).unwrap_err();
        assert!(short.to_string().contains(VARIABLE), "{short}");
    }
}
