//! `kopilka verify`: reads a ledger, or a copy of one, from its first record and compares everything derived from it.

use crate::admin::cli::Verify;
use crate::admin::config::{Configuration, Layer};
use crate::admin::exit::Failure;
use crate::admin::{terminal, verification};

pub(in crate::admin) fn verify(asked: &Verify) -> Result<(), Failure> {
    let verified = match &asked.snapshot {
        Some(snapshot) => verification::verify_copy(snapshot)?,
        None => {
            let flags = Layer::of_data_dir(asked.data_dir.clone());
            verification::verify(&Configuration::load(flags, None)?.data_dir)?
        }
    };
    terminal::say(if asked.json { &verified.json } else { &verified.covered });
    verified.difference.map_or(Ok(()), |difference| Err(Failure::Differs(difference)))
}
