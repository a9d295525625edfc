//! The master key as a command gets it: from the environment or a file that is named, otherwise it lies in
//! the data directory. It is no flag: who lists the processes must not see it.

use crate::admin::exit::Failure;
use crate::engine::{Clock, Entropy};
use crate::journal::{MasterKey, VaultSource};
use std::env::VarError;
use std::path::Path;

const VARIABLE: &str = "KOPILKA_MASTER_KEY";

/// The key from the environment; `None`: it names none.
pub(super) fn from_environment() -> Result<Option<MasterKey>, Failure> {
    let unusable =
        || Failure::Usage(format!("{VARIABLE} is no master key: 64 hexadecimal digits are one"));
    match std::env::var(VARIABLE) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => MasterKey::parse(&text).map(Some).ok_or_else(unusable),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(unusable()),
    }
}

/// The key from a file, or else from the environment.
pub(super) fn given(file: Option<&Path>) -> Result<Option<MasterKey>, Failure> {
    match file {
        Some(file) => match MasterKey::read(file) {
            Ok(key) => Ok(Some(key)),
            Err(error) => Err(Failure::Usage(error.to_string())),
        },
        None => from_environment(),
    }
}

/// Where the keys of a data directory come from, for a command that opens it by itself.
pub(super) fn source(master_key: Option<MasterKey>) -> VaultSource {
    Entropy::system().vault_source(master_key, Clock::wall().now())
}
